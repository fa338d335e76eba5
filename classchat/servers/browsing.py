"""The links to the page that the console shows: one for each address, and those by name."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress

from classchat.core.notices import Browsable
from classchat.interfaces import is_loopback
from classchat.links import FOR_GUESTS, WARNS, link_to
from classchat.servers.tls import Encryption, Plaintext

EVERYWHERE: Final = {"0.0.0.0": socket.AF_INET, "::": socket.AF_INET6}
"""The addresses that mean all of this machine's."""

UNKNOWN = "HOST"
"""Stands for this machine's address where it has none."""

_MOST_NAMES = 4


def browsable(
    ports: Iterable[IAddress],
    encryption: Encryption,
    names: Sequence[str],
    own_addresses: Callable[[], Sequence[str]],
) -> Iterator[Browsable]:
    """Yield the link to the page for each address that people can reach, the names first.

    `names` are those that the operator gave; `own_addresses` looks for this machine's.
    """
    for address in ports:
        if not isinstance(address, IPv4Address | IPv6Address) or "%" in address.host:
            continue  # a browser opens no socket, and no address with a zone
        if is_loopback(address.host):
            yield _link(address.host, address.port, encryption)
            continue
        hosts = own_addresses() if address.host in EVERYWHERE else [address.host]
        if address.host == "0.0.0.0":
            hosts = [host for host in hosts if ":" not in host]
        for host in [*_names(encryption, names), *(hosts or [UNKNOWN])]:
            yield _link(host, address.port, encryption)


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
