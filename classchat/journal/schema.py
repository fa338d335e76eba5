"""The tables of the journal's file, and the migrations that create them and change those of older files.

Each migration is one transaction, so a process that is killed during one leaves the file as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import lru_cache

from classchat.core.model import room_log_key
from classchat.journal import file_rows
from classchat.journal.enrolment import add_roster
from classchat.journal.folding import VERSION
from classchat.journal.hook_rows import add_hooks
from classchat.names import user_key

Migration = Callable[[sqlite3.Connection], None]
"""Migrates a file from one version to the next, inside a transaction that has begun."""

APPLICATION_ID = 0x43434854
"""SQLite's application id of our files: `CCHT`."""

LONGEST_INDEXED = 2_000
"""Characters of the longest text in the search index. Part of the schema: a change needs a migration."""


def _first(db: sqlite3.Connection) -> None:
    """Create all tables in an empty file.

    `id` rises in the order of commits, and so in time. It is never reused; neither is a number (`seq`) of a
    conversation. `journal.indexed` is the last `id` in the search index, which is filled after the commits;
    `journal.last_id` is the last one that was deleted. The index does not store the texts a second time.
    """
    for statement in (
        f"PRAGMA application_id = {APPLICATION_ID}",
        """CREATE TABLE journal(
            epoch TEXT NOT NULL, created INTEGER NOT NULL,
            last_id INTEGER NOT NULL, indexed INTEGER NOT NULL)""",
        """INSERT INTO journal
            SELECT lower(hex(randomblob(16))), CAST((julianday() - 2440587.5) * 86400000 AS INTEGER), 0, 0""",
        """CREATE TABLE conversations(
            id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, name TEXT, created INTEGER NOT NULL,
            last_seq INTEGER NOT NULL)""",
        """CREATE TABLE persons(
            id INTEGER PRIMARY KEY, name TEXT NOT NULL, key TEXT NOT NULL,
            token_hash BLOB UNIQUE, ended INTEGER)""",
        """CREATE TABLE participants(
            person INTEGER NOT NULL, conversation INTEGER NOT NULL, other INTEGER NOT NULL,
            PRIMARY KEY(person, conversation)) WITHOUT ROWID""",
        """CREATE TABLE messages(
            id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, seq INTEGER NOT NULL,
            time INTEGER NOT NULL, sender TEXT NOT NULL, sender_key TEXT NOT NULL, receiver TEXT,
            to_person INTEGER, text TEXT NOT NULL, request TEXT)""",
        "CREATE UNIQUE INDEX messages_by_number ON messages(conversation, seq)",
        """CREATE UNIQUE INDEX messages_by_request ON messages(sender_key, request)
            WHERE request IS NOT NULL""",
        """CREATE VIRTUAL TABLE search USING fts5(
            text, content='messages', content_rowid='id', tokenize='trigram', columnsize=0)""",
    ):
        db.execute(statement)


def _second(db: sqlite3.Connection) -> None:
    """Compare users' names as RFC 8265 does.

    Only names that are not ASCII can get another key. If two names become one and both bearers used the same
    request `id`, one of the messages keeps it, and the others lose it.
    """
    db.create_function("user_key", 1, lru_cache(maxsize=10_000)(user_key), deterministic=True)
    for statement in (
        "UPDATE persons SET key = user_key(name) WHERE name GLOB '*[^ -~]*'",
        """UPDATE OR IGNORE messages SET sender_key = user_key(sender)
            WHERE sender GLOB '*[^ -~]*' AND sender_key <> user_key(sender)""",
        """UPDATE messages SET sender_key = user_key(sender), request = NULL
            WHERE sender GLOB '*[^ -~]*' AND sender_key <> user_key(sender)""",
    ):
        db.execute(statement)


def _accounts(db: sqlite3.Connection) -> None:
    """Add tables for registered names and for the order in rooms.

    `orders` has one row for each decision; `room` is the key of a room: see `core.acts.Change`.
    """
    for statement in (
        """CREATE TABLE accounts(
            key TEXT PRIMARY KEY, name TEXT NOT NULL, person INTEGER UNIQUE NOT NULL, password TEXT NOT NULL,
            operator INTEGER NOT NULL DEFAULT 0, created INTEGER NOT NULL, changed INTEGER NOT NULL)
            WITHOUT ROWID""",
        """CREATE TABLE tokens(
            hash BLOB PRIMARY KEY, person INTEGER NOT NULL, issued INTEGER NOT NULL) WITHOUT ROWID""",
        "CREATE INDEX tokens_by_person ON tokens(person, issued)",
        """CREATE TABLE orders(
            room TEXT NOT NULL, subject TEXT NOT NULL, what TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY(room, subject, what)) WITHOUT ROWID""",
        """CREATE TABLE audit(
            id INTEGER PRIMARY KEY, time INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
            room TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL)""",
    ):
        db.execute(statement)


