"""Reading a journal in PostgreSQL, on a connection of its own."""

from __future__ import annotations

import time
from collections.abc import Callable

from classchat.journal import upkeep
from classchat.journal.database import Database
from classchat.journal.postgres import node_leases
from classchat.journal.postgres.postgres_connection import PostgresConnection
from classchat.journal.postgres.postgres_search import InDatabase
from classchat.journal.postgres.postgres_versions import check_version, version_of
from classchat.journal.reader import Reader
from classchat.journal.search import Candidates
from classchat.journal.upkeep import Summary
from classchat.journal.words import Words

_READ_ONLY = (
    "SET default_transaction_read_only = on",
    "SET default_transaction_isolation = 'repeatable read'",
    "SET statement_timeout = 30000",
)


class PostgresReader(Reader):
    """A read-only connection, for one thread."""

    def __init__(self, connection: PostgresConnection, clock: Callable[[], float] = time.monotonic) -> None:
        """Read on a connection to an existing journal."""
        self._connection = connection
        self._db: Database = connection
        self._clock = clock

    @classmethod
    def at(cls, address: str) -> PostgresReader:
        """Connect to an existing journal.

        Raises:
            CannotOpen: there is none, or it can't be read.
            DatabaseError: there is no answer.
        """
        connection = PostgresConnection(address, *_READ_ONLY)
        check_version(connection, address)
        return cls(connection)

    @property
    def is_lost(self) -> bool:
        """Whether the connection is lost, so that another one may succeed."""
        return self._connection.is_lost

    def _candidates(self, words: Words, readable: str, sender: str | None) -> Candidates:
        return InDatabase(self._connection, words, readable, sender)

    def check(self) -> list[str]:
        """Return all damage, one sentence each."""
        return upkeep.missing_numbers(self._db)

    def summary(self) -> Summary:
        """Return a summary of the journal."""
        summary = upkeep.summary_of(
            self._db,
            version_of(self._connection),
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint, 0 FROM pg_class"
            " WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
            " AND relkind = 'r'",
        )
        return summary._replace(servers=node_leases.listed(self._connection))
