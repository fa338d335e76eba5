"""An HTTP request that takes a while: its body comes in pieces, or its answer goes out in pieces.

A coroutine handles it. It waits for the client, and for the disk; nothing else does.

    data = await exchange.read()          the next piece of the body; b"" at its end
    await exchange.begin(head, length)    the head of the answer
    await exchange.send(data)             a piece of the answer; done when the client has read most of it

When the connection is lost, or the server stops, the coroutine is cancelled where it waits.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from classchat.servers.chunks import Chunks
from classchat.servers.site import HTTPAnswer, HTTPRequest


class Stalled(Exception):
    """The client has not sent anything for too long."""


class CutOff(Exception):
    """The client has ended in the middle of the body, or the request gives way to another one."""


class ExchangeHost(Protocol):
    """The visit, as a request of it sees it."""

    @property
    def clock(self) -> IReactorTime:
        """The clock of the server."""

    @property
    def lags(self) -> bool:
        """Whether the client has not been sent all that was written."""

    def take(self, most: int) -> bytes:
        """Return, and forget, the next bytes that have come; at most so many."""

    def pause(self) -> None:
        """Read nothing until `resume`, or until the client has been sent all that was written."""

    def resume(self) -> None:
        """Read on."""

    def write_now(self, data: bytes) -> None:
        """Send bytes to the client."""

    def write_head(self, answer: HTTPAnswer, length: int) -> None:
        """Send the head of an answer, whose body has so many bytes."""


class HTTPExchange:
    """One request and its answer."""

    def __init__(
        self, host: ExchangeHost, request: HTTPRequest, length: int | None, patience: float, *, expects: bool
    ) -> None:
        """The body has `length` bytes, or comes in chunks, and each piece comes within `patience` seconds.

        A client that `expects` it is told to send the body when it is read.
        """
        self.request = request
        self.left = length or 0
        """Bytes of the body that were not read yet; 0 also if it comes in chunks."""
        self._chunks = Chunks() if length is None else None
        self.has_begun = False
        """Whether the head of the answer is written."""
        self._host = host
        self._patience = patience
        self._expects = expects
        self._waiting: Deferred[None] | None = None
        self._reading = False
        self._ended = False
        self._timer: IDelayedCall | None = None

    # What handles the request calls these.

    async def read(self, most: int) -> bytes:
        """Return the next bytes of the body, at most so many; b"" at its end.

        Raises:
            Stalled: they did not come in time.
            CutOff: they will not come.
            BadChunks: it is not clear where the body ends.
        """
        if self._expects:
            self._expects = False
            self._host.write_now(b"HTTP/1.1 100 Continue\r\n\r\n")
        while self.left or (self._chunks is not None and not self._chunks.ended):
            data = self._taken(most)
            if data or (self._chunks is not None and self._chunks.ended):
                return data
            if self._ended:
                raise CutOff
            self._host.resume()
            self._reading = True
            self._timer = self._host.clock.callLater(self._patience, self._too_late)
            try:
                await self._wait()
            finally:
                self._reading = False
                if self._timer is not None and self._timer.active():
                    self._timer.cancel()
        return b""

    def _taken(self, most: int) -> bytes:
        """Return the next bytes of the body that have come, at most so many."""
        if self._chunks is None:
            data = self._host.take(min(most, self.left))
            self.left -= len(data)
            return data
        while raw := self._host.take(most):
            if data := self._chunks.feed(raw):
                return data
        return b""

    async def begin(self, answer: HTTPAnswer, length: int) -> None:
        """Send the head of the answer, whose body has so many bytes."""
        self.has_begun = True
        self._host.write_head(answer, length)

    async def send(self, data: bytes) -> None:
        """Send a piece of the answer; wait while the client has not read what was sent."""
        self._host.write_now(data)
        while self._host.lags:
            self._host.pause()
            await self._wait()

    def give_way(self) -> None:
        """End the body: another request continues it."""
        self._ended = True
        self._wake(CutOff())

    # What the visit calls.

    @property
    def takes_more(self) -> bool:
        """Whether bytes are awaited, so that the connection should be read."""
        return self._reading

    def has_more(self) -> None:
        """Record that bytes have come."""
        if self._reading:
            self._wake()

    def has_drained(self) -> None:
        """Record that the client may have read what was sent."""
        if not self._reading:
            self._wake()

    def end(self) -> None:
        """Record that the client sends nothing more."""
        self._ended = True
        if self._reading:
            self._wake()

    def _too_late(self) -> None:
        self._wake(Stalled())

    async def _wait(self) -> None:
        self._waiting = Deferred()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _wake(self, error: Exception | None = None) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            return
        if error is None:
            waiting.callback(None)
        else:
            waiting.errback(error)


Handle = Callable[[HTTPExchange], Coroutine[Any, Any, HTTPAnswer | None]]
"""Handles a request; returns its answer, or None if the answer was sent in pieces."""
