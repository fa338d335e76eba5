"""The reports about what happened in sessions: the transcript, questions, and polls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from typing import Any

import msgspec

from classchat.class_events import About
from classchat.core.features.ballots import NamedVotesRow
from classchat.core.features.class_polls import PollRow
from classchat.core.features.question_rows import QuestionRow
from classchat.journal.class_records import ClassRecords, Occurrence, SessionRecord, SpokenLine
from classchat.reports.reporting import Fields, SessionReport, ShownTime, rooms_of
from classchat.wire.class_sentences import told


def transcript(
    records: ClassRecords, sessions: Sequence[SessionRecord], when: ShownTime
) -> Iterator[SessionReport]:
    """Yield for each session all that was said and told in the room, in order of time."""
    for room, of_room in rooms_of(sessions):
        lines = _Lines(records.lines(room))
        for session in of_room:
            entries = merge(
                ((line.time, _message(line, when)) for line in lines.of_session(session)),
                ((one.time, _told(one, when)) for one in records.told(session)),
                key=lambda entry: entry[0],
            )
            yield SessionReport(session, [fields for _, fields in entries if fields is not None])


def _message(line: SpokenLine, when: ShownTime) -> Fields:
    return {
        "time": when(line.time),
        "kind": "message",
        "to": "room",
        "user": line.sender,
        "text": line.text,
    }


def _told(one: Occurrence, when: ShownTime) -> Fields | None:
    """Return the line about what was told; None for what has no sentence."""
    match one.what:
        case "joined" | "left":
            user = str(one.detail.get("user", ""))
            text = f"{user} has {one.what} the chat room"
        case _:
            user = str(one.detail.get("user") or one.detail.get("by") or "")
            text = _sentence(one.detail)
    if not text:
        return None
    return {"time": when(one.time), "kind": one.what, "to": one.to, "user": user, "text": text}


def _sentence(detail: Mapping[str, Any]) -> str:
    try:
        return told(msgspec.convert(detail, About))
    except msgspec.ValidationError:
        return ""  # of a later version


class _Lines:
    """Goes through the messages of a room, session by session."""

    def __init__(self, lines: Iterator[SpokenLine]) -> None:
        self._lines = lines
        self._next: SpokenLine | None = next(lines, None)

    def of_session(self, session: SessionRecord) -> Iterator[SpokenLine]:
        """Yield the messages of a session, which must be later than the one before."""
        while self._next is not None and self._next.time <= session.ended:
            if self._next.time >= session.began:
                yield self._next
            self._next = next(self._lines, None)


def questions(
    records: ClassRecords, sessions: Sequence[SessionRecord], when: ShownTime
) -> Iterator[SessionReport]:
    """Yield the questions of each session; of those without a name nobody learns who has asked them."""
    for session in sessions:
        rows = sorted(records.rows(session, QuestionRow.kind), key=lambda row: int(row[0]))
        yield SessionReport(session, (_question(key, row, when) for key, row in rows))


def _question(key: str, row: Mapping[str, Any], when: ShownTime) -> Fields:
    return {
        "number": int(key),
        "minute": when(row["minute"]),
        "text": row["text"],
        "user": row.get("name", ""),
        "anonymous": row["anonymous"],
        "state": row["state"],
        "supports": row.get("supports", 0),
        "answer": row.get("answer", ""),
        "by": row.get("by", ""),
    }


def polls(
    records: ClassRecords, sessions: Sequence[SessionRecord], when: ShownTime
) -> Iterator[SessionReport]:
    """Yield for each session a row for each option of its polls; voters only of named polls."""
    for session in sessions:
        voters = dict(records.rows(session, NamedVotesRow.kind))
        rows = records.rows(session, PollRow.kind)
        yield SessionReport(
            session, (fields for key, row in rows for fields in _poll(key, row, voters.get(key), when))
        )


def _poll(
    key: str, row: Mapping[str, Any], voters: Mapping[str, Any] | None, when: ShownTime
) -> Iterable[Fields]:
    result = row.get("result") or {}
    counts, guests = result.get("counts"), result.get("guests")
    votes = list((voters or {}).get("votes", {}).values())
    for at, option in enumerate(row["options"]):
        yield {
            "poll": int(key),
            "text": row["text"],
            "closed": when(row["closed"]) if row.get("closed") else "",
            "named": row["named"],
            "option": option,
            "votes": counts[at] if counts else "",
            "of_guests": guests[at] if guests else "",
            "voted": result.get("votes", 0),
            "here": row.get("here", 0),
            "voters": [one["name"] for one in votes if at in one["choices"]],
        }
