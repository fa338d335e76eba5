"""Connections with TLS, on which nothing is sent before the server is trusted.

calling -> handshake   the connection is made
handshake -> open      the handshake is done, and the certificate trusted: only now the protocol is made
handshake -> failed    it is not; or there is no answer, or one in plain text. Plain text is never tried
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import idna
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from OpenSSL import SSL
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import verify_certificate_hostname, verify_certificate_ip_address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IHandshakeListener,
    IOpenSSLClientConnectionCreator,
    IProtocol,
    IProtocolFactory,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat import tls_context
from classchat.client.link.several import ISeveralAddresses, has_another
from classchat.client.link.trust import NotSecure, Trust
from classchat.errors import ChatError, ShuttingDown, TooMany
from classchat.messages import Error
from classchat.wire.lines import decode_event

HANDSHAKE_TIMEOUT = 10.0
"""Seconds that a server has for the handshake."""

_HANDSHAKE, _ALERT = b"\x16", b"\x15"
"""How a server's first answer may begin, if it speaks TLS."""

_WITHOUT = "If it is an old server, and you trust the network, connect with --no-tls"


def new_context() -> SSL.Context:
    """Return the TLS context of all connections of a client; it reads the system's certificates."""
    context = tls_context.new_context(SSL.TLS_CLIENT_METHOD)
    context.set_default_verify_paths()
    context.set_verify(SSL.VERIFY_PEER, _look_at)
    return context


def _look_at(connection: SSL.Connection, _certificate: object, _error: int, _depth: int, good: int) -> bool:
    """Record the system's verdict on the certificate: it is used when the handshake is done."""
    if not good:
        connection.get_app_data().wrappedProtocol.vouched = False
    return True


@implementer(ISeveralAddresses)
class SecureEndpoint:
    """An endpoint that hands over a connection once it is encrypted and trusted."""

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        host: str,
        trust: Trust,
        clock: IReactorTime,
        context: SSL.Context | None = None,
    ) -> None:
        """Call `endpoint`, which has to be `host`; a test may pass its own `context`."""
        self._endpoint = endpoint
        self._host = host
        self._trust = trust
        self._clock = clock
        self._context = context

    def has_another(self) -> bool:
        """Return whether the endpoint below has another address."""
        return has_another(self._endpoint)

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Return what fires with a protocol of the factory, or fails, for example with NotSecure."""
        self._context = self._context or new_context()
        handshakes: list[_Handshake] = []
        calling: Deferred[IProtocol]

        def cancel(_: object) -> None:
            for handshake in handshakes:
                handshake.transport.abortConnection()
            calling.cancel()

        opened: Deferred[IProtocol] = Deferred(cancel)

        def begin(address: IAddress) -> _Handshake:
            handshakes.append(_Handshake(factory, address, self._host, self._trust, self._clock, opened))
            return handshakes[-1]

        secured = TLSMemoryBIOFactory(
            _Creator(self._context, self._host), True, _Handshakes(begin), self._clock
        )
        secured.protocol = _Transport
        calling = self._endpoint.connect(secured)
        calling.addErrback(lambda failure: None if opened.called else opened.errback(failure))
        return opened


class _Handshakes(Factory):
    """A factory of the protocols that watch a handshake."""

    noisy = False

    def __init__(self, begin: Callable[[IAddress], _Handshake]) -> None:
        self._begin = begin

    def buildProtocol(self, addr: Any) -> Any:
        """Return the protocol of a new connection."""
        return self._begin(addr)


@implementer(IOpenSSLClientConnectionCreator)
class _Creator:
    """A factory of TLS connections to one host."""

    def __init__(self, context: SSL.Context, host: str) -> None:
        self._context = context
        self._host = host

    def clientConnectionForTLS(self, tlsProtocol: object) -> SSL.Connection:  # noqa: ARG002
        """Return the TLS connection; it names the host to the server."""
        connection = SSL.Connection(self._context, None)
        name = _server_name(self._host)
        if name is not None:
            connection.set_tlsext_host_name(name)
        return connection


class _Transport(BufferingTLSTransport):
    """TLS that looks at the server's first bytes, which may be plain text."""

    wrappedProtocol: Any
    _answered = False

    def dataReceived(self, bytes: bytes) -> None:
        """Take bytes."""
        if not self._answered:
            self._answered = True
            if bytes[:1] not in (_HANDSHAKE, _ALERT):
                self.wrappedProtocol.answered_in_plain_text(bytes)
                return
        super().dataReceived(bytes)


