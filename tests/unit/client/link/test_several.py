"""Hosts with several addresses: in which order they are called, and when another one is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectError, ConnectionDone, DNSLookupError
from twisted.internet.interfaces import IHostnameResolver
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from classchat.client.link.several import HostEndpoint, ISeveralAddresses, has_another

DELAY = 0.5
"""Seconds after which Twisted surely calls the next address."""


@implementer(IHostnameResolver)
class Resolver:
    """A resolver that knows the addresses of every name."""

    def __init__(self, *hosts: str) -> None:
        self.hosts: Sequence[str] = hosts

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, *also: Any) -> Any:
        """Return them at once."""
        receiver.resolutionBegan(None)
        for host in self.hosts:
            kind = IPv6Address if ":" in host else IPv4Address
            receiver.addressResolved(kind("TCP", host, portNumber))
        receiver.resolutionComplete()


class Calling:
    """An endpoint, what it calls, and who answers."""

    def __init__(self, *hosts: str) -> None:
        self.reactor = MemoryReactorClock()
        self.resolver = Resolver(*hosts)
        self.reactor.nameResolver = self.resolver
        self.endpoint = HostEndpoint(self.reactor, "chat.example.org", 5555)

    def calls(self, *refuse: str) -> list[str]:
        """Call until an address accepts that is not among these; return the called addresses in order."""
        before = len(self.reactor.tcpClients)
        self.result = self.endpoint.connect(Factory.forProtocol(Protocol))
        self.result.addErrback(lambda failure: setattr(self, "failure", failure))
        seen = before
        while seen < len(self.reactor.tcpClients):
            host, port, factory, *_ = self.reactor.tcpClients[seen]
            if host in refuse:
                factory.clientConnectionFailed(self.reactor.connectors[seen], Failure(ConnectError()))
            else:
                protocol = factory.buildProtocol(IPv4Address("TCP", host, port))
                protocol.makeConnection(StringTransport(peerAddress=IPv4Address("TCP", host, port)))
                protocol.connectionLost(Failure(ConnectionDone()))
                break
            seen += 1
            self.reactor.advance(DELAY)
        return [host for host, *_ in self.reactor.tcpClients[before:]]


class OrderTests(SynchronousTestCase):
    """Each call begins with another address."""

    def test_it_has_its_interface(self) -> None:
        """It is an endpoint that has several addresses."""
        assert verifyObject(ISeveralAddresses, Calling("10.0.0.1").endpoint)

    def test_each_call_begins_with_another_one(self) -> None:
        """The address that was reached longest ago comes first."""
        calling = Calling("10.0.0.1", "10.0.0.2", "10.0.0.3")
        called = [calling.calls() for _ in range(5)]

        assert [["10.0.0.1"], ["10.0.0.2"], ["10.0.0.3"], ["10.0.0.1"], ["10.0.0.2"]] == called

    def test_an_address_that_does_not_answer(self) -> None:
        """One that refuses is called again each time, before those that were reached."""
        calling = Calling("10.0.0.1", "10.0.0.2", "10.0.0.3")
        called = [calling.calls("10.0.0.1") for _ in range(3)]

        assert [["10.0.0.1", "10.0.0.2"], ["10.0.0.1", "10.0.0.3"], ["10.0.0.1", "10.0.0.2"]] == called

    def test_the_last_one_is_better_than_none(self) -> None:
        """If all others refuse, the address that was lost is called again."""
        calling = Calling("10.0.0.1", "10.0.0.2")
        calling.calls()

        assert ["10.0.0.2", "10.0.0.1"] == calling.calls("10.0.0.2")

    def test_one_address(self) -> None:
        """A host with one address is called there each time, also if the resolver says it twice."""
        calling = Calling("10.0.0.1", "10.0.0.1")

        assert [["10.0.0.1"], ["10.0.0.1"]] == [calling.calls() for _ in range(2)]

    def test_other_addresses_than_before(self) -> None:
        """The name is resolved for each call; an address that it had in between is a new one."""
        calling = Calling("10.0.0.1")
        calling.calls()
        calling.resolver.hosts = ["10.0.0.2"]
        moved = calling.calls()
        calling.resolver.hosts = ["10.0.0.1", "10.0.0.2"]

        assert (["10.0.0.2"], ["10.0.0.1"]) == (moved, calling.calls())

    def test_both_families(self) -> None:
        """Addresses of IPv6 take turns with those of IPv4."""
        calling = Calling("2001:db8::1", "10.0.0.1")

        assert ["2001:db8::1", "10.0.0.1"] == calling.calls("2001:db8::1")

    def test_no_address(self) -> None:
        """A name without an address fails as before."""
        calling = Calling()
        calling.calls()

        assert calling.failure.check(DNSLookupError)


class AnotherTests(SynchronousTestCase):
    """Whether the host has another address, before anyone was welcomed."""

    def test_as_many_calls_as_addresses(self) -> None:
        """There is another one until there were as many calls as addresses, whichever they were."""
        calling = Calling("10.0.0.1", "10.0.0.2", "10.0.0.3")
        has = []
        for refuse in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
            calling.calls(refuse)
            has.append(has_another(calling.endpoint))

        assert [True, True, False] == has

    def test_not_if_none_has_accepted(self) -> None:
        """A call that no address has accepted has called all of them."""
        calling = Calling("10.0.0.1", "10.0.0.2", "10.0.0.3")
        calling.calls("10.0.0.1", "10.0.0.2", "10.0.0.3")

        assert not has_another(calling.endpoint)

    def test_other_endpoints(self) -> None:
        """An endpoint of Twisted's own has one address, and a host without an address has none."""
        calling = Calling()
        calling.calls()

        assert not has_another(calling.endpoint)
        assert not has_another(calling.endpoint._endpoint)
