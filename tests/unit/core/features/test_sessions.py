"""Sessions end by themselves, where nobody ends them."""

from __future__ import annotations

import pytest

from classchat.class_commands import Ask, SetSession, StartPoll, Vote
from classchat.class_events import AboutSession
from classchat.core.features.sessions import NAME
from classchat.core.stored import StoredRow
from classchat.messages import Quit
from tests.unit.core.features.helpers import UNLIMITED, Classroom, R, abouts
from tests.unit.helpers import House

HOUR = 3600.0
BEGIN = SetSession(receiver=R, text="begin")


@pytest.fixture
def room() -> Classroom:
    """Return a class in a session, with a secret."""
    room = Classroom()
    room.passes(60)
    room.asks(room.mona, BEGIN)
    room.asks(room.carol, Ask(receiver=R, text="Why?"))
    room.forgets()
    return room


def ended(room: Classroom) -> bool:
    """Return whether the room is told that the session has ended, which SERVER has done."""
    told = [one for one in abouts(room.dave) if isinstance(one, AboutSession)]
    assert told in ([], [AboutSession(R, "SERVER", "ended", 1)])
    return bool(told)


def secrets(house: House) -> list[str]:
    """Return the kinds of the secret rows that are stored."""
    return [place[2] for place in house.journal.rows if place[2] in ("author", "authors_key", "vote")]


def restarted(room: Classroom, hours: float) -> House:
    """Return a server that is started at a time with what is stored."""
    rows = [StoredRow(*place, value) for place, value in room.house.journal.rows.items()]
    return House(UNLIMITED, [(R, 0)], class_rows=rows, start=60 + hours * HOUR)


def passes(house: House, seconds: float) -> None:
    """Advance the clock, and settle."""
    house.journal.clock.advance(seconds)
    for _ in range(4):
        house.turn()


def test_a_session_that_nobody_ends(room: Classroom) -> None:
    """It ends after twelve hours, with its secrets."""
    room.asks(room.mona, Quit())
    room.asks(room.ann, Quit())
    room.passes(12 * HOUR - 1)
    assert not ended(room)
    room.passes(1)

    assert ended(room)
    assert [] == secrets(room.house)
    assert None is room.code(room.comes_back("Mona"), BEGIN)


def test_staff_keep_it(room: Classroom) -> None:
    """While they are here it goes on, at the longest for a day."""
    room.passes(12 * HOUR)
    room.passes(11 * HOUR)
    assert not ended(room)
    room.passes(1 * HOUR)

    assert ended(room)


def test_staff_leave_later(room: Classroom) -> None:
    """Then it ends within an hour."""
    room.passes(12 * HOUR)
    room.asks(room.mona, Quit())
    room.asks(room.ann, Quit())
    assert not ended(room)
    room.passes(1 * HOUR)

    assert ended(room)


def test_what_is_ended_has_no_end(room: Classroom) -> None:
    """The next session has its own time."""
    room.asks(room.mona, SetSession(receiver=R, text="end"))
    assert not [place for place in room.house.journal.rows if place[3] == f"{NAME}:"]

    room.passes(6 * HOUR)
    room.asks(room.mona, BEGIN, Quit())
    room.asks(room.ann, Quit())
    room.forgets()
    room.passes(11 * HOUR)
    assert [] == abouts(room.dave)


def test_a_server_that_was_down(room: Classroom) -> None:
    """It waits an hour for the staff, but not after a day."""
    house = restarted(room, 13)
    passes(house, 10)
    assert secrets(house)
    passes(house, HOUR)
    assert [] == secrets(house)


def test_a_server_that_was_down_for_days(room: Classroom) -> None:
    """The session ends at once, also with a poll whose votes are not counted."""
    room.asks(room.mona, StartPoll(receiver=R, text="Which?", options=["A", "B"]))
    room.asks(room.carol, Vote(receiver=R, choices=[1]))
    house = restarted(room, 70)
    assert "vote" in secrets(house)
    passes(house, 10)

    assert [] == secrets(house)


def test_a_session_of_an_earlier_version(room: Classroom) -> None:
    """It gets an end when the server is started."""
    rows = room.house.journal.rows
    del rows[next(place for place in rows if place[3] == f"{NAME}:")]
    house = restarted(room, 2)
    passes(house, 9 * HOUR)
    assert secrets(house)
    passes(house, HOUR)

    assert [] == secrets(house)
