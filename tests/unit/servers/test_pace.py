"""Rate limiting by delayed reads: clients that are too fast are read more slowly."""

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
        """Sign them in."""
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
        """The connection is not read, so that the sender's buffers fill, not the server's."""
        self._alice_tells(4)
        reading = self.alice.wire.producerState
        self.server.passes(0.5)

        assert ("paused", "producing") == (reading, self.alice.wire.producerState)

    def test_no_other_client_waits(self) -> None:
        """Only the client that is too fast is slowed down."""
        self._alice_tells(6)
        self.bob.sends(ask("private", "Alice", "hello"))
        self.server.turn()

        assert ["hello"] == self.alice.hears_texts("private")

    def test_good_bye_comes_after_what_was_said(self) -> None:
        """A client that quits after too many messages has all of them sent first."""
        self._alice_tells(4)
        self.alice.sends(ask("quit"))
        before = self.server.users()
        self.server.passes(0.5)
        self.server.turn()

        assert (["Alice", "Bob"], ["Bob"]) == (before, self.server.users())
        assert list("0123") == self._numbers(self.bob)

    def test_a_bare_name_after_much_else(self) -> None:
        """A bare name after too many requests is welcomed a little later."""
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

    def test_a_bare_name_that_is_no_utf8_does_not_wait(self) -> None:
        """A bare name that can't be decoded is the client's only attempt: it is hung up on at once."""
        carol = self.server.is_called()
        carol.sends(*[ask("ping")] * 4, b"\xff")

        assert ("invalid_format", "half closed") == (carol.hears_codes()[-1], carol.wire.closing)

    def test_a_bare_name_of_a_client_that_is_gone(self) -> None:
        """A client that disconnects before its bare name is handled is never signed in."""
        carol = self.server.is_called()
        carol.sends(*[ask("ping")] * 4)
        carol.sends("Carol")
        carol.drops()
        self.server.passes(1)

        assert ["Alice", "Bob"] == self.server.users()

    def test_a_client_that_is_gone_waits_for_nothing(self) -> None:
        """A client that disconnects while it has to wait leaves no timer, and its requests are not done."""
        self._alice_tells(6)
        self.alice.drops()
        self.server.turn()
        self.bob.drops()

        assert [] == self.server.timers
        assert list("012") == self._numbers(self.bob)

    def test_a_client_that_is_hung_up_on_waits_for_nothing(self) -> None:
        """Requests that wait are not done when the server stops."""
        self._alice_tells(6)
        self.server.factory.shut_down()
        self.alice.drops()
        self.bob.drops()

        assert [] == self.server.timers
        assert list("012") == self._numbers(self.bob)

    def test_a_client_that_comes_again_has_no_new_burst(self) -> None:
        """Signing in again under the same name does not fill the buckets."""
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
        """A delayed request that waits itself, such as a join, is waited for as well."""
        self.alice.sends(*(ask("create", f"room{number}") for number in range(5)))
        for _ in range(5):
            self.server.turn()
        before = len(self.alice.hears("success"))
        self.server.passes(0.1)
        self.server.turn()

        assert (4, 5) == (before, len(self.alice.hears("success")))

    def test_reading_what_was_said_has_a_budget_of_its_own(self) -> None:
        """A user who has sent too many messages may still read the history."""
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
        """Each line that is no message is refused, and too many of them are read more slowly."""
        self.alice.sends(*[b"{", b"x" * 70_000] * 4)
        before = len(self.alice.hears("error"))
        self.server.passes(0.1)
        after = len(self.alice.hears("error"))
        for _ in range(5):
            self.server.passes(0.2)

        assert (5, 6, ["invalid_format", "too_long"] * 4) == (before, after, self.alice.hears_codes())

    def test_a_client_that_tries_names_is_slowed_down(self) -> None:
        """A client that is not signed in has a rate limit of its own, until it is."""
        mallory = self.server.is_called(ADDRESS)
        mallory.sends(*[register("Alice")] * 6)
        before = len(mallory.hears("error"))
        self.server.passes(0.1)
        self.server.passes(0.1)
        mallory.sends(register("Mallory"))
        self.server.passes(0.1)

        assert (4, 6) == (before, len(mallory.hears("error")))
        assert ["Welcome to ClassChat, Mallory!"] == mallory.hears_texts("success")


def test_a_client_that_sends_records_of_one_byte_is_read_more_slowly() -> None:
    """TLS records of a byte cost a hundred times what they hold: after many of them reading pauses."""
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
