"""A thread that reads a journal on its own connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from classchat.core.journal_port import Waits, somebody_waits
from classchat.journal.database import FAILURES
from classchat.journal.reader import Reader
from classchat.journal.worker import Worker

_T = TypeVar("_T")


class Unwanted(Exception):
    """Nobody waits for the result of a read any more."""


class ReadingThread:
    """Runs one read after the other; waits neither for the writer nor for other reading threads."""

    def __init__(self, reactor: Any, name: str, open_reader: Callable[[], Reader]) -> None:
        self._open_reader = open_reader
        self._reader: Reader | None = None  # used only in the thread
        self._worker = Worker(reactor, name)

    def start(self) -> None:
        """Start the thread."""
        self._worker.start()

    async def stop(self, patience: float) -> None:
        """Stop after the reads under way, or after `patience` seconds."""
        await self._worker.stop(self._let_go, patience)

    def read(self, read: Callable[[Reader], _T], waits: Waits = somebody_waits) -> Deferred[_T]:
        """Run a read in the thread; fail with `Unwanted` if nobody waits for it when its turn has come."""

        def work() -> _T:
            if not waits():
                raise Unwanted
            return self._read(read)

        return self._worker.do(work)

    def _read(self, read: Callable[[Reader], _T]) -> _T:
        """Read on the open connection, or on a new one: a failure may be temporary."""
        if self._reader is None:
            self._reader = self._open_reader()
        try:
            return read(self._reader)
        except FAILURES:
            lost = self._reader.is_lost
            self._let_go()
            if not lost:
                raise
        self._reader = self._open_reader()  # the connection may have been lost long ago
        return read(self._reader)

    def _let_go(self) -> None:
        connection, self._reader = self._reader, None
        if connection is not None:
            connection.close()
