"""The rules for the logs of all clients and for the file.

It uses none of ClassChat's code, only records of the wire and the rows of the file. Each rule yields its
violations, as sentences with the evidence.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.torture.logs import Answered, Entered, Heard, Kept, Log, Sent

_MOST_SHOWN = 5
"""Violations of one rule that are shown; the others are only counted."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read(path: Path) -> tuple[str, list[Kept]]:
    """Return the journal's epoch and all messages of the file, in the order of the commits."""
    with closing(sqlite3.connect(path)) as db:
        (epoch,) = db.execute("SELECT epoch FROM journal").fetchone()
        rows = db.execute(
            "SELECT key, name, seq, time, sender, receiver, text, request FROM messages"
            " JOIN conversations ON conversations.id = conversation ORDER BY messages.id"
        )
        kept = [
            Kept(
                key if name is None else f"#{name}",
                seq,
                _stamp(time),
                sender,
                receiver or name,
                text,
                request or "",
            )
            for key, name, seq, time, sender, receiver, text, request in rows
        ]
    return epoch, kept


def integrity(path: Path) -> list[str]:
    """Return the damage that SQLite finds in the file."""
    with closing(sqlite3.connect(path)) as db:
        return [line for (line,) in db.execute("PRAGMA integrity_check") if line != "ok"]


def exported(document: str, room: str) -> list[tuple[int, str, str, str]]:
    """Return number, time, sender and text of each message in the output of `classchat export -f json`."""
    messages = json.loads(document)["messages"]
    return [(one["seq"], one["time"], one["sender"], one["text"]) for one in messages]


def as_exported(kept: Iterable[Kept], room: str) -> list[tuple[int, str, str, str]]:
    """Return the same for a room's messages in the file."""
    return [(one.seq, one.time, one.sender, one.text) for one in kept if one.conversation == f"#{room}"]


def _stamp(milliseconds: int) -> str:
    time = _EPOCH + timedelta(milliseconds=milliseconds)
    return f"{time:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"


def check(logs: Sequence[Log], epoch: str, kept: Sequence[Kept], *, fails: bool = False) -> list[str]:
    """Return all violations, with the evidence; the logs must reach to the end of the file.

    With `fails`, the journal could not be used at times: then messages are refused, and clients that return
    are told of a gap.
    """
    broken: list[str] = []
    for rule in RULES:
        if fails and rule in (saved, gaps):
            continue
        found = list(rule(logs, epoch, kept))
        broken += [f"{rule.__name__.lstrip('_')}: {one}" for one in found[:_MOST_SHOWN]]
        if len(found) > _MOST_SHOWN:
            broken.append(f"{rule.__name__.lstrip('_')}: … and {len(found) - _MOST_SHOWN} more")
    return broken


# The rules.


def dense(logs: Sequence[Log], epoch: str, kept: Sequence[Kept]) -> Iterator[str]:
    """Numbers are 1, 2, 3 … in each conversation of the file, in the order of the commits; times rise."""
    last: dict[str, Kept] = {}
    for one in kept:
        before = last.get(one.conversation)
        if one.seq != (before.seq if before else 0) + 1:
            yield f"in the file {one} comes after {before}"
        if before and one.time < before.time:
            yield f"in the file {one} is older than {before}"
        last[one.conversation] = one


def once(logs: Sequence[Log], epoch: str, kept: Sequence[Kept]) -> Iterator[str]:
    """No message is in the file twice, and none has two numbers."""
    by_id: dict[tuple[str, str], Kept] = {}
    by_text: dict[tuple[str, str, str], Kept] = {}
    for one in kept:
        for known, key in ((by_id, (one.sender, one.id)), (by_text, (one.sender, one.to, one.text))):
            before = known.setdefault(key, one)  # type: ignore[index,arg-type]
            if before is not one and key[-1]:
                yield f"in the file twice: {before} and {one}"
                break


def order(logs: Sequence[Log], epoch: str, kept: Sequence[Kept]) -> Iterator[str]:
    """Each client hears each conversation in the order of its numbers, and no message twice."""
    for log in logs:
        last: dict[tuple[str, str], Heard] = {}
        for record in log.records:
            if isinstance(record, Heard):
                # A client hears only the half of a private conversation to itself: numbers rise for each
                # sender.
                other = "" if record.conversation.startswith("#") else record.sender
                before = last.get((record.conversation, other))
                if before and record.seq <= before.seq:
                    word = "again" if record == before._replace(replay=record.replay) else "out of order"
                    yield f"{log.name} heard {record} {word}, after {before}"
                else:
                    last[record.conversation, other] = record


def complete(logs: Sequence[Log], epoch: str, kept: Sequence[Kept]) -> Iterator[str]:
    """A member hears all messages since joining: no number is left out, to the last one."""
    last_of: dict[str, int] = {}
    told: dict[str, list[Kept]] = defaultdict(list)
    for one in kept:
        last_of[one.conversation] = one.seq
        if not one.conversation.startswith("#"):
            told[one.to].append(one)
    for log in logs:
        heard: dict[str, set[int]] = defaultdict(set)
        privately: set[tuple[str, int, str]] = set()
        first: dict[str, int] = {}
        for record in log.records:
            if isinstance(record, Entered):
                first.setdefault(record.room, record.seq)
                if record.gap:  # what was said before is in the history
                    first[record.room] = record.seq
                    privately |= {(one.sender, one.seq, one.text) for one in told[f"@{log.name}"]}
            elif isinstance(record, Heard):
                heard[record.conversation].add(record.seq)
                privately.add((record.sender, record.seq, record.text))
        for room, seq in first.items():
            missing = sorted(set(range(seq + 1, last_of.get(room, 0) + 1)) - heard[room])
            if missing:
                yield f"{log.name}, in {room} since {seq}, never heard {_shown(missing)}"
        for one in told[f"@{log.name}"]:
            if (one.sender, one.seq, one.text) not in privately:
                yield f"{log.name} never heard {one}"


