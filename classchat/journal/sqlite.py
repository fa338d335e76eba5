"""A journal in one SQLite file: acknowledged messages are on disk, and stay there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from twisted.logger import Logger

from classchat.core.journal_port import Changed, Deliver, Others, TakeBack, nothing_changes
from classchat.core.stored import Restored
from classchat.files import doubts_about_directory, doubts_about_file
from classchat.journal.batching import BatchingJournal
from classchat.journal.database import Uncertain
from classchat.journal.elsewhere import touched
from classchat.journal.opening import sentence
from classchat.journal.reader import Reader
from classchat.journal.store import Store
from classchat.journal.writing import Written


class SQLiteJournal(BatchingJournal[Path]):
    """A journal that keeps everything in a file."""

    _log = Logger()
    _store: Store
    _file: Path
    """The real path of the file, once it is open."""

    def open(
        self,
        deliver: Deliver,
        take_back: TakeBack,
        changed: Changed = nothing_changes,
        others: Others | None = None,
    ) -> Restored:
        """Open the file, create it if necessary, and return its state.

        Raises:
            CannotOpen: the file can't be written to.
        """
        restored = super().open(deliver, take_back, changed, others)
        for doubt in [
            *doubts_about_file(self._file, "The journal"),
            *doubts_about_directory(self._file, "The journal"),
        ]:
            self._log.warn("{doubt}", doubt=doubt)
        return restored

    def _open_store(self) -> Store:
        store = Store(self._place, self._now(), self._synchronous)
        self._file = self._place.resolve()
        return store

    def _open_reader(self) -> Reader:
        return Reader(self._place)

    def _announced(self) -> int:
        return touched(self._file)

    def _sentence(self, error: Exception) -> str:
        return sentence(self._place, error)

    def _decide(self, failure: Uncertain) -> Written:  # noqa: ARG002
        """Make certain that a restart does not find the batch."""
        self._store.make_certain()
        raise sqlite3.OperationalError("a write has failed halfway, and is undone")
