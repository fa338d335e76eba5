"""The outbox: what one client has not been sent yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from twisted.internet.defer import Deferred
from twisted.internet.testing import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from classchat.core.events import Event
from classchat.errors import ChatError
from classchat.limits import Limits
from classchat.messages import Probe
from classchat.servers.outbox import Outbox
from classchat.servers.transports import Send
from classchat.wire.json_codec import JSONCodec
from tests.unit.servers.helpers import Wire

LIMITS = Limits(behind=10, goodbye=2.0)


class Socket:
    """A socket that takes so many bytes at a time, or raises."""

    def __init__(self) -> None:
        self.takes = 1_000
        self.taken: list[bytes] = []

    def send(self, data: bytes) -> int:
        """Take as many bytes as there is room for."""
        if not self.takes:
            raise BlockingIOError
        part = data[: self.takes]
        self.taken.append(part)
        return len(part)


def _nothing(*_: object) -> None:
    """Do nothing."""


@dataclass
class Told:
    """A connection, as an outbox calls it: what a test does not expect fails, or does nothing."""

    overrun: Callable[[], None]
    go_on: Callable[[], None] = _nothing
    crashed: Callable[[Failure], None] = _nothing
    limited: Callable[[], None] = _nothing
    silent_for: Callable[[], float] = float


class OutboxTests(SynchronousTestCase):
    """Lines leave in order, as soon as they may; no write waits, and the memory is bounded."""

    def setUp(self) -> None:
        """Start with an outbox that sends nothing past the transport."""
        self.clock = Clock()
        self.wire = Wire()
        self.overruns: list[int] = []
        self.outbox = self._outbox(None)

    def _outbox(self, send: Send | None) -> Outbox:
        def overrun() -> None:
            self.overruns.append(1)

        return Outbox(self.wire, send, LIMITS, self.clock, Told(overrun))

    def test_what_is_read_next_waits_for_the_reader_again(self) -> None:
        """A reader that has caught up and asks for much more is waited for once more."""
        waits: list[Deferred[None]] = []

        def asks_for_more() -> None:
            if not waits:
                for _ in range(3):
                    outbox.write(b"x" * 40_000 + b"\n")
                waits.append(outbox.drained())

        outbox = Outbox(self.wire, None, Limits(), self.clock, Told(_nothing, asks_for_more))
        self.wire.fills_up()
        outbox.write(b"1\n")
        self.wire.sends_slice()
        waiting = not waits[0].called
        self.wire.drains()

        assert (True, True) == (waiting, waits[0].called)

    # Writing.

    def test_an_idle_reader_is_written_to_at_once(self) -> None:
        """If no bytes wait, the transport has the new ones before `write` returns."""
        self.outbox.write(b"1\n")

        assert [b"1\n"] == self.wire.written

    def test_an_idle_transport_is_asked_for_nothing(self) -> None:
        """A reader that keeps up costs no producer and no timer."""
        self.outbox.write(b"1\n")
        self.clock.advance(LIMITS.stuck)

        assert (None, []) == (self.wire.producer, self.clock.getDelayedCalls())

    def test_a_full_transport_is_spared(self) -> None:
        """Bytes that the transport can't take wait, and leave in order once it can."""
        self.wire.fills_up()
        for line in (b"1\n", b"2\n", b"3\n"):
            self.outbox.write(line)
        before = list(self.wire.written)
        self.wire.drains()
        self.outbox.write(b"4\n")

        assert [b"1\n"] == before
        assert b"1\n2\n3\n4\n" == self.wire.value()

    def test_a_transport_that_fills_up_again_is_spared_again(self) -> None:
        """The transport has one slice at a time, which ends with the line that fills it."""
        outbox = Outbox(self.wire, None, Limits(), self.clock, Told(self.fail))
        self.wire.fills_up()
        lines = [b"%d" % number * 20_000 + b"\n" for number in range(5)]
        for line in lines:
            outbox.write(line)
        for _ in range(3):
            self.wire.sends_slice()

        assert [lines[0], lines[1] + lines[2], lines[3] + lines[4]] == self.wire.written
        assert b"".join(lines) == self.wire.value()

    def test_it_is_a_pull_producer(self) -> None:
        """The transport asks for more when it has sent everything."""
        self.wire.fills_up()
        self.outbox.write(b"1\n")

        assert (self.outbox, False) == (self.wire.producer, self.wire.streaming)

    # Past the transport.

    def _with_socket(self) -> tuple[Outbox, Socket]:
        socket = Socket()
        return self._outbox(socket.send), socket

    def test_the_socket_is_tried_first(self) -> None:
        """While nothing waits, a write goes to the socket itself, past the transport."""
        outbox, socket = self._with_socket()
        outbox.write(b"1\n")
        outbox.write(b"2\n")

        assert ([b"1\n", b"2\n"], []) == (socket.taken, self.wire.written)

    def test_the_transport_sends_the_rest(self) -> None:
        """Bytes that the socket does not take go through the transport, and so do all later ones."""
        outbox, socket = self._with_socket()
        self.wire.fills_up()
        socket.takes = 3
        outbox.write(b"12345\n")
        socket.takes = 1_000
        outbox.write(b"6\n")
        self.wire.drains()
        outbox.write(b"7\n")

        assert ([b"123", b"7\n"], b"45\n6\n") == (socket.taken, self.wire.value())

    def test_a_socket_that_raises_took_nothing(self) -> None:
        """Bytes that a full or broken socket does not take go to the transport."""
        outbox, socket = self._with_socket()
        socket.takes = 0
        outbox.write(b"1\n")

        assert b"1\n" == self.wire.value()

    def test_nothing_overtakes_what_is_held(self) -> None:
        """Held lines leave before what is written after them, whatever the socket would take."""
        outbox, socket = self._with_socket()
        outbox.hold(1.0)
        outbox.write(b"1\n")
        outbox.release()
        outbox.write(b"2\n")

        assert (b"1\n", [b"2\n"]) == (self.wire.value(), socket.taken)

    # Being behind.

    def test_as_far_behind_as_a_reader_may_be(self) -> None:
        """A reader may be behind by exactly the bound, and is sent everything."""
        self.wire.fills_up()
        self.outbox.write(b"12345678\n")
        self.outbox.write(b"\n")
        self.wire.drains()

        assert ([], b"12345678\n\n") == (self.overruns, self.wire.value())

    def test_one_byte_further_is_too_far(self) -> None:
        """A reader one byte over the bound is given up on: what waits for it is thrown away."""
        self.wire.fills_up()
        self.outbox.write(b"12\n")
        self.outbox.write(b"34567\n")
        self.outbox.write(b"8\n")
        self.wire.drains()

        assert ([1], b"12\n") == (self.overruns, self.wire.value())

    def test_a_reader_that_is_given_up_on_is_told_why_once(self) -> None:
        """The reason is sent however much was waiting, and the reader is given up on once."""
        outbox = self._outbox(None)

        def overrun() -> None:
            self.overruns.append(1)
            outbox.write(b"why\n")

        outbox = Outbox(self.wire, None, LIMITS, self.clock, Told(overrun))
        self.wire.fills_up()
        outbox.write(b"x" * 50 + b"\n")
        outbox.write(b"1\n")
        outbox.write(b"2\n")
        self.wire.drains()

        assert ([1], b"x" * 50 + b"\nwhy\n2\n") == (self.overruns, self.wire.value())

    def test_a_reader_that_caught_up_may_be_as_far_behind_again(self) -> None:
        """Only what is waiting counts, not what once was."""
        for _ in range(3):
            self.wire.fills_up()
            self.outbox.write(b"123456789\n")
            self.wire.drains()

        assert ([], b"123456789\n" * 3) == (self.overruns, self.wire.value())

    def test_a_reader_that_is_far_behind_is_full(self) -> None:
        """From 64 KiB on the outbox is full, until the reader has everything: then it goes on."""
        caught_up: list[int] = []
        outbox = Outbox(self.wire, None, Limits(), self.clock, Told(self.fail, lambda: caught_up.append(1)))
        self.wire.fills_up()
        outbox.write(b"x" * 65_535)
        almost = outbox.full
        outbox.write(b"\n")
        full = outbox.full, list(caught_up)
        self.wire.drains()

        assert (False, (True, []), False, [1]) == (almost, full, outbox.full, caught_up)

    def test_a_reader_that_takes_nothing_at_all(self) -> None:
        """A reader that takes nothing for `limits.stuck` seconds is given up on, however little waits."""
        self.wire.fills_up()
        self.outbox.write(b"1\n")
        self.clock.advance(LIMITS.stuck - 0.01)
        before = list(self.overruns)
        self.clock.advance(0.01)

        assert ([], [1]) == (before, self.overruns)

    def test_a_reader_that_takes_something_has_time_again(self) -> None:
        """Each slice that a slow reader takes gives it `limits.stuck` seconds more."""
        self.wire.fills_up()
        self.outbox.write(b"1\n")
        self.outbox.write(b"2\n")
        self.clock.advance(LIMITS.stuck - 1)
        self.wire.sends_slice()
        self.clock.advance(LIMITS.stuck - 1)
        before = list(self.overruns)
        self.clock.advance(1)

        assert ([], [1]) == (before, self.overruns)

    def _with_a_kernel(self) -> list[int]:
        """Return what is left in the kernel, which a test may change."""
        left = [1_000]

        def overrun() -> None:
            self.overruns.append(1)

        self.outbox = Outbox(self.wire, None, LIMITS, self.clock, Told(overrun), lambda _way: left[0])
        return left

    def test_a_reader_over_a_modem_is_not_stuck(self) -> None:
        """A reader that takes a little now and then is not stuck, even if the kernel asks for nothing."""
        left = self._with_a_kernel()
        self.wire.fills_up()
        self.outbox.write(b"1\n")
        for _ in range(20):
            self.clock.advance(LIMITS.stuck - 1)
            left[0] -= 1
        before = list(self.overruns)
        for _ in range(2):
            self.clock.advance(LIMITS.stuck)

        assert ([], [1]) == (before, self.overruns)

    def test_the_last_words_reach_a_reader_over_a_modem(self) -> None:
        """A connection that closes is not cut off while the reader takes what was written before."""
        left = self._with_a_kernel()
        self.outbox.write(b"1\n")
        self.outbox.close()
        for _ in range(20):
            left[0] -= 1
            self.clock.advance(LIMITS.goodbye)
        before = self.wire.closing
        self.clock.advance(LIMITS.goodbye)

        assert ("half closed", "aborted") == (before, self.wire.closing)

    def test_a_server_that_stops_waits_for_no_modem(self) -> None:
        """When the server stops, a reader has `limits.goodbye` seconds, however much it takes meanwhile."""
        left = self._with_a_kernel()
        self.outbox.write(b"1\n")
        self.outbox.close()
        self.outbox.hurry()
        left[0] -= 1
        self.clock.advance(LIMITS.goodbye)

        assert "aborted" == self.wire.closing

    def test_no_goodbye_lasts_for_ever(self) -> None:
        """A reader that takes the last bytes one at a time is cut off in the end."""
        left = self._with_a_kernel()
        self.outbox.close()
        for _ in range(1_000):
            left[0] -= 1
            self.clock.advance(LIMITS.goodbye)

        assert "aborted" == self.wire.closing

    def test_how_much_may_wait_before_a_request_depends_on_the_bound(self) -> None:
        """With the smallest `--max-behind` it is a quarter of that: answers have to fit as well."""
        outbox = Outbox(self.wire, None, Limits(behind=65_536), self.clock, Told(self.fail))
        self.wire.fills_up()
        outbox.write(b"x" * 16_383)
        almost = outbox.full
        outbox.write(b"\n")

        assert (False, True) == (almost, outbox.full)

    def test_a_reader_that_reads_may_be_sent_any_amount(self) -> None:
        """The bound is for what waits: a transport that takes everything has no bound."""
        self.outbox.write(b"x" * 1_000)

        assert ([], 1000) == (self.overruns, len(self.wire.value()))

    # Waiting for the reader.

    def _full(self) -> Outbox:
        outbox = Outbox(self.wire, None, Limits(), self.clock, Told(self.fail))
        self.wire.fills_up()
        outbox.write(b"x" * 65_535 + b"\n")
        return outbox

    def test_a_reader_that_is_not_behind_need_not_be_waited_for(self) -> None:
        """A reader that keeps up, or is a little behind, may be sent more at once."""
        self.successResultOf(self.outbox.drained())
        self.wire.fills_up()
        self.outbox.write(b"1\n")

        self.successResultOf(self.outbox.drained())

    def test_a_reader_that_is_far_behind_is_waited_for(self) -> None:
        """`drained` of a full outbox fires when the reader has everything, not before."""
        outbox = self._full()
        drained = outbox.drained()
        self.assertNoResult(drained)
        self.wire.drains()

        self.successResultOf(drained)
        assert not outbox.full

    def test_a_reader_that_is_gone_is_not_waited_for(self) -> None:
        """`drained` fires for a reader that is lost or hung up on, and for one that already was."""
        for end in (Outbox.lost, Outbox.close):
            self.setUp()
            outbox = self._full()
            drained = outbox.drained()
            self.assertNoResult(drained)
            end(outbox)

            self.successResultOf(drained)
            self.successResultOf(outbox.drained())
            outbox.lost()

    def test_what_is_done_while_the_reader_is_waited_for(self) -> None:
        """Bytes written when `drained` fires may fill the outbox again: none is lost or sent twice."""
        outbox = self._full()
        lines: list[bytes] = []

        def write_more(_: object) -> None:
            self.wire.fills_up()
            lines.append(b"y" * 65_535 + b"\n")
            outbox.write(lines[-1])

        outbox.drained().addCallback(write_more)
        self.wire.drains()
        again = outbox.drained()
        self.assertNoResult(again)
        self.wire.drains()

        self.successResultOf(again)
        assert b"x" * 65_535 + b"\n" + lines[0] == self.wire.value()

    def test_what_a_reader_asks_when_caught_up_is_waited_for(self) -> None:
        """An answer that fills the outbox as soon as the reader has everything waits for the reader again."""
        waiting: list[Deferred[None]] = []

        def answer() -> None:
            self.wire.fills_up()
            outbox.write(b"y" * 65_535 + b"\n")
            waiting.append(outbox.drained())

        outbox = Outbox(self.wire, None, Limits(), self.clock, Told(self.fail, answer))
        self.wire.fills_up()
        outbox.write(b"x" * 65_535 + b"\n")
        self.wire.drains()

        assert outbox.full
        self.assertNoResult(waiting[0])
        outbox.lost()

    # Holding.

    def test_a_held_line_travels_alone(self) -> None:
        """After `hold` nothing leaves until the time is over; then all does, in order."""
        self.outbox.write(b"1\n")
        self.outbox.hold(1.0)
        self.outbox.write(b"2\n")
        self.outbox.write(b"3\n")
        self.clock.advance(0.99)
        before = self.wire.value()
        self.clock.advance(0.01)

        assert (b"1\n", b"1\n2\n3\n") == (before, self.wire.value())

    def test_release_ends_the_holding(self) -> None:
        """After `release` what waited leaves at once, and no timer is left."""
        self.outbox.hold(1.0)
        self.outbox.write(b"1\n")
        self.outbox.release()

        assert (b"1\n", []) == (self.wire.value(), self.clock.getDelayedCalls())

    def test_release_without_holding_does_nothing(self) -> None:
        """`release` changes nothing where nothing is held."""
        self.wire.fills_up()
        self.outbox.write(b"1\n")
        self.outbox.release()
        self.outbox.hold(1.0)
        self.outbox.release()
        self.outbox.release()

        assert (b"", [b"1\n"]) == (self.wire.value(), self.wire.written)

    def test_a_held_line_waits_for_a_full_transport_too(self) -> None:
        """Held and full are two reasons to wait: both have to end, in either order."""
        for ends, between in (
            ((self.outbox.release, self.wire.drains), b""),
            ((self.wire.drains, self.outbox.release), b"1\n"),
        ):
            self.wire.clear()
            self.wire.fills_up()
            self.outbox.write(b"1\n")
            self.outbox.hold(1.0)
            self.outbox.write(b"2\n")
            ends[0]()
            before = self.wire.value()
            ends[1]()

            assert (between, b"1\n2\n") == (before, self.wire.value())

    def test_what_is_held_is_bounded(self) -> None:
        """Held lines count as being behind."""
        self.outbox.hold(1.0)
        self.outbox.write(b"123456789\n")
        self.outbox.write(b"\n")

        assert [1] == self.overruns

    # Closing.

    def test_closing_sends_the_rest_first(self) -> None:
        """Bytes written before `close` leave before our half is closed, held or not."""
        self.outbox.hold(1.0)
        self.outbox.write(b"1\n")
        self.outbox.write(b"2\n")
        self.outbox.close()

        assert (b"1\n2\n", "half closed") == (self.wire.value(), self.wire.closing)

    def test_closing_hands_a_full_transport_the_rest(self) -> None:
        """A transport that is full has the rest as well, and sends it if the reader takes it."""
        self.wire.fills_up()
        self.outbox.write(b"1\n")
        self.outbox.write(b"2\n")
        self.outbox.close()

        assert ([b"1\n", b"2\n"], "half closed") == (self.wire.written, self.wire.closing)
        assert self.wire.producer is None

    def test_nothing_is_written_after_closing(self) -> None:
        """A client that is hung up on is sent nothing more."""
        self.outbox.close()
        self.outbox.write(b"1\n")

        assert (True, []) == (self.outbox.closed, self.wire.written)

    def test_a_reader_has_a_while_for_the_last_words(self) -> None:
        """A reader that has not taken everything after `limits.goodbye` seconds is cut off."""
        self.outbox.close()
        self.clock.advance(1.99)
        before = self.wire.closing
        self.clock.advance(0.01)

        assert ("half closed", "aborted") == (before, self.wire.closing)

    def test_closing_is_harmless_twice(self) -> None:
        """A second `close` changes nothing, and starts no second timer."""
        self.outbox.close()
        self.outbox.close()

        assert 1 == len(self.clock.getDelayedCalls())

    def test_a_reader_that_has_said_everything_is_closed_whole(self) -> None:
        """A client that closed its half first needs no time to be read."""
        self.outbox.heard_all()
        before = self.wire.closing
        self.outbox.close()

        assert ("open", "closed") == (before, self.wire.closing)

    def test_a_reader_that_closes_the_other_half_later_is_closed_whole(self) -> None:
        """The connection is closed when both halves are."""
        self.outbox.close()
        self.outbox.heard_all()

        assert "closed" == self.wire.closing

    # Losing.

    def test_a_lost_connection_leaves_nothing(self) -> None:
        """After a connection is lost no timer is left and nothing is written, whatever the state was."""
        for state in (
            lambda: None,
            lambda: self.outbox.hold(1.0),
            lambda: self.wire.fills_up(),
            lambda: self.outbox.close(),
        ):
            self.setUp()
            state()
            self.outbox.write(b"lost\n")
            before = list(self.wire.written)
            self.outbox.lost()
            self.outbox.write(b"1\n")
            self.outbox.close()
            self.wire.drains()

            assert ([], before) == (self.clock.getDelayedCalls(), self.wire.written)

    def test_a_lost_connection_is_lost_after_its_timers_too(self) -> None:
        """A timer that has fired is not cancelled when the connection is lost."""
        self.outbox.hold(1.0)
        self.clock.advance(1.0)
        self.outbox.close()
        self.clock.advance(2.0)
        self.outbox.lost()

        assert [] == self.clock.getDelayedCalls()

    def test_a_stopped_producer_writes_nothing(self) -> None:
        """Nothing more is written to a transport that has stopped its producer."""
        self.outbox.stopProducing()
        self.outbox.write(b"1\n")

        assert (True, []) == (self.outbox.closed, self.wire.written)

    def test_a_connection_lost_while_being_written_to_leaves_nothing(self) -> None:
        """A transport that is lost while it takes the last lines leaves no timer."""
        self.outbox.hold(1.0)
        self.outbox.write(b"1\n")
        self.wire.reacts = self.outbox.lost
        self.outbox.close()

        assert [] == self.clock.getDelayedCalls()


class _Broken(JSONCodec):
    """Fails at everything."""

    def encode(self, events: list[Event]) -> bytes:
        """Fail."""
        raise ZeroDivisionError

    def farewell(self, reason: ChatError | None) -> bytes:
        """Fail."""
        raise ZeroDivisionError


class BrokenCodecTests(SynchronousTestCase):
    """A codec with a bug costs its own client the connection, and no other client anything."""

    def test_telling_never_raises(self) -> None:
        """The connection learns of it once, also if it tells the client why it hangs up."""
        failures: list[Failure] = []

        def crashed(failure: Failure) -> None:
            failures.append(failure)
            outbox.tell(Probe("SERVER", "Alice", ""))
            outbox.close()

        outbox = Outbox(Wire(), None, Limits(), Clock(), Told(self.fail, self.fail, crashed))
        outbox.speaks(_Broken())
        for _ in range(3):
            outbox.tell(Probe("SERVER", "Alice", ""))

        assert [ZeroDivisionError] == [failure.type for failure in failures]
        assert 1 == len(self.flushLoggedErrors(ZeroDivisionError))
