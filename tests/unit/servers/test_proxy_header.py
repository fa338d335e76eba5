"""Headers of the PROXY protocol: what they say, in any pieces, and which bytes are not a header."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address

from classchat.servers.proxy_header import BadHeader, HeaderReader, ProxyHeader, Source
from tests.tables import each_case

MOST = 4_096
_WHY = re.compile(r"is missing|can't be read|is longer than (107|4096) bytes")
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"

LINE = b"PROXY TCP4 203.0.113.9 192.0.2.1 50123 5555\r\n"
CLIENT = IPv4Address("TCP", "203.0.113.9", 50_123)


def block(command: int, kind: int, rest: bytes) -> bytes:
    """Return a header of version 2."""
    return SIGNATURE + struct.pack("!BBH", command, kind, len(rest)) + rest


def tcp4(host: str, port: int, fields: bytes = b"") -> bytes:
    """Return a header of version 2 for a client with an IPv4 address."""
    addresses = socket.inet_aton(host) + socket.inet_aton("192.0.2.1")
    return block(0x21, 0x11, addresses + struct.pack("!HH", port, 5_555) + fields)


def tcp6(host: str, port: int, fields: bytes = b"") -> bytes:
    """Return a header of version 2 for a client with an IPv6 address."""
    addresses = b"".join(socket.inet_pton(socket.AF_INET6, one) for one in (host, "2001:db8::1"))
    return block(0x21, 0x21, addresses + struct.pack("!HH", port, 5_555) + fields)


def read(pieces: Iterable[bytes], most: int = MOST) -> ProxyHeader | None:
    """Return the header that comes in these pieces, with all that follows it; None if it is incomplete."""
    reader, found, rest = HeaderReader(most), None, b""
    for piece in pieces:
        if found is None:
            found = reader.feed(piece)
        else:
            rest += piece
    return None if found is None else found._replace(rest=found.rest + rest)


@pytest.mark.parametrize(
    ("header", "source"),
    [
        (LINE, CLIENT),
        (b"PROXY TCP4 203.0.113.9 192.0.2.1 0 65535\r\n", IPv4Address("TCP", "203.0.113.9", 0)),
        (b"PROXY TCP6 2001:db8::9 2001:db8::1 50123 5555\r\n", IPv6Address("TCP", "2001:db8::9", 50_123)),
        (
            b"PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
            b" ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
            IPv6Address("TCP", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65_535),
        ),
        (b"PROXY UNKNOWN\r\n", None),
        (b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", None),
        (b"PROXY UNKNOWN" + b" " * 92 + b"\r\n", None),
        (tcp4("203.0.113.9", 50_123), CLIENT),
        (tcp4("203.0.113.9", 50_123, fields=b"\x04\x00\x03abc" * 100), CLIENT),
        (tcp6("2001:db8::9", 50_123), IPv6Address("TCP", "2001:db8::9", 50_123)),
        (tcp6("2001:db8::9", 50_123, fields=bytes(4_000)), IPv6Address("TCP", "2001:db8::9", 50_123)),
        (tcp6("::ffff:203.0.113.9", 50_123), CLIENT),
        (block(0x20, 0x00, b""), None),
        (block(0x20, 0x11, b"whatever"), None),
        (block(0x20, 0xFF, bytes(MOST - 16)), None),
        (block(0x21, 0x00, b"fields"), None),
        (block(0x21, 0x31, bytes(216)), None),
    ],
)
@given(cuts=st.lists(st.integers(1, 40), max_size=20), rest=st.binary(max_size=60))
def test_headers(header: bytes, source: Source | None, cuts: list[int], rest: bytes) -> None:
    """A header says where the client is, in any pieces, and all that follows it is the client's."""
    data, pieces = header + rest, []
    for size in cuts:
        pieces.append(data[:size])
        data = data[size:]

    assert ProxyHeader(source, rest) == read([*pieces, data])


