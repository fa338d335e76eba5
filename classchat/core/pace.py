"""How fast a user may go on: who is faster is read more slowly, and neither refused nor thrown out.

There is a bucket for each kind of request, and each is as full as it can be in the beginning:

    messages    `group`, `private`, orders, which others hear of as well, and `leave`, which counts twice:
                for what the room heard of the join, too
    joins       `join`: as many at once as other requests, for who comes back to many rooms, and then as
                many as messages
    readings    `history`, `search`
    requests    all the rest, and what nobody understands; but not `quit`

A user has one pace on all his connections. It is kept for a while when he has gone, by his name: to sign in
again does not fill the buckets.
"""

from __future__ import annotations

from classchat.core.ports import Clock
from classchat.limits import Limits, Rate
from classchat.messages import Command, History, Join, Leave, Ordering, Quit, Say, Search, Tell

_LONGEST_WAIT = 60.0
"""Seconds: no clock that only goes forward makes anybody wait longer, beside the others who wait."""

_MOST_WAITING = 64
"""Connections of one user, each of which waits for one; more than there may be."""


class Bucket:
    """Fills at a constant rate, up to what may be taken at once.

    It is known only when it will be full (the generic cell rate algorithm, ITU-T I.371): nothing has to
    be counted as time goes by.
    """

    __slots__ = ("_ahead", "_full_at", "_interval")

    def __init__(self, rate: Rate | None) -> None:
        """Be full; without a rate, for ever."""
        self._interval = 1.0 / rate.per_second if rate is not None else 0.0
        self._ahead = (rate.burst - 1) * self._interval if rate is not None else 0.0
        self._full_at = 0.0

    def take(self, now: float, count: int = 1) -> float:
        """Take one or more, which may not be there yet; return in how many seconds they will be.

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

    def is_full(self, now: float) -> bool:
        """Tell whether nothing is missing."""
        return self._full_at <= now


class Pace:
    """How fast one user, or somebody who has not signed in yet, may go on."""

    __slots__ = ("_clock", "_joins", "_messages", "_readings", "_requests")

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._clock = clock
        self._messages = Bucket(limits.messages)
        self._joins = Bucket(_joins(limits))
        self._readings = Bucket(limits.readings)
        self._requests = Bucket(limits.requests)

    def take(self, command: Command | None) -> float:
        """Count a request, or None for what is none; return in how many seconds it may be done.

        It may be done at once where that is 0 or less.
        """
        match command:
            case Say() | Tell() | Ordering():
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
        """Tell whether nobody can see any more that it was ever used."""
        buckets = (self._messages, self._joins, self._readings, self._requests)
        return all(bucket.is_full(now) for bucket in buckets)


def _joins(limits: Limits) -> Rate | None:
    """Return how fast a user may join rooms."""
    if limits.messages is None or limits.requests is None:
        return limits.messages or limits.requests
    return Rate(max(limits.messages.burst, limits.requests.burst), limits.messages.per_second)
