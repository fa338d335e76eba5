"""What is answered to HTTP requests: the page, its assets, refusals, and their headers."""

from __future__ import annotations

import re
import sys
from ipaddress import ip_network
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.testing import Clock

from classchat.servers.assets import Asset, Assets
from classchat.servers.browsing import PageLinks
from classchat.servers.codes import QRCodes
from classchat.servers.health import UNWRITABLE, Health
from classchat.servers.hosts import Hosts, read_authority
from classchat.servers.proxies import Proxies
from classchat.servers.site import HTTPAnswer, HTTPRequest, OpensWebSocket, TakesTime
from classchat.servers.tls import Encryption, Plaintext
from classchat.servers.website import SECURITY, Website, takes_gzip
from tests.tables import each_case

HERE = IPv4Address("TCP", "127.0.0.1", 40_000)
ELSEWHERE = IPv4Address("TCP", "192.0.2.7", 40_000)

PAGE = Asset("text/html; charset=utf-8", b"<p>page", b"zipped page")
ICON = Asset("image/svg+xml", b"<svg/>", None)
MAIN = Asset("text/javascript; charset=utf-8", b"main()", b"zipped main")
ASSETS = Assets(PAGE, ICON, {"main.00000000.js": MAIN, "icon.00000000.svg": ICON})

CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def site(plaintext: Plaintext = Plaintext.ANY) -> Website:
    """Return the site of a server that is called `school.example` and listens at two addresses."""
    hosts, proxies = Hosts(["school.example"], list), Proxies([ip_network("10.0.0.1")])
    pages = PageLinks(Encryption(None, plaintext), [], list)
    pages.listen_at([HERE, IPv4Address("TCP", "192.168.1.20", 5555)])
    return Website(ASSETS, QRCodes(Clock()), hosts, proxies, pages, plaintext)


def ask(
    path: str = "/",
    *,
    method: Literal["GET", "HEAD"] = "GET",
    query: str = "",
    peer: IPv4Address = HERE,
    encrypted: bool = False,
    plaintext: Plaintext = Plaintext.ANY,
    **headers: str,
) -> HTTPAnswer | OpensWebSocket:
    """Return what is answered to a request with these headers, named `accept_encoding` and the like."""
    sent = {"host": "127.0.0.1:5555", **headers}
    lists = {name.replace("_", "-"): [value] for name, value in sent.items() if value}
    request = HTTPRequest(method, path, query, lists, peer, encrypted)
    website = site(plaintext)
    return website.answer(request, website.visitor(request))


def answer(path: str = "/", **how: object) -> tuple[int, dict[str, str], bytes]:
    """Return the status, headers and body that are answered."""
    answered = ask(path, **how)  # type: ignore[arg-type]
    assert isinstance(answered, HTTPAnswer)
    headers = dict(answered.headers)
    assert len(headers) == len(answered.headers)  # none twice
    return answered.status, headers, answered.body


# What there is.


@each_case("path", ["/", "/show"])
@each_case("query", ["", "utm_source=mail"])
def test_the_page(path: str, query: str) -> None:
    """The page is at `/` and, for the projector, at `/show`; no browser keeps it."""
    status, headers, body = answer(path, query=query)

    assert (200, b"<p>page") == (status, body)
    assert ("text/html; charset=utf-8", "no-store") == (headers["Content-Type"], headers["Cache-Control"])


def test_an_asset() -> None:
    """A browser keeps an asset for a year, and never asks again."""
    status, headers, body = answer("/main.00000000.js")

    assert (200, b"main()") == (status, body)
    assert "text/javascript; charset=utf-8" == headers["Content-Type"]
    assert "public, max-age=31536000, immutable" == headers["Cache-Control"]


def test_the_icon() -> None:
    """Browsers that look for an icon find it, for a missing one is an error in their console."""
    status, headers, body = answer("/favicon.ico")

    assert (200, b"<svg/>", "image/svg+xml") == (status, body, headers["Content-Type"])


def test_the_websocket() -> None:
    """The WebSocket is at `/ws`."""
    assert OpensWebSocket(SECURITY) == ask("/ws")


