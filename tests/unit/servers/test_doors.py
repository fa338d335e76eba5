"""Doors: how many may come from one address."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from classchat.core.notices import Connected, Notice
from classchat.limits import Limits, Rate
from classchat.notice_sentences import Sentences
from classchat.servers import doors
from classchat.servers.doors import LOOPBACK, Doors, Network
from tests.tables import each_case
from tests.unit.servers.helpers import Server, register


def address(host: str) -> IAddress:
    """Return the address of a client."""
    return (IPv6Address if ":" in host else IPv4Address)("TCP", host, 54321)


class _Entrance:
    """Doors, a clock, and what the operator reads."""

    def __init__(self, trusted: tuple[Network, ...] = LOOPBACK, **limits: Any) -> None:
        self.clock = Clock()
        self.clock.advance(1000.0)
        self.notices: list[Notice] = []
        self.doors = Doors(Limits(**limits), self.clock, self.notices.extend, trusted)

    def let_in(self, host: str, times: int) -> int:
        """Return how many new connections of an address are accepted."""
        origin = self.doors.origin(address(host))
        return sum(self.doors.enter(origin) is None for _ in range(times))

    def leave(self, host: str, times: int) -> None:
        """Close some connections of an address."""
        for _ in range(times):
            self.doors.leave(self.doors.origin(address(host)))


HOSTS = ["192.0.2.1", "2001:db8::1"]


@pytest.mark.parametrize("host", HOSTS)
def test_so_many_at_a_time(host: str) -> None:
    """64 connections may come from an address; one that closes makes place for another."""
    entrance = _Entrance(new_of_address=None)
    first = entrance.let_in(host, 70)
    entrance.leave(host, 3)

    assert (64, 3) == (first, entrance.let_in(host, 70))


@pytest.mark.parametrize("host", HOSTS)
def test_so_many_new_ones(host: str) -> None:
    """20 connections may come from an address in any 10 seconds, whether or not they stay."""
    entrance = _Entrance()
    came = [entrance.let_in(host, 12)]
    entrance.leave(host, 12)
    for seconds in (5.0, 4.9, 0.1, 4.9, 0.1):
        entrance.clock.advance(seconds)
        came.append(entrance.let_in(host, 30))

    assert [12, 8, 0, 12, 0, 8] == came


@each_case(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
    ],
)
def test_what_is_one_address(one: str, other: str, same: bool) -> None:
    """An IPv4 address counts alone, also where it is written as IPv6; an IPv6 address with its /64."""
    entrance = _Entrance()
    entrance.let_in(one, 20)

    assert (0 if same else 20) == entrance.let_in(other, 30)


@each_case("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.9.9.9", "fd00::7"])
def test_trusted_networks(host: str) -> None:
    """Loopback, and the networks that the operator trusts, are not counted at all."""
    entrance = _Entrance((*LOOPBACK, ip_network("10.0.0.0/8"), ip_network("fd00::/8")))

    assert (1000, 0) == (entrance.let_in(host, 1000), len(entrance.doors))


def test_the_rest_of_the_world_is_not_trusted() -> None:
    """Addresses next to a trusted network are counted."""
    entrance = _Entrance((ip_network("10.0.0.0/8"), ip_network("::1/128")))

    assert [20, 20, 20] == [entrance.let_in(host, 50) for host in ("11.0.0.1", "::2", "127.0.0.1")]


def test_a_unix_socket_is_no_address() -> None:
    """A client on a Unix socket is not counted."""
    entrance = _Entrance()

    assert [None, None] == [entrance.doors.origin(one) for one in (UNIXAddress("/run/c"), None)]
    assert entrance.doors.enter(None) is None
    entrance.doors.leave(None)


def test_where_tries_are_counted() -> None:
    """Attempts are counted by address or /64, also where connections are not; not in trusted networks."""
    trusted = ip_network("198.51.100.0/24")
    limits = Limits(connections_of_address=None, new_of_address=None)
    counted = Doors(limits, Clock(), print, [*LOOPBACK, trusted])
    hosts = ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "2001:db8::ffff:1", "127.0.0.1", "198.51.100.7"]

    assert ["192.0.2.1", "192.0.2.1", "2001:db8::/64", "2001:db8::/64", "", ""] == [
        counted.place(address(host)) for host in hosts
    ]
    assert "" == counted.place(UNIXAddress(None))


def test_without_limits_nothing_is_counted() -> None:
    """Without limits no address is remembered."""
    entrance = _Entrance(connections_of_address=None, new_of_address=None, page_requests=None)

    assert (1000, 0) == (entrance.let_in("192.0.2.1", 1000), len(entrance.doors))


def test_a_connection_that_is_taken_back() -> None:
    """A connection that makes HTTP requests is not counted, neither as open nor as new."""
    entrance = _Entrance()
    origin = entrance.doors.origin(address("192.0.2.1"))
    for _ in range(100):
        entrance.doors.enter(origin)
        entrance.doors.take_back(origin)

    assert 20 == entrance.let_in("192.0.2.1", 30)


def test_requests_of_an_address() -> None:
    """Some requests may come at once, then some a second; a few more have to wait, others are refused."""
    entrance = _Entrance(page_requests=Rate(300, 50.0))
    origin = entrance.doors.origin(address("192.0.2.1"))
    at_once = [entrance.doors.asks(origin) for _ in range(300)]
    later = [entrance.doors.asks(origin) for _ in range(160)]
    entrance.clock.advance(1.0)
    again = [entrance.doors.asks(origin) for _ in range(51)]

    assert {0.0} == set(at_once)
    assert [0.02, 3.0] == [round(later[0], 3), round(later[149], 3)]  # type: ignore[arg-type]
    assert ["Too many requests from your address: the limit is 300."] * 10 == [
        str(one) for one in later[150:]
    ]
    assert [True] * 50 + [False] == [isinstance(one, float) for one in again]


def test_who_asks_is_forgotten_when_it_may_ask_as_often_as_a_new_one() -> None:
    """An address is remembered until all of its requests would be answered at once again."""
    entrance = _Entrance(new_within=1.0, page_requests=Rate(300, 50.0))
    origin = entrance.doors.origin(address("192.0.2.1"))
    for _ in range(300):
        entrance.doors.asks(origin)
    entrance.clock.advance(2.0)
    entrance.let_in("192.0.2.2", 1)
    before = len(entrance.doors)
    entrance.clock.advance(4.0)
    entrance.let_in("192.0.2.3", 1)

    assert (2, 2) == (before, len(entrance.doors))


def test_visits_of_an_address() -> None:
    """As many connections that may only make requests are taken; their requests are counted apart."""
    entrance = _Entrance(page_requests=Rate(300, 50.0))
    origin = entrance.doors.origin(address("192.0.2.1"))
    taken = [sum(entrance.doors.visits(origin) for _ in range(400))]
    entrance.clock.advance(1.0)
    taken.append(sum(entrance.doors.visits(origin) for _ in range(400)))

    assert ([300, 50], 0.0) == (taken, entrance.doors.asks(origin))


@pytest.mark.parametrize("host", ["127.0.0.1", None])
def test_requests_of_this_machine_are_not_counted(host: str | None) -> None:
    """Requests from trusted networks and Unix sockets are all answered at once."""
    entrance = _Entrance(LOOPBACK)
    origin = None if host is None else entrance.doors.origin(address(host))

    assert {0.0} == {entrance.doors.asks(origin) for _ in range(1000)}
    assert {True} == {entrance.doors.visits(origin) for _ in range(1000)}


def test_the_operator_is_told_of_too_many_when_it_matters() -> None:
    """Whether a connection chats is not clear at first: then the operator is told later, if at all."""
    entrance = _Entrance(page_requests=Rate(300, 50.0))
    origin = entrance.doors.origin(address("192.0.2.1"))
    for _ in range(30):
        entrance.doors.enter(origin, quietly=True)
    quiet = list(entrance.notices)
    entrance.doors.enter(origin)

    assert (0, 1) == (len(quiet), len(entrance.notices))


def test_an_address_without_connections_is_forgotten() -> None:
    """An address is remembered while it has connections, or had recent ones."""
    entrance = _Entrance()
    entrance.let_in("192.0.2.1", 5)
    entrance.let_in("192.0.2.2", 5)
    entrance.leave("192.0.2.1", 5)
    entrance.clock.advance(10.0)
    entrance.let_in("192.0.2.3", 1)

    assert 2 == len(entrance.doors)


def test_many_addresses_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many addresses only the last ones are remembered after their connections have closed."""
    monkeypatch.setattr(doors, "_MOST_REMEMBERED", 100)
    entrance = _Entrance()
    for number in range(5000):
        host = f"2001:db8:{number:x}::1"
        entrance.let_in(host, 1)
        entrance.leave(host, 1)

    assert 100 == len(entrance.doors)


