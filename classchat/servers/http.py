"""HTTP on a connection: requests in, answers out, and the way to the WebSocket.

    reading    -> answering   a head is complete: a request has no body
    answering  -> reading     the client has been sent the answer
    answering  -> open        the request opens a WebSocket: the visit is over, and a dialect takes the rest
    any        -> over        an error, `Connection: close`, or too slow a client

Twisted's channel reads a head. It is given one whole head at a time, because of what it would do with more:
renew its time limit for each byte, take bodies, and answer all requests of a client that does not read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from http import HTTPStatus
from io import BytesIO
from typing import Final, Literal, NamedTuple

from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.web import http
from twisted.web.http import HTTPChannel

from classchat.errors import ChatError, InternalError, ShuttingDown, TooMany
from classchat.limits import Limits
from classchat.servers.site import HTTPAnswer, HTTPRequest, Site, Visitor
from classchat.servers.visit import Visited, Visits
from classchat.wire.websocket import WebSocket

_AT_ONCE: Final = 8
"""Requests of one client that are answered before other clients have their turn."""

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What the key of a WebSocket is joined with (RFC 6455, 1.3)."""

_SUBPROTOCOL: Final = "classchat"

_TARGET: Final = re.compile(r"(?:https?://(?P<host>[^/?#]+))?(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?")
"""A path, or a whole URL (RFC 9112, 3.2)."""

_NO_LINE: Final = re.compile(rb"(?<!\r)\n|\r\n[ \t]")
"""What no line of a head ends with: recipients do not agree on what it means (RFC 9112, 2.2 and 5.2)."""

_FIRST_LINE: Final = re.compile(rb"[A-Z]+ [!-~]+ HTTP/([0-9]\.[0-9])")
"""The first line of a request (RFC 9112, 3)."""

_VERSIONS: Final = (b"1.0", b"1.1")

_UPGRADE: Final = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13")]


