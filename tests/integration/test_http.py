"""HTTP over real sockets, with TLS and without: the page, and clients that send what no browser would."""

from __future__ import annotations

import gzip
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pytest_twisted import async_fixture, ensureDeferred
from twisted.internet import reactor

import classchat
from classchat.limits import Limits
from classchat.process import raise_open_files
from classchat.servers.assets import Assets, load
from classchat.servers.browsing import PageLinks
from classchat.servers.certificates import Passing
from classchat.servers.codes import QRCodes
from classchat.servers.hosts import Hosts
from classchat.servers.proxies import Proxies
from classchat.servers.tls import Encryption, Plaintext
from classchat.servers.website import Website
from tests.integration.helpers import PATIENCE, Serve, Server, build, in_thread

WEB = Path(classchat.__file__).parent / "web"

PROXY = ("127.0.0.2", 0)
"""Where the trusted proxy is, and any port there."""

HOST = b"Host: school.example\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
WHOLE = GET + b"\r\n"
SMUGGLED = b"GET /favicon.ico HTTP/1.1\r\n" + HOST + b"\r\n"

UPGRADE = (
    b"GET /ws HTTP/1.1\r\n" + HOST + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)

CLOSING = b"\r\n\x88\x80\0\0\0\0"
"""The end of a request for a WebSocket, and a masked frame that closes it."""

PING = b"\x89\x80\0\0\0\0"
"""A masked frame that is answered."""

GUARDS = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Resource-Policy",
}


@cache
def shipped() -> Assets:
    """Return the page that is shipped, with the bundles that servers of this machine keep between starts."""
    return load(WEB, WEB.parent / "__pycache__")


def built(plaintext: Plaintext = Plaintext.ANY, **limits: Any) -> Server:
    """Build a server with the page that is shipped; connections without requests end soon."""
    encryption = Encryption(Passing(), plaintext)
    site = Website(
        shipped(),
        QRCodes(reactor),
        Hosts(["school.example"], lambda: encryption.names),
        Proxies([ip_network(PROXY[0])]),
        PageLinks(encryption, [], list),
        plaintext,
    )
    return build(encryption=encryption, site=site, **{"keep_alive": 0.2, **limits})


@async_fixture
async def web(serve: Serve) -> Server:
    """Start a server with a page."""
    return await serve(built())


class Answer(NamedTuple):
    """One answer of the server."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


def answers(data: bytes, *, heads: bool = False) -> Iterator[Answer]:
    """Yield the answers in some bytes, up to a WebSocket; those to HEAD have no body."""
    while data:
        head, _, data = data.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 ([0-9]{3}) ([A-Za-z -]+)", first)
        assert match, first
        pairs = [line.split(": ", 1) for line in lines]
        headers = dict(pairs)
        assert len(headers) == len(pairs), pairs  # none twice
        if match[1] == "101":
            data = b""  # frames
        length = 0 if heads or not data else int(headers["Content-Length"])
        assert len(data) >= length, data
        yield Answer(int(match[1]), match[2], headers, data[:length])
        data = data[length:]


def exchange(address: tuple[str, int], data: bytes, tls: bool, origin: str) -> bytes:
    """Send some bytes, and read until the server closes the connection."""
    with socket.create_connection(address, PATIENCE, (origin, 0)) as plain:
        if tls:
            plain = _trusting().wrap_socket(plain)
        with suppress(ConnectionError):  # it may close before it has read all
            plain.sendall(data)
        heard = read_to_end(plain)
        plain.close()
        return heard


@cache
def _trusting() -> ssl.SSLContext:
    """Return how to encrypt to any server; no certificates are loaded, which takes longer than a request."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def read_to_end(connection: socket.socket) -> bytes:
    """Read until the server closes the connection."""
    heard = b""
    with suppress(ConnectionResetError):
        while more := connection.recv(65_536):
            heard += more
    return heard


async def ask(
    server: Server, data: bytes, *, tls: bool = False, heads: bool = False, origin: str = "127.0.0.1"
) -> list[Answer]:
    """Send some bytes from an address of this machine; return all answers until the connection is closed."""
    return list(answers(await in_thread(exchange, server.address, data, tls, origin), heads=heads))


def request(path: str = "/", *lines: str, host: str = "school.example") -> bytes:
    """Return a request for a path."""
    return "\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode("latin-1")


# The page.


