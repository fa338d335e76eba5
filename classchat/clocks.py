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


def measure_steadily(reactor: Any, steady: Callable[[], float] = time.monotonic) -> None:
    """Make a reactor measure durations with a clock that can't be set. Harmless twice.

    Running timers keep their remaining time. A reactor that is not Twisted's own, such as a test's, keeps its
    clock.
    """
    if not isinstance(reactor, ReactorBase) or reactor.seconds is steady:
        return
    ahead = reactor.seconds() - steady()
    # All of them, even cancelled ones: these are still in the same heap.
    for call in [*reactor._pendingTimedCalls, *reactor._newTimedCalls]:
        call.time -= ahead
        call.seconds = steady
    reactor.seconds = steady  # type: ignore[method-assign, assignment, unused-ignore]
