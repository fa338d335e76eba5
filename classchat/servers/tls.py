"""TLS and plain text on one port: the server's certificate, and which clients may use plain text."""

from __future__ import annotations

from enum import Enum
from ipaddress import ip_address

from twisted.internet.address import UNIXAddress
from twisted.internet.interfaces import IAddress
from twisted.logger import Logger

from classchat.servers.certificates import Certificate, CertificateError, Source
from classchat.servers.records import Handshakes
from classchat.servers.transports import INTERNET


class Plaintext(Enum):
    """Which clients may use plain text."""

    ANY = "any"
    LOCAL = "local"
    """Those on this machine."""
    NEVER = "never"

    def is_taken_from(self, address: IAddress | None) -> bool:
        """Return whether a client at this address may use plain text."""
        return self is Plaintext.ANY or (self is Plaintext.LOCAL and is_local(address))


class Encryption:
    """A server's policy: TLS with its certificate, and plain text from some clients."""

    _log = Logger()

    def __init__(self, source: Source | None, plaintext: Plaintext = Plaintext.ANY) -> None:
        """Get the certificate from this source; without one there is no TLS at all."""
        self.source = source
        self.plaintext = plaintext
        self.certificate: Certificate | None = None
        self.handshakes = Handshakes()

    @property
    def names(self) -> frozenset[str]:
        """The hosts that the certificate is for."""
        return frozenset() if self.certificate is None else self.certificate.names

    def open(self) -> None:
        """Get the certificate, unless it is there already.

        Raises:
            CertificateError: there is no usable certificate.
        """
        if self.source is not None and self.certificate is None:
            self.certificate = self.source.load()

    def open_again(self) -> bool:
        """Get the certificate again, for new connections; keep the old one if that fails.

        Returns whether there is a new one.
        """
        if self.source is None:
            return False
        try:
            self.certificate = self.source.load_again()
        except CertificateError as error:
            self._log.warn("{error} The certificate in use stays.", error=error)
            return False
        return True


def is_local(address: IAddress | None) -> bool:
    """Return whether a client is on this machine: on its loopback network, or at a Unix socket."""
    if isinstance(address, INTERNET):
        ip = ip_address(address.host.partition("%")[0])
        return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback
    return isinstance(address, UNIXAddress)
