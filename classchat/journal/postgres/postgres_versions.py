"""The versions of the tables in PostgreSQL, and which servers may use them at the same time.

A version is the number of migrations that a program knows, or that the tables have had.

    tables older than the program    it migrates them; unless the step is additive, no other server may run
    tables newer than the program    it uses them, if all steps since its own version were additive
                                     it refuses to start otherwise, with a sentence
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from classchat.core.journal_port import CannotOpen
from classchat.journal.postgres import node_leases
from classchat.journal.postgres.postgres_connection import NotFree, PostgresConnection
from classchat.journal.postgres.postgres_schema import MIGRATING, MIGRATIONS, SCHEMA, Migration
from classchat.streams import complain

UNFINISHED = -1
"""The version of tables that a copy has not filled yet, see `postgres_copy.py`."""


def version_of(db: PostgresConnection, migrations: Sequence[Migration] = MIGRATIONS) -> int:
    """Return the version of the tables: 0 if there are none.

    Raises:
        CannotOpen: this program does not understand them.
    """
    if not _is_there(db):
        return 0
    # Tables of early versions do not have the column.
    row = db.run("SELECT version, (to_jsonb(journal) ->> 'oldest')::integer FROM journal").fetchone()
    if row is None:
        raise CannotOpen("The journal in the database is damaged (it has no epoch): use another database.")
    if row[0] == UNFINISHED:
        raise CannotOpen(
            "The journal in the database is an unfinished copy: finish it with 'classchat journal copy', or "
            "use another database."
        )
    version, oldest = row
    if version > len(migrations) and (oldest is None or oldest > len(migrations)):
        raise CannotOpen(
            f"The journal in the database was written by a newer ClassChat (version {version} of the tables, "
            f"this one knows {len(migrations)}): install that version again, or use another database."
        )
    return int(version)


def is_unfinished(db: PostgresConnection) -> bool:
    """Return whether the tables are those of an unfinished copy."""
    return _is_there(db) and db.run("SELECT version FROM journal").fetchone() == (UNFINISHED,)


def _is_there(db: PostgresConnection) -> bool:
    # Not with to_regclass, which may not see what another session has committed since this transaction began.
    row = db.run(
        "SELECT 1 FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
        " WHERE relname = 'journal' AND nspname = current_schema()"
    ).fetchone()
    return row is not None


def check_version(db: PostgresConnection, address: str) -> None:
    """Check that a command can use the tables, or close the connection.

    Those of an older version are brought up to date first, if no server uses them.

    Raises:
        CannotOpen: there are none, those of a newer version, or servers use older ones.
    """
    try:
        version = version_of(db)
        if version == 0:
            raise CannotOpen(f"The journal '{address}' is empty: start the server on it once.")
        if version < len(MIGRATIONS):
            _bring_up_to_date(address, version)
    except BaseException:
        db.close()
        raise


def _bring_up_to_date(address: str, version: int) -> None:
    """Migrate tables of an older version, as a server does when it starts, and say so.

    Raises:
        CannotOpen: servers use them.
        DatabaseError: this user can't change them.
    """
    with closing(PostgresConnection(address)) as db:
        if version >= _OF_NODES and (living := node_leases.living(db)):
            raise CannotOpen(
                f"The journal '{address}' is of an older version, and servers of that version use it "
                f"({', '.join(living)}): upgrade one of them first."
            )
        migrate(db)
    complain(f"classchat: The journal is of version {len(MIGRATIONS)} now.")


def check_database(db: PostgresConnection) -> None:
    """Check that a database can hold a journal.

    Raises:
        CannotOpen: it can't.
    """
    (encoding,) = db.run("SHOW server_encoding").fetchone() or ("",)
    if encoding != "UTF8":
        raise CannotOpen(
            f"The database of the journal has the encoding {encoding}, which can't hold all texts: "
            "create one with createdb -E UTF8 -T template0."
        )
    (schema,) = db.run("SELECT current_schema()").fetchone() or (None,)
    if schema is None:
        raise CannotOpen("The user of the journal's database may use no schema in it: see search_path.")


def migrate(db: PostgresConnection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Create the tables, or bring those of an older version up to date, each step in one transaction.

    Raises:
        CannotOpen: this program does not understand them, other servers would not understand the new ones,
            other programs read them for a long time, or the database can't hold a journal.
    """
    check_database(db)
    while (version := version_of(db, migrations)) < len(migrations):
        db.run("BEGIN")
        try:
            db.run(f"SELECT pg_advisory_xact_lock({MIGRATING}, {SCHEMA})")
            if version_of(db, migrations) == version:  # no other server was faster
                alone = not all(step.additive for step in migrations[version:])  # nothing is done by half
                _step(db, version, migrations[version], alone=alone)
            db.run("COMMIT")
        except BaseException as error:
            if not db.is_lost:
                db.run("ROLLBACK")
            if isinstance(error, NotFree):
                raise CannotOpen(_BUSY) from None
            raise


def _step(db: PostgresConnection, version: int, migration: Migration, *, alone: bool) -> None:
    """Change the tables of a version, perhaps only where no other server uses them."""
    if version >= _OF_NODES and alone:
        node_leases.wait_for_killed(db)
    db.run(_IMPATIENT)
    if version:
        db.run(
            "SELECT pos FROM clock FOR UPDATE"
        )  # neither batches of other servers nor their starts overlap
    if version >= _OF_NODES and alone:
        _check_alone(db)
    migration.change(db)
    db.run("UPDATE journal SET version = %s", (version + 1,))
    if version > _OF_NODES and not migration.additive:
        db.run("UPDATE journal SET oldest = version")


def _check_alone(db: PostgresConnection) -> None:
    """Check that no other server uses the tables, and let none come back that has hung."""
    living = node_leases.living(db)
    if living:
        raise CannotOpen(
            f"Servers of an older version use the journal ({', '.join(living)}), and would not understand "
            "the tables of this version: stop all of them before you start this one."
        )
    node_leases.forget_all(db)


_OF_NODES = 2
"""The first version with several servers. From the next one on, the tables say which versions fit."""

_IMPATIENT = "SET LOCAL lock_timeout = 2000"
"""All servers wait while one of them changes the tables."""

_BUSY = (
    "The tables of the journal have to be changed for this version, and another program reads them all the "
    "time, perhaps a backup: start the server again when that is done."
)
