r"""The header of the PROXY protocol, with which a proxy says where a connection comes from.

    PROXY TCP4 203.0.113.9 192.0.2.1 50123 5555\r\n     version 1: a line of at most 107 bytes
    \r\n\r\n\0\r\nQUIT\n  21 11 000c  cb007109 …       version 2: a signature of 12 bytes, then

      1 byte   0x20 LOCAL, or 0x21 PROXY
      1 byte   0x11 TCP over IPv4, 0x21 TCP over IPv6, 0x31 a Unix socket, 0x00 unknown
      2 bytes  the length of the rest: both addresses, both ports, and fields (TLVs) that are skipped

Source: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt

Twisted's own parser (twisted.protocols.haproxy) is not used: it drops a header of which fewer than 16 bytes
come first, accepts any text as an address, and does not bound a line that comes in one piece.
"""

from __future__ import annotations

import re
import struct
from ipaddress import IPv4Address as IPv4
from ipaddress import IPv6Address as IPv6
from typing import Final, NamedTuple

from twisted.internet.address import IPv4Address, IPv6Address

Source = IPv4Address | IPv6Address

_SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"
_FIXED = 16
"""Bytes of a header of version 2 before the addresses: the signature and four more."""

_WORD: Final = b"PROXY "
_LONGEST_LINE = 107
"""Bytes of a line of version 1, with its end."""

_LOCAL, _PROXY = 0x20, 0x21
_TCP4, _TCP6 = 0x11, 0x21
_NO_ADDRESS = {0x00, 0x31}
"""Connections without an IP address: unknown ones, and Unix sockets."""

_LINE = re.compile(
    rb"PROXY TCP(?P<version>[46]) (?P<source>[0-9A-Fa-f.:]{2,39}) (?P<target>[0-9A-Fa-f.:]{2,39})"
    rb" (?P<port>0|[1-9][0-9]{0,4}) (?P<target_port>0|[1-9][0-9]{0,4})\r\n"
)
_UNKNOWN_LINE = re.compile(rb"PROXY UNKNOWN(?: [^\r\n]*)?\r\n")


class BadHeader(Exception):
    """A connection does not begin with a header; the only argument says why, after "its PROXY header"."""


class ProxyHeader(NamedTuple):
    """A complete header."""

    source: Source | None
    """The client's address; None where the proxy speaks for itself, or does not know it."""

    rest: bytes
    """The client's bytes that came with the header."""


class HeaderReader:
    """Collects the bytes of one header, in any pieces."""

    __slots__ = ("_bytes", "_most")

    def __init__(self, most: int) -> None:
        """Read a header of at most so many bytes."""
        self._bytes = b""
        self._most = most

    @property
    def has_begun(self) -> bool:
        """Whether any bytes have come."""
        return bool(self._bytes)

    def feed(self, data: bytes) -> ProxyHeader | None:
        """Add the next bytes; return the header, or None if it is not complete.

        Raises:
            BadHeader: the bytes are not the beginning of a header.
        """
        self._bytes += data
        if _agree(self._bytes, _WORD):
            return self._line()
        if _agree(self._bytes, _SIGNATURE):
            return self._block()
        raise BadHeader("is missing")

    def _line(self) -> ProxyHeader | None:
        end = self._bytes.find(b"\n", 0, _LONGEST_LINE) + 1
        if not end:
            if len(self._bytes) >= _LONGEST_LINE:
                raise BadHeader(f"is longer than {_LONGEST_LINE} bytes")
            return None
        return ProxyHeader(_source_in_line(self._bytes[:end]), self._bytes[end:])

    def _block(self) -> ProxyHeader | None:
        if len(self._bytes) < _FIXED:
            return None
        command, kind, length = struct.unpack_from("!BBH", self._bytes, len(_SIGNATURE))
        size = _FIXED + length
        if size > self._most:
            raise BadHeader(f"is longer than {self._most} bytes")
        if len(self._bytes) < size:
            return None
        return ProxyHeader(_source_in_block(command, kind, self._bytes[_FIXED:size]), self._bytes[size:])


def _agree(data: bytes, beginning: bytes) -> bool:
    """Return whether data has this beginning, as far as it goes."""
    return data.startswith(beginning) or beginning.startswith(data)


def _source_in_line(line: bytes) -> Source | None:
    if _UNKNOWN_LINE.fullmatch(line):
        return None
    match = _LINE.fullmatch(line)
    if match is None:
        raise BadHeader("can't be read")
    ip = IPv4 if match["version"] == b"4" else IPv6
    try:
        source, _ = (ip(match[side].decode("ascii")) for side in ("source", "target"))
    except ValueError:
        raise BadHeader("can't be read") from None
    ports = [int(match[side]) for side in ("port", "target_port")]
    if max(ports) > 65_535:
        raise BadHeader("can't be read")
    return _address(source, ports[0])


def _source_in_block(command: int, kind: int, rest: bytes) -> Source | None:
    if command == _LOCAL or (command == _PROXY and kind in _NO_ADDRESS):
        return None
    ip, form = (IPv4, "!4s4sHH") if kind == _TCP4 else (IPv6, "!16s16sHH")
    if command != _PROXY or kind not in (_TCP4, _TCP6) or len(rest) < struct.calcsize(form):
        raise BadHeader("can't be read")
    source, _, port, _ = struct.unpack_from(form, rest)
    return _address(ip(source), port)


def _address(ip: IPv4 | IPv6, port: int) -> Source:
    """Return an address as Twisted has it; an IPv4 address inside an IPv6 address counts as IPv4."""
    real = (ip.ipv4_mapped or ip) if isinstance(ip, IPv6) else ip
    kind = IPv4Address if real.version == 4 else IPv6Address
    return kind("TCP", str(real), port)
