"""Requests to try whether the journal can be written to, which the next write answers."""

from __future__ import annotations

from twisted.internet.defer import Deferred


class Trials:
    """The requests that wait for the next write: of a batch, or of what changes nothing if there is none.

    However many there are, one write answers them.
    """

    def __init__(self) -> None:
        self._waiting: list[Deferred[bool]] = []

    @property
    def wanted(self) -> bool:
        """Whether any request waits."""
        return bool(self._waiting)

    def ask(self) -> Deferred[bool]:
        """Return a Deferred that fires with whether the next write has worked; it may be cancelled."""
        waiting: Deferred[bool] = Deferred(self._waiting.remove)
        self._waiting.append(waiting)
        return waiting

    def answer(self, *, worked: bool) -> None:
        """Answer all requests."""
        answered, self._waiting[:] = list(self._waiting), []
        for waiting in answered:
            waiting.callback(worked)
