"""The index of words in PostgreSQL: the trigrams of folded texts, in an array with an inverted index (GIN).

They are ours and not those of the extension `pg_trgm`, which may not be installed, and which leaves out other
letters than those of the database's locale: this index finds the same as the one in a file, in any script.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from classchat.journal.folding import VERSION, folded
from classchat.journal.postgres.postgres_connection import PostgresConnection
from classchat.journal.schema import LONGEST_INDEXED
from classchat.journal.words import Words

_ANY = ["*"]
"""The entry of a text that is too long for the index: it may have any words."""

_CHUNK = 200
"""Messages that are fetched at a time."""

_READABLE = """messages.id >= %(start)s AND messages.id < %(end)s
    AND conversation = ANY(%(readable)s::bigint[])
    AND (%(sender)s::text IS NULL OR sender_key = %(sender)s) AND deleted IS NULL"""

_ALL = f"SELECT id, text FROM messages WHERE {_READABLE} ORDER BY id DESC LIMIT {_CHUNK}"  # noqa: S608

_INDEXED = f"""SELECT messages.id, text FROM search JOIN messages ON messages.id = search.id
    WHERE (grams @> %(grams)s::text[] OR grams @> %(any)s::text[])
    AND search.id >= %(start)s AND search.id < %(end)s AND {_READABLE}
    ORDER BY search.id DESC LIMIT {_CHUNK}"""  # noqa: S608


class InDatabase:
    """The candidates in a database, see `search.Candidates`."""

    def __init__(self, db: PostgresConnection, words: Words, readable: str, sender: str | None) -> None:
        self._db = db
        self._values = {
            "grams": words.grams,
            "any": _ANY,
            "readable": json.loads(readable),
            "sender": sender,
        }

    def indexed(self, start: int, end: int) -> Iterator[Sequence[Any]]:
        """Yield messages that may contain the words by the index, newest first."""
        return self._rows(_INDEXED, start, end)

    def messages(self, start: int, end: int) -> Iterator[Sequence[Any]]:
        """Yield all messages, newest first."""
        return self._rows(_ALL, start, end)

    def _rows(self, statement: str, start: int, end: int) -> Iterator[Sequence[Any]]:
        while True:
            rows = self._db.run(statement, {**self._values, "start": start, "end": end}).fetchall()
            yield from rows
            if len(rows) < _CHUNK:
                return
            end = rows[-1][0]


def prepare(db: PostgresConnection) -> None:
    """Rebuild the index, inside a transaction, if it was made with other rules."""
    row = db.run("SELECT folding FROM journal").fetchone()
    if row is None or row[0] != VERSION:
        db.run("DELETE FROM search")
        db.run("UPDATE journal SET folding = %s, indexed = last_id", (VERSION,))


def index_some(db: PostgresConnection, limit: int, most: int) -> int:
    """Add the next messages, inside a transaction: about `most` characters; return their number."""
    rows = db.run(
        "SELECT id, text FROM messages WHERE id > (SELECT indexed FROM journal) ORDER BY id LIMIT %s",
        (limit,),
    )
    taken: list[tuple[int, list[str]]] = []
    size = 0
    for id, text in rows:
        taken.append((id, _grams(text)))
        size += len(text)
        if size >= most:
            break
    if taken:
        _add(db, taken)
        db.run("UPDATE journal SET indexed = %s", (taken[-1][0],))
    return len(taken)


def replace(db: PostgresConnection, rows: Sequence[tuple[int, str]]) -> None:
    """Replace the texts of messages, inside a transaction."""
    db.run("DELETE FROM search WHERE id = ANY(%s::bigint[])", ([id for id, _ in rows],))
    _add(db, ((id, _grams(text)) for id, text in rows))


def _add(db: PostgresConnection, rows: Iterable[tuple[int, list[str]]]) -> None:
    db.executemany("INSERT INTO search VALUES(?, ?) ON CONFLICT DO NOTHING", list(rows))


def _grams(text: str) -> list[str]:
    if len(text) > LONGEST_INDEXED:
        return _ANY
    plain = folded(text)
    return list({plain[at : at + 3] for at in range(len(plain) - 2)})
