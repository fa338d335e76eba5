"""A sniffer: which dialect a connection speaks, by its first bytes, before TLS and again inside it.

    first bytes                                      before TLS       inside TLS
    {                                                JSON lines       JSON lines
    0x16                                             TLS              no TLS: a bare name that is refused
    a command of IRC and a space, ":" or "@"         IRC              IRC, unless the server has none
    capital letters, a space, then "/", "*" or "h"   HTTP             HTTP, unless the server has no web
    anything else                                    JSON lines       JSON lines

The table below has one row for each dialect. A row looks at the first bytes, and says yes, no, or that it
needs more of them. The first row that says yes is taken, once all rows above it have said no. No row is asked
about `{`: it begins an object, as most clients do, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

from classchat.limits import Limits
from classchat.servers.talk import Converses
from classchat.wire import json_lines
from classchat.wire.dialect import Dialect
from classchat.wire.json_lines import JSONLines


class Layer(Enum):
    """What comes before a dialect."""

    TLS = "TLS"
    """The bytes inside it are sniffed again."""
    HTTP = "HTTP"
    """A request of it may open a WebSocket."""


class Row(NamedTuple):
    """How a dialect, or what comes before it, is recognized, and what speaks it."""

    recognizes: Callable[[bytes], bool | None]
    """Return whether a stream with these first bytes is this dialect; None if that takes more of them."""

    dialect: Callable[[Limits], Dialect[Any]] | Layer
    """Make the dialect of one client."""

    most: int = 1
    """How many first bytes it looks at: after these, None counts as no."""

    converses: Converses[Any] | None = None
    """Begin the conversation in this dialect; None where that is a session of the chat."""


def begins_tls(prefix: bytes) -> bool:
    """Return whether a stream begins with a handshake: RFC 8446, 5.1, and no line begins so."""
    return prefix.startswith(b"\x16")


_REQUEST: Final = re.compile(rb"[A-Z]+ [/*h]")
_MAY_BE_REQUEST: Final = re.compile(rb"[A-Z]+ ?")


def begins_http(prefix: bytes) -> bool | None:
    """Return whether a stream begins with a request (RFC 9112, 3): no name has a space."""
    if _REQUEST.match(prefix):
        return True
    return None if _MAY_BE_REQUEST.fullmatch(prefix) or not prefix else False


TLS: Final = Row(begins_tls, Layer.TLS)

HTTP: Final = Row(begins_http, Layer.HTTP, most=9)
"""Nine bytes: the longest methods that anything sends are OPTIONS and CONNECT."""

DIALECTS: Final = (Row(json_lines.recognizes, JSONLines),)
"""Every dialect that the server speaks. The last row takes what no other row takes."""


class Sniffer:
    """Collects the first bytes of one stream until it is clear which row of the table they belong to."""

    __slots__ = ("_rows", "prefix")

    def __init__(self, rows: Sequence[Row]) -> None:
        """Choose one of these rows; the last one takes what no other row takes."""
        self._rows = rows
        self.prefix = b""
        """The bytes so far."""

    def look(self, data: bytes) -> Row | None:
        """Add the next bytes; return their row, or None if that is not clear yet."""
        self.prefix += data
        if not self.prefix:
            return None
        if self.prefix.startswith(b"{"):
            return self._rows[-1]
        for row in self._rows:
            recognized = row.recognizes(self.prefix[: row.most])
            if recognized:
                return row
            if recognized is None and len(self.prefix) < row.most:
                return None
        return self._rows[-1]

    def give_up(self) -> Row:
        """Return the row of the bytes so far, if no more of them come."""
        for row in self._rows:
            if row.recognizes(self.prefix[: row.most]):
                return row
        return self._rows[-1]
