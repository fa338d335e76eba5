"""A thread that reads a journal's file, on a connection of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from classchat.journal.reader import Reader
from classchat.journal.worker import Worker

_T = TypeVar("_T")


class ReadingThread:
    """Reads one thing after the other; waits neither for the writer nor for other threads that read."""

    def __init__(self, reactor: Any, name: str, path: Path) -> None:
        self._path = path
        self._reader: Reader | None = None  # of the thread
        self._worker = Worker(reactor, name)

    def start(self) -> None:
        """Begin."""
        self._worker.start()

    async def stop(self, patience: float) -> None:
        """End, once all is read that was asked for; give up after some seconds."""
        await self._worker.stop(self._let_go, patience)

    def read(self, read: Callable[[Reader], _T]) -> Deferred[_T]:
        """Read in the thread."""
        return self._worker.do(lambda: self._read(read))

    def _read(self, read: Callable[[Reader], _T]) -> _T:
        """Read on the connection that is open, or on a new one: what fails once may not for ever."""
        if self._reader is None:
            self._reader = Reader(self._path)
        try:
            return read(self._reader)
        except sqlite3.Error:
            self._let_go()
            raise

    def _let_go(self) -> None:
        connection, self._reader = self._reader, None
        if connection is not None:
            connection.close()
