"""The writer of a journal in PostgreSQL.

Only one server writes: it has an advisory lock, which ends with its session, and its name in `clock`.

    connected  ->  lost       the database was stopped or killed, or the network is gone
    lost       ->  connected  a later write connects again and takes the lock, which no older session has then
    lost       ->  lost       not yet: the write fails at once, and another attempt waits longer
    lost       ->  useless    another server was here meanwhile, or what was committed is gone

A commit without an answer is `Uncertain`, until the number of the last batch in `clock` says whether it is
there. While this server has the lock, the session of that commit has ended, so the number does not change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from secrets import token_hex
from time import monotonic

from classchat.core.journal_port import CannotOpen
from classchat.journal import class_rows
from classchat.journal.batch_store import BatchStore, Kept, Row
from classchat.journal.database import DatabaseError, Uncertain
from classchat.journal.opening import Synchronous
from classchat.journal.postgres import postgres_search
from classchat.journal.postgres.postgres_connection import ConnectionLost, PostgresConnection
from classchat.journal.postgres.postgres_schema import LOCK, SCHEMA, migrate

_MOST_INDEXED = 20_000
"""Characters to add to the index in one step, which takes some milliseconds."""

_FIRST_PAUSE = 0.1
"""Seconds between the first two attempts to connect again; each pause is twice the one before."""

_LONGEST_PAUSE = 5.0

_PATIENCE = 1_000
"""Milliseconds to wait at the start for another server to end."""

_MOMENT = 100
"""Milliseconds to wait for readers of secrets."""

_SYNCHRONOUS = {
    "full": """DO $$ BEGIN IF current_setting('synchronous_commit') = 'off' THEN
        SET synchronous_commit = on; END IF; END $$""",  # never less than the database's own setting
    "normal": "SET synchronous_commit = off",
}

_INSERT = """INSERT INTO messages(id, conversation, seq, time, sender, sender_key, text, request, receiver,
    to_person) SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[],
    %s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[])"""

_KNOWN = """SELECT 1 FROM unnest(%s::text[], %s::text[]) AS asked(sender, number)
    JOIN messages ON sender_key = asked.sender AND request = asked.number LIMIT 1"""


class PostgresStore(BatchStore):
    """The connection of the only server that writes to a journal in PostgreSQL."""

    def __init__(
        self,
        address: str,
        now: int,
        synchronous: Synchronous = "full",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Connect, and create the tables or bring them up to date.

        Persons who were connected when the journal was last used have left `now`.

        Raises:
            CannotOpen: the database can't be used, or another server is using it.
            DatabaseError: there is no answer, or a bug.
        """
        super().__init__()
        self._clock = clock
        self._server = token_hex(16)
        self._batch = 0  # the number of the last batch that is known to be committed
        self._undecided = False  # whether the next one may be committed, too
        self._pause = 0.0
        self._next_attempt = 0.0
        self._db: PostgresConnection = PostgresConnection(address, _SYNCHRONOUS[synchronous])
        self._backend = self._db.backend
        try:
            if not self._wait_for_lock():
                raise CannotOpen(
                    f"The journal '{address}' is in use by another server: stop that server, or use another "
                    "database."
                )
            migrate(self._db)
            with self._transaction():
                self._db.run("UPDATE clock SET server = %s, batch = 0", (self._server,))
                self._db.execute("UPDATE persons SET ended = ? WHERE ended IS NULL", (now,))
                class_rows.write_start(self._db, now)
                postgres_search.prepare(self._db)
            self._read_state()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the connection, and let another server begin. Harmless twice."""
        with suppress(DatabaseError):
            if not self._db.is_lost:
                self._db.run("SELECT pg_advisory_unlock_all()")
        self._db.close()

    # The connection.

    def ready(self) -> None:
        """Connect again if the connection is lost.

        Raises:
            DatabaseError: it can't be used; it is not tried more often than a pause allows.
        """
        if not self._db.is_lost:
            return
        if self._clock() < self._next_attempt:
            raise ConnectionLost("the database can't be reached")
        try:
            self._db.connect_again()
            self._continue()
        except (DatabaseError, CannotOpen) as error:
            self._db.close()
            self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
            self._next_attempt = self._clock() + self._pause
            raise error if isinstance(error, DatabaseError) else ConnectionLost(str(error)) from None
        self._pause = self._next_attempt = 0.0

    def _continue(self) -> None:
        """Continue on a new connection where the last one was lost."""
        if not self._take_lock():
            # The server may not have noticed that our last session is gone.
            self._db.run(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid = %s"
                " AND classid::bigint = %s"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                (self._backend, LOCK),
            )
            raise ConnectionLost("another session still uses the journal in the database")
        self._backend = self._db.backend
        server, batch = self._one("SELECT server, batch FROM clock")
        if server != self._server:
            raise DatabaseError("another server has used the database meanwhile: restart this one")
        if batch not in (self._batch, self._batch + self._undecided):
            raise DatabaseError("the database has lost what was saved in it: restart this server")

    def _wait_for_lock(self) -> bool:
        """Take the lock; wait a moment for the session of a server that has just ended."""
        self._db.run(f"SET lock_timeout = {_PATIENCE}")
        try:
            self._db.run(f"SELECT pg_advisory_lock({LOCK}, {SCHEMA})")
        except ConnectionLost:
            raise
        except DatabaseError:
            return False
        self._db.run("SET lock_timeout = 0")
        return True

    def _take_lock(self) -> bool:
        (taken,) = self._one(f"SELECT pg_try_advisory_lock({LOCK}, {SCHEMA})")
        return bool(taken)

    # Transactions.

    @contextmanager
    def transaction(self, *, erases: bool) -> Iterator[None]:  # noqa: ARG002 (see `erase_deleted`)
        """Run the body as the transaction of a batch, with a place in the order of all batches.

        Raises:
            Uncertain: the commit has no answer: see `decide`.
        """
        self._begin()
        try:
            self._db.run("SELECT pos FROM clock FOR UPDATE")
            yield
            last_id = self._outcome.last_id if self._outcome is not None else self._last_id
            self._db.run("UPDATE clock SET pos = %s, batch = %s", (last_id, self._batch + 1))
        except BaseException:
            self._roll_back()
            raise
        try:
            self._db.run("COMMIT")
        except ConnectionLost as error:
            self._undecided = True
            raise Uncertain(f"the database has not answered a commit ({error})") from None
        self._batch += 1

    def decide(self) -> list[Kept]:
        """Return the results of a batch whose commit had no answer, if it was committed.

        Raises:
            Uncertain: it is still unknown.
            DatabaseError: it was not committed.
        """
        try:
            self.ready()
            (batch,) = self._one("SELECT batch FROM clock")
        except DatabaseError as error:
            raise Uncertain(str(error)) from None
        self._undecided = False
        if batch == self._batch or self._outcome is None:
            raise DatabaseError("a write has failed halfway, and is undone")
        self._batch = batch
        return self._committed(self._outcome)

    def step(self) -> AbstractContextManager[None]:
        """Return the context of one transaction between the batches."""
        self.ready()
        return self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._begin()
        try:
            self._db.run("SELECT pos FROM clock FOR UPDATE")  # one after the other, as in a file
            yield
            self._db.run("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _begin(self) -> None:
        """Begin a transaction; connect again if the connection was lost while it was idle."""
        try:
            self._db.run("BEGIN")
        except ConnectionLost:
            self.ready()
            self._db.run("BEGIN")

    def _roll_back(self) -> None:
        with suppress(DatabaseError):
            if not self._db.is_lost:
                self._db.run("ROLLBACK")

    # What the file does in another way.

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

    def index_some(self, limit: int = 500) -> int:
        """Add the next messages to the search index, at most `limit`; return how many, 0 if all are in it."""
        with self.step():
            return postgres_search.index_some(self._db, limit, _MOST_INDEXED)

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

    def erase_deleted(self) -> int:
        """Write the table of secrets again, without those that are deleted; return 0 if that is done.

        The write-ahead log of the database, and its backups, have them longer.
        """
        self.ready()
        self._db.run(f"SET lock_timeout = {_MOMENT}")
        try:
            self._db.run("VACUUM (FULL) secrets")
        except ConnectionLost:
            raise
        except DatabaseError:  # others read it at this moment
            return 1
        finally:
            with suppress(DatabaseError):
                self._db.run("SET lock_timeout = 0")
        return 0
