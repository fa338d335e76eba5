"""How far a client has heard each conversation, found by the names that it gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from classchat import names

if TYPE_CHECKING:
    from classchat.core.rooms import Room
    from classchat.messages import Since

_LONGEST_LOOKED_AT = 256
"""Characters of a name that is compared: no name of ours is longer, and normalizing takes a while."""


class Marks:
    """The numbers of a `Since`, by the keys of names.

    A line can hold thousands of names, and a user may be in a hundred rooms: each name is looked at once for
    all of them, and not at all where the client spells a room as the server does.
    """

    __slots__ = ("_rooms", "_since", "_users")

    def __init__(self, since: Since) -> None:
        self._since = since
        self._rooms: dict[str, int] | None = None
        self._users: dict[str, int] | None = None

    def of_room(self, room: Room) -> int | None:
        """Return the number that the client has of a room, however it spells that; None if it names none."""
        seq = self._since.rooms.get(room.name)
        if seq is not None:
            return seq
        if self._rooms is None:
            spelled = reversed(
                self._since.rooms.items()
            )  # of two spellings of one name, the first one counts
            self._rooms = {names.key(name): seq for name, seq in spelled if _is_short(name)}
        return self._rooms.get(room.key[1:])

    def of_users(self) -> Mapping[str, int]:
        """Return the numbers of private conversations, by the keys of the other users' names."""
        if self._users is None:
            spelled = self._since.seqs.items()
            self._users = {names.user_key(name): seq for name, seq in spelled if _is_short(name)}
        return self._users

    def names_user(self, name: str) -> bool:
        """Return whether the client names the conversation with a user, however it spells the name."""
        return name in self._since.seqs or names.user_key(name) in self.of_users()


def _is_short(name: str) -> bool:
    return len(name) <= _LONGEST_LOOKED_AT
