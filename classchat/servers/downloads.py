"""Downloads of shared files: whole, or a range of bytes (RFC 9110, 14), to continue one that was cut off.

A file of a stranger is never run and never shown as a page: a browser is told to save it, not to guess what
it is, and, if it shows the file all the same, to do so without scripts, forms and other sites. Only pictures
are shown.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from classchat.core.shared_files import SharedFile
from classchat.file_names import PICTURES, UNKNOWN_TYPE
from classchat.servers.file_store import FileStore
from classchat.servers.http_exchange import HTTPExchange
from classchat.servers.site import HTTPAnswer, HTTPRequest

_PIECE: Final = 262_144
"""Bytes that are read from the disk, and sent, at a time."""

_RANGE: Final = re.compile(
    r"bytes=[ \t]*(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{0,18})|-(?P<suffix>[0-9]{1,18}))", re.IGNORECASE
)

_PLAIN: Final = re.compile(r"[^A-Za-z0-9 ._()-]")

HEADERS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; sandbox"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
"""The headers of every file."""


class _NoSuchBytes(Exception):
    """A range begins behind the end of the file."""


class Downloads:
    """Sends files."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    async def send(self, exchange: HTTPExchange, file: SharedFile) -> HTTPAnswer | None:
        """Answer a request for a file, which its client may read."""
        request = exchange.request
        tag = f'"{file.sha256}"'
        headers = [*_described(file), ("ETag", tag), ("Accept-Ranges", "bytes")]
        if _names(request.header("if-none-match"), tag):
            return HTTPAnswer(HTTPStatus.NOT_MODIFIED, headers)
        try:
            part = _part(request, tag, file.size)
        except _NoSuchBytes:
            unknown = [("Content-Range", f"bytes */{file.size}"), *HEADERS]
            return HTTPAnswer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, unknown)
        if part is None:
            await self._send(exchange, file, range(file.size), HTTPStatus.OK, headers)
        else:
            headers.append(("Content-Range", f"bytes {part.start}-{part.stop - 1}/{file.size}"))
            await self._send(exchange, file, part, HTTPStatus.PARTIAL_CONTENT, headers)
        return None

    async def _send(
        self,
        exchange: HTTPExchange,
        file: SharedFile,
        part: range,
        status: HTTPStatus,
        headers: Sequence[tuple[str, str]],
    ) -> None:
        opened = await self._store.open(file)
        try:
            await exchange.begin(HTTPAnswer(status, headers), len(part))
            if exchange.request.method == "HEAD":
                return
            offset = part.start
            while offset < part.stop:
                data = await self._store.read(opened, offset, min(_PIECE, part.stop - offset))
                if not data:
                    raise OSError(f"the content {file.sha256} is shorter than it was")
                offset += len(data)
                await exchange.send(data)
        finally:
            self._store.close(opened)


def _described(file: SharedFile) -> list[tuple[str, str]]:
    """Return the headers that say what a file is, and that browsers should save it."""
    shown = file.type in PICTURES
    plain = _PLAIN.sub("_", file.name)
    name = f"filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"  # RFC 6266, 4.3
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    return [
        ("Content-Type", file.type if shown else UNKNOWN_TYPE),
        ("Content-Disposition", f"{'inline' if shown else 'attachment'}; {name}"),
        ("Cache-Control", "private, no-cache"),  # whether the client may read it is asked each time
        ("Repr-Digest", f"sha-256=:{digest}:"),  # RFC 9530
        *HEADERS,
    ]


def _part(request: HTTPRequest, tag: str, size: int) -> range | None:
    """Return the bytes that a request is for; None if it is for the whole file.

    Raises:
        _NoSuchBytes: there are none of them.
    """
    asked = request.header("range")
    match = None if asked is None else _RANGE.fullmatch(asked.strip())
    if match is None or request.method != "GET" or request.header("if-range") not in (None, tag):
        return None  # several ranges, and other units, may be ignored (RFC 9110, 14.2)
    if match["suffix"] is not None:
        part = range(max(size - int(match["suffix"]), 0), size)
    else:
        first = int(match["first"])
        last = int(match["last"]) if match["last"] else size
        if last < first:
            return None  # it is not valid
        part = range(first, min(last + 1, size))
    if not part:
        raise _NoSuchBytes
    return part


def _names(header: str | None, tag: str) -> bool:
    """Return whether a list of entity tags names one (RFC 9110, 13.1.2)."""
    if header is None:
        return False
    tags = [each.strip().removeprefix("W/") for each in header.split(",")]
    return tag in tags or "*" in tags
