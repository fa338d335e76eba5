"""Requests to look whether another program has changed accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

_LONGEST_LOOK = 5.0
"""Seconds that a request waits, at most."""


class PendingLook(NamedTuple):
    """A look that the writer takes."""

    stamp: int
    """`announced` when it began."""

    waiting: Sequence[Deferred[None]]
    """The Deferreds that fire when it is taken."""


class Looks:
    """The requests that wait for the next look, and the announcement that was looked at last."""

    def __init__(self, announced: Callable[[], int], clock: IReactorTime) -> None:
        """Take all that is stored now as known; `announced` changes when there may be more."""
        self._announced = announced
        self._clock = clock
        self._seen = announced()
        self._waiting: list[Deferred[None]] = []

    @property
    def stale(self) -> bool:
        """Whether another program has announced a change that was not looked at yet."""
        return self._announced() != self._seen

    @property
    def wanted(self) -> bool:
        """Whether any request waits."""
        return bool(self._waiting)

    def ask(self) -> Deferred[None]:
        """Return a Deferred that fires after the next look, or after some seconds if the disk hangs."""
        waiting: Deferred[None] = Deferred()
        waiting.addTimeout(_LONGEST_LOOK, self._clock, lambda *_: None)
        self._waiting.append(waiting)
        return waiting

    def begin(self) -> PendingLook:
        """Return the look that answers all requests so far."""
        waiting, self._waiting = self._waiting, []
        return PendingLook(self._announced() if waiting else self._seen, waiting)

    def taken(self, look: PendingLook) -> None:
        """Record that what a look has found is applied."""
        self._seen = look.stamp

    def give_up(self) -> None:
        """Answer all requests: there will be no further look."""
        self.answer(self.begin())

    def answer(self, look: PendingLook) -> None:
        """Fire all Deferreds of a look."""
        for waiting in look.waiting:
            waiting.callback(None)
