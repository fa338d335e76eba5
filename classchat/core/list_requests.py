"""The requests `rooms` and `users`."""

from __future__ import annotations

from classchat.core.directory import Directory
from classchat.core.listing import list_members, list_room, list_rooms, list_users, show_user
from classchat.core.model import User
from classchat.core.moderation import Moderation
from classchat.messages import ListRooms, ListUsers, Success


class ListRequests:
    """Answers `rooms` and `users`."""

    def __init__(self, directory: Directory, moderation: Moderation) -> None:
        self._directory = directory
        self._moderation = moderation
        self._longest = directory.limits.listing

    def rooms(self, user: User, asked: ListRooms) -> Success:
        """Return the rooms that a user is shown, or one of them.

        Raises:
            RoomNotFound: there is no such room that the user is shown.
        """
        if asked.room:
            return list_room(user, asked.id, self._moderation.room_seen_by(user, asked.room))
        rooms, count = self._moderation.rooms_seen_by(user)
        return list_rooms(user, asked.id, rooms, count, self._longest)

    def users(self, user: User, asked: ListUsers) -> Success:
        """Return all users, the members of a room, or whether one user is online.

        Raises:
            ChatError: there is no such room or user, or the user may not look into the room.
        """
        if asked.user:
            other = self._directory.user_or_owner(asked.user)
            return show_user(user, asked.id, other, offline=other not in self._directory.users)
        if asked.receiver:
            room = self._moderation.room_to_look_into(user, asked.receiver)
            return list_members(user, asked.id, room, self._moderation.now(), self._longest)
        return list_users(user, asked.id, self._directory.users.ordered, self._longest)
