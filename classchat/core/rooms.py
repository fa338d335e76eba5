"""Where things are said: rooms, and the private conversations of two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classchat import names
from classchat.errors import InvalidName, RoomExists, RoomNotFound, TooMany

if TYPE_CHECKING:
    from classchat.core.users import User


@dataclass(eq=False, slots=True)
class Conversation:
    """What has a log of its own, whose messages the journal numbers from 1."""

    last_seq: int = field(default=0, kw_only=True)
    """The number of the last message that was committed."""


@dataclass(eq=False, slots=True)
class Dialog(Conversation):
    """A private conversation of two users, or of one with himself."""


@dataclass(eq=False, slots=True)
class Room(Conversation):
    """A named room."""

    name: str
    members: set[User] = field(default_factory=set)
    """Those to whom the room's messages go; changes only as entries are delivered."""


class RoomRegistry:
    """The rooms of the server, by name. A room stays when everybody has left it."""

    def __init__(self, longest_name: int, most: int) -> None:
        """Keep at most `most` rooms, with names of at most `longest_name` characters."""
        self._longest_name = longest_name
        self._most = most
        self._rooms: dict[str, Room] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    def __iter__(self) -> Iterator[Room]:
        return iter(self._rooms.values())

    def get(self, name: str) -> Room:
        """Return the room of that name, however it is spelled.

        Raises:
            RoomNotFound: there is none.
        """
        room = self._rooms.get(names.key(name)) if len(name) <= self._longest_name else None
        if room is None:
            raise RoomNotFound(name)
        return room

    def add(self, name: str) -> Room:
        """Make a room that was not there, without members.

        Raises:
            InvalidName: it is no name.
            RoomExists: there is one, perhaps in another spelling.
            TooMany: there are as many rooms as there may be.
        """
        if not names.is_name(name, self._longest_name):
            raise InvalidName("room name", self._longest_name)
        key = names.key(name)
        if key in self._rooms:
            raise RoomExists(self._rooms[key].name)
        if len(self._rooms) >= self._most:
            raise TooMany("rooms on this server", self._most)
        room = self._rooms[key] = Room(name)
        return room
