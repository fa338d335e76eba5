"""HTTP: what each request is answered, when its connection closes, and how a WebSocket opens."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError
from twisted.trial.unittest import SynchronousTestCase

from classchat.limits import Limits
from classchat.servers.http_exchange import CutOff, HTTPExchange, Stalled
from classchat.servers.site import HTTPAnswer, HTTPRequest, OpensWebSocket, TakesTime, Visitor
from classchat.servers.tls import Plaintext
from tests.tables import each_case
from tests.unit.servers.helpers import (
    HEAD_OF_UPGRADE,
    Browser,
    PlainSite,
    Server,
    encrypting,
    head,
    register,
    text_frame,
)

HOST = "Host: localhost"


def visited(site: PlainSite | None = None) -> tuple[Server, Browser]:
    """Return a server and a browser that has connected."""
    server = Server(site=site or PlainSite())
    return server, server.is_visited()


# Requests.


def test_a_request_is_answered() -> None:
    """A request is answered as the site says, with the length and the date, and the connection stays open."""
    _, browser = visited()
    browser.asks("GET / HTTP/1.1", HOST)
    ((status, headers, body),) = browser.answers()

    assert (200, b"Welcome", "open") == (status, body, browser.wire.closing)
    assert {"Content-Type", "Date", "Content-Length"} == headers.keys()


def test_a_head_is_answered_without_a_body() -> None:
    """HEAD is answered as GET is, without the body."""
    _, browser = visited()
    browser.asks("HEAD / HTTP/1.1", HOST)

    assert browser.wire.value().endswith(b"\r\nContent-Length: 7\r\n\r\n")


@pytest.mark.parametrize(("path", "status"), [("/same", 304), ("/empty", 204)])
def test_an_answer_that_has_no_body(path: str, status: int) -> None:
    """An answer that nothing has changed, or that there is nothing, has no length (RFC 9110, 8.6)."""
    _, browser = visited()
    browser.asks(f"GET {path} HTTP/1.1", HOST)

    assert [status] == browser.statuses()
    assert b"Content-Length" not in browser.wire.value()


def test_what_the_site_is_asked() -> None:
    """The site reads the path and the query as they were sent, and the headers by their names."""
    site = PlainSite()
    _, browser = visited(site)
    browser.asks("GET /a%20b?c=d?e HTTP/1.1", "hOsT: localhost:5555", "X-Two: 1", "x-two: \t2 ")
    (request,) = site.asked

    assert ("GET", "/a%20b", "c=d?e", "1, 2", "localhost:5555", None, False) == (
        request.method,
        request.path,
        request.query,
        request.header("x-two"),
        request.header("host"),
        request.header("missing"),
        request.encrypted,
    )


@each_case(
    ("target", "path", "query", "host"),
    [
        ("http://other:80/a?b", "/a", "b", "other:80"),
        ("https://other", "/", "", "other"),
        ("http://other?b", "/", "b", "other"),
        ("//other/a", "//other/a", "", "localhost"),
    ],
)
def test_a_whole_url(target: str, path: str, query: str, host: str) -> None:
    """The host of a URL counts more than the header (RFC 9112, 3.2.2)."""
    site = PlainSite()
    _, browser = visited(site)
    browser.asks(f"GET {target} HTTP/1.1", HOST)
    (request,) = site.asked

    assert (path, query, host) == (request.path, request.query, request.header("host"))


@pytest.mark.parametrize("last", ["GET / HTTP/1.1\r\nConnection: close", "GET / HTTP/1.0"])
def test_the_last_request(last: str) -> None:
    """After `Connection: close`, and in HTTP/1.0, the connection closes; what follows is not answered."""
    _, browser = visited()
    browser.sends_bytes(head(last, HOST) + head("GET / HTTP/1.1", HOST))

    assert ([200], "close", "half closed") == (
        browser.statuses(),
        browser.answers()[0][1]["Connection"],
        browser.wire.closing,
    )


def test_empty_lines_before_a_request() -> None:
    """Empty lines between requests are ignored (RFC 9112, 2.2)."""
    _, browser = visited()
    browser.sends_bytes(head("GET / HTTP/1.1", HOST) + b"\r\n\r\n\r\n" + head("GET / HTTP/1.1", HOST))

    assert [200, 200] == browser.statuses()


STREAM = b"".join(
    head(f"GET {path} HTTP/1.1", HOST) for path in ("/", "/nothing", "/same", "/", "/ws", "/?x=y")
) + head("POST / HTTP/1.1", HOST, "Content-Length: 5")


@given(st.lists(st.integers(1, len(STREAM))))
def test_any_chunking_gives_the_same_answers(places: list[int]) -> None:
    """In whatever chunks requests come they are answered, in their order."""
    server, browser = visited()
    for start, end in itertools.pairwise([0, *sorted(places), len(STREAM)]):
        browser.sends_bytes(STREAM[start:end])
    server.turn()

    assert [200, 404, 304, 200, 426, 200, 405] == browser.statuses()


@each_case(
    ("request_", "status"),
    [
        (head("POST / HTTP/1.1", HOST, "Content-Length: 5") + b"hello", 405),
        (head("OPTIONS * HTTP/1.1", HOST), 405),
        (head("PUT / HTTP/1.1", HOST), 405),
        (head("PRI * HTTP/2.0"), 505),
        (head("GET / HTTP/2.0", HOST), 505),
        (head("GET / HTTP/1.2", HOST), 505),
        (head("GET / HTTP/1.10", HOST), 400),
        (head("GET / http/1.1", HOST), 400),
        (b"GET /\r\n", 400),
        (head("GET / HTTP/1.1 x", HOST), 400),
        (head("GET /", HOST), 400),
        (head("GET * HTTP/1.1", HOST), 400),
        (head("GET httpx HTTP/1.1", HOST), 400),
        (head("GET /a#b HTTP/1.1", HOST), 400),
        (head("GET /\xe9 HTTP/1.1", HOST), 400),
        (head("GET / HTTP/1.1"), 400),
        (head("GET / HTTP/1.1", HOST, HOST), 400),
        (head("GET / HTTP/1.1", HOST, "no colon"), 400),
        (head("GET / HTTP/1.1", HOST, "Space : x"), 400),
        (head("GET / HTTP/1.1", HOST, "Content-Length: 5") + b"hello", 413),
        (head("GET / HTTP/1.1", HOST, "Content-Length: 0", "Content-Length: 5") + b"hello", 400),
        (head("GET / HTTP/1.1", HOST, "Content-Length: -1"), 400),
        (head("GET / HTTP/1.1", HOST, "Content-Length: 0", "Transfer-Encoding: chunked") + b"0\r\n\r\n", 400),
        (head("GET / HTTP/1.1", HOST, "Transfer-Encoding: chunked") + b"0\r\n\r\n", 413),
        (head("GET / HTTP/1.1", HOST, "Transfer-Encoding: identity"), 413),
        (head("GET / HTTP/1.1", HOST, "Transfer-Encoding: gzip, chunked"), 400),
        (b"GET / HTTP/1.1\nHost: localhost\n\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\n\nGET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n", 400),
        (head("GET / HTTP/1.1", HOST, "X: a\r\n b"), 400),
        (head("GET / HTTP/1.1", HOST, "Transfer-Encoding:\r\n\tchunked"), 400),
        (head("GET / HTTP/1.1", HOST, "X: " + "x" * 8_192), 431),
        (head("GET /" + "x" * 9_000 + " HTTP/1.1", HOST), 431),
        (b"GET /" + b"x" * 100_000, 431),
    ],
)
def test_what_is_not_answered(request_: bytes, status: int) -> None:
    """What is no valid request for a page is refused, and the connection closes: nothing follows it."""
    server, browser = visited()
    browser.sends_bytes(request_ + head("GET / HTTP/1.1", HOST))
    server.turn()

    assert ([status], "half closed") == (browser.statuses(), browser.wire.closing)


def test_which_methods_are_answered() -> None:
    """The answer to another method says which ones there are (RFC 9110, 15.5.6)."""
    _, browser = visited()
    browser.asks("DELETE / HTTP/1.1", HOST)

    assert "GET, HEAD" == browser.answers()[0][1]["Allow"]


def test_what_was_http_is_never_a_line() -> None:
    """A connection that has begun with HTTP makes no commands, and is told nothing in JSON."""
    server, browser = visited()
    browser.sends_bytes(head("GET / HTTP/1.1", HOST) + b'{"status":"register","sender":"Alice"}\n\n\r\n\r\n')

    assert [200, 400] == browser.statuses()
    assert [] == server.users()


@given(st.binary(max_size=300))
def test_garbage(data: bytes) -> None:
    """Any bytes after a request are answered with what HTTP has for them, or not yet."""
    server, browser = visited()
    browser.sends_bytes(head("GET / HTTP/1.1", HOST) + data)
    server.turn()

    assert set(browser.statuses()) <= {200, 400, 404, 405, 413, 426, 431, 505}


def test_inside_tls() -> None:
    """The same look inside TLS finds HTTP there, and the site is told that it is encrypted."""
    site = PlainSite()
    server = Server(encryption=encrypting(), site=site)
    browser = server.is_called_with_tls()
    browser.sends_bytes(head("GET / HTTP/1.1", HOST))

    assert browser.text().startswith(b"HTTP/1.1 200 OK\r\n")
    assert [True] == [request.encrypted for request in site.asked]


def test_plain_text_that_is_not_taken() -> None:
    """The site is asked also where lines in plain text are refused: it sends browsers to where TLS is."""
    server = Server(encryption=encrypting(Plaintext.NEVER), site=PlainSite())
    browser = server.is_visited()
    browser.asks()

    assert [200] == browser.statuses()


def test_without_a_site() -> None:
    """Where there is no site the first bytes of HTTP are a name like any other, which is refused."""
    server = Server()
    caller = server.is_called()
    caller.sends("GET / HTTP/1.1")

    assert ["invalid_name"] == caller.hears_codes()


# Time, and how much.


class TimeTests(SynchronousTestCase):
    """Every wait ends, and a client that does not read gets no further answers."""

    def setUp(self) -> None:
        """Start with a server and a browser."""
        self.server, self.browser = visited()

    def test_a_slow_request(self) -> None:
        """A request has 10 seconds from its first byte, however often one more byte comes."""
        self.browser.sends_bytes(b"GET /")
        for byte in b" HTTP/1.1":
            self.server.passes(1.0)
            self.browser.sends_bytes(bytes([byte]))
        before = self.browser.wire.closing
        self.server.passes(2.0)

        assert ("open", [408], "half closed") == (before, self.browser.statuses(), self.browser.wire.closing)

    def test_each_request_has_its_time(self) -> None:
        """The time begins again with each request."""
        for _ in range(5):
            self.browser.sends_bytes(b"GET / HTTP/1.1\r\n")
            self.server.passes(9.0)
            self.browser.sends_bytes(b"Host: localhost\r\n\r\n")

        assert [200] * 5 == self.browser.statuses()

    def test_keeping_alive(self) -> None:
        """A connection is open for 15 seconds after an answer, and is then closed without a word."""
        self.browser.asks()
        self.server.passes(14.9)
        self.browser.asks()
        self.server.passes(14.9)
        before = self.browser.wire.closing
        self.server.passes(0.2)

        assert ("open", [200, 200], "half closed") == (
            before,
            self.browser.statuses(),
            self.browser.wire.closing,
        )

    def test_the_time_to_sign_in(self) -> None:
        """A visit need not sign in."""
        for _ in range(10):
            self.browser.asks()
            self.server.passes(10.0)

        assert ([200] * 10, "open") == (self.browser.statuses(), self.browser.wire.closing)

    def test_a_client_that_does_not_read(self) -> None:
        """The next request is answered when the client has read the answer before."""
        self.browser.stops_reading()
        self.browser.sends_bytes(head("GET /long HTTP/1.1", HOST) * 5)
        self.server.turn()
        written = sum(map(len, self.browser.wire.written))
        for _ in range(5):
            self.browser.reads_on()
            self.server.turn()

        assert written < 101000
        assert [200] * 5 == self.browser.statuses()

    def test_a_client_that_never_reads(self) -> None:
        """A client that reads nothing for 30 seconds is disconnected."""
        self.browser.stops_reading()
        self.browser.asks("GET /long HTTP/1.1", HOST)
        for _ in range(40):
            self.server.passes(1.0)

        assert self.browser.wire.closing in ("half closed", "closed", "aborted")
        assert b"error" not in b"".join(self.browser.wire.written)

    def test_many_requests_take_turns(self) -> None:
        """Of many requests at once a few are answered before others have their turn."""
        self.browser.sends_bytes(head("GET / HTTP/1.1", HOST) * 20)
        at_once = len(self.browser.statuses())
        self.server.turn()

        assert (8, 20) == (at_once, len(self.browser.statuses()))

    def test_the_end_of_the_stream(self) -> None:
        """A client that closes its half is answered what it has asked for, and the connection closes."""
        self.browser.sends_bytes(head("GET / HTTP/1.1", HOST) * 10 + b"GET / HT")
        self.browser.closes_its_half()
        self.server.turn()

        assert ([200] * 10, "closed") == (self.browser.statuses(), self.browser.wire.closing)

    def test_a_bug(self) -> None:
        """A bug of the site is logged whole, and answered with 500."""
        self.browser.asks("GET /broken HTTP/1.1", HOST)

        assert 1 == len(self.flushLoggedErrors(ZeroDivisionError))
        assert ([500], "half closed") == (self.browser.statuses(), self.browser.wire.closing)
        assert b"secret" not in self.browser.wire.value()

    def test_shutting_down(self) -> None:
        """When the server stops, half a request is answered with 503, and none is answered with nothing."""
        idle = self.server.is_visited()
        idle.asks()
        idle.forgets()
        self.browser.sends_bytes(b"GET / HTTP/1.1\r\n")
        self.server.factory.shut_down()

        assert [503] == self.browser.statuses()
        assert (b"", "half closed") == (idle.wire.value(), idle.wire.closing)

    def test_nothing_is_left(self) -> None:
        """A connection that is lost leaves no timer."""
        waiting = self.server.is_visited()
        waiting.asks()
        self.browser.sends_bytes(b"GET / HTTP/1.1\r\n")
        for caller in self.server.callers:
            caller.drops()

        assert [] == self.server.timers


# The WebSocket.


def test_opening_a_websocket() -> None:
    """The answer shows that the key was read: the example of RFC 6455, 1.3."""
    _, browser = visited()
    browser.asks(*HEAD_OF_UPGRADE)
    ((status, headers, _),) = browser.answers()

    assert (101, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == (status, headers["Sec-WebSocket-Accept"])
    assert {"Upgrade", "Connection", "Sec-WebSocket-Accept"} == headers.keys()


@pytest.mark.parametrize(
    ("offered", "chosen"), [("classchat", "classchat"), ("chat, classchat", "classchat"), ("chat", None)]
)
def test_the_subprotocol(offered: str, chosen: str | None) -> None:
    """The subprotocol is chosen if it is offered, and is not needed."""
    _, browser = visited()
    extension = "Sec-WebSocket-Extensions: permessage-deflate"
    browser.asks(*HEAD_OF_UPGRADE, f"Sec-WebSocket-Protocol: {offered}", extension)
    headers = browser.answers()[0][1]

    assert (chosen, None) == (headers.get("Sec-WebSocket-Protocol"), headers.get("Sec-WebSocket-Extensions"))


@each_case(
    ("line", "instead", "status"),
    [
        ("GET /ws HTTP/1.1", "HEAD /ws HTTP/1.1", 426),
        ("GET /ws HTTP/1.1", "GET /ws HTTP/1.0", 426),
        ("Upgrade: websocket", "Upgrade: h2c", 426),
        ("Upgrade: websocket", "X: x", 426),
        ("Connection: Upgrade", "Connection: keep-alive", 426),
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", 426),
        ("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 13, 13", 426),
        ("Sec-WebSocket-Version: 13", "X: x", 426),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "X: x", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: c2hvcnQ=", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: \xe9\xe9\xe9\xe9", 400),
        ("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== x", 400),
    ],
)
def test_what_opens_no_websocket(line: str, instead: str, status: int) -> None:
    """A request that is not the one of RFC 6455, 4.2.1 is refused, and told which version there is."""
    _, browser = visited()
    browser.asks(*[instead if one == line else one for one in HEAD_OF_UPGRADE])
    text = browser.wire.value()

    assert text.startswith(b"HTTP/1.1 %d " % status)
    assert (status == 426) == (b"\r\nSec-WebSocket-Version: 13\r\n" in text)


@pytest.mark.parametrize("connection", ["upgrade", "keep-alive, Upgrade"])
def test_how_browsers_open_a_websocket(connection: str) -> None:
    """The words of the headers are compared without case, and there may be several."""
    _, browser = visited()
    lines = [one for one in HEAD_OF_UPGRADE if not one.startswith(("Connection", "Upgrade"))]
    browser.asks(*lines, f"Connection: {connection}", "Upgrade: WebSocket")

    assert [101] == browser.statuses()


def test_what_follows_the_head_at_once() -> None:
    """Frames that come right behind the head are read."""
    server, browser = visited()
    browser.sends_bytes(head(*HEAD_OF_UPGRADE) + text_frame(register("Alice")))

    assert ["Alice"] == server.users()


# Requests that take a while: see http_exchange.py.


class SlowSite(PlainSite):
    """A site whose /slow takes bodies, and answers with what it has read, in pieces."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[bytes] = []
        self.ended: list[str] = []

    def answer(self, request: HTTPRequest, visitor: Visitor) -> HTTPAnswer | OpensWebSocket | TakesTime:
        """Take a body at /slow, send much at /much."""
        match request.path:
            case "/slow":
                return TakesTime(self._slow)
            case "/much":
                return TakesTime(self._much)
        return super().answer(request, visitor)

    async def _slow(self, exchange: HTTPExchange) -> HTTPAnswer:
        try:
            while data := await exchange.read(100_000):
                self.read.append(data)
        except (Stalled, CutOff) as error:
            self.ended.append(type(error).__name__)
            return HTTPAnswer(400, [], b"no")
        except CancelledError:
            self.ended.append("cancelled")
            raise
        return HTTPAnswer(200, [], b"".join(self.read))

    async def _much(self, exchange: HTTPExchange) -> None:
        await exchange.begin(HTTPAnswer(200), 3 * 200_000)
        for _ in range(3):
            await exchange.send(b"x" * 200_000)
            self.ended.append("sent")


