"""Dead connections: clients that answer probes are sent them, and hung up on if they do not answer."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from classchat.core.notices import Disconnected
from classchat.limits import Limits, Rate
from tests.unit.servers.helpers import Caller, Server, ask, register

PROBE = {"status": "ping", "sender": "SERVER", "receiver": "Alice", "text": ""}


class VigilTests(SynchronousTestCase):
    """Alice's client has said that it answers probes."""

    def setUp(self) -> None:
        """Sign Alice in."""
        self.server = Server()
        (self.alice,) = self.server.signs_in("Alice")
        self.alice.sends(ask("ping") | {"answers": True})
        self.alice.forgets()

    def _passes(self, seconds: int) -> None:
        for _ in range(seconds):
            self.server.passes(1)

    def test_a_client_that_is_silent_is_asked(self) -> None:
        """After 60 seconds of silence the client is probed, once."""
        self._passes(59)
        before = self.alice.hears()
        self._passes(30)

        assert ([], [PROBE]) == (before, self.alice.hears())

    def test_a_client_that_answers_stays(self) -> None:
        """A client that answers is probed again after 60 more seconds, and never hung up on."""
        for _ in range(5):
            self._passes(65)
            self.alice.sends(ask("pong"))

        assert ([PROBE] * 5, "open") == (self.alice.hears(), self.alice.wire.closing)

    def test_any_line_is_an_answer(self) -> None:
        """Any line is an answer, even nonsense; the next probe comes after more silence."""
        for _ in range(5):
            self._passes(50)
            self.alice.sends("{")

        assert ["error"] * 5 == [event["status"] for event in self.alice.hears()]

    def test_a_client_that_does_not_answer_is_gone(self) -> None:
        """After 150 seconds of silence the client is told why, and hung up on; the console shows it."""
        self._passes(149)
        before = self.alice.wire.closing
        self._passes(1)
        told = self.alice.hears("error")

        assert ("open", "half closed", []) == (before, self.alice.wire.closing, self.server.users())
        assert ["timeout"] == [event["code"] for event in told]
        assert "Timed out (150 s). Connect again to continue." == told[0]["text"]
        assert Disconnected("Alice", "timeout") == self.server.notices[-1]

    def test_a_client_that_did_not_say_that_she_answers_is_left_alone(self) -> None:
        """A classic client, which knows no `ping`, is neither probed nor hung up on."""
        bob = self.server.is_called()
        bob.sends("Bob")
        bob.sends(ask("ping"), ask("ping") | {"answers": False})
        bob.forgets()
        self._passes(1000)

        assert ([], "open") == (bob.hears(), bob.wire.closing)

    def test_it_may_be_said_on_signing_in(self) -> None:
        """A client may say on its `register` that it answers."""
        bob = self.server.is_called()
        bob.sends(register("Bob") | {"answers": True})
        bob.forgets()
        self._passes(65)

        assert ["ping"] == [event["status"] for event in bob.hears()]

    def test_a_client_that_is_not_listened_to_is_not_blamed(self) -> None:
        """A client whose lines are not read meanwhile, as it was too fast, is not hung up on."""
        server = Server(Limits(messages=Rate(1, 0.002)))
        (bob,) = server.signs_in("Bob")
        bob.sends(ask("ping") | {"answers": True}, *[ask("private", "Bob", "hello")] * 2)
        bob.forgets()
        closing = []
        for _ in range(80):
            server.passes(10)
            closing.append(bob.wire.closing)

        assert ["open"] * 64 + ["aborted"] * 12 == closing[:64] + closing[-12:]

    def test_a_machine_that_slept_blames_no_client(self) -> None:
        """After the server itself has slept for hours, clients have the full time to answer."""
        self.server.passes(10_000)
        self._passes(85)
        before = (self.alice.hears(), self.alice.wire.closing)
        self.alice.sends(ask("pong"))
        self._passes(50)

        assert (([PROBE], "open"), "open") == (before, self.alice.wire.closing)

    def test_one_timer_for_all(self) -> None:
        """Many connections, and many lines, need one timer; it ends when the last one has left."""
        callers: list[Caller] = self.server.signs_in(*(f"user{number}" for number in range(20)))
        for caller in callers:
            caller.sends(ask("ping") | {"answers": True}, *[ask("ping")] * 10)
        self.server.passes(self.server.chat.limits.sign_in)
        timers = len(self.server.clock.getDelayedCalls())
        for caller in self.server.callers:
            caller.drops()
        self.server.passes(5)

        assert (1, []) == (timers, self.server.clock.getDelayedCalls())

    def test_the_timer_serves_the_next_client(self) -> None:
        """A client that comes after the last one has left is watched, and probed after as much silence."""
        self.alice.drops()
        (bob,) = self.server.signs_in("Bob")
        bob.sends(ask("ping") | {"answers": True})
        bob.forgets()
        self._passes(59)
        before = bob.hears()
        self._passes(1)

        assert ([], [PROBE | {"receiver": "Bob"}]) == (before, bob.hears())

    def test_pongs_are_not_answered(self) -> None:
        """A `pong` is not answered."""
        self.alice.sends(ask("pong"))

        assert [] == self.alice.hears()

    def test_a_stranger_is_not_asked(self) -> None:
        """A client that has not signed in is not probed: the time to sign in is another limit."""
        stranger = self.server.is_called()
        stranger.sends(ask("pong"))

        assert ["not_registered"] == stranger.hears_codes()

    def test_the_times_are_limits(self) -> None:
        """Both times are options of the operator."""
        server = Server(Limits(ping_after=6, gone_after=10).without_guard())
        (bob,) = server.signs_in("Bob")
        bob.sends(ask("ping") | {"answers": True})
        bob.forgets()
        server.passes(6)
        asked = bob.hears()
        for _ in range(8):
            server.passes(0.5)

        assert (1, "half closed") == (len(asked), bob.wire.closing)
