"""Connections of which it is not clear yet whether they chat, or only load the page.

The operator reads a line for each connection that chats, not for each of the six that a browser makes for one
page. A connection that sends nothing is no browser's, as far as anyone can tell after `limits.first_bytes`.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from classchat.limits import Limits


class Newcomers:
    """Announces connections, all with one timer. It holds none longer than `limits.first_bytes`."""

    def __init__(self, limits: Limits, clock: IReactorTime, announce: Callable[[str], None]) -> None:
        self._limits = limits
        self._clock = clock
        self._announce = announce
        self._waiting: dict[object, tuple[str, float]] = {}
        self._timer: IDelayedCall | None = None

    def add(self, connection: object, address: str) -> None:
        """Announce a connection from an address later, unless it is forgotten until then."""
        self._waiting[connection] = (address, self._clock.seconds() + self._limits.first_bytes)
        if self._timer is None:
            self._timer = self._clock.callLater(self._limits.first_bytes, self._look)

    def announce(self, connection: object) -> None:
        """Announce a connection now. Harmless twice."""
        if connection in self._waiting:
            address, _ = self._waiting[connection]
            self.forget(connection)
            self._announce(address)

    def forget(self, connection: object) -> None:
        """Announce a connection never: it makes HTTP requests. Harmless twice."""
        self._waiting.pop(connection, None)
        if not self._waiting and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Announce those that have waited long enough; they are the first ones."""
        self._timer = None
        now = self._clock.seconds()
        for connection, (_, until) in list(self._waiting.items()):
            if until > now:
                self._timer = self._clock.callLater(until - now, self._look)
                return
            self.announce(connection)
