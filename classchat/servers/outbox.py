"""What one reader has not been sent yet.

A reader who does not read must cost nobody anything: not the others time, for a write never waits,
and not the server memory, for he may only be so much behind.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from zope.interface import implementer

from classchat.core.ports import Peer
from classchat.limits import Limits


class Transport(Protocol):
    """What we ask of Twisted's transports, which are consumers that can be closed half."""

    # ruff: noqa: D102 (Twisted's ITCPTransport and IHalfCloseableDescriptor say what they do)
    def write(self, data: bytes) -> None: ...
    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None: ...
    def unregisterProducer(self) -> None: ...
    def loseConnection(self) -> None: ...
    def loseWriteConnection(self) -> None: ...
    def abortConnection(self) -> None: ...
    def setTcpNoDelay(self, enabled: bool) -> None: ...
    def setTcpKeepAlive(self, enabled: bool) -> None: ...


@implementer(IPushProducer)
class Outbox(Peer):
    """Writes to one transport, and keeps what the transport can't take yet.

    The states, and what ends them:

        open    -> held      hold():     only what was written before may leave
        held    -> open      release(), or the time is over
        open    -> closing   close():    what is queued may still leave, then the connection closes
        closing -> lost      lost():     the connection is gone
    """

    def __init__(
        self, transport: Transport, limits: Limits, clock: IReactorTime, overrun: Callable[[], None]
    ) -> None:
        """Call `overrun` once the reader is more than `limits.behind` bytes behind."""
        self._transport = transport
        self._limits = limits
        self._clock = clock
        self._overrun = overrun
        self._queue: deque[bytes] = deque()
        self._behind = 0
        self._full = False
        self._closed = False
        self._heard_all = False
        self._holding: IDelayedCall | None = None
        self._closing: IDelayedCall | None = None
        transport.registerProducer(self, True)

    @property
    def closed(self) -> bool:
        """Whether nothing more can be written."""
        return self._closed

    def write(self, lines: bytes) -> None:
        """Send whole lines at once, or after what is waiting to be sent."""
        if self._closed:
            return
        if not self._full and self._holding is None:
            self._transport.write(lines)
            return
        if self._behind + len(lines) > self._limits.behind:
            self._discard()
            self._overrun()
            return
        self._queue.append(lines)
        self._behind += len(lines)

    def hold(self, seconds: float) -> None:
        """Let nothing follow what was written so far, for a while or until `release`."""
        self._holding = self._clock.callLater(seconds, self._release)

    def release(self) -> None:
        """Let the rest follow."""
        if self._holding is not None:
            self._holding.cancel()
            self._release()

    def close(self) -> None:
        """Hang up once everything is sent, or the reader had `limits.goodbye` seconds to take it.

        Closing half first lets him read to the end, whatever he is sending meanwhile: bytes
        that nobody reads would make the kernel reset the connection, and lose what was said last.
        """
        if self._closed:
            return
        self.release()
        self._closed = True
        self._closing = self._clock.callLater(self._limits.goodbye, self._transport.abortConnection)
        while self._queue:
            self._transport.write(self._queue.popleft())
        self._transport.unregisterProducer()
        self._hang_up()

    def heard_all(self) -> None:
        """Know that the reader will not say anything more."""
        self._heard_all = True
        if self._closed:
            self._hang_up()

    def lost(self) -> None:
        """Forget everything: the connection is gone."""
        self._closed = True
        self._discard()
        for timer in (self._holding, self._closing):
            if timer is not None and timer.active():
                timer.cancel()

    def _hang_up(self) -> None:
        if self._heard_all:
            self._transport.loseConnection()
        else:
            self._transport.loseWriteConnection()

    def _release(self) -> None:
        self._holding = None
        if not self._full:
            self._pour()

    def _pour(self) -> None:
        """Hand the transport what it takes, in whole chunks, so that what it has is whole lines."""
        while self._queue and not self._full:
            lines = self._queue.popleft()
            self._behind -= len(lines)
            self._transport.write(lines)

    def _discard(self) -> None:
        self._queue.clear()
        self._behind = 0

    # IPushProducer: Twisted calling.

    def pauseProducing(self) -> None:
        """The transport has enough to send."""
        self._full = True

    def resumeProducing(self) -> None:
        """The transport has sent all it had."""
        self._full = False
        if self._holding is None:
            self._pour()

    def stopProducing(self) -> None:
        """The transport is gone."""
        self._closed = True
