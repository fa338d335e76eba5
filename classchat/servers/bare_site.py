"""A site with one page, which says where the WebSocket is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from classchat.servers.site import OPENS_WEBSOCKET, HTTPAnswer, HTTPRequest, OpensWebSocket, Visitor

_PAGE: Final = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>ClassChat</title>
<p>This is a ClassChat server. Its WebSocket is at <code>ws</code>.
"""


class BareSite:
    """Answers `/` and `/ws`."""

    def visitor(self, request: HTTPRequest) -> Visitor:
        """Return which client sends a request: the other end of its connection."""
        return Visitor(request.peer, request.encrypted, request.header("host") or "")

    def answer(self, request: HTTPRequest, visitor: Visitor) -> HTTPAnswer | OpensWebSocket:  # noqa: ARG002
        """Return what is at an address."""
        match request.path:
            case "/":
                return HTTPAnswer(200, [("Content-Type", "text/html; charset=utf-8")], _PAGE)
            case "/ws":
                return OPENS_WEBSOCKET
        return self.refusal(404, "There is nothing at this address.")

    def refusal(self, status: int, text: str, headers: Sequence[tuple[str, str]] = ()) -> HTTPAnswer:
        """Return the answer to a request that is refused, with a text for people."""
        kind = ("Content-Type", "text/plain; charset=utf-8")
        return HTTPAnswer(status, [kind, *headers], f"{text}\n".encode())