@implementer(IHandshakeListener)
class _Handshake(Protocol):
    """A stand-in for the protocol, as long as nothing may be sent."""

    transport: _Transport

    def __init__(
        self,
        factory: IProtocolFactory,
        address: IAddress,
        host: str,
        trust: Trust,
        clock: IReactorTime,
        opened: Deferred[IProtocol],
    ) -> None:
        self.vouched = True
        """Whether the system trusts the certificate, for whichever host."""
        self._factory = factory
        self._address = address
        self._host = host
        self._trust = trust
        self._clock = clock
        self._opened = opened
        self._deadline: IDelayedCall

    def connectionMade(self) -> None:
        """Start the handshake."""
        self._deadline = self._clock.callLater(HANDSHAKE_TIMEOUT, self._too_late)

    def handshakeCompleted(self) -> None:
        """Make the protocol, if the server is trusted."""
        certificate = self.transport.getHandle().get_peer_certificate(as_cryptography=True)
        vouched = self.vouched and _is_for(self._host, certificate)
        try:
            self._trust.check(f"sha256:{certificate.fingerprint(hashes.SHA256()).hex()}", vouched)
        except NotSecure:
            self._fail(Failure())
            return
        self._deadline.cancel()
        protocol: Any = self._factory.buildProtocol(self._address)
        self.transport.wrappedProtocol = protocol
        protocol.makeConnection(self.transport)
        self._opened.callback(protocol)

    def answered_in_plain_text(self, answer: bytes) -> None:
        """Refuse plain text; but a server that takes nobody says so before TLS can begin."""
        match _code(answer):
            case TooMany.code:
                self._refuse(f"The server at {self._trust.place} is full: try again later")
            case ShuttingDown.code:
                self._refuse(f"The server at {self._trust.place} is shutting down: try again later")
            case _:
                self._refuse(f"The server at {self._trust.place} does not encrypt. {_WITHOUT}")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Fail: the server has closed the connection."""
        why = _reason(reason.value)
        if why:
            self._refuse(f"No encrypted connection to {self._trust.place}: {why}")
        else:
            self._refuse(
                f"The server at {self._trust.place} closed the connection instead of encrypting. {_WITHOUT}"
            )

    def _too_late(self) -> None:
        self._refuse(
            f"The server at {self._trust.place} did not start to encrypt within"
            f" {HANDSHAKE_TIMEOUT:g} seconds. {_WITHOUT}"
        )

    def _refuse(self, reason: str) -> None:
        self._fail(Failure(NotSecure(reason)))

    def _fail(self, failure: Failure) -> None:
        if self._deadline.active():
            self._deadline.cancel()
        if not self._opened.called:
            if self.transport.connected:
                self.transport.abortConnection()
            self._opened.errback(failure)


def _server_name(host: str) -> bytes | None:
    """Return a host's name as it is sent to the server (RFC 6066, 3); None for an address."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        pass
    else:
        return None
    try:
        return host.encode("ascii") if host.isascii() else idna.encode(host)
    except idna.IDNAError:
        return None


def _is_for(host: str, certificate: x509.Certificate) -> bool:
    """Return whether a certificate is for a host (RFC 6125)."""
    try:
        if _server_name(host) is None:
            verify_certificate_ip_address(certificate, host)
        else:
            verify_certificate_hostname(certificate, host)
    except (VerificationError, CertificateError, ValueError):
        return False
    return True


def _code(answer: bytes) -> str | None:
    """Return the code of an error, if an answer is one."""
    try:
        event = decode_event(answer.partition(b"\n")[0])
    except ChatError:
        return None
    return event.code if isinstance(event, Error) else None


def _reason(error: BaseException | None) -> str:
    """Return OpenSSL's reason for an error; "" if there is none."""
    if isinstance(error, SSL.Error) and error.args and error.args[0]:
        return str(error.args[0][-1][-1])
    return ""
