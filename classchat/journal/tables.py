"""The tables of a journal other than messages: order in rooms, accounts, and the audit log.

Functions that write run on the writing connection, inside its transactions; the others on any connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, assert_never

from classchat.core.acts import (
    MOST_TOKENS,
    Act,
    Audited,
    Change,
    Deletion,
    Empowered,
    Enrolling,
    FileOffered,
    FileWithdrawn,
    Gone,
    Happened,
    HookAdded,
    HookRemoved,
    Issued,
    Location,
    NameTaken,
    NodeRemoved,
    PersonRecord,
    Revoked,
    RowChange,
    Seat,
    Secured,
    SessionOver,
)
from classchat.core.orders import GUEST
from classchat.core.persons import MOST_FORMER
from classchat.journal import class_rows, deletions, enrolment, file_rows, hook_rows
from classchat.journal.database import Database

MOST_RESTRICTIONS = 1_000
"""Mutes and bans that a guest keeps with one change of the name."""


class AuditRow(NamedTuple):
    """A line of the audit log."""

    time: int
    """Milliseconds since 1970."""

    actor: str
    action: str
    room: str
    target: str
    detail: str


class AccountRow(NamedTuple):
    """A registered name."""

    key: str
    name: str
    person: int
    ended: int | None
    operator: int
    """Whether the owner is an operator: 0 or 1."""

    created: int
    unheard: int | None
    """The time since which the owner may have missed messages, in milliseconds; None if it is `ended`."""


_ACCOUNTS = """SELECT accounts.key, accounts.name, person, ended, operator, created, unheard
    FROM accounts JOIN persons ON persons.id = person"""


def write(db: Database, acts: Iterable[Act], time: int) -> bool:
    """Write acts in this order until one fails; return whether all succeeded.

    In each entry the acts that can fail come first, so a failure leaves nothing written; all rows of the
    class layer are checked before the first one is written.
    """
    acts = tuple(acts)
    rows = [act for act in acts if isinstance(act, RowChange)]
    if rows and not class_rows.hold(db, rows):
        return False
    return all(_write(db, act, time) for act in acts)


def _write(db: Database, act: Act, time: int) -> bool:
    match act:
        case Change(person=int(person)) if not _owns(db, act.subject, person):
            pass  # the name was released in the meantime, and may have another owner
        case Change():
            _change(db, act)
        case Audited():
            db.execute(
                "INSERT INTO audit(time, actor, action, room, target, detail) VALUES(?, ?, ?, ?, ?, ?)",
                (time, act.actor, act.action, act.room, act.target, act.detail),
            )
        case Deletion():
            if not deletions.delete(db, act, time):
                return False
            file_rows.end(db, act.conversation, act.seq)
        case RowChange():
            class_rows.write(db, act)
        case FileOffered():
            return file_rows.offer(db, act, time)
        case FileWithdrawn():
            return file_rows.withdraw(db, act.number)
        case SessionOver():
            class_rows.end_session(db, act)
        case Happened():
            class_rows.write_happened(db, act, time)
        case PersonRecord():
            pass  # the store writes persons before everything else
        case Secured() | NameTaken() | Issued() | Revoked() | Empowered():
            return _write_account(db, act, time)
        case HookAdded():
            hook_rows.add(db, act, time)
        case HookRemoved():
            return hook_rows.remove(db, act.number)
        case Enrolling():
            return enrolment.add(db, act.student, act.user, act.code, act.number, time)
        case Location() | Seat() | Gone() | NodeRemoved():
            pass  # the store of an engine with several nodes writes these
        case _:
            assert_never(act)
    return True


def _write_account(db: Database, act: Secured | NameTaken | Issued | Revoked | Empowered, time: int) -> bool:
    """Write an act about the name, the password, the tokens or the rights of a person."""
    match act:
        case Secured(replaces=None):
            return _claim(db, act, time)
        case Secured():
            changed = db.execute(
                "UPDATE accounts SET password = ?, changed = ? WHERE key = ? AND person = ? AND password = ?",
                (act.password, time, act.key, act.person, act.replaces),
            )
            return changed.rowcount == 1
        case NameTaken():
            return _rename(db, act, time)
        case Issued():
            return _issue(db, act, time)
        case Revoked():
            db.execute("DELETE FROM tokens WHERE person = ? AND hash <> ?", (act.person, act.but))
            return True
        case Empowered():
            found = db.execute("SELECT 1 FROM accounts WHERE person = ? AND operator <> 0", (act.person,))
            return found.fetchone() is not None
        case _:
            assert_never(act)


def _change(db: Database, act: Change) -> None:
    """Write one value of a room's order, or delete it."""
    if act.value is None:
        db.execute(
            "DELETE FROM orders WHERE room = ? AND subject = ? AND what = ?",
            (act.room, act.subject, act.what),
        )
    else:
        db.execute(
            "INSERT INTO orders VALUES(?, ?, ?, ?)"
            " ON CONFLICT(room, subject, what) DO UPDATE SET value = excluded.value",
            (act.room, act.subject, act.what, act.value),
        )


