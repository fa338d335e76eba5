"""The web site: the page, its assets and the address of the WebSocket, for all clients.

    /, /show                 the page; it looks at its own path
    /store.3f9c1a2b.js       an asset
    /ws                      the WebSocket
    /qr.svg?link=…           the QR code of a link to the page: see codes.py
    /ready                   for load balancers: whether the server takes clients, 200 or 503, under any host
    /healthz                 for monitors: the same, and whether messages can be stored: see health.py
    /hook/TOKEN              what a program posts to a room: see incoming_hooks.py
    /metrics                 for Prometheus: the server's numbers, see scrapes.py
    /links                   for the page at a loopback address: the links for other machines, a list in JSON
    /upload/…, /f/…          a file that a user shares: see uploads.py and downloads.py
    /favicon.ico             the page's icon, for browsers that look for it without having seen the page

All addresses in the page are relative. Behind a proxy it may be under any path.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from twisted.web import http

from classchat.core.shared_files import READING, UPLOADING
from classchat.qr import MissingSegno
from classchat.servers.assets import SVG, Asset, Assets
from classchat.servers.browsing import PageLinks
from classchat.servers.codes import NotDrawn, QRCodes
from classchat.servers.file_doors import FileDoors
from classchat.servers.health import AWAY, Health
from classchat.servers.hosts import Authority, Hosts, is_same_origin, is_this_machine, read_authority
from classchat.servers.incoming_hooks import PATH, IncomingHooks
from classchat.servers.proxies import Proxies, Unreadable
from classchat.servers.scrapes import Scrapes
from classchat.servers.site import HTTPAnswer, HTTPRequest, OpensWebSocket, TakesTime, Visitor
from classchat.servers.tls import Plaintext, is_local

_CONTENT: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_APART: Final = ("Cross-Origin-Opener-Policy", "same-origin")

SECURITY: Final = (
    ("Content-Security-Policy", _CONTENT),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    _APART,
)
"""The headers of every answer."""

_NEVER = ("Cache-Control", "no-store")
_FOR_EVER = ("Cache-Control", "public, max-age=31536000, immutable")
_FOR_A_DAY = ("Cache-Control", "public, max-age=86400")

_WEIGHT = re.compile(r"\s*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
"""How much a client wants a coding (RFC 9110, 12.4.2)."""


@dataclass(frozen=True)
class _Unclear(Visitor):
    """A client of which a proxy says something that can't be read."""

    problem: str = ""


