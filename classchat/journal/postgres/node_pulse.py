"""The pulse of a node: it renews its lease, and notices when the database is silent.

    a timer                  the reactor's thread        a beat is due
    `beat`                   the writer's thread         the lease is renewed, and a lost listener replaced
    `has_beaten`             the reactor's thread        nodes whose leases have ended are removed

A node that has not reached its database for some time sends its clients to other nodes, if there are any.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from classchat.core.journal_port import CannotOpen, Others
from classchat.journal.database import DatabaseError
from classchat.journal.postgres import node_leases
from classchat.journal.postgres.node_listener import NodeListener
from classchat.journal.postgres.postgres_connection import PostgresConnection
from classchat.journal.postgres.postgres_store import Heartbeat, PostgresStore

_CUT_OFF = 20.0
"""Seconds without the database after which clients are better off on another node."""


class Beat(NamedTuple):
    """What a beat has found."""

    heartbeat: Heartbeat
    listening: PostgresConnection | None
    """A new connection that is notified of batches, if there was none."""


class NodePulse:
    """The beats of one node, until it is closed or removed."""

    _log = Logger()

    def __init__(
        self,
        store: PostgresStore,
        others: Others,
        reactor: Any,
        schedule: Callable[[], None],
        wake: Callable[[], None],
    ) -> None:
        """Call `schedule` when a beat is due, and `wake` when another node has written a batch."""
        self.is_due = False
        """Whether a beat is due. Whoever lets the writer beat sets it to False."""

        self.has_others = False
        """Whether other nodes were alive at the last beat."""

        self._store = store
        self._others = others
        self._reactor = reactor
        self._schedule = schedule
        self._wake = wake
        self._listener: NodeListener | None = None
        self._is_cut_off = False
        self._stopped = False
        self._reached_at = reactor.seconds()
        self._beating = LoopingCall(self.tick)
        self._beating.clock = reactor

    def start(self) -> None:
        """Beat at once, and then regularly."""
        self._beating.start(node_leases.BEAT)

    def stop(self) -> None:
        """Stop the beats, and stop listening to the other nodes. Harmless twice."""
        self._stopped, self.is_due = True, False
        if self._beating.running:
            self._beating.stop()
        if self._listener is not None:
            self._listener.close()

    def tick(self) -> None:
        """Request a beat; send the clients away if the last answer of the database was long ago."""
        silence = self._reactor.seconds() - self._reached_at
        if silence > _CUT_OFF and self.has_others and not self._is_cut_off:
            self._is_cut_off = True
            with self._log.failuresHandled("Clients could not be sent to other servers"):
                self._others.cut_off()
        self.is_due = True
        self._schedule()

    def reached(self) -> None:
        """Record that the database has answered."""
        self._reached_at = self._reactor.seconds()
        self._is_cut_off = False

    def beat(self) -> Beat:
        """Renew the lease, in the writer's thread; connect again to listen if that is lost.

        Raises:
            Expelled: this node is gone.
        """
        heartbeat = self._store.beat()
        listening = None
        if self._listener is None or self._listener.lost:
            with suppress(DatabaseError, CannotOpen):
                listening = self._store.listening()
        return Beat(heartbeat, listening)

    def has_beaten(self, beat: Beat) -> None:
        """Listen to the other nodes, and remove those that are dead; what they have written was followed."""
        self.has_others = beat.heartbeat.others
        if beat.listening is not None:
            self._listen(beat.listening)
        if beat.heartbeat.dead:
            with self._log.failuresHandled("Dead servers could not be removed"):
                self._others.died(beat.heartbeat.dead)

    def _listen(self, db: PostgresConnection) -> None:
        if self._stopped:
            db.close()
        else:
            self._listener = NodeListener(db, self._store.node, self._reactor, self._wake)
            self._wake()  # a batch may have been written before the connection listened