@pytest.mark.parametrize("tls", [False, True])
@ensureDeferred
async def test_the_page_and_all_that_it_needs(web: Server, tls: bool) -> None:
    """A browser gets the page, and under the names in it each style, script and icon, for good."""
    (page,) = await ask(web, WHOLE, tls=tls)
    names = re.findall(rb'(?:href|src)="\./([^"]+)"', page.body)
    parts = await ask(web, b"".join(request(f"/{name.decode()}") for name in names), tls=tls)

    assert (200, "no-store") == (page.status, page.headers["Cache-Control"])
    assert {b"css", b"js", b"svg"} == {name.rpartition(b".")[2] for name in names}
    assert [(200, "public, max-age=31536000, immutable")] * len(names) == [
        (part.status, part.headers["Cache-Control"]) for part in parts
    ]


@ensureDeferred
async def test_fewer_bytes_for_who_takes_gzip(web: Server) -> None:
    """The compressed page is the page."""
    (plain,) = await ask(web, WHOLE)
    (zipped,) = await ask(web, request("/", "Accept-Encoding: gzip, deflate, br"))

    assert "gzip" == zipped.headers["Content-Encoding"]
    assert len(zipped.body) < len(plain.body)
    assert plain.body == gzip.decompress(zipped.body)


@ensureDeferred
async def test_head(web: Server) -> None:
    """HEAD is answered with the headers of GET, and with nothing after them."""
    (get,) = await ask(web, WHOLE)
    head, again = await ask(web, WHOLE.replace(b"GET", b"HEAD") * 2, heads=True)
    dates = {"Date": ""}

    assert {**get.headers, **dates} == {**head.headers, **dates} == {**again.headers, **dates}


@ensureDeferred
async def test_no_answer_names_the_software(serve: Serve) -> None:
    """Each answer is guarded, has a phrase and a date, and neither a banner nor a cookie."""
    asked = [
        WHOLE,
        request("/gone"),
        request(host="evil.example"),
        request("/ws"),
        request("/ws", "Origin: null"),
        UPGRADE + CLOSING,
        b"GET / HTTP/2.0\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"\r\n",
        GET + b"X: " + b"x" * 9_000 + b"\r\n\r\n",
        GET,
    ]
    server = await serve(built(request=0.3))
    heard = [(await ask(server, data))[0] for data in asked]

    assert [200, 404, 421, 426, 403, 101, 505, 405, 431, 408] == [answer.status for answer in heard]
    assert all(GUARDS <= answer.headers.keys() for answer in heard)
    assert all({"Server", "Set-Cookie"}.isdisjoint(answer.headers) for answer in heard)


# What no browser sends.


