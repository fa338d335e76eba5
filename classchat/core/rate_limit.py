"""Rate limiting by delayed reads: a client that sends too much is read more slowly, and never refused.

There is a bucket for each kind of request, and each is full in the beginning:

    messages    `group`, `private`, `rename`, `away`, `back` and requests of moderators, which others are told
                of as well, and `leave`, which counts twice: the room was told of the join as well
    joins       `join`: as many at once as other requests, for a client that comes back to many rooms, and
                then as many as messages
    readings    `history`, `search`
    requests    all others, and lines that are no request; but not `quit`

A user has one rate limit for all their connections. It is kept by name for a while after the user has left:
signing in again does not fill the buckets.
"""

from __future__ import annotations

from classchat.class_commands import Ask
from classchat.core.manners import Uttered
from classchat.core.ports import Clock
from classchat.limits import Limits, Rate
from classchat.messages import (
    Away,
    Back,
    Command,
    Delete,
    History,
    Join,
    Leave,
    Ordering,
    Quit,
    Rename,
    Say,
    Search,
    Tell,
)

_LONGEST_WAIT = 60.0
"""Seconds: with a clock that only goes forward no request waits longer, apart from those before it."""

_MOST_WAITING = 64
"""Requests of one user that wait, one for each connection; more than there can be."""


class Bucket:
    """Fills at a constant rate, up to what may be taken at once.

    Only the time when it will be full is stored (the generic cell rate algorithm, ITU-T I.371): no timer has
    to fill it.
    """

    __slots__ = ("_ahead", "_full_at", "_interval")

    def __init__(self, rate: Rate | None) -> None:
        """Start full; without a rate, stay full for ever."""
        self.change(rate)
        self._full_at = 0.0

    def change(self, rate: Rate | None) -> None:
        """Fill at another rate from now on; the time at which it is full stays."""
        self._interval = 1.0 / rate.per_second if rate is not None else 0.0
        self._ahead = (rate.burst - 1) * self._interval if rate is not None else 0.0

    def take(self, now: float, count: int = 1) -> float:
        """Take one token or more, which may not be there yet; return in how many seconds they will be.

        They are there if that is 0 or less.
        """
        full_at = self._full_at
        if full_at < now:
            full_at = now
        self._full_at = full_at + count * self._interval
        wait = self._full_at - self._interval - now - self._ahead
        if wait > _LONGEST_WAIT + _MOST_WAITING * self._interval:  # a clock was set back
            self._full_at = now + self._interval
            return 0.0
        return wait

    def put_back(self) -> None:
        """Put one token back."""
        self._full_at -= self._interval

    def is_full(self, now: float) -> bool:
        """Return whether the bucket is full."""
        return self._full_at <= now


class RateLimit:
    """The rate limit of one user, or of a client that has not signed in yet."""

    __slots__ = ("_clock", "_joins", "_messages", "_readings", "_requests")

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._clock = clock
        self._messages = Bucket(limits.messages)
        self._joins = Bucket(_joins(limits))
        self._readings = Bucket(limits.readings)
        self._requests = Bucket(limits.requests)

    def change(self, limits: Limits) -> None:
        """Use other rates from now on."""
        self._messages.change(limits.messages)
        self._joins.change(_joins(limits))
        self._readings.change(limits.readings)
        self._requests.change(limits.requests)

    def take(self, command: Command | Uttered | None) -> float:
        """Count a request, or an invalid line (None); return in how many seconds it may be handled.

        It may be handled at once where that is 0 or less.
        """
        match command:
            case Say() | Tell() | Delete() | Ordering() | Ask() | Rename() | Away() | Back() | Uttered():
                bucket = self._messages
            case Join():
                bucket = self._joins
            case Leave():
                return self._messages.take(self._clock.seconds(), 2)
            case History() | Search():
                bucket = self._readings
            case Quit():
                return 0.0
            case _:
                bucket = self._requests
        return bucket.take(self._clock.seconds())

    def is_new(self, now: float) -> bool:
        """Return whether all buckets are full, as in a new rate limit."""
        buckets = (self._messages, self._joins, self._readings, self._requests)
        return all(bucket.is_full(now) for bucket in buckets)


def _joins(limits: Limits) -> Rate | None:
    """Return how fast a user may join rooms."""
    if limits.messages is None or limits.requests is None:
        return limits.messages or limits.requests
    return Rate(max(limits.messages.burst, limits.requests.burst), limits.messages.per_second)
