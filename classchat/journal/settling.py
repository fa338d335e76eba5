"""Waiting until entries are delivered."""

from __future__ import annotations

from collections import deque

from twisted.internet.defer import Deferred, succeed


class Settling:
    """Counts the delivered entries, and tells those who wait for one of them."""

    def __init__(self) -> None:
        self.done = 0
        """The number of entries that are delivered, or taken back, since the start."""
        self._waiting: deque[tuple[int, Deferred[None]]] = deque()

    def until(self, number: int) -> Deferred[None]:
        """Return a Deferred that fires when so many entries are delivered. Numbers never decrease."""
        if number <= self.done:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._waiting.append((number, waiting))
        return waiting

    def fire(self) -> None:
        """Fire all Deferreds that are due."""
        while self._waiting and self._waiting[0][0] <= self.done:
            self._waiting.popleft()[1].callback(None)
