"""Who may read the server's numbers: this machine, or a program with the token.

What counts is where the client is, not the proxy in front of it. A proxy that `--proxy` does not name is
taken for a client of its own machine: so a request that looks as if it was forwarded is never one from here.
"""

from __future__ import annotations

import hmac
import re
from pathlib import Path
from typing import Final

from twisted.web import http

from classchat.servers.metrics import INSTALL, Metrics, MissingPrometheus
from classchat.servers.site import HTTPAnswer, HTTPRequest, Visitor
from classchat.servers.tls import is_local

_FORWARDED: Final = re.compile(
    "forwarded|x-forwarded.*|x-original-.*|x-envoy-.*|x-(real|client|cluster-client)-ip"
    "|cf-.*|true-client-ip|fastly-client-ip|via"
)
"""The names of headers that proxies add to a request, in lower case."""

_BARE: Final = "close"
"""What nginx asks of a connection if it is told nothing else; it adds no header then."""

_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]{16,512}")
"""A token that fits into a header (RFC 6750, 2.1), and is too long to be guessed."""

_LONGEST_FILE: Final = 4_096

_PLAIN: Final = ("Content-Type", "text/plain; charset=utf-8")


def read_token(path: Path) -> bytes:
    """Return the token in a file: its only line.

    Raises:
        ValueError: it can't be read, or is no token; the sentence says what to do.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_FILE).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ValueError(f"Can't read the token in {path}: {reason}.") from None
    if not _TOKEN.fullmatch(text):
        raise ValueError(
            f"{path} holds no token: write one line of 16 to 512 letters and digits into it, for example "
            "with 'openssl rand -hex 32'."
        )
    return text.encode()


class Scrapes:
    """Answers the requests for the numbers."""

    def __init__(self, metrics: Metrics, token: bytes | None = None) -> None:
        """Answer programs on this machine, and elsewhere those with the token, if there is one."""
        self._metrics = metrics
        self._token = token

    def answer(self, request: HTTPRequest, visitor: Visitor) -> HTTPAnswer:
        """Return the numbers, or why the visitor may not read them."""
        given = _given(request)
        if given is None and not _is_from_here(request, visitor):
            return self._refused(None)
        if given is not None and (self._token is None or not hmac.compare_digest(given, self._token)):
            return self._refused(given)
        if given is not None and not visitor.encrypted and not is_local(visitor.address):
            return _text(http.FORBIDDEN, "The token is taken only over TLS: others could read it on the way.")
        try:
            body, kind = self._metrics.written(request.header("accept") or "")
        except MissingPrometheus:
            return _text(http.NOT_IMPLEMENTED, f"The numbers need prometheus-client: {INSTALL}")
        return HTTPAnswer(http.OK, [("Content-Type", kind)], body)

    def _refused(self, given: bytes | None) -> HTTPAnswer:
        if self._token is None:
            return _text(
                http.FORBIDDEN,
                "Only this machine may read the numbers, through no proxy, and not with 'Connection: close', "
                "which proxies send. For others, start the server with --metrics-token.",
            )
        why = "This needs the token of --metrics-token." if given is None else "This is not the token."
        return _text(http.UNAUTHORIZED, why, ("WWW-Authenticate", "Bearer"))


def _given(request: HTTPRequest) -> bytes | None:
    """Return the token in a request (RFC 6750, 2.1); None if there is none."""
    kind, _, token = (request.header("authorization") or "").partition(" ")
    return token.strip().encode() if kind.lower() == "bearer" else None


def _is_from_here(request: HTTPRequest, visitor: Visitor) -> bool:
    """Return whether a request comes from this machine, and through no proxy that is not trusted."""
    is_forwarded = any(map(_FORWARDED.fullmatch, request.headers)) or (
        (request.header("connection") or "").lower() == _BARE
    )
    return is_local(visitor.address) and not (is_forwarded and visitor.address == request.peer)


def _text(status: int, text: str, *headers: tuple[str, str]) -> HTTPAnswer:
    return HTTPAnswer(status, [_PLAIN, *headers], f"{text}\n".encode())
