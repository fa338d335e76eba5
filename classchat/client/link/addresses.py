"""The parts of an address, `NAME@HOST:PORT#sha256:FINGERPRINT`: how each is read, and written."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address

from classchat.option_table import shown

FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")

_BRACKETS = tuple("<[{(")


_LONGEST_NAME = 255  # characters; every server has a limit of its own, and none is beyond this one


def port_number(text: str) -> int:
    """Return the number of a port.

    Raises:
        ValueError: it is not one; the sentence says so.
    """
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    if not 1 <= number <= 65535:
        raise ValueError(f"'{shown(text)}' is not a port: give a number from 1 to 65535")
    return number


def host_name(text: str) -> str:
    """Return the name or address of a host.

    Raises:
        ValueError: it can't be one; the sentence says so.
    """
    if text.startswith("[") and text.endswith("]") and ":" in text:
        text = text[1:-1]
    if text == "HOST" or (text[:1] in _BRACKETS and "host" in text.lower()):
        raise ValueError(f"Replace '{shown(text)}' with the address of the server")
    wrong = not text or any(character.isspace() or character in "@/" for character in text)
    if wrong or (":" in text and not _is_ipv6(text)):
        raise ValueError(
            f"'{shown(text)}' is not a host: give a name such as chat.example.org, or an address"
        )
    return text


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True


def user_name(text: str) -> str:
    """Return a name that can be sent as a bare line; whether it is allowed, the server decides.

    Raises:
        ValueError: it would be taken for something else; the sentence says so.
    """
    if not 1 <= len(text) <= _LONGEST_NAME or text.startswith("{") or not text.isprintable():
        raise ValueError("A user name is needed: letters, digits, '.', '_' or '-', without spaces")
    return text


def own_name(text: str) -> str:
    """Return a name as `user_name` does, but refuse `NAME`, the placeholder in the line to join with.

    Raises:
        ValueError: it is not a name; the sentence says what to do.
    """
    if text == "NAME" or (text[:1] in _BRACKETS and "name" in text.lower()):
        raise ValueError(f"Replace '{shown(text)}' with your own name, such as Alice@HOST")
    return user_name(text)


def read_place(text: str) -> tuple[str, int | None, str | None]:
    """Return host, port and fingerprint of `host`, `host:port#sha256:…`, `::1` or `[::1]:port`.

    A port or fingerprint that is missing is None.

    Raises:
        ValueError: it is not such an address; the sentence says so.
    """
    text, hash, shown = text.partition("#")
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            raise ValueError(f"'{text}' is not a host: write an IPv6 address as [::1] or [::1]:5555")
        port = port.removeprefix(":")
    elif text.count(":") > 1:
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    return host_name(host), port_number(port) if port else None, fingerprint(shown) if hash else None


def fingerprint(text: str) -> str:
    """Return a fingerprint in our form, `sha256:` and 64 digits; OpenSSL writes colons between pairs of them.

    Raises:
        ValueError: it is not one; the sentence says so.
    """
    kind, _, digits = text.lower().partition(":")
    written = f"{kind}:{digits.replace(':', '')}"
    if not FINGERPRINT.fullmatch(written):
        raise ValueError(
            f"'{text}' is not a fingerprint: give sha256: and the 64 digits that the server shows"
        )
    return written


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, judging by its name."""
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def place(host: str, port: int) -> str:
    """Return the address of a server as users type it."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
