"""What the reports have in common: the sessions they are about, and the people in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from classchat.journal.class_records import ClassRecords, SessionRecord
from classchat.reports.presences import Presences, Span
from classchat.rosters.students import Enrolled

Fields = Mapping[str, object]

ShownTime = Callable[[int], str]
"""Returns a time in milliseconds as the document shows it."""


class SessionReport(NamedTuple):
    """One session in a report."""

    session: SessionRecord
    rows: Iterable[Fields]
    """Rows that all have the same fields in the same order."""


class Attendee(NamedTuple):
    """A person in a session, on the roster or not."""

    person: int | None
    """None for a student who has not registered."""

    name: str
    """The name on the roster, or else in the chat."""

    user: str
    section: str
    listed: bool
    """Whether the roster has the person."""

    guest: bool


class SessionPeople(NamedTuple):
    """The persons of one session, without the staff, and when they were there."""

    session: SessionRecord
    people: Sequence[Attendee]
    spans: Mapping[int, Sequence[Span]]


def rooms_of(sessions: Iterable[SessionRecord]) -> Iterator[tuple[str, list[SessionRecord]]]:
    """Yield the sessions by room, by its key."""
    return ((room, list(of_room)) for room, of_room in groupby(sessions, lambda one: one.room))


def people_of(
    records: ClassRecords, sessions: Sequence[SessionRecord], kinds: Sequence[str]
) -> Iterator[SessionPeople]:
    """Yield the persons of each session: on the roster, there, or with a row of one of these kinds."""
    roster, accounts = records.roster(), records.accounts()
    for room, of_room in rooms_of(sessions):
        staff, presences = records.staff(room), Presences(records.moves(room))
        for session in of_room:
            spans = presences.of_session(session.began, session.ended)
            names = {person: presences.names.get(person, ("", False)) for person in spans}
            for kind in kinds:
                for key, row in records.rows(session, kind):
                    person = int(key.rpartition(" ")[2])
                    names.setdefault(person, (row.get("name", ""), person not in accounts))
            here = {person: name for person, name in names.items() if person not in staff}
            yield SessionPeople(session, _attendees(roster, accounts, here), spans)


def _attendees(
    roster: Sequence[Enrolled], accounts: Mapping[int, str], here: Mapping[int, tuple[str, bool]]
) -> list[Attendee]:
    """Return the students on the roster, and then the others by name."""
    listed = {one.person for one in roster}
    found = [
        Attendee(
            one.person, one.student.name, one.user if one.person else "", one.student.section, True, False
        )
        for one in roster
    ]
    others = [
        Attendee(person, name, name, "", False, person not in accounts)
        for person, (told, _) in here.items()
        if person not in listed
        for name in [accounts.get(person, told)]
    ]
    return found + sorted(others, key=lambda one: one.name.casefold())


def minutes(spans: Iterable[Span]) -> int:
    """Return how many minutes spans have together, rounded."""
    return round(sum(end - begin for begin, end in spans) / 60_000)
