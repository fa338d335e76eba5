"""Searching messages for words.

Folded texts are compared (`folding.py`). The index (SQLite's FTS5, by trigrams) is filled after the commits.
Messages that it does not hold yet and long texts are read directly; so are all messages for words of one or
two characters, which have no trigrams. Slow searches run window by window, from the newest message backwards;
a search that runs out of time says where to continue.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from heapq import merge
from typing import Any, NamedTuple, Protocol

from classchat.journal.database import Database
from classchat.journal.folding import VERSION, folded
from classchat.journal.schema import LONGEST_INDEXED
from classchat.journal.words import Words

_WINDOW = 10_000
"""Messages to read, or to ask the index for, at a time."""

_CHARACTERS = 2_000
"""Characters to read between two looks at the clock."""

_WIDEST = 8
"""The most windows of one question to the index, while it finds few messages."""

_LITTLE = 100
"""Messages that count as few."""

_MOST_INDEXED = 100_000
"""Characters to add to the index in one step."""

_MOST_MERGED = 16
"""Pages of the index to merge in one step."""

_MOST_ERASED = 64
"""The same, while deleted texts are left in it."""

Rows = Iterable[Sequence[Any]]
"""Ids and texts."""


class Candidates(Protocol):
    """The messages to search, between two ids: from `start` on, and before `end`."""

    def indexed(self, start: int, end: int) -> Rows:
        """Return ids and texts of messages that may contain the words by the index, newest first."""

    def messages(self, start: int, end: int) -> Rows:
        """Return ids and texts of all messages, newest first."""


class Hits(NamedTuple):
    """The ids of the messages found, newest first."""

    ids: list[int]
    before: int | None
    """Where to continue; None if the search is complete."""


def search(
    db: Database,
    text: str,
    conversations: Collection[str],
    limit: int,
    before: int | None,
    sender: str | None,
    is_over: Callable[[], bool],
    candidates: Callable[[Words, str, str | None], Candidates],
) -> Hits:
    """Find the newest messages that contain all words, until there are enough or time is up.

    `candidates` are the messages of some conversations, as JSON of their ids, perhaps of one sender.
    """
    words = Words(text)
    readable = [id for (id,) in db.execute(_READABLE, (json.dumps(list(conversations)),))]
    newest, indexed = db.execute("SELECT (SELECT max(id) FROM messages), indexed FROM journal").fetchone()
    end = (newest or 0) + 1 if before is None else min(before, (newest or 0) + 1)
    oldest = db.execute("SELECT coalesce(min(id), 1) FROM messages").fetchone()[0]
    found: list[int] = []
    if not (words or (sender and not text.split())) or not readable:
        return Hits(found, None)
    where = candidates(words, json.dumps(readable), sender)
    windows = 1
    while end > oldest:
        start = max(oldest, end - windows * _WINDOW, indexed + 1 if end > indexed + 1 else 0)
        use_index = bool(words.grams) and end <= indexed + 1
        looked_at = characters = 0
        for id, said in where.indexed(start, end) if use_index else where.messages(start, end):
            looked_at += 1
            if words.occur_in(said):
                if len(found) == limit:
                    return Hits(found, found[-1])
                found.append(id)
            characters += len(said)
            if characters > _CHARACTERS and id > oldest:
                characters = 0
                if is_over():
                    return Hits(found, id)
        end = start
        windows = min(windows * 2, _WIDEST) if use_index and looked_at <= _LITTLE else 1
        if end > oldest and is_over():
            return Hits(found, end)
    return Hits(found, None)


_READABLE = "SELECT id FROM conversations WHERE key IN (SELECT value FROM json_each(?))"


# The plus makes SQLite go by `id`, so that the newest come first without sorting.
_MAY_BE_READ = """+conversation IN (SELECT value FROM json_each(:readable))
    AND (:sender IS NULL OR +sender_key = :sender) AND +deleted IS NULL"""

_INDEXED = f"""SELECT id, messages.text FROM search JOIN messages ON id = search.rowid
    WHERE search MATCH :match AND search.rowid >= :start AND search.rowid < :end AND {_MAY_BE_READ}
    ORDER BY search.rowid DESC"""  # noqa: S608 (constants)

_LONG = f"""SELECT id, text FROM messages INDEXED BY messages_long
    WHERE id >= :start AND id < :end AND length(text) > {LONGEST_INDEXED} AND {_MAY_BE_READ}
    ORDER BY id DESC"""  # noqa: S608

_NEWEST_LONG = f"""SELECT coalesce(max(id), 0) FROM messages INDEXED BY messages_long
    WHERE id < ? AND length(text) > {LONGEST_INDEXED}"""  # noqa: S608

_ALL = f"""SELECT id, text FROM messages WHERE id >= :start AND id < :end AND {_MAY_BE_READ}
    ORDER BY id DESC"""  # noqa: S608


class InFile:
    """The candidates in a file."""

    def __init__(self, db: sqlite3.Connection, words: Words, readable: str, sender: str | None) -> None:
        self._db = db
        self._values = {"match": words.match, "readable": readable, "sender": sender}
        self._newest_long: int | None = None

    def indexed(self, start: int, end: int) -> Rows:
        """Yield messages that may contain the words by the index, and texts too long for it, newest first."""
        rows = self._rows(_INDEXED, start, end)
        if not self._has_long(start, end):
            return rows
        return merge(rows, self._rows(_LONG, start, end), key=_id, reverse=True)

    def _has_long(self, start: int, end: int) -> bool:
        """Return whether any text is too long for the index, which is rare."""
        if self._newest_long is None or self._newest_long >= end:
            (newest,) = self._db.execute(_NEWEST_LONG, (end,)).fetchone()
            self._newest_long = int(newest)
        return self._newest_long >= start

    def messages(self, start: int, end: int) -> Rows:
        """Yield all messages, newest first."""
        return self._rows(_ALL, start, end)

    def _rows(self, statement: str, start: int, end: int) -> Rows:
        return self._db.execute(statement, {**self._values, "start": start, "end": end})


def _id(row: Sequence[Any]) -> int:
    return int(row[0])


# Filling the index, inside a transaction.


def prepare(db: sqlite3.Connection) -> None:
    """Rebuild the index if it was made with other rules."""
    (version,) = db.execute("SELECT folding FROM journal").fetchone()
    if version != VERSION:
        db.execute("INSERT INTO search(search) VALUES('delete-all')")
        db.execute("UPDATE journal SET folding = ?, indexed = last_id", (VERSION,))


def index_some(db: sqlite3.Connection, limit: int, is_over: Callable[[], bool] = lambda: False) -> int:
    """Add the next messages to the index: at least one, and as many as time allows; return their number."""
    count = size = last = 0

    def rows() -> Iterator[tuple[int, str]]:
        nonlocal count, size, last
        for id, text in db.execute(
            "SELECT id, text FROM messages WHERE id > (SELECT indexed FROM journal) ORDER BY id LIMIT ?",
            (limit,),
        ):
            count, size, last = count + 1, size + len(text), id
            if len(text) <= LONGEST_INDEXED:
                yield id, folded(text)
            if size >= _MOST_INDEXED or is_over():
                break

    db.executemany("INSERT INTO search(rowid, text) VALUES(?, ?)", rows())
    if count:
        db.execute("UPDATE journal SET indexed = ?", (last,))
        merge_some(db)
    return count


def merge_some(db: sqlite3.Connection) -> int:
    """Merge some parts of the index, so that searches are faster; return 0 if none are left."""
    before = db.total_changes
    db.execute("INSERT INTO search(search, rank) VALUES('merge', ?)", (_MOST_MERGED,))
    return max(db.total_changes - before - 1, 0)


def index(db: sqlite3.Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Add messages to the index that were removed from it, because they have other texts now."""
    db.executemany(
        "INSERT INTO search(rowid, text) VALUES(?, ?)",
        ((id, folded(text)) for id, text in rows if len(text) <= LONGEST_INDEXED),
    )


