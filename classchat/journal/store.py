"""The writer of a journal in an SQLite file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from time import monotonic

from classchat.core.journal_port import CannotOpen
from classchat.journal import class_rows, search, upkeep
from classchat.journal.batch_rows import COLUMNS, Row
from classchat.journal.batch_store import BUSY, MORE, BatchStore
from classchat.journal.deletions import IndexedText
from classchat.journal.opening import PATIENCE, Synchronous, open_to_write, sentence
from classchat.journal.transactions import NOTHING, Transactions

_INDEXING = 0.01
"""Seconds of one step that reads, folds and indexes messages."""

_MOMENT = 20
"""Milliseconds to wait for readers before the log is emptied: clients wait as well."""

_INSERT_NEW = f"INSERT OR IGNORE INTO messages{COLUMNS}"


class Store(BatchStore):
    """The only connection that writes to a journal's file.

    Any method may raise `sqlite3.Error`, for example when the disk is full. Then nothing has changed, and the
    next call may succeed. After `Uncertain` it is unknown what a restart would find, until `make_certain`
    succeeds.
    """

    def __init__(
        self,
        path: Path,
        now: int,
        synchronous: Synchronous = "full",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Open the file, or create it. Persons who were connected when it was last used have left `now`.

        Raises:
            CannotOpen: the file can't be written to.
        """
        super().__init__()
        self.path = path
        self._db: sqlite3.Connection
        self._db, self._lock = open_to_write(path, synchronous)
        self._clock = clock
        self._transactions = Transactions(self._db)
        opened = os.stat(path)
        self._file = (opened.st_dev, opened.st_ino)
        try:
            self._db.execute("UPDATE persons SET ended = ? WHERE ended IS NULL", (now,))
            self._upkeep(class_rows.write_start, now)
            with self.step():
                search.prepare(self._db)
            self._read_state()
            self._erasing = bool(self._one("SELECT erasing FROM journal")[0])
        except sqlite3.Error as error:
            self.close()
            raise CannotOpen(sentence(path, error)) from None

    def ready(self) -> None:
        """Check that the file is still in its place: data written to a deleted file would be lost."""
        try:
            there = os.stat(self.path)
        except OSError:
            there = None
        if there is None or (there.st_dev, there.st_ino) != self._file:
            raise sqlite3.OperationalError("the file was deleted, or another one is in its place")

    def try_to_write(self) -> None:
        """Write one page, which changes nothing."""
        self.ready()
        with self.step():
            for statement in NOTHING:
                self._db.execute(statement)

    def make_certain(self) -> None:
        """Make sure that a restart finds nothing of a failed transaction.

        Raises:
            Uncertain: it may still find it; call again.
        """
        self._transactions.make_certain()

    def close(self) -> None:
        """Close the file. Harmless twice."""
        self._db.close()
        self._lock.close()

    # Transactions.

    def transaction(self, *, erases: bool) -> AbstractContextManager[None]:
        """Return the context of one transaction, in which what it erases is overwritten."""
        return self._secure() if erases else self._transactions.one()

    def step(self) -> AbstractContextManager[None]:
        """Return the context of one transaction."""
        return self._transactions.one()

    def insert_new(self, rows: Sequence[Row]) -> bool:
        """Insert all messages at once, or none if there is a repetition."""
        self._db.execute("SAVEPOINT fresh")
        if self._db.executemany(_INSERT_NEW, rows).rowcount == len(rows):
            return True
        self._db.execute("ROLLBACK TO fresh")
        return False

    @contextmanager
    def _secure(self) -> Iterator[None]:
        with self._overwriting(), self._transactions.one():
            yield

    @contextmanager
    def _overwriting(self) -> Iterator[None]:
        """Overwrite what is deleted meanwhile, also where a whole page becomes free."""
        self._db.execute("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            self._db.execute("PRAGMA secure_delete = FAST")

    def replace_in_index(self, texts: Sequence[IndexedText]) -> None:
        """Remove texts from the search index, as far as they are in it."""
        search.replace(self._db, texts, "")
        self._begin_erasing()

    def drop_from_index(self, texts: Sequence[IndexedText]) -> None:
        """Remove messages from the search index, as far as they are in it."""
        search.drop(self._db, texts)
        self._begin_erasing()

    def _begin_erasing(self) -> None:
        self._db.execute("UPDATE journal SET erasing = 1")
        self._erasing = True

    # Between the batches, in small steps.

    def index_some(self, limit: int = 500) -> int:
        """Add the next messages to the search index, at most `limit`; return how many, 0 if all are in it.

        The step is short for any texts, because writes wait for it. Nothing is added while deleted texts are
        erased from the index: that would take longer.
        """
        if self._erasing:
            return 0
        end = self._clock() + _INDEXING
        with self.step():
            return search.index_some(self._db, limit, lambda: self._clock() >= end)

    def merge_some(self) -> int:
        """Merge some parts of the search index; return 0 if there are none left to merge."""
        with self.step():
            return search.merge_some(self._db)

    def delete_older(self, time: int, limit: int = 500) -> int:
        """Delete the oldest messages from before a time, at most `limit`; return how many.

        Their numbers are never reused. Their request ids are forgotten, so `time` must be at least
        `repetitions.REMEMBERED_FOR` ago.
        """
        with self.step():
            return upkeep.delete_older(self._db, time, limit)

    def erase_deleted(self) -> int:
        """Overwrite some of what is left of deleted secrets and texts, in the file and in its log.

        Returns 0 if that is done, `MORE` while the search index has something of a text, and `BUSY` if other
        programs read the file at this moment, which prevents it.
        """
        with self._overwriting():
            if self._erasing and self._erase_from_index():
                return MORE
            self._upkeep(class_rows.rewrite_secrets)
        if self._erasing:
            with self.step():
                self._db.execute("UPDATE journal SET erasing = 0")
            self._erasing = False
        self._db.execute(f"PRAGMA busy_timeout = {_MOMENT}")
        try:
            (busy, _, _) = self._one("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._db.execute(f"PRAGMA busy_timeout = {round(PATIENCE * 1000)}")
        return BUSY if busy else 0

    def _erase_from_index(self) -> int:
        with self.step():
            return search.erase_some(self._db)

    def check(self) -> list[str]:
        """Return all damage of the file, one sentence each."""
        return upkeep.check(self._db)

    def vacuum(self) -> None:
        """Return the file's unused space to the disk. It takes a while, and space for a second copy."""
        upkeep.vacuum(self._db)