def same(logs: Sequence[Log], epoch: str, kept: Sequence[Kept]) -> Iterator[str]:
    """A message that a client hears is in the file under its number, and was sent to that client."""
    rooms = {(one.conversation, one.seq): one for one in kept if one.conversation.startswith("#")}
    dialogs = {
        (one.to, one.sender, one.seq, one.text): one for one in kept if not one.conversation.startswith("#")
    }
    for log in logs:
        for record in log.records:
            if not isinstance(record, Heard):
                continue
            if record.conversation.startswith("#"):
                one = rooms.get((record.conversation, record.seq))
            elif record.conversation == f"@{log.name}":
                one = dialogs.get((record.conversation, record.sender, record.seq, record.text))
            else:
                yield f"{log.name} heard {record}, which is not for this client"
                continue
            if one is None:
                yield f"{log.name} heard {record}, which is not in the file"
            elif (one.time, one.sender, one.text) != (record.time, record.sender, record.text):
                yield f"{log.name} heard {record}, and the file has {one}"


def answers(logs: Sequence[Log], epoch: str, kept: Sequence[Kept]) -> Iterator[str]:
    """Acknowledged messages are in the file as answered, refused ones are not, and all are answered.

    Only requests are answered, and all answers to an id are equal. A repetition that can't be saved says
    nothing about the attempt before, whose answer was lost.
    """
    in_file = {(one.sender, one.id): one for one in kept}
    for log in logs:
        sent: dict[str, Sent] = {}
        answered: dict[str, Answered] = {}
        repeated: set[str] = set()
        for record in log.records:
            if isinstance(record, Sent):
                if record.id in sent:
                    repeated.add(record.id)
                sent[record.id] = record
            elif isinstance(record, Answered):
                if record.id not in sent:
                    yield f"{log.name} heard {record}, and did not ask"
                before = answered.setdefault(record.id, record)
                if before != record:
                    yield f"{log.name} heard {record}, and earlier {before}"
        for id, said in sent.items():
            one, answer = in_file.get((log.name, id)), answered.get(id)
            if answer is None:
                yield f"{log.name} heard no answer to {said}"
            elif answer.code == "not_saved" and id in repeated:
                continue
            elif answer.code and one is not None:
                yield f"{log.name} was refused {said} with {answer.code}, and the file has {one}"
            elif not answer.code and one is None:
                yield f"{log.name} was told {answer}, and the file does not have {said}"
            elif not answer.code and one is not None and (one.seq, one.time) != (answer.seq, answer.time):
                yield f"{log.name} was told {answer}, and the file has {one}"
            if one is not None and (one.to, one.text) != (said.conversation, said.text):
                yield f"{log.name} said {said}, and the file has {one}"


def refusals(logs: Sequence[Log], epoch: str, kept: Sequence[Kept]) -> Iterator[str]:
    """Only private messages to absent clients are refused."""
    for log in logs:
        for record in log.records:
            if isinstance(record, Answered) and record.code not in ("", "user_not_found", "not_saved"):
                yield f"{log.name} was refused with {record}"


def saved(logs: Sequence[Log], epoch: str, kept: Sequence[Kept]) -> Iterator[str]:
    """Nothing is refused because the journal can't be written to."""
    for log in logs:
        for record in log.records:
            if isinstance(record, Answered) and record.code == "not_saved":
                yield f"{log.name} was refused with {record}"


def gaps(logs: Sequence[Log], epoch: str, kept: Sequence[Kept]) -> Iterator[str]:
    """A returning client is sent all missed messages of the same journal; none misses too many."""
    for log in logs:
        for record in log.records:
            if isinstance(record, Entered) and (record.gap or record.epoch != epoch):
                yield f"{log.name} was told of a gap in {epoch}: {record}"


def entries(logs: Sequence[Log], epoch: str, kept: Sequence[Kept]) -> Iterator[str]:
    """A client that joins a room again has heard everything up to the number of the answer."""
    for log in logs:
        heard: dict[str, int] = {}
        for record in log.records:
            if isinstance(record, Heard):
                heard[record.conversation] = record.seq
            elif (
                isinstance(record, Entered)
                and not record.gap
                and record.since is not None
                and heard.get(record.room, record.since) != record.seq
            ):
                yield f"{log.name} joined with {record}, and had heard up to {heard.get(record.room)}"


Rule = Callable[[Sequence[Log], str, Sequence[Kept]], Iterator[str]]
RULES: tuple[Rule, ...] = (dense, once, order, complete, same, answers, refusals, entries, saved, gaps)


def _shown(numbers: Sequence[int]) -> str:
    """Return some numbers in words: the first, the last, and the count."""
    if len(numbers) <= _MOST_SHOWN:
        return ", ".join(map(str, numbers))
    return f"{numbers[0]}, {numbers[1]} … {numbers[-1]} ({len(numbers)} messages)"
