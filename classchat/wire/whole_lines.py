"""Long data in pieces of whole lines."""

from __future__ import annotations

from typing import Final

_PIECE: Final = 32_768
"""Bytes that a piece has, up to the end of its last line."""


def in_whole_lines(data: bytes) -> list[bytes]:
    """Return pieces that each end with the line that fills them."""
    pieces = []
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + _PIECE) + 1 or len(data)
        pieces.append(data[start:end])
        start = end
    return pieces
