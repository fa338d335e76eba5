"""What the writer of a journal in PostgreSQL does in another way than the writer of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager

from classchat.journal import upkeep
from classchat.journal.batch_rows import Row
from classchat.journal.batch_store import BatchStore
from classchat.journal.deletions import IndexedText
from classchat.journal.postgres import postgres_search, presence_rows
from classchat.journal.postgres.postgres_connection import PostgresConnection
from classchat.journal.postgres.postgres_session import NodeSession
from classchat.journal.upkeep import LastSeen

_MOST_INDEXED = 20_000
"""Characters to add to the index in one step, which takes some milliseconds."""

_INSERT = """INSERT INTO messages(id, conversation, seq, time, sender, sender_key, text, request, receiver,
    to_person, person)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[])"""

_NUMBER = """UPDATE conversations SET last_seq = last.seq
    FROM unnest(%s::bigint[], %s::bigint[]) AS last(id, seq) WHERE conversations.id = last.id"""

_KNOWN = """SELECT 1 FROM unnest(%s::text[], %s::text[]) AS asked(sender, number)
    JOIN messages ON sender_key = asked.sender AND request = asked.number LIMIT 1"""


class PostgresStatements(BatchStore):
    """The statements of the writer that are PostgreSQL's own, except those about other nodes."""

    _session: NodeSession
    _db: PostgresConnection

    def set_ended(self, times: Mapping[int, LastSeen]) -> int:
        """Record when persons left, except those who are on any node."""
        with self.step():
            there = presence_rows.present(self._db, times)
            left = {
                person: seen for person, seen in times.items() if seen.ended is None or person not in there
            }
            return upkeep.set_ended(self._db, left)

    def step(self) -> AbstractContextManager[None]:
        """Return the context of one transaction between the batches."""
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._session.begin()  # one after the other, as in a file
        try:
            yield
            self._db.run("COMMIT")
        except BaseException:
            self._session.roll_back()
            raise

    def insert_new(self, rows: Sequence[Row]) -> bool:
        """Insert messages, unless any has a request `id` that is known; return whether they are inserted."""
        asked = [(row[5], row[7]) for row in rows if row[7] is not None]
        if asked:
            if len(set(asked)) < len(asked):
                return False
            senders, requests = map(list, zip(*asked, strict=True))
            if self._db.run(_KNOWN, (senders, requests)).fetchone() is not None:
                return False
        self._db.run(_INSERT, [list(column) for column in zip(*rows, strict=True)])
        return True

    def _set_last_numbers(self, numbers: Iterable[Sequence[int]]) -> None:
        ids, seqs = map(list, zip(*numbers, strict=True)) if numbers else ([], [])
        if ids:
            self._db.run(_NUMBER, (ids, seqs))

    def index_some(self, limit: int = 500) -> int:
        """Add the next messages to the search index, at most `limit`; return how many, 0 if all are in it."""
        with self.step():
            return postgres_search.index_some(self._db, limit, _MOST_INDEXED)

    def replace_in_index(self, texts: Sequence[IndexedText]) -> None:
        """Remove messages from the search index, inside a transaction."""
        self._db.run("DELETE FROM search WHERE id = ANY(%s::bigint[])", ([one.id for one in texts],))

    drop_from_index = replace_in_index

    def merge_some(self) -> int:
        """Leave the merging of the index to PostgreSQL, which does it by itself."""
        return 0

    def delete_older(self, time: int, limit: int = 500) -> int:
        """Delete the oldest messages from before a time, at most `limit`; return how many."""
        with self.step():
            rows = self._db.run("SELECT id, time FROM messages ORDER BY id LIMIT %s", (limit,)).fetchall()
            count = next((at for at, (_, then) in enumerate(rows) if then >= time), len(rows))
            if count:
                last = rows[count - 1][0]
                self._db.run("DELETE FROM search WHERE id <= %s", (last,))
                self._db.run("DELETE FROM messages WHERE id <= %s", (last,))
                self._db.run("UPDATE journal SET last_id = %s, indexed = greatest(indexed, %s)", (last, last))
            return count
