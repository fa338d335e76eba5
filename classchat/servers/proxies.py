"""Trusted proxies: what they say about the clients that they forward.

    X-Forwarded-For: 203.0.113.9, 198.51.100.7, 10.0.0.2
                     anybody      the client    a trusted proxy, told by the one that connects to us

Each proxy adds the address that it was called from at the right. So the list is read from there, and the
first address that is no trusted proxy is the client. What stands left of it can be written by anybody. Of the
scheme, the host and the path that a proxy takes off (X-Forwarded-Prefix) only the rightmost value counts, for
the same reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address as IPv4
from ipaddress import IPv6Address as IPv6
from ipaddress import ip_address
from typing import Final, Literal

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress

from classchat.servers.doors import Network
from classchat.servers.site import HTTPRequest, Visitor
from classchat.servers.tls import is_local

UNIX: Final = "unix"
"""Stands for the proxies that connect to a Unix socket."""

Proxy = Network | Literal["unix"]
"""Proxies that are trusted: those in a network, or all that can open the server's Unix sockets."""

_SCHEMES = {"http": False, "ws": False, "https": True, "wss": True}
"""Whether each scheme is encrypted; some proxies name the WebSocket's."""

_PREFIX = re.compile(r"(?P<path>(?:/[A-Za-z0-9._~!$&'()*+;=:@%-]+)*)/?")
"""A path (RFC 3986) without empty parts: at its beginning one would be another host."""

_WITH_PORT = re.compile(r"(?:\[(?P<ipv6>[^\]]*)\]|(?P<ipv4>[0-9.]+))(?::[0-9]{1,5})?")


class Unreadable(Exception):
    """A trusted proxy says something that can't be read; the only argument is a sentence with the header."""


class Proxies:
    """The proxies that an operator trusts."""

    def __init__(self, trusted: Iterable[Proxy] = ()) -> None:
        self._networks: list[Network] = []
        self._sockets = False
        for proxy in trusted:
            if proxy == UNIX:
                self._sockets = True
            else:
                self._networks.append(proxy)

    def visitor(self, request: HTTPRequest) -> Visitor:
        """Return the client of a request.

        Raises:
            Unreadable: a proxy forwards it, and it is not clear from where.
        """
        host = request.header("host") or ""
        if not self.trusts(request.peer):
            return Visitor(request.peer, request.encrypted, host)
        hosts, schemes = _values(request, "x-forwarded-host"), _values(request, "x-forwarded-proto")
        encrypted = _SCHEMES.get(schemes[-1].lower()) if schemes else request.encrypted
        if encrypted is None:
            raise Unreadable("The proxy's X-Forwarded-Proto has to be http or https.")
        prefixes = _values(request, "x-forwarded-prefix")
        prefix = _PREFIX.fullmatch(prefixes[-1] if prefixes else "")
        if prefix is None:
            raise Unreadable("The proxy's X-Forwarded-Prefix has to be a path, such as /chat.")
        return Visitor(self._client(request), encrypted, hosts[-1] if hosts else host, prefix["path"])

    def _client(self, request: HTTPRequest) -> IAddress | None:
        """Return the nearest address that is no trusted proxy; the farthest one if all of them are."""
        client = request.peer
        for text in reversed(_values(request, "x-forwarded-for")):
            ip = _ip(text)
            if ip is None:
                raise Unreadable("The proxy's X-Forwarded-For has to end with the IP address of the client.")
            if ip.is_loopback and not is_local(client):
                break  # it is on the machine of the proxy, not on ours
            kind = IPv4Address if ip.version == 4 else IPv6Address
            client = kind("TCP", str(ip), 0)
            if not self.trusts(client):
                break
        return client

    def trusts(self, address: IAddress | None) -> bool:
        """Return whether an address is a trusted proxy's."""
        match address:
            case IPv4Address() | IPv6Address() if self._networks:
                ip = _ip(address.host)
                return ip is not None and any(ip in network for network in self._networks)
            case UNIXAddress():
                return self._sockets
            case _:
                return False


def _values(request: HTTPRequest, name: str) -> list[str]:
    """Return the values of a header that is a list, which may be in several lines."""
    values = (value.strip(" \t") for value in (request.header(name) or "").split(","))
    return [value for value in values if value]


def _ip(text: str) -> IPv4 | IPv6 | None:
    """Return the IP address in a text, which may be followed by a port; None if there is none."""
    match = _WITH_PORT.fullmatch(text)
    if match is not None:
        text = match["ipv6"] or match["ipv4"] or ""
    try:
        ip = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6) else ip
