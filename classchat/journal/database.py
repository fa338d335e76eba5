"""What the statements of all engines run on: a connection to a database.

SQLite's connection is one as it is; the one of PostgreSQL translates (`postgres/connection.py`). The shared
statements are SQLite's, as far as both engines mean the same by them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Protocol


class DatabaseError(Exception):
    """A database other than SQLite has failed, or can't be reached; the text is for the operator."""


class Uncertain(sqlite3.OperationalError, DatabaseError):
    """A transaction has failed, but a restart may find it, so no result can be reported yet."""

    written: Any = None
    """Of a batch: makes `writing.Written` of its messages' results, once it is known to be committed."""


FAILURES = (sqlite3.Error, DatabaseError)
"""The errors of all engines: the disk is full, the database is down, or there is a bug in a statement."""


class ResultRows(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int:
        """The number of rows that were changed."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return all other rows."""

    def __iter__(self) -> Iterator[Any]:
        """Yield all other rows."""


class Database(Protocol):
    """A connection, used by one thread at a time."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> ResultRows:
        """Run one statement."""

    def executemany(self, sql: str, parameters: Sequence[Any], /) -> ResultRows:
        """Run one statement with each of these values."""

    def close(self) -> None:
        """Close the connection. Harmless twice."""