def replace(db: sqlite3.Connection, texts: Sequence[tuple[int, str]], text: str) -> None:
    """Replace texts in the index, as far as they are in it; their entries stay until `erase_some` is done."""
    index(db, ((id, text) for id, _ in drop(db, texts)))


def drop(db: sqlite3.Connection, texts: Sequence[tuple[int, str]]) -> Sequence[tuple[int, str]]:
    """Remove texts from the index, as far as they are in it; return these. `erase_some` does the rest."""
    (last,) = db.execute("SELECT indexed FROM journal").fetchone()
    known = [(id, text) for id, text in texts if id <= last]
    unindex(db, known)
    return known


def erase_some(db: sqlite3.Connection) -> int:
    """Merge some parts of the index, so that nothing is left of what was removed; return 0 if that is done.

    An entry that is removed stays in its part of the index, and a newer part says that it is void, until both
    parts are merged.
    """
    before = db.total_changes
    db.execute("INSERT INTO search(search, rank) VALUES('merge', ?)", (-_MOST_ERASED,))
    return max(db.total_changes - before - 1, 0)


def unindex(db: sqlite3.Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Remove messages from the index, which needs their texts for that."""
    db.executemany(
        "INSERT INTO search(search, rowid, text) VALUES('delete', ?, ?)",
        ((id, folded(text)) for id, text in rows if len(text) <= LONGEST_INDEXED),
    )
