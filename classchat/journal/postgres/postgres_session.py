"""The session of a node: a connection with its locks, which is made again when it is lost.

    connected  ->  lost       the database was stopped or killed, or the network is gone
    lost       ->  connected  a later write connects again, and takes the locks
    lost       ->  lost       not yet: the write fails at once, and another attempt waits longer

All nodes hold one advisory lock in shared mode: a command that no server may overlap, and a server of a
version that was always alone, hold it exclusively. The other one is the node's own.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from secrets import token_hex

from classchat.core.journal_port import CannotOpen
from classchat.journal.database import DatabaseError
from classchat.journal.opening import Synchronous
from classchat.journal.postgres import node_leases
from classchat.journal.postgres.node_log import LogPlace
from classchat.journal.postgres.postgres_connection import ConnectionLost, NotFree, PostgresConnection
from classchat.journal.postgres.postgres_schema import LOCK, SCHEMA

_FIRST_PAUSE = 0.1
"""Seconds between the first two attempts to connect again; each pause is twice the one before."""

_LONGEST_PAUSE = 2.0
"""Seconds; with more, nodes might lose their leases after an outage of the database."""

_PATIENCE = 1_000
"""Milliseconds to wait at the start for another server to end."""

_IMPATIENT = "SET idle_in_transaction_session_timeout = 3000"
"""A server that is stopped within a transaction delays the others for three seconds at most."""

LOCK_TIMEOUT = "SET lock_timeout = 3000"
"""After that the server in the way is looked at: PostgreSQL's own timeout may not see that it is stopped."""

_SYNCHRONOUS = {
    "full": """DO $$ BEGIN IF current_setting('synchronous_commit') = 'off' THEN
        SET synchronous_commit = on; END IF; END $$""",  # never less than the database's own setting
    "normal": "SET synchronous_commit = off",
}


class NodeSession:
    """The connection on which a node writes."""

    def __init__(self, address: str, synchronous: Synchronous, clock: Callable[[], float]) -> None:
        """Connect, and take the locks.

        Raises:
            CannotOpen: the database can't be used, or another program has it for itself.
            DatabaseError: there is no answer.
        """
        self.node = token_hex(8)
        """The name of this node among all."""
        self._clock = clock
        self._pause = 0.0
        self._next_attempt = 0.0
        self.db = PostgresConnection(address, _IMPATIENT, LOCK_TIMEOUT, _SYNCHRONOUS[synchronous])
        self.since = clock()
        """When it was connected."""
        try:
            if not self._wait_for_locks():
                raise CannotOpen(
                    f"The journal '{address}' is in use by another server: stop that server, or use another "
                    "database."
                )
        except BaseException:
            self.db.close()
            raise

    def _wait_for_locks(self) -> bool:
        """Take the locks; wait a moment for the session of a server that has just ended."""
        self.db.run(f"SET lock_timeout = {_PATIENCE}")
        try:
            self.db.run(f"SELECT pg_advisory_lock_shared({LOCK}, {SCHEMA})")
        except ConnectionLost:
            raise
        except DatabaseError:
            return False
        self.db.run("SET lock_timeout = 0")  # another server may be creating the tables
        return node_leases.hold_lock(self.db, self.node)

    def ready(self) -> None:
        """Connect again if the connection is lost.

        Raises:
            DatabaseError: it can't be used; it is not tried more often than a pause allows.
        """
        if not self.db.is_lost:
            return
        if self._clock() < self._next_attempt:
            raise ConnectionLost("the database can't be reached")
        try:
            self.db.connect_again()
            self._take_locks()
        except (DatabaseError, CannotOpen) as error:
            self.db.close()
            self._pause = min(max(self._pause * 2, _FIRST_PAUSE), _LONGEST_PAUSE)
            self._next_attempt = self._clock() + self._pause
            raise error if isinstance(error, DatabaseError) else ConnectionLost(str(error)) from None
        self.since = self._clock()
        self._pause = self._next_attempt = 0.0

    def _take_locks(self) -> None:
        if not node_leases.hold_lock(self.db, self.node):
            # The server may not have noticed that our last session is gone.
            node_leases.end_session(self.db, self.node)
            raise ConnectionLost("the last session of this server has not ended yet")
        shared = self.db.run(f"SELECT pg_try_advisory_lock_shared({LOCK}, {SCHEMA})").fetchone()
        if shared != (True,):
            raise ConnectionLost("another program uses the journal in the database")

    def begin(self) -> LogPlace:
        """Begin a transaction, and wait for its place in the order of all; return that of the last batch.

        Connect again if the connection was lost while it was idle. A server that is stopped while it has the
        place of its own batch is in nobody's way for long.
        """
        while True:
            self.run_again("BEGIN")
            try:
                return self.lock_clock()
            except NotFree:
                self.roll_back()
                node_leases.end_stopped(self.db)
            except BaseException:
                self.roll_back()
                raise

    def run_again(self, statement: str) -> None:
        """Run a statement that is harmless twice; connect again if the connection was lost."""
        self.ready()
        try:
            self.db.run(statement)
        except ConnectionLost:
            self.ready()
            self.db.run(statement)

    def roll_back(self) -> None:
        """End a transaction without its changes."""
        with suppress(DatabaseError):
            if not self.db.is_lost:
                self.db.run("ROLLBACK")

    def lock_clock(self) -> LogPlace:
        """Wait for the own place in the order of all transactions; return that of the last batch.

        Raises:
            NotFree: another server has had it for too long.
        """
        row = self.db.run("SELECT batch, mark, pos, time FROM clock FOR UPDATE").fetchone()
        if row is None:
            raise DatabaseError("the journal in the database is damaged: its clock is missing")
        return LogPlace(*row)

    def close(self) -> None:
        """Close the connection, and so let go of the locks. Harmless twice."""
        with suppress(DatabaseError):
            if not self.db.is_lost:
                self.db.run("SELECT pg_advisory_unlock_all()")
        self.db.close()
