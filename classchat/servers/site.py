"""A site: what the server answers to HTTP requests, without any I/O.

servers/http.py reads the requests, asks the site, and writes the answers. For each request, in this order:

    1. visitor(request)           who asks, under which host: a trusted proxy may say so
    2. too many requests from the visitor's address: 429
    3. answer(request, visitor)   an answer, or OPENS_WEBSOCKET: the client may open a WebSocket here; or
                                  TakesTime, for a request that is handled in pieces (http_exchange.py)
    4. the WebSocket opens, if the request asks for one as RFC 6455, 4.2.1 says: else 426 or 400

What is no valid request never gets here: no host or two of them, a head that is too long or not ASCII. Other
methods than GET and HEAD, and bodies, are only for the addresses of `takes_bodies`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from twisted.internet.interfaces import IAddress

Method = Literal["GET", "HEAD", "OPTIONS", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True)
class HTTPRequest:
    """One request of a client."""

    method: Method
    path: str
    """The path as it was sent: percent-encoded, and beginning with "/"."""

    query: str
    """What follows the first "?", as it was sent; "" if nothing does."""

    headers: Mapping[str, Sequence[str]]
    """The values of each header by its name in lower case, in the order in which they were sent.

    There is one "host" (none in HTTP/1.0, perhaps); in an absolute URL its host counts instead.
    """

    peer: IAddress | None
    """The other end of the connection: the client, or a proxy in front of it."""

    encrypted: bool
    """Whether the connection uses TLS."""

    def header(self, name: str) -> str | None:
        """Return the value of a header, by its name in lower case: all values, joined by ", "."""
        values = self.headers.get(name)
        return None if values is None else ", ".join(values)


@dataclass(frozen=True)
class Visitor:
    """The client that a request comes from, whether or not there is a proxy in between."""

    address: IAddress | None
    """Where it is: its connections, requests and attempts to sign in are counted under this address."""

    encrypted: bool
    """Whether nobody on the way can read what it sends."""

    host: str
    """The host that it asked for, with its port if that was given; "" if it gave none."""

    prefix: str = ""
    """The path that a proxy has taken off: the page is below it. It begins with "/" and ends without."""


@dataclass(frozen=True)
class HTTPAnswer:
    """One answer: `Date`, `Connection` and `Content-Length` are added to its headers."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    """What GET is sent; HEAD is sent only its length."""


@dataclass(frozen=True)
class OpensWebSocket:
    """Stands for an answer where a client may open a WebSocket."""

    headers: Sequence[tuple[str, str]] = ()
    """What the answer has besides those of RFC 6455."""


OPENS_WEBSOCKET: Final = OpensWebSocket()


@dataclass(frozen=True)
class TakesTime:
    """Stands for an answer that is not there at once."""

    handle: Callable[[Any], Coroutine[Any, Any, HTTPAnswer | None]]
    """Takes an `http_exchange.HTTPExchange`; returns an answer, or None if that was sent in pieces."""


class Site(Protocol):
    """What answers requests. It neither waits nor raises: an exception is a bug, and answered with 500."""

    def visitor(self, request: HTTPRequest) -> Visitor:
        """Return which client sends a request; what proxies say counts only if they are trusted."""

    def takes_bodies(self, path: str) -> bool:
        """Return whether requests to an address may have bodies, and other methods than GET and HEAD."""

    def takes_chunks(self, path: str) -> bool:
        """Return whether such bodies may come in chunks, without a length."""

    def answer(self, request: HTTPRequest, visitor: Visitor) -> HTTPAnswer | OpensWebSocket | TakesTime:
        """Return what is answered, refusals of hosts, origins and plain text included."""

    def refusal(self, status: int, text: str, headers: Sequence[tuple[str, str]] = ()) -> HTTPAnswer:
        """Return the answer to a request that is refused before the site is asked, with a text for people."""
