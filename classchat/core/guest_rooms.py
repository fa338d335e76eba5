"""Private rooms of guests: they end, and their names are free again, when nobody can return to them.

    open     -> private    a guest who moderates it says so, and none of its moderators has an account
    private  -> kept       one of them registers a name: the room stays for ever, as any private room
    private  -> over       it is empty, and the last guest who could enter it has been gone for a day
    over     -> open       a user creates a room of that name, which is empty and theirs

No user of the new room reads what was said in the old one: the journal deletes it in the transaction that
creates the room. Until then operators may still enter, and so may invited users with an account.
"""

from __future__ import annotations

from classchat.core.accounts import subject_of
from classchat.core.directory import Directory
from classchat.core.features.moderation import Moderation
from classchat.core.model import Room, User
from classchat.core.orders import GUEST
from classchat.core.ports import Calendar

RETURNING = 86_400.0
"""Seconds for which a guest who has left may return as the same person: as long as journals keep guests."""


class GuestRooms:
    """Tells which private rooms of guests are over."""

    def __init__(self, directory: Directory, moderation: Moderation, calendar: Calendar) -> None:
        """Take note of all users who leave from now on."""
        self._users, self._rooms = directory.users, directory.rooms
        self._moderation = moderation
        self._calendar = calendar
        self._left: dict[Room, float] = {}  # when the last guest with a right in a room has left the server
        self._users.onlookers.append(self)
        self._rooms.is_over = self.is_over
        self._rooms.dropped.append(self._forget)

    def is_over(self, room: Room) -> bool:
        """Return whether a room is private and empty, and no guest can return to it.

        What is not known after a restart, when the guests have left, counts from the first question on.
        """
        order = room.order
        if not order.of_guests or room.wanted or room.members:
            return False
        guests = [subject for subject in (*order.moderators, *order.invited) if subject.startswith(GUEST)]
        if any(self._users.by_person(int(subject[len(GUEST) :])) is not None for subject in guests):
            return False
        now = self._calendar.seconds()
        return not guests or now - self._left.setdefault(room, now) >= RETURNING

    def gives_way(self, room: Room, user: User) -> bool:
        """Return whether a user may create a room in the place of this one, which they can't enter."""
        return self.is_over(room) and self._moderation.refusal_to_join(user, room) is not None

    def _forget(self, room: Room) -> None:
        self._left.pop(room, None)

    # As an onlooker.

    def arrived(self, user: User) -> None:
        """Do nothing: who is here is looked up."""

    def renamed(self, user: User, old: str) -> None:
        """Do nothing: a guest with another name is the same person."""

    def left(self, user: User) -> None:
        """Take note of when a guest leaves the server who has a right in any room."""
        if user.account is None:
            for room in self._rooms.concerning(subject_of(user)):
                self._left[room] = self._calendar.seconds()
