"""A batch as other nodes get it: its entries as lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, assert_never

import msgspec

from classchat.core.acts import Change, RowChange, Secured
from classchat.core.entries import (
    Announced,
    Aside,
    Created,
    Deleted,
    Entry,
    Evicted,
    Joined,
    Left,
    Located,
    NodeLost,
    Noted,
    OfNodes,
    Ordered,
    Renamed,
    Ruled,
    Said,
    Signalled,
    SignedOut,
    Whispered,
)
from classchat.core.model import Room, User
from classchat.core.node_lines import (
    AnnouncedLine,
    AsideLine,
    ClaimedLine,
    CreatedLine,
    DeletedLine,
    EvictedLine,
    JoinedLine,
    LeftLine,
    Line,
    LocatedLine,
    NodeLostLine,
    NotedLine,
    OrderedLine,
    RenamedLine,
    RuledLine,
    SaidLine,
    SignalLine,
    SignedOutLine,
    ToldLine,
    UserLine,
    WhisperedLine,
)

_encoder = msgspec.msgpack.Encoder()


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
    plain = all(isinstance(line, SaidLine | WhisperedLine | AsideLine | SignalLine) for line in lines)
    return _encoder.encode(lines), plain


def _line(one: Numbered) -> Line | None:
    entry = one.entry
    match entry:
        case Said():
            return SaidLine(
                _user(entry.user),
                entry.conversation.key,
                entry.text,
                one.seq,
                one.time,
                entry.manner,
                entry.file,
            )
        case Whispered():
            return WhisperedLine(
                _user(entry.user), _user(entry.to), entry.text, one.seq, one.time, entry.manner, entry.file
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
        case Deleted():
            return _deleted(entry, one.time)
        case Renamed():
            return RenamedLine(_user(entry.user), entry.name)
        case Noted():
            return _noted(entry)
        case _:
            return _of_nodes(entry)


def _of_nodes(entry: OfNodes) -> Line:
    """Return the line of an entry that only other nodes need."""
    match entry:
        case Located():
            return LocatedLine(entry.node, entry.here, entry.unheard)
        case SignedOut():
            user = UserLine(entry.user.person.number, entry.visit, "")
            return SignedOutLine(user, entry.node, entry.taken_over, entry.released)
        case NodeLost():
            return NodeLostLine(entry.node)
        case Announced():
            return AnnouncedLine(_user(entry.user), entry.text)
        case Evicted():
            return EvictedLine(_user(entry.who), entry.text)
        case Aside():
            message = entry.told.message
            return AsideLine(
                _user(entry.user), _user(entry.to), message.text, message.time, entry.told.manner
            )
        case Signalled(to=to, told=told):
            room = to.key if isinstance(to, Room) else ""
            receiver = None if isinstance(to, Room) else _user(to)
            return SignalLine(_user(entry.user), receiver, room, told.time, told.manner)
        case _:
            assert_never(entry)


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


def _deleted(entry: Deleted, time: int) -> DeletedLine:
    return DeletedLine(
        _user(entry.user),
        entry.conversation.key,
        None if entry.other is None else _user(entry.other),
        entry.name,
        entry.number,
        entry.author,
        entry.receiver,
        entry.sent,
        time,
        entry.reason,
    )


def _noted(entry: Noted) -> Line | None:
    changes = _changes(entry)
    for act in entry.acts:
        if isinstance(act, Secured) and act.replaces is None:
            return ClaimedLine(_user(entry.user), act.key, changes)
    return NotedLine(changes) if changes else None
