"""A journal in one SQLite file: acknowledged messages are on disk, and stay there."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from twisted.logger import Logger

from classchat.clocks import TimeOfDay
from classchat.core.journal_port import Changed, Deliver, TakeBack, nothing_changes
from classchat.core.ports import Calendar
from classchat.core.stored import Restored
from classchat.files import doubts_about_directory, doubts_about_file
from classchat.journal import portions
from classchat.journal.batching import BatchingJournal
from classchat.journal.database import Uncertain
from classchat.journal.elsewhere import touched
from classchat.journal.opening import Synchronous, sentence
from classchat.journal.reader import Reader
from classchat.journal.store import Store
from classchat.journal.writing import Written


class SQLiteJournal(BatchingJournal):
    """A journal that keeps everything in a file."""

    _log = Logger()

    def __init__(
        self,
        path: Path,
        reactor: Any,
        synchronous: Synchronous = "full",
        keep: float | None = None,
        calendar: Calendar | None = None,
        portion: int = portions.MOST,
    ) -> None:
        """Keep messages for `keep` seconds, or for ever; `reactor` must be callable from threads.

        Each commit has about `portion` bytes. `calendar` is for tests; the default is the machine's.
        """
        super().__init__(path, partial(Reader, path), reactor, keep, calendar or TimeOfDay(), portion)
        self._path = path
        self._file = path  # the real path, once it is open
        self._synchronous: Synchronous = synchronous
        self._store: Store

    def open(self, deliver: Deliver, take_back: TakeBack, changed: Changed = nothing_changes) -> Restored:
        """Open the file, create it if necessary, and return its state.

        Raises:
            CannotOpen: the file can't be written to.
        """
        restored = super().open(deliver, take_back, changed)
        for doubt in [
            *doubts_about_file(self._file, "The journal"),
            *doubts_about_directory(self._file, "The journal"),
        ]:
            self._log.warn("{doubt}", doubt=doubt)
        return restored

    def _open_store(self) -> Store:
        store = Store(self._path, self._now(), self._synchronous)
        self._file = self._path.resolve()
        return store

    def _announced(self) -> int:
        return touched(self._file)

    def _sentence(self, error: Exception) -> str:
        return sentence(self._path, error)

    def _decide(self, failure: Uncertain) -> Written:  # noqa: ARG002
        """Make certain that a restart does not find the batch."""
        self._store.make_certain()
        raise sqlite3.OperationalError("a write has failed halfway, and is undone")
