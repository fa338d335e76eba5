"""A journal in a PostgreSQL database, where an institution's backups are.

It works as the one in a file does: one thread writes, others read, each on a connection of its own.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from twisted.logger import Logger

from classchat.clocks import TimeOfDay
from classchat.core.journal_port import CannotOpen
from classchat.core.ports import Calendar
from classchat.journal import portions
from classchat.journal.batching import BatchingJournal
from classchat.journal.database import DatabaseError, Uncertain
from classchat.journal.opening import Synchronous
from classchat.journal.postgres.postgres_reader import PostgresReader
from classchat.journal.postgres.postgres_store import PostgresStore
from classchat.journal.writing import Written


class PostgresJournal(BatchingJournal):
    """A journal that keeps everything in a PostgreSQL database."""

    _log = Logger()

    def __init__(
        self,
        address: str,
        reactor: Any,
        synchronous: Synchronous = "full",
        keep: float | None = None,
        calendar: Calendar | None = None,
        portion: int = portions.MOST,
    ) -> None:
        """Keep messages for `keep` seconds, or for ever; `reactor` must be callable from threads.

        Each commit has about `portion` bytes. `calendar` is for tests; the default is the machine's.
        """
        open_reader = partial(PostgresReader, address)
        super().__init__(address, open_reader, reactor, keep, calendar or TimeOfDay(), portion)
        self._address = address
        self._synchronous: Synchronous = synchronous
        self._store: PostgresStore

    def _open_store(self) -> PostgresStore:
        try:
            return PostgresStore(self._address, self._now(), self._synchronous)
        except DatabaseError as error:
            raise CannotOpen(self._sentence(error)) from None

    def _announced(self) -> int:
        """Return the second: what other programs change is looked for once in each."""
        return int(self._reactor.seconds())

    def _sentence(self, error: Exception) -> str:
        return f"The journal '{self._address}' can't be used: {error}."

    def _decide(self, failure: Uncertain) -> Written:
        try:
            kept = self._store.decide()
        except Uncertain as still:
            still.written = failure.written
            raise
        written: Written = failure.written(kept)
        return written
