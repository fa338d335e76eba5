"""A journal that keeps nothing: what is said is there for those who hear it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from classchat.core.entries import Entry
from classchat.core.ports import Deliver, Journal, TakeBack


class MemoryJournal(Journal):
    """Commits at the end of the reactor's turn: all that was read in one turn is one batch."""

    _log = Logger()

    def __init__(self, clock: IReactorTime, now: Callable[[], str]) -> None:
        """Schedule with `clock`, and stamp entries with `now`: RFC 3339 in UTC with milliseconds."""
        self._clock = clock
        self._now = now
        self._batch: list[Entry] = []
        self._settling: list[Deferred[None]] = []
        self._deliver: Deliver

    def subscribe(self, deliver: Deliver, take_back: TakeBack) -> Iterable[tuple[str, int]]:  # noqa: ARG002
        """Hand every batch to `deliver`; there were no rooms before, and nothing is ever taken back."""
        self._deliver = deliver
        return ()

    def append(self, entry: Entry) -> None:
        """Take an entry, to be committed at the end of this turn."""
        if not self._batch:
            self._clock.callLater(0, self._commit)
        self._batch.append(entry)

    def settled(self) -> Deferred[None]:
        """Return what fires when all that was appended so far is delivered."""
        if not self._batch:
            return succeed(None)
        settling: Deferred[None] = Deferred()
        self._settling.append(settling)
        return settling

    def _commit(self) -> None:
        batch, self._batch = self._batch, []
        settling, self._settling = self._settling, []
        time = self._now()
        for entry in batch:
            entry.commit(time)
        with self._log.failuresHandled("A committed batch could not be delivered"):
            self._deliver(batch)
        for waiting in settling:
            waiting.callback(None)
