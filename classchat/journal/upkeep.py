"""Upkeep of a journal: delete old messages, check the file, return unused space."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from classchat.journal import search
from classchat.journal.database import Database
from classchat.texts import counted


class JournalServer(NamedTuple):
    """A server that uses a journal in a database."""

    id: str
    host: str
    since: int
    """When it started, in milliseconds."""
    lease: float
    """For how many seconds it counts as running, unless it renews that; below 0 it does not any more."""


class Summary(NamedTuple):
    """The contents of a journal, in numbers."""

    epoch: str
    version: int
    created: int
    rooms: int
    dialogs: int
    messages: int
    first: int | None
    """The time of the oldest kept message, in milliseconds."""
    last: int | None
    unindexed: int
    """Messages that are not in the search index yet."""
    size: int
    """Bytes of the file, without its write-ahead log."""
    unused: int
    """Unused bytes of the file."""
    servers: Sequence[JournalServer] = ()
    """The servers that use it, where several may."""


class LastSeen(NamedTuple):
    """When a person was here last."""

    ended: int | None
    """When the person's last connection ended, in milliseconds; None while one is open."""
    unheard: int | None = None
    """The time since which an account's owner may have missed messages; None if it is `ended`."""


def set_ended(db: Database, times: Mapping[int, LastSeen]) -> int:
    """Record, inside a transaction, when persons left; return how many of them are in the file."""
    rows = [(*seen, number) for number, seen in times.items()]
    db.executemany("UPDATE accounts SET unheard = ?2 WHERE person = ?3", rows)
    return db.executemany("UPDATE persons SET ended = ?1 WHERE id = ?3", rows).rowcount


def forget_persons(db: Database, before: int) -> int:
    """Delete, inside a transaction, the tokens of persons who left before a time; return how many.

    Decisions about a guest go with the guest's token: without it, the guest can never return.
    """
    db.execute(
        "DELETE FROM tokens WHERE person IN (SELECT id FROM persons WHERE ended < ?)",
        (before,),
    )
    db.execute("DELETE FROM former_names WHERE time < ?", (before,))
    gone = db.execute(
        "UPDATE persons SET token_hash = NULL WHERE ended < ? AND token_hash IS NOT NULL RETURNING id",
        (before,),
    ).fetchall()
    db.executemany("DELETE FROM orders WHERE subject = '~' || CAST(? AS TEXT)", gone)
    db.executemany("DELETE FROM restrictions WHERE person = ?", gone)
    return len(gone)


def delete_older(db: sqlite3.Connection, time: int, limit: int) -> int:
    """Delete, inside a transaction, the oldest messages from before a time; return how many.

    They are removed from the search index as well, which needs their texts for that.
    """
    rows: list[tuple[int, str]] = []
    size = 0
    for id, then, text in db.execute("SELECT id, time, text FROM messages ORDER BY id LIMIT ?", (limit,)):
        if then >= time or size >= _MOST_DELETED:
            break
        rows.append((id, text))
        size += len(text)
    if not rows:
        return 0
    last = rows[-1][0]
    (indexed,) = db.execute("SELECT indexed FROM journal").fetchone()
    search.unindex(db, [row for row in rows if row[0] <= indexed])
    db.execute("DELETE FROM messages WHERE id <= ?", (last,))
    db.execute("UPDATE journal SET last_id = ?, indexed = max(indexed, ?)", (last, last))
    return len(rows)


_MOST_DELETED = 20_000
"""Characters to remove from the index in one step."""


def check(db: sqlite3.Connection) -> list[str]:
    """Return all damage, one sentence each; damage never raises an exception."""
    wrong: list[str] = []
    for look in (_structure, missing_numbers, deleted_texts, _index):
        try:
            wrong += look(db)
        except sqlite3.DatabaseError as error:
            wrong.append(f"The file is damaged: {error}.")
    return wrong


def _structure(db: sqlite3.Connection) -> list[str]:
    rows = db.execute("PRAGMA integrity_check(10)")
    return [f"The file is damaged: {line}." for (line,) in rows if line != "ok"]


def missing_numbers(db: Database) -> list[str]:
    """Return a sentence for each conversation with missing numbers between the first and the last kept."""
    rows = db.execute(
        "SELECT coalesce(name, 'private conversation ' || key), last_seq, count(seq), min(seq), max(seq)"
        " FROM conversations LEFT JOIN messages ON conversation = conversations.id GROUP BY conversations.id"
        " HAVING count(seq) > 0 AND (max(seq) <> last_seq OR count(seq) <> last_seq - min(seq) + 1)"
    )
    return [
        f"'{name}' should have the messages from {first} to {last}, and has {count} up to {newest}."
        for name, last, count, first, newest in rows
    ]


def deleted_texts(db: Database) -> list[str]:
    """Return a sentence if any message still has its text although it was deleted."""
    (count,) = db.execute("SELECT count(*) FROM messages WHERE deleted IS NOT NULL AND text <> ''").fetchone()
    return [f"{counted(count, 'deleted message')} should have no text, and still has it."] if count else []


def _index(db: sqlite3.Connection) -> list[str]:
    """Compare the search index with the messages, if this connection may write."""
    (read_only,) = db.execute("PRAGMA query_only").fetchone()
    if read_only:
        return []
    (behind,) = db.execute("SELECT indexed < (SELECT max(id) FROM messages) FROM journal").fetchone()
    try:
        db.execute("INSERT INTO search(search, rank) VALUES('integrity-check', ?)", (0 if behind else 1,))
    except sqlite3.DatabaseError:
        return ["The search index does not agree with the messages."]
    return []


def summary(db: sqlite3.Connection) -> Summary:
    """Return a summary of the file."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return summary_of(
        db,
        version,
        "SELECT page_count * page_size, freelist_count * page_size"
        " FROM pragma_page_count, pragma_page_size, pragma_freelist_count",
    )


def summary_of(db: Database, version: int, sizes: str) -> Summary:
    """Return a summary of any journal; `sizes` is a query for its bytes, and how many of them are unused."""
    epoch, created = db.execute("SELECT epoch, created FROM journal").fetchone()
    (rooms, dialogs) = db.execute("SELECT count(name), count(*) - count(name) FROM conversations").fetchone()
    (messages,) = db.execute("SELECT count(*) FROM messages").fetchone()
    (unindexed,) = db.execute(
        "SELECT count(*) FROM messages WHERE id > (SELECT indexed FROM journal)"
    ).fetchone()
    # Times rise with the ids.
    first = db.execute("SELECT time FROM messages ORDER BY id LIMIT 1").fetchone() or [None]
    last = db.execute("SELECT time FROM messages ORDER BY id DESC LIMIT 1").fetchone() or [None]
    size, unused = db.execute(sizes).fetchone()
    return Summary(
        epoch=epoch,
        version=version,
        created=created,
        rooms=rooms,
        dialogs=dialogs,
        messages=messages,
        first=first[0],
        last=last[0],
        unindexed=unindexed,
        size=size,
        unused=unused,
    )


def vacuum(db: sqlite3.Connection) -> None:
    """Rewrite the file without unused space, and shorten the index and the log."""
    db.execute("INSERT INTO search(search) VALUES('optimize')")
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
