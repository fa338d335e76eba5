"""The links to the page, for the console and the page itself: one for each address, and those by name."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from twisted.internet.interfaces import IAddress

from classchat.core.notices import Browsable
from classchat.interfaces import is_loopback
from classchat.links import FOR_GUESTS, WARNS, link_to
from classchat.servers.tls import Encryption, Plaintext
from classchat.servers.transports import INTERNET

EVERYWHERE: Final = {"0.0.0.0": socket.AF_INET, "::": socket.AF_INET6}
"""The addresses that mean all of this machine's."""

UNKNOWN = "HOST"
"""Stands for this machine's address where it has none."""

_MOST_NAMES = 4


class PageLinks:
    """The links to the page, as long as the server listens."""

    def __init__(
        self, encryption: Encryption, names: Sequence[str], own_addresses: Callable[[], Sequence[str]]
    ) -> None:
        """Take the operator's names for the server; `own_addresses` looks for this machine's."""
        self._encryption = encryption
        self._names = names
        self._own_addresses = own_addresses
        self._ports: Sequence[IAddress] = ()

    def listen_at(self, ports: Iterable[IAddress]) -> None:
        """Record where the server listens."""
        self._ports = list(ports)

    def links(self) -> list[Browsable]:
        """Return the link for each address that people can reach, the names first."""
        return [_link(host, port, self._encryption) for host, port in self._places()]

    def outside(self) -> list[str]:
        """Return the links that other machines can use, with this machine's addresses as they are now."""
        places = [(host, port) for host, port in self._places() if host != UNKNOWN and not is_loopback(host)]
        return [_link(host, port, self._encryption).link for host, port in places]

    def at(self, address: IAddress) -> str:
        """Return the link for a client that has connected to an address of this machine; "" if unknown."""
        if not isinstance(address, INTERNET):
            return next((link.link for link in self.links()), "")
        names = [] if is_loopback(address.host) else _names(self._encryption, self._names)
        return _link([*names, address.host.partition("%")[0]][0], address.port, self._encryption).link

    def _places(self) -> Iterator[tuple[str, int]]:
        """Yield hosts and ports, in the order of the links."""
        for address in self._ports:
            if not isinstance(address, INTERNET) or "%" in address.host:
                continue  # a browser opens no socket, and no address with a zone
            names = [] if is_loopback(address.host) else _names(self._encryption, self._names)
            for host in [*names, *self._hosts(address.host)]:
                yield host, address.port

    def _hosts(self, host: str) -> Sequence[str]:
        """Return the addresses at which a host listens."""
        if host not in EVERYWHERE:
            return [host]
        found = [each for each in self._own_addresses() if host == "::" or ":" not in each]
        return found or [UNKNOWN]


def _names(encryption: Encryption, names: Sequence[str]) -> list[str]:
    """Return the operator's names for the server, and those of single hosts in the certificate."""
    certificate = encryption.certificate
    certified = sorted(name for name in certificate.names if "*" not in name) if certificate else []
    return list(dict.fromkeys([*names, *certified]))[:_MOST_NAMES]


def _link(host: str, port: int, encryption: Encryption) -> Browsable:
    """Return the best link to a host: `https` if browsers open it without a warning, or have to use it.

    Otherwise `http`, which opens at once, for guests.
    """
    certificate = encryption.certificate
    if certificate is not None and certificate.vouched_for and host in certificate.names:
        return Browsable(link_to("https", host, port))
    local = is_loopback(host)
    if certificate is None or encryption.plaintext is Plaintext.ANY:
        return Browsable(link_to("http", host, port), "" if local else FOR_GUESTS)
    if local and encryption.plaintext is Plaintext.LOCAL:
        return Browsable(link_to("http", host, port))
    return Browsable(link_to("https", host, port), WARNS)
