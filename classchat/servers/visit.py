"""What a connection and its visit over HTTP know of each other: it is a visit until it opens a WebSocket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from twisted.internet.interfaces import IAddress, IReactorTime

from classchat.errors import ChatError, TooMany
from classchat.servers.site import Visitor
from classchat.wire.dialect import Dialect


class Visited(Protocol):
    """A connection, as its visit sees it."""

    @property
    def clock(self) -> IReactorTime:
        """The clock of the server."""

    @property
    def peer(self) -> IAddress | None:
        """The other end of the connection: the client, or a proxy in front of it."""

    @property
    def encrypted(self) -> bool:
        """Whether the connection uses TLS."""

    @property
    def lags(self) -> bool:
        """Whether the client has not been sent all that was written."""

    def asks(self, address: IAddress | None) -> float | TooMany:
        """Count a request; return in how many seconds it may be answered, or why it may not."""

    def takes_its_time(self) -> None:
        """Record that a whole request has come: from now on the visit has its own times."""

    def write(self, data: bytes) -> None:
        """Send an answer to the client."""

    def pause(self) -> None:
        """Read nothing until `go_on`, or until the client has been sent all that was written."""

    def go_on(self) -> None:
        """Read on, and call the visit's `go_on`; later, if the client still lags."""

    def open(self, dialect: Dialect[Any], visitor: Visitor, answer: bytes, rest: bytes) -> None:
        """End the visit with an answer: the client speaks a dialect, in which it has sent the rest."""

    def leave(self) -> None:
        """End the visit: disconnect the client, after it has had some time to read what was written."""


class Visit(Protocol):
    """What a client does over HTTP."""

    @property
    def idles(self) -> bool:
        """Whether the client has been answered all that it has asked for."""

    def feed(self, data: bytes) -> None:
        """Take bytes of the client."""

    def end(self) -> None:
        """Record that the client sends nothing more."""

    def go_on(self) -> None:
        """Answer the next request: the connection is read again."""

    def refuse(self, reason: ChatError) -> None:
        """Tell the client why it is about to be disconnected, if it has not been answered all."""

    def stop(self) -> None:
        """End. Harmless twice."""


Visits = Callable[[Visited], Visit]
"""Begins the visit of a connection."""
