"""What one reader has not been sent yet.

A reader who does not read must cost nobody anything: not the others time, for a write never waits,
and not the server memory, for he may only be so much behind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IDelayedCall, IPullProducer, IReactorTime
from zope.interface import implementer

from classchat.core.events import Event
from classchat.core.ports import Codec, Peer
from classchat.limits import Limits
from classchat.servers.arrival import has_arrived, lines_waiting
from classchat.wire.json_codec import JSON

_FULL = 65_536  # bytes that a reader may be behind before what they ask has to wait; or a quarter of all
_SLICE = 32_768  # bytes handed to the transport at a time: how much progress a reader makes is seen in these


class Way(Protocol):
    """What an outbox writes to: a consumer that can be closed half.

    ITransport, ITCPTransport, IConsumer and IHalfCloseableDescriptor say what the methods do.
    """

    def write(self, data: bytes) -> None: ...
    def registerProducer(self, producer: IPullProducer, streaming: bool) -> None: ...
    def unregisterProducer(self) -> None: ...
    def loseConnection(self) -> None: ...
    def loseWriteConnection(self) -> None: ...
    def abortConnection(self) -> None: ...


class Transport(Way, Protocol):
    """What we ask of Twisted's transports."""

    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...
    def setTcpNoDelay(self, enabled: bool) -> None: ...
    def setTcpKeepAlive(self, enabled: bool) -> None: ...
    def getPeer(self) -> IAddress: ...


Send = Callable[[bytes], int]
"""Sends what it can without waiting, and returns how many bytes that were, as `socket.send` does."""

_LOOKS = 6
"""How often we look within `limits.stuck` whether a slow reader makes progress: every 5 seconds."""

_LONGEST_GOODBYE = 600.0
"""Seconds that a reader who goes on reading has for what was said last."""

Left = Callable[["Way"], int]
"""Returns how many bytes of what a way was given have not reached the reader, as far as one can see."""


