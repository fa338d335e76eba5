"""Interfaces of Twisted's transports that connections use, and the way past these to a socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IPullProducer
from twisted.internet.tcp import Server

INTERNET: Final = (IPv4Address, IPv6Address)
"""The kinds of addresses on a network: others are those of local sockets."""

Send = Callable[[bytes], int]
"""Sends what it can without waiting, and returns how many bytes that were, as `socket.send` does."""


class Way(Protocol):
    """The destination of an outbox: a consumer whose two halves can be closed one after the other.

    ITransport, ITCPTransport, IConsumer and IHalfCloseableDescriptor say what the methods do.
    """

    def write(self, data: bytes) -> None: ...
    def registerProducer(self, producer: IPullProducer, streaming: bool) -> None: ...
    def unregisterProducer(self) -> None: ...
    def loseConnection(self) -> None: ...
    def loseWriteConnection(self) -> None: ...
    def abortConnection(self) -> None: ...


class Transport(Way, Protocol):
    """The part of Twisted's transports that we use."""

    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...
    def setTcpNoDelay(self, enabled: bool) -> None: ...
    def setTcpKeepAlive(self, enabled: bool) -> None: ...
    def getPeer(self) -> IAddress: ...
    def getHost(self) -> IAddress: ...


def direct(transport: Transport) -> Send | None:
    """Return the way past a transport to its socket; None where the bytes change on the way."""
    if isinstance(transport, Server) and not transport.TLS:
        return transport.getHandle().send
    return None
