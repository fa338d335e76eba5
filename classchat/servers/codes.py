"""QR codes that the page shows: `/qr.svg?link=…` draws the code of a link to the page itself.

The server can't know the whole link, for a proxy may have put the page under any path: so the page sends it.
But the server draws no link to another site, so that nobody can pass a stranger's link off as the school's.
Drawing takes some milliseconds in which everybody waits: so links are short, codes are kept, and new ones are
rationed.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl

from twisted.internet.interfaces import IReactorTime
from twisted.web import http

from classchat.qr import QRCode
from classchat.servers.hosts import Authority, is_same_origin

_LONGEST: Final = 512
"""Characters of a link. A longer one makes a code that phones hardly read, and that takes 10 ms to draw."""

_KEPT: Final = 64
"""Codes that are kept: with the longest links they take less than a megabyte."""

_AT_ONCE, _PER_SECOND = 20, 5.0
"""New codes that are drawn at once, and a second after that: at most a twentieth of a processor."""

_LINK = re.compile(r"(?P<origin>https?://[^/?#]+)(?:[/?#][!-~]*)?", re.IGNORECASE)


class NotDrawn(Exception):
    """There is no code for a request; `status` is that of HTTP, and the only argument a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class QRCodes:
    """The codes of links to this server's page."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._drawn: OrderedDict[str, bytes] = OrderedDict()
        self._left = float(_AT_ONCE)  # how many may be drawn at `_since`
        self._since = clock.seconds()

    def picture(self, query: str, encrypted: bool, host: Authority, others: Sequence[str] = ()) -> bytes:
        """Return the code of the link in a query, as an SVG, for a request to this host.

        The link may lead to this host, or begin with one of the `others`.

        Raises:
            NotDrawn: the link is not one to this server, or there is no code now.
            MissingSegno: this server draws no codes.
        """
        link = _link(query)
        match = _LINK.fullmatch(link)
        is_ours = match is not None and is_same_origin(match["origin"], encrypted, host)
        if match is None or not (is_ours or link.startswith(tuple(others))):
            raise NotDrawn(
                http.BAD_REQUEST, f"Only links to this page are drawn: /qr.svg?link=http://{host}/"
            )
        if link in self._drawn:
            self._drawn.move_to_end(link)
            return self._drawn[link]
        if len(link) > _LONGEST:
            raise NotDrawn(http.REQUEST_URI_TOO_LONG, f"A link may have at most {_LONGEST} characters.")
        if not self._may_draw():
            raise NotDrawn(http.SERVICE_UNAVAILABLE, "Too many new QR codes: try again in a second.")
        return self._new(link)

    def _may_draw(self) -> bool:
        """Return whether there is time to draw a code, and count it."""
        now = self._clock.seconds()
        self._left = min(_AT_ONCE, self._left + (now - self._since) * _PER_SECOND)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def _new(self, link: str) -> bytes:
        picture = QRCode.quickly(link).svg()
        self._drawn[link] = picture
        if len(self._drawn) > _KEPT:
            self._drawn.popitem(last=False)
        return picture


def _link(query: str) -> str:
    """Return the link in a query."""
    try:
        ((name, link),) = parse_qsl(query, max_num_fields=1, strict_parsing=True)
    except ValueError:
        name, link = "", ""
    if name != "link":
        raise NotDrawn(http.BAD_REQUEST, "Expected one link: /qr.svg?link=LINK")
    return link
