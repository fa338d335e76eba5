"""The reports about people: attendance and participation."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from classchat.core.features.attendance import HereRow, MarkRow
from classchat.core.features.ballots import VotesCastRow
from classchat.core.features.hand_rows import ServedRow
from classchat.core.features.question_rows import QuestionRow
from classchat.journal.class_records import ClassRecords, SessionRecord, SpokenLine
from classchat.names import user_key
from classchat.reports.reporting import (
    Attendee,
    Fields,
    SessionPeople,
    SessionReport,
    ShownTime,
    minutes,
    people_of,
    rooms_of,
)


def attendance(
    records: ClassRecords, sessions: Sequence[SessionRecord], when: ShownTime
) -> Iterator[SessionReport]:
    """Yield for each session who has entered a code, who was connected when, and what staff have set."""
    for one in people_of(records, sessions, (HereRow.kind, MarkRow.kind)):
        codes = dict(records.rows(one.session, HereRow.kind))
        marks = dict(records.rows(one.session, MarkRow.kind))
        yield SessionReport(one.session, _attendance(one, codes, marks, when))


def _attendance(
    session: SessionPeople, codes: Mapping[str, Any], marks: Mapping[str, Any], when: ShownTime
) -> Iterator[Fields]:
    at_place = defaultdict(list)
    for row in codes.values():
        at_place[row["place"]].append(row["name"])
    for one in session.people:
        key, spans = str(one.person), session.spans.get(one.person or 0, ())
        code, mark = codes.get(key), marks.get(key)
        shared = at_place[code["place"]] if code and code["place"] else []
        yield {
            **_who(one),
            "code": when(code["at"]) if code else "",
            "minutes": minutes(spans),
            "first": when(spans[0].begin) if spans else "",
            "last": when(spans[-1].end) if spans else "",
            "mark": mark["mark"] if mark else "",
            "marked_by": mark["by"] if mark else "",
            "same_address": [name for name in shared if code and name != code["name"]],
        }


def _who(one: Attendee) -> Fields:
    return {
        "name": one.name,
        "user": one.user,
        "section": one.section,
        "on_roster": one.listed,
        "guest": one.guest,
    }


def participation(
    records: ClassRecords,
    sessions: Sequence[SessionRecord],
    when: ShownTime,  # noqa: ARG001  as all reports
) -> Iterator[SessionReport]:
    """Yield for each session what each person has done in it, as far as that has a name."""
    for room, of_room in rooms_of(sessions):
        counts = _MessageCounts(records.lines(room))
        for one in people_of(records, of_room, (ServedRow.kind, HereRow.kind, VotesCastRow.kind)):
            said = counts.of_session(one.session)
            yield SessionReport(one.session, _participation(records, one, said))


def _participation(
    records: ClassRecords, session: SessionPeople, said: Mapping[str, int]
) -> Iterator[Fields]:
    record = session.session
    helped = Counter(
        key.rpartition(" ")[2]
        for key, row in records.rows(record, ServedRow.kind)
        if row["state"] == "helped"
    )
    asked = Counter(row.get("subject") for _, row in records.rows(record, QuestionRow.kind))
    voted = {key: row["polls"] for key, row in records.rows(record, VotesCastRow.kind)}
    codes = dict(records.rows(record, HereRow.kind))
    for one in session.people:
        key = str(one.person)
        yield {
            **_who(one),
            "minutes": minutes(session.spans.get(one.person or 0, ())),
            "messages": said.get(user_key(one.user), 0) if one.user else 0,
            "helped": helped[key],
            "questions_by_name": asked[key],
            "polls": voted.get(key, 0),
            "code": key in codes,
        }


class _MessageCounts:
    """Goes through the messages of a room, session by session."""

    def __init__(self, lines: Iterator[SpokenLine]) -> None:
        self._lines = lines
        self._next: SpokenLine | None = next(lines, None)

    def of_session(self, session: SessionRecord) -> Counter[str]:
        """Return how many messages each user has sent, by the key of the name."""
        counts = Counter[str]()
        while self._next is not None and self._next.time <= session.ended:
            if self._next.time >= session.began:
                counts[self._next.sender_key] += 1
            self._next = next(self._lines, None)
        return counts
