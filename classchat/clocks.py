"""The two clocks of a process: one that measures durations, one that tells the time of day.

The machine's own clock can be set, by hand or by NTP, forward and back. Twisted's reactors measure with it:
set back by an hour, it makes every timer an hour late. So the reactor gets a clock that is never set, and
what needs a time of day asks `TimeOfDay`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.base import ReactorBase


class TimeOfDay:
    """The machine's clock, which can be set while we look."""

    def seconds(self) -> float:
        """Return the time of day, in seconds since 1970."""
        return time.time()


def measure_steadily(reactor: Any, steady: Callable[[], float] = time.monotonic) -> None:
    """Make a reactor measure durations with a clock that nobody can set. Harmless twice.

    Timers that are already running keep the time they have left. A reactor that is not one of Twisted's own,
    such as a test's, keeps its clock.
    """
    if not isinstance(reactor, ReactorBase) or reactor.seconds is steady:
        return
    ahead = reactor.seconds() - steady()
    # All of them, also those that are cancelled: they have their place in the same heap.
    for call in [*reactor._pendingTimedCalls, *reactor._newTimedCalls]:
        call.time -= ahead
        call.seconds = steady
    reactor.seconds = steady  # type: ignore[method-assign, assignment, unused-ignore]
