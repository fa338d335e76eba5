"""One line of a log each: what happened in a room or between two, as the journal keeps it.

An entry is appended when it was granted and delivered when it was committed, so it carries who
asked and by which `id`, to be answered then.

Entries are Structs, as messages are, for there is one for each: a dataclass takes several times as
long to make. They have identity, not value.
"""

from __future__ import annotations

from msgspec import Struct

from classchat.core.ports import Peer
from classchat.core.rooms import Dialog, Room
from classchat.core.users import User


class _Committed(Struct, eq=False, kw_only=True):
    """What an entry gets when the journal commits it."""

    time: str = ""
    """When that was: RFC 3339 in UTC with milliseconds."""

    seq: int = 0
    """A message's number in its conversation, dense and rising from 1; 0 for what is no message."""


class _Entry(_Committed, eq=False):
    user: User
    """Who did it."""

    peer: Peer | None
    """Who is answered when it is committed; None where nobody asked, as when a connection was lost."""

    id: str | None
    """What the one who asked calls the request."""

    def commit(self, time: str) -> None:
        """Take what the journal gives an entry; the journal calls it once, in the order of the log."""
        self.time = time


class Said(_Entry, eq=False):
    """A user said something to a room."""

    text: str
    room: Room

    def commit(self, time: str) -> None:
        """Take the time, and the room's next number."""
        self.time = time
        room = self.room
        self.seq = room.last_seq = room.last_seq + 1


class Whispered(_Entry, eq=False):
    """A user told another, or himself, something."""

    text: str
    to: User
    dialog: Dialog

    def commit(self, time: str) -> None:
        """Take the time, and the private conversation's next number."""
        self.time = time
        dialog = self.dialog
        self.seq = dialog.last_seq = dialog.last_seq + 1


class Created(_Entry, eq=False):
    """A user made a room and is its first member."""

    room: Room


class Joined(_Entry, eq=False):
    """A user became a member of a room."""

    room: Room


class Left(_Entry, eq=False):
    """A user is a member of a room no more."""

    room: Room


Entry = Said | Whispered | Created | Joined | Left
