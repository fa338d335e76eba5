"""The outbox: what one reader has not been sent yet."""

from __future__ import annotations

from twisted.internet.testing import Clock
from twisted.trial.unittest import SynchronousTestCase

from classchat.limits import Limits
from classchat.servers.outbox import Outbox
from tests.unit.servers.helpers import Wire

LIMITS = Limits(behind=10, goodbye=2.0)


class OutboxTests(SynchronousTestCase):
    """Lines leave in order, as soon as they may; nothing waits, and nothing grows."""

    def setUp(self) -> None:
        """Begin anew."""
        self.clock = Clock()
        self.wire = Wire()
        self.overruns: list[int] = []
        self.outbox = Outbox(self.wire, LIMITS, self.clock, lambda: self.overruns.append(1))

    # Writing.

    def test_an_idle_reader_is_written_to_at_once(self) -> None:
        """Where nothing is in the way the transport has the bytes before `write` returns."""
        self.outbox.write(b"1\n")

        assert [b"1\n"] == self.wire.written

    def test_a_full_transport_is_spared(self) -> None:
        """What the transport can't take waits, and leaves in order once it can."""
        self.wire.producer.pauseProducing()
        self.outbox.write(b"1\n")
        self.outbox.write(b"2\n")
        before = list(self.wire.written)
        self.wire.producer.resumeProducing()
        self.outbox.write(b"3\n")

        assert [] == before
        assert b"1\n2\n3\n" == self.wire.value()

    def test_a_transport_that_fills_up_again_is_spared_again(self) -> None:
        """Only as much is poured as the transport takes, in whole chunks."""
        self.wire.producer.pauseProducing()
        for line in (b"1\n", b"2\n", b"3\n"):
            self.outbox.write(line)
        self.wire.reacts = self.wire.producer.pauseProducing
        self.wire.producer.resumeProducing()
        first = self.wire.value()
        self.wire.producer.resumeProducing()

        assert (b"1\n", b"1\n2\n3\n") == (first, self.wire.value())

    def test_it_is_a_streaming_producer(self) -> None:
        """The transport itself says when it is full and when it is not."""
        assert (self.outbox, True) == (self.wire.producer, self.wire.streaming)

    # Being behind.

    def test_as_far_behind_as_a_reader_may_be(self) -> None:
        """Exactly the bound is granted, and delivered."""
        self.wire.producer.pauseProducing()
        self.outbox.write(b"12345678\n")
        self.outbox.write(b"\n")
        self.wire.producer.resumeProducing()

        assert ([], b"12345678\n\n") == (self.overruns, self.wire.value())

    def test_one_byte_further_is_too_far(self) -> None:
        """One byte over the bound and the reader is given up: what he missed is thrown away."""
        self.wire.producer.pauseProducing()
        self.outbox.write(b"123456789\n")
        self.outbox.write(b"\n")
        self.wire.producer.resumeProducing()

        assert ([1], b"") == (self.overruns, self.wire.value())

    def test_a_reader_who_caught_up_may_be_as_far_behind_again(self) -> None:
        """Only what is waiting counts, not what once was."""
        for _ in range(3):
            self.wire.producer.pauseProducing()
            self.outbox.write(b"123456789\n")
            self.wire.producer.resumeProducing()

        assert ([], b"123456789\n" * 3) == (self.overruns, self.wire.value())

    def test_who_reads_may_be_sent_any_amount(self) -> None:
        """The bound is of what waits: a transport that takes it all has none."""
        self.outbox.write(b"x" * 1_000)

        assert ([], 1000) == (self.overruns, len(self.wire.value()))

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
        self.wire.producer.pauseProducing()
        self.outbox.write(b"1\n")
        self.outbox.release()
        self.outbox.hold(1.0)
        self.outbox.release()
        self.outbox.release()

        assert b"" == self.wire.value()

    def test_a_released_line_still_waits_for_a_full_transport(self) -> None:
        """Held and full are two reasons to wait: both have to end, in either order."""
        for first, second in (
            (self.outbox.release, self.outbox.resumeProducing),
            (self.outbox.resumeProducing, self.outbox.release),
        ):
            self.wire.clear()
            self.outbox.hold(1.0)
            self.outbox.pauseProducing()
            self.outbox.write(b"1\n")
            first()
            before = self.wire.value()
            second()

            assert (b"", b"1\n") == (before, self.wire.value())

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
        self.wire.producer.pauseProducing()
        self.outbox.write(b"1\n")
        self.outbox.close()

        assert (b"1\n", "half closed") == (self.wire.value(), self.wire.closing)
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
            lambda: self.outbox.pauseProducing(),
            lambda: self.outbox.close(),
        ):
            self.setUp()
            state()
            self.outbox.write(b"lost\n")
            self.wire.clear()
            self.outbox.lost()
            self.outbox.write(b"1\n")
            self.outbox.close()
            self.outbox.resumeProducing()

            assert ([], b"") == (self.clock.getDelayedCalls(), self.wire.value())

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
        self.wire.producer.pauseProducing()
        self.outbox.write(b"1\n")
        self.wire.reacts = self.outbox.lost
        self.outbox.close()

        assert [] == self.clock.getDelayedCalls()
