"""A journal in a PostgreSQL database, where an institution's backups are.

It works as the one in a file does: one thread writes, others read, each on a connection of its own.
"""

from __future__ import annotations

from twisted.logger import Logger

from classchat.core.journal_port import CannotOpen
from classchat.journal.batching import BatchingJournal
from classchat.journal.database import DatabaseError, Uncertain
from classchat.journal.postgres.postgres_reader import PostgresReader
from classchat.journal.postgres.postgres_store import PostgresStore
from classchat.journal.writing import Written


class PostgresJournal(BatchingJournal[str]):
    """A journal that keeps everything in a PostgreSQL database."""

    _log = Logger()
    _store: PostgresStore

    def _open_store(self) -> PostgresStore:
        try:
            return PostgresStore(self._place, self._now(), self._synchronous)
        except DatabaseError as error:
            raise CannotOpen(self._sentence(error)) from None

    def _open_reader(self) -> PostgresReader:
        return PostgresReader(self._place)

    def _announced(self) -> int:
        """Return the second: what other programs change is looked for once in each."""
        return int(self._reactor.seconds())

    def _sentence(self, error: Exception) -> str:
        return f"The journal '{self._place}' can't be used: {error}."

    def _decide(self, failure: Uncertain) -> Written:
        try:
            kept = self._store.decide()
        except Uncertain as still:
            still.written = failure.written
            raise
        written: Written = failure.written(kept)
        return written
