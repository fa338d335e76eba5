"""The writer of a node to a journal in PostgreSQL.

All batches of all nodes have one order: each takes its place in a transaction that locks the row of `clock`.

    begin()     the place is taken; batches of other nodes that come before are returned
    append()    the batch is written, with its row in the log for other nodes
    end()       what was begun and not written is rolled back

A commit without an answer is `Uncertain`, until the log says whether the batch is in its place. While the
clock can be locked the session of that commit has ended, so the answer does not change.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from secrets import randbits, token_hex
from time import monotonic
from typing import NamedTuple

from classchat.core.acts import Act
from classchat.core.entries import Entry
from classchat.core.model import room_log_key
from classchat.core.stored import Ownership
from classchat.journal import class_rows
from classchat.journal.batch_rows import Kept, Outcome
from classchat.journal.batch_store import BUSY
from classchat.journal.database import DatabaseError, Uncertain
from classchat.journal.opening import Synchronous
from classchat.journal.postgres import node_leases, node_log, postgres_search, presence_rows
from classchat.journal.postgres.node_log import CommitsLost, LogPlace, LogRow, SharedRow
from classchat.journal.postgres.postgres_connection import ConnectionLost, PostgresConnection
from classchat.journal.postgres.postgres_session import LOCK_TIMEOUT, NodeSession
from classchat.journal.postgres.postgres_statements import PostgresStatements
from classchat.journal.postgres.postgres_versions import migrate, version_of
from classchat.journal.postgres.shared_batch import encoded

_MOST_PRUNED = 1_000
"""Rows of the log to delete in one statement."""

_MOMENT = 100
"""Milliseconds to wait for readers of secrets."""

_BITS = 62
"""Bits of a random mark."""

_NEW_PERSONS = 10_000
"""Numbers of new persons that a node takes at once."""

_LONG = "SET LOCAL idle_in_transaction_session_timeout = 60000"


class Heartbeat(NamedTuple):
    """The result of a heartbeat."""

    others: bool
    """Whether there are other nodes."""

    dead: Sequence[str]
    """The nodes that have certainly not renewed their leases."""

    rows: Sequence[LogRow]


class PostgresStore(PostgresStatements):
    """The connection on which one of several nodes writes to a journal in PostgreSQL."""

    def __init__(
        self,
        address: str,
        now: int,
        synchronous: Synchronous = "full",
        clock: Callable[[], float] = monotonic,
        snapshot: Callable[[PostgresConnection], object] = lambda _: None,
    ) -> None:
        """Connect, create the tables or bring them up to date, and add a node.

        `snapshot` reads what is stored at the moment after which other nodes are followed. If there is no
        other node, persons who were connected when the journal was last used have left `now`.

        Raises:
            CannotOpen: the database can't be used, or another program has it for itself.
            DatabaseError: there is no answer, or a bug.
        """
        super().__init__()
        self._address = address
        self._clock = clock
        self._session = NodeSession(address, synchronous, clock)
        self._db: PostgresConnection = self._session.db
        self.node = self._session.node
        self.seen = 0
        """The number of the last batch in the log that was written here, or returned."""
        self.batch: Sequence[Entry] = ()
        """The entries that are written next."""
        self._mark = 0  # that of the batch `seen`
        self._returned = 0  # the number of the last batch before that
        self._erased_at = 0  # the number of the last batch that has deleted secrets or texts
        self._turn: LogPlace | None = None  # of the batch that has begun, or whose commit had no answer
        self._first_numbers: dict[str, int] = {}  # of new rooms, by key: see `encoded`
        try:
            migrate(self._db)
            node_leases.wait_for_killed(self._db)
            self._db.run(LOCK_TIMEOUT)
            with self._transaction():
                self._register(now)
                snapshot(self._db)
        except BaseException:
            self._db.close()
            raise

    def _register(self, now: int) -> None:
        version_of(self._db)  # another server may just have changed the tables
        self._db.run(_LONG)
        alone = node_leases.register(self._db, self.node, socket.gethostname())
        if alone:
            self._db.execute("UPDATE persons SET ended = ? WHERE ended IS NULL", (now,))
            class_rows.write_start(self._db, now)
        postgres_search.prepare(self._db)
        self._read_state()
        self.seen, self._mark, self._last_id, self.last_time = self._session.lock_clock()
        (self._channel,) = self._one("SELECT 'classchat_' || epoch FROM journal")
        self._newest_name = self._last_former_name()
        self._one("UPDATE journal SET persons = greatest(persons, ?) RETURNING persons", (self.last_person,))

    def close(self) -> None:
        """End the lease, and close the connection: other nodes remove this one. Harmless twice."""
        with suppress(DatabaseError):
            if not self._db.is_lost:
                node_leases.end(self._db, self.node)
        self._session.close()

    def ready(self) -> None:
        """Connect again if the connection is lost.

        Raises:
            DatabaseError: it can't be used; it is not tried more often than a pause allows.
        """
        if self._turn is not None and self._db.is_lost:
            raise ConnectionLost("the connection was lost within a transaction")
        self._session.ready()

    def try_to_write(self) -> None:
        """Write again what this node has seen, in its place in the order of all nodes.

        Raises:
            Expelled: this node is gone.
        """
        with self.step():
            node_leases.check(self._db, self.node)
            node_leases.note_seen(self._db, self.node, self.seen)

    # The place of a batch.

    def begin(self) -> Sequence[LogRow]:
        """Begin a batch, and return the batches of other nodes before it; no other node writes until `end`.

        They are not all of them unless it `is_next`. They count as seen when the batch is written, or when
        `saw` is called.

        Raises:
            Expelled: this node is gone.
        """
        last = self._session.begin()
        try:
            node_log.check(last, self.seen, self._mark)
            self._turn = LogPlace(last.number + 1, last.mark, last.pos, last.time)
            self._last_id, self.last_time = last.pos, last.time
            self._returned = self.seen
            if last.number == self.seen:
                return ()
            node_leases.check(self._db, self.node)
            self._numbering.forget()
            rows = node_log.read(self._db, self.seen, self._mark)
            if not all(row.plain for row in rows):
                self._refresh_names()
            if rows:
                self._returned = rows[-1].number
            return rows
        except BaseException as error:
            self._turn = None
            self._session.roll_back()
            if isinstance(error, CommitsLost):
                self._take_new_name()
            raise

    @property
    def is_next(self) -> bool:
        """Whether all batches before the one that has begun were returned."""
        return self._turn is not None and self._turn.number == self._returned + 1

    def saw(self, rows: Sequence[LogRow]) -> None:
        """Record that batches of other nodes are followed before everything that comes later."""
        if rows:
            self.seen, self._mark = rows[-1].number, rows[-1].mark

    def end(self) -> None:
        """Roll back a batch that has begun and was not written. Harmless otherwise."""
        if self._turn is not None:
            self._turn = None
            self._session.roll_back()

    @contextmanager
    def transaction(self, *, erases: bool) -> Iterator[None]:  # noqa: ARG002 (see `erase_deleted`)
        """Run the body in the transaction of the batch that has begun, and commit.

        Raises:
            Uncertain: the commit has no answer: see `decide`.
            Expelled: this node is gone.
        """
        if self._turn is None:
            self.begin()
        if not self.is_next:
            raise DatabaseError("there are batches of other servers that were not followed")
        try:
            yield
            self._share()
        except BaseException:
            self.end()
            raise
        try:
            self._db.run("COMMIT")
        except ConnectionLost as error:
            raise Uncertain(f"the database has not answered a commit ({error})") from None
        except BaseException:
            self.end()
            raise

    def _begun(self) -> tuple[LogPlace, Outcome]:
        if self._turn is None or self._outcome is None:
            raise DatabaseError("no batch has begun")
        return self._turn, self._outcome

    def _share(self) -> None:
        """Write the batch for other nodes, in the place that it has taken."""
        place, outcome = self._begun()
        time = max(place.time, outcome.time)
        self._turn = LogPlace(place.number, randbits(_BITS), outcome.last_id, time)
        row = SharedRow(self._turn, place.mark, *encoded(self.batch, outcome, self._first_numbers))
        node_log.add(self._db, self.node, self._channel, row)

    def _committed(self, outcome: Outcome) -> list[Kept]:
        """Update the cached state after a commit; return the result of each message."""
        if self._turn is not None:
            self.seen, self._mark, _, self.last_time = self._turn
            self._turn = None
            if self.erased:
                self._erased_at = self.seen
        return super()._committed(outcome)

    def decide(self) -> list[Kept]:
        """Return the results of a batch whose commit had no answer, if it was committed.

        Raises:
            Uncertain: it is still unknown.
            DatabaseError: it was not committed.
        """
        place, outcome = self._begun()
        try:
            self._session.begin()
            written = node_log.is_written(self._db, place)
            self._session.roll_back()
        except DatabaseError as error:
            self._session.roll_back()
            raise Uncertain(str(error)) from None
        if not written:
            self._turn = None
            raise DatabaseError("a write has failed halfway, and is undone")
        return self._committed(outcome)

    # Other nodes.

    def follow(self) -> Sequence[LogRow]:
        """Return the next batches of other nodes, and count them as seen.

        Raises:
            Expelled: this node is gone.
        """
        self._session.ready()
        try:
            number, mark = self._one("SELECT batch, mark FROM clock")
            node_log.check(LogPlace(number, mark, 0, 0), self.seen, self._mark)
            rows = node_log.read(self._db, self.seen, self._mark)
        except CommitsLost:
            self._take_new_name()
            raise
        if rows or number > self.seen:  # rows that are missing were not kept for a node that is gone
            node_leases.check(self._db, self.node)
            self._numbering.forget()
            if not all(row.plain for row in rows):
                self._refresh_names()
            self.saw(rows)
        return rows

    def look(self) -> Sequence[Ownership]:
        """Return the changes of other programs since the last call, or the last `append`."""
        self._session.run_again("SELECT 1")
        return super().look()

    def _take_new_name(self) -> None:
        """Give the journal a new name, and remove all nodes, unless another one has done so.

        To clients the numbers of the messages that are lost would be known ones.
        """
        with self._transaction():
            renamed = self._db.execute(
                "UPDATE journal SET epoch = ? WHERE epoch = ?", (token_hex(16), self.epoch)
            )
            if renamed.rowcount:
                node_leases.forget_all(self._db)

    def beat(self) -> Heartbeat:
        """Renew the lease; return what other nodes have written, and which of them are dead.

        Raises:
            Expelled: this node is gone.
        """
        self._session.run_again("SELECT 1")
        others = node_leases.renew(self._db, self.node, self.seen)
        if others.late:  # nobody has renewed a lease while everything was stopped
            self._session.since = self._clock()
        certain = self._clock() - self._session.since >= node_leases.LEASE
        return Heartbeat(others.any, others.dead if certain else (), self.follow())

    def listening(self) -> PostgresConnection:
        """Return a connection that is notified of each batch, with the name of its node."""
        return PostgresConnection(self._address, f'LISTEN "{self._channel}"')

    def new_persons(self) -> range:
        """Return numbers for new persons that no other node has."""
        self._session.ready()
        (last,) = self._one("UPDATE journal SET persons = persons + ? RETURNING persons", (_NEW_PERSONS,))
        return range(last - _NEW_PERSONS + 1, last + 1)

    def prune_log(self, limit: int) -> int:
        """Delete the oldest batches in the log that all nodes have seen; return how many."""
        self._session.ready()
        return node_log.prune(self._db, limit)

    def _refresh_names(self) -> None:
        """Read the former names of guests again, if another node has written any."""
        newest = self._last_former_name()
        if newest != self._newest_name:
            self._newest_name = newest
            self._repetitions.read()

    def _last_former_name(self) -> int:
        (newest,) = self._one("SELECT coalesce(max(rowid), 0) FROM former_names")
        return int(newest)

    def _write_acts(self, acts: Sequence[Act], time: int) -> bool:
        """Write the acts of one entry; those about nodes come first if they can fail, or else last."""
        if not any(isinstance(act, presence_rows.OF_NODES) for act in acts):
            return super()._write_acts(acts, time)
        if not presence_rows.remove_nodes(self._db, acts, time) or not super()._write_acts(acts, time):
            return False
        presence_rows.write(self._db, self.node, acts)
        return True

    def _make_rooms(self, rooms: Iterable[str], time: int) -> None:
        rooms = tuple(rooms)
        self._first_numbers = {key: self.last_seq(key) for key in map(room_log_key, rooms)}
        super()._make_rooms(rooms, time)

    def erase_deleted(self) -> int:
        """Write the tables again that have had secrets, or have told other nodes of what is deleted.

        Returns 0 if nothing is left of it, else `BUSY`: something is left while another node has yet to see a
        batch with it. A deleted text stays in a dead row of `messages` until PostgreSQL's own vacuum, and the
        write-ahead log of the database, and its backups, have everything longer.
        """
        self._session.ready()
        node_leases.note_seen(self._db, self.node, self.seen)
        while self.prune_log(_MOST_PRUNED) == _MOST_PRUNED:
            pass
        unseen = "SELECT EXISTS (SELECT 1 FROM log WHERE NOT plain OR number <= ?)"
        left = BUSY if self._one(unseen, (self._erased_at,))[0] else 0
        self._db.run(f"SET lock_timeout = {_MOMENT}")
        try:
            self._db.run("VACUUM (FULL) secrets")
            self._db.run("VACUUM (FULL) log")
        except ConnectionLost:
            raise
        except DatabaseError:  # others read it at this moment
            return BUSY
        finally:
            with suppress(DatabaseError):
                self._db.run(LOCK_TIMEOUT)
        return left
