"""One line of a log each: what happened in a room or between two, as the journal keeps it.

An entry is appended when it was granted and delivered when it was committed, so it carries who
asked and by which `id`, to be answered then.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from classchat.core.ports import Peer
from classchat.core.rooms import Conversation, Dialog, Room
from classchat.core.users import User


@dataclass(eq=False, slots=True)
class _Entry:
    user: User
    """Who did it."""

    peer: Peer | None
    """Who is answered when it is committed; None where nobody asked, as when a connection was lost."""

    id: str | None
    """What the one who asked calls the request."""

    time: str = field(default="", init=False)
    """When it was committed: RFC 3339 in UTC with milliseconds."""

    def commit(self, time: str) -> None:
        """Take what the journal gives an entry; the journal calls it once, in the order of the log."""
        self.time = time


@dataclass(eq=False, slots=True)
class _Message(_Entry):
    text: str
    seq: int = field(default=0, init=False)
    """Its number in the conversation, dense and rising from 1."""

    @property
    def conversation(self) -> Conversation:
        """Whose log it is a line of."""
        raise NotImplementedError

    def commit(self, time: str) -> None:
        """Take the time, and the conversation's next number."""
        conversation = self.conversation
        conversation.last_seq += 1
        self.time, self.seq = time, conversation.last_seq


@dataclass(eq=False, slots=True)
class Said(_Message):
    """A user said something to a room."""

    room: Room

    @property
    def conversation(self) -> Room:
        """The room."""
        return self.room


@dataclass(eq=False, slots=True)
class Whispered(_Message):
    """A user told another, or himself, something."""

    to: User
    dialog: Dialog

    @property
    def conversation(self) -> Dialog:
        """The private conversation of the two."""
        return self.dialog


@dataclass(eq=False, slots=True)
class Created(_Entry):
    """A user made a room and is its first member."""

    room: Room


@dataclass(eq=False, slots=True)
class Joined(_Entry):
    """A user became a member of a room."""

    room: Room


@dataclass(eq=False, slots=True)
class Left(_Entry):
    """A user is a member of a room no more."""

    room: Room


Entry = Said | Whispered | Created | Joined | Left
