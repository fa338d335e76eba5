"""Deleted messages: their rows keep number, author and time, and get who has deleted them and when.

Functions that write run on the writing connection, inside its transactions; the others on any connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import nlargest
from typing import NamedTuple

from classchat.core.acts import Act, Deletion
from classchat.journal.database import Database

_MOST = 1_000
"""Deletions that a client is told of when it returns, in one conversation or in all private ones."""

_AT_ONCE = 500
"""Messages of a room that are read to delete them."""


class IndexedText(NamedTuple):
    """The text of a message that may be in the search index."""

    id: int
    text: str


class AuthorshipRow(NamedTuple):
    """Who has sent a message."""

    sender: str
    receiver: str
    """The room, or the user who received it."""

    person: int | None
    time: int
    deleted: int | None


class DeletionRow(NamedTuple):
    """A message that was deleted."""

    conversation: str
    """The key of the conversation."""

    other: str
    """Of a private conversation: the other user's name; else `""`."""

    seq: int
    sender: str
    receiver: str
    """The room, or the user who had received it."""

    sent: int
    """When it was sent, in milliseconds."""

    by: str
    time: int
    """When it was deleted, in milliseconds."""


_PLACE = "conversation = (SELECT id FROM conversations WHERE key = ?) AND seq = ?"


def erases(acts: Iterable[Act]) -> bool:
    """Return whether acts delete texts."""
    return any(isinstance(act, Deletion) for act in acts)


def texts(db: Database, acts: Iterable[Act]) -> list[IndexedText]:
    """Return the texts that acts are about to delete."""
    found: list[IndexedText] = []
    for act in acts:
        if isinstance(act, Deletion):
            rows = db.execute(
                f"SELECT id, text FROM messages WHERE {_PLACE} AND deleted IS NULL",  # noqa: S608
                (act.conversation, act.seq),
            )
            found += map(IndexedText._make, rows.fetchall())
    return found


def delete(db: Database, act: Deletion, time: int) -> bool:
    """Delete the text of a message; return whether there was one, of its author where one is named."""
    author = ""
    values: list[object] = [act.by, time, act.conversation, act.seq]
    if act.author is not None:
        author = " AND person = ?"
        values.append(act.author)
    done = db.execute(
        "UPDATE messages SET text = '', deleted_by = ?, deleted = ?"  # noqa: S608
        f" WHERE {_PLACE} AND deleted IS NULL{author}",
        values,
    )
    return done.rowcount == 1


def is_private(db: Database, room: str) -> bool:
    """Return whether the room of a key is private, or was until it ended."""
    found = db.execute("SELECT 1 FROM orders WHERE room = ? AND what = 'private'", (room,))
    return found.fetchone() is not None


def some_texts(db: Database, conversation: str) -> list[IndexedText]:
    """Return the next messages of a conversation that is about to be deleted; none if all are."""
    rows = db.execute(
        "SELECT messages.id, text FROM messages JOIN conversations ON conversations.id = conversation"
        " WHERE key = ? ORDER BY messages.seq LIMIT ?",
        (conversation, _AT_ONCE),
    )
    return list(map(IndexedText._make, rows.fetchall()))


def remove(db: Database, texts: Iterable[IndexedText]) -> None:
    """Delete messages, tombstones as well."""
    db.executemany("DELETE FROM messages WHERE id = ?", [(one.id,) for one in texts])


def forget_indexed(db: Database) -> None:
    """Index messages that get the ids of deleted ones, as the newest may after a restart."""
    newest = (
        "SELECT max(id) FROM (SELECT last_id AS id FROM journal UNION ALL SELECT id FROM messages) AS ids"
    )
    db.execute(f"UPDATE journal SET indexed = ({newest}) WHERE indexed > ({newest})")  # noqa: S608 (constants)


def authorship(db: Database, conversation: str, seq: int) -> AuthorshipRow | None:
    """Return who has sent a message, by the key of its conversation; None if it is not stored."""
    row = db.execute(
        "SELECT sender, coalesce(receiver, name), person, time, deleted"  # noqa: S608
        f" FROM messages JOIN conversations ON conversations.id = conversation WHERE {_PLACE}",
        (conversation, seq),
    ).fetchone()
    return None if row is None else AuthorshipRow._make(row)


def in_conversation(db: Database, conversation: str, seq: int) -> list[DeletionRow]:
    """Return the messages up to a number that were deleted after the one with that number, oldest first."""
    rows = db.execute(
        "SELECT key, '', messages.seq, sender, name, time, deleted_by, deleted FROM messages"
        " JOIN conversations ON conversations.id = conversation"
        " WHERE key = ?1 AND seq <= ?2 AND deleted >= (SELECT time FROM messages"
        " WHERE conversation = (SELECT id FROM conversations WHERE key = ?1) AND seq = ?2)"
        " ORDER BY deleted DESC, seq DESC LIMIT ?3",
        (conversation, seq, _MOST),
    )
    return list(map(DeletionRow._make, rows.fetchall()))[::-1]


def in_private(db: Database, person: int, heard: Mapping[str, int]) -> list[DeletionRow]:
    """Return the deletions in a person's private conversations that a client may not know of, oldest first.

    `heard` has the last number that the client has, by the key of each conversation.
    """
    rows = db.execute(
        "SELECT conversations.key, persons.name, seq, sender, receiver, time, deleted_by, deleted"
        " FROM participants"
        " JOIN messages ON messages.conversation = participants.conversation AND deleted IS NOT NULL"
        " JOIN conversations ON conversations.id = messages.conversation JOIN persons ON persons.id = other"
        " WHERE participants.person = ?",
        (person,),
    )
    heard_at: dict[str, int] = {}

    def is_new(row: DeletionRow) -> bool:
        last = heard.get(row.conversation, 0)
        if row.seq > last:
            return False
        if row.conversation not in heard_at:
            known = authorship(db, row.conversation, last)
            heard_at[row.conversation] = 0 if known is None else known.time
        return row.time >= heard_at[row.conversation]

    found = filter(is_new, map(DeletionRow._make, rows.fetchall()))
    return nlargest(_MOST, found, key=lambda row: (row.time, row.seq))[::-1]
