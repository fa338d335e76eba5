"""Entries: each is one line of the log of a room or of a private conversation.

An entry is appended when a request is granted, and delivered when the journal has committed it. So it
carries the client that asked and the `id` of its request, for the answer.

Entries are Structs, because there is one for each message, and creating a dataclass takes several times as
long. They have identity, not value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from classchat.core.acts import Act, Audited, Location
from classchat.core.delivery import Delivery
from classchat.core.departures import Departure
from classchat.core.events import Signal, Styled
from classchat.core.manners import Manner
from classchat.core.model import Room, User
from classchat.core.persons import Dialog
from classchat.core.ports import Peer
from classchat.core.room_events import OrderEvent
from classchat.core.shared_files import SharedFile
from classchat.core.telling import Telling
from classchat.errors import ChatError


class _Committed(Struct, eq=False, kw_only=True):
    """The data that the journal adds to an entry when it commits it."""

    time: str = ""
    """The time of the commit: RFC 3339 in UTC with milliseconds."""

    seq: int = 0
    """A message's number in its conversation, dense and rising from 1.

    For an entry of a room that is no message: the number of the last message before it.
    """

    repeated: bool = False
    """Whether it repeats a message with the same `id`: it is answered, and delivered to no client."""


class _Entry(_Committed, eq=False):
    user: User
    """The user who caused the entry."""

    peer: Peer | None
    """The client that is answered; None where no client asked, as when a connection was lost."""

    id: str | None
    """The client's `id` of the request."""

    def repeat(self, time: str, seq: int) -> None:
        """Set the time and number of the message that this entry repeats."""
        self.time = time
        self.seq = seq
        self.repeated = True


class Said(_Entry, eq=False):
    """A message to a room."""

    text: str
    conversation: Room
    manner: Manner | None = None
    """How it was sent, where that is more than the text."""

    file: SharedFile | None = None
    """The file that is shared with it: then the text is its name and size."""

    def commit(self, time: str, seq: int) -> None:
        """Set the time and the room's next number. The journal calls it once, in the order of the log."""
        self.time = time
        self.seq = self.conversation.last_seq = seq


class Whispered(_Entry, eq=False):
    """A private message from one user to another, or to themselves."""

    text: str
    conversation: Dialog
    to: User
    manner: Manner | None = None
    """How it was sent, where that is more than the text."""

    file: SharedFile | None = None
    """The file that is shared with it: then the text is its name and size."""

    def commit(self, time: str, seq: int) -> None:
        """Set the time and the private conversation's next number."""
        self.time = time
        self.seq = self.conversation.last_seq = seq


class _Event(_Entry, eq=False):
    """An entry of a room that is no message."""

    room: Room
    acts: tuple[Act, ...] = ()
    """The acts that are stored with it."""

    followed: bool = False
    """Whether another node has appended it: that node does what follows from it."""

    def commit(self, time: str, seq: int = 0) -> None:
        """Set the time, and the number of the room's last message."""
        self.time = time
        self.seq = self.room.last_seq = seq or self.room.last_seq


class Created(_Event, eq=False):
    """A user has created a room and is its first member."""


class Joined(_Event, eq=False):
    """A user has become a member of a room."""

    put: bool = False
    """Whether the server has put the user there, who was no member before."""


class Left(_Event, eq=False):
    """A user is no longer a member of a room."""

    put_out: bool = False
    """Whether the user was removed from the members at once, before the room is told."""

    departure: Departure | None = None
    """The departure from all rooms that it is a part of."""

    reason: str = ""
    """Why the user leaves this room, as they have said."""

    forsaken: bool = True
    """Whether the user is no member any more: the owner of an account who is only offline stays one."""


class Ordered(_Event, eq=False, kw_only=True):
    """A moderator or an operator has decided something about a room."""

    done: Audited
    """The line of the audit log."""

    event: OrderEvent
    """The event that the room is told."""

    out: tuple[User, ...] = ()
    """The users whom it removes from the room. They count as removed from when it was granted."""

    invited: User | None = None
    """The user who is told of an invitation."""

    refused: bool = False
    """Whether one of the acts failed, so that none was stored: the user was no longer an operator."""

    overtaken: bool = False
    """Whether another node has changed the room meanwhile, so that it has to be decided again."""

    version: int = 0
    """The `Order.version` that it was decided on."""


class Pending(Protocol):
    """A request of the class layer whose entry is on its way."""

    def deliver(self, entry: Ruled, delivery: Delivery, /) -> None:
        """Apply it, and tell it; the entry says whether it was refused."""

    def take_back(self, entry: Ruled, /) -> None:
        """Undo it, because it could not be stored."""

    def refusal(self) -> ChatError | None:
        """Return why it may not be granted any more, after what other nodes have done; None if it may."""


