"""Transactions of the writing connection: a failed one is not there after a restart either.

A commit writes its pages into the write-ahead log, marks the last one as the end of a transaction, and waits
for the disk to confirm them. If only the confirmation fails, SQLite reports that nothing was committed, but
after a kill the next server finds a complete transaction in the log. So the remains of such a commit are
overwritten before its failure is reported: the next transaction goes to the same place, and changes nothing.
It must write a page, because a commit without writes overwrites nothing.

After a power failure, a disk that has not confirmed may hold either state.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from classchat.journal.database import Uncertain

_NOT_COMPLETE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE)
"""Errors of commits that could not write all of their pages: a restart never finds these complete."""

NOTHING = ("UPDATE journal SET created = created + 1", "UPDATE journal SET created = created - 1")
"""Statements that write one page and change nothing; SQLite would skip one without effect."""


class Transactions:
    """All transactions of one connection; used in one thread at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._left = False  # whether a failed commit may be complete in the log

    @contextmanager
    def one(self) -> Iterator[None]:
        """Run the body as one transaction, all or nothing.

        Raises:
            sqlite3.Error: it failed, and nothing of it is there.
            Uncertain: it failed, but may be in the log; see `make_certain`.
        """
        self.make_certain()
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._commit()
        except sqlite3.Error:
            self._roll_back()
            self.make_certain()
            raise
        except BaseException:
            self._roll_back()
            raise

    def make_certain(self) -> None:
        """Make sure that a failed transaction is not found when the file is next opened. Harmless twice.

        Raises:
            Uncertain: it may still be there; call again.
        """
        if self._left and not self._overwrite():
            raise Uncertain("a write has failed halfway, and can't be undone yet")
        self._left = False

    def _commit(self) -> None:
        try:
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._left = _complete(error)
            raise

    def _overwrite(self) -> bool:
        """Overwrite the last transaction by one without changes; return whether that succeeded.

        It counts as success even if the disk did not confirm it.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for statement in NOTHING:
                self._db.execute(statement)
        except sqlite3.Error:
            self._roll_back()
            return False
        try:
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            return _complete(error)
        return True

    def _roll_back(self) -> None:
        """Roll back a failed transaction; after some errors SQLite has already done so."""
        with suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _complete(error: sqlite3.Error) -> bool:
    """Return whether a failed commit may be complete in the log."""
    return getattr(error, "sqlite_errorcode", None) not in _NOT_COMPLETE
