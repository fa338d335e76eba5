"""The registry of rooms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice

from classchat import names
from classchat.core.lookalikes import LookAlikes
from classchat.core.model import Room, room_log_key
from classchat.core.sorted import Sorted
from classchat.errors import InvalidName, NameTooSimilar, RoomExists, RoomNotFound, TooMany


class RoomRegistry:
    """The rooms of the server, by name.

    A room is kept when all members have left, until another room needs its place. Rooms that are private or
    closed, or have a moderator with an account, are always kept; those of guests until they are over.
    """

    def __init__(self, longest_name: int, most: int) -> None:
        """Hold at most `most` rooms, with names of at most `longest_name` characters."""
        self._longest_name = longest_name
        self.most = most
        """How many rooms there may be. With fewer than there are, all stay until others need their places."""
        self._rooms: dict[str, Room] = {}
        self._spelled: dict[str, Room] = {}  # by the name as it is shown, which most requests use
        self._in_use = LookAlikes(key=names.key)
        self.open: Sorted[Room] = Sorted()
        """The rooms that all users are shown, in the order of their names."""
        self.hidden: Sorted[Room] = Sorted()
        """The private and closed ones, in the order of their names."""
        self._hidden: set[Room] = set()  # the same
        self._lasting: set[Room] = set()
        self.exams: set[Room] = set()
        """The rooms in which there is an exam."""
        self.several = False
        """Whether several nodes have the same rooms: then none is removed before an entry says so."""
        self.giving_way: dict[Room, Room] = {}
        """The rooms that are removed when those are created that need their places."""
        self.dropped: list[Callable[[Room], None]] = []
        """What is told of each room that is removed."""
        self.is_over: Callable[[Room], bool] = lambda room: False  # noqa: ARG005
        """Whether nobody can enter a private room of guests any more, see `guest_rooms.py`."""
        self._subjects: dict[str, set[Room]] = {}  # the rooms with a decision about each subject

    def __len__(self) -> int:
        return len(self._rooms)

    def __iter__(self) -> Iterator[Room]:
        return iter(self._rooms.values())

    @property
    def lasting(self) -> int:
        """The number of rooms that are kept when all members have left."""
        return len(self._lasting)

    def keeps(self, most: int) -> bool:
        """Return whether so many rooms are kept when all members have left; not those that are over."""
        kept = self._lasting
        return len(kept) >= most and sum(not self.is_over(room) for room in kept) >= most

    def find(self, name: str) -> Room | None:
        """Return the room of a name in any spelling, or None."""
        room = self._spelled.get(name)
        if room is None and names.may_be_spelled(name, self._longest_name):
            room = self._rooms.get(names.key(name))
        return room

    def by_key(self, key: str) -> Room | None:
        """Return the room with a key of the journal, or None."""
        return self._rooms.get(key[1:])

    def get(self, name: str) -> Room:
        """Return the room of a name in any spelling.

        Raises:
            RoomNotFound: there is none.
        """
        room = self._spelled.get(name) or self.find(name)
        if room is None:
            raise RoomNotFound(name)
        return room

    def add(self, name: str) -> Room:
        """Create a room without members.

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
        full = len(self._rooms) - len(self.giving_way) >= self.most
        other = self._to_give_way() if full else None
        if other is not None and not self.several:
            self.remove(other)
        room = self._put(shown, 0)
        if other is not None and self.several:
            room.gives_way = other.key
            self.giving_way[other] = room
        self.open.add(room)
        return room

    def created(self, room: Room) -> None:
        """Remove the room that has to make place for one that is created, on all nodes in the same moment."""
        other = None if room.gives_way is None else self.by_key(room.gives_way)
        if other is not None:
            self.remove(other)

    def keep_place(self, room: Room) -> bool:
        """Return whether a room may still be created: no user has joined the one that gives way to it."""
        other = None if room.gives_way is None else self.by_key(room.gives_way)
        return other is None or self._is_unneeded(other)

    def follow(self, name: str, last_seq: int, gives_way: str | None) -> Room:
        """Add a room that another node has created; return it.

        Rooms that were about to be created here under this name, or one that looks like it, are removed.
        """
        if gives_way is not None and (other := self.by_key(gives_way)) is not None:
            self.remove(other)
        while (other := self.find(name)) is not None:
            self.remove(other)
        while (like := self._in_use.find(name)) is not None and (other := self.find(like)) is not None:
            self.remove(other)
        room = self._put(name, last_seq)
        self.open.add(room)
        return room

    def restore(self, name: str, last_seq: int, created: int | None = None) -> None:
        """Add a stored room, even if there are too many by then; see `trim`."""
        room = self._put(name, last_seq)
        room.created = created
        self.open.append(room)

    def _put(self, name: str, last_seq: int) -> Room:
        key = names.key(name)
        room = self._rooms[key] = self._spelled[name] = Room(name, room_log_key(name), last_seq=last_seq)
        self._in_use.add(name)
        return room

    def outdated(self) -> list[str]:
        """Return the stored names that are no longer valid, because the rules have become stricter."""
        return [
            room.name
            for room in self
            if not names.is_name(room.name, self._longest_name) or names.is_reserved(room.name)
        ]

    def trim(self) -> None:
        """Remove the oldest rooms that need not be kept, until there are no more than allowed."""
        excess = len(self._rooms) - self.most
        if excess <= 0:
            return
        for room in list(islice(filter(self._is_unneeded, self), excess)):
            self._drop(room)
        # Rebuilt all at once: removing from the front of a dict one by one takes quadratic time.
        self._rooms, self._spelled = dict(self._rooms.items()), dict(self._spelled.items())
        self.open = Sorted(room for room in self if room not in self._hidden)

    def remove(self, room: Room) -> None:
        """Remove a room, unless another node has created one in its place."""
        if self.by_key(room.key) is not room:
            return
        self._drop(room)
        for other in [one for one, new in self.giving_way.items() if room in (one, new)]:
            del self.giving_way[other]
        (self.hidden if room in self._hidden else self.open).discard(room)
        self._hidden.discard(room)

    def _drop(self, room: Room) -> None:
        del self._rooms[names.key(room.name)], self._spelled[room.name]
        self._in_use.remove(room.name)
        self._lasting.discard(room)
        self.exams.discard(room)
        for subject in room.order.subjects():
            self._forget(subject, room)
        for tell in self.dropped:
            tell(room)

    def changed(self, room: Room, subject: str) -> None:
        """Update the registry after a decision about a room, or about a subject in it."""
        order = room.order
        if order.lasting:
            self._lasting.add(room)
        else:
            self._lasting.discard(room)
        if order.exam:
            self.exams.add(room)
        else:
            self.exams.discard(room)
        if (order.private or order.closed) != (room in self._hidden):
            if room in self._hidden:
                self._hidden.discard(room)
                self.hidden.discard(room)
                self.open.add(room)
            else:
                self._hidden.add(room)
                self.open.discard(room)
                self.hidden.add(room)
        if order.concerns(subject):
            self._subjects.setdefault(subject, set()).add(room)
        else:
            self._forget(subject, room)

    def concerning(self, subject: str) -> Collection[Room]:
        """Return the rooms that a subject moderates, is invited to, or is muted in or banned from."""
        return self._subjects.get(subject, ())

    def hidden_of(self, rooms: Collection[Room]) -> set[Room]:
        """Return those of some rooms that are private or closed."""
        return self._hidden.intersection(rooms)

    def _forget(self, subject: str, room: Room) -> None:
        rooms = self._subjects.get(subject)
        if rooms is not None:
            rooms.discard(room)
            if not rooms:
                del self._subjects[subject]

    def _to_give_way(self) -> Room:
        """Return the oldest room that need not be kept, so that a few users can't use up all places."""
        room = self._oldest_unneeded()
        if room is None:
            raise TooMany("rooms on this server", self.most)
        return room

    def _oldest_unneeded(self) -> Room | None:
        """Return the oldest room that has no members and need not be kept, or None."""
        return next((room for room in self if self._is_unneeded(room) and room not in self.giving_way), None)

    def _is_unneeded(self, room: Room) -> bool:
        return not (room.wanted or room.members or (room.order.lasting and not self.is_over(room)))
