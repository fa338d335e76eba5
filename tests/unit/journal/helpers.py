"""The vocabulary of tests of the journal's file: messages, senders, rooms and times."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from classchat.core.model import room_log_key
from classchat.core.persons import dialog_log_key
from classchat.journal.batch_rows import Kept, Message, PersonRow
from classchat.journal.opening import Synchronous, open_to_write
from classchat.journal.repetitions import REMEMBERED_FOR
from classchat.journal.schema import MIGRATIONS
from classchat.journal.store import Store
from tests.new_files import with_tables

DAY = REMEMBERED_FOR
ALICE, BOB, CAROL = (
    PersonRow(number, name, name.lower(), name.encode())
    for number, name in enumerate(["Alice", "Bob", "Carol"], 1)
)
EVERYBODY = [ALICE, BOB, CAROL]


def said(text: str, id: str | None = None, sender: str = "Alice", room: str = "CS350") -> Message:
    """Return a message to a room."""
    return Message(room_log_key(room), sender, sender.lower(), text, id)


def told(sender: PersonRow, receiver: PersonRow, text: str, id: str | None = None) -> Message:
    """Return a private message."""
    key = dialog_log_key(sender.number, receiver.number)
    return Message(key, sender.name, sender.key, text, id, receiver.name, receiver.number)


def open_store(path: Path, now: int = 0) -> Store:
    """Open a journal without waiting for the disk."""
    return Store(with_tables(path), now, "normal", lambda: 0.0)


def fresh(*numbers: int, time: int) -> list[Kept]:
    """Return the results of storing new messages."""
    return [(number, time, False) for number in numbers]


def add_colour(db: sqlite3.Connection) -> None:
    """A next migration, in two statements."""
    db.execute("ALTER TABLE journal ADD COLUMN colour TEXT")
    db.execute("UPDATE journal SET colour = 'red'")


LATER = (*MIGRATIONS, add_colour)
BEFORE = f"before-{len(LATER)}"


def epoch_of(path: Path, synchronous: Synchronous = "normal") -> str:
    """Open a journal, close it, and return its epoch."""
    db, claim = open_to_write(path, synchronous)
    with closing(claim), closing(db):
        return str(db.execute("SELECT epoch FROM journal").fetchone()[0])
