"""What comes before a client's own bytes: PROXY headers, of proxies that are trusted and of liars."""

from __future__ import annotations

import socket
import struct
from typing import NamedTuple

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress

from tests.fuzz.choices import Choices

LIED = "198.51.100.66"
"""An address from which no client is: only those say it who are not trusted."""

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_HERE = "192.0.2.9"
_SOURCES = [
    "203.0.113.9",
    "203.0.113.9",
    "192.0.2.1",
    "2001:db8::9",
    "127.0.0.1",
    "::1",
    "::ffff:203.0.113.8",
]
_LOCAL = ("127.0.0.1", "::1")
"""What a proxy on another machine says of a client on its own: for the server it is the proxy."""

_FOR_ITSELF = [
    b"PROXY UNKNOWN\r\n",
    b"PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n",
    _SIGNATURE + b"\x20\x00\x00\x00",
    _SIGNATURE + b"\x20\x11\x00\x0c" + bytes(12),
    _SIGNATURE + b"\x21\x00\x00\x03\x03\x00\x00",
    _SIGNATURE + b"\x21\x31\x00\xd8" + b"/run/x.sock".ljust(216, b"\0"),
]
"""Headers that say nothing of a client."""

_BROKEN = [
    b"PROXY TCP4 203.0.113.9 192.0.2.9 70000 5555\r\n",
    b"PROXY TCP4 2001:db8::9 192.0.2.9 50123 5555\r\n",
    b"PROXY TCP4 203.0.113.9 192.0.2.9 050123 5555\r\n",
    b"PROXY TCP4 203.0.113.9\x00 192.0.2.9 50123 5555\r\n",
    b"PROXY TCP4 203.0.113.9 192.0.2.9 50123 5555\n",
    b"PROXY UDP4 203.0.113.9 192.0.2.9 50123 5555\r\n",
    b"PROXY  TCP4 203.0.113.9 192.0.2.9 50123 5555\r\n",
    b"proxy TCP4 203.0.113.9 192.0.2.9 50123 5555\r\n",
    b"PROXY TCP4 " + b"1" * 200 + b"\r\n",
    _SIGNATURE + b"\x11\x11\x00\x0c" + bytes(12),
    _SIGNATURE + b"\x22\x11\x00\x0c" + bytes(12),
    _SIGNATURE + b"\x21\x12\x00\x0c" + bytes(12),
    _SIGNATURE + b"\x21\x21\x00\x0c" + bytes(12),
    _SIGNATURE + b"\x21\x11\x00\x0b" + bytes(11),
    _SIGNATURE + b"\x21\x11\xff\xff" + bytes(70_000),
    _SIGNATURE[:-1] + b"\r\x21\x11\x00\x0c" + bytes(12),
    b"",
]
"""What is no header, whatever follows it."""


class Preface(NamedTuple):
    """The bytes before a client's own ones, and what follows from them."""

    data: bytes = b""
    is_valid: bool | None = None
    """Whether the server may hear the client; None where that is left open, or nothing is expected."""

    speaks_for_proxy: bool = True
    """Whether the connection may count as one of the proxy itself."""


def of_proxy(choices: Choices, proxy: IAddress) -> Preface:
    """Return the header of a trusted proxy, most often a good one."""
    match choices.below(10):
        case 6:
            return Preface(choices.of(_FOR_ITSELF), is_valid=True)
        case 7:
            return Preface(choices.of(_BROKEN), is_valid=False)
        case 8:
            data = bytearray(_header(choices, choices.of(_SOURCES)))
            for _ in range(choices.below(3) + 1):
                data[choices.below(len(data))] = choices.below(256)
            return Preface(bytes(data))
        case 9:
            data = bytearray(_header(choices, choices.of(_SOURCES)))
            return Preface(bytes(data[: choices.below(len(data))]))
        case _:
            source = choices.of([*_SOURCES, _own(proxy)])
            own = source in _LOCAL or source == _own(proxy)
            return Preface(_header(choices, source, _port(proxy)), True, own)


def of_liar(choices: Choices) -> Preface:
    """Return the header that a client sends without being a proxy: usually none."""
    return Preface(_header(choices, LIED)) if choices.one_in(8) else Preface()


def _own(address: IAddress) -> str:
    return address.host if isinstance(address, IPv4Address | IPv6Address) else "127.0.0.1"


def _port(address: IAddress) -> int:
    return address.port if isinstance(address, IPv4Address | IPv6Address) else 0


def _header(choices: Choices, source: str, port: int = 50_123) -> bytes:
    """Return a header of version 1 or 2, with fields behind the addresses or without."""
    is_ip6 = ":" in source
    if choices.one_in(2):
        kind, target = ("TCP6", "2001:db8::1") if is_ip6 else ("TCP4", _HERE)
        return f"PROXY {kind} {source} {target} {port} 5555\r\n".encode()
    family, here = (socket.AF_INET6, "2001:db8::1") if is_ip6 else (socket.AF_INET, _HERE)
    both = b"".join(socket.inet_pton(family, one) for one in (source, here))
    rest = both + struct.pack("!HH", port, 5_555) + choices.of([b"", b"\x04\x00\x01x", b"\xee\xff" * 300])
    return _SIGNATURE + struct.pack("!BBH", 0x21, 0x21 if is_ip6 else 0x11, len(rest)) + rest