@each_case("header", [LINE, b"PROXY UNKNOWN\r\n", tcp4("203.0.113.9", 1), tcp6("::9", 1)])
def test_byte_by_byte(header: bytes) -> None:
    """A header is complete with its last byte, and not before."""
    reader = HeaderReader(MOST)

    assert [None] * (len(header) - 1) == [reader.feed(bytes([byte])) for byte in header[:-1]]
    assert reader.feed(header[-1:]) is not None


@each_case(
    "data",
    [
        b"\x16\x03\x01",
        b'{"status":"register","sender":"Alice"}\n',
        b"Alice\n",
        b"GET / HTTP/1.1\r\n",
        b"proxy TCP4 203.0.113.9 192.0.2.1 50123 5555\r\n",
        b"PROXYTCP4",
        b"PROXY\r\n",
        b"\r\n\r\n\x00\r\nQUIT\r",
        b"\r\n\r\nAlice\n",
        b"\n",
    ],
)
def test_other_bytes(data: bytes) -> None:
    """What is no header is recognized by the first byte that does not belong to one."""
    with pytest.raises(BadHeader, match="is missing"):
        read([data])


@each_case(
    "header",
    [
        b"PROXY \r\n",
        b"PROXY TCP4\r\n",
        b"PROXY TCP5 203.0.113.9 192.0.2.1 50123 5555\r\n",
        b"PROXY UDP4 203.0.113.9 192.0.2.1 50123 5555\r\n",
        b"PROXY UNKNOWNS\r\n",
        b"PROXY TCP4  203.0.113.9 192.0.2.1 50123 5555\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 50123 5555 \r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 50123 5555\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 50123\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 +1 5555\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 01 5555\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 65536 5555\r\n",
        b"PROXY TCP4 203.0.113.9 192.0.2.1 50123 99999\r\n",
        b"PROXY TCP4 203.0.113.999 192.0.2.1 50123 5555\r\n",
        b"PROXY TCP4 203.0.113.9 elsewhere 50123 5555\r\n",
        b"PROXY TCP4 2001:db8::9 2001:db8::1 50123 5555\r\n",
        b"PROXY TCP6 203.0.113.9 192.0.2.1 50123 5555\r\n",
        b"PROXY TCP6 fe80::1%eth0 2001:db8::1 50123 5555\r\n",
        b"PROXY TCP6 2001:db8::9 ::: 50123 5555\r\n",
        block(0x11, 0x11, bytes(12)),
        block(0x22, 0x11, bytes(12)),
        block(0x30, 0x11, bytes(12)),
        block(0x21, 0x12, bytes(12)),
        block(0x21, 0x13, bytes(12)),
        block(0x21, 0x41, bytes(216)),
        block(0x21, 0x11, bytes(11)),
        block(0x21, 0x21, bytes(35)),
    ],
)
def test_unreadable_headers(header: bytes) -> None:
    """What begins as a header and says nothing valid is refused, not guessed at."""
    with pytest.raises(BadHeader, match="can't be read"):
        read([header])


@each_case(
    ("header", "longest"),
    [
        (b"PROXY UNKNOWN" + b" " * 93 + b"\r\n", 107),
        (b"PROXY TCP4 " + b"1" * 10_000, 107),
        (block(0x21, 0x11, bytes(MOST - 15)), MOST),
        (SIGNATURE + b"\x21\x11\xff\xff", MOST),
    ],
)
def test_long_headers(header: bytes, longest: int) -> None:
    """A header that is too long is refused, as soon as its length is known."""
    with pytest.raises(BadHeader, match=f"is longer than {longest} bytes"):
        read([header])


@given(st.lists(st.binary(max_size=200), max_size=10), st.sampled_from([b"", b"PROXY ", SIGNATURE]))
def test_anything(pieces: list[bytes], beginning: bytes) -> None:
    """Whatever comes is a header, the beginning of one, or refused with a reason."""
    header, why = None, ""
    try:
        header = read([beginning, *pieces])
    except BadHeader as error:
        why = str(error)
    size = sum(map(len, [beginning, *pieces]))

    assert header is not None or (size < MOST if not why else _WHY.fullmatch(why))
