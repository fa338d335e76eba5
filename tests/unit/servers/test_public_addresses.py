"""Which addresses the server calls for others."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any

import pytest
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.web.client import URI

from classchat.servers.public_addresses import NotPublic, PublicAddresses, PublicEndpoints
from tests.tables import each_case

PUBLIC = "93.184.215.14"


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", f"::ffff:{PUBLIC}"])
def test_public_addresses_may_be_called(address: str) -> None:
    """Addresses that everybody can reach may be called."""
    assert PublicAddresses().may_call(address)


@each_case(
    "address",
    [
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",  # where clouds keep their secrets
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.2.1",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:102:304::f5ff:fffe",  # Teredo, for 10.0.0.1
        "",
        "localhost",
        "127.1",
        "0x7f000001",
        "2130706433",
    ],
)
def test_others_may_not(address: str) -> None:
    """Private addresses in any spelling, and what is no address, may not be called."""
    assert not PublicAddresses().may_call(address)


def test_an_operator_may_allow_networks() -> None:
    """A network that the operator names may be called, also where its addresses are written as IPv6."""
    addresses = PublicAddresses([ip_network("10.0.0.0/8")])

    assert [True, True, False, True] == [
        addresses.may_call(one) for one in ("10.1.2.3", "::ffff:10.1.2.3", "192.168.0.1", PUBLIC)
    ]


class Names:
    """What a host's name means, each time that it is looked up."""

    def __init__(self, *answers: Sequence[str] | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> Deferred[Sequence[str]]:
        """Return the next answer."""
        self.asked.append((host, port))
        answer = self._answers.pop(0)
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)


def connect(names: Names, url: bytes = b"http://ci.example:8080/build") -> tuple[list[Any], list[Failure]]:
    """Connect as an Agent would; return where to, and why not."""
    reactor, failures = MemoryReactorClock(), list[Failure]()
    endpoint = PublicEndpoints(reactor, PublicAddresses(), names).endpointForURI(URI.fromBytes(url))
    endpoint.connect(Factory.forProtocol(Protocol)).addErrback(failures.append)
    return [(host, port) for host, port, *_ in reactor.tcpClients], failures


def test_the_address_that_was_checked_is_called() -> None:
    """A name is looked up once for a connection, which goes to the address that was found then."""
    names = Names([PUBLIC], ["127.0.0.1"])

    assert ([(PUBLIC, 8080)], []) == connect(names)
    assert [("ci.example", 8080)] == names.asked


def test_a_name_that_means_another_machine_a_moment_later() -> None:
    """Each connection looks the name up again: what it means now is checked, not what it meant before."""
    names = Names([PUBLIC], ["127.0.0.1"])
    first, _ = connect(names)
    second, [failure] = connect(names)

    assert ([(PUBLIC, 8080)], []) == (first, second)
    assert failure.check(NotPublic)
    assert "ci.example" == str(failure.value)


def test_of_several_addresses_a_public_one_is_called() -> None:
    """A host with private and public addresses is called at a public one."""
    assert ([(PUBLIC, 8080)], []) == connect(Names(["10.0.0.1", "::1", PUBLIC]))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_an_address_instead_of_a_name(host: str) -> None:
    """An address in a URL is checked as one that a name means."""
    names = Names([host.strip("[]")])
    connected, [failure] = connect(names, f"https://{host}/".encode())

    assert ([], [(host.strip("[]"), 443)]) == (connected, names.asked)
    assert failure.check(NotPublic)


def test_a_name_that_nobody_knows() -> None:
    """Where a name can't be looked up, the reason is told."""
    _, [failure] = connect(Names(OSError("unknown")))

    assert failure.check(OSError)
