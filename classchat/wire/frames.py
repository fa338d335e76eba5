"""The frames of RFC 6455 as bytes: whole ones of the server, and the masked payloads of clients."""

from __future__ import annotations

from typing import Final

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FINAL = 0x80

_SHORT: Final = 1_000
"""Bytes up to which one long number is faster than four tables."""

_TABLES: Final = [bytes(value ^ mask for value in range(256)) for mask in range(256)]


def frame(kind: int, payload: bytes) -> bytes:
    """Return a whole frame of the server, which is not masked."""
    length = len(payload)
    if length < 126:
        return bytes((FINAL | kind, length)) + payload
    if length < 65_536:
        return bytes((FINAL | kind, 126, length >> 8, length & 0xFF)) + payload
    return bytes((FINAL | kind, 127)) + length.to_bytes(8, "big") + payload


def end_of_frame(data: bytes, start: int) -> int:
    """Return where a frame of the server ends."""
    length = data[start + 1]
    if length < 126:
        return start + 2 + length
    size = 2 if length == 126 else 8
    return start + 2 + size + int.from_bytes(data[start + 2 : start + 2 + size], "big")


def unmasked(payload: bytes, mask: bytes) -> bytes:
    """Return a payload without its mask: each byte is combined with one of the mask's four, in turn."""
    length = len(payload)
    if length <= _SHORT:
        key = (mask * (length // 4 + 1))[:length]
        return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")
    plain = bytearray(length)
    for place in range(4):
        plain[place::4] = payload[place::4].translate(_TABLES[mask[place]])
    return bytes(plain)
