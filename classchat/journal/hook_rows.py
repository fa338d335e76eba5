"""The table of webhooks.

Functions that write run inside a transaction; the others on any connection.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from classchat.core.acts import HookAdded
from classchat.core.hooks import Hook
from classchat.journal.database import Database

_COLUMNS = "number, room, name, url, word, secret, added"


def add_hooks(db: Database) -> None:
    """Add the table of webhooks.

    `token` is the digest of what stands in the address that programs post to; outgoing hooks have none. The
    `secret` of an outgoing one signs its calls, so it is kept as it is.
    """
    db.execute(
        """CREATE TABLE hooks(
            number INTEGER PRIMARY KEY AUTOINCREMENT, room TEXT NOT NULL, name TEXT NOT NULL,
            token BLOB UNIQUE, url TEXT NOT NULL, word TEXT NOT NULL, secret TEXT NOT NULL,
            added INTEGER NOT NULL)"""
    )


def hooks(db: Database) -> list[Hook]:
    """Return all webhooks, the oldest first."""
    return [Hook(*row) for row in db.execute(f"SELECT {_COLUMNS} FROM hooks ORDER BY number")]  # noqa: S608


def hook(db: Database, token: bytes) -> Hook | None:
    """Return the webhook that programs post to with a token, by its digest."""
    found: tuple[Any, ...] | None = db.execute(
        f"SELECT {_COLUMNS} FROM hooks WHERE token = ?",  # noqa: S608
        (token,),
    ).fetchone()
    return None if found is None else Hook(*found)


def add(db: Database, act: HookAdded, time: int) -> None:
    """Add a webhook."""
    db.execute(
        "INSERT INTO hooks(room, name, token, url, word, secret, added) VALUES(?, ?, ?, ?, ?, ?, ?)",
        (act.room, act.name, act.token, act.url, act.word, act.secret, time),
    )


def remove(db: Database, number: int) -> bool:
    """Remove a webhook; return whether there was one with this number."""
    return db.execute("DELETE FROM hooks WHERE number = ?", (number,)).rowcount == 1


def remove_of_rooms(db: Database, rooms: Iterable[str]) -> None:
    """Remove the webhooks of earlier rooms, by the keys of new ones with their names."""
    for room in rooms:
        db.execute("DELETE FROM hooks WHERE room = ?", (room,))
