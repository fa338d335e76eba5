"""The claims of names that are on their way into the journal."""

from __future__ import annotations

from collections.abc import Iterable

from classchat.core.model import Room, User


class PendingClaims:
    """The users whose claim is not stored yet, and the rooms of those who have left meanwhile."""

    def __init__(self) -> None:
        self._keys: dict[User, str] = {}
        self._rooms: dict[User, list[Room]] = {}

    def __contains__(self, key: str) -> bool:
        """Return whether a name is about to be claimed."""
        return key in self._keys.values()

    def begin(self, user: User) -> None:
        """Record a claim of the user's name."""
        self._keys[user] = user.person.key
        self._rooms[user] = []

    def left(self, user: User, rooms: Iterable[Room]) -> None:
        """Record the rooms of a user who leaves, in case the user is about to get an account."""
        if user in self._rooms:
            self._rooms[user] = list(rooms)

    def end(self, user: User) -> list[Room]:
        """Remove a claim; return the rooms that the user was in when they left meanwhile."""
        del self._keys[user]  # not by the name, which may be another one by now
        return self._rooms.pop(user)
