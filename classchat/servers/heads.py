"""The head of an HTTP request: what it says, and what is refused at once.

Twisted's channel reads a head. It is given one whole head at a time, because of what it would do with more:
renew its time limit for each byte, take bodies, and answer all requests of a client that does not read. It is
not told of a body that is taken: it would wait for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from typing import Final, NamedTuple, get_args

from twisted.web import http
from twisted.web.http import HTTPChannel

from classchat.servers.site import HTTPRequest, Method, Site
from classchat.servers.visit import Visited

_TARGET: Final = re.compile(r"(?:https?://(?P<host>[^/?#]+))?(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?")
"""A path, or a whole URL (RFC 9112, 3.2)."""

_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*([^\r]*?)[ \t]*(?=\r\n)", re.IGNORECASE)

_CODING: Final = re.compile(rb"\r\ntransfer-encoding:[ \t]*([^\r]*?)[ \t]*(?=\r\n)", re.IGNORECASE)

_DIGITS: Final = re.compile(rb"[0-9]{1,15}")

_BODIES: Final = (b"POST ", b"PATCH ", b"DELETE ", b"OPTIONS ")


class BadRequest(Exception):
    """What arrives is not a request that is answered; the connection closes."""

    def __init__(self, status: int, text: str, headers: Sequence[tuple[str, str]] = ()) -> None:
        self.status = status
        self.text = text
        self.headers = headers


class ReadHead(NamedTuple):
    """What a head says."""

    request: HTTPRequest
    stays: bool
    """Whether the connection stays open after it."""

    length: int
    """Bytes of the body; 0 where that is not known yet."""

    chunked: bool
    """Whether the body comes in chunks, which say where it ends."""

    expects: bool
    """Whether the client waits until it is told to send the body."""


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


def read(head: bytes, host: Visited, site: Site) -> ReadHead:
    """Return what a whole head says to a site, which knows what methods and bodies a path takes.

    Raises:
        BadRequest: it is not valid, or has a method or a body that its address does not take.
    """
    length, chunked, path = 0, False, head.split(b" ", 2)[1].decode("latin-1")
    if head.startswith(_BODIES) and site.takes_bodies(path):
        head, length = _without_length(head)
        if site.takes_chunks(path):
            head, chunked = _without_coding(head)
        if length and chunked:
            text = "A body must have a length or come in chunks, not both."  # RFC 9112, 6.1
            raise BadRequest(http.BAD_REQUEST, text)
    elif not head.startswith((b"GET ", b"HEAD ")):
        _received(head)  # which may not even be a request
        raise BadRequest(http.NOT_ALLOWED, "Only GET and HEAD are answered here.", [("Allow", "GET, HEAD")])
    received, stays = _received(head)
    if not received.is_complete or received.requestHeaders.hasHeader(b"Transfer-Encoding"):
        raise BadRequest(http.REQUEST_ENTITY_TOO_LARGE, "A request to this address must not have a body.")
    request = _request(received, host)
    expects = (length > 0 or chunked) and (request.header("expect") or "").lower() == "100-continue"
    return ReadHead(request, stays and not chunked, length, chunked, expects)


def _without_length(head: bytes) -> tuple[bytes, int]:
    """Return a head without the length of its body, and that.

    Raises:
        BadRequest: it has more than one, or one that is no number.
    """
    lengths = _LENGTH.findall(head)
    if len(lengths) > 1 or not all(_DIGITS.fullmatch(each) for each in lengths):
        raise BadRequest(http.BAD_REQUEST, "The length of a body must be one number.")
    return _LENGTH.sub(b"", head), int(lengths[0]) if lengths else 0


def _without_coding(head: bytes) -> tuple[bytes, bool]:
    """Return a head without the coding of its body, and whether that comes in chunks.

    Raises:
        BadRequest: it has another coding, or is of HTTP/1.0, which knows none.
    """
    codings = _CODING.findall(head)
    if not codings:
        return head, False
    if len(codings) > 1 or codings[0].lower() != b"chunked" or b" HTTP/1.1\r\n" not in head:
        raise BadRequest(http.NOT_IMPLEMENTED, "A body must have a length, or the coding 'chunked'.")
    return _CODING.sub(b"", head), True


def _received(head: bytes) -> tuple[_Received, bool]:
    """Return the request with this head, and whether the connection stays open after it.

    Raises:
        BadRequest: it is not valid.
    """
    nowhere = _Nowhere()
    channel = _Channel()
    channel.makeConnection(nowhere)
    channel.dataReceived(head)
    if nowhere.disconnecting or not channel.requests:
        raise BadRequest(http.BAD_REQUEST, "This is not a valid HTTP request.")
    received: _Received = channel.requests.pop()  # which breaks the circle of the two
    return received, bool(channel.persistent)


def _request(received: _Received, host: Visited) -> HTTPRequest:
    """Return what the site needs of a request.

    Raises:
        BadRequest: its address is not valid.
    """
    target = _TARGET.fullmatch(received.uri.decode("latin-1"))
    if target is None or not received.uri.isascii():
        raise BadRequest(http.BAD_REQUEST, "This is not a valid address.")
    headers = {
        name.decode("latin-1").lower(): [value.decode("latin-1") for value in values]
        for name, values in received.requestHeaders.getAllRawHeaders()
    }
    hosts = headers.get("host", [])
    if len(hosts) != 1 and (hosts or received.clientproto != b"HTTP/1.0"):
        raise BadRequest(http.BAD_REQUEST, "A request must name exactly one host.")  # RFC 9112, 3.2
    if target["host"] is not None:
        headers["host"] = [target["host"]]
    method: Method = next(each for each in get_args(Method) if each.encode() == received.method)
    return HTTPRequest(
        method, target["path"] or "/", target["query"] or "", headers, host.peer, host.encrypted
    )
