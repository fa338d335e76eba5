"""What a journal's file keeps besides messages: who may do what, whose a name is, and what was done.

All of it on the one connection that writes, inside its transactions, and on those that read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple, assert_never

from classchat.core.acts import (
    MOST_TOKENS,
    Act,
    Audited,
    Change,
    Empowered,
    Issued,
    PersonRecord,
    Revoked,
    Secured,
)


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
    unheard: int | None
    """Since when they may not have heard what was said, in milliseconds; None where that is `ended`."""


_ACCOUNTS = """SELECT accounts.key, accounts.name, person, ended, operator, created, unheard
    FROM accounts JOIN persons ON persons.id = person"""


def write(db: sqlite3.Connection, acts: Iterable[Act], time: int) -> bool:
    """Write acts, in this order, up to one that fails; return whether none did.

    An act that can fail comes before all others of its entry, so that nothing was written then.
    """
    return all(_write(db, act, time) for act in acts)


def _write(db: sqlite3.Connection, act: Act, time: int) -> bool:
    match act:
        case Change(person=int(person)) if not _owns(db, act.subject, person):
            pass  # the name was released since that was decided, and may be somebody else's
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
        case PersonRecord():
            pass  # the store notes persons before anything else
        case Secured(replaces=None):
            return _claim(db, act, time)
        case Secured():
            changed = db.execute(
                "UPDATE accounts SET password = ?, changed = ? WHERE key = ? AND person = ? AND password = ?",
                (act.password, time, act.key, act.person, act.replaces),
            )
            return changed.rowcount == 1
        case Issued():
            if act.password is not None and not _has_password(db, act.person, act.password):
                return False
            db.execute("INSERT OR REPLACE INTO tokens VALUES(?, ?, ?)", (act.token, act.person, time))
            db.execute(
                "DELETE FROM tokens WHERE person = ? AND hash NOT IN"
                " (SELECT hash FROM tokens WHERE person = ? ORDER BY issued DESC LIMIT ?)",
                (act.person, act.person, MOST_TOKENS),
            )
        case Revoked():
            db.execute("DELETE FROM tokens WHERE person = ? AND hash <> ?", (act.person, act.but))
        case Empowered():
            found = db.execute("SELECT 1 FROM accounts WHERE person = ? AND operator", (act.person,))
            return found.fetchone() is not None
        case _:
            assert_never(act)
    return True


def _claim(db: sqlite3.Connection, act: Secured, time: int) -> bool:
    """Make a name a person's, unless it is somebody's; return whether it was not."""
    made = db.execute(
        "INSERT INTO accounts(key, name, person, password, created, changed) VALUES(?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (act.key, act.name, act.person, act.password, time, time),
    )
    if made.rowcount != 1:
        return False
    forget_subject(db, act.key)  # a new owner has no part in what was decided about the one before
    # From now on what shows who somebody is are the tokens of their devices.
    db.execute("UPDATE persons SET token_hash = NULL WHERE id = ?", (act.person,))
    return True


def _owns(db: sqlite3.Connection, key: str, person: int) -> bool:
    """Return whether a person has the account of a name."""
    row = db.execute("SELECT 1 FROM accounts WHERE key = ? AND person = ?", (key, person)).fetchone()
    return row is not None


def _has_password(db: sqlite3.Connection, person: int, password: str) -> bool:
    """Return whether a person has an account with the password of this hash."""
    row = db.execute(
        "SELECT 1 FROM accounts WHERE person = ? AND password = ?", (person, password)
    ).fetchone()
    return row is not None


def forget_subject(db: sqlite3.Connection, key: str) -> None:
    """Delete what was decided about the owner of a name; bans and mutes are the name's own."""
    db.execute("DELETE FROM orders WHERE subject = ? AND what IN ('moderator', 'invited', 'member')", (key,))


def changes(db: sqlite3.Connection) -> list[Change]:
    """Return all rows of order."""
    rows: list[tuple[Any, ...]] = db.execute("SELECT room, subject, what, value FROM orders").fetchall()
    return [Change(*row) for row in rows]


def accounts(db: sqlite3.Connection) -> list[AccountRow]:
    """Return all claimed names, the oldest first."""
    rows: list[tuple[Any, ...]] = db.execute(f"{_ACCOUNTS} ORDER BY created, accounts.key").fetchall()
    return [AccountRow(*row) for row in rows]


def account(db: sqlite3.Connection, key: str) -> AccountRow | None:
    """Return a claimed name by its key, if it is one."""
    row = db.execute(f"{_ACCOUNTS} WHERE accounts.key = ?", (key,)).fetchone()
    return None if row is None else AccountRow(*row)


def secured(db: sqlite3.Connection, key: str) -> Secured | None:
    """Return whose a name is, by its key, and the hash of his password."""
    row = db.execute("SELECT key, name, person, password FROM accounts WHERE key = ?", (key,)).fetchone()
    return None if row is None else Secured(*row)


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
