"""Hosts and origins: under which names the page may be used, and by which pages the WebSocket.

A name that somebody else controls could first lead a browser to their page and then to this server (DNS
rebinding): the browser would take both for one site. So the server answers only under names that are its own.
An IP address is no name: nobody can redirect it.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from threading import Thread

_LONGEST = 253  # characters of a host name (RFC 1035, 2.3.4)

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"

_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")

_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::(?P<port>[0-9]{0,5}))?")

_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<authority>.+)")

PORTS = {"http": 80, "https": 443}
"""The port of each scheme where none is given."""


@dataclass(frozen=True)
class Authority:
    """A host and a port, as the `Host` header has them (RFC 9110, 7.2)."""

    host: str
    """A name in lower case, without a dot at its end, or an IP address without brackets."""

    port: int | None
    """None if none was given."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def read_authority(text: str) -> Authority | None:
    """Return the host and port of a text; None if it has another form."""
    match = _AUTHORITY.fullmatch(text.lower()) if text.isascii() else None
    if match is None:
        return None
    host, digits = match["host"], match["port"]
    if digits and not 1 <= int(digits) <= 65_535:
        return None
    port = int(digits) if digits else None
    if host.startswith("["):
        address = _ipv6(host[1:-1])
        return None if address is None else Authority(address, port)
    host = host.removesuffix(".")
    return Authority(host, port) if is_name(host) else None


def is_name(host: str) -> bool:
    """Return whether a text in lower case may be the name of a host, or an IPv4 address."""
    return len(host) <= _LONGEST and _NAME.fullmatch(host) is not None


def is_address(host: str) -> bool:
    """Return whether a host is an IP address in the form that browsers send."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_this_machine(host: str) -> bool:
    """Return whether a host always means the machine that uses it."""
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def _ipv6(text: str) -> str | None:
    try:
        return str(IPv6Address(text))
    except ValueError:
        return None


def is_same_origin(origin: str, encrypted: bool, host: Authority) -> bool:
    """Return whether a page of an origin (RFC 6454) may use the WebSocket of this host.

    Scheme, host and port have to be the same. One thing more is allowed: a page that came encrypted, from the
    usual port, may use the WebSocket of its host that comes in plain text without another port. A proxy has
    decrypted it, of which the operator has said nothing with `--proxy`.
    """
    match = _ORIGIN.fullmatch(origin.lower()) if origin.isascii() else None
    page = read_authority(match["authority"]) if match else None
    if match is None or page is None or page.host != host.host:
        return False
    page_port = page.port or PORTS[match["scheme"]]
    if match["scheme"] == "https" and not encrypted:
        return page_port == PORTS["https"] and host.port in (None, PORTS["https"])
    scheme = "https" if encrypted else "http"
    return match["scheme"] == scheme and page_port == (host.port or PORTS[scheme])


class Hosts:
    """The names under which the server answers, besides every IP address."""

    def __init__(self, names: Iterable[str], of_certificate: Callable[[], Container[str]]) -> None:
        """Take the operator's names, and those of the certificate as it is at the time."""
        self._names = frozenset({"localhost", *names})
        self._of_certificate = of_certificate

    def add_names_of_machine(self) -> None:
        """Add the names of this machine; the full one in a thread, for it may take seconds to find."""
        self._add(socket.gethostname())
        Thread(target=self._add_full_name, daemon=True).start()

    def has(self, host: str) -> bool:
        """Return whether the server answers under a name in lower case, or an IP address."""
        if is_address(host) or host in self._names:
            return True
        names = self._of_certificate()
        wildcard = f"*.{host.partition('.')[2]}"  # it stands for one label (RFC 6125, 6.4.3)
        return host in names or wildcard in names

    def _add_full_name(self) -> None:
        with suppress(OSError, UnicodeError):
            self._add(socket.getfqdn())

    def _add(self, name: str) -> None:
        self._names |= names_of_machine(name)


def names_of_machine(name: str) -> set[str]:
    """Return the names of a machine: this one, and the short one, also with `.local` for its own network."""
    name = name.lower().removesuffix(".")
    short = name.partition(".")[0]
    names = {name, short, f"{short}.local"} if short != "localhost" and not is_address(name) else {name}
    return {each for each in names if is_name(each)}
