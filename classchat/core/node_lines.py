"""The lines by which nodes tell each other of their entries.

A node writes each batch once more for the others, in one row: a list of lines, each with a kind and its
fields, as MessagePack. Users stand in it by the numbers of their persons, rooms by their keys. A node of an
earlier version ignores fields that it does not know. Anything else that is new, such as another kind of line,
needs a version of the tables that keeps servers of earlier versions out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from msgspec import Struct

from classchat.class_events import About
from classchat.core import room_events
from classchat.core.acts import Change, Location, RowChange
from classchat.core.manners import Manner
from classchat.core.shared_files import SharedFile


class UserLine(Struct, frozen=True, array_like=True):
    """A user, as lines name one."""

    person: int
    visit: int
    name: str


class _Line(Struct, frozen=True, array_like=True, tag=True):
    """The base of all lines."""


class SaidLine(_Line, frozen=True):
    """A message to a room."""

    user: UserLine
    room: str
    text: str
    seq: int
    time: int
    manner: Manner | None = None
    file: SharedFile | None = None


class WhisperedLine(_Line, frozen=True):
    """A private message."""

    user: UserLine
    to: UserLine
    text: str
    seq: int
    time: int
    manner: Manner | None = None
    file: SharedFile | None = None


class CreatedLine(_Line, frozen=True):
    """A new room."""

    user: UserLine
    room: str
    """Its name, as it is shown."""

    changes: Sequence[Change]
    time: int
    seq: int
    gives_way: str | None = None
    """The key of the room that has made place for it."""


class JoinedLine(_Line, frozen=True):
    """A new member."""

    user: UserLine
    room: str
    back: bool
    """Whether the user was a member all along, and was offline."""


class LeftLine(_Line, frozen=True):
    """A member who has left, or is offline."""

    user: UserLine
    room: str
    forsaken: bool
    """Whether the user is no member any more."""

    reason: str = ""
    gone: bool = False
    """Whether the user leaves all rooms at once."""

    words: str = ""
    """Why the connection of such a user has ended."""

    quit: bool = False
    """Whether those are the user's own words."""


class OrderedLine(_Line, frozen=True):
    """An order of a moderator."""

    user: UserLine
    room: str
    changes: Sequence[Change]
    kind: str
    """The name of the event's class."""

    event: msgspec.Raw
    out: Sequence[UserLine] = ()
    invited: UserLine | None = None


class ToldLine(Struct, frozen=True, array_like=True):
    """What a ruling tells."""

    to: Literal["room", "staff", "person"]
    about: About
    subject: str = ""


class RuledLine(_Line, frozen=True):
    """A ruling of the class layer."""

    room: str
    rows: Sequence[RowChange]
    changes: Sequence[Change]
    told: Sequence[ToldLine]


class DeletedLine(_Line, frozen=True):
    """A message that was deleted."""

    user: UserLine
    conversation: str
    """The key of the room or the private conversation."""

    other: UserLine | None
    """The other user of a private conversation."""

    name: str
    """The room, or the other user, as the user who deletes it knows them."""

    number: int
    author: str
    receiver: str
    sent: int
    time: int
    reason: str = ""


class RenamedLine(_Line, frozen=True):
    """A guest's new name."""

    user: UserLine
    name: str


class ClaimedLine(_Line, frozen=True):
    """A name that has an owner from now on."""

    user: UserLine
    key: str
    changes: Sequence[Change]


class NotedLine(_Line, frozen=True):
    """Changes that no client is told of."""

    changes: Sequence[Change]


class LocatedLine(_Line, frozen=True):
    """How many clients a user has on a node."""

    node: str
    here: Location
    unheard: float | None = None


class SignedOutLine(_Line, frozen=True):
    """A user has left: no node has a client of theirs."""

    user: UserLine
    node: str
    """The node that says so."""

    taken_over: bool
    released: bool = False


class NodeLostLine(_Line, frozen=True):
    """A node that has died."""

    node: str


class AnnouncedLine(_Line, frozen=True):
    """What an operator tells everybody."""

    user: UserLine
    text: str


class EvictedLine(_Line, frozen=True):
    """A user whom the operator has disconnected."""

    user: UserLine
    text: str


class AsideLine(_Line, frozen=True):
    """A text for one client of a user."""

    user: UserLine
    to: UserLine
    text: str
    time: str | None
    manner: Manner


class SignalLine(_Line, frozen=True):
    """Tags without a text, for a room or a user."""

    user: UserLine
    to: UserLine | None
    room: str
    """The key of the room; nothing for a user."""

    time: str
    manner: Manner


OfNodesLine = (
    LocatedLine | SignedOutLine | NodeLostLine | AnnouncedLine | EvictedLine | AsideLine | SignalLine
)
"""What only several nodes need: see `entries.OfNodes`."""

Line = (
    SaidLine
    | WhisperedLine
    | CreatedLine
    | JoinedLine
    | LeftLine
    | OrderedLine
    | RuledLine
    | DeletedLine
    | RenamedLine
    | ClaimedLine
    | NotedLine
    | OfNodesLine
)
"""What a node tells the others of one entry."""

_ORDER_EVENTS: dict[str, type[Any]] = {one.__name__: one for one in room_events.OrderEvent.__args__}
_decoder = msgspec.msgpack.Decoder(list[Line])


class NotUnderstood(Exception):
    """Another node has written what this one does not understand: it can't follow any more."""

    def __init__(self) -> None:
        super().__init__(
            "another server has written what this version does not understand: install the newer version here"
        )


def decode(data: bytes) -> Sequence[Line]:
    """Return the lines of a batch.

    Raises:
        NotUnderstood: a newer version has written it.
    """
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError:
        raise NotUnderstood from None


def order_event(line: OrderedLine) -> room_events.OrderEvent:
    """Return the event of an order.

    Raises:
        NotUnderstood: a newer version has written it.
    """
    try:
        event: room_events.OrderEvent = msgspec.msgpack.decode(line.event, type=_ORDER_EVENTS[line.kind])
    except (KeyError, msgspec.DecodeError):
        raise NotUnderstood from None
    return event
