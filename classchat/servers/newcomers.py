"""Connections of which it is not clear yet whether they chat, or only load the page.

The operator reads a line for each connection that chats, not for each of the six that a browser makes for one
page. A connection that sends nothing is no browser's, as far as anyone can tell after `limits.first_bytes`.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from classchat.limits import Limits
from classchat.servers.timeouts import Timeouts


class Newcomers:
    """Announces connections. It holds none longer than `limits.first_bytes`."""

    def __init__(self, limits: Limits, clock: IReactorTime, announce: Callable[[str], None]) -> None:
        self._limits = limits
        self._announce = announce
        self._addresses: dict[object, str] = {}
        self._waiting: Timeouts[object] = Timeouts(clock, self.announce)

    def add(self, connection: object, address: str) -> None:
        """Announce a connection from an address later, unless it is forgotten by then."""
        self._addresses[connection] = address
        self._waiting.set(connection, self._limits.first_bytes)

    def announce(self, connection: object) -> None:
        """Announce a connection now. Harmless twice."""
        address = self._addresses.pop(connection, None)
        if address is not None:
            self._waiting.drop(connection)
            self._announce(address)

    def forget(self, connection: object) -> None:
        """Forget a connection, which makes HTTP requests: it is never announced. Harmless twice."""
        self._addresses.pop(connection, None)
        self._waiting.drop(connection)

    def stop(self) -> None:
        """Stop the timer: the server has stopped, and there are no connections. Harmless twice."""
        self._waiting.stop()
