"""The server's certificate and its private key: made, read from PEM files, and ready for connections.

A certificate that the server makes is signed by itself. Clients know it by its fingerprint: the SHA-256 of
its DER form, as `openssl x509 -fingerprint -sha256` shows it.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import SSL
from twisted.logger import Logger

from classchat.files import doubts_about_file, is_strangers, make_private, may_be_read, open_private
from classchat.tls_context import new_context

_OPTIONS = SSL.OP_NO_TICKET | SSL.OP_CIPHER_SERVER_PREFERENCE

_KEY = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.DOTALL)

_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_FOR_EVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""RFC 5280, 4.1.2.5: "no well-defined expiration date". A client that trusts a fingerprint checks no date."""


class CertificateError(Exception):
    """The server has no usable certificate; the one argument says why in a sentence."""


@dataclass(frozen=True, eq=False)
class Certificate:
    """A certificate with its private key, ready for connections."""

    fingerprint: str
    """`sha256:` and 64 hexadecimal digits."""

    names: frozenset[str]
    """The hosts that it is for, in lower case; `*` stands for one label at the beginning."""

    vouched_for: bool
    """Whether an authority has signed it, which browsers may know."""

    _context: SSL.Context

    ends: float = 0.0
    """When it expires, in seconds since 1970."""

    def connection(self) -> SSL.Connection:
        """Return the server's end of a new connection, which reads and writes memory."""
        return SSL.Connection(self._context, None)


def make_pem() -> bytes:
    """Return a new private key, on the curve P-256, and a certificate that it signs itself, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ClassChat")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_ALWAYS)
        .not_valid_after(_FOR_EVER)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(serialization.Encoding.PEM)


class Source(Protocol):
    """A source of a server's certificate."""

    is_there: bool
    """Whether it exists before the server starts, which then reads it and makes nothing."""

    lasts: bool
    """Whether it is the same after a restart of the server."""

    def load(self) -> Certificate:
        """Return the certificate as it is now.

        Raises:
            CertificateError: it can't be made, read or used.
        """

    def load_again(self) -> Certificate:
        """Return the certificate as it is now, while the server runs: a deleted one is not made again.

        Raises:
            CertificateError: it can't be read or used.
        """


class Given(Source):
    """The operator's certificate: a PEM file, with the private key in the same file or in another."""

    is_there = True
    lasts = True
    _log = Logger()

    def __init__(self, certificate: Path, key: Path | None = None) -> None:
        self._certificate = certificate
        self._key = key

    def load(self) -> Certificate:
        """Read the files."""
        certificate = load(self._certificate, self._key)
        _warn(self._log, self._key or self._certificate)
        return certificate

    def load_again(self) -> Certificate:
        """Read the files."""
        return self.load()


class Kept(Source):
    """A certificate that the server makes once, and keeps with its key in a file that only it may read."""

    is_there = False
    lasts = True
    _log = Logger()

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Certificate:
        """Read the file, or make it."""
        if not self._path.exists():
            _keep(self._path, make_pem())
        return self.load_again()

    def load_again(self) -> Certificate:
        """Read the file: clients know its fingerprint, and would refuse a new certificate."""
        if is_strangers(self._path):
            raise CertificateError(
                f"The private key in '{self._path}' belongs to another user, who can read it: remove it, "
                "or take another file for the journal."
            )
        if self._path.exists() and not self._path.is_file():  # reading a pipe may never end
            raise CertificateError(f"The certificate '{self._path}' can't be read: it is not a file.")
        certificate = load(self._path)
        if may_be_read(self._path) and make_private(self._path):
            self._log.warn(
                "Other users could read the private key '{path}' until now: if one of them has, delete it, "
                "and start the server again with a new one",
                path=self._path,
            )
        _warn(self._log, self._path)
        return certificate


class Passing(Source):
    """A certificate that the server makes when it starts, and forgets when it stops."""

    is_there = False
    lasts = False

    def __init__(self) -> None:
        self._made: Certificate | None = None

    def load(self) -> Certificate:
        """Make the certificate, once."""
        if self._made is None:
            pem = make_pem()
            self._made = parse(pem, "memory", pem, "memory")
        return self._made

    def load_again(self) -> Certificate:
        """Return the certificate."""
        return self.load()


def _warn(log: Logger, key: Path) -> None:
    """Log which other users can read the file of a private key."""
    for doubt in doubts_about_file(key, "The private key"):
        log.warn("{doubt}", doubt=doubt)


def load(certificate: Path, key: Path | None = None) -> Certificate:
    """Return the certificate of a PEM file, which the certificates of its issuers may follow.

    Without a `key` file, the private key is in the same file.

    Raises:
        CertificateError: it can't be read or used.
    """
    found = _read(certificate, "certificate")
    return parse(found, certificate, found if key is None else _read(key, "private key"), key or certificate)


def parse(certificate: bytes, where: Path | str, key: bytes, key_where: Path | str) -> Certificate:
    """Return the certificate of some PEM; errors name the places where the PEM comes from.

    Raises:
        CertificateError: it can't be used.
    """
    try:
        first, *others = x509.load_pem_x509_certificates(certificate)
    except ValueError:
        raise CertificateError(f"There is no certificate in '{where}': give a PEM file.") from None
    private = _private_key(key, key_where)
    if private.public_key() != first.public_key():
        raise CertificateError(f"The private key in '{key_where}' is not the certificate's in '{where}'.")
    context = new_context(SSL.TLS_SERVER_METHOD, _OPTIONS)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    try:
        context.use_certificate(first)
        for one in others:
            context.add_extra_chain_cert(one)
        context.use_privatekey(private)
    except SSL.Error as error:  # a key that is too short, say
        raise CertificateError(f"The certificate in '{where}' can't be used: {_reason(error)}.") from None
    ends = first.not_valid_after_utc.timestamp()
    fingerprint = f"sha256:{first.fingerprint(hashes.SHA256()).hex()}"
    return Certificate(fingerprint, _names(first), first.issuer != first.subject, context, ends)


def _names(certificate: x509.Certificate) -> frozenset[str]:
    """Return the names of hosts in a certificate (RFC 5280, 4.2.1.6)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):  # there are none, or none that can be read
        return frozenset()
    return frozenset(name.lower() for name in found.value.get_values_for_type(x509.DNSName))


def _private_key(pem: bytes, where: Path | str) -> Any:
    block = _KEY.search(pem)
    if block is None:
        raise CertificateError(f"There is no private key in '{where}': name its PEM file with --key.")
    try:
        return serialization.load_pem_private_key(block[0], None)
    except TypeError:
        raise CertificateError(f"The private key in '{where}' has a password: store it without.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError(f"The private key in '{where}' can't be read: it is damaged.") from None


def _reason(error: SSL.Error) -> str:
    """Return what OpenSSL says about an error."""
    return str(error.args[0][-1][-1]) if error.args and error.args[0] else "OpenSSL does not say why"


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"The {what} '{path}' can't be read: {error.strerror}.") from None


def _keep(path: Path, pem: bytes) -> None:
    """Write a file that no other user may read, whole or not at all, unless it exists by now."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with suppress(FileNotFoundError):
            beside.unlink()  # left by a process of this number that was killed
        with open(open_private(beside), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            pass  # another process was faster: its file counts
        except OSError:  # a file system without links; only one process has the journal next to it
            os.rename(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise CertificateError(f"The certificate '{path}' can't be made: {error.strerror}.") from None