def test_a_body_comes_in_pieces() -> None:
    """A body is read as it comes; the next request follows it on the same connection."""
    site = SlowSite()
    _, browser = visited(site)
    browser.asks("PATCH /slow HTTP/1.1", HOST, "Content-Length: 10")
    browser.sends_bytes(b"Hello")
    browser.sends_bytes(b"WorldGET / HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert [b"Hello", b"World"] == site.read
    assert [(200, b"HelloWorld"), (200, b"Welcome")] == [(one, body) for one, _, body in browser.answers()]
    assert browser.wire.closing == "open"


def test_a_client_that_waits_is_told_to_send_the_body() -> None:
    """`Expect: 100-continue` is answered when the body is read (RFC 9110, 10.1.1)."""
    _, browser = visited(SlowSite())
    browser.asks("POST /slow HTTP/1.1", HOST, "Content-Length: 5", "Expect: 100-continue")

    assert browser.wire.value() == b"HTTP/1.1 100 Continue\r\n\r\n"


@each_case(
    "lengths",
    [
        ["Content-Length: 5", "Content-Length: 5"],
        ["Content-Length: 5, 5"],
        ["Content-Length: -1"],
        ["Content-Length: +5"],
        ["Content-Length: 0x5"],
        ["Content-Length: 5 5"],
        ["Content-Length: 9999999999999999"],
        ["Content-Length : 5"],
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: chunked"],
    ],
)
def test_a_length_that_others_may_read_in_another_way(lengths: list[str]) -> None:
    """A body has one length, in digits: else a proxy and the server might not agree where it ends."""
    site = SlowSite()
    _, browser = visited(site)
    browser.asks("PATCH /slow HTTP/1.1", HOST, *lengths)

    assert [400] == browser.statuses() or [413] == browser.statuses()
    assert browser.wire.closing != "open"
    assert [] == site.read


def test_a_body_that_stops_coming() -> None:
    """A client that sends nothing more of a body is answered after a while, and the connection closes."""
    site = SlowSite()
    server, browser = visited(site)
    browser.asks("PATCH /slow HTTP/1.1", HOST, "Content-Length: 10")
    browser.sends_bytes(b"Hello")
    server.clock.advance(Limits.stalled + 1)

    assert ["Stalled"] == site.ended
    assert [400] == browser.statuses()
    assert browser.wire.closing != "open"


def test_a_connection_that_is_lost_in_a_body() -> None:
    """When the connection is lost, what handles the request is cancelled where it waits."""
    site = SlowSite()
    _, browser = visited(site)
    browser.asks("PATCH /slow HTTP/1.1", HOST, "Content-Length: 10")
    browser.drops()

    assert ["cancelled"] == site.ended


def test_a_long_answer_waits_for_its_reader() -> None:
    """An answer in pieces is sent as fast as its client reads."""
    site = SlowSite()
    _, browser = visited(site)
    browser.asks("GET /much HTTP/1.1", HOST)

    assert ["sent"] * 3 == site.ended
    assert [(200, 600_000)] == [(one, len(body)) for one, _, body in browser.answers()]


def test_other_addresses_take_no_bodies() -> None:
    """Only the addresses for it take other methods and bodies."""
    _, browser = visited(SlowSite())
    browser.asks("PATCH / HTTP/1.1", HOST, "Content-Length: 5")

    assert [405] == browser.statuses()