NO_REQUEST = {
    "both lengths": (GET + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "both lengths the other way": (
        GET + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        400,
    ),
    "two lengths": (GET + b"Content-Length: 0\r\nContent-Length: 4\r\n\r\nabcd", 400),
    "one length twice": (GET + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n", 400),
    "a list of lengths": (GET + b"Content-Length: 0, 0\r\n\r\n", 400),
    "a signed length": (GET + b"Content-Length: +0\r\n\r\n", 400),
    "a length below zero": (GET + b"Content-Length: -1\r\n\r\n", 400),
    "a length in base 16": (GET + b"Content-Length: 0x0\r\n\r\n", 400),
    "a length with an underscore": (GET + b"Content-Length: 0_0\r\n\r\n", 400),
    "no length": (GET + b"Content-Length:\r\n\r\n", 400),
    "a body": (GET + b"Content-Length: 5\r\n\r\nabcde", 413),
    "a body that does not come": (GET + b"Content-Length: 5\r\n\r\n", 413),
    "a huge body": (GET + b"Content-Length: 99999999999999999999\r\n\r\n", 413),
    "chunks": (GET + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 413),
    "chunks of chunks": (GET + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
    "chunks of another name": (GET + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    "chunks after a control character": (GET + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
    "a space before the colon": (GET + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400),
    "a tab before the colon": (GET + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", 400),
    "a folded line": (GET + b"X: a\r\n b\r\n\r\n", 400),
    "a folded coding": (GET + b"Transfer-Encoding:\r\n\tchunked\r\n\r\n0\r\n\r\n", 400),
    "a fold at the beginning": (b"GET / HTTP/1.1\r\n X: a\r\n" + HOST + b"\r\n", 400),
    "bare line feeds": (WHOLE.replace(b"\r\n", b"\n"), 400),
    "one bare line feed": (GET + b"X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a bare line feed at the end": (GET + b"\n", 400),
    "a bare carriage return": (GET + b"X: a\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "NUL in the target": (b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "NUL in a name": (GET + b"X\0: a\r\n\r\n", 400),
    "NUL in a value": (GET + b"X: a\0b\r\n\r\n", 400),
    "NUL in the host": (b"GET / HTTP/1.1\r\nHost: school.example\0\r\n\r\n", 400),
    "no colon": (GET + b"nonsense\r\n\r\n", 400),
    "no name": (GET + b": nonsense\r\n\r\n", 400),
    "a name of two words": (GET + b"X Y: nonsense\r\n\r\n", 400),
    "too many headers": (GET + b"a:b\r\n" * 1_200 + b"\r\n", 400),
    "a head that is too long": (GET + b"X: " + b"x" * 9_000 + b"\r\n\r\n", 431),
    "a head that never ends": (GET + b"X: " + b"x" * 200_000, 431),
    "a target that never ends": (b"GET /" + b"x" * 200_000, 431),
    "HTTP/0.9": (b"GET /\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\n" + HOST + b"\r\n", 505),
    "a version in small letters": (b"GET / http/1.1\r\n" + HOST + b"\r\n", 400),
    "a space in the target": (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a tab instead of a space": (b"GET /\tHTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a fragment": (b"GET /#CS350 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a target that is not ASCII": (b"GET /\xe9 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "no target": (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GET + HOST + b"\r\n", 400),
    "two different hosts": (GET + b"Host: evil.example\r\n\r\n", 400),
    "a URL and no host": (b"GET http://school.example/ HTTP/1.1\r\n\r\n", 400),
    "POST": (b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nabcde", 405),
    "PUT": (b"PUT / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "DELETE": (b"DELETE / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "OPTIONS": (b"OPTIONS * HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "CONNECT": (b"CONNECT host:443 HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "a key that is none": (UPGRADE + b"Sec-WebSocket-Key: x\r\n\r\n", 400),
    "a WebSocket with a body": (UPGRADE + b"Content-Length: 5\r\n\r\nabcde", 413),
    "a WebSocket with chunks": (UPGRADE + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 413),
}


@pytest.mark.parametrize("tls", [False, True])
@ensureDeferred
async def test_what_is_no_request(web: Server, tls: bool) -> None:
    """What recipients could read in different ways is refused with one answer; nothing after it is read."""
    found = {}
    for name, (data, _) in NO_REQUEST.items():
        heard = await ask(web, data + SMUGGLED * 3, tls=tls)
        found[name] = [(answer.status, answer.headers.get("Connection")) for answer in heard]

    assert {name: [(status, "close")] for name, (_, status) in NO_REQUEST.items()} == found


@ensureDeferred
async def test_a_method_that_is_not_answered(web: Server) -> None:
    """The answer to another method says which ones there are."""
    (answer,) = await ask(web, b"POST / HTTP/1.1\r\n" + HOST + b"\r\n")

    assert ("GET, HEAD", b"Only GET and HEAD are answered here.\n") == (answer.headers["Allow"], answer.body)


NOTHING_THERE = [
    "/../../../../etc/passwd",
    "/..%2f..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%5c..%5cetc%5cpasswd",
    "/..\\..\\etc\\passwd",
    "/....//....//etc/passwd",
    "/%c0%ae%c0%ae/etc/passwd",
    "/%00",
    "/index.html%00.js",
    "/index.html",
    "/main.js",
    "/icon.svg",
    "/./",
    "//",
    "//evil.example/",
    "///etc/passwd",
    "/web/main.js",
    "/__init__.py",
    "/classchat.sqlite",
    "/favicon.ico/",
    "/ws/",
    "/%77s",
    "/show/",
    "/" + "a/" * 2_000,
]


@ensureDeferred
async def test_no_path_leads_to_a_file(web: Server) -> None:
    """No spelling of a path finds anything but what the page is made of, and none is an error."""
    heard = await ask(web, b"".join(request(path) for path in NOTHING_THERE))

    assert [(404, b"There is nothing at this address.\n")] * len(NOTHING_THERE) == [
        (answer.status, answer.body) for answer in heard
    ]


# Hosts and origins.


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("path", ["/", "/ws"])
@ensureDeferred
async def test_foreign_hosts(web: Server, tls: bool, path: str) -> None:
    """Under a name that is not the server's own nothing is answered but that, whatever else is said."""
    hosts = ["evil.example", "evil.example:80", "school.example.evil.example", "127.1", "2130706433", "xn--a"]
    asked = [request(path, "X-Forwarded-Host: school.example", host=host) for host in hosts]
    asked.append(b"GET http://evil.example" + path.encode() + b" HTTP/1.1\r\n" + HOST + b"\r\n")

    assert [421] * len(asked) == [answer.status for answer in await ask(web, b"".join(asked), tls=tls)]


@ensureDeferred
async def test_own_hosts(web: Server) -> None:
    """The server answers under its names and addresses; a URL's host counts more than the header."""
    hosts = ["127.0.0.1", "127.0.0.1:5555", "[::1]:80", "localhost.", "SCHOOL.example", "192.0.2.1"]
    asked = [request(host=host) for host in hosts]
    asked.append(b"GET http://127.0.0.1/ HTTP/1.1\r\nHost: evil.example\r\n\r\n")

    assert [200] * len(asked) == [answer.status for answer in await ask(web, b"".join(asked))]


@pytest.mark.parametrize("tls", [False, True])
@ensureDeferred
async def test_origins(web: Server, tls: bool) -> None:
    """The WebSocket opens for programs and for our page, and for no other page."""
    ours, downgraded = ("https", "http") if tls else ("http", "ftp")
    opens = ["", f"Origin: {ours}://school.example\r\n", f"Origin: {ours.upper()}://School.Example\r\n"]
    foreign = [
        "null",
        "",
        "http://evil.example",
        "https://evil.example",
        f"{downgraded}://school.example",
        f"{ours}://school.example:8080",
        f"{ours}://school.example.evil.example",
        f"{ours}://school.example/",
        f"{ours}://school.example, {ours}://school.example",
        f"{ours}://school.example\r\nOrigin: http://evil.example",
    ]
    good = [await ask(web, UPGRADE + one.encode() + CLOSING, tls=tls) for one in opens]
    bad = await ask(web, b"".join(UPGRADE + f"Origin: {one}\r\n\r\n".encode() for one in foreign), tls=tls)

    assert [101] * len(opens) == [one[0].status for one in good]
    assert [403] * len(foreign) == [answer.status for answer in bad]


@ensureDeferred
async def test_proxies(web: Server) -> None:
    """What a trusted proxy says counts for the Origin and the Host; from elsewhere it is nothing."""
    said = b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: localhost:8443\r\nX-Forwarded-For: 192.0.2.7\r\n"
    asked = UPGRADE + said + b"Origin: https://localhost:8443\r\n"
    (trusted,) = await ask(web, asked + CLOSING, origin=PROXY[0])
    (other,) = await ask(web, asked + b"\r\n")
    (garbage,) = await ask(web, GET + b"X-Forwarded-For: 192.0.2.7, what\r\n\r\n", origin=PROXY[0])
    (ignored,) = await ask(web, GET + b"X-Forwarded-For: what\r\n\r\n")

    assert [101, 403, 400, 200] == [one.status for one in (trusted, other, garbage, ignored)]


@ensureDeferred
async def test_each_client_of_a_proxy_is_counted(serve: Serve) -> None:
    """Behind a trusted proxy the limits hold for each client, whatever it writes into the header itself."""
    server = await serve(built(connections_of_address=2))

    async def opens(forwarded: str) -> bytes:
        """Open a WebSocket that stays open; return the first bytes of the server's frames."""
        client = await in_thread(socket.create_connection, server.address, PATIENCE, PROXY)
        sockets.append(client)
        client.sendall(UPGRADE + f"X-Forwarded-For: {forwarded}\r\n\r\n".encode() + PING)
        heard = b""
        while not (frames := heard.partition(b"\r\n\r\n")[2]):
            heard += await in_thread(client.recv, 10_000)
        return frames

    sockets: list[socket.socket] = []
    try:
        heard = [
            await opens("192.0.2.7"),
            await opens("10.0.0.1, 192.0.2.7"),
            await opens("192.0.2.8, 192.0.2.7"),
            await opens("192.0.2.7, 192.0.2.8"),
        ]
    finally:
        for client in sockets:
            client.close()

    assert [False, False, True, False] == [b'"too_many"' in frames for frames in heard]


@ensureDeferred
async def test_plain_text_leads_to_encryption(serve: Serve) -> None:
    """With `--plaintext never` a browser is sent to https on the same host, and never to another one."""
    server = await serve(built(Plaintext.NEVER))
    plain = await ask(server, request("/show?x") + request(host="evil.example") + request("/ws"))
    (encrypted,) = await ask(server, WHOLE, tls=True)

    assert [308, 421, 308] == [answer.status for answer in plain]
    assert "https://school.example/show?x" == plain[0].headers["Location"]
    assert 200 == encrypted.status


# Many requests, slow ones, and their ends.


@pytest.mark.parametrize("tls", [False, True])
@ensureDeferred
async def test_pipelining(web: Server, tls: bool) -> None:
    """Requests that come at once are answered one after the other, in their order."""
    paths = ["/", "/gone", "/favicon.ico"] * 40
    heard = await ask(web, b"".join(map(request, paths)), tls=tls)

    assert [200, 404, 200] * 40 == [answer.status for answer in heard]


@pytest.mark.parametrize(
    "last",
    [
        b"GET / HTTP/1.0\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n" + HOST + b"\r\n",
        GET + b"Connection: close\r\n\r\n",
        GET + b"Connection: x, CLOSE\r\n\r\n",
    ],
)
@ensureDeferred
async def test_the_last_request(serve: Serve, last: bytes) -> None:
    """The connection closes after HTTP/1.0 and `close`; what follows is not answered."""
    server = await serve(built(keep_alive=PATIENCE * 10))
    heard = await ask(server, WHOLE + last + SMUGGLED)

    assert [(200, None), (200, "close")] == [(each.status, each.headers.get("Connection")) for each in heard]


@ensureDeferred
async def test_a_class_behind_one_address(serve: Serve) -> None:
    """Sixty pupils at one address load the page at once, some of them again, and nothing of it is missing."""
    server = await serve(built(page_requests=Limits.page_requests, visits=400))
    first = re.compile(r"(?:icon|style|main|page)\.")
    paths = ["/", "/", *[f"/{name}" for name in shipped().named if first.match(name)]]
    requests = [request(path, "X-Forwarded-For: 192.0.2.7") for path in paths]

    def load_all() -> list[bytes]:
        """Load the page as browsers do, over six connections each."""
        browsers = range(60 * 6)
        with ExitStack() as open_sockets:
            dialled = [
                open_sockets.enter_context(socket.create_connection(server.address, PATIENCE, PROXY))
                for _ in browsers
            ]
            for number, connection in enumerate(dialled):
                connection.sendall(b"".join(requests[number % 6 :: 6]))
            return [read_to_end(connection) for connection in dialled]

    heard = await in_thread(load_all)
    statuses = [answer.status for data in heard for answer in answers(data)]

    assert [200] * 60 * len(paths) == statuses


@pytest.mark.parametrize("tls", [False, True])
@ensureDeferred
async def test_half_a_request(serve: Serve, tls: bool) -> None:
    """A head that is not complete in time is answered with that, and the connection closes."""
    server = await serve(built(request=0.3))
    for half in (b"GET /", GET, WHOLE[:-1]):
        (answer,) = await ask(server, half, tls=tls)

        assert (408, b"No whole request within 0.3 seconds.\n") == (answer.status, answer.body)


@ensureDeferred
async def test_two_thousand_half_requests(serve: Serve) -> None:
    """Half requests keep nobody out: the oldest ones give way when there is no room for another.

    There is room for fifty, so each place is taken forty times.
    """
    number = min(2_000, raise_open_files() - 1_500)
    server = await serve(built(visits=50))
    alice = await server.connect("Alice", "CS350")
    sockets: list[socket.socket] = []
    meanwhile = []

    def begin(some: int) -> None:
        for _ in range(some):
            sockets.append(socket.create_connection(server.address, PATIENCE))
            sockets[-1].sendall(GET)

    try:
        for _ in range(10):
            await in_thread(begin, number // 10)
            (page,) = await ask(server, WHOLE)
            meanwhile.append((page.status, (await alice.asks("ping"))["status"]))
        await server.connections(1 + 49)  # the page's own connection is closed by now
    finally:
        for each in sockets:
            each.close()

    assert [(200, "success")] * 10 == meanwhile
