"""Finding what was said by words that occur in it.

The index (SQLite's FTS5, by trigrams) is filled behind the commits: what it does not hold yet is looked
through directly, and so are words of one or two characters, of which there are no trigrams. What may take
long is done window by window, from the newest message back; a search whose time is over says where to go on.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from classchat.texts import harmless

_SHORTEST = 3
"""Characters of a word that the index knows."""

_LONGEST = 32
"""Characters of a word that the index is asked for; the rest is compared."""

_MOST_ASKED = 8
"""Words that the index is asked for; the others are compared."""

_WINDOW = 10_000
"""Messages to look through before looking at the clock."""

_MOST_INDEXED = 100_000
"""Characters to put into the index in one step."""


class Hits(NamedTuple):
    """The `id` of each message found, newest first."""

    ids: list[int]
    before: int | None
    """From where to go on, if not all was looked through."""


class _Words:
    """What is searched for: as the index is asked for it, and as it is compared."""

    def __init__(self, text: str) -> None:
        # A text is made harmless when it is said: who searches for it finds it as it was kept.
        words = sorted(set(harmless(text).split()), key=len, reverse=True)
        asked = [word for word in words[:_MOST_ASKED] if len(word) >= _SHORTEST]
        rest = [word for word in words if len(word) > _LONGEST or word not in asked]
        self.all = [_folded(word) for word in words]
        self.match = " AND ".join('"{}"'.format(word[:_LONGEST].replace('"', '""')) for word in asked)
        """The words for FTS5, each as a string of its own: none of them is an operator."""
        self.compared = [_folded(word) for word in rest]
        """The words that the index can't be asked for, or not to the end."""


def search(
    db: sqlite3.Connection,
    text: str,
    conversations: Collection[str],
    limit: int,
    before: int | None,
    sender: str | None,
    is_over: Callable[[], bool],
) -> Hits:
    """Find the newest messages in which all words occur, until there are enough, or the time is over."""
    words = _Words(text)
    readable = {id for (id,) in db.execute(_READABLE, (json.dumps(list(conversations)),))}
    newest, indexed = db.execute("SELECT (SELECT max(id) FROM messages), indexed FROM journal").fetchone()
    end = (newest or 0) + 1 if before is None else min(before, (newest or 0) + 1)
    oldest = db.execute("SELECT coalesce(min(id), 1) FROM messages").fetchone()[0]
    found: list[int] = []
    if not (words.all or sender) or not readable:
        return Hits(found, None)
    ids = json.dumps(list(readable))
    while end > oldest:
        start = max(oldest, end - _WINDOW, indexed + 1 if end > indexed + 1 else 0)
        if words.match and end <= indexed + 1:
            hits = _indexed(db, words, readable, sender, start, end)
        else:
            hits = _compared(db, words.all, ids, sender, start, end)
        for id in hits:
            if len(found) == limit:
                return Hits(found, found[-1])
            found.append(id)
        end = start
        if is_over() and end > oldest:
            return Hits(found, end)
    return Hits(found, None)


_READABLE = "SELECT id FROM conversations WHERE key IN (SELECT value FROM json_each(?))"


def _indexed(
    db: sqlite3.Connection, words: _Words, readable: set[int], sender: str | None, start: int, end: int
) -> Iterator[int]:
    """Ask the index."""
    rows = db.execute(
        "SELECT id, conversation, messages.text FROM search JOIN messages ON id = search.rowid"
        " WHERE search MATCH ? AND search.rowid >= ? AND search.rowid < ?"
        " AND (?4 IS NULL OR sender_key = ?4) ORDER BY search.rowid DESC",
        (words.match, start, end, sender),
    )
    for id, conversation, text in rows:
        if conversation in readable and _holds(text, words.compared):
            yield id


def _compared(
    db: sqlite3.Connection, words: list[str], readable: str, sender: str | None, start: int, end: int
) -> Iterator[int]:
    """Look through the messages themselves."""
    rows = db.execute(
        # The plus: by `id`, not by conversation, for then the newest come first without sorting.
        "SELECT id, text FROM messages WHERE id >= ? AND id < ?"
        " AND +conversation IN (SELECT value FROM json_each(?))"
        " AND (?4 IS NULL OR +sender_key = ?4) ORDER BY id DESC",
        (start, end, readable, sender),
    )
    for id, text in rows:
        if _holds(text, words):
            yield id


def _folded(text: str) -> str:
    """Return what texts have in common that differ only in case, letter by letter as the index has it."""
    return text.lower().replace("ς", "σ")


def _holds(text: str, words: list[str]) -> bool:
    folded = _folded(text) if words else text
    return all(word in folded for word in words)


def index_some(db: sqlite3.Connection, limit: int) -> int:
    """Put the next messages into the index, inside a transaction; return how many."""
    rows: list[tuple[int, str]] = []
    size = 0
    for id, text in db.execute(
        "SELECT id, text FROM messages WHERE id > (SELECT indexed FROM journal) ORDER BY id LIMIT ?", (limit,)
    ):
        rows.append((id, text))
        size += len(text)
        if size >= _MOST_INDEXED:
            break
    if rows:
        db.executemany("INSERT INTO search(rowid, text) VALUES(?, ?)", rows)
        db.execute("UPDATE journal SET indexed = ?", (rows[-1][0],))
    return len(rows)
