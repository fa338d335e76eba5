"""A client that has yet to show that it has received what its user had missed."""

from __future__ import annotations

from collections.abc import Callable

from classchat.core.manners import Uttered
from classchat.core.ports import Peer
from classchat.core.rate_limit import RateLimit
from classchat.messages import Command


class Unheard:
    """Takes the place of a rate limit until the client has shown that it has received what it had missed.

    The client shows that with its first request that it sent after the welcome, once all that was written has
    arrived. After that it costs nothing.
    """

    __slots__ = ("_heard", "_peer", "_rate_limit", "before")

    def __init__(self, rate_limit: RateLimit | None, peer: Peer, heard: Callable[[], None]) -> None:
        self._rate_limit = rate_limit
        self._peer = peer
        self._heard = heard
        self.before = 0
        """Lines that the client had sent before it could receive anything."""

    def take(self, command: Command | Uttered | None) -> float:
        """Count a request, as the rate limit does, and note what it shows."""
        if self.before:
            self.before -= 1
        elif self._peer.took_all():
            self._heard()
        return 0.0 if self._rate_limit is None else self._rate_limit.take(command)
