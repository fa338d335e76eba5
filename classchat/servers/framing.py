"""Where the head of an HTTP request begins and ends among the bytes of a connection."""

from __future__ import annotations

import re
from typing import Final

from twisted.web import http

from classchat.servers.heads import BadRequest

_NO_LINE: Final = re.compile(rb"(?<!\r)\n|\r\n[ \t]")
"""What no line of a head ends with: recipients do not agree on what it means (RFC 9112, 2.2 and 5.2)."""

_FIRST_LINE: Final = re.compile(rb"[A-Z]+ [!-~]+ HTTP/([0-9]\.[0-9])")
"""The first line of a request (RFC 9112, 3)."""

_VERSIONS: Final = (b"1.0", b"1.1")


def take_head(buffer: bytearray, longest: int) -> bytes | None:
    """Return the head of the next request, and remove it from the buffer, if it is complete.

    Raises:
        BadRequest: it has more than `longest` bytes, or its lines do not end as they have to.
    """
    if buffer.startswith((b"\r", b"\n")):
        buffer[:] = buffer.lstrip(b"\r\n")  # RFC 9112, 2.2
    end = buffer.find(b"\r\n\r\n") + 4
    if end > longest or (end < 4 and len(buffer) > longest):
        raise BadRequest(431, f"The head of a request has at most {longest} bytes.")
    if _NO_LINE.search(buffer, 0, end if end >= 4 else longest):
        raise BadRequest(
            http.BAD_REQUEST, "Each line of a request must end with CR LF, and must not be folded."
        )
    _check_first_line(buffer)
    if end < 4:
        return None
    head = bytes(buffer[:end])
    del buffer[:end]
    return head


def _check_first_line(buffer: bytearray) -> None:
    """Check the first line of a request as soon as it is there.

    Raises:
        BadRequest: it is none, or one of another version.
    """
    end = buffer.find(b"\r\n")
    if end < 0:
        return
    line = _FIRST_LINE.fullmatch(buffer, 0, end)
    if line is None:
        raise BadRequest(http.BAD_REQUEST, "This is not a valid HTTP request.")
    if line[1] not in _VERSIONS:
        raise BadRequest(http.HTTP_VERSION_NOT_SUPPORTED, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
