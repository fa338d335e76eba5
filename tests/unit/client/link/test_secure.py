"""TLS connections: what is sent, and when; with OpenSSL at the other end, and no network."""

from __future__ import annotations

import contextlib  # trial takes a `suppress` of the module for its own
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import Clock, StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from classchat.client.link.secure import SecureEndpoint, new_context
from classchat.client.link.trust import KnownHosts, NotSecure, Trust, Untrusted
from classchat.servers.certificates import Certificate, Passing, parse

PLACE = "chat.example.org:5555"


def certified(host: str) -> tuple[x509.Certificate, Certificate]:
    """Return a trusted certificate for a host, and the same for its server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    try:
        of_host: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        of_host = x509.DNSName(host)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([of_host]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate, parse(certificate.public_bytes(serialization.Encoding.PEM), "c", private, "k")


@implementer(IStreamClientEndpoint)
class Endpoint:
    """An endpoint that a test answers."""

    def __init__(self) -> None:
        self.calling: Deferred[IProtocol] = Deferred()
        self.transport = StringTransport(lenient=True)
        self.protocol: Any = None
        self.factory: IProtocolFactory

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Wait for the test."""
        self.factory = protocolFactory
        return self.calling

    def answers(self) -> None:
        """Connect."""
        self.protocol = self.factory.buildProtocol(None)
        self.protocol.makeConnection(self.transport)
        self.calling.callback(self.protocol)


class Server:
    """The other end, which speaks TLS."""

    def __init__(self, endpoint: Endpoint, certificate: Certificate) -> None:
        self._endpoint = endpoint
        self.tls = certificate.connection()
        self.tls.set_accept_state()
        self.heard = b""
        self._taken = 0

    def exchanges(self) -> None:
        """Exchange the bytes of both ends until both are silent."""
        while self._passes():
            pass

    def _passes(self) -> bool:
        records = self._endpoint.transport.value()[self._taken :]
        self._taken += len(records)
        if records:
            self.tls.bio_write(records)
        with contextlib.suppress(SSL.Error):  # nothing is there yet, or will be
            while True:
                self.heard += self.tls.recv(65_536)
        made = b""
        with contextlib.suppress(SSL.WantReadError):
            while True:
                made += self.tls.bio_read(65_536)
        if made:
            self._endpoint.protocol.dataReceived(made)
        return bool(records or made)


class Speaker(Protocol):
    """A protocol that sends a name at once, and records what it receives."""

    def __init__(self) -> None:
        self.heard = b""

    def connectionMade(self) -> None:
        """Send the name."""
        self.transport.write(b"Alice\n")

    def dataReceived(self, data: bytes) -> None:
        """Record bytes."""
        self.heard += data


