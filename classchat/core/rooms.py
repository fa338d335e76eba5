"""Where things are said to many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classchat import names
from classchat.core.lookalikes import LookAlikes
from classchat.core.orders import Order
from classchat.errors import InvalidName, NameTooSimilar, RoomExists, RoomNotFound, TooMany

if TYPE_CHECKING:
    from classchat.core.ports import Peer
    from classchat.core.recall import Backlog
    from classchat.core.users import User


@dataclass(eq=False, slots=True)
class Room:
    """A named room."""

    name: str
    key: str
    """What the journal finds it by: `#`, and the name as names are compared."""

    last_seq: int = field(default=0, kw_only=True)
    """The number of the last message that was committed."""

    order: Order = field(default_factory=Order, init=False)
    """Who may do what."""

    members: set[User] = field(default_factory=set)
    """Those to whom the room's messages go; changes only as entries are delivered."""

    enlisted: set[User] = field(default_factory=set, init=False)
    """Who asked to be here, also who is not here yet or not connected."""

    wanted: int = field(default=0, init=False)
    """How many users are in it, or will be as soon as the journal has it, and how many orders are under way.

    With none, it may go.
    """

    latecomers: dict[Peer, Backlog] = field(default_factory=dict, init=False)
    """Clients that are still told what they missed, and what is said meanwhile."""

    def enlist(self, user: User) -> None:
        """Count a user who wants to be here. Harmless twice."""
        if self not in user.rooms:
            user.rooms.add(self)
            self.enlisted.add(user)
            self.wanted += 1

    def expect(self, user: User) -> None:
        """Keep what is said from now on for those clients of a new member that are not there yet.

        A user who was put out while the join was on its way gets nothing. A client that catches up with this
        room on its own hears the rest as the others do.
        """
        for peer in user.peers:
            self.latecomers.pop(peer, None)
        if self in user.rooms:
            for peer, backlog in user.latecomers.items():
                self.latecomers.setdefault(peer, backlog)

    def forsake(self, user: User) -> None:
        """Know that he does not any more. Harmless twice."""
        if self in user.rooms:
            user.rooms.remove(self)
            self.enlisted.discard(user)
            for peer in [*user.peers, *user.latecomers]:
                self.latecomers.pop(peer, None)
            self.wanted -= 1


class RoomRegistry:
    """The rooms of the server, by name.

    A room stays when everybody has left it, until its place is needed for another one; what is private or
    closed, or has a moderator who has claimed his name, stays.
    """

    def __init__(self, longest_name: int, most: int) -> None:
        """Keep at most `most` rooms, with names of at most `longest_name` characters."""
        self._longest_name = longest_name
        self._most = most
        self._rooms: dict[str, Room] = {}
        self._spelled: dict[str, Room] = {}  # by the name as it is shown, which is how most ask for it
        self._in_use = LookAlikes(key=names.key)

    def __len__(self) -> int:
        return len(self._rooms)

    def __iter__(self) -> Iterator[Room]:
        return iter(self._rooms.values())

    def find(self, name: str) -> Room | None:
        """Return the room of that name, however it is spelled, if there is one."""
        room = self._spelled.get(name)
        if room is None and names.may_be_spelled(name, self._longest_name):
            room = self._rooms.get(names.key(name))
        return room

    def by_key(self, key: str) -> Room | None:
        """Return the room that the journal finds by a key, if there is one."""
        return self._rooms.get(key[1:])

    def get(self, name: str) -> Room:
        """Return the room of that name, however it is spelled.

        Raises:
            RoomNotFound: there is none.
        """
        room = self._spelled.get(name) or self.find(name)
        if room is None:
            raise RoomNotFound(name)
        return room

    def add(self, name: str) -> Room:
        """Make a room that was not there, without members.

        Raises:
            InvalidName: it is no name, or a reserved one.
            RoomExists: there is one, perhaps in another spelling.
            NameTooSimilar: it looks like the name of another one.
            TooMany: there are as many rooms as there may be, and each has to stay.
        """
        existing = self.find(name)
        if existing is not None:
            raise RoomExists(existing.name)
        shown = names.room_name(name, self._longest_name)
        reserved = None if shown is None else names.reserved(shown)
        if shown is None or reserved is not None:
            raise InvalidName("room name", self._longest_name, reserved)
        like = self._in_use.find(shown)
        if like is not None:
            raise NameTooSimilar(shown, like)
        if len(self._rooms) >= self._most:
            self._make_place()
        return self._put(shown, 0)

    def restore(self, name: str, last_seq: int) -> None:
        """Know a room again that was there before, however many there are; see `trim`."""
        self._put(name, last_seq)

    def _put(self, name: str, last_seq: int) -> Room:
        key = names.key(name)
        room = self._rooms[key] = self._spelled[name] = Room(name, f"#{key}", last_seq=last_seq)
        self._in_use.add(name)
        return room

    def outdated(self) -> list[str]:
        """Return the names that no room could be given now, by rules that are stricter than they were."""
        return [
            room.name
            for room in self
            if not names.is_name(room.name, self._longest_name) or names.is_reserved(room.name)
        ]

    def trim(self) -> None:
        """Let the oldest rooms go that need not stay, until there are as many as there may be."""
        while len(self._rooms) > self._most:
            room = self._oldest_unneeded()
            if room is None:
                return
            self.remove(room)

    def remove(self, room: Room) -> None:
        """Know a room no more."""
        del self._rooms[names.key(room.name)], self._spelled[room.name]
        self._in_use.remove(room.name)

    def _make_place(self) -> None:
        """Let the oldest room go that need not stay, else a few could make rooms until nobody else can."""
        room = self._oldest_unneeded()
        if room is None:
            raise TooMany("rooms on this server", self._most)
        self.remove(room)

    def _oldest_unneeded(self) -> Room | None:
        """Return the oldest room that nobody is in, and that anybody may make anew, and read."""
        unneeded = (room for room in self if not (room.wanted or room.members or room.order.lasting))
        return next(unneeded, None)
