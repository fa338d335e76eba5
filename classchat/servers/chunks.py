r"""The body of a request whose length is not known when it begins (RFC 9112, 7.1).

    5\r\n         the bytes of a chunk, in hexadecimal
    Hello\r\n
    0\r\n         the last chunk is empty
    \r\n          the end; trailers before it are not taken

What has another form than this is refused, however other recipients would read it: a proxy in front and this
server must never see different ends of a body. After such a request the connection closes, so what follows is
never another request.
"""

from __future__ import annotations

import re
from typing import Final, Literal

_LONGEST_LINE: Final = 256
"""Bytes of the line before a chunk, with its extensions, which are ignored."""

_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[\t -~]*)?")


class BadChunks(Exception):
    """The body is not in chunks."""


class Chunks:
    """The decoder of one body."""

    def __init__(self) -> None:
        self.ended = False
        """Whether the body is complete."""
        self._raw = bytearray()
        self._left = 0
        self._awaits: Literal["size", "data", "line end", "end"] = "size"

    def feed(self, data: bytes) -> bytes:
        """Return what these bytes add to the body; nothing after its end.

        Raises:
            BadChunks: they are not in the form of chunks.
        """
        self._raw += data
        body = bytearray()
        while not self.ended and self._step(body):
            pass
        return bytes(body)

    def _step(self, body: bytearray) -> bool:
        """Decode one part of a chunk; return False if more bytes are needed."""
        match self._awaits:
            case "size":
                return self._read_size()
            case "data":
                piece = self._raw[: self._left]
                del self._raw[: self._left]
                self._left -= len(piece)
                body += piece
                if not self._left:
                    self._awaits = "line end"
                return not self._left
            case "line end" | "end":
                if len(self._raw) < 2:
                    return False
                if self._raw[:2] != b"\r\n":
                    raise BadChunks
                del self._raw[:2]
                self.ended = self._awaits == "end"
                self._awaits = "size"
                return True

    def _read_size(self) -> bool:
        end = self._raw.find(b"\r\n", 0, _LONGEST_LINE)
        if end < 0:
            if len(self._raw) >= _LONGEST_LINE:
                raise BadChunks
            return False
        size = _SIZE.fullmatch(self._raw, 0, end)
        if size is None:
            raise BadChunks
        self._left = int(size[1], 16)
        self._awaits = "data" if self._left else "end"
        del self._raw[: end + 2]
        return True