def _claim(db: Database, act: Secured, time: int) -> bool:
    """Register a name for a person, unless it is registered; return whether that succeeded."""
    if act.code is not None and not enrolment.may_use(db, act.code, act.key, time):
        return False
    made = db.execute(
        "INSERT INTO accounts(key, name, person, password, created, changed) VALUES(?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (act.key, act.name, act.person, act.password, time, time),
    )
    if made.rowcount != 1:
        return False
    if act.code is not None:
        enrolment.use_code(db, act.code, act.person, act.name)
    forget_subject(db, act.key)  # decisions about the former owner do not apply to a new one
    db.execute("DELETE FROM restrictions WHERE person = ?", (act.person,))  # they are about the name now
    # From now on the devices' tokens identify the person.
    db.execute("UPDATE persons SET token_hash = NULL WHERE id = ?", (act.person,))
    return True


def _rename(db: Database, act: NameTaken, time: int) -> bool:
    """Give a guest another name, unless it is registered; return whether that succeeded."""
    if db.execute("SELECT 1 FROM accounts WHERE key = ?", (act.key,)).fetchone() is not None:
        return False
    db.execute("UPDATE persons SET name = ?, key = ? WHERE id = ?", (act.name, act.key, act.person))
    db.execute(
        "UPDATE orders SET value = ? WHERE subject = ? AND what IN ('moderator', 'assistant', 'invited')",
        (act.name, f"{GUEST}{act.person}"),
    )
    if act.key == act.old_key:
        return True
    db.execute(
        "INSERT INTO restrictions SELECT ?, room, what, subject FROM orders"
        " WHERE subject = ? AND what IN ('muted', 'banned') LIMIT ?"
        " ON CONFLICT DO NOTHING",
        (act.person, act.old_key, MOST_RESTRICTIONS),
    )
    db.execute("INSERT INTO former_names VALUES(?, ?, ?)", (act.person, act.old_key, time))
    db.execute(
        "DELETE FROM former_names WHERE person = ?1 AND rowid NOT IN"
        " (SELECT rowid FROM former_names WHERE person = ?1 ORDER BY rowid DESC LIMIT ?2)",
        (act.person, MOST_FORMER),
    )
    return True


def _issue(db: Database, act: Issued, time: int) -> bool:
    """Store a token, and delete those beyond the limit; return whether the password is still valid."""
    if act.password is not None and not _has_password(db, act.person, act.password):
        return False
    db.execute(
        "INSERT INTO tokens VALUES(?, ?, ?)"
        " ON CONFLICT(hash) DO UPDATE SET person = excluded.person, issued = excluded.issued",
        (act.token, act.person, time),
    )
    db.execute(
        "DELETE FROM tokens WHERE person = ? AND hash NOT IN"
        " (SELECT hash FROM tokens WHERE person = ? ORDER BY issued DESC LIMIT ?)",
        (act.person, act.person, MOST_TOKENS),
    )
    return True


def _owns(db: Database, key: str, person: int) -> bool:
    """Return whether a person owns the account of a name."""
    row = db.execute("SELECT 1 FROM accounts WHERE key = ? AND person = ?", (key, person)).fetchone()
    return row is not None


def _has_password(db: Database, person: int, password: str) -> bool:
    """Return whether a person has an account with this password hash."""
    row = db.execute(
        "SELECT 1 FROM accounts WHERE person = ? AND password = ?", (person, password)
    ).fetchone()
    return row is not None


def forget_subject(db: Database, key: str) -> None:
    """Delete decisions about the owner of a name; bans and mutes stay, since they are about the name."""
    db.execute(
        "DELETE FROM orders WHERE subject = ? AND what IN ('moderator', 'assistant', 'invited', 'member')",
        (key,),
    )


def changes(db: Database) -> list[Change]:
    """Return all rows about the order in rooms."""
    rows: list[tuple[Any, ...]] = db.execute("SELECT room, subject, what, value FROM orders").fetchall()
    return [Change(*row) for row in rows]


def accounts(db: Database) -> list[AccountRow]:
    """Return all registered names, the oldest first."""
    rows: list[tuple[Any, ...]] = db.execute(f"{_ACCOUNTS} ORDER BY created, accounts.key").fetchall()
    return [AccountRow(*row) for row in rows]


def account(db: Database, key: str) -> AccountRow | None:
    """Return the account of a name by its key, if it is registered."""
    row = db.execute(f"{_ACCOUNTS} WHERE accounts.key = ?", (key,)).fetchone()
    return None if row is None else AccountRow(*row)


def secured(db: Database, key: str) -> Secured | None:
    """Return the owner and password hash of a registered name, by its key."""
    row = db.execute("SELECT key, name, person, password FROM accounts WHERE key = ?", (key,)).fetchone()
    return None if row is None else Secured(*row)


def issued(db: Database, person: int, token: bytes, since: int) -> int | None:
    """Return when a token was issued to a person who is here, or was here at or after a time."""
    found = db.execute(
        "SELECT issued FROM tokens JOIN persons ON persons.id = person"
        " WHERE hash = ? AND person = ? AND (ended IS NULL OR ended >= ?)",
        (token, person, since),
    ).fetchone()
    return None if found is None else found[0]


def whole_audit(db: Database) -> Iterator[AuditRow]:
    """Yield all lines of the audit log, oldest first."""
    rows = db.execute("SELECT time, actor, action, room, target, detail FROM audit ORDER BY id")
    return map(AuditRow._make, rows)


def audit(db: Database, limit: int) -> list[AuditRow]:
    """Return the last lines of the audit log, oldest first."""
    rows = db.execute(
        "SELECT time, actor, action, room, target, detail FROM audit ORDER BY id DESC LIMIT ?", (limit,)
    )
    return list(map(AuditRow._make, rows))[::-1]
