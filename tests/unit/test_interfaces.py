"""Addresses of this machine that other machines can use."""

from __future__ import annotations

import socket

import ifaddr
import pytest

from classchat import interfaces
from classchat.interfaces import Interface, chosen, is_loopback, main_address, own_addresses
from tests.tables import each_case


@each_case(
    ("mains", "found", "addresses"),
    [
        ([], [], []),
        (["192.0.2.7"], [("eth0", "192.0.2.7")], ["192.0.2.7"]),
        (
            ["192.0.2.7"],
            [("lo", "127.0.0.1"), ("wlan0", "198.51.100.7"), ("eth0", "192.0.2.7")],
            ["192.0.2.7", "198.51.100.7"],
        ),
        ([], [("eth0", "169.254.1.1"), ("eth1", "192.0.2.7")], ["192.0.2.7"]),
        (["2001:db8::7"], [("eth0", "192.0.2.7")], ["192.0.2.7", "2001:db8::7"]),
        (["fe80::7%eth0", "::1"], [], []),
        (
            ["192.0.2.7"],
            [
                ("docker0", "172.17.0.1"),
                ("br-0123456789ab", "172.18.0.1"),
                ("virbr0", "192.168.122.1"),
                ("br-lan", "192.168.1.1"),
            ],
            ["192.0.2.7", "192.168.1.1"],
        ),
        (
            [],
            [("eth0", f"192.0.2.{number}") for number in range(1, 9)],
            [f"192.0.2.{n}" for n in range(1, 5)],
        ),
    ],
)
def test_addresses_for_others(mains: list[str], found: list[tuple[str, str]], addresses: list[str]) -> None:
    """The main address comes first; none is of this machine alone, of its containers, or one too many."""
    assert addresses == chosen(mains, [Interface(*each) for each in found])


class NoNetwork(socket.socket):
    """A machine without a network."""

    def connect(self, address: object) -> None:
        """Fail as such a machine does."""
        raise OSError(101, "Network is unreachable")


class Network(socket.socket):
    """A machine with a network."""

    def connect(self, address: object) -> None:
        """Accept any address."""

    def getsockname(self) -> tuple[str, int]:
        """Return this machine's address."""
        return "198.51.100.7", 1


def test_the_main_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """The main address is the one from which packets to other networks would come, if there is a network."""
    found = []
    for kind in (Network, NoNetwork):
        monkeypatch.setattr(interfaces.socket, "socket", kind)
        found.append(main_address(socket.AF_INET))

    assert ["198.51.100.7", None] == found


def test_own_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The addresses of all interfaces are read from the system."""
    adapters = [
        ifaddr.Adapter("lo", "lo", [ifaddr.IP("127.0.0.1", 8, "lo"), ifaddr.IP(("::1", 0, 0), 128, "lo")]),
        ifaddr.Adapter("eth0", "eth0", [ifaddr.IP("192.0.2.7", 24, "eth0")]),
    ]
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: adapters)
    monkeypatch.setattr(interfaces.socket, "socket", NoNetwork)

    assert ["192.0.2.7"] == own_addresses()


@each_case(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("192.0.2.7", False), ("0.0.0.0", False)],
)
def test_addresses_of_this_machine_only(host: str, loopback: bool) -> None:
    """The loopback network and `::1` are this machine's; what is no address is not taken for one."""
    assert (loopback, False) == (is_loopback(host), is_loopback(f"{host}.example"))