class CallTests(SynchronousTestCase):
    """One call, from the first byte to the protocol."""

    def setUp(self) -> None:
        """Start without known servers."""
        self.clock = Clock()
        self.endpoint = Endpoint()
        place = mkdtemp()  # trial's own stands where pytest was started
        self.addCleanup(rmtree, place)
        self.known_hosts = Path(place) / "known_hosts"
        self.told: list[str] = []
        self.context = new_context()
        self.certificate = Passing().load()

    def _calls(self, host: str = "chat.example.org", expected: str | None = None) -> Deferred[IProtocol]:
        trust = Trust(f"{host}:5555", KnownHosts(self.known_hosts), self.told.append, expected)
        secure = SecureEndpoint(self.endpoint, host, trust, self.clock, self.context)
        return secure.connect(Factory.forProtocol(Speaker))

    def _reaches(self) -> Server:
        self.endpoint.answers()
        server = Server(self.endpoint, self.certificate)
        server.exchanges()
        return server

    def _reason(self, calling: Deferred[IProtocol], kind: type[Exception] = NotSecure) -> str:
        assert [] == self.clock.getDelayedCalls()
        return str(self.failureResultOf(calling, kind).value)

    # It works.

    def test_what_is_said_is_encrypted(self) -> None:
        """Both ends receive what the other one sends, and the wire shows nothing of it."""
        calling = self._calls()
        server = self._reaches()
        self.clock.advance(0)
        server.exchanges()
        server.tls.send(b"Welcome\n")
        server.exchanges()
        speaker = self.successResultOf(calling)

        assert (b"Alice\n", b"Welcome\n") == (server.heard, speaker.heard)
        assert b"Alice" not in self.endpoint.transport.value()
        assert [
            f"First connection to {PLACE}: its certificate is {self.certificate.fingerprint}"
        ] == self.told

    def test_nothing_is_said_before_the_server_is_trusted(self) -> None:
        """Before the handshake is done there is no protocol that could send anything."""
        calling = self._calls()
        self.endpoint.answers()

        self.assertNoResult(calling)
        assert b"\x16" == self.endpoint.transport.value()[:1]
        self.endpoint.protocol.connectionLost(Failure(error.ConnectionDone()))
        self.failureResultOf(calling)

    def test_what_is_known(self) -> None:
        """A known server is trusted silently."""
        for _ in range(2):
            self.told.clear()
            self.endpoint = Endpoint()
            calling = self._calls()
            self._reaches()
            self.successResultOf(calling)

        assert [] == self.told

    def test_the_name_that_it_is_called_by(self) -> None:
        """The server gets its host name, if the host is not an address."""
        for host, name in (
            ("chat.example.org", b"chat.example.org"),
            ("bücher.example", b"xn--bcher-kva.example"),
            ("192.0.2.1", None),
            ("2001:db8::7", None),
            ("ü\u2028", None),
        ):
            self.endpoint = Endpoint()
            self._calls(host)
            server = self._reaches()

            assert name == server.tls.get_servername()

    # Certificates that the system trusts.

    def _trusts(self, host: str) -> None:
        root, self.certificate = certified(host)
        self.context.get_cert_store().add_cert(crypto.X509.from_cryptography(root))

    def test_vouched_for(self) -> None:
        """A certificate that the system trusts for this host is accepted silently, by name or address."""
        for host in ("chat.example.org", "192.0.2.1"):
            self.context = new_context()
            self._trusts(host)
            self.endpoint = Endpoint()
            calling = self._calls(host)
            self._reaches()
            self.successResultOf(calling)

        assert [] == self.told
        assert f"{PLACE} system\n192.0.2.1:5555 system\n" == self.known_hosts.read_text()

    def test_vouched_for_as_somebody_else(self) -> None:
        """A certificate that the system trusts for another host is like an unknown one."""
        for host in ("evil.example", "192.0.2.1"):
            self.context = new_context()
            self._trusts("chat.example.org" if host != "evil.example" else "192.0.2.1")
            self.endpoint = Endpoint()
            calling = self._calls(host)
            self._reaches()
            self.successResultOf(calling)

        assert 2 == len(self.told)

    # It is refused.

    def test_another_certificate(self) -> None:
        """A server with another certificate gets nothing."""
        calling = self._calls()
        self._reaches()
        self.successResultOf(calling)
        self.clock.advance(0)
        self.endpoint, self.certificate = Endpoint(), Passing().load()
        calling = self._calls()
        server = self._reaches()

        assert "has another certificate" in self._reason(calling, Untrusted)
        assert (b"", True) == (server.heard, self.endpoint.transport.disconnected)

    def test_another_fingerprint(self) -> None:
        """A server without the fingerprint of the address gets nothing."""
        calling = self._calls(expected=f"sha256:{'0' * 64}")
        server = self._reaches()

        assert "the address says sha256:0000" in self._reason(calling, Untrusted)
        assert b"" == server.heard

    def test_an_answer_in_plain_text(self) -> None:
        """A server that answers in plain text is refused, and the sentence names --no-tls."""
        for answer in (b'{"status":"success"}\n', b"HTTP/1.1 400 Bad Request\r\n", b"\x00"):
            self.endpoint = Endpoint()
            calling = self._calls()
            self.endpoint.answers()
            self.endpoint.protocol.dataReceived(answer)

            assert (
                f"The server at {PLACE} does not encrypt. If it is an old server, and you trust the network,"
                " connect with --no-tls"
            ) == self._reason(calling)
            assert self.endpoint.transport.disconnected

    def test_a_server_that_is_full(self) -> None:
        """A full server says so in plain text; the sentence does not name --no-tls."""
        calling = self._calls()
        self.endpoint.answers()
        self.endpoint.protocol.dataReceived(
            b'{"status":"error","sender":"SERVER","receiver":"","text":"Too many","code":"too_many"}\n'
        )

        assert f"The server at {PLACE} is full: try again later" == self._reason(calling)

    def test_a_server_that_is_shutting_down(self) -> None:
        """The same from one that shuts down, or is not back yet."""
        calling = self._calls()
        self.endpoint.answers()
        self.endpoint.protocol.dataReceived(
            b'{"status":"error","sender":"SERVER","receiver":"","text":"Bye","code":"shutting_down"}\n'
        )

        assert f"The server at {PLACE} is shutting down: try again later" == self._reason(calling)

    def test_a_server_that_hangs_up(self) -> None:
        """A server that closes the connection during the handshake may be an old one."""
        calling = self._calls()
        self.endpoint.answers()
        self.endpoint.protocol.connectionLost(Failure(error.ConnectionDone()))

        assert f"The server at {PLACE} closed the connection instead of encrypting." in self._reason(calling)

    def test_a_server_that_refuses(self) -> None:
        """A failed handshake is reported with OpenSSL's reason; the sentence does not name --no-tls."""
        calling = self._calls()
        self.endpoint.answers()
        self.endpoint.protocol.dataReceived(b"\x15\x03\x03\x00\x02\x02\x28")
        self.endpoint.protocol.connectionLost(Failure(error.ConnectionDone()))
        reason = self._reason(calling)

        assert reason.startswith(f"No encrypted connection to {PLACE}: ")
        assert ("handshake failure" in reason, False) == (True, "--no-tls" in reason)

    def test_a_server_that_says_nothing(self) -> None:
        """A server that does not answer for 10 seconds is given up."""
        calling = self._calls()
        self.endpoint.answers()
        self.clock.advance(9.9)
        self.assertNoResult(calling)
        self.clock.advance(0.1)

        assert "did not start to encrypt within 10 seconds" in self._reason(calling)
        assert self.endpoint.transport.disconnected

    def test_nobody_there(self) -> None:
        """The endpoint's own failure is passed on."""
        calling = self._calls()
        self.endpoint.calling.errback(error.ConnectionRefusedError())

        self.failureResultOf(calling, error.ConnectionRefusedError)

    def test_cancelled(self) -> None:
        """A cancelled call is cancelled, before or after the connection was made."""
        calling = self._calls()
        calling.cancel()
        self.failureResultOf(calling, CancelledError)

        self.endpoint = Endpoint()
        calling = self._calls()
        self.endpoint.answers()
        calling.cancel()
        self.endpoint.protocol.connectionLost(Failure(error.ConnectionDone()))

        self.failureResultOf(calling, CancelledError)
        assert (True, []) == (self.endpoint.transport.disconnected, self.clock.getDelayedCalls())


def test_old_versions_are_not_spoken() -> None:
    """A server with nothing newer than TLS 1.1 is refused."""
    server = SSL.Context(SSL.TLS_SERVER_METHOD)
    server.set_min_proto_version(SSL.TLS1_1_VERSION)
    server.set_max_proto_version(SSL.TLS1_1_VERSION)
    server.set_cipher_list(b"ALL:@SECLEVEL=0")
    ours, theirs = SSL.Connection(new_context(), None), SSL.Connection(server, None)
    ours.set_connect_state()
    theirs.set_accept_state()
    with pytest.raises(SSL.WantReadError):
        ours.do_handshake()
    theirs.bio_write(ours.bio_read(65_536))

    with pytest.raises(SSL.Error, match="unsupported protocol"):
        theirs.do_handshake()
