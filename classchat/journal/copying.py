"""Copies a journal to another engine: all tables, with their numbers, page by page.

    no copy     ->  unfinished   the tables are made, and the name of the journal is written
    unfinished  ->  unfinished   a page is copied, in one transaction; pages that are there already are kept
    unfinished  ->  finished     all tables were compared again

A copy that is stopped or killed is unfinished: no server begins on it, and the same command continues it.
The search index is not copied. The server fills it again in small steps, and searches find everything
meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from classchat.journal.database import Database

_PAGE = 1_000
"""Rows to copy in one transaction."""

Row = tuple[Any, ...]


class CopiedTable(NamedTuple):
    """A table of all engines."""

    name: str
    key: str
    """The columns by which it is read, separated by commas: no two rows have the same."""

    others: str
    """The other columns."""

    @property
    def columns(self) -> str:
        """All columns, those of the key first."""
        return f"{self.key}, {self.others}" if self.others else self.key


TABLES = (
    CopiedTable("conversations", "id", "key, name, created, last_seq"),
    CopiedTable("persons", "id", "name, key, token_hash, ended"),
    CopiedTable("participants", "person, conversation", "other"),
    CopiedTable(
        "messages",
        "id",
        "conversation, seq, time, sender, sender_key, receiver, to_person, text, request, person, deleted_by,"
        " deleted",
    ),
    CopiedTable("accounts", "key", "name, person, password, operator, created, changed, unheard"),
    CopiedTable("tokens", "hash", "person, issued"),
    CopiedTable("orders", "room, subject, what", "value"),
    CopiedTable("audit", "id", "time, actor, action, room, target, detail"),
    CopiedTable("former_names", "rowid", "person, key, time"),
    CopiedTable("restrictions", "person, room, what, key", ""),
    CopiedTable(
        "roster",
        "number",
        'name, id, login, email, section, "user", user_key, person, left_at, code, issued, added',
    ),
    CopiedTable("features", "id", "room, session, kind, key, value"),
    CopiedTable("secrets", "id", "room, session, kind, key, value"),
    CopiedTable("files", "number", "message, person, conversation, sha256, size, offered, detail"),
    CopiedTable("hooks", "number", "room, name, token, url, word, secret, added"),
    CopiedTable("happenings", "id", "room, time, what, recipient, person, detail"),
)
"""All tables but that of the journal itself, which has one row, and those of the search index."""


class CopyDiffers(Exception):
    """A table of the copy is not as that of the journal; the text is its name."""


class Header(NamedTuple):
    """What a journal knows of itself."""

    epoch: str
    created: int
    last_id: int
    """The last message that was deleted."""


class CopyTarget(Protocol):
    """An unfinished copy."""

    @property
    def db(self) -> Database:
        """The connection."""

    def finish(self, header: Header) -> None:
        """Make it a journal that servers can use."""

    def close(self) -> None:
        """Close the connection. Harmless twice."""


def header_of(db: Database) -> Header:
    """Return what a journal knows of itself."""
    return Header(*db.execute("SELECT epoch, created, last_id FROM journal").fetchone())


def copy_tables(source: Database, target: Database, told: Callable[[str, int], None]) -> None:
    """Copy all rows that are not there yet; tell the rows of each table, by its name, as they are done."""
    for table in TABLES:
        done = 0
        for before, rows, there in _compared(table, source, target):
            if rows != there:
                _replace(target, table, before, rows)
            done += len(rows)
            told(table.name, done)


def check_copy(source: Database, target: Database) -> None:
    """Compare all rows.

    Raises:
        CopyDiffers: a table is not the same.
    """
    for table in TABLES:
        if any(rows != there for _, rows, there in _compared(table, source, target)):
            raise CopyDiffers(table.name)


def _compared(
    table: CopiedTable, source: Database, target: Database
) -> Iterator[tuple[Row | None, list[Row], list[Row]]]:
    """Yield the pages of a table: the key before the page, its rows, and what the copy has in its place."""
    before: Row | None = None
    while True:
        rows = _page(source, table, before)
        # After the last page the copy has nothing, so one more row than the page has would be found.
        there = _page(target, table, before, _PAGE if len(rows) == _PAGE else len(rows) + 1)
        yield before, rows, there
        if len(rows) < _PAGE:
            return
        before = rows[-1][: table.key.count(",") + 1]


def _page(db: Database, table: CopiedTable, before: Row | None, limit: int = _PAGE) -> list[Row]:
    where, values = _after(table, before)
    return db.execute(
        f"SELECT {table.columns} FROM {table.name} {where} ORDER BY {table.key} LIMIT ?",  # noqa: S608
        (*values, limit),
    ).fetchall()


def _after(table: CopiedTable, before: Row | None) -> tuple[str, Row]:
    """Return the condition for rows after a key, with its values."""
    if before is None:
        return "", ()
    return f"WHERE ({table.key}) > ({', '.join('?' * len(before))})", before


def _replace(db: Database, table: CopiedTable, before: Row | None, rows: Sequence[Row]) -> None:
    """Write a page in place of all that the copy has after a key, in one transaction."""
    where, values = _after(table, before)
    places = ", ".join("?" * (table.columns.count(",") + 1))
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute(f"DELETE FROM {table.name} {where}", values)  # noqa: S608
        db.executemany(f"INSERT INTO {table.name}({table.columns}) VALUES({places})", rows)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
