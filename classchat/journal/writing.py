"""Writing a batch of entries: making its rows, and giving the entries their numbers.

`write` runs in the writer's thread: it reads the entries and changes nothing in them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from classchat.core.acts import Act, PersonRecord
from classchat.core.entries import (
    Created,
    Deleted,
    Entry,
    Joined,
    Left,
    Noted,
    OfNodes,
    Refusable,
    Renamed,
    Said,
    Whispered,
)
from classchat.core.model import Room, room_log_key
from classchat.core.persons import Person
from classchat.core.stored import Ownership
from classchat.errors import ChatError
from classchat.journal import batch_rows as store
from classchat.journal.batch_store import BatchStore
from classchat.journal.class_rows import RoomHappening
from classchat.journal.database import Uncertain
from classchat.texts import stamp

MESSAGES = (Said, Whispered)

_Change = Created | Joined | Left
"""An entry that changes who is in a room."""


class Written(NamedTuple):
    """The result of writing a batch."""

    kept: Sequence[store.Kept] = ()
    """The number and time of each message."""

    made: Mapping[str, int] = {}
    """The first number of each created room: an earlier room may have had its name."""

    noted: Collection[int] = ()
    """The persons who are in the file from now on; of account owners, only those who register now."""

    anything: bool = False
    """Whether the batch had anything that was not in the file yet."""

    refused: Collection[int] = ()
    """The positions of failed entries among those with acts."""

    elsewhere: Sequence[Ownership] = ()
    """The changes that other programs made before."""

    erased: bool = False
    """Whether secrets were deleted."""

    time: int = 0
    """When rooms were created, in milliseconds."""

    before: Sequence[bytes] = ()
    """The batches of other nodes that come before this one, and were not followed yet."""

    unheld: Mapping[int, ChatError] = {}
    """The positions of entries that did not hold after what other nodes had written, and were left out."""


class Batch(NamedTuple):
    """A batch on its way to the disk."""

    entries: Sequence[Entry]
    lost: Sequence[Entry]
    """Entries that can't be written any more, because they are about rooms that were not created."""

    size: int
    """How many appended entries it stands for, also those that were taken back before."""


class _Rows(NamedTuple):
    """The rows that a batch needs."""

    messages: list[store.Message]
    files: dict[int, int]
    """The numbers of shared files, by the positions of their messages."""

    rooms: list[str]
    acts: list[Sequence[Act]]
    happened: list[RoomHappening]
    persons: dict[int, store.PersonRow]
    """Persons who are not in the file yet, by their numbers."""

    def are_needed(self) -> bool:
        """Return whether there is anything to write: persons come with something else."""
        return bool(self.messages or self.rooms or self.acts or self.happened)


def write(
    store_: BatchStore,
    batch: Sequence[Entry],
    noted: Collection[int],
    now: int,
    *,
    look: bool = False,
    always: bool = False,
) -> Written:
    """Write a batch, all or nothing; `noted` are persons who are in the file already.

    Entries other than messages need rows only if they create a room or have acts. With `look`, changes by
    other programs are searched for even if there is nothing to write. With `always`, a batch that needs no
    rows is written as well, for other nodes.
    """
    rows = _rows(batch, noted)
    if not rows.are_needed() and not always:
        return Written(elsewhere=store_.look() if look else ())
    messages, files, rooms, acts, happened, persons = rows
    made = {key: store_.last_seq(key) for key in map(room_log_key, rooms)}
    time = max(now, store_.last_time)

    def written(kept: Sequence[store.Kept]) -> Written:
        fresh = bool(rooms or acts) or not all(repeated for _, _, repeated in kept)
        return Written(kept, made, persons, fresh, store_.refused, store_.elsewhere, store_.erased, time)

    try:
        return written(store_.append(messages, time, rooms, persons.values(), acts, happened, files))
    except Uncertain as error:
        error.written = written
        raise


def _rows(batch: Sequence[Entry], noted: Collection[int]) -> _Rows:
    """Return the rows of a batch; `noted` are persons who are in the file already."""
    rows = _Rows([], {}, [], [], [], {})
    messages, files = rows.messages, rows.files
    for entry in batch:
        if isinstance(entry, Said):
            if entry.file is not None:
                files[len(messages)] = entry.file.number
            messages.append(_said(entry))
        elif isinstance(entry, Whispered):
            if entry.file is not None:
                files[len(messages)] = entry.file.number
            messages.append(_whispered(entry))
            for user in (entry.user, entry.to):
                if user.account is None and user.person.number not in noted:
                    rows.persons[user.person.number] = _row(user.person)
        else:
            if isinstance(entry, Created):
                rows.rooms.append(entry.room.name)
            if isinstance(entry, _Change):
                rows.happened.append(_happening(entry))
            if entry.acts:
                rows.acts.append(entry.acts)
            for act in entry.acts:
                if isinstance(act, PersonRecord) and act.number not in noted:
                    rows.persons[act.number] = store.PersonRow(act.number, act.name, act.key, act.token)
    return rows


def _happening(entry: _Change) -> RoomHappening:
    """Return the line of the transcript about a user who has joined or left a room."""
    user = entry.user
    fields = {"user": user.name, "guest": user.account is None}
    if user.operator or not user.takes_part:
        fields["student"] = False  # moderators and assistants are known by the orders of the room
    detail = msgspec.json.encode(fields).decode()
    what = "left" if isinstance(entry, Left) else "joined"
    return RoomHappening(entry.room.key, what, user.person.number, detail)


def _said(entry: Said) -> store.Message:
    user = entry.user
    return store.Message(
        entry.conversation.key,
        user.name,
        user.person.key,
        entry.text,
        entry.id,
        person=user.person.number,
    )


def _whispered(entry: Whispered) -> store.Message:
    user, to = entry.user, entry.to
    return store.Message(
        entry.conversation.key,
        user.name,
        user.person.key,
        entry.text,
        entry.id,
        to.name,
        to.person.number,
        user.person.number,
    )


def _row(person: Person) -> store.PersonRow:
    return store.PersonRow(person.number, person.name, person.key, person.token)


def commit(batch: Sequence[Entry], written: Written) -> None:
    """Give the entries their times and numbers."""
    kept = iter(written.kept)
    acted = 0
    stamped, at = "", -1
    for entry in batch:
        if isinstance(entry, MESSAGES):
            seq, time, repeated = next(kept)
            if time != at:
                stamped, at = stamp(time), time
            if repeated:
                entry.repeat(stamped, seq)
            else:
                entry.commit(stamped, seq)
            continue
        if isinstance(entry, Created):
            entry.commit(stamp(written.time), written.made.get(entry.room.key, 0))
        elif isinstance(entry, Deleted):
            entry.commit(stamp(written.time))
        else:
            entry.commit("")
        if entry.acts:
            if acted in written.refused and isinstance(entry, Refusable):
                entry.refused = True
            acted += 1


def parted(
    batch: Iterable[Entry], unmade: Collection[Room], *, messages: bool
) -> tuple[list[Entry], list[Entry]]:
    """Split entries into lost ones and others: lost are all entries in rooms that were not created.

    With `messages`, all entries that need the file are lost as well.
    """
    lost: list[Entry] = []
    left: list[Entry] = []
    for entry in batch:
        if isinstance(entry, MESSAGES):
            gone = messages or entry.conversation in unmade
        elif isinstance(entry, Noted | Renamed | OfNodes):
            gone = messages
        elif isinstance(entry, Deleted):
            gone = messages or entry.conversation in unmade
        else:
            gone = entry.room in unmade or (messages and bool(entry.acts))
        (lost if gone else left).append(entry)
    return lost, left
