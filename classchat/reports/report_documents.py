"""Reports as documents: tables for spreadsheets, JSON for programs, and pages for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from classchat.documents import Section, csv_document, html_document, json_sections
from classchat.journal.class_records import ClassRecords, SessionRecord
from classchat.reports.class_reports import attendance, participation
from classchat.reports.reporting import Fields, SessionReport, ShownTime
from classchat.reports.session_reports import polls, questions, transcript
from classchat.texts import stamp

_Report = Callable[[ClassRecords, Sequence[SessionRecord], ShownTime], Iterator[SessionReport]]

_REPORTS: dict[str, _Report] = {
    "session": transcript,
    "attendance": attendance,
    "participation": participation,
    "questions": questions,
    "polls": polls,
}

_TITLES = {
    "session": "Transcript",
    "attendance": "Attendance",
    "participation": "Participation",
    "questions": "Questions",
    "polls": "Polls",
}


class NoSession(Exception):
    """There is no such session; the text says what to do."""


def chosen(sessions: Sequence[SessionRecord], which: str) -> list[SessionRecord]:
    """Return the sessions that are meant by a number, `last` (of each room) or `all`.

    Raises:
        NoSession: there is none.
    """
    match which:
        case "all":
            found = list(sessions)
        case "last":
            found = list({session.room: session for session in sessions}.values())
        case number:
            found = [session for session in sessions if session.number == int(number)]
    if not found:
        raise NoSession(
            "There is no such session. A class has sessions when its moderator begins them: /session begin"
        )
    return found


def report(name: str, format: str, records: ClassRecords, sessions: Sequence[SessionRecord]) -> Iterator[str]:
    """Yield a report in one of the formats; people read local times, and programs UTC."""
    shown_time = _local if format == "html" else stamp
    sections = (
        Section(name, _title(one.session), one.rows, _fields(one.session, shown_time))
        for one in _REPORTS[name](records, sessions, shown_time)
    )
    match format:
        case "html":
            return html_document(_TITLES[name], sections)
        case "json":
            return json_sections(name, sections)
        case _:
            return csv_document(sections)


def _fields(session: SessionRecord, when: ShownTime) -> Fields:
    return {
        "room": session.room_name,
        "session": session.number,
        "title": session.title,
        "began": when(session.began),
        "ended": "" if session.under_way else when(session.ended),
    }


def _title(session: SessionRecord) -> str:
    title = f": {session.title}" if session.title else ""
    end = "now" if session.under_way else _local(session.ended)
    return f"{session.room_name}, session {session.number}{title} ({_local(session.began)} to {end})"


def _local(milliseconds: int) -> str:
    """Return a time in this machine's time zone."""
    when = datetime.fromtimestamp(milliseconds // 1000, UTC).astimezone()
    return when.isoformat(" ", "seconds")
