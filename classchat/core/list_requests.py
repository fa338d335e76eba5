"""The requests `rooms` and `users`: which rooms and users a user is shown."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import merge

from classchat.core import permissions
from classchat.core.accounts import subject_of
from classchat.core.directory import Directory
from classchat.core.gate import Gate
from classchat.core.listing import list_members, list_room, list_rooms, list_users, show_user
from classchat.core.model import Room, User
from classchat.core.ports import Calendar
from classchat.core.sorted import alphabetical
from classchat.errors import RoomNotFound
from classchat.messages import ListRooms, ListUsers, Success

_FEW = 200
"""Hidden rooms that are sorted for one request."""


class ListRequests:
    """Answers `rooms` and `users`."""

    def __init__(self, directory: Directory, calendar: Calendar, gate: Gate) -> None:
        self._directory = directory
        self._users = directory.users
        self._rooms = directory.rooms
        self._longest = directory.limits.listing
        self._calendar = calendar
        self._gate = gate

    def rooms(self, user: User, command: ListRooms) -> Success:
        """Return the rooms that a user is shown, or the one that the request names.

        Raises:
            RoomNotFound: there is no such room, or the user is not shown it.
        """
        if not command.room:
            shown, count = self._counted(user)
            return list_rooms(user, command.id, shown, count, self._longest)
        room = self._rooms.get(command.room)
        if not permissions.sees(user, room):
            raise RoomNotFound(command.room)
        return list_room(user, command.id, room)

    def users(self, user: User, command: ListUsers) -> Success:
        """Return the users who are connected, the members of a room, or the one user whom the request names.

        Raises:
            UserNotFound: no user and no account has that name.
            RoomNotFound: there is no such room.
            NotAMember: the user is neither a member nor a moderator of the room.
        """
        if command.user:
            other = self._directory.user_or_owner(command.user)
            return show_user(user, command.id, other, offline=other not in self._users)
        if not command.receiver:
            return list_users(user, command.id, self._users.ordered, self._longest)
        self._gate.check()
        room, now = self._rooms.get(command.receiver), self._calendar.seconds() * 1000
        permissions.check(ListUsers, user, room, now)
        return list_members(user, command.id, room, now, self._longest)

    def shown_to(self, user: User) -> Iterable[Room]:
        """Return the rooms that a user is shown, in the order of their names."""
        return self._counted(user)[0]

    def _counted(self, user: User) -> tuple[Iterable[Room], int]:
        """Return the rooms that a user is shown, in the order of their names, and their number."""
        rooms = self._rooms
        if user.operator:
            hidden = {room for room in rooms.hidden if permissions.sees(user, room)}
        else:
            near = rooms.hidden_of(user.rooms) | rooms.hidden_of(rooms.concerning(subject_of(user)))
            hidden = {room for room in near if permissions.sees(user, room)}
        count = len(rooms.open) + len(hidden)
        if not hidden:
            return rooms.open, count
        if len(hidden) <= _FEW:
            shown: Iterable[Room] = sorted(hidden, key=alphabetical)
        else:  # going through all hidden rooms is faster than sorting many of them
            shown = (room for room in rooms.hidden if room in hidden)
        return merge(rooms.open, shown, key=alphabetical), count
