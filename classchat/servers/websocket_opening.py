"""Opening a WebSocket by an HTTP request: RFC 6455, 4.2."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Final

from twisted.web import http

from classchat.servers.heads import BadRequest
from classchat.servers.site import HTTPRequest

UPGRADE: Final = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]
"""The headers that say what a client should have asked for."""

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What the key of a WebSocket is joined with (RFC 6455, 1.3)."""

_SUBPROTOCOL: Final = "classchat"


def is_asked_for(request: HTTPRequest) -> bool:
    """Return whether a request asks for a WebSocket of the version that the server speaks."""
    return (
        request.method == "GET"
        and "websocket" in [word.lower() for word in _tokens(request, "upgrade")]
        and "upgrade" in [word.lower() for word in _tokens(request, "connection")]
        and _tokens(request, "sec-websocket-version") == ["13"]
    )


def answer(request: HTTPRequest, headers: Sequence[tuple[str, str]]) -> bytes:
    """Return the answer that opens a WebSocket, with headers of the site.

    Raises:
        BadRequest: the key is missing or not valid.
    """
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {_accepted(request.header('sec-websocket-key'))}",
        *[f"{name}: {value}" for name, value in headers],
    ]
    if _SUBPROTOCOL in _tokens(request, "sec-websocket-protocol"):
        lines.append(f"Sec-WebSocket-Protocol: {_SUBPROTOCOL}")
    return "".join([f"{line}\r\n" for line in [*lines, ""]]).encode()


def _accepted(key: str | None) -> str:
    """Return what shows that the server has read the key of a client: 16 bytes in base64.

    Raises:
        BadRequest: it is not.
    """
    try:
        is_key = len(base64.b64decode(key or "", validate=True)) == 16
    except (binascii.Error, ValueError):
        is_key = False
    if key is None or not is_key:
        raise BadRequest(http.BAD_REQUEST, "The key of a WebSocket is 16 bytes in base64.")
    digest = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def _tokens(request: HTTPRequest, name: str) -> list[str]:
    """Return the words of a header, which commas separate."""
    return [word.strip() for word in (request.header(name) or "").split(",")]