def _folded(db: sqlite3.Connection) -> None:
    """Replace the search index by one of folded texts (`folding.py`), filled in the background.

    The view `searchable` has its content. It merges only on command, since otherwise a commit may take
    seconds. `journal.folding` is the version of the rules it was made with. Long texts are not in it, but a
    search finds them.
    """
    for statement in (
        "DROP TABLE search",
        "CREATE VIEW searchable(id, text) AS SELECT id, folded(text) FROM messages"  # noqa: S608 (a constant)
        f" WHERE length(text) <= {LONGEST_INDEXED}",
        """CREATE VIRTUAL TABLE search USING fts5(
            text, content='searchable', content_rowid='id', tokenize='trigram case_sensitive 1',
            detail=none, columnsize=0)""",
        "INSERT INTO search(search, rank) VALUES('automerge', 0)",
        "INSERT INTO search(search, rank) VALUES('crisismerge', 1999)",
        f"CREATE INDEX messages_long ON messages(id) WHERE length(text) > {LONGEST_INDEXED}",
        f"ALTER TABLE journal ADD COLUMN folding TEXT NOT NULL DEFAULT '{VERSION}'",
        "UPDATE journal SET indexed = last_id",
    ):
        db.execute(statement)


def _unheard(db: sqlite3.Connection) -> None:
    """Add the time since which the owner of a name may have missed messages."""
    db.execute("ALTER TABLE accounts ADD COLUMN unheard INTEGER")


def _fourth(db: sqlite3.Connection) -> None:
    """Apply all steps to version 4."""
    for step in (_folded, _unheard):
        step(db)


def _names(db: sqlite3.Connection) -> None:
    """Add tables for guests who take another name.

    `former_names` has the keys of a person's former names, with the time of each change; `restrictions` the
    mutes and bans of former names that hold for the person as well: see `core.persons.Person.restrictions`.
    """
    for statement in (
        "CREATE TABLE former_names(person INTEGER NOT NULL, key TEXT NOT NULL, time INTEGER NOT NULL)",
        "CREATE INDEX former_names_by_person ON former_names(person, time)",
        """CREATE TABLE restrictions(
            person INTEGER NOT NULL, room TEXT NOT NULL, what TEXT NOT NULL, key TEXT NOT NULL,
            PRIMARY KEY(person, room, what, key)) WITHOUT ROWID""",
    ):
        db.execute(statement)


def _decided(db: sqlite3.Connection) -> None:
    """Add to the rows of mutes and bans who has decided them and when, from the audit log.

    Where the log does not say it, a row stays as it is: see `core.restriction`.
    """
    rows = db.execute("SELECT room, subject, what, value FROM orders WHERE what IN ('muted', 'banned')")
    values = {(room, subject, what): value for room, subject, what, value in rows}
    decided = {}
    for time, actor, action, room, target in db.execute(
        "SELECT time, actor, action, room, target FROM audit WHERE action IN ('mute', 'ban') ORDER BY id"
    ):
        row = (room_log_key(room), user_key(target), "muted" if action == "mute" else "banned")
        if row in values:
            decided[row] = f"{values[row]} {time} {actor}"
    db.executemany(
        "UPDATE orders SET value = ? WHERE room = ? AND subject = ? AND what = ?",
        [(value, *row) for row, value in decided.items()],
    )


def _classes(db: sqlite3.Connection) -> None:
    """Add tables for the class layer, see `core.features.rows`.

    `features` has the state of classes, and of sessions that have ended; `secrets` what must not be traced,
    which only the server reads; `happenings` what happened in a room besides messages, for transcripts.
    """
    for table in ("features", "secrets"):
        db.execute(
            f"""CREATE TABLE {table}(
                id INTEGER PRIMARY KEY, room TEXT NOT NULL, session INTEGER NOT NULL, kind TEXT NOT NULL,
                key TEXT NOT NULL, value TEXT NOT NULL)"""
        )
        db.execute(f"CREATE UNIQUE INDEX {table}_by_key ON {table}(room, session, kind, key)")
    db.execute(
        """CREATE TABLE happenings(
            id INTEGER PRIMARY KEY, room TEXT NOT NULL, time INTEGER NOT NULL, what TEXT NOT NULL,
            recipient TEXT NOT NULL, person INTEGER, detail TEXT NOT NULL)"""
    )
    db.execute("CREATE INDEX happenings_by_time ON happenings(room, time)")


def _deletions(db: sqlite3.Connection) -> None:
    """Add the author of each message as a person, and who has deleted it and when.

    The authors of older messages are not known: a name may have belonged to several persons.
    `journal.erasing` says whether the search index still has entries of deleted texts.
    """
    for statement in (
        "ALTER TABLE messages ADD COLUMN person INTEGER",
        "ALTER TABLE messages ADD COLUMN deleted_by TEXT",
        "ALTER TABLE messages ADD COLUMN deleted INTEGER",
        "CREATE INDEX messages_deleted ON messages(conversation, deleted) WHERE deleted IS NOT NULL",
        "ALTER TABLE journal ADD COLUMN erasing INTEGER NOT NULL DEFAULT 0",
    ):
        db.execute(statement)


MIGRATIONS: Sequence[Migration] = (
    _first,
    _second,
    _accounts,
    _fourth,
    _names,
    _decided,
    add_roster,
    _classes,
    _deletions,
    file_rows.create,
    add_hooks,
)
"""The migrations from an empty file to the current version, which is their number."""


def migrate(db: sqlite3.Connection, number: int, migration: Migration) -> None:
    """Apply a migration, whose number becomes the version of the file."""
    db.execute("BEGIN IMMEDIATE")
    try:
        migration(db)
        db.execute(f"PRAGMA user_version = {number}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