class _Monitored(Health):
    """A server whose state a test sets."""

    def __init__(self, ready: bool, trouble: str) -> None:
        self._ready = ready
        self._trouble = trouble

    def is_ready(self) -> bool:
        return self._ready

    async def trouble(self) -> str:
        return self._trouble


@pytest.mark.parametrize("host", ["127.0.0.1:5555", "elsewhere.example", ""])
def test_a_load_balancer(host: str) -> None:
    """Whether the server takes clients, and can write, is said under any host, or none, and without TLS."""
    website = site(Plaintext.NEVER)
    lists = {"host": [host]} if host else {}
    answers = []
    for ready, trouble in ((True, ""), (True, UNWRITABLE), (False, "")):
        website.health = _Monitored(ready, trouble)
        for path in ("/ready", "/healthz"):
            request = HTTPRequest("HEAD", path, "", lists, ELSEWHERE, encrypted=False)
            answered = website.answer(request, website.visitor(request))
            if isinstance(answered, TakesTime):
                with pytest.raises(StopIteration) as ended:
                    answered.handle(None).send(None)
                answered = ended.value.value
            assert isinstance(answered, HTTPAnswer)
            answers.append((answered.status, answered.body))
            assert "no-store" == dict(answered.headers)["Cache-Control"]
    ok, away = (200, b"ok\n"), (503, b"The server takes no clients at the moment.\n")

    assert [ok, ok, ok, (503, f"{UNWRITABLE}\n".encode()), away, away] == answers


def test_a_qr_code() -> None:
    """The code of a link to the page is drawn; one of a link to another site is refused."""
    drawn = answer("/qr.svg", query="link=http%3A%2F%2F127.0.0.1%3A5555%2F%23CS350")
    refused = answer("/qr.svg", query="link=http%3A%2F%2Fevil.example%2F")

    assert (200, "image/svg+xml", True) == (drawn[0], drawn[1]["Content-Type"], drawn[2].startswith(b"<svg"))
    assert (400, "text/plain; charset=utf-8") == (refused[0], refused[1]["Content-Type"])


@each_case(
    ("host", "peer", "links"),
    [
        ("127.0.0.1:5555", HERE, b'["http://192.168.1.20:5555/"]'),
        ("localhost", HERE, b'["http://192.168.1.20:5555/"]'),
        ("192.168.1.20:5555", HERE, b"[]"),
        ("127.0.0.1:5555", ELSEWHERE, b"[]"),
        ("school.example", HERE, b"[]"),
    ],
)
def test_links_for_other_machines(host: str, peer: IPv4Address, links: bytes) -> None:
    """The page at a loopback address gets links that others can use, and their codes; no other page does."""
    listed = answer("/links", host=host, peer=peer)
    code = answer("/qr.svg", query="link=http://192.168.1.20:5555/%23CS350", host=host, peer=peer)
    is_drawn = links != b"[]" or host == "192.168.1.20:5555"

    assert (200, "application/json", links) == (listed[0], listed[1]["Content-Type"], listed[2])
    assert (200 if is_drawn else 400) == code[0]


@each_case(
    "path",
    [
        "//",
        "/.",
        "/..",
        "/../",
        "/../../etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..\\..\\etc\\passwd",
        "/%00",
        "/index.html",
        "/main.js",
        "/main.00000000.js/",
        "//main.00000000.js",
        "/./main.00000000.js",
        "/x/../main.00000000.js",
        "/main.00000000.js%00",
        "/main.00000000.js%2f",
        "/%6dain.00000000.js",
        "/MAIN.00000000.JS",
        "/show/",
        "/%73how",
        "/ws/",
        "/WS",
        "/ws%20",
        "//ws",
        "/etc/passwd",
        "/classchat.sqlite",
        "/__init__.py",
        "//evil.example/",
    ],
)
def test_nothing_else(path: str) -> None:
    """Every other address has nothing: no file is looked for, and none is found by another spelling."""
    status, headers, body = answer(path)

    assert (404, b"There is nothing at this address.\n") == (status, body)
    assert ("text/plain; charset=utf-8", "no-store") == (headers["Content-Type"], headers["Cache-Control"])


# Headers.


