"""Durations are measured with a clock that can't be set, and times of day with the machine's clock."""

from __future__ import annotations

import time

import pytest
from twisted.internet.base import ReactorBase
from twisted.internet.task import Clock

from classchat.clocks import TimeOfDay, measure_steadily

HOUR = 3600.0


class StillReactor(ReactorBase):
    """One of Twisted's reactors, without a file or a socket."""

    def installWaker(self) -> None:
        """Install no waker."""


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the machine's clock, which can be set, also back."""
    clock = Clock()
    clock.advance(1e9)
    monkeypatch.setattr(time, "time", clock.seconds)
    return clock


@pytest.fixture
def steady() -> Clock:
    """Return the clock that only goes on."""
    return Clock()


@pytest.fixture
def reactor(wall: Clock) -> StillReactor:
    """Return a reactor that measures with the machine's clock, as Twisted's do."""
    reactor = StillReactor()
    reactor.seconds = wall.seconds  # type: ignore[method-assign, assignment]
    return reactor


def passes(seconds: float, *clocks: Clock) -> None:
    """Advance the clock."""
    for clock in clocks:
        clock.advance(seconds)


@pytest.mark.parametrize("step", [-HOUR, HOUR, -1e9, 1e9])
def test_a_timer_does_not_care_how_the_clock_is_set(
    reactor: StillReactor, wall: Clock, steady: Clock, step: float
) -> None:
    """A timer of ten seconds takes ten seconds, however the machine's clock is set meanwhile."""
    measure_steadily(reactor, steady.seconds)
    called: list[str] = []
    reactor.callLater(10, called.append, "now")
    wall.rightNow += step
    passes(9, wall, steady)
    reactor.runUntilCurrent()
    early, left = list(called), reactor.timeout()
    passes(1, wall, steady)
    reactor.runUntilCurrent()

    assert ([], 1.0, ["now"]) == (early, left, called)


def test_timers_that_are_running_already(reactor: StillReactor, wall: Clock, steady: Clock) -> None:
    """Timers started before keep their remaining time and order, even if cancelled or delayed."""
    called: list[tuple[float, int]] = []

    def call(which: int) -> None:
        called.append((steady.seconds(), which))

    timers = [reactor.callLater(seconds, call, seconds) for seconds in (7, 3, 9, 5, 1)]
    reactor.timeout()  # they are in the heap from here on
    timers[4].cancel()
    later = reactor.callLater(2, call, 2)
    measure_steadily(reactor, steady.seconds)
    later.reset(8)
    wall.rightNow -= HOUR
    for _ in range(10):
        passes(1, wall, steady)
        reactor.runUntilCurrent()

    assert [(3, 3), (5, 5), (7, 7), (8, 2), (9, 9)] == called


def test_a_reactor_that_is_calling_its_timers(reactor: StillReactor, wall: Clock, steady: Clock) -> None:
    """A timer that changes the clock of a running reactor makes no other timer due."""
    reactor.running = True
    called: list[str] = []
    reactor.callLater(1, measure_steadily, reactor, steady.seconds)
    reactor.callLater(10, called.append, "now")
    reactor.timeout()
    passes(1, wall, steady)
    reactor.runUntilCurrent()
    at_once, left = list(called), reactor.timeout()
    wall.rightNow -= HOUR
    passes(9, wall, steady)
    reactor.runUntilCurrent()

    assert ([], 9.0, ["now"]) == (at_once, left, called)


@pytest.mark.parametrize("running", [False, True])
def test_twice_is_harmless(reactor: StillReactor, steady: Clock, running: bool) -> None:
    """A reactor that measures steadily already goes on doing so."""
    reactor.running = running
    now = steady.seconds
    measure_steadily(reactor, now)
    reactor.callLater(10, int)
    measure_steadily(reactor, now)

    assert 10 == reactor.timeout()


def test_a_clock_of_a_test_is_left_alone() -> None:
    """A reactor that is not one of Twisted's own keeps its clock."""
    clock = Clock()
    clock.advance(5)
    measure_steadily(clock)

    assert 5 == clock.seconds()


def test_the_time_of_day_is_the_machines(wall: Clock) -> None:
    """A date follows the machine's clock, however that is set."""
    calendar = TimeOfDay()
    before = calendar.seconds()
    wall.rightNow -= HOUR

    assert (1e9, 1e9 - HOUR) == (before, calendar.seconds())
