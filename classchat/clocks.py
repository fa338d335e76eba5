"""The two clocks of a process: one measures durations, the other tells the time of day.

The machine's clock can be set forward and back, by hand or by NTP. Twisted's reactors measure durations with
it, so setting it back by an hour makes every timer an hour late. Here the reactor gets a clock that is never
set, and code that needs the time of day asks `TimeOfDay`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.base import ReactorBase


class TimeOfDay:
    """The machine's clock, which can be set at any time."""

    def seconds(self) -> float:
        """Return the time of day, in seconds since 1970."""
        return time.time()


class _Continued:
    """A clock that can't be set, and goes on from the time that another one showed."""

    __slots__ = ("_ahead", "_steady")

    def __init__(self, steady: Callable[[], float], ahead: float) -> None:
        self._steady = steady
        self._ahead = ahead

    def __call__(self) -> float:
        return self._steady() + self._ahead


def measure_steadily(reactor: Any, steady: Callable[[], float] = time.monotonic) -> None:
    """Make a reactor measure durations with a clock that can't be set. Harmless twice.

    Running timers keep their remaining time. A reactor that is not Twisted's own, such as a test's, keeps its
    clock.
    """
    if not isinstance(reactor, ReactorBase):
        return
    if reactor.seconds is steady or isinstance(reactor.seconds, _Continued):
        return
    ahead = reactor.seconds() - steady()
    clock = steady
    if reactor.running:
        # It may be calling its timers now, and compares them with a time that it read before. On another
        # scale they would all be due at once.
        clock, ahead = _Continued(steady, ahead), 0.0
    # All of them, even cancelled ones: these are still in the same heap.
    for call in [*reactor._pendingTimedCalls, *reactor._newTimedCalls]:
        call.time -= ahead
        call.seconds = clock
    reactor.seconds = clock  # type: ignore[method-assign, assignment, unused-ignore]
