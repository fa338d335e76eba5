"""Clients who are too fast: they are read more slowly, and that is all."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from classchat.limits import Limits, Rate
from classchat.servers.certificates import Passing
from classchat.servers.tls import Encryption
from tests.unit.servers.helpers import ADDRESS, Caller, Server, ask, register

LIMITS = Limits(messages=Rate(3, 2.0), readings=Rate(2, 1.0), requests=Rate(4, 10.0))


class PaceTests(SynchronousTestCase):
    """Alice and Bob talk, three messages at once and then two a second."""

    def setUp(self) -> None:
        """Let them come in."""
        self.server = Server(LIMITS)
        self.alice, self.bob = self.server.signs_in("Alice", "Bob")

    def _numbers(self, caller: Caller) -> list[str]:
        return caller.hears_texts("private")

    def _alice_tells(self, count: int, **fields: str) -> None:
        self.alice.sends(*(ask("private", "Bob", str(number), **fields) for number in range(count)))
        self.server.turn()

    def test_what_is_too_fast_comes_later(self) -> None:
        """After a burst messages come at the rate, in order, and none is refused."""
        self._alice_tells(6)
        heard = [self._numbers(self.bob)]
        for _ in range(3):
            self.server.passes(0.5)
            self.server.turn()
            heard.append(self._numbers(self.bob))

        assert [["0", "1", "2"], list("0123"), list("01234"), list("012345")] == heard
        assert [] == self.alice.hears()

    def test_nothing_more_is_read_meanwhile(self) -> None:
        """The connection is not read, so that its sender's own buffers fill, not ours."""
        self._alice_tells(4)
        reading = self.alice.wire.producerState
        self.server.passes(0.5)

        assert ("paused", "producing") == (reading, self.alice.wire.producerState)

    def test_nobody_else_waits(self) -> None:
        """Only who is too fast is slowed down."""
        self._alice_tells(6)
        self.bob.sends(ask("private", "Alice", "hello"))
        self.server.turn()

        assert ["hello"] == self.alice.hears_texts("private")

    def test_good_bye_comes_after_what_was_said(self) -> None:
        """Who quits behind too many messages has said them all first."""
        self._alice_tells(4)
        self.alice.sends(ask("quit"))
        before = self.server.users()
        self.server.passes(0.5)
        self.server.turn()

        assert (["Alice", "Bob"], ["Bob"]) == (before, self.server.users())
        assert list("0123") == self._numbers(self.bob)

    def test_a_bare_name_after_much_else(self) -> None:
        """Who says his name only after too many requests is welcome a little later."""
        carol, dave = self.server.is_called(), self.server.is_called()
        for caller, name in ((carol, "Carol"), (dave, "Alice")):
            caller.sends(*[ask("ping")] * 4)
            caller.forgets()
            caller.sends(name)
        before = carol.hears(), dave.hears()
        self.server.passes(0.1)

        assert ([], []) == before
        assert (["Welcome to ClassChat, Carol!"], "open") == (carol.hears_texts(), carol.wire.closing)
        assert (["username_taken"], "half closed") == (dave.hears_codes(), dave.wire.closing)

    def test_a_bare_name_of_who_is_gone(self) -> None:
        """Who goes before his name's turn has come was never here."""
        carol = self.server.is_called()
        carol.sends(*[ask("ping")] * 4)
        carol.sends("Carol")
        carol.drops()
        self.server.passes(1)

        assert ["Alice", "Bob"] == self.server.users()

    def test_who_is_gone_waits_for_nothing(self) -> None:
        """A client that goes while it has to wait leaves no timer, and says nothing more."""
        self._alice_tells(6)
        self.alice.drops()
        self.server.turn()
        self.bob.drops()

        assert [] == self.server.clock.getDelayedCalls()
        assert list("012") == self._numbers(self.bob)

    def test_who_is_hung_up_on_waits_for_nothing(self) -> None:
        """What had to wait is not done any more when the server is being stopped."""
        self._alice_tells(6)
        self.server.factory.shut_down()
        self.alice.drops()
        self.bob.drops()

        assert [] == self.server.clock.getDelayedCalls()
        assert list("012") == self._numbers(self.bob)

    def test_who_comes_again_has_no_new_burst(self) -> None:
        """To sign in again under the same name makes nobody faster."""
        self._alice_tells(3)
        self.alice.drops()
        self.alice = self.server.is_called()
        self.alice.sends(register("alice"))
        self._alice_tells(1)
        before = self._numbers(self.bob)
        self.server.passes(0.5)
        self.server.turn()

        assert (list("012"), list("0120")) == (before, self._numbers(self.bob))

    def test_requests_that_wait_are_done_one_after_the_other(self) -> None:
        """Whatever waits itself, such as being let into a room, is waited for as well."""
        self.alice.sends(*(ask("create", f"room{number}") for number in range(5)))
        for _ in range(5):
            self.server.turn()
        before = len(self.alice.hears("success"))
        self.server.passes(0.1)
        self.server.turn()

        assert (4, 5) == (before, len(self.alice.hears("success")))

    def test_reading_what_was_said_has_a_budget_of_its_own(self) -> None:
        """Who has said too much may still look up what was said."""
        self._alice_tells(4)
        self.server.passes(0.5)
        self.server.turn()
        self.alice.forgets()
        self.alice.sends(*(ask("history", "Bob", id=str(number)) for number in range(3)))
        self.server.turn()
        before = [event["id"] for event in self.alice.hears("success")]
        self.server.passes(1.0)
        self.server.turn()
        after = [event["id"] for event in self.alice.hears("success")]

        assert (["0", "1"], ["0", "1", "2"]) == (before, after)

    def test_nonsense_is_slowed_down(self) -> None:
        """Each line that is no message is told so, and too many of them are read more slowly."""
        self.alice.sends(*[b"{", b"x" * 70_000] * 4)
        before = len(self.alice.hears("error"))
        self.server.passes(0.1)
        after = len(self.alice.hears("error"))
        for _ in range(5):
            self.server.passes(0.2)

        assert (5, 6, ["invalid_format", "too_long"] * 4) == (before, after, self.alice.hears_codes())

    def test_a_stranger_who_tries_names_is_slowed_down(self) -> None:
        """Who is not signed in has a pace as well; it ends when he is."""
        mallory = self.server.is_called(ADDRESS)
        mallory.sends(*[register("Alice")] * 6)
        before = len(mallory.hears("error"))
        self.server.passes(0.1)
        self.server.passes(0.1)
        mallory.sends(register("Mallory"))
        self.server.passes(0.1)

        assert (4, 6) == (before, len(mallory.hears("error")))
        assert ["Welcome to ClassChat, Mallory!"] == mallory.hears_texts("success")


def test_who_sends_records_of_one_byte_is_read_more_slowly() -> None:
    """TLS records of a byte cost a hundred times what they hold: after many of them the server rests."""
    encryption = Encryption(Passing())
    encryption.open()
    server = Server(Limits(small_records=Rate(100, 10.0), sign_in=1e6), encryption=encryption)
    caller = server.is_called_with_tls()
    for _ in range(150):
        caller.sends_bytes(b"x")
    rests = caller.wire.producerState
    for _ in range(3):  # what is not read yet comes when it has rested
        server.passes(20)

    assert ("paused", "producing") == (rests, caller.wire.producerState)
