"""The class after a restart of the server: polls, and what was forgotten."""

from __future__ import annotations

import pytest

from classchat.class_commands import Ask, EndPoll, RaiseHand, SetQuestions, SetSession, StartPoll, Vote
from classchat.class_events import AboutPoll
from classchat.core.stored import StoredRow
from classchat.messages import Join
from tests.unit.core.features.helpers import UNLIMITED, Classroom, R, abouts
from tests.unit.helpers import Client, House

START = 60.0
"""When the class begins, in seconds."""

UNTIL = START + 60
"""When its poll ends."""


@pytest.fixture
def room() -> Classroom:
    """Return a class in a session with a named poll, in which Carol has voted."""
    room = Classroom()
    room.passes(START)
    room.asks(room.mona, SetSession(receiver=R, text="begin"))
    room.asks(room.mona, StartPoll(receiver=R, text="Which?", options=["A", "B"], named=True))
    room.asks(room.carol, Vote(receiver=R, choices=[1]))
    return room


def restarted(room: Classroom, at: float) -> tuple[House, Client]:
    """Return a server that is started at a time with what is stored, and a student in the room."""
    rows = [StoredRow(*place, value) for place, value in room.house.journal.rows.items()]
    house = House(UNLIMITED, [(R, 0)], class_rows=rows, start=at)
    (zoe,) = house.signs_in("Zoe")
    zoe.send(Join(receiver=R))
    passes(house, 0)
    zoe.forgets()
    return house, zoe


def passes(house: House, seconds: float) -> None:
    """Advance the clock, and settle."""
    house.journal.clock.advance(seconds)
    for _ in range(3):
        house.turn()


def told(client: Client) -> list[tuple[str, list[int] | None]]:
    """Return the states and counts of polls that a client has heard."""
    return [(about.state, about.counts) for about in abouts(client) if isinstance(about, AboutPoll)]


def test_a_poll_goes_on(room: Classroom) -> None:
    """With the votes so far, and to its end."""
    house, zoe = restarted(room, UNTIL - 20)
    zoe.send(Vote(receiver=R, choices=[0]))
    passes(house, 21)
    assert [] == told(zoe)
    passes(house, 1)

    assert [("closed", [1, 1])] == told(zoe)


@pytest.mark.parametrize("at", [UNTIL + 3600, UNTIL + 1, UNTIL - 1])
def test_a_server_that_was_down_at_the_end(room: Classroom, at: float) -> None:
    """The poll stays open for 15 seconds after clients had time to come back, and says so."""
    house, zoe = restarted(room, at)
    passes(house, 5)
    assert [("longer", None)] == told(zoe)
    passes(house, 15)
    zoe.send(Vote(receiver=R, choices=[0]))
    passes(house, 2)

    assert [("closed", [1, 1])] == told(zoe)


@pytest.mark.parametrize("at", [UNTIL - 20, UNTIL + 3600])
def test_a_server_that_was_killed_between_the_two_entries_of_an_end(room: Classroom, at: float) -> None:
    """The votes are counted soon after the start, and there are no further ones."""
    room.mona.send(EndPoll(receiver=R))
    room.house.turn()
    kinds = {key[2] for key in room.house.journal.rows}
    assert ("vote" in kinds, "open_poll" in kinds) == (True, False)

    house, zoe = restarted(room, at)
    zoe.send(Vote(receiver=R, number=1, choices=[0], id="late"))
    passes(house, 5)
    assert ["poll_closed"] == [answer.code for answer in zoe.answers("late")]  # type: ignore[union-attr]
    assert [("closed", [0, 1])] == told(zoe)
    assert "vote" not in {key[2] for key in house.journal.rows}


def test_a_server_that_stops_starts_no_timers(room: Classroom) -> None:
    """Not for entries that are delivered later either."""
    room.carol.send(RaiseHand(receiver=R))
    room.mona.send(StartPoll(receiver=R, text="Which?", options=["A", "B"]))
    room.house.chat.close()
    timers = list(room.house.journal.clock.getDelayedCalls())
    room.settles()

    assert timers == list(room.house.journal.clock.getDelayedCalls())


def test_the_key_of_authors_is_forgotten_in_time() -> None:
    """Also if the server was down then."""
    room = Classroom()
    room.passes(START)
    room.asks(room.mona, SetQuestions(receiver=R, text="open", anonymous="full"))
    room.passes(10)
    room.asks(room.carol, Ask(receiver=R, text="Why?"))
    house, _ = restarted(room, START + 3 * 60 * 60)
    passes(house, 5)

    assert not {"authors_key", "author", "asking"} & {key[2] for key in house.journal.rows}
    assert "question" in {key[2] for key in house.journal.rows}
