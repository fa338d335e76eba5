"""Journals in PostgreSQL whose tables are made once, and emptied after each test.

To make all tables takes ten times as long as to empty them.
"""

from __future__ import annotations

import atexit
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING, Any

from tests.postgres import Cluster, shared_cluster

if TYPE_CHECKING:
    from classchat.journal.postgres.postgres_journal import PostgresJournal

_PATIENCE = 30.0
"""Seconds in which a session of a test that is over has to end."""

_NEW_NAME = (
    "UPDATE journal SET epoch = replace(gen_random_uuid()::text, '-', ''),"
    " created = (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
)

_FROM_ONE = (
    "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)"
    " FROM pg_sequences WHERE schemaname = current_schema()"
)
"""New rows have numbers from 1 again."""


class ReadyJournals:
    """The journals of a server: each belongs to one test at a time, which does not change its tables."""

    def __init__(self, cluster: Cluster) -> None:
        import psycopg

        self._cluster = cluster
        self._session = psycopg.connect(cluster.url(), autocommit=True)
        self._new: dict[str, list[tuple[Any, ...]]] = {}
        """The rows of each table of a new journal."""
        self._count = 0
        self._free: list[str] = []
        self._taken: dict[str, str] = {}

    def take(self, name: str) -> str:
        """Return the URL of an empty journal; until `give_back`, the same one for the same name."""
        if name not in self._taken:
            self._taken[name] = self._free.pop() if self._free else self._make()
        schema = self._taken[name]
        return f"{self._cluster.url(schema)}&application_name={schema}"

    def give_back(self) -> None:
        """Empty the journals that were taken."""
        while self._taken:
            _, schema = self._taken.popitem()
            self._end_sessions(schema)
            self._empty(schema)
            self._free.append(schema)

    def close(self) -> None:
        """End the session that makes and empties journals."""
        self._session.close()

    def _make(self) -> str:
        """Make the tables as a server does; return the schema that has them."""
        from classchat.journal.postgres.postgres_connection import PostgresConnection
        from classchat.journal.postgres.postgres_schema import TABLES
        from classchat.journal.postgres.postgres_versions import migrate

        self._count += 1
        schema = f"ready{self._count}"
        self._session.execute(f"CREATE SCHEMA {schema}")
        db = PostgresConnection(self._cluster.url(schema))
        migrate(db)
        db.close()
        if not self._new:
            self._new = {name: self._session.execute(f"TABLE {schema}.{name}").fetchall() for name in TABLES}
        return schema

    def _end_sessions(self, schema: str) -> None:
        """End the sessions that a test has left, and wait until they have given back all locks."""
        left = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
        end = monotonic() + _PATIENCE
        while self._session.execute(left, (schema,)).fetchall():
            assert monotonic() < end, "a session with a journal does not end"

    def _empty(self, schema: str) -> None:
        """Make a journal new: with the rows of a new one, numbers from 1, and a name that no other has."""
        with self._session.transaction():
            self._session.execute(f"SET LOCAL search_path TO {schema}")
            self._session.execute("; ".join(f"DELETE FROM {table}" for table in self._new))  # noqa: S608
            for table, rows in self._new.items():
                for row in rows:
                    places = ", ".join(["%s"] * len(row))
                    self._session.execute(f"INSERT INTO {table} VALUES ({places})", row)  # noqa: S608
            self._session.execute(_NEW_NAME)
            self._session.execute(_FROM_ONE)


@cache
def ready_journals() -> ReadyJournals:
    """Return the journals of all tests in this process."""
    journals = ReadyJournals(shared_cluster())
    atexit.register(journals.close)  # before the server's, which was registered first
    return journals


def give_back() -> None:
    """Empty the journals that a test has taken, if there are any."""
    if ready_journals.cache_info().currsize:
        ready_journals().give_back()


def postgres_journal(path: object, clock: Any) -> PostgresJournal:
    """Return a new journal, of which a path is the name; no file is made there."""
    url = ready_journals().take(str(path))
    from classchat.journal.postgres.postgres_journal import PostgresJournal

    return PostgresJournal(url, clock, "normal", calendar=clock)
