"""A batch of entries on its way into the file: its rows, and what the entries get of them.

What is made into rows here runs in the writer's thread: it reads of the entries, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from classchat.core.acts import Act, PersonRecord
from classchat.core.entries import Created, Entry, Noted, Ordered, Said, Whispered
from classchat.core.model import Room, room_log_key
from classchat.core.persons import Person
from classchat.core.stored import Ownership
from classchat.journal import store
from classchat.journal.store import Store
from classchat.journal.times import stamp

MESSAGES = (Said, Whispered)


class Written(NamedTuple):
    """What became of a batch."""

    kept: Sequence[store.Kept] = ()
    """For each message of it."""

    made: Mapping[str, int] = {}
    """The number that each room begins with that was made: there may have been one before."""

    noted: Collection[int] = ()
    """The persons who are in the file from now on; of those with an account, only who claims it now."""

    anything: bool = False
    """Whether there was anything to be written but what was there already."""

    refused: Collection[int] = ()
    """Which of its entries with acts failed, by their places among these."""

    elsewhere: Sequence[Ownership] = ()
    """What other programs had changed before that."""


def write(
    store_: Store, batch: Sequence[Entry], noted: Collection[int], now: int, *, look: bool = False
) -> Written:
    """Write a batch, all or nothing; `noted` are persons who need not be written down again.

    What is no message needs no row, but a new room, and what has acts. With `look`, what other programs have
    changed is looked for also where there is nothing to write.
    """
    messages: list[store.Message] = []
    rooms: list[str] = []
    acts: list[Sequence[Act]] = []
    persons: dict[int, store.PersonRow] = {}
    for entry in batch:
        if isinstance(entry, Said):
            messages.append(_said(entry))
        elif isinstance(entry, Whispered):
            messages.append(_whispered(entry))
            for user in (entry.user, entry.to):
                if user.account is None and user.person.number not in noted:
                    persons[user.person.number] = _row(user.person)
        else:
            if isinstance(entry, Created):
                rooms.append(entry.room.name)
            if entry.acts:
                acts.append(entry.acts)
            for act in entry.acts:
                if isinstance(act, PersonRecord) and act.number not in noted:
                    persons[act.number] = store.PersonRow(act.number, act.name, act.key, act.token)
    if not messages and not rooms and not acts:
        return Written(elsewhere=store_.look() if look else ())
    made = {key: store_.last_seq(key) for key in map(room_log_key, rooms)}
    kept = store_.append(messages, max(now, store_.last_time), rooms, persons.values(), acts)
    fresh = bool(rooms or acts) or not all(repeated for _, _, repeated in kept)
    return Written(kept, made, persons, fresh, store_.refused, store_.elsewhere)


def _said(entry: Said) -> store.Message:
    user = entry.user
    return store.Message(entry.conversation.key, user.name, user.person.key, entry.text, entry.id)


def _whispered(entry: Whispered) -> store.Message:
    user, to = entry.user, entry.to
    return store.Message(
        entry.conversation.key, user.name, user.person.key, entry.text, entry.id, to.name, to.person.number
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
            entry.commit("", written.made.get(entry.room.key, 0))
        else:
            entry.commit("")
        if entry.acts:
            if isinstance(entry, Noted | Ordered):
                entry.refused = acted in written.refused
            acted += 1


def parted(
    batch: Iterable[Entry], unmade: Collection[Room], *, messages: bool
) -> tuple[list[Entry], list[Entry]]:
    """Part what can't be from what needs no file: what happened in rooms that were not made.

    And `messages`, with all else that has to be kept.
    """
    lost: list[Entry] = []
    left: list[Entry] = []
    for entry in batch:
        if isinstance(entry, MESSAGES):
            gone = messages or entry.conversation in unmade
        elif isinstance(entry, Noted):
            gone = messages
        else:
            gone = entry.room in unmade or (messages and bool(entry.acts))
        (lost if gone else left).append(entry)
    return lost, left
