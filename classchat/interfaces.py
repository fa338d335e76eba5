"""Addresses of this machine on its networks, as other machines can use them."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

import ifaddr

_MOST = 4
"""Addresses to show: few machines have more networks, and nobody reads more links."""

_VIRTUAL = re.compile(r"(docker|veth|virbr|vboxnet|vmnet|lxc|lxd|cni|flannel)|br-[0-9a-f]{12}$")
"""Names of interfaces to virtual machines and containers of this machine, which reach nobody else."""

_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""An address of each family that no machine has: RFC 5737, RFC 3849."""


class Interface(NamedTuple):
    """One address of a network interface."""

    name: str
    address: str


def main_address(family: socket.AddressFamily) -> str | None:
    """Return this machine's address on its network, without sending a packet; None if it has none."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((_ELSEWHERE[family], 9))
            return str(probe.getsockname()[0])
    except OSError:
        return None


def own_addresses() -> list[str]:
    """Return this machine's addresses for other machines, the most useful ones first."""
    mains = [main_address(family) for family in (socket.AF_INET, socket.AF_INET6)]
    return chosen([main for main in mains if main is not None], list(_interfaces()))


def chosen(mains: Sequence[str], interfaces: Sequence[Interface]) -> list[str]:
    """Return the addresses that other machines can use, IPv4 first, and in each family the main one first.

    An interface often has many addresses of IPv6: only the main one is taken.
    """
    real = [each.address for each in interfaces if not _VIRTUAL.match(each.name)]
    fours = [address for address in (*mains, *real) if ":" not in address]
    sixes = [address for address in mains if ":" in address]
    return [*dict.fromkeys(filter(is_reachable, (*fours, *sixes)))][:_MOST]


def is_reachable(address: str) -> bool:
    """Return whether other machines can use an address in a link."""
    ip = ip_address(address.partition("%")[0])
    return not (ip.is_loopback or ip.is_link_local or ip.is_unspecified)


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Return whether a host is an address that only this machine can use.

    Cached: each connection is asked about the address that it has come to, and there are few of them.
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _interfaces() -> Iterator[Interface]:
    for adapter in ifaddr.get_adapters():
        for address in adapter.ips:
            if isinstance(address.ip, str):  # addresses of IPv6 are tuples
                yield Interface(adapter.nice_name, address.ip)
