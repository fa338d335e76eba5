"""Trying an address: whether a ClassChat server answers there, with a page or without, with TLS or without.

A link is shown only if it works, so the server needs to tell no other process where it can be reached.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from http.client import BadStatusLine, HTTPConnection, HTTPException, HTTPSConnection

from cryptography import x509

_PATIENCE = 4.0  # seconds for each step of each attempt

_MOST_READ = 65_536  # bytes of a page

_MARK = b"<title>ClassChat"
"""What the page begins with, and the pages of other servers do not."""


class Unusable(Exception):
    """An address at which nobody can join: `Unreachable`, `Stranger` or `Misnamed`."""


class Unreachable(Unusable):
    """Nobody answers; the one argument says why."""


class Stranger(Unusable):
    """Another program answers."""


class Misnamed(Unusable):
    """The server does not answer to this name: RFC 9110, 15.5.20."""


@dataclass(frozen=True)
class Certain:
    """A server's certificate: its fingerprint, the names in it, and whether browsers accept it."""

    fingerprint: str
    names: tuple[str, ...]
    trusted: bool


@dataclass(frozen=True)
class Answering:
    """A ClassChat server answers."""

    pages: tuple[str, ...]
    """The schemes under which its page is there: "http", "https", both or neither."""

    certificate: Certain | None
    """None without TLS."""

    irc: bool = False
    """Whether IRC clients may join."""


Probe = Callable[[str, int], Answering]
"""Tries one host and port, as `probe` does."""


def probe(host: str, port: int) -> Answering:
    """Return what a server at a host and port offers.

    Raises:
        Unusable: no ClassChat server answers there.
    """
    plain = _has_page(HTTPConnection(host, port, timeout=_PATIENCE))
    certificate, encrypted = _over_tls(host, port)
    schemes = ("http" if plain else "", "https" if encrypted else "")
    return Answering(tuple(filter(None, schemes)), certificate, _takes_irc(host, port))


def _takes_irc(host: str, port: int) -> bool:
    """Return whether a server answers an IRC client with a line of IRC, if only that it wants TLS."""
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE) as connection:
            connection.settimeout(_PATIENCE)
            connection.sendall(b"CAP LS 302\r\n")
            answer = connection.recv(_MOST_READ)
            connection.sendall(b"QUIT\r\n")
    except OSError:
        return False
    return answer.startswith((b":", b"ERROR "))


def _over_tls(host: str, port: int) -> tuple[Certain | None, bool]:
    """Return the certificate, if the server has TLS, and whether the page is there as well."""
    for context in (ssl.create_default_context(), _unverified()):
        connection = HTTPSConnection(host, port, timeout=_PATIENCE, context=context)
        try:
            connection.connect()
        except ssl.SSLCertVerificationError:
            continue
        except OSError:
            break
        certificate = _certificate(connection.sock, context.verify_mode is ssl.CERT_REQUIRED)
        try:
            return certificate, _has_page(connection)
        except Unusable:
            return certificate, False
    return None, False


def _unverified() -> ssl.SSLContext:
    """Return a context for a certificate that is only read."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _certificate(connection: ssl.SSLSocket, trusted: bool) -> Certain:
    der = connection.getpeercert(binary_form=True) or b""
    return Certain(f"sha256:{sha256(der).hexdigest()}", names_in(der), trusted)


def names_in(der: bytes) -> tuple[str, ...]:
    """Return the names of hosts in a certificate, without those that stand for many."""
    try:
        extensions = x509.load_der_x509_certificate(der).extensions
        found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return ()
    return tuple(name for name in found.get_values_for_type(x509.DNSName) if "*" not in name)


def _has_page(connection: HTTPConnection) -> bool:
    """Ask for the page; return whether it is there: a server without a page refuses the request as a line.

    Raises:
        Unusable: no ClassChat server answers.
    """
    try:
        connection.request("GET", "/", headers={"Connection": "close"})
        answer = connection.getresponse()
        page = answer.read(_MOST_READ)
    except BadStatusLine as error:
        if '"status"' in str(error):
            return False
        raise Stranger from None
    except (HTTPException, ValueError):
        raise Stranger from None
    except socket.gaierror:
        raise Unreachable("there is no such host") from None
    except OSError as error:
        raise Unreachable(error.strerror or "no answer") from None
    finally:
        connection.close()
    match answer.status:
        case HTTPStatus.OK:
            if _MARK not in page:
                raise Stranger
            return True
        case HTTPStatus.PERMANENT_REDIRECT:
            return False
        case HTTPStatus.MISDIRECTED_REQUEST:
            raise Misnamed
        case _:
            raise Stranger
