"""Connections with TLS, on which nothing is said before the server is trusted.

calling -> handshake   somebody is there
handshake -> open      the handshake is done, and the certificate trusted: only now is there a protocol
handshake -> failed    it is not; or there is no answer, or one in plain text. Never is it tried without
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
from classchat.client.link.trust import NotSecure, Trust
from classchat.errors import ChatError, TooMany
from classchat.messages import Error
from classchat.wire.lines import decode_event

HANDSHAKE_TIMEOUT = 10.0
"""Seconds that a server has for the handshake."""

_HANDSHAKE, _ALERT = b"\x16", b"\x15"
"""How a server's first answer may begin, if it speaks TLS."""

_WITHOUT = "If it is an old server, and you trust the network, connect with --no-tls"


def new_context() -> SSL.Context:
    """Return what all connections of one client have in common; the system's certificates are read for it."""
    context = tls_context.new_context(SSL.TLS_CLIENT_METHOD)
    context.set_default_verify_paths()
    context.set_verify(SSL.VERIFY_PEER, _look_at)
    return context


def _look_at(connection: SSL.Connection, _certificate: object, _error: int, _depth: int, good: int) -> bool:
    """Take note of what the system thinks of the certificate: we decide when the handshake is done."""
    if not good:
        connection.get_app_data().wrappedProtocol.vouched = False
    return True


@implementer(IStreamClientEndpoint)
class SecureEndpoint:
    """Calls a server, and hands over the connection once it is encrypted and trusted."""

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        host: str,
        trust: Trust,
        clock: IReactorTime,
        context: SSL.Context | None = None,
    ) -> None:
        """Call `endpoint`, where `host` has to be; the `context` is a test's, or else our own."""
        self._endpoint = endpoint
        self._host = host
        self._trust = trust
        self._clock = clock
        self._context = context

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        """Return what fires with a protocol of the factory; or fails, with NotSecure too."""
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
    """Makes what looks after the handshake of a connection."""

    noisy = False

    def __init__(self, begin: Callable[[IAddress], _Handshake]) -> None:
        self._begin = begin

    def buildProtocol(self, addr: Any) -> Any:
        """Return it."""
        return self._begin(addr)


@implementer(IOpenSSLClientConnectionCreator)
class _Creator:
    """Makes the client's end of a connection to one host."""

    def __init__(self, context: SSL.Context, host: str) -> None:
        self._context = context
        self._host = host

    def clientConnectionForTLS(self, tlsProtocol: object) -> SSL.Connection:  # noqa: ARG002
        """Return it; it tells the server which name it was called by."""
        connection = SSL.Connection(self._context, None)
        name = _server_name(self._host)
        if name is not None:
            connection.set_tlsext_host_name(name)
        return connection


class _Transport(BufferingTLSTransport):
    """TLS that has a look at the very first answer, which may be in plain text."""

    wrappedProtocol: Any
    _answered = False

    def dataReceived(self, bytes: bytes) -> None:
        """Take what arrives."""
        if not self._answered:
            self._answered = True
            if bytes[:1] not in (_HANDSHAKE, _ALERT):
                self.wrappedProtocol.answered_in_plain_text(bytes)
                return
        super().dataReceived(bytes)


@implementer(IHandshakeListener)
class _Handshake(Protocol):
    """Stands where the protocol will be, as long as nothing may be said."""

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
        """Whether the system trusts the certificate, whomever it is for."""
        self._factory = factory
        self._address = address
        self._host = host
        self._trust = trust
        self._clock = clock
        self._opened = opened
        self._deadline: IDelayedCall

    def connectionMade(self) -> None:
        """Somebody is there."""
        self._deadline = self._clock.callLater(HANDSHAKE_TIMEOUT, self._too_late)

    def handshakeCompleted(self) -> None:
        """Make the protocol, if the server is the right one."""
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
        """Do not believe a word of it; but a server that is full says so before it knows what we speak."""
        if _code(answer) == TooMany.code:
            self._refuse(f"The server at {self._trust.place} is full: try again later")
        else:
            self._refuse(f"The server at {self._trust.place} does not encrypt. {_WITHOUT}")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The server does not want to."""
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
    """Return a host's name as it is said to the server (RFC 6066, 3); None for an address."""
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
    """Tell whether a certificate is that of a host (RFC 6125)."""
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
    """Return what OpenSSL says of an error; "" if it is none of its own."""
    if isinstance(error, SSL.Error) and error.args and error.args[0]:
        return str(error.args[0][-1][-1])
    return ""
