"""TLS and plain text on one port: the first byte of a connection says which it is.

    waiting -> plain        any byte but 0x16: lines
    waiting -> handshake    0x16, which begins a TLS record with a handshake (RFC 8446, 5.1), and no line
    handshake -> encrypted  the same lines, in records

Until then nothing is written, but why we hang up on who says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from ipaddress import ip_address
from typing import Any, Protocol

from OpenSSL.SSL import Connection
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress, INegotiated
from twisted.logger import Logger

from classchat.errors import ChatError, PlaintextOnly, TLSRequired
from classchat.servers.certificates import Certificate, CertificateError, Source
from classchat.wire.lines import EndOfLines, LineSplitter, Splitter, TooLongLine

_HANDSHAKE = b"\x16"
"""The first byte of every connection with TLS."""


class Plaintext(Enum):
    """Who may speak plain text."""

    ANY = "any"
    LOCAL = "local"
    """Who comes from this machine."""
    NEVER = "never"

    def is_taken_from(self, address: IAddress | None) -> bool:
        """Tell whether who comes from there may speak plain text."""
        return self is Plaintext.ANY or (self is Plaintext.LOCAL and is_local(address))


class Encryptable(Protocol):
    """A connection whose first byte is waited for."""

    @property
    def transport(self) -> Any:
        """Twisted's transport."""

    def splits_by(self, splitter: Splitter) -> None:
        """Make lines of what comes from now on with this."""

    def encrypts_by(self, tls: Connection, lines: LineSplitter) -> Splitter:
        """Read and write records from now on; return what makes lines of those that come."""

    def heard_all(self) -> None:
        """Close both halves at once."""

    def hang_up(self, reason: ChatError) -> None:
        """Say why, and close the connection."""


class Encryption:
    """What a server takes: TLS with its certificate, and plain text from some."""

    _log = Logger()

    def __init__(self, source: Source | None, plaintext: Plaintext = Plaintext.ANY) -> None:
        """Get the certificate from this source; without one there is no TLS at all."""
        self.source = source
        self._plaintext = plaintext
        self.certificate: Certificate | None = None

    def open(self) -> None:
        """Get the certificate, if that did not happen before.

        Raises:
            CertificateError: there is none that can be served with.
        """
        if self.source is not None and self.certificate is None:
            self.certificate = self.source.load()

    def open_again(self) -> bool:
        """Get the certificate again, for connections that are yet to come; keep the old one if that fails."""
        if self.source is None:
            return False
        try:
            self.certificate = self.source.load_again()
        except CertificateError as error:
            self._log.warn("{error} The certificate in use stays.", error=error)
            return False
        return True

    def waits_for(self, connection: Encryptable, lines: LineSplitter) -> None:
        """Look at a connection's first byte before its lines are split."""
        if INegotiated.providedBy(connection.transport):
            connection.heard_all()  # its endpoint encrypts, as `ssl:` does, and Twisted's TLS has no halves
        else:
            connection.splits_by(FirstByte(self, connection, lines))

    def decided(self, connection: Encryptable, lines: LineSplitter, first: bytes) -> Splitter | None:
        """Return what splits a connection that begins like this; None if there is no such connection."""
        if first != _HANDSHAKE:
            connection.splits_by(lines)
            if self._plaintext.is_taken_from(connection.transport.getPeer()):
                return lines
            connection.hang_up(TLSRequired())
        elif self.certificate is not None:
            return connection.encrypts_by(self.certificate.connection(), lines)
        else:
            connection.splits_by(lines)
            connection.hang_up(PlaintextOnly())
        return None


class FirstByte:
    """Stands where a connection's lines are split, until its first byte is there."""

    __slots__ = ("_connection", "_encryption", "_lines")

    def __init__(self, encryption: Encryption, connection: Encryptable, lines: LineSplitter) -> None:
        self._encryption = encryption
        self._connection = connection
        self._lines = lines

    def feed(self, chunk: bytes) -> Sequence[bytes | TooLongLine | EndOfLines]:
        """Decide, and be here no more; return the first lines."""
        if not chunk:
            return []
        splitter = self._encryption.decided(self._connection, self._lines, chunk[:1])
        return [] if splitter is None else splitter.feed(chunk)

    def clear(self) -> bytes:
        """Return what was read, and is no line yet: nothing."""
        return b""


def is_local(address: IAddress | None) -> bool:
    """Tell whether who is there is on this machine: on its loopback network, or at a Unix socket."""
    if isinstance(address, IPv4Address | IPv6Address):
        ip = ip_address(address.host.partition("%")[0])
        return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback
    return isinstance(address, UNIXAddress)
