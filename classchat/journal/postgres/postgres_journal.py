"""A journal in a PostgreSQL database, which several nodes use at the same time.

It works as the one in a file does: one thread writes, others read, each on a connection of its own. Besides,
it follows what other nodes write. All of it passes through the writer's thread, so batches of other nodes and
own ones are handed to the chat in the order of the log:

    in the writer's thread                              in the reactor's thread
    a batch takes its place in the order
    it reads the batches of others before it
        messages only: they go with the result
        others: it asks the reactor, and waits    ->    they are followed, and the own batch is judged
    it writes what still holds, and commits       ->    what was read is followed, the own batch is delivered
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import groupby

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from classchat.core.entries import Created, Entry
from classchat.core.journal_port import CannotOpen, Changed, Deliver, Others, TakeBack, nothing_changes
from classchat.core.model import Room
from classchat.core.node_lines import NotUnderstood
from classchat.core.stored import Restored
from classchat.errors import ChatError, NotSaved
from classchat.journal.batching import BatchingJournal
from classchat.journal.database import DatabaseError, Uncertain
from classchat.journal.postgres import node_leases, presence_rows
from classchat.journal.postgres.node_log import CommitsLost, Expelled, LogRow, may_be_more
from classchat.journal.postgres.node_pulse import Beat, NodePulse
from classchat.journal.postgres.person_blocks import PersonBlocks
from classchat.journal.postgres.postgres_connection import PostgresConnection
from classchat.journal.postgres.postgres_reader import PostgresReader
from classchat.journal.postgres.postgres_store import PostgresStore
from classchat.journal.worker import ask
from classchat.journal.writing import Batch, Written, parted, write

_UNDER_LOCK = 2.0
"""Seconds for which other nodes wait until this one has judged its batch."""

_PATIENCE = 60.0
"""Seconds to wait for the reactor while no other node waits."""

_STEP = 500
"""Rows of the log that are deleted in one step."""


class PostgresJournal(BatchingJournal[str]):
    """A journal that keeps everything in a PostgreSQL database."""

    several = True
    _log = Logger()
    _store: PostgresStore
    _others: Others
    _persons: PersonBlocks
    _pulse: NodePulse
    _expelled = False
    _follow_due = _has_followed = _beat_failed = False

    def open(
        self,
        deliver: Deliver,
        take_back: TakeBack,
        changed: Changed = nothing_changes,
        others: Others | None = None,
    ) -> Restored:
        """Connect, create the tables if necessary, and return the state after which others are followed.

        Raises:
            CannotOpen: the database can't be used.
        """
        self._others = others or _NoChat()
        self._to_judge = 0  # collected entries that were appended before other nodes changed something
        restored = super().open(deliver, take_back, changed)
        self._pulse.start()
        self._chores.add(
            partial(self._store.prune_log, _STEP), "delete from {path} what all servers have seen"
        )
        return restored

    def _open_store(self) -> PostgresStore:
        try:
            store = PostgresStore(self._place, self._now(), self._synchronous, snapshot=self._take_snapshot)
        except DatabaseError as error:
            raise CannotOpen(self._sentence(error)) from None
        self.node = store.node
        self._pulse = NodePulse(store, self._others, self._reactor, self._schedule, self._wake)
        others = (one for one in self._servers if one.id != store.node and one.lease > 0)
        self.neighbours = [one.host for one in others]
        return store

    def _take_snapshot(self, db: PostgresConnection) -> None:
        self._servers = node_leases.listed(db)
        everything = PostgresReader(db).everything()
        self._snapshot = replace(
            everything, presences=presence_rows.presences(db), seats=presence_rows.seats(db)
        )

    def _restored(self) -> Restored:
        snapshot = self._snapshot
        del self._snapshot
        return snapshot

    def _new_persons(self) -> Iterator[int]:
        self._persons = PersonBlocks(self._store.new_persons(), self._schedule)
        return self._persons

    def _open_reader(self) -> PostgresReader:
        return PostgresReader.at(self._place)

    def _announced(self) -> int:
        """Return the second: what other programs change is looked for once in each."""
        return int(self._reactor.seconds())

    def _sentence(self, error: Exception) -> str:
        return f"The journal '{self._place}' can't be used: {error}."

    def _end(self) -> Callable[[], None]:
        self._pulse.stop()
        # A node that is gone writes nothing, not even that its users have left: they may be on another one.
        return self._store.close if self._expelled else super()._end()

    # Writing.

    def _write_batch(
        self, batch: Sequence[Entry], known: Collection[int], now: int, *, look: bool
    ) -> Written:
        """Write what still holds of a batch, in the place that it gets in the order of all nodes."""
        self._check_there()
        store = self._store
        if not batch:
            return Written(elsewhere=store.look())
        unheld: dict[int, ChatError] = {}
        try:
            rows = self._take_place(batch, unheld)
            before = [row.lines for row in rows]
            store.batch = [entry for at, entry in enumerate(batch) if at not in unheld]
            if store.batch:
                written = write(store, store.batch, known, now, look=look, always=True)
            else:
                store.end()
                written = Written(elsewhere=store.look() if look else ())
                store.saw(rows)
        except Uncertain as error:
            complete = error.written
            error.written = lambda kept: complete(kept)._replace(before=before, unheld=unheld)
            raise
        except BaseException:
            store.end()
            raise
        return written._replace(before=before, unheld=unheld)

    def _try_once(self) -> None:
        self._check_there()
        super()._try_once()

    def _take_place(self, batch: Sequence[Entry], unheld: dict[int, ChatError]) -> Sequence[LogRow]:
        """Begin a batch; return the messages that come before it, when everything else was followed.

        The entries that do not hold any more are added to `unheld`.
        """
        store = self._store
        while True:
            rows = store.begin()
            if store.is_next and all(row.plain for row in rows):
                return rows
            judge = partial(self._judge, rows, batch)
            if store.is_next:
                with suppress(TimeoutError):
                    unheld.update(ask(self._reactor, judge, _UNDER_LOCK))
                    self._check_there()
                    return ()
            store.end()
            unheld.update(ask(self._reactor, judge, _PATIENCE))
            self._check_there()

    def _check_there(self) -> None:
        """Check that this node still knows what the others do.

        Raises:
            Expelled: it does not, and writes nothing any more.
        """
        if self._expelled:
            raise Expelled

    def _judge(self, rows: Sequence[LogRow], batch: Sequence[Entry]) -> Mapping[int, ChatError]:
        """Follow other nodes, and return what does not hold any more of a batch that is being written."""
        self._follow(rows)
        self._store.saw(rows)  # the writer's thread waits
        unheld = self._judged(batch)
        self._unmade |= _rooms(batch, unheld)
        return unheld

    def _judged(self, batch: Sequence[Entry]) -> Mapping[int, ChatError]:
        """Return the positions of entries that do not hold, also of those in rooms that do not come to be."""
        unheld = dict(self._others.judge(batch))
        rooms = _rooms(batch, unheld)
        if rooms:
            lost = {id(entry) for entry in parted(batch, rooms, messages=False)[0]}
            for at, entry in enumerate(batch):
                if id(entry) in lost:
                    unheld.setdefault(at, NotSaved())
        return unheld

    def _sort_out(self, entries: list[Entry]) -> Batch:
        """Return a batch of entries that can still be written; take back those that do not hold."""
        to_judge = self._to_judge
        self._set_to_judge(max(0, to_judge - len(entries)))
        batch = super()._sort_out(entries)
        if to_judge:
            unheld = self._judged(batch.entries)
            if self._batch:  # what is left of the collected entries may be about the same rooms
                self._unmade |= _rooms(batch.entries, unheld)
            batch = batch._replace(entries=self._left(batch.entries, unheld))
        return batch

    def _set_to_judge(self, entries: int) -> None:
        self._to_judge = entries
        self._waits = entries > 0

    def _written(self, batch: Batch, result: Written | Failure) -> None:
        if not isinstance(result, Failure):
            self._follow_lines(result.before)
            if result.unheld:
                batch = batch._replace(entries=self._left(batch.entries, result.unheld))
        super()._written(batch, result)
        self._see(result)

    def _left(self, batch: Sequence[Entry], unheld: Mapping[int, ChatError]) -> Sequence[Entry]:
        """Take back the entries that do not hold; return the others."""
        if not unheld:
            return batch
        for _, places in groupby(sorted(unheld), key=lambda at: id(unheld[at])):
            lost = list(places)
            with self._log.failuresHandled("Entries that do not hold could not be undone"):
                self._take_back([batch[at] for at in lost], unheld[lost[0]])
        return [entry for at, entry in enumerate(batch) if at not in unheld]

    def _decide(self, failure: Uncertain) -> Written:
        try:
            kept = self._store.decide()
        except Uncertain as still:
            still.written = failure.written
            raise
        written: Written = failure.written(kept)
        return written

    # Following, and being alive.

    def _go_on(self) -> None:
        """Give the writer its next work: what other nodes wait for comes first."""
        if self._closed or self._expelled:
            self._follow_due = False
            super()._go_on()
        elif self._unsure is not None:
            super()._go_on()  # it is certain in a moment, and then what is due is done
        elif self._pulse.is_due:
            self._pulse.is_due = self._follow_due = False
            self._hand_over(self._pulse.beat, self._beaten, first=True)
        elif self._persons.wanted:
            self._hand_over(self._store.new_persons, self._got_persons, first=True)
        elif self._follow_due and not (self._has_followed and self._batch):
            self._follow_due, self._has_followed = False, True
            self._hand_over(self._store.follow, self._followed, first=True)
        else:
            self._has_followed = False
            super()._go_on()

    def _follow_lines(self, batches: Sequence[bytes]) -> None:
        if batches and not self._expelled:
            with self._log.failuresHandled("Batches of other servers could not be followed"):
                try:
                    self._others.follow(batches)
                except NotUnderstood as error:
                    self._leave(error)

    def _follow(self, rows: Sequence[LogRow]) -> None:
        """Hand batches of other nodes to the chat; after that, collected entries may not hold any more."""
        self._follow_lines([row.lines for row in rows])
        if not all(row.plain for row in rows):
            self._set_to_judge(len(self._batch))
        if may_be_more(rows):
            self._wake()

    def look_again(self) -> Deferred[None]:
        """Return a Deferred that fires when all that other nodes and programs have done so far is applied."""
        self._follow_due = not self._closed
        return super().look_again()

    def _wake(self) -> None:
        """Follow other nodes soon."""
        if not self._closed:
            self._follow_due = True
            self._schedule()

    def _followed(self, result: Sequence[LogRow] | Failure) -> None:
        if not isinstance(result, Failure):
            self._follow(result)
        self._see(result)

    def _got_persons(self, result: range | Failure) -> None:
        self._persons.add(range(0) if isinstance(result, Failure) else result)
        self._see(result)

    def _beaten(self, result: Beat | Failure) -> None:
        self._see(result)
        if isinstance(result, Failure):
            self._beat_failed = True
            self._unwritable.met(result)
            return
        if self._beat_failed:
            self._beat_failed = False
            self._unwritable.is_over()
        self._follow(result.heartbeat.rows)  # first of all: they count as seen
        self._pulse.has_beaten(result)

    def _see(self, result: object) -> None:
        """Notice from a result whether the database can be reached, and whether this node is gone."""
        if not isinstance(result, Failure):
            self._pulse.reached()
        elif result.check(Expelled) and not self._expelled:
            self._leave(result.value if result.check(CommitsLost) else None)

    def _leave(self, why: BaseException | None) -> None:
        """Write and follow nothing any more; log why, unless that is no fault."""
        self._expelled = True
        self._pulse.stop()
        if why is not None:
            self._log.error("{path}: {error}", path=self._place, error=why)
        with self._log.failuresHandled("The server could not be told that it was removed"):
            self._others.expelled()


def _rooms(batch: Sequence[Entry], unheld: Collection[int]) -> set[Room]:
    """Return the rooms that do not come to be, because their creation does not hold."""
    return {entry.room for at in unheld if isinstance(entry := batch[at], Created)}


class _NoChat:
    """What follows other nodes where there is no chat."""

    def follow(self, batches: Sequence[bytes]) -> None:
        """Ignore them."""

    def judge(self, batch: Sequence[Entry]) -> Mapping[int, ChatError]:  # noqa: ARG002
        """Return nothing: all entries hold."""
        return {}

    def died(self, nodes: Sequence[str]) -> None:
        """Ignore them."""

    def expelled(self) -> None:
        """Ignore it: nothing is written any more."""

    def cut_off(self) -> None:
        """Ignore it."""
