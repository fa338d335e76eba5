"""An unfinished copy of a journal in PostgreSQL: its tables have a version of their own until the end."""

from __future__ import annotations

from classchat.core.journal_port import CannotOpen
from classchat.journal.copying import Header, header_of
from classchat.journal.folding import VERSION
from classchat.journal.lock import InUse
from classchat.journal.postgres.postgres_connection import PostgresConnection
from classchat.journal.postgres.postgres_schema import LOCK, MIGRATIONS, OLDEST, SCHEMA
from classchat.journal.postgres.postgres_versions import UNFINISHED, check_database, is_unfinished, version_of

_NUMBERED = (
    ("conversations", "id"),
    ("audit", "id"),
    ("former_names", "rowid"),
    ("roster", "number"),
    ("hooks", "number"),
)
"""The columns for which the database finds the next number."""


class DatabaseTarget:
    """A copy in a database, see `copying.CopyTarget`."""

    def __init__(self, address: str, header: Header) -> None:
        """Begin a copy, or continue one of the same journal.

        Raises:
            CannotOpen: the database has a journal or can't have one, or another journal's copy is there.
            DatabaseError: there is no answer.
        """
        self._address = address
        self.db = PostgresConnection(address)
        try:
            check_database(self.db)
            if self.db.run(f"SELECT pg_try_advisory_lock({LOCK}, {SCHEMA})").fetchone() != (True,):
                raise InUse(f"The journal '{address}' is in use by another program.")
            self._begin(header)
        except BaseException:
            self.db.close()
            raise

    def _begin(self, header: Header) -> None:
        if is_unfinished(self.db):
            if header_of(self.db).epoch != header.epoch:
                raise CannotOpen(f"'{self._address}' has the copy of another journal: use another database.")
            return
        if version_of(self.db):
            raise CannotOpen(f"'{self._address}' has a journal already: use another database or schema.")
        self.db.run("BEGIN")
        for migration in MIGRATIONS:
            migration.change(self.db)
        self.db.run("UPDATE journal SET epoch = %s, version = %s", (header.epoch, UNFINISHED))
        self.db.run("COMMIT")

    def finish(self, header: Header) -> None:
        """Make it a journal that servers can use."""
        self.db.run("BEGIN")
        for table, column in _NUMBERED:
            self.db.run(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"  # noqa: S608
                f" greatest(1, (SELECT max({column}) FROM {table})), EXISTS (SELECT 1 FROM {table}))"
            )
        self.db.run(
            "UPDATE clock SET pos = greatest(%s, (SELECT max(id) FROM messages)),"
            " time = coalesce((SELECT time FROM messages ORDER BY id DESC LIMIT 1), 0)",
            (header.last_id,),
        )
        self.db.run(
            "UPDATE journal SET created = %s, last_id = %s, indexed = %s, folding = %s, version = %s,"
            " oldest = %s",
            (header.created, header.last_id, header.last_id, VERSION, len(MIGRATIONS), OLDEST),
        )
        self.db.run("COMMIT")
        self.db.run("ANALYZE")

    def close(self) -> None:
        """Close the connection. Harmless twice."""
        self.db.close()
