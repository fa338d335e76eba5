"""HTTP on a connection: requests in, answers out, and the way to the WebSocket.

    reading    -> answering   a head is complete: almost all requests have no body
    answering  -> reading     the client has been sent the answer
    answering  -> exchanging  it takes a while: a file is uploaded or downloaded (http_exchange.py)
    exchanging -> reading     all of the body has come, and the answer is sent
    answering  -> open        the request opens a WebSocket: the visit is over, and a dialect takes the rest
    any        -> over        an error, `Connection: close`, or too slow a client

Where a head ends is found in framing.py, and what it says is read in heads.py, one whole head at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, Literal, NamedTuple

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import http

from classchat.errors import ChatError, InternalError, ShuttingDown, TooMany
from classchat.limits import Limits
from classchat.servers import heads, websocket_opening
from classchat.servers.framing import take_head
from classchat.servers.heads import BadRequest
from classchat.servers.http_exchange import HTTPExchange
from classchat.servers.site import HTTPAnswer, HTTPRequest, Site, TakesTime, Visitor
from classchat.servers.visit import Visited, Visits
from classchat.wire.websocket import WebSocket

_AT_ONCE: Final = 8
"""Requests of one client that are answered before other clients have their turn."""

_MOST_WAITING: Final = 262_144
"""Bytes of a body that wait for the disk before nothing more of it is read."""


class _Asked(NamedTuple):
    """A request that is answered."""

    request: HTTPRequest
    visitor: Visitor
    stays: bool
    """Whether the connection stays open."""

    length: int
    """Bytes of the body; 0 where that is not known yet."""

    chunked: bool
    """Whether the body comes in chunks."""

    expects: bool
    """Whether the client waits until it is told to send the body."""


class HTTPVisit:
    """The requests of one client."""

    __slots__ = (
        "_asked",
        "_beginning",
        "_buffer",
        "_ended",
        "_exchange",
        "_handling",
        "_held",
        "_host",
        "_limits",
        "_over",
        "_site",
        "_stays",
        "_timer",
        "_waits",
    )
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
        self._exchange: HTTPExchange | None = None
        self._handling: Deferred[Any] | None = None
        self._beginning = False  # whether it is about to be handled
        self._stays = True  # whether the connection stays open after it
        self._held = False  # whether nothing is read because enough of a body waits
        self._timer: IDelayedCall | None = None
        self._waits: Literal["", "request", "next", "turn"] = ""  # what the timer is for

    @property
    def idles(self) -> bool:
        """Whether the client has been answered all that it has asked for."""
        return self._waits in ("request", "next")

    # What arrives.

    def feed(self, data: bytes) -> None:
        """Take bytes of the client, and answer the requests that they complete."""
        if self._over:
            return
        self._buffer += data
        if self._exchange is None:
            self.go_on()
            return
        if len(self._buffer) > _MOST_WAITING:
            self._held = True
            self._host.pause()
        self._exchange.has_more()

    def end(self) -> None:
        """Record that the client sends nothing more."""
        self._ended = True
        if self._exchange is None:
            self.go_on()
        else:
            self._exchange.end()

    def go_on(self) -> None:
        """Answer requests, as long as the client reads the answers."""
        if self._exchange is not None:
            self._held = False
            self._exchange.has_drained()
            return
        for _ in range(_AT_ONCE):
            if self._over or self._exchange is not None:
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
        begun = self._exchange is not None and self._exchange.has_begun
        if self._waits != "next" and not self._over and not self._host.lags and not begun:
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
        handling, self._handling = self._handling, None
        if handling is not None:
            handling.cancel()

    # One request.

    def _answer_one(self) -> bool:
        """Answer the next request; return False if there is none yet, or if it has to wait."""
        try:
            asked = self._asked or self._next_asked()
            if asked is None:
                return False
            self._asked = None
            self._answer(asked)
        except BadRequest as refused:
            self._write(self._site.refusal(refused.status, refused.text, refused.headers), last=True)
        except Exception:
            self._log.failure("A request failed")
            self._write(self._site.refusal(http.INTERNAL_SERVER_ERROR, InternalError().text), last=True)
        return True

    def _next_asked(self) -> _Asked | None:
        """Return the next request, if it is complete and may be answered now.

        Raises:
            BadRequest: it is not one that is answered.
        """
        head = take_head(self._buffer, self._limits.head)
        if head is None:
            if self._ended:
                self._leave()
            else:
                self._wait("request" if self._buffer else "next")
            return None
        self._wait("")
        read = heads.read(head, self._host, self._site)
        request = read.request
        asked = _Asked(
            request, self._site.visitor(request), read.stays, read.length, read.chunked, read.expects
        )
        seconds = self._host.asks(asked.visitor.address)
        if isinstance(seconds, TooMany):
            raise BadRequest(429, seconds.text, [("Retry-After", "5")])
        if seconds > 0.0:
            self._asked = asked
            self._take_turn(seconds)
            return None
        return asked

    def _answer(self, asked: _Asked) -> None:
        """Answer a request.

        Raises:
            BadRequest: it asks for a WebSocket, and its key is not valid.
        """
        request, visitor, stays, length, _, _ = asked
        answer = self._site.answer(request, visitor)
        if isinstance(answer, TakesTime):
            self._begin(answer, asked)
            return
        stays = stays and not length  # a body that nobody reads would be the next request
        if not isinstance(answer, HTTPAnswer):
            if stays and websocket_opening.is_asked_for(request):
                self._open(request, visitor, answer.headers)
                return
            text = "A WebSocket of version 13 opens here, and nothing else."
            answer = self._site.refusal(426, text, websocket_opening.UPGRADE)
        self._write(answer, last=not stays, body=request.method != "HEAD")

    # A request that takes a while.

    def _begin(self, answer: TakesTime, asked: _Asked) -> None:
        self._host.takes_its_time()
        patience = self._limits.stalled
        exchange = HTTPExchange(
            self, asked.request, None if asked.chunked else asked.length, patience, expects=asked.expects
        )
        self._exchange, self._stays = exchange, asked.stays
        self._beginning = True
        self._handling = Deferred.fromCoroutine(answer.handle(exchange))
        self._handling.addCallbacks(self._handled, self._failed)
        self._beginning = False

    def _handled(self, answer: HTTPAnswer | None) -> None:
        exchange = self._end_exchange()
        if exchange is None:
            return
        last = not self._stays or exchange.left > 0
        if answer is not None:
            self._write(answer, last=last, body=exchange.request.method != "HEAD")
        elif last:
            self._leave()
        if not self._over and not self._beginning:  # else the next request follows anyway
            self._host.go_on()
            self.go_on()

    def _failed(self, failure: Failure) -> None:
        exchange = self._end_exchange()
        if exchange is None or failure.check(CancelledError):
            return
        self._log.failure("A request failed", failure)
        if not exchange.has_begun:
            self._write(self._site.refusal(http.INTERNAL_SERVER_ERROR, InternalError().text), last=True)
        else:
            self._leave()

    def _end_exchange(self) -> HTTPExchange | None:
        """Return the exchange that has ended, unless the visit is over."""
        exchange, self._exchange, self._handling = self._exchange, None, None
        return None if self._over else exchange

    # The visit, as an exchange sees it.

    @property
    def clock(self) -> IReactorTime:
        """The clock of the server."""
        return self._host.clock

    @property
    def lags(self) -> bool:
        """Whether the client has not been sent all that was written."""
        return self._host.lags

    def take(self, most: int) -> bytes:
        """Return, and forget, the next bytes that have come; at most so many."""
        data = bytes(self._buffer[:most])
        del self._buffer[:most]
        if self._held and len(self._buffer) <= _MOST_WAITING // 2:
            self.resume()
        return data

    def pause(self) -> None:
        """Read nothing until `resume`, or until the client has been sent all that was written."""
        self._host.pause()

    def resume(self) -> None:
        """Read on."""
        self._held = False
        self._host.go_on()

    def write_now(self, data: bytes) -> None:
        """Send bytes to the client."""
        self._host.write(data)

    def write_head(self, answer: HTTPAnswer, length: int) -> None:
        """Send the head of an answer, whose body has so many bytes."""
        exchange = self._exchange
        last = not self._stays or (exchange is not None and exchange.left > 0)
        self._host.write(_head(answer, length, last=last))

    def _open(self, request: HTTPRequest, visitor: Visitor, headers: Sequence[tuple[str, str]]) -> None:
        """Open a WebSocket; the site's headers are in the answer as well.

        Raises:
            BadRequest: the key is missing or not valid.
        """
        answer, rest = websocket_opening.answer(request, headers), bytes(self._buffer)
        self.stop()
        self._host.open(WebSocket(self._limits), visitor, answer, rest)

    def _write(self, answer: HTTPAnswer, *, last: bool, body: bool = True) -> None:
        """Write an answer, after which the connection closes if it is the last one."""
        head = _head(answer, len(answer.body), last=last)
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


def _head(answer: HTTPAnswer, length: int, *, last: bool) -> bytes:
    """Return the head of an answer, whose body has so many bytes."""
    headers = [*answer.headers, ("Date", http.datetimeToString().decode())]
    if last:
        headers.append(("Connection", "close"))
    if answer.status not in (http.NOT_MODIFIED, http.NO_CONTENT):
        headers.append(("Content-Length", str(length)))
    reason = HTTPStatus(answer.status).phrase
    lines = [f"HTTP/1.1 {answer.status} {reason}", *[f"{name}: {value}" for name, value in headers], ""]
    return "".join([f"{line}\r\n" for line in lines]).encode("latin-1")


def visits(site: Site, limits: Limits) -> Visits:
    """Return what begins the visits of a site."""
    return lambda host: HTTPVisit(host, site, limits)
