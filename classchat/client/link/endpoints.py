"""How to connect to a server: with TLS, except on this machine."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from twisted.internet import error
from twisted.internet.abstract import isIPv6Address
from twisted.internet.endpoints import TCP6ClientEndpoint, clientFromString
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamClientEndpointStringParserWithReactor
from twisted.plugin import getPlugins
from twisted.python.failure import Failure

from classchat.client.link.addresses import is_loopback, place, read_place
from classchat.client.link.secure import SecureEndpoint
from classchat.client.link.several import HostEndpoint
from classchat.client.link.trust import KnownHosts, NotSecure, Trust
from classchat.option_table import DEFAULT_PORT

_TWISTEDS_OWN = {"tcp", "ssl", "unix"}
"""The kinds of endpoints that are part of Twisted, and not plugins."""


def known_hosts_file() -> Path:
    """Return the path of the file of known servers."""
    return user_data_path("classchat", appauthor=False) / "known_hosts"


def endpoint_to(
    reactor: Any,
    host: str,
    port: int,
    tls: bool | None,
    fingerprint: str | None,
    tell: Callable[[str], object],
    known_hosts: Path | None = None,
) -> IStreamClientEndpoint:
    """Return an endpoint, with TLS or without it; if `tls` is None, without it only on this machine.

    With a `fingerprint` only that server is trusted; `tell` is called with sentences about certificates.

    Raises:
        ValueError: there is a fingerprint, and no TLS.
    """
    if tls is False and fingerprint is not None:
        raise ValueError("A fingerprint needs TLS: leave out the fingerprint, or use TLS")
    endpoint = _address_of(reactor, host, port)
    if tls is False or (tls is None and fingerprint is None and is_loopback(host)):
        return endpoint
    trust = Trust(place(host, port), KnownHosts(known_hosts or known_hosts_file()), tell, fingerprint)
    return SecureEndpoint(endpoint, host, trust, reactor)


def _address_of(reactor: Any, host: str, port: int) -> IStreamClientEndpoint:
    """Return an endpoint for a host; HostnameEndpoint loses the zone of an address (Twisted's #12320)."""
    if "%" in host and isIPv6Address(host):
        return TCP6ClientEndpoint(reactor, host, port)
    return HostEndpoint(reactor, host, port)


def is_plain(address: str) -> bool:
    """Return whether an endpoint's description is of another machine, without encryption."""
    kind, _, rest = address.partition(":")
    if kind.lower() != "tcp":
        return False
    named = [part.removeprefix("host=") for part in rest.split(":") if part.startswith("host=")]
    return not is_loopback([*named, rest.partition(":")[0]][0])


def described(
    reactor: Any,
    address: str,
    tls: bool | None,
    tell: Callable[[str], object],
    known_hosts: Path | None = None,
) -> IStreamClientEndpoint:
    """Return an endpoint for `host:port#sha256:…`, or for a description of one of Twisted's endpoints.

    Raises:
        ValueError: it is neither.
    """
    kind, colon, _ = address.partition(":")
    plugins = getPlugins(IStreamClientEndpointStringParserWithReactor)
    if colon and kind.lower() in _TWISTEDS_OWN | {plugin.prefix.lower() for plugin in plugins}:
        return clientFromString(reactor, address)  # type: ignore[no-any-return]
    host, port, fingerprint = read_place(address)
    return endpoint_to(reactor, host, port or DEFAULT_PORT, tls, fingerprint, tell, known_hosts)


def explained(failure: Failure, place: str) -> str:
    """Return a sentence that says why a server can't be reached."""
    if failure.check(error.ConnectionRefusedError):
        return f"Connection refused: is the server running at {place}?"
    if failure.check(error.DNSLookupError, socket.gaierror):
        return f"Unknown host: check the address {place}{_zone_hint(place)}"
    if failure.check(NotSecure):
        return str(failure.value)
    if failure.check(error.TimeoutError):
        return f"No answer from {place}: check the address, and the firewall there"
    reason, hint = failure.getErrorMessage(), _zone_hint(place)
    return f"Can't connect to {place}: {reason.rstrip('.') if hint else reason}{hint}"


def _zone_hint(place: str) -> str:
    """Return what to add to a link-local address without an interface, or with an unknown one."""
    host, percent, zone = place.removeprefix("[").partition("]")[0].partition("%")
    if not host.lower().startswith("fe80:"):
        return ""
    names = [name for _, name in socket.if_nameindex()]
    if percent and zone in names:
        return ""
    known = ", ".join(names)
    return f". Add the network interface to the address, as in [{host}%{names[-1]}]. This machine has {known}"