class Ruled(_Event, eq=False, kw_only=True):
    """Something has been decided in the class layer, see `core/features`."""

    pending: Pending
    told: Sequence[Telling] = ()
    """What is told of it, and to whom."""

    refused: bool = False
    """Whether one of the acts failed, so that none was stored: the rows had changed meanwhile."""


class Deleted(_Entry, eq=False, kw_only=True):
    """A message was deleted."""

    conversation: Room | Dialog
    number: int
    """The number of the message."""

    author: str
    """The name under which it was sent."""

    receiver: str
    """The room, or the name of the user who received it."""

    sent: int
    """When it was sent, in milliseconds."""

    name: str
    """The room, or the other user, as the user who deletes it knows them."""

    other: User | None = None
    """In a private conversation: the other user, if they are here or have an account."""

    own: bool
    """Whether the rights of the message's author are enough for it."""

    reason: str = ""
    """The reason, which is told and not stored; "" for none."""

    acts: tuple[Act, ...] = ()
    refused: bool = False
    """Whether one of the acts failed, so that none was stored: something had changed meanwhile."""

    def commit(self, time: str, seq: int = 0) -> None:  # noqa: ARG002  as all the others
        """Set the time."""
        self.time = time


class Renamed(_Entry, eq=False):
    """A guest has taken another name."""

    old: str
    name: str
    """The new name, as it is shown."""

    acts: tuple[Act, ...]
    refused: bool = False
    """Whether another program has claimed the name meanwhile, so that nothing was stored."""

    def commit(self, time: str, seq: int = 0) -> None:  # noqa: ARG002  as all the others
        """Set the time."""
        self.time = time


class Noted(_Entry, eq=False):
    """Acts that no client is told of. The code that appends them waits for the result."""

    acts: tuple[Act, ...]
    lost: bool = False
    """Whether it could not be stored."""

    refused: bool = False
    """Whether one of the acts failed, so that none was stored: something had changed meanwhile."""

    def commit(self, time: str, seq: int = 0) -> None:  # noqa: ARG002  as all the others
        """Set the time."""
        self.time = time


class _OfNodes(_Entry, eq=False, kw_only=True):
    """What several nodes have to know of each other's users; one node alone appends only `Signalled`."""

    acts: tuple[Act, ...] = ()
    refused: bool = False
    """Whether one of the acts failed, so that none was stored."""

    error: ChatError | None = None
    """Why it was taken back."""

    def commit(self, time: str, seq: int = 0) -> None:  # noqa: ARG002  as all the others
        """Set the time."""
        self.time = time


class Located(_OfNodes, eq=False, kw_only=True):
    """A user has so many clients on a node: the first one signs them in."""

    node: str
    here: Location
    arriving: bool = False
    """Whether it signs a guest in, whose name is only reserved until then."""

    unheard: float | None = None
    """Of the owner of an account: the time since which they may have missed messages, in seconds."""


class SignedOut(_OfNodes, eq=False, kw_only=True):
    """A user is on no node any more; the rooms are told by entries before this one."""

    node: str
    """The node that says so."""

    visit: int
    taken_over: bool = False
    """Whether another connection takes the place of those that the user still has."""

    released: bool = False
    """Whether the user was the owner of a name that is released."""


class NodeLost(_OfNodes, eq=False, kw_only=True):
    """A node has died: its users have no clients there any more."""

    node: str


class Announced(_OfNodes, eq=False, kw_only=True):
    """An operator has told everybody something."""

    text: str


class Evicted(_OfNodes, eq=False, kw_only=True):
    """The operator has disconnected a user from the server."""

    who: User
    text: str
    """The reason, which the user is told; "" for none."""


class Aside(_OfNodes, eq=False, kw_only=True):
    """A text for one client of a user, which is not stored: that client is on another node."""

    to: User
    told: Styled


class Signalled(_OfNodes, eq=False, kw_only=True):
    """A user has sent tags without a text, which are not stored."""

    to: Room | User
    told: Signal


Message = Said | Whispered
"""A message: it has a number, and is stored in the log."""

OfNodes = Located | SignedOut | NodeLost | Announced | Evicted | Aside | Signalled

Refusable = Noted | Ordered | Ruled | Deleted | Renamed | OfNodes
"""An entry whose acts the journal may refuse."""

Entry = Message | Created | Joined | Left | Ordered | Ruled | Deleted | Renamed | Noted | OfNodes
