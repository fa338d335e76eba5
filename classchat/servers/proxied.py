"""Connections through proxies that say with a PROXY header where each of them comes from.

A connection is one of these until its header is complete. Then a usual connection, from the client's
address, goes on. Where the header says nothing about a client, as that of a proxy's health check, it goes on
when more bytes come. Without a valid header in time the proxy is disconnected, and the operator reads why; a
proxy that disconnects has only checked whether the server answers, and the operator reads nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol as TypingProtocol

from twisted.internet.interfaces import IAddress, INegotiated, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from classchat.core.notices import Observe, Unprefaced
from classchat.core.rate_limit import Bucket
from classchat.limits import Limits, Rate
from classchat.servers.connection import described
from classchat.servers.proxies import Proxies
from classchat.servers.proxy_header import BadHeader, HeaderReader, Source
from classchat.servers.tls import is_local
from classchat.servers.transports import Transport

Build = Callable[[IAddress | None, Source | None], Protocol]
"""Makes the protocol of a connection: of the address that it is from, which is given again if a proxy has
said so.
"""

_COMPLAINTS = Rate(20, 0.1)
"""Lines for the operator: a proxy that sends no headers must not fill a disk."""

_LAST_LOOK = 0.1
"""Seconds more, in which the server reads what has arrived: on a busy machine the time may be over before."""


class _Server(Transport, TypingProtocol):
    """A transport of a connection that was accepted: it calls what its `protocol` is."""

    protocol: Protocol


class Proxied:
    """The connections through proxies whose headers are not complete."""

    def __init__(
        self, proxies: Proxies, limits: Limits, clock: IReactorTime, observe: Observe, build: Build
    ) -> None:
        """Expect a header from these proxies, and let `build` make the protocol of what follows it."""
        self._proxies = proxies
        self._observe = observe
        self._complaints = Bucket(_COMPLAINTS)
        self.limits = limits
        self.clock = clock
        self.build = build
        self.waiting: set[Prefaced] = set()

    def sends_header(self, address: IAddress | None) -> bool:
        """Return whether connections from an address begin with a header."""
        return self._proxies.trusts(address)

    def complain(self, address: IAddress, why: str) -> None:
        """Tell the operator that a connection has no header."""
        now = self.clock.seconds()
        if self._complaints.take(now) > 0:
            self._complaints.put_back()
        else:
            self._observe([Unprefaced(described(address), why)])

    def cut_off(self) -> None:
        """Disconnect all: the server stops."""
        for one in list(self.waiting):
            one.cut_off()


class Prefaced(Protocol):
    """One such connection, until its header is complete."""

    transport: _Server  # type: ignore[assignment]

    def __init__(self, proxied: Proxied) -> None:
        self._proxied = proxied
        self._reader = HeaderReader(proxied.limits.proxy_header)
        self._is_complete = False

    def connectionMade(self) -> None:
        """A proxy has connected."""
        limits = self._proxied.limits
        self._proxied.waiting.add(self)
        self._deadline = self._proxied.clock.callLater(limits.first_bytes, self._too_late)
        if INegotiated.providedBy(self.transport):
            self._refuse("can't be read at an endpoint that begins with TLS, as ssl: does")

    def dataReceived(self, data: bytes) -> None:
        """Read the header; hand over what follows it."""
        if self._is_complete:
            self._hand_over(None, data)
            return
        try:
            header = self._reader.feed(data)
        except BadHeader as error:
            self._refuse(str(error))
            return
        if header is None:
            return
        source = header.source
        peer = self.transport.getPeer()
        if source == peer or (source is not None and is_local(source) and not is_local(peer)):
            source = None  # a health check of version 1; or it is on the machine of the proxy, not on ours
        if source is not None or header.rest:
            self._hand_over(source, header.rest)
        else:
            self._is_complete = True
            self._deadline.cancel()
            self._deadline = self._proxied.clock.callLater(self._proxied.limits.sign_in, self.cut_off)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        """Forget the connection."""
        self._forget()

    def cut_off(self) -> None:
        """Disconnect without a word."""
        self._forget()
        self.transport.abortConnection()

    def _hand_over(self, source: Source | None, rest: bytes) -> None:
        """Give the transport to the protocol of a usual connection."""
        self._forget()
        protocol = self._proxied.build(source or self.transport.getPeer(), source)
        self.transport.protocol = protocol
        protocol.makeConnection(self.transport)
        if rest:
            protocol.dataReceived(rest)

    def _too_late(self) -> None:
        self._deadline = self._proxied.clock.callLater(_LAST_LOOK, self._give_up)

    def _give_up(self) -> None:
        begun = "is not complete" if self._reader.has_begun else "is missing"
        self._refuse(f"{begun} after {self._proxied.limits.first_bytes:g} s")

    def _refuse(self, why: str) -> None:
        self._proxied.complain(self.transport.getPeer(), why)
        self.cut_off()

    def _forget(self) -> None:
        self._proxied.waiting.discard(self)
        if self._deadline.active():
            self._deadline.cancel()