@each_case(
    "request_",
    [
        {"path": "/"},
        {"path": "/main.00000000.js"},
        {"path": "/gone"},
        {"host": "evil.example"},
        {"host": ""},
        {"path": "/ws", "origin": "null"},
        {"peer": ELSEWHERE, "plaintext": Plaintext.NEVER},
        {"encrypted": True, "host": "school.example"},
    ],
)
def test_every_answer_is_guarded(request_: dict[str, object]) -> None:
    """The headers that keep other pages and foreign scripts away are on each answer, errors included."""
    _, headers, _ = answer(**request_)  # type: ignore[arg-type]
    guards = {name: headers.get(name) for name in GUARDS}

    assert guards == GUARDS
    assert {"Server", "Set-Cookie", "Strict-Transport-Security"}.isdisjoint(headers)


GUARDS = {
    "Content-Security-Policy": CONTENT,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@each_case(
    ("host", "encrypted", "sent"),
    [
        ("127.0.0.1:5555", False, True),
        ("localhost", False, True),
        ("[::1]:5555", False, True),
        ("192.0.2.1:5555", False, False),
        ("school.example", False, False),
        ("192.0.2.1:5555", True, True),
    ],
)
def test_no_header_that_browsers_complain_of(host: str, encrypted: bool, sent: bool) -> None:
    """In plain text from another machine, Chromium ignores Cross-Origin-Opener-Policy with an error."""
    _, headers, _ = answer(host=host, encrypted=encrypted)

    assert sent is ("Cross-Origin-Opener-Policy" in headers)


def test_a_refusal_before_the_site_is_asked() -> None:
    """What the door refuses looks like what the site refuses, with the door's own headers."""
    refusal = site().refusal(405, "Only GET and HEAD.", [("Allow", "GET, HEAD")])

    assert (405, b"Only GET and HEAD.\n") == (refusal.status, refusal.body)
    assert {**GUARDS, "Allow": "GET, HEAD"}.items() <= dict(refusal.headers).items()


# Compression.


def test_compressed_bytes() -> None:
    """A client that takes gzip is sent it; caches are told that there are two forms."""
    _, plain, _ = answer("/main.00000000.js")
    _, headers, body = answer("/main.00000000.js", accept_encoding="gzip, br")

    assert ("gzip", b"zipped main") == (headers["Content-Encoding"], body)
    assert "Content-Encoding" not in plain
    assert ["Accept-Encoding"] * 2 == [headers["Vary"], plain["Vary"]]


def test_short_bytes_are_never_compressed() -> None:
    """What compression does not shorten has one form for all."""
    _, headers, body = answer("/icon.00000000.svg", accept_encoding="gzip")

    assert b"<svg/>" == body
    assert {"Content-Encoding", "Vary"}.isdisjoint(headers)


@each_case(
    ("accepted", "taken"),
    [
        ("gzip", True),
        ("br, GZIP", True),
        ("x-gzip", True),
        ("gzip;q=0.5", True),
        ("gzip ; q=1.000", True),
        ("*", True),
        ("br, *;q=0.1", True),
        ("identity;q=0, *", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("gzip; Q=0", False),
        ("*;q=0", False),
        ("gzip;q=2", False),
        ("gzip;q=nan", False),
        ("gzip;q=", False),
        ("gzip;level=9", False),
        ("gzipped", False),
        (",;,=", False),
    ],
)
def test_who_takes_compressed_bytes(accepted: str, taken: bool) -> None:
    """A coding is taken if its weight is above zero, and not if it can't be read (RFC 9110, 12.5.3)."""
    assert taken is takes_gzip(accepted)


def test_without_segno(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no code can be drawn the answer is no error: browsers would write it to their console."""
    monkeypatch.setitem(sys.modules, "segno", None)
    status, headers, body = answer("/qr.svg", query="link=http%3A%2F%2F127.0.0.1%3A5555%2F%23CS350")

    assert (204, b"", "no-store") == (status, body, headers["Cache-Control"])


# Hosts, origins, proxies.


@each_case("host", ["127.0.0.1:5555", "[::1]", "localhost:8080", "School.Example.", "192.0.2.1"])
@each_case("path", ["/", "/ws"])
def test_own_hosts(host: str, path: str) -> None:
    """The server answers under its addresses and names, on any port: a router may forward it."""
    answered = ask(path, host=host)

    assert isinstance(answered, OpensWebSocket) or (
        isinstance(answered, HTTPAnswer) and answered.status == 200
    )


@each_case("path", ["/", "/ws", "/main.00000000.js", "/gone", "/favicon.ico"])
def test_foreign_hosts(path: str) -> None:
    """Under another name nothing is found, the WebSocket included; the operator reads what to do."""
    origin = {"origin": "http://evil.example:5555"}
    status, _, body = answer(path, host="evil.example:5555", **origin)

    assert 421 == status
    assert body == (
        b"'evil.example' is not a name of this server. If it should be, start the server with --web-name "
        b"evil.example. An IP address always works.\n"
    )


@each_case("host", ["", "evil.example@127.0.0.1", "127.0.0.1, evil.example", "<b>", "a:b:c"])
def test_malformed_hosts(host: str) -> None:
    """Without a valid host a request is refused, and the host is not repeated."""
    status, _, body = answer(host=host)

    assert (400, b"The request needs a valid Host header.\n") == (status, body)


@each_case(
    ("origin", "host", "encrypted", "opens"),
    [
        ("", "127.0.0.1:5555", False, True),
        ("http://127.0.0.1:5555", "127.0.0.1:5555", False, True),
        ("https://127.0.0.1:5555", "127.0.0.1:5555", True, True),
        ("http://localhost:5555", "127.0.0.1:5555", False, False),
        ("https://127.0.0.1:5555", "127.0.0.1:5555", False, False),
        ("http://127.0.0.1:5555", "127.0.0.1:5555", True, False),
        ("http://evil.example", "127.0.0.1:5555", False, False),
        ("null", "127.0.0.1:5555", False, False),
    ],
)
def test_origins(origin: str, host: str, encrypted: bool, opens: bool) -> None:
    """The WebSocket opens for pages of the same origin, and for programs, which have none."""
    answered = ask("/ws", host=host, encrypted=encrypted, origin=origin)

    assert opens is isinstance(answered, OpensWebSocket)
    assert opens or (isinstance(answered, HTTPAnswer) and 403 == answered.status)


def test_the_origin_behind_a_proxy() -> None:
    """The page's origin is compared with the scheme and host that a trusted proxy forwards."""
    forwarded = {
        "peer": IPv4Address("TCP", "10.0.0.1", 1),
        "x_forwarded_proto": "https",
        "x_forwarded_host": "school.example:8443",
        "x_forwarded_for": "192.0.2.7",
    }
    same = ask("/ws", origin="https://school.example:8443", **forwarded)  # type: ignore[arg-type]
    other = ask("/ws", origin="https://127.0.0.1:5555", **forwarded)  # type: ignore[arg-type]

    assert isinstance(same, OpensWebSocket)
    assert isinstance(other, HTTPAnswer)


@pytest.mark.parametrize("header", ["x_forwarded_for", "x_forwarded_proto", "x_forwarded_host"])
def test_a_proxy_that_says_nonsense(header: str) -> None:
    """The operator of a proxy reads which header is wrong; a foreign host is refused as ever."""
    proxy = IPv4Address("TCP", "10.0.0.1", 1)
    foreign = answer(peer=proxy, x_forwarded_host="evil.example")[0]
    status, _, body = answer(peer=proxy, **{header: "non sense"})

    assert (421, 400) == (foreign, status)
    assert re.search(rb"X-Forwarded-(For|Proto)|Host header", body)


# Plain text.


@each_case(
    ("plaintext", "peer", "encrypted", "status"),
    [
        (Plaintext.ANY, ELSEWHERE, False, 200),
        (Plaintext.LOCAL, HERE, False, 200),
        (Plaintext.LOCAL, ELSEWHERE, False, 308),
        (Plaintext.LOCAL, ELSEWHERE, True, 200),
        (Plaintext.NEVER, HERE, False, 308),
        (Plaintext.NEVER, HERE, True, 200),
    ],
)
def test_who_has_to_encrypt(plaintext: Plaintext, peer: IPv4Address, encrypted: bool, status: int) -> None:
    """`--plaintext` holds for the page as for everything else."""
    assert status == answer(plaintext=plaintext, peer=peer, encrypted=encrypted)[0]


@each_case(
    ("host", "path", "query", "url"),
    [
        ("school.example:5555", "/", "", "https://school.example:5555/"),
        ("[::1]:5555", "/show", "a=b", "https://[::1]:5555/show?a=b"),
        ("School.Example", "/ws", "", "https://school.example/ws"),
        ("192.0.2.1:5555", "//evil.example/", "", "https://192.0.2.1:5555//evil.example/"),
    ],
)
def test_the_way_to_encryption(host: str, path: str, query: str, url: str) -> None:
    """Browsers are sent to the same address with https, on the same port, and never to another host."""
    status, headers, body = answer(path, host=host, query=query, plaintext=Plaintext.NEVER)

    assert (308, url, f"Use {url}\n".encode()) == (status, headers["Location"], body)


@pytest.mark.parametrize(("host", "status"), [("evil.example", 421), ("a b", 400)])
def test_nobody_is_sent_to_a_foreign_host(host: str, status: int) -> None:
    """Plain text under a foreign name is refused, not redirected there."""
    assert status == answer(host=host, plaintext=Plaintext.NEVER)[0]


def test_a_proxy_that_encrypts() -> None:
    """What came to a trusted proxy encrypted is, and what came to it in plain text is not."""
    proxy = IPv4Address("TCP", "10.0.0.1", 1)
    statuses = [
        answer(peer=proxy, plaintext=Plaintext.NEVER, x_forwarded_proto=scheme)[0]
        for scheme in ("https", "http")
    ]

    assert [200, 308] == statuses


@pytest.mark.parametrize("prefix", ["/chat", "/chat/", "/other, /chat"])
def test_a_proxy_with_a_path(prefix: str) -> None:
    """Behind a proxy that takes a path off, the way to encryption keeps it."""
    proxy = IPv4Address("TCP", "10.0.0.1", 1)
    status, headers, _ = answer(
        "/show",
        host="school.example",
        peer=proxy,
        plaintext=Plaintext.NEVER,
        x_forwarded_proto="http",
        x_forwarded_prefix=prefix,
    )

    assert (308, "https://school.example/chat/show") == (status, headers["Location"])


# Anything.

_TARGETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=40)
_VALUES = st.lists(st.text(st.characters(codec="latin-1"), max_size=40), min_size=1, max_size=3)
_NAMES = st.sampled_from(
    [
        "accept-encoding",
        "origin",
        "x-forwarded-for",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-prefix",
    ]
)


@given(
    path=st.one_of(_TARGETS, st.sampled_from(["", "show", "ws", "qr.svg", "links", "main.00000000.js"])),
    query=_TARGETS,
    host=st.one_of(_TARGETS, st.just("127.0.0.1")),
    headers=st.dictionaries(_NAMES, _VALUES),
    encrypted=st.booleans(),
    plaintext=st.sampled_from(Plaintext),
    peer=st.sampled_from(["127.0.0.1", "10.0.0.1", "192.0.2.7"]),
)
def test_any_request_is_answered(
    path: str,
    query: str,
    host: str,
    headers: dict[str, list[str]],
    encrypted: bool,
    plaintext: Plaintext,
    peer: str,
) -> None:
    """Whatever is asked, there is an answer: one line a header, guarded, and a redirect to nowhere else."""
    given_ = {"host": [host], **headers}
    request = HTTPRequest("GET", f"/{path}", query, given_, IPv4Address("TCP", peer, 1), encrypted)
    website = site(plaintext)
    visitor = website.visitor(request)
    answered = website.answer(request, visitor)
    if isinstance(answered, OpensWebSocket):
        return
    sent = dict(answered.headers)

    assert answered.status in {200, 204, 308, 400, 403, 404, 414, 421, 503}
    assert CONTENT == sent["Content-Security-Policy"]
    assert not any(re.search(r"[\r\n\0]", value) for value in sent.values())
    there = f"https://{read_authority(visitor.host)}{visitor.prefix}/{path}" if answered.status == 308 else ""
    assert sent.get("Location", "").startswith(there)
    assert bool(there) == ("Location" in sent)