def test_a_clock_that_is_set_back_locks_no_client_out() -> None:
    """Connections in the future do not count."""
    entrance = _Entrance()
    entrance.let_in("192.0.2.1", 20)
    entrance.leave("192.0.2.1", 20)
    entrance.clock.rightNow -= 500.0

    assert 20 == entrance.let_in("192.0.2.1", 30)


@pytest.mark.parametrize(
    ("limits", "host", "sentence"),
    [
        (
            {"connections_of_address": 3},
            "192.0.2.1",
            "Limit of 3 connections from 192.0.2.1 reached: refusing new ones",
        ),
        (
            {"new_of_address": 3},
            "2001:db8:1:2:3::4",
            "Limit of 3 new connections within 10 seconds from 2001:db8:1:2::/64 reached: refusing new ones",
        ),
    ],
)
def test_the_operator_reads_it_once(limits: dict[str, int], host: str, sentence: str) -> None:
    """A flood is one line of the log, and so is the next flood after a pause."""
    entrance = _Entrance(**limits)
    for _ in range(300):
        entrance.let_in(host, 10)
        entrance.clock.advance(0.01)
    first = str(Sentences(entrance.notices))
    entrance.clock.advance(10.0)
    entrance.let_in("192.0.2.99", 1)
    entrance.let_in(host, 10)

    assert (sentence, [sentence] * 2) == (first, str(Sentences(entrance.notices)).splitlines())


