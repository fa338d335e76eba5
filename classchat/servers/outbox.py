"""The outbox of one client: what it has not been sent yet.

A client that does not read must cost no other client time, and the server little memory: a write never waits,
and a client may be behind by only so much.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IPullProducer, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.core.events import Event
from classchat.core.ports import Codec, Peer
from classchat.core.shared_files import FileReader
from classchat.errors import ChatError
from classchat.limits import Limits
from classchat.servers.arrival import has_arrived, lines_waiting, unacknowledged_for
from classchat.servers.progress import ClosingTimeout, Left, Patience, left_of
from classchat.servers.transports import Send, Way
from classchat.servers.writer import LOST, LostWriter, Writer
from classchat.wire.json_codec import JSON

_FULL = 65_536  # bytes that a reader may be behind before its requests have to wait; or a quarter of `behind`
_SLICE = 32_768  # bytes handed to the transport at a time: the progress of a reader is seen in these


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
        any     -> lost      lost():     the connection is lost
    """

    __slots__ = (
        "_behind",
        "_clock",
        "_draining",
        "_full_at",
        "_goodbye",
        "_handed",
        "_has_crashed",
        "_heard_all",
        "_holding",
        "_left",
        "_limits",
        "_overran",
        "_patience",
        "_person",
        "_pulling",
        "_queue",
        "_rest",
        "_resting",
        "_send",
        "_socket",
        "_transport",
        "_waiting",
        "_writer",
        "closed",
        "codec",
        "encode",
        "full",
        "page",
        "rests",
    )
    _log = Logger()

    page: str
    """The link to the page as the client has opened it; "" where only the connection may know one."""

    closed: bool
    """Whether nothing more can be written."""

    full: bool
    """Whether so much waits to be read that further requests of this client have to wait."""

    rests: bool
    """Whether the client's requests wait because its rate is limited."""

    def __init__(
        self,
        transport: Way,
        send: Send | None,
        limits: Limits,
        clock: IReactorTime,
        writer: Writer,
        left: Left = left_of,
    ) -> None:
        """Send what a connection writes.

        It is told when the client is more than `limits.behind` bytes or `limits.stuck` seconds behind, and
        when one that was behind is not `full` any more.

        `send` writes past the transport, to where its bytes go unchanged; None where there is no such way.
        A slow client makes progress while less is `left`.
        """
        self._person = 0
        self.page = ""
        self.speaks(JSON)  # until it is clear what the client speaks
        self._transport = transport
        self._send = send
        self._socket = getattr(send, "__self__", None)  # also where bytes go through another way later
        self._limits = limits
        self._full_at = min(_FULL, limits.behind // 4) if limits.behind >= _FULL else _FULL  # a test's
        self._left = left
        self._clock = clock
        self._writer = writer
        self._overran = False  # whether the connection was told that the client is too far behind
        self._has_crashed = False  # whether it was told that an event could not be encoded
        self._queue: list[bytes] = []  # an empty deque has ten times its size, and most queues are empty
        self._behind = 0  # bytes in the queue, and of the slice that the transport has
        self._handed = 0  # bytes of that slice
        self._waiting = False  # whether a write has to wait: behind, held or closed
        self.closed = self.full = False
        self._heard_all = False
        self._pulling = False  # whether the transport asks for what waits
        self._patience: Patience | None = None  # from the first time on that it does
        self._goodbye: ClosingTimeout | None = None  # after close()
        self._holding: IDelayedCall | None = None
        self._draining: Deferred[None] | None = None
        self._rest: IDelayedCall | None = None
        self._resting: Deferred[bool] | None = None
        self.rests = False

    def speaks(self, codec: Codec) -> None:
        """Turn events into the bytes of this codec from now on."""
        self.codec = codec
        self.encode = codec.encode

    # The client, as a session sees it: see core/ports.py.

    @property
    def reader(self) -> FileReader:
        """Who reads here. It is made when a file is told: most clients never read of one."""
        return FileReader(self._person, self.page or self._writer.page())

    def reads_as(self, person: int) -> None:
        """Record which person reads here."""
        self._person = person

    def tell(self, *events: Event) -> None:
        """Send events to the client, after all that was sent before."""
        try:
            data = self.encode([*events])
        except Exception:  # a bug: the other clients that are told the same must not pay for it
            if not self._has_crashed:  # else why it is hung up on can't be encoded either
                self._has_crashed = True
                self._writer.crashed(Failure())
            return
        self.write(data)

    def write(self, data: bytes) -> None:
        """Send what the codec has made of events, at once or after what is waiting to be sent."""
        if self._waiting:
            self._keep(data)
            return
        sent = 0
        if self._send is not None:
            try:
                sent = self._send(data)
            except OSError:
                sent = 0  # the socket is full, or closed: the transport will find out
            if sent == len(data):
                return
        self._queue.append(data[sent:])  # however much: the reader had everything before
        self._add_behind(len(data) - sent)
        self._pull()

    def close(self, reason: ChatError | None = None) -> None:
        """Hang up when everything is sent, or the reader takes nothing of it for `limits.goodbye` seconds.

        The codec's farewell is sent last.

        Only our half is closed at first, so that the client can read to the end, whatever it is sending
        meanwhile: unread bytes would make the kernel reset the connection, and lose what was written last.
        """
        if self.closed:
            return
        self._waiting = self.closed = True
        self._stop_timers()
        self._has_drained()
        self._has_rested()
        self._goodbye = ClosingTimeout(self._transport, self._left, self._clock, self._limits.goodbye)
        if self._pulling:
            self._stop_pulling()
        queue, self._queue = self._queue, []
        for data in queue:
            self._transport.write(data)
        farewell = self._farewell(reason)
        if farewell:
            self._transport.write(farewell)
        self._hang_up()

    def _farewell(self, reason: ChatError | None) -> bytes:
        try:
            return self.codec.farewell(reason)
        except Exception:  # a bug: the connection closes all the same
            self._log.failure("No farewell for {reason}", reason=reason)
            return b""

    def drained(self) -> Deferred[None]:
        """Return what fires when the reader is not `full`, or disconnected. One at a time may wait for it."""
        if not self.full or self.closed:
            return succeed(None)
        self._draining = Deferred()
        return self._draining

    def took_all(self) -> bool:
        """Return whether the client's machine has all that was written, as far as the system says."""
        return not self._waiting and has_arrived(self._socket)

    def unreceived_for(self) -> float:
        """Return for how many seconds the client may have received nothing of what was written, or 0.0.

        So much time has passed since its machine has acknowledged something, or, of a client that owes an
        answer, since it was heard: what is between may acknowledge for it.
        """
        return max(self._writer.silent_for(), unacknowledged_for(self._socket))

    def rested(self, seconds: float) -> Deferred[bool]:
        """Return what fires so much later, or when we hang up. One at a time may wait for it.

        Without any seconds it fires in the next turn of the reactor, for which no rate limit is the reason.
        """
        if self.closed:
            return succeed(False)
        self._rest = self._clock.callLater(seconds, self._has_rested)
        resting: Deferred[bool] = Deferred()
        self._resting = resting
        self.rests = seconds > 0
        if self.rests:
            self._writer.limited()
        return resting

    # The outbox, as its connection sees it.

    @property
    def lags(self) -> bool:
        """Whether anything waits."""
        return self._waiting

    @property
    def behind(self) -> int:
        """How many bytes wait to be sent."""
        return self._behind

    def lines_waiting(self) -> int:
        """Return how many lines of the client were not read yet, as far as the system says."""
        return lines_waiting(self._socket)

    def goes_through(self, way: Way, send: Send | None) -> None:
        """Write to another way from now on, before anything was written."""
        self._transport = way
        self._send = send

    def hold(self, seconds: float) -> None:
        """Send nothing after what was written so far, for some time or until `release`."""
        self._waiting = True
        self._holding = self._clock.callLater(seconds, self._released)

    def release(self) -> None:
        """Send the rest. Harmless where nothing is held."""
        if self._holding is not None:
            self._holding.cancel()
            self._released()

    def hurry(self) -> None:
        """Stop waiting for a slow reader that is being hung up on: the server stops."""
        if self._goodbye is not None:
            self._goodbye.hurry()

    def heard_all(self) -> None:
        """Record that the client sends nothing more."""
        self._heard_all = True
        if self.closed:
            self._hang_up()

    def lost(self, silence: float = 0.0) -> None:
        """Forget everything: the connection is lost, and perhaps what was written in the last seconds."""
        self._waiting = self.closed = True
        self._queue.clear()
        self._stop_timers()
        self._has_drained()
        self._has_rested()
        self._patience = None
        self._writer = LostWriter(silence) if silence else LOST  # so both of us are freed at once

    # Being behind.

    def _keep(self, data: bytes) -> None:
        """Put data into the queue, unless the reader is too far behind already."""
        if self.closed:
            return
        if self._behind + len(data) > self._limits.behind:
            self._give_up()
            return
        self._queue.append(data)
        self._add_behind(len(data))

    def _add_behind(self, count: int) -> None:
        """Count so many more bytes, or fewer, that wait to be read."""
        self._behind += count
        self.full = self._behind >= self._full_at

    def _give_up(self) -> None:
        """Give up on a reader that does not read: it will not be sent what waits."""
        self._queue.clear()
        self._handed = 0
        self._add_behind(-self._behind)  # why we give up is sent in any case
        if not self._overran:
            self._overran = True
            self._writer.overrun()

    def _pull(self) -> None:
        """Have the transport ask for what waits."""
        self._waiting = self._pulling = True
        if self._patience is None:
            stuck = self._limits.stuck
            self._patience = Patience(self._transport, self._left, self._clock, stuck, self._give_up)
        self._patience.begin()
        self._transport.registerProducer(self, False)

    def _stop_pulling(self) -> None:
        self._pulling = False
        if self._patience is not None:
            self._patience.stop()
        self._transport.unregisterProducer()

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
        self.rests = False
        if resting is not None:
            resting.callback(not self.closed)

    # Hanging up.

    def _stop_timers(self) -> None:
        for timer in (self._holding, self._rest):
            if timer is not None and timer.active():
                timer.cancel()
        for watch in (self._patience, self._goodbye):
            if watch is not None:
                watch.stop()

    def _hang_up(self) -> None:
        if self._heard_all:
            self._transport.loseConnection()
        else:
            self._transport.loseWriteConnection()

    # IPullProducer: Twisted calling.

    def resumeProducing(self) -> None:
        """The transport has sent all it had: hand it the next slice, of whole writes."""
        self._add_behind(-self._handed)
        self._handed = 0
        if self._holding is not None or not self._queue:
            self._stop_pulling()
            self._waiting = self._holding is not None
            self._has_drained()  # first: what the client asks next may fill it again, and wait for it as well
            self._writer.go_on()
            return
        if self._patience is not None:
            self._patience.begin_again()
        count = 0
        for data in self._queue:
            count += 1
            self._handed += len(data)
            if self._handed >= _SLICE:
                break
        slice_ = b"".join(self._queue[:count])
        del self._queue[:count]
        self._transport.write(slice_)

    def stopProducing(self) -> None:
        """The transport is closed."""
        self.lost()