class _Refused(Exception):
    """What arrives is no request that is answered; the connection closes."""

    def __init__(self, status: int, text: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        self.status = status
        self.text = text
        self.headers = headers


class _Asked(NamedTuple):
    """A request that is answered."""

    request: HTTPRequest
    visitor: Visitor
    stays: bool
    """Whether the connection stays open."""


class HTTPVisit:
    """The requests of one client."""

    __slots__ = ("_asked", "_buffer", "_ended", "_host", "_limits", "_over", "_site", "_timer", "_waits")
    _log = Logger()

    def __init__(self, host: Visited, site: Site, limits: Limits) -> None:
        """Answer the requests that arrive on a connection, its `host`, as the site says."""
        self._host = host
        self._site = site
        self._limits = limits
        self._buffer = bytearray()
        self._asked: _Asked | None = None  # what is answered in its turn
        self._ended = False  # whether the client sends nothing more
        self._over = False
        self._timer: IDelayedCall | None = None
        self._waits: Literal["", "request", "next", "turn"] = ""  # what the timer is for

    @property
    def idles(self) -> bool:
        """Whether the client has been answered all that it has asked for."""
        return self._waits in ("request", "next")

    # What arrives.

    def feed(self, data: bytes) -> None:
        """Take bytes of the client, and answer the requests that they complete."""
        if not self._over:
            self._buffer += data
            self.go_on()

    def end(self) -> None:
        """Record that the client sends nothing more."""
        self._ended = True
        self.go_on()

    def go_on(self) -> None:
        """Answer requests, as long as the client reads the answers."""
        for _ in range(_AT_ONCE):
            if self._over:
                return
            if self._host.lags:
                self._wait("")
                self._host.pause()
                return
            if not self._answer_one():
                return
        if not self._over:
            self._take_turn(0.0)

    def refuse(self, reason: ChatError) -> None:
        """Tell the client why it is about to be disconnected, if it has not been answered all."""
        if self._waits != "next" and not self._over and not self._host.lags:
            match reason:
                case InternalError():
                    status = http.INTERNAL_SERVER_ERROR
                case ShuttingDown() | TooMany():
                    status = http.SERVICE_UNAVAILABLE
                case _:
                    status = http.REQUEST_TIMEOUT
            self._write(self._site.refusal(status, reason.text), last=True)
        self.stop()

    def stop(self) -> None:
        """End: nothing more is answered."""
        self._over = True
        self._buffer.clear()
        self._asked = None
        self._wait("")

    # One request.

    def _answer_one(self) -> bool:
        """Answer the next request; return False if there is none yet, or if it has to wait."""
        try:
            asked = self._asked or self._next_asked()
            if asked is None:
                return False
            self._asked = None
            self._answer(asked)
        except _Refused as refused:
            self._write(self._site.refusal(refused.status, refused.text, refused.headers), last=True)
        except Exception:
            self._log.failure("A request failed")
            self._write(self._site.refusal(http.INTERNAL_SERVER_ERROR, InternalError().text), last=True)
        return True

    def _next_asked(self) -> _Asked | None:
        """Return the next request, if it is complete and may be answered now.

        Raises:
            _Refused: it is not one that is answered.
        """
        head = self._next_head()
        if head is None:
            if self._ended:
                self._leave()
            else:
                self._wait("request" if self._buffer else "next")
            return None
        self._wait("")
        received, stays = _received(head)
        request = _request(received, self._host)
        asked = _Asked(request, self._site.visitor(request), stays)
        seconds = self._host.asks(asked.visitor.address)
        if isinstance(seconds, TooMany):
            raise _Refused(429, seconds.text, [("Retry-After", "5")])
        if seconds > 0.0:
            self._asked = asked
            self._take_turn(seconds)
            return None
        return asked

    def _next_head(self) -> bytes | None:
        """Return the head of the next request, if it is complete.

        Raises:
            _Refused: it is too long, or its lines do not end as they have to.
        """
        buffer = self._buffer
        if buffer.startswith((b"\r", b"\n")):
            buffer[:] = buffer.lstrip(b"\r\n")  # RFC 9112, 2.2
        end = buffer.find(b"\r\n\r\n") + 4
        longest = self._limits.head
        if end > longest or (end < 4 and len(buffer) > longest):
            raise _Refused(431, f"The head of a request has at most {longest} bytes.")
        if _NO_LINE.search(buffer, 0, end if end >= 4 else longest):
            raise _Refused(http.BAD_REQUEST, "Each line of a request ends with CR LF, and none is folded.")
        _check_first_line(buffer)
        if end < 4:
            return None
        head = bytes(buffer[:end])
        del buffer[:end]
        return head

    def _answer(self, asked: _Asked) -> None:
        """Answer a request.

        Raises:
            _Refused: it asks for a WebSocket, and its key is not valid.
        """
        request, visitor, stays = asked
        answer = self._site.answer(request, visitor)
        if not isinstance(answer, HTTPAnswer):
            if stays and _asks_for_websocket(request):
                self._open(request, visitor, answer.headers)
                return
            text = "A WebSocket of version 13 opens here, and nothing else."
            answer = self._site.refusal(426, text, _UPGRADE)
        self._write(answer, last=not stays, body=request.method == "GET")

    def _open(self, request: HTTPRequest, visitor: Visitor, headers: Sequence[tuple[str, str]]) -> None:
        """Open a WebSocket; the site's headers are in the answer as well.

        Raises:
            _Refused: the key is missing or not valid.
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
        rest = bytes(self._buffer)
        self.stop()
        answer = "".join([f"{line}\r\n" for line in [*lines, ""]]).encode()
        self._host.open(WebSocket(self._limits), visitor, answer, rest)

    def _write(self, answer: HTTPAnswer, *, last: bool, body: bool = True) -> None:
        """Write an answer, after which the connection closes if it is the last one."""
        headers = [*answer.headers, ("Date", http.datetimeToString().decode())]
        if last:
            headers.append(("Connection", "close"))
        if answer.status not in (http.NOT_MODIFIED, http.NO_CONTENT):
            headers.append(("Content-Length", str(len(answer.body))))
        reason = HTTPStatus(answer.status).phrase
        lines = [f"HTTP/1.1 {answer.status} {reason}", *[f"{name}: {value}" for name, value in headers], ""]
        head = "".join([f"{line}\r\n" for line in lines]).encode("latin-1")
        self._host.write(head + answer.body if body else head)
        if last:
            self._leave()

    def _leave(self) -> None:
        self.stop()
        self._host.leave()

    # Time.

    def _take_turn(self, seconds: float) -> None:
        """Read and answer nothing for some time."""
        self._wait("turn")
        self._host.pause()
        self._timer = self._host.clock.callLater(seconds, self._has_turn)

    def _wait(self, what: Literal["", "request", "next", "turn"]) -> None:
        """Wait for the client, no longer than it may take, or for a turn; "" waits for nothing."""
        if what == self._waits:
            return
        self._waits = what
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        clock = self._host.clock
        if what == "request":
            self._timer = clock.callLater(self._limits.request, self._too_late)
        elif what == "next":
            self._timer = clock.callLater(self._limits.keep_alive, self._leave)

    def _too_late(self) -> None:
        text = f"No whole request within {self._limits.request:g} seconds."
        self._write(self._site.refusal(http.REQUEST_TIMEOUT, text), last=True)

    def _has_turn(self) -> None:
        self._wait("")
        self._host.go_on()


def _check_first_line(buffer: bytearray) -> None:
    """Check the first line of a request as soon as it is there.

    Raises:
        _Refused: it is none, or one of another version.
    """
    end = buffer.find(b"\r\n")
    if end < 0:
        return
    line = _FIRST_LINE.fullmatch(buffer, 0, end)
    if line is None:
        raise _Refused(http.BAD_REQUEST, "This is no valid HTTP request.")
    if line[1] not in _VERSIONS:
        raise _Refused(http.HTTP_VERSION_NOT_SUPPORTED, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")


# What twisted.web reads.


class _Received(http.Request):
    """A request, which is not answered here."""

    is_complete = False

    def gotLength(self, length: int | None) -> None:  # noqa: ARG002
        """Make room for no body: Twisted makes a file for a long one, before it is there."""
        self.content = BytesIO()

    def process(self) -> None:
        """Record that nothing is missing."""
        self.is_complete = True


class _Channel(HTTPChannel):
    """Reads the head of one request."""

    requestFactory = _Received
    timeOut = None

    def _send100Continue(self) -> None:
        """Send nothing: there is no body to wait for."""


class _Nowhere:
    """The transport of a channel: what the channel would write is written by the visit."""

    disconnecting = False

    def write(self, data: bytes) -> None: ...
    def getPeer(self) -> None: ...
    def getHost(self) -> None: ...

    def loseConnection(self) -> None:
        """Record that the channel has given up."""
        self.disconnecting = True


def _received(head: bytes) -> tuple[_Received, bool]:
    """Return the request with this head, and whether the connection stays open after it.

    Raises:
        _Refused: it is not valid, of another method than GET and HEAD, or has a body.
    """
    nowhere = _Nowhere()
    channel = _Channel()
    channel.makeConnection(nowhere)
    channel.dataReceived(head)
    if nowhere.disconnecting or not channel.requests:
        raise _Refused(http.BAD_REQUEST, "This is no valid HTTP request.")
    if not head.startswith((b"GET ", b"HEAD ")):
        raise _Refused(http.NOT_ALLOWED, "Only GET and HEAD are answered here.", [("Allow", "GET, HEAD")])
    received: _Received = channel.requests.pop()  # which breaks the circle of the two
    if not received.is_complete or received.requestHeaders.hasHeader(b"Transfer-Encoding"):
        raise _Refused(http.REQUEST_ENTITY_TOO_LARGE, "Requests have no body here.")
    return received, bool(channel.persistent)


def _request(received: _Received, host: Visited) -> HTTPRequest:
    """Return what the site needs of a request.

    Raises:
        _Refused: its address is not valid.
    """
    target = _TARGET.fullmatch(received.uri.decode("latin-1"))
    if target is None or not received.uri.isascii():
        raise _Refused(http.BAD_REQUEST, "This is no valid address.")
    headers = {
        name.decode("latin-1").lower(): [value.decode("latin-1") for value in values]
        for name, values in received.requestHeaders.getAllRawHeaders()
    }
    hosts = headers.get("host", [])
    if len(hosts) != 1 and (hosts or received.clientproto != b"HTTP/1.0"):
        raise _Refused(http.BAD_REQUEST, "A request names one host.")  # RFC 9112, 3.2
    if target["host"] is not None:
        headers["host"] = [target["host"]]
    method: Literal["GET", "HEAD"] = "GET" if received.method == b"GET" else "HEAD"
    return HTTPRequest(
        method, target["path"] or "/", target["query"] or "", headers, host.peer, host.encrypted
    )


# The way to the WebSocket: RFC 6455, 4.2.


def _tokens(request: HTTPRequest, name: str) -> list[str]:
    """Return the words of a header, which commas separate."""
    return [word.strip() for word in (request.header(name) or "").split(",")]


def _asks_for_websocket(request: HTTPRequest) -> bool:
    """Return whether a request asks for a WebSocket of the version that the server speaks."""
    return (
        request.method == "GET"
        and "websocket" in [word.lower() for word in _tokens(request, "upgrade")]
        and "upgrade" in [word.lower() for word in _tokens(request, "connection")]
        and _tokens(request, "sec-websocket-version") == ["13"]
    )


def _accepted(key: str | None) -> str:
    """Return what shows that the server has read the key of a client: 16 bytes in base64.

    Raises:
        _Refused: it is not.
    """
    try:
        is_key = len(base64.b64decode(key or "", validate=True)) == 16
    except (binascii.Error, ValueError):
        is_key = False
    if key is None or not is_key:
        raise _Refused(http.BAD_REQUEST, "The key of a WebSocket is 16 bytes in base64.")
    digest = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def visits(site: Site, limits: Limits) -> Visits:
    """Return what begins the visits of a site."""
    return lambda host: HTTPVisit(host, site, limits)
