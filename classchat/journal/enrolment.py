"""The table of the roster: the students of the course, their accounts and their join codes.

Functions that write run inside a transaction; the others on any connection.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from classchat.journal.database import Database
from classchat.journal.times import DAY
from classchat.names import user_key
from classchat.rosters.students import Enrolled, Student

CODE_LASTS = 120 * DAY
"""Seconds for which a join code is valid: a term."""

_COLUMNS = 'number, name, id, login, email, section, "user", person, left_at, code'
"""`user` alone is a function in PostgreSQL."""


def add_roster(db: Database) -> None:
    """Add the table of the roster.

    `user` is the proposed user name until a person has registered one with the code. `code` is the digest of
    a join code that was not used yet, and `issued` when it was made. Rows are deleted only to erase a person.
    """
    db.execute(
        """CREATE TABLE roster(
            number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, id TEXT NOT NULL,
            login TEXT NOT NULL, email TEXT NOT NULL, section TEXT NOT NULL,
            user TEXT NOT NULL, user_key TEXT UNIQUE NOT NULL, person INTEGER UNIQUE,
            left_at INTEGER, code BLOB UNIQUE, issued INTEGER, added INTEGER NOT NULL)"""
    )


def roster(db: Database, *, left: bool = True) -> list[Enrolled]:
    """Return the roster by name, with or without the students who have left."""
    which = "" if left else "WHERE left_at IS NULL"
    rows = db.execute(f"SELECT {_COLUMNS} FROM roster {which} ORDER BY lower(name), number")  # noqa: S608
    return [_enrolled(row) for row in rows]


def _enrolled(row: tuple[Any, ...]) -> Enrolled:
    number, name, id, login, email, section, user, person, left_at, code = row
    student = Student(name, id, login, email, section)
    return Enrolled(number, student, user, person, left_at is not None, code is not None)


def enrol(db: Database, student: Student, user: str, time: int) -> int | None:
    """Add a student with a proposed user name; return the number, or None if the name is not free."""
    added = db.execute(
        'INSERT INTO roster(name, id, login, email, section, "user", user_key, added)'
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING number",
        (student.name, student.id, student.login, student.email, student.section, user, user_key(user), time),
    ).fetchone()
    return None if added is None else int(added[0])


def update(db: Database, number: int, student: Student) -> None:
    """Write what the file says of a student; one who had left is in the course again."""
    db.execute(
        "UPDATE roster SET name = ?, id = ?, login = ?, email = ?, section = ?, left_at = NULL"
        " WHERE number = ?",
        (student.name, student.id, student.login, student.email, student.section, number),
    )


def mark_as_left(db: Database, numbers: Iterable[int], time: int) -> None:
    """Mark students as having left; their join codes become invalid."""
    db.executemany(
        "UPDATE roster SET left_at = ?, code = NULL, issued = NULL WHERE number = ? AND left_at IS NULL",
        [(time, number) for number in numbers],
    )


def invite(db: Database, number: int, code: bytes, time: int) -> bool:
    """Give a student a join code, in place of an earlier one; return whether they may have one."""
    changed = db.execute(
        "UPDATE roster SET code = ?, issued = ? WHERE number = ? AND person IS NULL AND left_at IS NULL",
        (code, time, number),
    )
    return changed.rowcount == 1


def add(db: Database, student: Student, user: str, code: bytes, number: int | None, time: int) -> bool:
    """Give a student a join code, and add one without a number to the roster; return whether it is done.

    The user name must not be registered.
    """
    if number is not None:
        return invite(db, number, code, time)
    if db.execute("SELECT 1 FROM accounts WHERE key = ?", (user_key(user),)).fetchone() is not None:
        return False
    number = enrol(db, student, user, time)
    return number is not None and invite(db, number, code, time)


def by_code(db: Database, code: bytes, time: int) -> Enrolled | None:
    """Return the student whose join code has this digest, if it is valid now."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM roster WHERE code = ? AND issued > ? AND person IS NULL",  # noqa: S608
        (code, time - CODE_LASTS * 1000),
    ).fetchone()
    return None if row is None else _enrolled(row)


def may_use(db: Database, code: bytes, key: str, time: int) -> bool:
    """Return whether a join code is valid, and a user name, by its key, not proposed to another student."""
    found = db.execute(
        "SELECT 1 FROM roster WHERE user_key = ? AND (code IS NULL OR code <> ?)", (key, code)
    ).fetchone()
    return found is None and by_code(db, code, time) is not None


def use_code(db: Database, code: bytes, person: int, name: str) -> None:
    """Use up a join code: its student is this person from now on, under this name."""
    db.execute(
        'UPDATE roster SET person = ?, "user" = ?, user_key = ?, code = NULL, issued = NULL WHERE code = ?',
        (person, name, user_key(name), code),
    )


def link(db: Database, number: int, person: int, name: str) -> bool:
    """Connect a student with an account; return whether neither of them was connected with another one."""
    changed = db.execute(
        'UPDATE roster SET person = ?1, "user" = ?2, user_key = ?3, code = NULL, issued = NULL'
        " WHERE number = ?4 AND (person IS NULL OR person = ?1) AND NOT EXISTS (SELECT 1 FROM roster AS other"
        " WHERE other.number <> ?4 AND (other.person = ?1 OR other.user_key = ?3))",
        (person, name, user_key(name), number),
    )
    return changed.rowcount == 1


def unlink(db: Database, person: int) -> None:
    """Separate a student from an account that was released: a new join code can be made."""
    db.execute("UPDATE roster SET person = NULL WHERE person = ?", (person,))
