"""The certificate of a server, and which clients are on this machine."""

from __future__ import annotations

from dataclasses import replace

from twisted.internet.address import HostnameAddress, IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.logger import LogLevel, capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from classchat.servers.certificates import Certificate, CertificateError, Passing
from classchat.servers.tls import Encryption, is_local
from tests.tables import each_case
from tests.unit.servers.helpers import Server


@each_case(
    ("address", "local"),
    [
        (IPv4Address("TCP", "127.0.0.1", 1), True),
        (IPv4Address("TCP", "127.8.9.10", 1), True),
        (IPv6Address("TCP", "::1", 1), True),
        (IPv6Address("TCP", "::ffff:127.0.0.1", 1), True),
        (UNIXAddress(None), True),
        (IPv4Address("TCP", "192.168.1.1", 1), False),
        (IPv4Address("TCP", "0.0.0.0", 1), False),
        (IPv6Address("TCP", "::ffff:192.0.2.1", 1), False),
        (IPv6Address("TCP", "fe80::1%eth0", 1), False),
        (HostnameAddress(b"localhost", 1), False),
        (None, False),
    ],
)
def test_a_client_that_is_local(address: IAddress | None, local: bool) -> None:
    """Loopback networks and Unix sockets are local, and unknown addresses are not."""
    assert local is is_local(address)


class Changing(Passing):
    """A source with another certificate each time, or none."""

    lasts = True

    def __init__(self, *certificates: Certificate | CertificateError) -> None:
        self._next = list(certificates)

    def load(self) -> Certificate:
        """Return the next certificate."""
        found = self._next.pop(0)
        if isinstance(found, CertificateError):
            raise found
        return found


class AnotherCertificateTests(SynchronousTestCase):
    """A certificate that changes while the server runs."""

    def test_new_connections_get_the_new_one(self) -> None:
        """New connections see the new certificate; old ones go on."""
        one, two = Passing().load(), Passing().load()
        encryption = Encryption(Changing(one, two))
        encryption.open()
        encryption.open()  # which is harmless
        server = Server(encryption=encryption)
        alice = server.is_called_with_tls()
        taken = encryption.open_again()
        bob = server.is_called_with_tls()
        alice.sends("Alice")
        seen = [caller.tls.get_peer_certificate().digest("sha256") for caller in (alice, bob)]

        assert (True, ["Alice"]) == (taken, server.users())
        assert [one.fingerprint, two.fingerprint] == [
            f"sha256:{digest.decode().replace(':', '').lower()}" for digest in seen
        ]

    def test_a_bad_one_is_not_taken(self) -> None:
        """An unusable certificate is logged in a sentence, and the old one stays in use."""
        one = Passing().load()
        encryption = Encryption(Changing(one, CertificateError("The certificate 'c' is damaged.")))
        encryption.open()
        with capturedLogs() as logged:
            taken = encryption.open_again()

        assert (False, one) == (taken, encryption.certificate)
        assert [(LogLevel.warn, "The certificate 'c' is damaged.")] == [
            (event["log_level"], str(event["error"])) for event in logged
        ]

    def test_its_hosts_are_those_of_the_new_one(self) -> None:
        """The hosts of the certificate in use count, and none before there is one."""
        made = Passing().load()
        named = [replace(made, names=frozenset({name})) for name in ("old.example", "new.example")]
        encryption = Encryption(Changing(*named))
        before = encryption.names
        encryption.open()
        old = encryption.names
        encryption.open_again()

        assert [set(), {"old.example"}, {"new.example"}] == [before, old, encryption.names]

    def test_without_tls_there_is_none(self) -> None:
        """A server without TLS reads no certificate."""
        assert not Encryption(None).open_again()
        assert frozenset() == Encryption(None).names
