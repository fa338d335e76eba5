"""Hears at once that another node has written a batch."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.journal.postgres.postgres_connection import ConnectionLost, PostgresConnection


@implementer(IReadDescriptor)
class NodeListener:
    """A connection that is notified of batches, watched by the reactor.

    Without it a node follows the others with each of its heartbeats.
    """

    def __init__(self, db: PostgresConnection, node: str, reactor: Any, wake: Callable[[], None]) -> None:
        """Call `wake` when a node other than this one has written, or the connection is lost."""
        self._db = db
        self._node = node
        self._reactor = reactor
        self._wake = wake
        self._socket = os.dup(db.socket)  # libpq closes its own one as soon as the connection is lost
        self.lost = False
        reactor.addReader(self)

    def fileno(self) -> int:
        """Return the descriptor to watch."""
        return self._socket

    def logPrefix(self) -> str:
        """Return what stands before lines in a log of the reactor."""
        return "journal"

    def doRead(self) -> None:
        """Read notifications."""
        try:
            names = self._db.heard()
        except ConnectionLost:
            self.close()
            names = [""]
        if any(name != self._node for name in names):
            self._wake()

    def connectionLost(self, reason: Failure) -> None:  # noqa: ARG002 (the reactor's words)
        """Close the connection: the reactor ends."""
        self.close()

    def close(self) -> None:
        """Stop listening. Harmless twice."""
        if not self.lost:
            self.lost = True
            self._reactor.removeReader(self)
            os.close(self._socket)
            self._db.close()
