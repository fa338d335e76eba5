"""Entries as other nodes get them.

A node writes each batch once more for the others, in one row: a list of lines, each with a kind and its
fields, as MessagePack. Users stand in it by the numbers of their persons, rooms by their keys. A node of an
earlier version ignores fields that it does not know. A line of another kind needs a new version of the
tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from classchat.class_events import About
from classchat.core import events
from classchat.core.acts import Change, Location, RowChange, Secured
from classchat.core.entries import (
    Announced,
    Aside,
    Created,
    Entry,
    Joined,
    Left,
    Located,
    NodeLost,
    Noted,
    Ordered,
    Renamed,
    Ruled,
    Said,
    SignedOut,
    Whispered,
)
from classchat.core.manners import Manner
from classchat.core.model import User


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


class WhisperedLine(_Line, frozen=True):
    """A private message."""

    user: UserLine
    to: UserLine
    text: str
    seq: int
    time: int
    manner: Manner | None = None


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
    """A user who is on no node any more."""

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


class AsideLine(_Line, frozen=True):
    """A text for one client of a user."""

    user: UserLine
    to: UserLine
    text: str
    time: str | None
    manner: Manner


Line = (
    SaidLine
    | WhisperedLine
    | CreatedLine
    | JoinedLine
    | LeftLine
    | OrderedLine
    | RuledLine
    | RenamedLine
    | ClaimedLine
    | NotedLine
    | LocatedLine
    | SignedOutLine
    | NodeLostLine
    | AnnouncedLine
    | AsideLine
)
"""What a node tells the others of one entry."""

_ORDER_EVENTS: dict[str, type[Any]] = {one.__name__: one for one in events.OrderEvent.__args__}
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Line])


class Numbered(NamedTuple):
    """An entry of a batch that is being written, with what the journal gives it."""

    entry: Entry
    time: int
    """The time of the batch, in milliseconds."""

    seq: int = 0
    """A message's number; for a new room the number of the last message of an earlier one with its name."""

    skipped: bool = False
    """Whether nothing of it is stored: it repeats a message, or was refused."""


def encode(batch: Iterable[Numbered]) -> tuple[bytes, bool]:
    """Return a batch for other nodes, and whether it has only messages, which change nothing they decide on.

    It is called in the writer's thread, and changes nothing.
    """
    lines = [line for one in batch if not one.skipped and (line := _line(one)) is not None]
    plain = all(isinstance(line, SaidLine | WhisperedLine | AsideLine) for line in lines)
    return _encoder.encode(lines), plain


def decode(data: bytes) -> Sequence[Line]:
    """Return the lines of a batch.

    Raises:
        msgspec.DecodeError: it was written by a version that this one does not understand.
    """
    return _decoder.decode(data)


def order_event(line: OrderedLine) -> events.OrderEvent:
    """Return the event of an order."""
    event: events.OrderEvent = msgspec.msgpack.decode(line.event, type=_ORDER_EVENTS[line.kind])
    return event


def _line(one: Numbered) -> Line | None:
    entry = one.entry
    match entry:
        case Said():
            return SaidLine(
                _user(entry.user), entry.conversation.key, entry.text, one.seq, one.time, entry.manner
            )
        case Whispered():
            return WhisperedLine(
                _user(entry.user), _user(entry.to), entry.text, one.seq, one.time, entry.manner
            )
        case Created():
            changes = _changes(entry)
            return CreatedLine(
                _user(entry.user), entry.room.name, changes, one.time, one.seq, entry.room.gives_way
            )
        case Joined():
            return JoinedLine(_user(entry.user), entry.room.key, entry.peer is None and not entry.put)
        case Left():
            return _left(entry)
        case Ordered():
            return _ordered(entry)
        case Ruled():
            told = [ToldLine(told.to, told.about, told.subject) for told in entry.told]
            rows = [act for act in entry.acts if isinstance(act, RowChange)]
            return RuledLine(entry.room.key, rows, _changes(entry), told)
        case Renamed():
            return RenamedLine(_user(entry.user), entry.name)
        case Noted():
            return _noted(entry)
        case Located():
            return LocatedLine(entry.node, entry.here, entry.unheard)
        case SignedOut():
            user = UserLine(entry.user.person.number, entry.visit, "")
            return SignedOutLine(user, entry.node, entry.taken_over, entry.released)
        case NodeLost():
            return NodeLostLine(entry.node)
        case Announced():
            return AnnouncedLine(_user(entry.user), entry.text)
        case Aside():
            message = entry.told.message
            return AsideLine(
                _user(entry.user), _user(entry.to), message.text, message.time, entry.told.manner
            )


def _user(user: User) -> UserLine:
    return UserLine(user.person.number, user.visit, user.name)


def _changes(entry: Created | Ordered | Ruled | Noted) -> Sequence[Change]:
    return [act for act in entry.acts if isinstance(act, Change)]


def _left(entry: Left) -> LeftLine:
    user, room, departure = entry.user, entry.room, entry.departure
    line = LeftLine(_user(user), room.key, entry.forsaken, entry.reason)
    if departure is None:
        return line
    gone = departure.event
    return msgspec.structs.replace(line, gone=True, words=gone.reason, quit=gone.quit)


def _ordered(entry: Ordered) -> OrderedLine:
    return OrderedLine(
        _user(entry.user),
        entry.room.key,
        _changes(entry),
        type(entry.event).__name__,
        msgspec.Raw(_encoder.encode(entry.event)),
        [_user(one) for one in entry.out],
        None if entry.invited is None else _user(entry.invited),
    )


def _noted(entry: Noted) -> Line | None:
    changes = _changes(entry)
    for act in entry.acts:
        if isinstance(act, Secured) and act.replaces is None:
            return ClaimedLine(_user(entry.user), act.key, changes)
    return NotedLine(changes) if changes else None