class Website:
    """What the server answers to HTTP requests: see site.py."""

    def __init__(
        self,
        assets: Assets,
        codes: QRCodes,
        hosts: Hosts,
        proxies: Proxies,
        pages: PageLinks,
        plaintext: Plaintext = Plaintext.ANY,
    ) -> None:
        """Answer under these hosts, with these assets and codes; `plaintext` says who may do without TLS."""
        self._assets = assets
        self._codes = codes
        self._hosts = hosts
        self._proxies = proxies
        self._pages = pages
        self._plaintext = plaintext
        self.health: Health | None = None
        """How the server is: set where the server is built."""
        self.scrapes: Scrapes | None = None
        """What answers requests for the server's numbers: likewise."""
        self.files: FileDoors | None = None
        """What takes and sends shared files: likewise; None where there are none."""
        self.hooks: IncomingHooks | None = None
        """What takes the messages of programs: likewise."""

    def visitor(self, request: HTTPRequest) -> Visitor:
        """Return which client sends a request; what proxies say counts only if they are trusted."""
        try:
            return self._proxies.visitor(request)
        except Unreadable as problem:
            return _Unclear(request.peer, request.encrypted, "", problem=str(problem))

    def takes_bodies(self, path: str) -> bool:
        """Return whether requests to an address may have bodies: those that upload files, and webhooks'."""
        is_upload = self.files is not None and path.startswith(f"/{UPLOADING}")
        return is_upload or (self.hooks is not None and path.startswith(PATH))

    def takes_chunks(self, path: str) -> bool:
        """Return whether such bodies may come in chunks: those of webhooks, which some programs send so."""
        return self.hooks is not None and path.startswith(PATH)

    def answer(self, request: HTTPRequest, visitor: Visitor) -> HTTPAnswer | OpensWebSocket | TakesTime:
        """Return what is answered, refusals of hosts, origins and plain text included."""
        if request.path == "/ready" and self.health is not None:
            return self._described("" if self.health.is_ready() else AWAY)
        if request.path == "/healthz" and self.health is not None:
            health = self.health
            return TakesTime(lambda _: self._tried(health))
        if isinstance(visitor, _Unclear):
            return self.refusal(http.BAD_REQUEST, visitor.problem)
        host = read_authority(visitor.host)
        if host is None:
            return self.refusal(http.BAD_REQUEST, "The request needs a valid Host header.")
        if not self._hosts.has(host.host):
            return self.refusal(421, _unknown(host.host))
        if not visitor.encrypted and not self._plaintext.is_taken_from(visitor.address):
            return self._redirected(request, visitor, host)
        answer = self._found(request, visitor, host)
        if isinstance(answer, HTTPAnswer) and not visitor.encrypted and not is_this_machine(host.host):
            # There browsers ignore this header, and call that an error in their console.
            headers = [header for header in answer.headers if header != _APART]
            return HTTPAnswer(answer.status, headers, answer.body)
        return answer

    def refusal(self, status: int, text: str, headers: Sequence[tuple[str, str]] = ()) -> HTTPAnswer:
        """Return the answer to a request that is refused, with a text for people."""
        kind = ("Content-Type", "text/plain; charset=utf-8")
        return HTTPAnswer(status, [kind, _NEVER, *SECURITY, *headers], f"{text}\n".encode())

    async def _tried(self, health: Health) -> HTTPAnswer:
        return self._described(await health.trouble() if health.is_ready() else AWAY)

    def _described(self, trouble: str) -> HTTPAnswer:
        """Return the answer to a monitor."""
        if trouble:
            return self.refusal(http.SERVICE_UNAVAILABLE, trouble)
        kind = ("Content-Type", "text/plain; charset=utf-8")
        return HTTPAnswer(http.OK, [kind, _NEVER, *SECURITY], b"ok\n")

    def _redirected(self, request: HTTPRequest, visitor: Visitor, host: Authority) -> HTTPAnswer:
        query = f"?{request.query}" if request.query else ""
        url = f"https://{host}{visitor.prefix}{request.path}{query}"
        return self.refusal(http.PERMANENT_REDIRECT, f"Use {url}", [("Location", url)])

    def _found(
        self, request: HTTPRequest, visitor: Visitor, host: Authority
    ) -> HTTPAnswer | OpensWebSocket | TakesTime:
        """Return what is at an address of one of our hosts."""
        if self.files is not None and request.path.startswith((f"/{UPLOADING}", f"/{READING}")):
            return self.files.at(request.path[1:])
        if self.hooks is not None and request.path.startswith(PATH):
            return self.hooks.at(request.path)
        match request.path:
            case "/" | "/show":
                return _sent(self._assets.index, request, _NEVER)
            case "/favicon.ico":
                return _sent(self._assets.icon, request, _FOR_A_DAY)
            case "/ws":
                origin = request.header("origin")  # programs have none
                if origin is None or is_same_origin(origin, visitor.encrypted, host):
                    return OpensWebSocket(SECURITY)
                return self.refusal(http.FORBIDDEN, _FOREIGN)
            case "/metrics" if self.scrapes is not None:
                answer = self.scrapes.answer(request, visitor)
                return HTTPAnswer(answer.status, [*answer.headers, _NEVER, *SECURITY], answer.body)
            case "/qr.svg":
                return self._code(request, visitor, host)
            case "/links":
                links = json.dumps(self._links_for_others(visitor, host)).encode()
                return HTTPAnswer(http.OK, [("Content-Type", "application/json"), _NEVER, *SECURITY], links)
        asset = self._assets.named.get(request.path[1:])
        if asset is None:
            return self.refusal(http.NOT_FOUND, "There is nothing at this address.")
        return _sent(asset, request, _FOR_EVER)

    def _code(self, request: HTTPRequest, visitor: Visitor, host: Authority) -> HTTPAnswer:
        others = self._links_for_others(visitor, host)
        try:
            picture = self._codes.picture(request.query, visitor.encrypted, host, others)
        except NotDrawn as reason:
            return self.refusal(reason.status, str(reason))
        except MissingSegno:
            # The page goes without the code. An error would be one in the browser's console.
            return HTTPAnswer(http.NO_CONTENT, [_NEVER, *SECURITY])
        return HTTPAnswer(http.OK, [("Content-Type", SVG), _FOR_A_DAY, *SECURITY], picture)

    def _links_for_others(self, visitor: Visitor, host: Authority) -> list[str]:
        """Return the links for other machines, if the visitor's own link leads only to this one."""
        is_here = is_this_machine(host.host) and is_local(visitor.address)
        return self._pages.outside() if is_here else []


_FOREIGN = (
    "Only the page of this server can use its WebSocket. A proxy has to pass on the Host of the page, and "
    "--proxy has to name the proxy if it passes on anything else."
)


def _unknown(host: str) -> str:
    """Return why a server does not answer under a name, and what to do."""
    return (
        f"'{host}' is not a name of this server. If it should be, start the server with --web-name {host}. "
        "An IP address always works."
    )


def _sent(asset: Asset, request: HTTPRequest, caching: tuple[str, str]) -> HTTPAnswer:
    """Return an asset, compressed if the client takes that."""
    headers = [("Content-Type", asset.content_type), caching, *SECURITY]
    if asset.gzipped is None:
        return HTTPAnswer(http.OK, headers, asset.plain)
    headers.append(("Vary", "Accept-Encoding"))
    if not takes_gzip(request.header("accept-encoding") or ""):
        return HTTPAnswer(http.OK, headers, asset.plain)
    return HTTPAnswer(http.OK, [*headers, ("Content-Encoding", "gzip")], asset.gzipped)


def takes_gzip(accepted: str) -> bool:
    """Return whether a client takes gzip, by its Accept-Encoding (RFC 9110, 12.5.3)."""
    wanted = dict[str, bool]()
    for one in accepted.lower().split(","):
        coding, _, weight = one.partition(";")
        match = _WEIGHT.fullmatch(weight or "q=1")
        wanted[coding.strip()] = match is not None and float(match[1]) > 0
    return wanted.get("gzip", wanted.get("x-gzip", wanted.get("*", False)))
