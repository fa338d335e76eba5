"""The only connection to a journal in PostgreSQL: it has the lock that a server would have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from classchat.journal.database import DatabaseError
from classchat.journal.lock import InUse
from classchat.journal.postgres import postgres_search
from classchat.journal.postgres.postgres_outside import BEGIN, connect_to_change
from classchat.journal.postgres.postgres_schema import LOCK, SCHEMA, TABLES

_OF_SERVERS = ("nodes", "presences", "seats", "log")
"""The tables of running servers, of which there is none.

A server that was cut off meanwhile has to start again: what it has in memory is out of date.
"""


class DatabaseSoleWriter:
    """A connection while no server uses the journal, see `sole_writer.SoleWriter`."""

    def __init__(self, address: str) -> None:
        """Connect to an existing journal, and take the lock.

        Raises:
            InUse: a server has it.
            CannotOpen: there is no journal, or it can't be changed.
            DatabaseError: there is no answer.
        """
        self.db = connect_to_change(address)
        try:
            if self.db.run(f"SELECT pg_try_advisory_lock({LOCK}, {SCHEMA})").fetchone() != (True,):
                raise InUse(f"The journal '{address}' is in use by a server.")
        except BaseException:
            self.db.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the body as one transaction."""
        try:
            for statement in (*BEGIN, *(f"DELETE FROM {table}" for table in _OF_SERVERS)):  # noqa: S608
                self.db.run(statement)
            yield
            self.db.run("COMMIT")
        except BaseException:
            with suppress(DatabaseError):
                self.db.run("ROLLBACK")
            raise

    def index_again(self, replaced: Sequence[tuple[int, str, str]]) -> None:
        """Replace texts in the search index, within the transaction."""
        postgres_search.replace(self.db, [(id, text) for id, _, text in replaced])

    def rewrite(self) -> None:
        """Write all tables again, so that nothing of what was deleted is left in their files."""
        for table in TABLES:
            self.db.run(f"VACUUM (FULL) {table}")

    def close(self) -> None:
        """Close the connection, and let a server begin. Harmless twice."""
        self.db.close()
