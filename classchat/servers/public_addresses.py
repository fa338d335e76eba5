"""Connections that the server makes to addresses which others have chosen: only to public ones.

Otherwise whoever may name an address could reach, through the server, what only its own network can reach.
A name is looked up for each connection, and the connection goes to the very address that was checked: so a
name that means another machine a moment later is of no help.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.ssl import optionsForClientTLS
from twisted.internet.threads import deferToThread
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from classchat.servers.doors import Network

Found = IPv4Address | IPv6Address

LookUp = Callable[[str, int], "Deferred[Sequence[str]]"]
"""Returns the addresses of a host, as texts."""

_CONNECTING: Final = 5.0
"""Seconds for a connection."""

_TRANSLATED: Final = ip_network("64:ff9b::/96")
"""Addresses of IPv4 in IPv6, as some networks write them (RFC 6052)."""


class NotPublic(Exception):
    """A host has no address that may be called; the text names the host."""


class PublicAddresses:
    """Decides which addresses may be called."""

    def __init__(self, allowed: Iterable[Network] = ()) -> None:
        """Allow all public addresses, and those in some other networks."""
        self._allowed = tuple(allowed)

    def may_call(self, text: str) -> bool:
        """Return whether an address may be called."""
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return False
        address = _meant(address)
        if any(address in network for network in self._allowed):
            return True
        return address.is_global and not (address.is_multicast or address.is_reserved)


def _meant(address: Found) -> Found:
    """Return the address of IPv4 that stands in one of IPv6, if one does."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address


def look_up(host: str, port: int) -> Deferred[Sequence[str]]:
    """Return the addresses of a host, as the system finds them, in a thread."""

    def found() -> Sequence[str]:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(row[4][0]) for row in rows]

    return deferToThread(found)


@implementer(IStreamClientEndpoint)
class PublicEndpoint:
    """Connects to the first address of a host that may be called."""

    def __init__(self, reactor: Any, host: str, port: int, public: PublicAddresses, look_up: LookUp) -> None:
        self._reactor = reactor
        self._host = host
        self._port = port
        self._public = public
        self._look_up = look_up

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Look the host up, and connect.

        Fails with `NotPublic` if it has no address that may be called.
        """
        return Deferred.fromCoroutine(self._connect(protocolFactory))

    async def _connect(self, factory: IProtocolFactory) -> IProtocol:
        addresses = await self._look_up(self._host, self._port)
        address = next(filter(self._public.may_call, addresses), None)
        if address is None:
            raise NotPublic(self._host)
        kind = TCP6ClientEndpoint if ":" in address else TCP4ClientEndpoint
        protocol: IProtocol = await kind(self._reactor, address, self._port, _CONNECTING).connect(factory)
        return protocol


@implementer(IAgentEndpointFactory)
class PublicEndpoints:
    """Makes the endpoints of an Agent."""

    def __init__(self, reactor: Any, public: PublicAddresses, look_up: LookUp = look_up) -> None:
        self._reactor = reactor
        self._public = public
        self._look_up = look_up

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        """Return the endpoint of a URI; TLS checks the name in it, not the address."""
        host = uri.host.decode("ascii")
        bare = host[1:-1] if host.startswith("[") else host
        endpoint = PublicEndpoint(self._reactor, bare, uri.port, self._public, self._look_up)
        if uri.scheme == b"https":
            return wrapClientTLS(optionsForClientTLS(bare), endpoint)
        return endpoint
