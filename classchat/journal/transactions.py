"""The transactions of the connection that writes: what failed is not there after a restart either.

A commit writes its pages into the write-ahead log, marks the last one as the end of a transaction, and lets
the disk confirm them. Where only the confirmation fails, SQLite says that nothing was committed, but a server
that starts after a kill finds a complete transaction in the log. So what such a commit has left is
overwritten before anybody is told that it failed: the next transaction goes to the same place, and has
nothing in it. A commit that has nothing to write overwrites nothing, so it does not count.

After a power failure a disk that has not confirmed may hold either.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_NOT_COMPLETE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE)
"""What a commit fails with that could not write all of its pages: nobody ever finds it complete."""

_NOTHING = ("UPDATE journal SET created = created + 1", "UPDATE journal SET created = created - 1")
"""Writes one page, and changes nothing: SQLite leaves out what it can see to be no change."""


class Uncertain(sqlite3.OperationalError):
    """A transaction has failed, and a restart may find it: nobody can be told either now."""


class Transactions:
    """All transactions of one connection; used in one thread at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._left = False  # whether a commit that failed may have left something complete

    @contextmanager
    def one(self) -> Iterator[None]:
        """Do something, all or nothing.

        Raises:
            sqlite3.Error: nothing of it is there.
            Uncertain: nobody knows; see `make_certain`.
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
        """Make sure that what failed is not there, whenever the file is opened next. Harmless twice.

        Raises:
            Uncertain: it may be there: ask again.
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
        """Return whether a transaction with nothing in it is where the last one was.

        One that the disk did not confirm is there as well.
        """
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for statement in _NOTHING:
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
        """End a transaction that failed; after some failures SQLite has done so already."""
        with suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")


def _complete(error: sqlite3.Error) -> bool:
    """Return whether a commit that has failed may be complete in the log."""
    return getattr(error, "sqlite_errorcode", None) not in _NOT_COMPLETE
