"""TLS and plain text on one port: the first byte of a connection says which it is.

    waiting -> plain        any byte but 0x16: lines
    waiting -> handshake    0x16, which begins a TLS record with a handshake (RFC 8446, 5.1), and no line
    handshake -> encrypted  the same lines, in records

Until then nothing is written, but why we hang up on who says nothing.
"""

from __future__ import annotations

from enum import Enum
from ipaddress import ip_address
from typing import Any, Protocol

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.interfaces import IAddress, INegotiated
from twisted.logger import Logger

from classchat.errors import ChatError, PlaintextOnly, TLSRequired
from classchat.servers.certificates import Certificate, CertificateError, Source
from classchat.wire.lines import LineSplitter, Splitter, TooLongLine

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
        """Twisted's transport, which can be told to encrypt."""

    def splits_by(self, splitter: Splitter) -> None:
        """Make lines of what comes from now on with this."""

    def encrypted(self) -> None:
        """Write to the transport from now on, and nowhere else."""

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
            self.certificate = self.source.load()
        except CertificateError as error:
            self._log.warn("{error} The certificate in use stays.", error=error)
            return False
        return True

    def waits_for(self, connection: Encryptable, lines: LineSplitter) -> None:
        """Look at a connection's first byte before its lines are split."""
        if INegotiated.providedBy(connection.transport):
            connection.encrypted()  # its endpoint did it already, as `ssl:` does
        else:
            connection.splits_by(FirstByte(self, connection, lines))

    def begins(self, connection: Encryptable, chunk: bytes) -> bool:
        """Take the first bytes of a connection; tell whether they are those of lines."""
        transport = connection.transport
        if not chunk.startswith(_HANDSHAKE):
            taken = self._plaintext.is_taken_from(transport.getPeer())
            if not taken:
                connection.hang_up(TLSRequired())
            return taken
        if self.certificate is None:
            connection.hang_up(PlaintextOnly())
        else:
            connection.encrypted()
            transport.startTLS(self.certificate)
            transport.protocol.dataReceived(chunk)
        return False


class FirstByte:
    """Stands where a connection's lines are split, until its first byte is there."""

    __slots__ = ("_connection", "_encryption", "_lines")

    def __init__(self, encryption: Encryption, connection: Encryptable, lines: LineSplitter) -> None:
        self._encryption = encryption
        self._connection = connection
        self._lines = lines

    def feed(self, chunk: bytes) -> list[bytes | TooLongLine]:
        """Decide, and be here no more; return the lines of plain text."""
        self._connection.splits_by(self._lines)
        return self._lines.feed(chunk) if self._encryption.begins(self._connection, chunk) else []

    def clear(self) -> bytes:
        """Return what was read, and is no line yet: nothing."""
        return b""


def is_local(address: IAddress | None) -> bool:
    """Tell whether who is there is on this machine: on its loopback network, or at a Unix socket."""
    if isinstance(address, IPv4Address | IPv6Address):
        ip = ip_address(address.host.partition("%")[0])
        return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback
    return isinstance(address, UNIXAddress)
