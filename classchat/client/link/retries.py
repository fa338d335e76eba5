"""How often and how long a link tries to reconnect."""

from __future__ import annotations

from collections.abc import Callable

from twisted.application.internet import backoffPolicy
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from classchat.client.link.exchange import Exchange

_FIRST_DELAY, _LONGEST_DELAY, _GROWTH = 0.5, 15.0, 1.7  # seconds, and by how much it grows each time
_STABLE = 10.0  # seconds that a connection without a request has to last, so that the delays start over


class Retries:
    """The delays between calls, and the deadline after which the link gives up."""

    def __init__(
        self, clock: IReactorTime, seconds: float, jitter: Callable[[], float], give_up: Callable[[], None]
    ) -> None:
        """Call `give_up` after so many `seconds` without success; `jitter` spreads the delays."""
        self._clock = clock
        self._seconds = seconds
        self._backoff = backoffPolicy(_FIRST_DELAY, _LONGEST_DELAY, _GROWTH, jitter)
        self._give_up = give_up
        self._attempts = 0
        self._lost_at: float | None = None
        self._connected_at = 0.0
        self._progress = 0
        self._deadline: IDelayedCall | None = None

    def next_delay(self) -> float:
        """Return the seconds until the next call: a server that hangs up at once counts as a failure."""
        self._attempts += 1
        return self._backoff(self._attempts)

    def restart(self) -> None:
        """Start over with the delays: the user has given a password."""
        self._attempts = 0

    def restart_deadline(self) -> None:
        """Start over with the deadline."""
        self._lost_at = self._clock.seconds()
        self._start_deadline(self._seconds)

    def connected(self) -> None:
        """Record that the connection is up."""
        self._connected_at = self._clock.seconds()
        self.stop()

    def lost(self, exchange: Exchange, *, was_up: bool) -> bool:
        """Record that the connection is lost; return whether there is time left to reconnect."""
        now = self._clock.seconds()
        if self._was_good(exchange, now, was_up) or self._lost_at is None:
            self._lost_at = now
            self._attempts = 0
        remaining = self._lost_at + self._seconds - now
        if remaining <= 0:
            return False
        self._start_deadline(remaining)
        return True

    def stop(self) -> None:
        """Stop the deadline."""
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()

    def _start_deadline(self, seconds: float) -> None:
        self.stop()
        self._deadline = self._clock.callLater(seconds, self._give_up)

    def _was_good(self, exchange: Exchange, now: float, was_up: bool) -> bool:
        """Return whether the last connection was good: it made progress, or lasted with nothing to ask."""
        progress, self._progress = exchange.progress > self._progress, exchange.progress
        lasted = was_up and now - self._connected_at >= _STABLE
        return progress or (lasted and exchange.idle)