@implementer(IPullProducer)
class Outbox(Peer):
    """Writes to one transport, and keeps what can't leave yet.

    While nothing waits, a write goes to the socket at once: the transport's own way costs two system
    calls and a turn of the reactor more. Bytes that the socket does not take wait here, and the
    transport pulls them: it asks for the next slice whenever it has sent the last one.

    The states, and what ends them:

        open    -> behind    write():    the socket does not take it all
        behind  -> open                  the transport has sent everything
        open    -> held      hold():     only what was written before may leave
        held    -> open      release(), or the time is over
        any     -> closing   close():    what waits may still leave, then the connection closes
        any     -> lost      lost():     the connection is gone
    """

    __slots__ = (
        "_behind",
        "_caught_up",
        "_clock",
        "_closed",
        "_closing",
        "_draining",
        "_full_at",
        "_handed",
        "_heard_all",
        "_holding",
        "_left",
        "_left_before",
        "_limits",
        "_overrun",
        "_progress",
        "_pulling",
        "_queue",
        "_rest",
        "_resting",
        "_send",
        "_socket",
        "_stuck",
        "_transport",
        "_waiting",
        "codec",
    )

    def __init__(
        self,
        transport: Way,
        send: Send | None,
        limits: Limits,
        clock: IReactorTime,
        overrun: Callable[[], None],
        caught_up: Callable[[], None],
        left: Left | None = None,
    ) -> None:
        """Call `overrun` once the reader is more than `limits.behind` bytes or `limits.stuck` seconds behind.

        Call `caught_up` when a reader who was behind is not `full` any more.

        `send` writes past the transport, to where its bytes go as they are; None where there is no such way.
        A reader who is slow makes progress while less is `left`, if anybody can tell.
        """
        self.codec: Codec = JSON  # until it is clear what the client speaks
        self._transport = transport
        self._send = send
        self._socket = getattr(send, "__self__", None)  # also where bytes go through another way later
        self._limits = limits
        self._full_at = min(_FULL, limits.behind // 4) if limits.behind >= _FULL else _FULL  # a test's
        self._left = left
        self._left_before = 0
        self._clock = clock
        self._overrun = overrun
        self._caught_up = caught_up
        self._queue: list[bytes] = []  # an empty deque has ten times its size, and most queues are empty
        self._behind = 0  # bytes in the queue, and of the slice that the transport has
        self._handed = 0  # bytes of that slice
        self._waiting = False  # whether a write has to wait: behind, held or closed
        self._pulling = False
        self._closed = False
        self._heard_all = False
        self._progress = 0.0  # when the transport last took a slice
        self._stuck: IDelayedCall | None = None
        self._holding: IDelayedCall | None = None
        self._closing: IDelayedCall | None = None
        self._draining: Deferred[None] | None = None
        self._rest: IDelayedCall | None = None
        self._resting: Deferred[bool] | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing more can be written."""
        return self._closed

    @property
    def full(self) -> bool:
        """Whether the reader had better ask nothing more before he has read."""
        return self._behind >= self._full_at

    def took_all(self) -> bool:
        """Return whether the reader's machine has all that was written, as far as the system says."""
        return not self._waiting and has_arrived(self._socket)

    def lines_waiting(self) -> int:
        """Return how many lines the reader has said that were not read yet, as far as the system says."""
        return lines_waiting(self._socket)

    def goes_through(self, way: Way, send: Send | None) -> None:
        """Write to another one from now on, before anything was written."""
        self._transport = way
        self._send = send

    def tell(self, *events: Event) -> None:
        """Send events to the reader, after all that was sent before."""
        self.write(self.codec.encode(*events))

    def write(self, lines: bytes) -> None:
        """Send whole lines at once, or after what is waiting to be sent."""
        if self._waiting:
            self._keep(lines)
            return
        sent = 0
        if self._send is not None:
            try:
                sent = self._send(lines)
            except OSError:
                sent = 0  # the socket is full, or gone: the transport will find out
            if sent == len(lines):
                return
        self._queue.append(lines[sent:])  # however much: he had everything before
        self._behind += len(lines) - sent
        self._pull()

    def drained(self) -> Deferred[None]:
        """Return what fires when the reader is not `full`, or gone. One at a time may wait for it."""
        if not self.full or self._closed:
            return succeed(None)
        self._draining = Deferred()
        return self._draining

    def rested(self, seconds: float) -> Deferred[bool]:
        """Return what fires so much later, or when we hang up. One at a time may wait for it."""
        if self._closed:
            return succeed(False)
        self._rest = self._clock.callLater(seconds, self._has_rested)
        self._resting = Deferred()
        return self._resting

    def hold(self, seconds: float) -> None:
        """Let nothing follow what was written so far, for a while or until `release`."""
        self._waiting = True
        self._holding = self._clock.callLater(seconds, self._released)

    def release(self) -> None:
        """Let the rest follow."""
        if self._holding is not None:
            self._holding.cancel()
            self._released()

    def close(self) -> None:
        """Hang up once everything is sent, or the reader takes nothing of it for `limits.goodbye` seconds.

        Closing half first lets him read to the end, whatever he is sending meanwhile: bytes
        that nobody reads would make the kernel reset the connection, and lose what was said last.
        """
        if self._closed:
            return
        self._waiting = self._closed = True
        self._stop_timers()
        self._has_drained()
        self._has_rested()
        self._takes_something()
        self._closing = self._clock.callLater(self._limits.goodbye, self._look_at_goodbye, 0.0)
        if self._pulling:
            self._stop_pulling()
        queue, self._queue = self._queue, []
        for lines in queue:
            self._transport.write(lines)
        self._hang_up()

    def hurry(self) -> None:
        """Wait no longer for a reader who is slow to take what was said last: the server stops."""
        self._left = None

    def heard_all(self) -> None:
        """Know that the reader will not say anything more."""
        self._heard_all = True
        if self._closed:
            self._hang_up()

    def lost(self) -> None:
        """Forget everything: the connection is gone."""
        self._waiting = self._closed = True
        self._queue.clear()
        self._stop_timers()
        self._has_drained()
        self._has_rested()
        self._overrun = self._caught_up = _nothing  # they lead back to us: without, we are freed at once
        self._left = None

    def _keep(self, lines: bytes) -> None:
        """Let lines wait, unless the reader is too far behind already."""
        if self._closed:
            return
        if self._behind + len(lines) > self._limits.behind:
            self._give_up()
            return
        self._queue.append(lines)
        self._behind += len(lines)

    def _give_up(self) -> None:
        """Let go of who does not read: what he has not been sent by now, he will not be."""
        self._queue.clear()
        self._behind = self._handed = 0  # why we give up on him is said in any case
        overrun, self._overrun = self._overrun, _nothing
        overrun()

    def _pull(self) -> None:
        """Let the transport ask for what waits."""
        self._waiting = self._pulling = True
        self._progress = self._clock.seconds()
        self._stuck = self._clock.callLater(self._limits.stuck / _LOOKS, self._look)
        self._transport.registerProducer(self, False)

    def _stop_pulling(self) -> None:
        self._pulling = False
        _stop(self._stuck)
        self._transport.unregisterProducer()

    def _look(self) -> None:
        """Give up on a reader who takes nothing at all."""
        now = self._clock.seconds()
        if self._takes_something():
            self._progress = now
        remaining = self._progress + self._limits.stuck - now
        if remaining > 0:
            self._stuck = self._clock.callLater(min(remaining, self._limits.stuck / _LOOKS), self._look)
        else:
            self._give_up()

    def _takes_something(self) -> bool:
        """Return whether the reader has taken anything since we looked last, as far as one can see."""
        if self._left is None:
            return False
        before, self._left_before = self._left_before, self._left(self._transport)
        return self._left_before < before

    def _look_at_goodbye(self, waited: float) -> None:
        """Cut the connection, unless the reader is still taking what was said before we closed."""
        waited += self._limits.goodbye
        if waited < _LONGEST_GOODBYE and self._takes_something():
            self._closing = self._clock.callLater(self._limits.goodbye, self._look_at_goodbye, waited)
        else:
            self._transport.abortConnection()

    def _released(self) -> None:
        self._holding = None
        if self._queue and not self._pulling:
            self._pull()
        else:
            self._waiting = self._pulling

    def _has_drained(self) -> None:
        draining, self._draining = self._draining, None
        if draining is not None:
            draining.callback(None)

    def _has_rested(self) -> None:
        resting, self._resting = self._resting, None
        if resting is not None:
            resting.callback(not self._closed)

    def _stop_timers(self) -> None:
        for timer in (self._holding, self._closing, self._stuck, self._rest):
            _stop(timer)

    def _hang_up(self) -> None:
        if self._heard_all:
            self._transport.loseConnection()
        else:
            self._transport.loseWriteConnection()

    # IPullProducer: Twisted calling.

    def resumeProducing(self) -> None:
        """The transport has sent all it had: hand it the next slice, of whole lines."""
        self._behind -= self._handed
        self._handed = 0
        if self._holding is not None or not self._queue:
            self._stop_pulling()
            self._waiting = self._holding is not None
            self._has_drained()  # first: what the reader asks next may fill it again, and wait for it as well
            self._caught_up()
            return
        self._progress = self._clock.seconds()
        count = 0
        for lines in self._queue:
            count += 1
            self._handed += len(lines)
            if self._handed >= _SLICE:
                break
        slice_ = b"".join(self._queue[:count])
        del self._queue[:count]
        self._transport.write(slice_)

    def stopProducing(self) -> None:
        """The transport is gone."""
        self.lost()


def _stop(timer: IDelayedCall | None) -> None:
    """Cancel a timer that is still running."""
    if timer is not None and timer.active():
        timer.cancel()


def _nothing() -> None:
    """Do what there is to do for a connection that is gone."""
