"""Who was in a room when."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.journal.class_records import Move
from classchat.reports.presences import Presences, Span
from tests.tables import each_case

MINUTE = 60_000
BEGAN, ENDED = 100 * MINUTE, 200 * MINUTE
ALICE, BOB = 1, 2


def _joined(minute: float, person: int = ALICE) -> Move:
    return Move(round(minute * MINUTE), "joined", person, f"P{person}", False, 0)


def _left(minute: float, person: int = ALICE) -> Move:
    return Move(round(minute * MINUTE), "left", person, f"P{person}", False, 0)


def _started(minute: float, last: float) -> Move:
    return Move(round(minute * MINUTE), "started", 0, "", False, round(last * MINUTE))


def _spans(*moves: Move) -> list[tuple[float, float]]:
    """Return when Alice was there in the session, in minutes."""
    spans = Presences(moves).of_session(BEGAN, ENDED).get(ALICE, [])
    return [(begin / MINUTE, end / MINUTE) for begin, end in spans]


@each_case(
    ("moves", "spans"),
    [
        ([], []),
        ([_joined(90)], [(100, 200)]),
        ([_joined(90), _left(95)], []),
        ([_joined(110), _left(150)], [(110, 150)]),
        ([_joined(90), _left(210)], [(100, 200)]),
        ([_joined(90), _left(120), _joined(121)], [(100, 200)]),
        ([_joined(90), _left(120), _joined(121.1)], [(100, 120), (121.1, 200)]),
        ([_joined(90), _joined(120), _left(130)], [(100, 130)]),
        ([_left(120)], []),
        ([_joined(201)], []),
    ],
)
def test_times(moves: list[Move], spans: list[tuple[float, float]]) -> None:
    """Times are those within the session; a gap of at most a minute does not count."""
    assert spans == _spans(*moves)


def test_a_restart() -> None:
    """Who comes back after a restart was there; who does not was there until the server was last seen."""
    assert [(100, 200)] == _spans(_joined(90), _started(150, 140), _joined(155))
    assert [(100, 140)] == _spans(_joined(90), _started(150, 140))
    assert [(130, 150), (170, 200)] == _spans(_joined(130), _left(150), _started(160, 155), _joined(170))
    assert [] == _spans(_joined(90), _started(95, 94))


def test_sessions_one_after_the_other() -> None:
    """What happened between two sessions counts in the second one."""
    presences = Presences([_joined(90), _left(150), _joined(250, BOB), _joined(260), _left(310)])
    first, second = presences.of_session(BEGAN, ENDED), presences.of_session(300 * MINUTE, 320 * MINUTE)

    assert {ALICE: [Span(BEGAN, 150 * MINUTE)]} == first
    assert {
        ALICE: [Span(300 * MINUTE, 310 * MINUTE)],
        BOB: [Span(300 * MINUTE, 320 * MINUTE)],
    } == second
    assert ("P2", False) == presences.names[BOB]


@given(st.lists(st.tuples(st.integers(80, 220), st.sampled_from(["joined", "left", "started"])), max_size=20))
def test_any_moves(moves: list[tuple[int, str]]) -> None:
    """Whatever a file has, times are in order, do not overlap, and are within the session."""
    made = [Move(at * MINUTE, what, ALICE, "P", False, (at - 1) * MINUTE) for at, what in sorted(moves)]
    times = [time for span in Presences(made).of_session(BEGAN, ENDED).get(ALICE, []) for time in span]

    assert times == sorted(times)
    assert all(BEGAN <= time <= ENDED for time in times)


def test_a_screen_is_not_there() -> None:
    """Nor is an operator: neither is a student."""
    screen = _joined(110)._replace(student=False)

    assert [] == _spans(screen, _left(150))
