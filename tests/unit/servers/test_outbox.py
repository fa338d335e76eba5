"""The outbox: what one reader has not been sent yet."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.testing import Clock
from twisted.trial.unittest import SynchronousTestCase

from classchat.limits import Limits
from classchat.servers.outbox import Outbox
from classchat.servers.transports import Send
from tests.unit.servers.helpers import Wire

LIMITS = Limits(behind=10, goodbye=2.0)


class Socket:
    """A socket that takes so many bytes at a time, or raises."""

    def __init__(self) -> None:
        self.takes = 1_000
        self.taken: list[bytes] = []

    def send(self, data: bytes) -> int:
        """Take what there is room for."""
        if not self.takes:
            raise BlockingIOError
        part = data[: self.takes]
        self.taken.append(part)
        return len(part)


class OutboxTests(SynchronousTestCase):
    """Lines leave in order, as soon as they may; nothing waits, and nothing grows."""

    def setUp(self) -> None:
        """Begin anew, where nothing is sent past the transport."""
        self.clock = Clock()
        self.wire = Wire()
        self.overruns: list[int] = []
        self.outbox = self._outbox(None)

    def _outbox(self, send: Send | None) -> Outbox:
        def overrun() -> None:
            self.overruns.append(1)

        return Outbox(self.wire, send, LIMITS, self.clock, overrun, lambda: None)

    def test_what_is_read_next_waits_for_the_reader_again(self) -> None:
        """Where a reader who has caught up asks for much more, whoever answers that waits once more."""
        waits: list[Deferred[None]] = []

        def asks_for_more() -> None:
            if not waits:
                for _ in range(3):
                    outbox.write(b"x" * 40_000 + b"\n")
                waits.append(outbox.drained())

        outbox = Outbox(self.wire, None, Limits(), self.clock, lambda: None, asks_for_more)
        self.wire.fills_up()
        outbox.write(b"1\n")
        self.wire.sends_slice()
        waiting = not waits[0].called
        self.wire.drains()

        assert (True, True) == (waiting, waits[0].called)

    # Writing.

    def test_an_idle_reader_is_written_to_at_once(self) -> None:
        """Where nothing is in the way the transport has the bytes before `write` returns."""
        self.outbox.write(b"1\n")

        assert [b"1\n"] == self.wire.written

    def test_an_idle_transport_is_asked_for_nothing(self) -> None:
        """A reader who keeps up costs no producer and no timer once he has everything."""
        self.outbox.write(b"1\n")
        self.clock.advance(LIMITS.stuck)

        assert (None, []) == (self.wire.producer, self.clock.getDelayedCalls())

    def test_a_full_transport_is_spared(self) -> None:
        """What the transport can't take waits, and leaves in order once it can."""
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
        outbox = Outbox(self.wire, None, Limits(), self.clock, self.fail, lambda: None)
        self.wire.fills_up()
        lines = [b"%d" % number * 20_000 + b"\n" for number in range(5)]
        for line in lines:
            outbox.write(line)
        for _ in range(3):
            self.wire.sends_slice()

        assert [lines[0], lines[1] + lines[2], lines[3] + lines[4]] == self.wire.written
        assert b"".join(lines) == self.wire.value()

    def test_it_is_a_pull_producer(self) -> None:
        """The transport itself asks when it has sent all it had."""
        self.wire.fills_up()
        self.outbox.write(b"1\n")

        assert (self.outbox, False) == (self.wire.producer, self.wire.streaming)

    # Past the transport.

    def _with_socket(self) -> tuple[Outbox, Socket]:
        socket = Socket()
        return self._outbox(socket.send), socket

    def test_the_socket_is_tried_first(self) -> None:
        """While nothing waits, a write goes to the socket itself, and the transport knows nothing of it."""
        outbox, socket = self._with_socket()
        outbox.write(b"1\n")
        outbox.write(b"2\n")

        assert ([b"1\n", b"2\n"], []) == (socket.taken, self.wire.written)

    def test_the_transport_sends_the_rest(self) -> None:
        """What the socket does not take goes through the transport, and so does all that comes behind it."""
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
        """A socket that is full, or broken, is the transport's affair."""
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
        """Exactly the bound is granted, and delivered."""
        self.wire.fills_up()
        self.outbox.write(b"12345678\n")
        self.outbox.write(b"\n")
        self.wire.drains()

        assert ([], b"12345678\n\n") == (self.overruns, self.wire.value())

    def test_one_byte_further_is_too_far(self) -> None:
        """One byte over the bound and the reader is given up: what he was not sent yet is thrown away."""
        self.wire.fills_up()
        self.outbox.write(b"12\n")
        self.outbox.write(b"34567\n")
        self.outbox.write(b"8\n")
        self.wire.drains()

        assert ([1], b"12\n") == (self.overruns, self.wire.value())

    def test_who_is_given_up_on_is_told_why_once(self) -> None:
        """However much he was handed in one go, the last words find room, and nobody is given up on twice."""
        outbox = self._outbox(None)

        def overrun() -> None:
            self.overruns.append(1)
            outbox.write(b"why\n")

        outbox = Outbox(self.wire, None, LIMITS, self.clock, overrun, lambda: None)
        self.wire.fills_up()
        outbox.write(b"x" * 50 + b"\n")
        outbox.write(b"1\n")
        outbox.write(b"2\n")
        self.wire.drains()

        assert ([1], b"x" * 50 + b"\nwhy\n2\n") == (self.overruns, self.wire.value())

    def test_a_reader_who_caught_up_may_be_as_far_behind_again(self) -> None:
        """Only what is waiting counts, not what once was."""
        for _ in range(3):
            self.wire.fills_up()
            self.outbox.write(b"123456789\n")
            self.wire.drains()

        assert ([], b"123456789\n" * 3) == (self.overruns, self.wire.value())

    def test_who_is_far_behind_had_better_not_ask(self) -> None:
        """From 64 KiB on the outbox is full, until the reader has everything, and then that is said."""
        caught_up: list[int] = []
        outbox = Outbox(self.wire, None, Limits(), self.clock, self.fail, lambda: caught_up.append(1))
        self.wire.fills_up()
        outbox.write(b"x" * 65_535)
        almost = outbox.full
        outbox.write(b"\n")
        full = outbox.full, list(caught_up)
        self.wire.drains()

        assert (False, (True, []), False, [1]) == (almost, full, outbox.full, caught_up)

    def test_a_reader_who_takes_nothing_at_all(self) -> None:
        """Who is behind by however little, and takes none of it for `limits.stuck` seconds, is given up."""
        self.wire.fills_up()
        self.outbox.write(b"1\n")
        self.clock.advance(LIMITS.stuck - 0.01)
        before = list(self.overruns)
        self.clock.advance(0.01)

        assert ([], [1]) == (before, self.overruns)

    def test_a_reader_who_takes_something_has_time_again(self) -> None:
        """Each slice that a slow reader takes gives him `limits.stuck` seconds more."""
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

        self.outbox = Outbox(self.wire, None, LIMITS, self.clock, overrun, lambda: None, lambda _way: left[0])
        return left

    def test_a_reader_over_a_modem_is_not_stuck(self) -> None:
        """Who takes a little now and then is behind, also where the kernel asks for no more meanwhile."""
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
        """A connection that closes is not cut while the reader goes on taking what was said before."""
        left = self._with_a_kernel()
        self.outbox.write(b"1\n")
        self.outbox.close()
        for _ in range(20):
            left[0] -= 1
            self.clock.advance(LIMITS.goodbye)
        before = self.wire.closing
        self.clock.advance(LIMITS.goodbye)

        assert ("half closed", "aborted") == (before, self.wire.closing)

    def test_a_server_that_stops_waits_for_nobodys_modem(self) -> None:
        """When the server stops, a reader has `limits.goodbye` seconds, however much they take meanwhile."""
        left = self._with_a_kernel()
        self.outbox.write(b"1\n")
        self.outbox.close()
        self.outbox.hurry()
        left[0] -= 1
        self.clock.advance(LIMITS.goodbye)

        assert "aborted" == self.wire.closing

    def test_nobody_says_good_bye_for_ever(self) -> None:
        """Who takes a byte at a time of what was said last is cut off one day."""
        left = self._with_a_kernel()
        self.outbox.close()
        for _ in range(1_000):
            left[0] -= 1
            self.clock.advance(LIMITS.goodbye)

        assert "aborted" == self.wire.closing

    def test_how_much_may_wait_before_one_asks_depends_on_the_bound(self) -> None:
        """With the smallest `--max-behind` it is a quarter of that: what is asked for has to fit as well."""
        outbox = Outbox(self.wire, None, Limits(behind=65_536), self.clock, self.fail, lambda: None)
        self.wire.fills_up()
        outbox.write(b"x" * 16_383)
        almost = outbox.full
        outbox.write(b"\n")

        assert (False, True) == (almost, outbox.full)

    def test_who_reads_may_be_sent_any_amount(self) -> None:
        """The bound is of what waits: a transport that takes it all has none."""
        self.outbox.write(b"x" * 1_000)

        assert ([], 1000) == (self.overruns, len(self.wire.value()))

    # Waiting for the reader.

    def _full(self) -> Outbox:
        outbox = Outbox(self.wire, None, Limits(), self.clock, self.fail, lambda: None)
        self.wire.fills_up()
        outbox.write(b"x" * 65_535 + b"\n")
        return outbox

    def test_who_is_not_behind_need_not_be_waited_for(self) -> None:
        """A reader who keeps up, or is a little behind, may be written more at once."""
        self.successResultOf(self.outbox.drained())
        self.wire.fills_up()
        self.outbox.write(b"1\n")

        self.successResultOf(self.outbox.drained())

    def test_who_is_far_behind_is_waited_for(self) -> None:
        """Who waits for a full outbox goes on when the reader has everything, not before."""
        outbox = self._full()
        drained = outbox.drained()
        self.assertNoResult(drained)
        self.wire.drains()

        self.successResultOf(drained)
        assert not outbox.full

    def test_who_is_gone_is_not_waited_for(self) -> None:
        """Who waits for a reader who is lost, or sent away, goes on; and who begins to wait then, too."""
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
        """Who goes on writes more at once, and may have to wait again: nothing is written twice or lost."""
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

        outbox = Outbox(self.wire, None, Limits(), self.clock, self.fail, answer)
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
        """Whoever speaks when nothing is held changes nothing."""
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
        """What was written before `close` leaves before our half is closed, held or not."""
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
        """Who is told good-bye hears nothing more."""
        self.outbox.close()
        self.outbox.write(b"1\n")

        assert (True, []) == (self.outbox.closed, self.wire.written)

    def test_a_reader_has_a_while_for_the_last_words(self) -> None:
        """Who has not taken them after `limits.goodbye` seconds is cut off."""
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

    def test_who_has_said_everything_is_closed_whole(self) -> None:
        """A client that closed its half first needs no time to be read."""
        self.outbox.heard_all()
        before = self.wire.closing
        self.outbox.close()

        assert ("open", "closed") == (before, self.wire.closing)

    def test_who_closes_the_other_half_later_is_closed_whole(self) -> None:
        """Once both halves are closed the connection is."""
        self.outbox.close()
        self.outbox.heard_all()

        assert "closed" == self.wire.closing

    # Losing.

    def test_a_lost_connection_leaves_nothing(self) -> None:
        """When the connection is gone, no timer is left and nothing is written, whatever the state was."""
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
        """A timer that is over already is no trouble when the connection goes."""
        self.outbox.hold(1.0)
        self.clock.advance(1.0)
        self.outbox.close()
        self.clock.advance(2.0)
        self.outbox.lost()

        assert [] == self.clock.getDelayedCalls()

    def test_a_stopped_producer_writes_nothing(self) -> None:
        """A transport that says it is gone is written nothing more."""
        self.outbox.stopProducing()
        self.outbox.write(b"1\n")

        assert (True, []) == (self.outbox.closed, self.wire.written)

    def test_a_connection_lost_while_being_written_to_leaves_nothing(self) -> None:
        """A transport that is gone while it takes the last words leaves no timer behind."""
        self.outbox.hold(1.0)
        self.outbox.write(b"1\n")
        self.wire.reacts = self.outbox.lost
        self.outbox.close()

        assert [] == self.clock.getDelayedCalls()
