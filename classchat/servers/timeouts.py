"""Timeouts of many connections, which need one timer: almost none of them is reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from twisted.internet.interfaces import IDelayedCall, IReactorTime

Late = TypeVar("Late")


class Timeouts(Generic[Late]):
    """Calls a function with everything that is late.

    Times are kept in the order in which they were set, so all should be equally long. After a change of
    the length those that were set before come first.
    """

    def __init__(self, clock: IReactorTime, is_late: Callable[[Late], None]) -> None:
        self._clock = clock
        self._is_late = is_late
        self._until: dict[Late, float] = {}
        self._timer: IDelayedCall | None = None

    def __contains__(self, one: Late) -> bool:
        """Return whether a time is set for it."""
        return one in self._until

    def set(self, one: Late, seconds: float) -> None:
        """Set a time in so many seconds, unless there is one for it."""
        if one not in self._until:
            self._until[one] = self._clock.seconds() + seconds
            if self._timer is None:
                self._timer = self._clock.callLater(seconds, self._look)

    def drop(self, one: Late) -> None:
        """Call nothing for it. Harmless twice.

        The timer stays, even if it finds nothing to do then: the next client would only set it again.
        """
        self._until.pop(one, None)

    def stop(self) -> None:
        """Stop the timer: the server has stopped, and no time is set. Harmless twice."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        now = self._clock.seconds()
        try:
            while self._until:
                one, until = next(iter(self._until.items()))
                if until > now:
                    break
                del self._until[one]
                self._is_late(one)
        finally:  # even if that has failed: the others must not wait for ever
            self._timer = self._clock.callLater(self._first() - now, self._look) if self._until else None

    def _first(self) -> float:
        return max(next(iter(self._until.values())), self._clock.seconds())
