"""Connections of commands to a journal in PostgreSQL, while a server may write to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from classchat.journal.postgres.postgres_connection import PostgresConnection
from classchat.journal.postgres.postgres_versions import check_version

BEGIN = ("BEGIN", "SELECT pos FROM clock FOR UPDATE")
"""The statements that begin a transaction which no batch of a server overlaps."""

_READ_ONLY = (
    "SET default_transaction_read_only = on",
    "SET default_transaction_isolation = 'repeatable read'",
    "SET idle_in_transaction_session_timeout = 0",  # a document may be written to a slow pipe
)

_PATIENT = ("SET lock_timeout = 5000",)

_PAGE = 1_000
"""Rows that are fetched at a time."""

_Row = tuple[Any, ...]


class _Pages:
    """The rows of a query, fetched in pages."""

    rowcount = -1

    def __init__(self, db: PostgresConnection, cursor: str) -> None:
        self._db = db
        self._rows = self._fetched(cursor)

    def _fetched(self, cursor: str) -> Iterator[_Row]:
        is_over = False
        while not is_over:
            page = self._db.run(f"FETCH {_PAGE} FROM {cursor}").fetchall()
            is_over = len(page) < _PAGE
            if is_over:
                self._db.run(f"CLOSE {cursor}")
            yield from page

    def fetchone(self) -> _Row | None:
        """Return the next row, or None."""
        return next(self._rows, None)

    def fetchall(self) -> list[_Row]:
        """Return all other rows."""
        return list(self._rows)

    def __iter__(self) -> Iterator[_Row]:
        """Yield all other rows."""
        return self._rows


class ReadingDatabase:
    """A connection whose queries all see one moment, and fetch their rows in pages.

    The rows of a report may need more memory than there is.
    """

    def __init__(self, address: str) -> None:
        """Connect to an existing journal.

        Raises:
            CannotOpen: there is none, or it can't be read.
            DatabaseError: there is no answer.
        """
        self._connection = PostgresConnection(address, *_READ_ONLY)
        check_version(self._connection, address)
        self._connection.run("BEGIN")
        self._numbers = count()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun."""
        return self._connection.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> _Pages:
        """Run one query of any engine."""
        cursor = f"query{next(self._numbers)}"
        self._connection.execute(f"DECLARE {cursor} NO SCROLL CURSOR FOR {sql}", parameters)
        return _Pages(self._connection, cursor)

    def executemany(self, sql: str, parameters: Sequence[Any], /) -> _Pages:
        """Refuse: this connection only reads."""
        raise NotImplementedError(sql, parameters)

    def close(self) -> None:
        """Close the connection. Harmless twice."""
        self._connection.close()


def connect_to_change(address: str) -> PostgresConnection:
    """Return a connection that may change the journal.

    Raises:
        CannotOpen: there is no journal, or it can't be changed.
        DatabaseError: there is no answer.
    """
    db = PostgresConnection(address, *_PATIENT)
    check_version(db, address)
    return db
