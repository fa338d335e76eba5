"""What a journal's file keeps besides messages: who may do what, whose a name is, and what was done.

All of it on the one connection that writes, inside its transactions, and on those that read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple, assert_never

from classchat.core.acts import Act, Audited, Change, Issued, Known, Revoked, Secured

_MOST_TOKENS = 32
"""Devices of one account that are known again."""


class Row(NamedTuple):
    """A line of the audit log."""

    time: int
    """In milliseconds."""

    actor: str
    action: str
    room: str
    target: str
    detail: str


class AccountRow(NamedTuple):
    """A claimed name."""

    key: str
    name: str
    person: int
    ended: int | None
    operator: int
    """Whether he is one: 0 or 1."""

    created: int


def write(db: sqlite3.Connection, acts: Iterable[Act], time: int) -> None:
    """Do all that is to be done, in this order."""
    for act in acts:
        _write(db, act, time)


def _write(db: sqlite3.Connection, act: Act, time: int) -> None:
    match act:
        case Change(value=None):
            db.execute(
                "DELETE FROM orders WHERE room = ? AND subject = ? AND what = ?",
                (act.room, act.subject, act.what),
            )
        case Change():
            db.execute(
                "INSERT OR REPLACE INTO orders VALUES(?, ?, ?, ?)",
                (act.room, act.subject, act.what, act.value),
            )
        case Audited():
            db.execute(
                "INSERT INTO audit(time, actor, action, room, target, detail) VALUES(?, ?, ?, ?, ?, ?)",
                (time, act.actor, act.action, act.room, act.target, act.detail),
            )
        case Known():
            pass  # the store notes persons before anything else
        case Secured():
            _begin_anew(db, act.key)
            db.execute(
                "INSERT INTO accounts(key, name, person, password, created, changed) VALUES(?, ?, ?, ?, ?, ?)"
                " ON CONFLICT(key) DO UPDATE SET password = excluded.password, changed = excluded.changed",
                (act.key, act.name, act.person, act.password, time, time),
            )
            # From now on what shows who somebody is are the tokens of his devices.
            db.execute("UPDATE persons SET token_hash = NULL WHERE id = ?", (act.person,))
        case Issued():
            db.execute("INSERT OR REPLACE INTO tokens VALUES(?, ?, ?)", (act.token, act.person, time))
            db.execute(
                "DELETE FROM tokens WHERE person = ? AND hash NOT IN"
                " (SELECT hash FROM tokens WHERE person = ? ORDER BY issued DESC LIMIT ?)",
                (act.person, act.person, _MOST_TOKENS),
            )
        case Revoked():
            db.execute("DELETE FROM tokens WHERE person = ? AND hash <> ?", (act.person, act.but))
        case _:
            assert_never(act)


def _begin_anew(db: sqlite3.Connection, key: str) -> None:
    """See that who claims a name has no part in what was decided about the one who had it before."""
    claimed = db.execute("SELECT 1 FROM accounts WHERE key = ?", (key,)).fetchone()
    if claimed is None:
        forget_subject(db, key)


def forget_subject(db: sqlite3.Connection, key: str) -> None:
    """Delete what was decided about the owner of a name; bans and mutes are the name's own."""
    db.execute("DELETE FROM orders WHERE subject = ? AND what IN ('moderator', 'invited', 'member')", (key,))


def changes(db: sqlite3.Connection) -> list[Change]:
    """Return all rows of order."""
    rows: list[tuple[Any, ...]] = db.execute("SELECT room, subject, what, value FROM orders").fetchall()
    return [Change(*row) for row in rows]


def accounts(db: sqlite3.Connection) -> list[AccountRow]:
    """Return all claimed names, the oldest first."""
    rows: list[tuple[Any, ...]] = db.execute(
        "SELECT accounts.key, accounts.name, person, ended, operator, created"
        " FROM accounts JOIN persons ON persons.id = person ORDER BY created, accounts.key"
    ).fetchall()
    return [AccountRow(*row) for row in rows]


def secured(db: sqlite3.Connection, key: str) -> Secured | None:
    """Return whose a name is, by its key, and the hash of his password."""
    row = db.execute("SELECT key, name, person, password FROM accounts WHERE key = ?", (key,)).fetchone()
    return None if row is None else Secured(*row)


def operates(db: sqlite3.Connection, key: str) -> bool:
    """Tell whether who has claimed a name, by its key, is an operator of the server."""
    return db.execute("SELECT 1 FROM accounts WHERE key = ? AND operator", (key,)).fetchone() is not None


def issued(db: sqlite3.Connection, person: int, token: bytes, since: int) -> int | None:
    """Return when a token was issued to a person who is here, or was at a time or later."""
    found = db.execute(
        "SELECT issued FROM tokens JOIN persons ON persons.id = person"
        " WHERE hash = ? AND person = ? AND (ended IS NULL OR ended >= ?)",
        (token, person, since),
    ).fetchone()
    return None if found is None else found[0]


def audit(db: sqlite3.Connection, limit: int) -> list[Row]:
    """Return the last lines of the audit log, oldest first."""
    rows = db.execute(
        "SELECT time, actor, action, room, target, detail FROM audit ORDER BY id DESC LIMIT ?", (limit,)
    )
    return list(map(Row._make, rows))[::-1]
