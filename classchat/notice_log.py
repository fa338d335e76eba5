"""The log of notices: as few events as possible, because each costs as much as reading ten lines of clients.

A client that signs in causes two notices in one turn of the reactor, and a class that arrives hundreds. Those
of connections wait until the turn ends, or until other notices follow: all keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.interfaces import IReactorTime

from classchat.core.notices import Connected, Disconnected, Notice, Observe, Registered

_WAIT = frozenset({Connected, Disconnected, Registered})


class NoticeLog:
    """Logs notices, those of the connections of one turn in one event."""

    def __init__(self, clock: IReactorTime, log: Observe) -> None:
        self._clock = clock
        self._log = log
        self._waiting: list[Notice] = []
        self._due = False  # whether they are logged when the turn has ended

    def __call__(self, notices: Sequence[Notice]) -> None:
        """Log some notices: those of a batch, or of something else that has happened at one moment."""
        if not notices:
            return
        if not self._waiting and type(notices[-1]) not in _WAIT:
            self._log(notices)
            return
        self._waiting += notices
        if type(notices[-1]) not in _WAIT:
            self.flush()
        elif not self._due:
            self._due = True
            self._clock.callLater(0, self._turn_has_ended)

    def flush(self) -> None:
        """Log what waits."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._log(waiting)

    def _turn_has_ended(self) -> None:
        self._due = False
        self.flush()
