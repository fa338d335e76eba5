"""One line of a log each: what happened in a room or between two, as the journal keeps it.

An entry is appended when it was granted and delivered when it was committed, so it carries who
asked and by which `id`, to be answered then.

Entries are Structs, as messages are, for there is one for each: a dataclass takes several times as
long to make. They have identity, not value.
"""

from __future__ import annotations

from msgspec import Struct

from classchat.core.acts import Act, Audited
from classchat.core.events import OrderEvent
from classchat.core.model import Room, User
from classchat.core.persons import Dialog
from classchat.core.ports import Peer


class _Committed(Struct, eq=False, kw_only=True):
    """What an entry gets when the journal commits it."""

    time: str = ""
    """When that was: RFC 3339 in UTC with milliseconds."""

    seq: int = 0
    """A message's number in its conversation, dense and rising from 1.

    For what happens in a room and is no message: the number of the last one before it.
    """

    repeated: bool = False
    """Whether it was said before, with the same `id`: it is answered, and heard by nobody."""


class _Entry(_Committed, eq=False):
    user: User
    """Who did it."""

    peer: Peer | None
    """Who is answered when it is committed; None where nobody asked, as when a connection was lost."""

    id: str | None
    """What the one who asked calls the request."""

    def repeat(self, time: str, seq: int) -> None:
        """Take what the journal gave the entry of which this is a repetition."""
        self.time = time
        self.seq = seq
        self.repeated = True


class Said(_Entry, eq=False):
    """A user said something to a room."""

    text: str
    conversation: Room

    def commit(self, time: str, seq: int) -> None:
        """Take the time and the room's next number; the journal calls it once, in the order of the log."""
        self.time = time
        self.seq = self.conversation.last_seq = seq


class Whispered(_Entry, eq=False):
    """A user told another, or himself, something."""

    text: str
    conversation: Dialog
    to: User

    def commit(self, time: str, seq: int) -> None:
        """Take the time and the private conversation's next number."""
        self.time = time
        self.seq = self.conversation.last_seq = seq


class _Event(_Entry, eq=False):
    """What happens in a room, and is no message."""

    room: Room
    acts: tuple[Act, ...] = ()
    """What is changed by it, and kept with it."""

    def commit(self, time: str, seq: int = 0) -> None:
        """Take the time, and the number that the room's log has come to."""
        self.time = time
        self.seq = self.room.last_seq = seq or self.room.last_seq


class Created(_Event, eq=False):
    """A user made a room and is its first member."""


class Joined(_Event, eq=False):
    """A user became a member of a room."""


class Left(_Event, eq=False):
    """A user is a member of a room no more."""

    put_out: bool = False
    """Whether they were removed from the members at once, before the room hears of it."""


class Ordered(_Event, eq=False, kw_only=True):
    """A user did something about the order in a room."""

    done: Audited
    """What it was."""

    event: OrderEvent
    """What the room is told."""

    out: tuple[User, ...] = ()
    """The users who are removed from the room by it: they count as gone from when it was granted."""

    invited: User | None = None
    """The user who is told of an invitation."""

    refused: bool = False
    """Whether one of the acts failed, so that none was done: its user was no operator any more."""


class Noted(_Entry, eq=False):
    """Something was changed that is nobody's to hear: who did it waits for it, and looks what came of it."""

    acts: tuple[Act, ...]
    lost: bool = False
    """Whether it could not be kept."""

    refused: bool = False
    """Whether one of the acts failed, so that none was done: what it was about had changed meanwhile."""

    def commit(self, time: str, seq: int = 0) -> None:  # noqa: ARG002  as all the others
        """Take the time."""
        self.time = time


Message = Said | Whispered
"""What somebody said: it has a number, and is kept."""

Entry = Message | Created | Joined | Left | Ordered | Noted
