"""The table of the files that users share. A row ends with its message; the content follows in a while.

A row is written before the upload begins, so that its size counts towards the limits, and so that a server
that was killed knows which content is still needed. While `message` is NULL the file is being uploaded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from classchat.core.acts import FileOffered
from classchat.core.shared_files import FileSpace, SharedFile, StoredFile
from classchat.journal.database import Database

TABLE = """CREATE TABLE files(
    number BIGINT PRIMARY KEY, message BIGINT UNIQUE, person BIGINT NOT NULL, conversation TEXT NOT NULL,
    sha256 TEXT NOT NULL, size BIGINT NOT NULL, offered BIGINT NOT NULL, detail TEXT NOT NULL)"""

INDEXES = (
    "CREATE INDEX files_by_content ON files(sha256)",
    "CREATE INDEX files_by_person ON files(person)",
)

OF_MESSAGE = "(SELECT detail FROM files WHERE files.message = messages.id)"
"""The expression for what a message's row says of its file; NULL for almost all."""

_MOST_DROPPED = 500
"""Rows to delete in one step."""

_decode = msgspec.json.Decoder(SharedFile).decode


class NeededContent(NamedTuple):
    """A content that a row refers to."""

    number: int
    sha256: str
    size: int
    shared: bool
    """Whether its message is stored, so that the content must be there."""


def create(db: sqlite3.Connection) -> None:
    """Add the table to a file."""
    for statement in (TABLE, *INDEXES):
        db.execute(statement)


def decode(detail: str | None) -> SharedFile | None:
    """Return the file of a row, or of a message."""
    return None if detail is None else _decode(detail)


def offer(db: Database, act: FileOffered, time: int) -> bool:
    """Write, inside a transaction, a file that is about to be uploaded; return whether there is space."""
    used = space(db, act.person)
    file = act.file
    if (
        used.unfinished >= act.most_unfinished
        or used.of_person + file.size > act.most_of_person
        or used.of_all + file.size > act.most
    ):
        return False
    db.execute(
        "INSERT INTO files(number, message, person, conversation, sha256, size, offered, detail)"
        " VALUES(?, NULL, ?, ?, ?, ?, ?, ?)",
        (
            file.number,
            act.person,
            act.conversation,
            file.sha256,
            file.size,
            time,
            msgspec.json.encode(file).decode(),
        ),
    )
    return True


def withdraw(db: Database, number: int) -> bool:
    """End, inside a transaction, an upload that is not finished; return whether there was one.

    Its row is dropped with those of expired uploads, and with it what is on the disk.
    """
    ended = db.execute(
        "UPDATE files SET offered = 0 WHERE number = ? AND message IS NULL AND offered > 0 RETURNING number",
        (number,),
    )
    return ended.fetchone() is not None


def attach(db: Database, shared: Iterable[tuple[int, int, int]]) -> None:
    """Attach, inside a transaction, files to their messages: file, conversation's id, message's number."""
    db.executemany(
        "UPDATE files SET message = (SELECT id FROM messages WHERE conversation = ?2 AND seq = ?3)"
        " WHERE number = ?1",
        [*shared],
    )


def space(db: Database, person: int) -> FileSpace:
    """Return how much the files of a person, and those of all, take."""
    of_person, unfinished = db.execute(
        "SELECT CAST(coalesce(sum(size), 0) AS BIGINT), count(*) - count(message)"
        " FROM files WHERE person = ? AND offered > 0",
        (person,),
    ).fetchone()
    (of_all,) = db.execute("SELECT CAST(coalesce(sum(size), 0) AS BIGINT) FROM files").fetchone()
    return FileSpace(of_person, unfinished, of_all)


def find(db: Database, number: int) -> StoredFile | None:
    """Return a file by its number, unless its message is deleted."""
    row = db.execute(
        "SELECT detail, person, conversation, message IS NOT NULL FROM files WHERE number = ?"
        " AND offered > 0"
        " AND (message IS NULL OR EXISTS (SELECT 1 FROM messages WHERE messages.id = files.message))",
        (number,),
    ).fetchone()
    return None if row is None else StoredFile(_decode(row[0]), row[1], row[2], bool(row[3]))


def end(db: Database, conversation: str, seq: int) -> None:
    """End, inside a transaction, the file of a message whose text is deleted: nobody can read it any more."""
    db.execute(
        "UPDATE files SET message = -message WHERE message = (SELECT id FROM messages"
        " WHERE conversation = (SELECT id FROM conversations WHERE key = ?) AND seq = ?)",
        (conversation, seq),
    )


def end_all(db: Database, conversation: str) -> None:
    """End, inside a transaction, the files of all messages of a conversation that is about to be deleted."""
    db.execute(
        "UPDATE files SET message = -message WHERE message IN (SELECT id FROM messages"
        " WHERE conversation = (SELECT id FROM conversations WHERE key = ?))",
        (conversation,),
    )


def drop_ended(db: Database, unfinished_before: int) -> list[NeededContent]:
    """Delete, inside a transaction, files without a message, and uploads that have begun before a time."""
    rows = db.execute(
        "DELETE FROM files WHERE number IN (SELECT number FROM files"
        " WHERE (message IS NULL AND offered < ?) OR (message IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.id = files.message)) LIMIT ?)"
        " RETURNING number, sha256, size, message IS NOT NULL",
        (unfinished_before, _MOST_DROPPED),
    ).fetchall()
    return [NeededContent(number, digest, size, bool(shared)) for number, digest, size, shared in rows]


def needed(db: Database) -> Sequence[NeededContent]:
    """Return all contents that rows refer to."""
    rows = db.execute("SELECT number, sha256, size, message IS NOT NULL FROM files ORDER BY number")
    return [NeededContent(number, digest, size, bool(shared)) for number, digest, size, shared in rows]


def is_needed(db: Database, sha256: str) -> bool:
    """Return whether any row refers to a content."""
    return db.execute("SELECT 1 FROM files WHERE sha256 = ? LIMIT 1", (sha256,)).fetchone() is not None