class DoorsOfAServerTests(SynchronousTestCase):
    """A server counts its connections."""

    def setUp(self) -> None:
        """Start with three connections of an address."""
        self.server = Server(Limits(connections_of_address=3))
        self.callers = [self.server.is_called(address("192.0.2.1")) for _ in range(5)]

    def test_one_too_many_is_told_and_closed(self) -> None:
        """One connection too many is told so, with the code `too_many`, and closed."""
        told = [caller.hears() for caller in self.callers[3:]]
        text = "Too many connections from your address: the limit is 3."

        assert [[("error", "too_many", text)]] * 2 == [
            [(one["status"], one["code"], one["text"]) for one in heard] for heard in told
        ]
        assert ["open"] * 3 + ["closed"] * 2 == [caller.wire.closing for caller in self.callers]

    def test_connections_that_are_turned_away_cost_nothing(self) -> None:
        """A connection that is turned away adds no timer, and is not shown on the console."""
        connected = [one for one in self.server.notices if isinstance(one, Connected)]

        assert (3, 1) == (len(connected), len(self.server.clock.getDelayedCalls()))

    def test_a_connection_that_closes_makes_place(self) -> None:
        """A connection counts until it closes."""
        self.callers[0].drops()
        another = [self.server.is_called(address("192.0.2.1")) for _ in range(2)]

        assert ["open", "closed"] == [caller.wire.closing for caller in another]

    def test_other_addresses_are_accepted(self) -> None:
        """Connections of other addresses are accepted."""
        bob = self.server.is_called(address("192.0.2.2"))
        bob.sends(register("Bob"))

        assert ["Welcome to ClassChat, Bob!"] == bob.hears_texts()
