"""Connections: what each client is answered, and when its connection closes."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.testing import Clock
from twisted.trial.unittest import SynchronousTestCase

from classchat import __version__
from classchat.core.events import Event
from classchat.core.journal_port import Waits, somebody_waits
from classchat.core.notices import Disconnected
from classchat.core.persons import Person
from classchat.journal.memory import MemoryJournal
from classchat.limits import Limits, Rate
from classchat.messages import Command, Ping, Quit
from classchat.servers.sniffer import DIALECTS, Row
from classchat.servers.tls import Encryption, Plaintext
from classchat.wire.json_codec import JSON, JSONCodec
from classchat.wire.json_lines import JSONLines, recognizes
from tests.unit.helpers import NOW
from tests.unit.servers.helpers import Caller, EncryptedCaller, Server, ask, encrypting, register

SOME = "some token"


class SigningInTests(SynchronousTestCase):
    """A client signs in with its first line."""

    def setUp(self) -> None:
        """Start with a new server."""
        self.server = Server()
        self.alice = self.server.is_called()

    def _welcome(self, name: str, **fields: str) -> dict[str, str]:
        return {
            "status": "success",
            "sender": "SERVER",
            "receiver": name,
            "text": f"Welcome to ClassChat, {name}!",
            "time": "1970-01-01T00:00:00.000Z",
            "server": f"ClassChat {__version__}",
            "token": "...",
            "epoch": self.server.chat.epoch,
            **fields,
        }

    def _without_tokens(self, caller: Caller) -> list[dict[str, Any]]:
        return [message | {"token": "..."} for message in caller.hears()]

    def test_a_bare_name(self) -> None:
        """A bare name is the classic form, ended by either kind of newline."""
        bob = self.server.is_called()
        self.alice.sends("Alice")
        bob.sends("Bob", end=b"\r\n")

        assert [self._welcome("Alice")] == self._without_tokens(self.alice)
        assert [self._welcome("Bob")] == self._without_tokens(bob)

    def test_a_message(self) -> None:
        """The same as a message, whose id is answered."""
        self.alice.sends(register("Alice", id="7"))

        assert [self._welcome("Alice", id="7")] == self._without_tokens(self.alice)

    def test_a_refused_bare_name(self) -> None:
        """A bare name that is taken is refused to the letter of the protocol, and the server closes."""
        self.server.signs_in("Alice")
        self.alice.sends("alice")

        assert [
            {
                "status": "error",
                "sender": "SERVER",
                "receiver": "alice",
                "text": "Username already taken. Please try another.",
                "code": "username_taken",
            }
        ] == self.alice.hears()
        assert "half closed" == self.alice.wire.closing

    def test_what_can_be_no_name(self) -> None:
        """A first line without { is treated as a name, refused as one, and the server closes."""
        for line, code in (
            (b"", "invalid_name"),
            (b"SERVER", "invalid_name"),
            (b"two words", "invalid_name"),
            (b"GET / HTTP/1.1", "invalid_name"),
            (b' {"status":"register","sender":"Alice"}', "invalid_name"),
            (b"\xff\xfe", "invalid_format"),
            (b"\x16\x03\x01\x02", "invalid_name"),
        ):
            caller = self.server.is_called()
            caller.sends(line)

            assert ([code], "half closed") == (caller.hears_codes(), caller.wire.closing)
        assert [] == self.server.users()

    def test_after_a_refused_bare_name_nothing_is_done(self) -> None:
        """Further data, in the same chunk or later, is not a sign-in: the server is closing."""
        self.alice.sends("two words", "Alice", register("Alice"))
        self.alice.sends("Bob")

        assert (["invalid_name"], []) == (self.alice.hears_codes(), self.server.users())

    def test_a_refused_message_may_be_followed_by_another(self) -> None:
        """After a refusal to `register` the client may try again on the same connection, in either form."""
        bob = self.server.is_called()
        self.server.signs_in("Carol")
        for caller in (self.alice, bob):
            caller.sends(register("Carol"), register("SERVER"), register(""))
        self.alice.sends(register("Alice"))
        bob.sends("Bob")

        for caller in (self.alice, bob):
            assert ["username_taken", "invalid_name", "invalid_name"] == caller.hears_codes()
            assert "open" == caller.wire.closing
        assert ["Alice", "Bob", "Carol"] == self.server.users()

    def test_a_request_before_signing_in(self) -> None:
        """A client that sends a request first is told to sign in, and may do so."""
        self.alice.sends(ask("ping", id="7"), "{nonsense", register("Alice"))

        assert ["not_registered", "invalid_format"] == self.alice.hears_codes()
        assert ("7", ["Alice"]) == (self.alice.hears()[0]["id"], self.server.users())

    def test_a_long_line_before_signing_in(self) -> None:
        """A first line that is too long is refused like any other, and the next line is read."""
        self.alice.sends("x" * 70_000, "Alice")

        assert (["too_long"], ["Alice"]) == (self.alice.hears_codes(), self.server.users())

    def test_a_client_that_does_not_sign_in(self) -> None:
        """A connection that has not signed in within 30 s is told so and closed."""
        self.server.passes(29.9)
        before = self.alice.hears()
        self.server.passes(0.1)

        assert ([], ["timeout"]) == (before, self.alice.hears_codes())
        assert "half closed" == self.alice.wire.closing

    def test_trying_is_not_signing_in(self) -> None:
        """Sending anything else, or half a name, does not buy time."""
        self.alice.sends(ask("ping"))
        self.alice.sends_bytes(b"Ali")
        self.server.passes(30)

        assert ["not_registered", "timeout"] == self.alice.hears_codes()

    def test_a_client_that_was_too_late_leaves_nothing(self) -> None:
        """A connection that was told so leaves no timer when it is lost."""
        self.server.passes(30)
        self.alice.drops()

        assert [] == self.server.timers

    def test_slow_bytes_win_no_time(self) -> None:
        """A client that sends its name letter by letter gets no extra time."""
        for _ in range(30):
            self.alice.sends_bytes(b"A")
            self.server.passes(1)

        assert ["timeout"] == self.alice.hears_codes()

    def test_a_first_line_without_end_wins_no_time(self) -> None:
        """A first line that does not end is refused, and its time is over like any other's."""
        for _ in range(30):
            self.alice.sends_bytes(b"A" * 30_000)
            self.server.passes(1)

        assert ["too_long", "timeout"] == self.alice.hears_codes()

    def test_attempts_win_no_time(self) -> None:
        """A client that tries one name after the other, or sends nonsense, gets no extra time."""
        for number in range(30):
            self.alice.sends(register("" if number % 2 else "two words"), "{")
            self.server.passes(1)

        assert ["timeout"] == self.alice.hears_codes()[-1:]

    def test_a_client_that_has_to_wait_when_its_time_is_over(self) -> None:
        """A client that was too fast, and has not signed in, is hung up on while its requests wait."""
        server = Server(Limits(requests=Rate(2, 0.1)))
        mallory = server.is_called()
        mallory.sends(*[register("two words")] * 10)
        server.passes(30)
        codes = mallory.hears_codes()
        mallory.drops()

        assert (["timeout"], []) == (codes[-1:], server.timers)

    def test_the_time_to_sign_in_is_an_option(self) -> None:
        """An operator may grant more or less time."""
        server = Server(Limits(sign_in=5))
        caller = server.is_called()
        server.passes(5)

        assert ["timeout"] == caller.hears_codes()

    def test_a_client_that_has_signed_in_may_be_silent(self) -> None:
        """A client that has signed in may be silent for any time."""
        self.alice.sends(register("Alice"))
        self.server.passes(86_400)

        assert ([], "open") == (self.alice.hears_codes(), self.alice.wire.closing)

    def test_a_client_that_is_gone_already_is_not_late(self) -> None:
        """Refused connections that linger, and lost ones, are not told that they are late."""
        self.alice.sends("two words")
        self.server.passes(30)
        other = self.server.is_called()
        other.drops()
        self.server.passes(30)

        assert ["invalid_name"] == self.alice.hears_codes()
        assert [] == other.hears()

    def test_a_silent_connection_costs_nothing_when_it_is_lost(self) -> None:
        """No timer is left of a lost connection."""
        self.alice.drops()

        assert [] == self.server.timers


class ClassicWelcomeTests(SynchronousTestCase):
    """A classic client reads the answer with one recv(1024), and parses all of it as one object."""

    def setUp(self) -> None:
        """Start with a new server."""
        self.server = Server()
        (self.bob,) = self.server.signs_in("Bob")
        self.alice = self.server.is_called()

    def _bob_tells(self, *texts: str) -> None:
        self.bob.sends(*[ask("private", "Alice", text) for text in texts])
        self.server.turn()

    def test_it_is_short(self) -> None:
        """With the longest name the welcome is shorter than 1 024 bytes."""
        self.alice.sends("\U00010400" * 32)

        assert 1 == len(self.alice.hears("success"))
        assert len(self.alice.wire.value()) < 1024

    def test_it_travels_alone_for_a_second(self) -> None:
        """Nothing follows the welcome for a second; then all that waited does, in order."""
        self.alice.sends("Alice")
        self._bob_tells("one", "two")
        self.server.passes(0.99)
        before = self.alice.hears("private")
        self.server.passes(0.01)
        self._bob_tells("three")

        assert [] == before
        assert ["one", "two", "three"] == self.alice.hears_texts("private")

    def test_it_travels_alone_until_the_next_line(self) -> None:
        """A client that sends a line has read the welcome: what waited comes first, then the answer."""
        self.alice.sends("Alice")
        self._bob_tells("one")
        self.alice.sends(ask("ping"))

        assert ["Welcome to ClassChat, Alice!", "one", "pong"] == self.alice.hears_texts()

    def test_half_a_line_is_no_line(self) -> None:
        """The next line counts when it is complete."""
        self.alice.sends("Alice")
        self._bob_tells("one")
        self.alice.sends_bytes(b'{"status":')

        assert [] == self.alice.hears("private")

    def test_a_line_in_the_same_chunk_is_the_next_line(self) -> None:
        """A client that does not wait for the welcome gets everything at once."""
        self.alice.sends("Alice", ask("ping"))

        assert ["Welcome to ClassChat, Alice!", "pong"] == self.alice.hears_texts()

    def test_it_does_not_hold_up_others(self) -> None:
        """A client that sends a message to the new user gets its answer at once."""
        self.alice.sends("Alice")
        self.bob.sends(ask("private", "Alice", "one", id="7"))
        self.server.turn()

        assert ["7"] == [event["id"] for event in self.bob.hears("success")]

    def test_what_waits_is_bounded(self) -> None:
        """A new client that is sent more than a reader may be behind is a slow reader."""
        server = Server(Limits(behind=30_000).without_guard())
        (bob,) = server.signs_in("Bob")
        alice = server.is_called()
        alice.sends("Alice")
        for _ in range(4):
            bob.sends(ask("private", "Alice", "x" * 9_000))
            server.turn()

        assert ["Welcome to ClassChat, Alice!"] == alice.hears_texts("success")
        assert (["slow_reader"], ["Bob"]) == (alice.hears_codes(), server.users())

    def test_a_message_is_not_waited_for(self) -> None:
        """A client that signs in with a message can read several lines at once."""
        self.alice.sends(register("Alice"))
        self._bob_tells("one")

        assert ["one"] == self.alice.hears_texts("private")

    def test_a_client_that_is_lost_meanwhile_leaves_no_timer(self) -> None:
        """A new client that is lost within the second leaves no timer."""
        self.alice.sends("Alice")
        self.alice.drops()
        self.bob.drops()
        self.server.turn()

        assert [] == self.server.timers


class ConversationTests(SynchronousTestCase):
    """Lines in, a session in the middle, lines out."""

    def setUp(self) -> None:
        """Start with a new server."""
        self.server = Server()
        self.alice, self.bob = self.server.signs_in("Alice", "Bob")
        self.server.room("CS350", self.alice, self.bob)

    def test_a_message_on_the_wire(self) -> None:
        """A room's message has the fields of the protocol, for every member the same bytes."""
        self.alice.sends(ask("group", "CS350", "Hello"))
        self.server.turn()

        expected = {
            "status": "group",
            "sender": "Alice",
            "receiver": "CS350",
            "text": "Hello",
            "seq": 1,
            "time": NOW,
        }
        assert [expected] == self.alice.hears()
        assert self.alice.wire.value() == self.bob.wire.value()

    def test_what_is_read_in_one_turn_is_written_at_once(self) -> None:
        """The transport gets all of a batch's lines for a reader in one piece."""
        written = len(self.bob.wire.written)
        self.alice.sends(*[ask("group", "CS350", str(number)) for number in range(50)])
        self.server.turn()

        assert 1 == len(self.bob.wire.written) - written
        assert [str(number) for number in range(50)] == self.bob.hears_texts()

    def test_nonsense_costs_nothing(self) -> None:
        """Each line of noise has its refusal, and the conversation goes on."""
        self.alice.sends(
            b"", b"\xff", b"[]", b"{", ask("dance", id="6"), {"status": 5, "id": "7"}, ask("ping")
        )

        answers = self.alice.hears()
        codes = ["invalid_format"] * 4 + ["unknown_status", "invalid_format"]
        assert (codes, "pong") == (self.alice.hears_codes(), answers[-1]["text"])
        assert ["6", "7"] == [answer["id"] for answer in answers if "id" in answer]
        assert [] == self.bob.hears()

    def test_one_answer_for_each_id(self) -> None:
        """A request with an id, granted or refused, understood or not, is answered once under it."""
        requests = [
            ask("create", "R", id="create"),
            ask("create", "R", id="create again"),
            ask("leave", "R", id="leave"),
            ask("leave", "R", id="leave again"),
            ask("join", "nowhere", id="join"),
            ask("group", "CS350", "Hi", id="group"),
            ask("group", "CS350", "x" * 10_001, id="group too long"),
            ask("private", "Bob", "Hi", id="private"),
            ask("private", "Nobody", "Hi", id="private to no user"),
            ask("rooms", id="rooms"),
            ask("users", id="users"),
            ask("users", "nowhere", id="users of nowhere"),
            ask("ping", id="ping"),
            ask("register", id="register"),
            ask("dance", id="dance"),
            {"status": "group", "text": 5, "id": "no text"},
            {"id": "no status"},
            ask("quit", id="quit"),
        ]
        self.alice.sends(*requests)
        for _ in range(5):
            self.server.turn()

        answers = [event["id"] for event in self.alice.hears("success", "error")]
        assert sorted(request["id"] for request in requests) == sorted(answers)

    def test_the_longest_line(self) -> None:
        """A line of 65 536 bytes with its newline is read, one more byte is refused, in any chunks."""
        for size, codes, pongs in ((65_535, [], 1), (65_536, [], 1), (65_537, ["too_long"], 0)):
            for chunk in (1_000, 65_535, 65_536, 65_537, 100_000):
                padding = "x" * (size - len(json.dumps(ask("ping", more=""))) - 1)
                line = json.dumps(ask("ping", more=padding)).encode() + b"\n"
                assert size == len(line)
                self.alice.forgets()
                for start in range(0, size, chunk):
                    self.alice.sends_bytes(line[start : start + chunk])
                self.alice.sends(ask("ping"))

                assert (codes, pongs + 1) == (self.alice.hears_codes(), len(self.alice.hears("success")))

    def test_a_line_without_an_end(self) -> None:
        """Ten megabytes without a newline cost one refusal and little memory; then the next line is read."""
        chunk = b"x" * 65_536
        tracemalloc.start()
        for _ in range(160):
            self.alice.sends_bytes(chunk)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.alice.sends("", ask("ping"))

        assert (["too_long"], ["pong"]) == (self.alice.hears_codes(), self.alice.hears_texts("success"))
        assert peak < 1000000

    @given(st.lists(st.integers(min_value=0), max_size=30))
    def test_chunks_do_not_matter(self, places: list[int]) -> None:
        """A conversation has the same answers in whatever chunks it arrives."""
        stream = b"".join(
            json.dumps(line).encode() + b"\n"
            for line in (
                ask("ping", id="0"),
                register("Carol"),
                ask("create", "R", id="1"),
                ask("group", "R", "Zoë 🎉", id="2"),
                ask("dance", id="3"),
                ask("leave", "R", id="4"),
                ask("group", "R", "refused", id="5"),
                ask("quit", id="6"),
            )
        )
        server = Server(Limits(line=100))
        caller = server.is_called()
        edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
        for start, end in itertools.pairwise(edges):
            caller.sends_bytes(stream[start:end])
            server.turn()
        for _ in range(5):
            server.turn()

        answers = sorted((event["id"], event["status"]) for event in caller.hears() if "id" in event)
        outcomes = ["error", "success", "success", "error", "success", "error", "success"]
        assert list(zip("0123456", outcomes, strict=True)) == answers
        assert "half closed" == caller.wire.closing

    # Waiting.

    def test_nothing_is_read_while_a_command_waits(self) -> None:
        """From a join until it took effect the server reads no further command of that client."""
        self.alice.sends(ask("leave", "CS350"))
        during = self.alice.wire.producerState
        self.server.turn()

        assert ("paused", "producing") == (during, self.alice.wire.producerState)

    def test_buffered_commands_are_done_in_order(self) -> None:
        """Commands that arrive together with one that waits run afterwards, in order, and once."""
        self.alice.sends(
            ask("create", "R", id="1"),
            ask("group", "R", "in R", id="2"),
            ask("leave", "R", id="3"),
            ask("join", "R", id="4"),
            ask("ping", id="5"),
        )
        for _ in range(4):
            self.server.turn()

        assert ["1", "2", "3", "4", "5"] == [event["id"] for event in self.alice.hears("success")]
        assert (["Alice"], []) == (self.server.members("R"), self.alice.hears_codes())

    def test_two_hundred_lines_in_one_read_while_a_command_waits(self) -> None:
        """Many lines behind a command that waits, and later ones, run once and in order."""
        self.alice.sends(ask("leave", "CS350"), *[ask("ping", id=str(number)) for number in range(200)])
        before = self.alice.hears()
        self.alice.protocol.dataReceived(b'{"status":"ping","id":"200"}\n{"status":"pi')  # read already
        self.alice.sends_bytes(b'ng","id":"201"}\n')
        self.server.turn()

        assert [] == before
        assert [str(number) for number in range(202)] == [
            event["id"] for event in self.alice.hears("success") if "id" in event
        ]

    def test_a_command_that_need_not_wait_after_all(self) -> None:
        """If the journal has already settled, buffered commands still run once and in order."""

        class FastJournal(MemoryJournal):
            def settled(self) -> Deferred[None]:
                return succeed(None)

        server = Server(
            Limits(rooms_of_user=500).without_guard(), journal=lambda clock: FastJournal(clock, lambda: NOW)
        )
        (alice,) = server.signs_in("Alice")
        alice.sends(*[ask(status, f"R{number}") for number in range(500) for status in ("create", "ping")])

        assert (["pong"] * 500, 500) == (alice.hears_texts(), len(server.factory.rooms))

    def test_others_go_on_while_a_command_waits(self) -> None:
        """One client's waiting does not hold up other clients."""
        self.alice.sends(ask("leave", "CS350"), ask("ping"))
        self.bob.sends(ask("ping"))

        assert ([], ["pong"]) == (self.alice.hears_texts(), self.bob.hears_texts())

    def test_a_client_that_is_lost_while_a_command_waits_leaves_no_ghost(self) -> None:
        """Commands buffered behind it do not run, and leave no member and no user."""
        carol = self.server.is_called()
        carol.sends(
            register("Carol"),
            ask("join", "CS350"),
            ask("group", "CS350", "boo"),
            ask("quit"),
            register("Dave"),
        )
        carol.drops()
        for _ in range(5):
            self.server.turn()

        assert ["Carol has joined the chat room", "Carol has left the chat room"] == self.bob.hears_texts()
        assert (["Alice", "Bob"], ["Alice", "Bob"]) == (self.server.users(), self.server.members("CS350"))

    def test_bytes_after_the_connection_is_lost_are_no_sign_in(self) -> None:
        """A last chunk that the transport hands over too late is thrown away."""
        carol = self.server.is_called()
        carol.drops()
        carol.protocol.dataReceived(b"Carol\n")

        assert ["Alice", "Bob"] == self.server.users()

    # Vanishing.

    def test_a_client_that_is_lost_leaves_no_ghost(self) -> None:
        """A connection that ends is a quit: its rooms are told, and the name is free."""
        self.bob.drops()
        self.server.turn()
        self.server.signs_in("Bob")

        assert ["Alice"] == self.server.members("CS350")
        assert ["Alice", "Bob"] == self.server.users()

    def test_the_rooms_are_told_of_a_lost_client(self) -> None:
        """The members of each of the user's rooms are told that the user has left."""
        self.bob.drops()
        self.server.turn()

        assert ["Bob has left the chat room"] == self.alice.hears_texts()

    def test_a_client_that_hangs_up_while_being_written_to_leaves_no_ghost(self) -> None:
        """Clients that are lost in the middle of a delivery do not disturb it, and leave nothing."""
        (carol,) = self.server.signs_in("Carol")
        carol.sends(ask("join", "CS350"))
        self.server.turn()
        self.server.forgets()
        self.bob.drops_when_written_to()
        carol.drops_when_written_to()
        self.alice.sends(ask("group", "CS350", "Hello"))
        self.server.turn()
        self.server.turn()

        assert "Hello" == self.alice.hears_texts()[0]
        assert (["Alice"], ["Alice"]) == (self.server.users(), self.server.members("CS350"))

    def test_a_client_that_hangs_up_while_being_welcomed_leaves_no_ghost(self) -> None:
        """A client that is lost while its welcome is written, in either form, is not signed in."""
        for line in ("Carol", register("Carol")):
            carol = self.server.is_called()
            carol.drops_when_written_to()
            carol.sends(line)
            self.server.turn()

            assert ["Alice", "Bob"] == self.server.users()

    def test_a_client_that_hangs_up_while_being_refused_leaves_nothing(self) -> None:
        """A client that is lost while its refusal is written leaves no timer."""
        server = Server()
        caller = server.is_called()
        caller.drops_when_written_to()
        caller.sends("two words")

        assert [] == server.timers

    # Quitting.

    def test_a_quit(self) -> None:
        """The server hangs up on a client that quits, at first by half, and its rooms are told."""
        self.alice.sends(ask("quit"))
        self.server.turn()

        assert ("half closed", ["Bob"]) == (self.alice.wire.closing, self.server.users())
        assert ["Alice has left the chat room"] == self.bob.hears_texts()

    def test_a_client_that_quits_and_does_not_close_is_cut_off(self) -> None:
        """A client that keeps its half open has `limits.goodbye` seconds."""
        self.alice.sends(ask("quit"))
        self.server.passes(2)

        assert "aborted" == self.alice.wire.closing

    def test_after_a_quit_nothing_is_done(self) -> None:
        """Data after a quit is read and dropped."""
        self.alice.sends(ask("quit"), ask("group", "CS350", "boo"), register("Carol"))
        self.server.turn()
        self.alice.sends(ask("ping", id="7"), "x" * 70_000)
        self.server.turn()

        assert [] == self.alice.hears()
        assert (["Alice has left the chat room"], ["Bob"]) == (self.bob.hears_texts(), self.server.users())

    def test_a_quit_without_a_newline(self) -> None:
        """A classic client's last line has none: closing its half ends it."""
        self.alice.sends_bytes(json.dumps(ask("quit", id="7")).encode())
        self.alice.closes_its_half()
        self.server.turn()

        assert ["Goodbye"] == self.alice.hears_texts()
        assert ("closed", ["Bob"]) == (self.alice.wire.closing, self.server.users())

    def test_closing_a_half_is_a_quit(self) -> None:
        """A client that closes its half has quit, and the whole connection closes."""
        self.alice.closes_its_half()
        self.server.turn()

        assert ("closed", ["Bob"]) == (self.alice.wire.closing, self.server.users())
        assert ["Alice has left the chat room"] == self.bob.hears_texts()

    def test_a_client_that_closes_its_half_hears_the_rest(self) -> None:
        """All earlier requests, and a last line without a newline, are done and answered first."""
        self.alice.sends(ask("group", "CS350", "one", id="1"))
        self.alice.sends_bytes(json.dumps(ask("group", "CS350", "two", id="2")).encode())
        self.alice.closes_its_half()
        self.server.turn()

        assert ["1", "2"] == [event["id"] for event in self.alice.hears("success")]
        assert ["one", "two"] == self.bob.hears_texts()[:2]

    def test_a_client_that_closes_its_half_behind_a_command_that_waits(self) -> None:
        """A last line that has to wait is answered, then the connection closes."""
        self.alice.sends_bytes(json.dumps(ask("leave", "CS350", id="1")).encode())
        self.alice.closes_its_half()
        for _ in range(3):
            self.server.turn()

        assert ["You have left 'CS350'"] == self.alice.hears_texts()
        assert ("closed", ["Bob"]) == (self.alice.wire.closing, self.server.users())

    def test_half_a_name_is_none(self) -> None:
        """A line without a newline is no sign-in when the half is closed: it may be half a name."""
        carol = self.server.is_called()
        carol.sends_bytes(b"Caro")
        carol.closes_its_half()
        self.server.turn()

        assert ("closed", ["Alice", "Bob"]) == (carol.wire.closing, self.server.users())
        assert [] == carol.hears()

    def test_a_client_that_closes_its_half_in_a_line_that_is_too_long_has_left(self) -> None:
        """Closing a half is a quit also in the middle of a line that is being thrown away."""
        self.alice.sends_bytes(b"x" * 70_000)
        self.alice.closes_its_half()
        self.server.turn()

        assert ("closed", ["Bob"]) == (self.alice.wire.closing, self.server.users())

    def test_both_halves(self) -> None:
        """The connection is closed when both halves are, in either order."""
        self.alice.sends(ask("quit"))
        self.server.turn()
        self.alice.closes_its_half()
        self.alice.protocol.writeConnectionLost()

        assert "closed" == self.alice.wire.closing

    def test_what_is_left_of_a_conversation(self) -> None:
        """When all connections are lost, no timer and no user is left."""
        self.alice.sends(ask("quit"))
        self.server.turn()
        for caller in (self.alice, self.bob):
            caller.drops()
        self.server.turn()

        assert ([], []) == (self.server.timers, self.server.users())


class WaitingJournal(MemoryJournal):
    """Takes some time to recognize a person."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, lambda: NOW)
        self.found: Deferred[None] = Deferred()
        self.waits: Waits = somebody_waits

    async def recognize(self, name: str, token: str, waits: Waits = somebody_waits) -> Person | None:
        """Wait until the test has it found."""
        self.waits = waits
        await self.found
        return await super().recognize(name, token, waits)


class ComingBackTests(SynchronousTestCase):
    """A client that signs in with a token may have to wait until it is looked up."""

    def setUp(self) -> None:
        """Begin with a journal that takes its time."""
        self.server = Server(journal=WaitingJournal)
        self.alice = self.server.is_called()

    def _is_found(self) -> None:
        self.server.chat.journal.found.callback(None)
        self.server.turn()
        self.server.turn()

    def test_a_client_that_disconnects_waits_for_no_look_up(self) -> None:
        """From then on the journal need not look it up."""
        self.alice.sends(register("Alice", token=SOME))
        before = self.server.chat.journal.waits()
        self.alice.drops()

        assert (True, False) == (before, self.server.chat.journal.waits())

    def test_a_client_that_is_looked_up_has_not_signed_in(self) -> None:
        """Until then nothing is answered, nothing more is read, and the name is free."""
        self.alice.sends(register("Alice", token=SOME, id="1"), ask("ping", id="2"))
        during = self.alice.hears(), self.alice.wire.producerState, self.server.users()
        self._is_found()

        assert ([], "paused", []) == during
        assert ["1", "2"] == [event["id"] for event in self.alice.hears("success")]
        assert ("producing", ["Alice"]) == (self.alice.wire.producerState, self.server.users())

    def test_what_is_asked_meanwhile_is_done_after(self) -> None:
        """Lines that came with the first one, or later, are done in order once the client has signed in."""
        self.alice.sends(register("Alice", token=SOME, id="1"), ask("create", "R", id="2"))
        self.alice.sends(ask("group", "R", "Hello", id="3"))
        self._is_found()

        assert ["1", "2", "3"] == [event["id"] for event in self.alice.hears("success")]
        assert ["Alice"] == self.server.members("R")

    def test_a_client_that_hangs_up_meanwhile_leaves_no_ghost(self) -> None:
        """A connection that is lost before does not sign in, nor does what was buffered behind."""
        self.alice.sends(register("Alice", token=SOME), ask("create", "R"), register("Bob"))
        self.alice.drops()
        self._is_found()

        assert ([], 0, []) == (
            self.server.users(),
            len(self.server.factory.rooms),
            self.server.timers,
        )

    def test_a_client_that_says_no_more_meanwhile_has_left(self) -> None:
        """Closing a half is a quit that comes after what is waited for."""
        self.alice.sends(register("Alice", token=SOME, id="1"))
        self.alice.closes_its_half()
        self._is_found()

        assert (["1"], "closed") == ([event["id"] for event in self.alice.hears()], self.alice.wire.closing)
        assert [] == self.server.users()

    def test_being_looked_up_is_not_signing_in(self) -> None:
        """A client whose time is over meanwhile is told so, and is not signed in afterwards."""
        self.alice.sends(register("Alice", token=SOME))
        self.server.passes(30)
        self._is_found()

        assert (["timeout"], "half closed") == (self.alice.hears_codes(), self.alice.wire.closing)
        assert [] == self.server.users()

    def test_a_client_that_was_found_has_time(self) -> None:
        """A client that has signed in can't be too late."""
        self.alice.sends(register("Alice", token=SOME))
        self.server.passes(29)
        self._is_found()
        self.server.passes(60)

        assert ([], "open") == (self.alice.hears_codes(), self.alice.wire.closing)

    def test_a_client_that_is_refused_may_try_again(self) -> None:
        """A name that was taken meanwhile is refused with the request's `id`, and another name is granted."""
        self.alice.sends(register("Alice", token=SOME, id="1"))
        other = self.server.is_called()
        other.sends(register("alice"))
        self._is_found()
        self.alice.sends(register("Carol", id="2"))

        assert [("1", "username_taken"), ("2", None)] == [
            (event["id"], event.get("code")) for event in self.alice.hears()
        ]
        assert ["Carol", "alice"] == self.server.users()

    def test_a_client_that_was_refused_may_come_back(self) -> None:
        """A person whose name was taken during the look-up is still recognized when it is free again."""
        bob = self.server.is_called()
        bob.sends(register("Bob"))
        self.alice.sends(register("Alice"))
        token = self.alice.hears()[0]["token"]
        bob.sends(ask("private", "Alice", "a secret"))
        self.server.turn()
        self.alice.drops()
        again, other = self.server.is_called(), self.server.is_called()
        again.sends(register("Alice", token=token))
        other.sends(register("Alice"))
        self._is_found()
        other.drops()
        again.forgets()
        again.sends(register("Alice", token=token), ask("history", "Bob"))
        self.server.turn()

        assert ["a secret"] == again.hears_texts("private")
        assert token == again.hears("success")[0]["token"]

    def test_a_connection_that_hangs_is_taken_over(self) -> None:
        """A client with the token gets the name at once; the old connection is told why, and closed."""
        (bob,) = self.server.signs_in("Bob")
        self.alice.sends(register("Alice"))
        token = self.alice.hears()[0]["token"]
        self.server.room("CS350", bob, self.alice)
        again = self.server.is_called()
        again.sends(register("ALICE", token=token, id="1"))
        again.sends(ask("join", "CS350", id="2"))
        self.server.turn()
        self.alice.sends(ask("group", "CS350", "from the grave"))
        self.server.passes(2)
        closing = self.alice.wire.closing
        self.alice.drops()
        bob.sends(ask("private", "Alice", "Hello"))
        self.server.turn()

        assert (["taken_over"], "aborted") == (self.alice.hears_codes(), closing)
        assert [("1", token), ("2", None)] == [
            (event["id"], event.get("token")) for event in again.hears("success")
        ]
        assert ["Alice has left the chat room", "Alice has joined the chat room"] == bob.hears_texts()
        assert (["Hello"], ["Alice", "Bob"]) == (again.hears_texts("private"), self.server.users())

    def test_a_connection_that_does_not_read_is_taken_over(self) -> None:
        """A client whose old connection does not read any more signs in at once, too."""
        self.alice.sends(register("Alice"))
        token = self.alice.hears()[0]["token"]
        self.alice.stops_reading()
        self.alice.sends(*[ask("ping", id="x" * 60)] * 1000)
        again = self.server.is_called()
        again.sends(register("Alice", token=token))
        self.server.passes(2)

        assert (token, "aborted") == (again.hears()[0]["token"], self.alice.wire.closing)
        self.alice.drops()
        assert ["Alice"] == self.server.users()


class GoneTests(SynchronousTestCase):
    """A client that is gone when it is written to."""

    def test_a_classic_client_that_is_gone_when_it_asks(self) -> None:
        """What was held behind its welcome shows that it is gone; what it has asked is thrown away."""
        server = Server()
        (bob,) = server.signs_in("Bob")
        alice = server.is_called()
        alice.sends("Alice")
        bob.sends(ask("private", "Alice", "Hello"))
        server.turn()
        alice.drops_when_written_to()
        alice.sends(ask("ping"))
        server.turn()

        assert ["Bob"] == server.users()


class SlowReaderTests(SynchronousTestCase):
    """A slow reader hurts only itself."""

    def setUp(self) -> None:
        """Start with a new server."""
        self.server = Server(Limits(behind=20_000).without_guard())
        self.alice, self.bob, self.carol = self.server.signs_in("Alice", "Bob", "Carol")
        self.server.room("CS350", self.alice, self.bob, self.carol)
        self.bob.stops_reading()

    def _alice_says(self, count: int) -> None:
        for number in range(count):
            self.alice.sends(ask("group", "CS350", f"{number:05}" + "x" * 995))
            self.server.turn()

    def test_a_client_that_catches_up_misses_nothing(self) -> None:
        """A reader that was behind, and not too far, is sent everything in order."""
        self._alice_says(15)
        before = self.bob.hears()
        self.bob.reads_on()

        assert [] == before
        assert list(range(15)) == [int(text[:5]) for text in self.bob.hears_texts()]

    def test_a_client_that_is_too_far_behind_is_told_and_given_up(self) -> None:
        """It is told why, instead of all that it missed; its rooms are told; others miss nothing."""
        self._alice_says(30)
        self.bob.reads_on()

        assert (["slow_reader"], 2) == (self.bob.hears_codes(), len(self.bob.hears()))
        assert "half closed" == self.bob.wire.closing
        assert (["Alice", "Carol"],) * 2 == (self.server.users(), self.server.members("CS350"))
        assert (31, 31) == (len(self.alice.hears()), len(self.carol.hears()))

    def test_a_client_that_does_not_read_the_last_words_is_cut_off(self) -> None:
        """The memory that it holds is given back after `limits.goodbye` seconds."""
        self._alice_says(30)
        self.server.passes(1.9)
        before = self.bob.wire.closing
        self.server.passes(0.1)

        assert ("half closed", "aborted") == (before, self.bob.wire.closing)

    def test_the_operator_reads_why(self) -> None:
        """The console shows the reason of the disconnection."""
        self._alice_says(30)

        assert Disconnected("Bob", "slow_reader") in self.server.notices

    def test_a_slow_reader_that_asks_too_much_is_given_up(self) -> None:
        """Answers count as well: a client that sends requests and does not read is given up on."""
        self.bob.sends(*[ask("ping", "", "x" * 60, id="7" * 60) for _ in range(500)])
        self.bob.reads_on()

        assert (["slow_reader"], 1) == (self.bob.hears_codes(), len(self.bob.hears("success")))
        assert ["Alice", "Carol"] == self.server.users()

    def test_a_slow_reader_that_signs_in_at_the_last_moment_leaves_no_ghost(self) -> None:
        """A client whose welcome is the line too much is not signed in."""
        server = Server(Limits(behind=400).without_guard())
        caller = server.is_called()
        caller.stops_reading()
        caller.sends(ask("ping"), ask("ping"), register("Alice", id="7" * 60))
        caller.reads_on()

        assert ["not_registered", "slow_reader"] == caller.hears_codes()
        assert [] == server.users()

    def test_a_slow_reader_does_not_hold_up_the_shutting_down(self) -> None:
        """A client that does not read why the server closes is cut off like all others."""
        self._alice_says(19)
        done = self.server.factory.shut_down()
        self.server.passes(2)
        closing = [caller.wire.closing for caller in self.server.callers]
        for caller in self.server.callers:
            caller.drops()

        assert ["aborted"] * 3 == closing
        self.successResultOf(done)


class _BrokenCodec(JSONCodec):
    """Fails at events with one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def encode(self, events: list[Event]) -> bytes:
        """Return the lines of some events, unless one has the text."""
        if any(getattr(event, "text", "") == self._text for event in events):
            raise ZeroDivisionError("secret")
        return JSON.encode(events)


def _broken(text: str) -> list[Row]:
    """Return a table with one dialect, whose codec fails at events with one text."""

    class Broken(JSONLines):
        codec = _BrokenCodec(text)

    return [Row(recognizes, Broken)]


class CrashTests(SynchronousTestCase):
    """A bug is logged whole; the client is told `internal_error` and no more, and is hung up on."""

    def _assert_crashed(self, server: Server, error: type[Exception]) -> None:
        alice, bob = server.callers
        assert 1 == len(self.flushLoggedErrors(error))
        assert (["internal_error"], "half closed") == (alice.hears_codes(), alice.wire.closing)
        assert b"secret" not in alice.wire.value()
        assert (["Bob"], "open") == (server.users(), bob.wire.closing)

    def test_a_bug_in_a_command(self) -> None:
        """The client is told and hung up on; what it sent after the command is not done."""
        server = Server(dialects=_broken("pong"))
        alice, _ = server.signs_in("Alice", "Bob")
        alice.sends(ask("ping"), ask("ping"), ask("create", "R"))
        server.turn()

        self._assert_crashed(server, ZeroDivisionError)
        assert 0 == len(server.factory.rooms)

    def test_a_bug_in_what_is_waited_for(self) -> None:
        """A command that fails while it is waited for ends the same way."""

        class BrokenJournal(MemoryJournal):
            def settled(self) -> Deferred[None]:
                return fail(ZeroDivisionError("secret"))

        server = Server(journal=lambda clock: BrokenJournal(clock, lambda: NOW))
        alice, _ = server.signs_in("Alice", "Bob")
        alice.sends(ask("create", "R"), ask("ping"))
        server.turn()

        self._assert_crashed(server, ZeroDivisionError)

    def test_a_bug_in_a_buffered_command(self) -> None:
        """A bug in what was buffered behind a command that waited is caught as well."""
        server = Server(dialects=_broken("pong"))
        alice, _ = server.signs_in("Alice", "Bob")
        alice.sends(ask("create", "R"), ask("ping"))
        server.turn()

        self._assert_crashed(server, ZeroDivisionError)

    def test_a_bug_in_a_dialect(self) -> None:
        """A dialect that fails at a client's bytes, or at its next request, ends only that connection."""

        class Broken(JSONLines):
            def feed(self, data: bytes) -> None:
                if b"feed" in data:
                    raise ZeroDivisionError("secret")
                super().feed(data)

            def next(self) -> Command:
                if b"next" in self.pending[-1]:
                    raise ZeroDivisionError("secret")
                return super().next()

        for line in ("feed", "next"):
            server = Server(dialects=[Row(recognizes, Broken)])
            alice, _ = server.signs_in("Alice", "Bob")
            alice.sends(line, ask("create", "R"))
            server.turn()

            self._assert_crashed(server, ZeroDivisionError)
            assert 0 == len(server.factory.rooms)

    def test_a_bug_in_a_dialect_at_the_end(self) -> None:
        """A dialect that fails when the client closes its half ends only that connection."""

        class Broken(JSONLines):
            def end(self) -> None:
                raise ZeroDivisionError("secret")

        server = Server(dialects=[Row(recognizes, Broken)])
        alice, bob = server.signs_in("Alice", "Bob")
        alice.closes_its_half()

        assert 1 == len(self.flushLoggedErrors(ZeroDivisionError))
        assert (["internal_error"], "closed") == (alice.hears_codes(), alice.wire.closing)
        assert (["Bob"], "open") == (server.users(), bob.wire.closing)

    def test_a_bug_in_a_dialect_that_is_chosen_late(self) -> None:
        """A dialect that fails at first bytes whose time is over ends only that connection."""

        class Broken(JSONLines):
            def feed(self, data: bytes) -> None:
                raise ZeroDivisionError("secret")

        rows = [Row(_is_shouting, Shouting, most=5), Row(recognizes, Broken)]
        server = Server(dialects=rows)
        alice = server.is_called()
        alice.sends_bytes(b"SHO")
        server.passes(1)

        assert 1 == len(self.flushLoggedErrors(ZeroDivisionError))
        assert (["internal_error"], "half closed") == (alice.hears_codes(), alice.wire.closing)

    def test_a_bug_in_another_clients_delivery(self) -> None:
        """A batch that can't be delivered is logged, and ends no connection."""
        server = Server(dialects=_broken("boo"))
        alice, bob = server.signs_in("Alice", "Bob")
        alice.sends(ask("private", "Bob", "boo"))
        server.turn()
        alice.sends(ask("private", "Bob", "Hello"))
        server.turn()

        assert 1 == len(self.flushLoggedErrors(ZeroDivisionError))
        assert (["Hello"], "open") == (bob.hears_texts(), alice.wire.closing)


class Shouting:
    """A dialect that begins with `SHOUT`, for tests: each byte after that is a ping."""

    codec = JSON
    one_answer = False

    def __init__(self, limits: Limits) -> None:
        self.pending: list[Command] = []
        self._greeting = len(b"SHOUT")

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        said = data[self._greeting :]
        self._greeting -= len(data) - len(said)
        self.pending += [Ping()] * len(said)

    def end(self) -> None:
        """End."""
        self.pending.append(Quit())

    def next(self) -> Command:
        """Return a ping."""
        return self.pending.pop(0)

    def signed_in(self) -> None:
        """Go on."""

    def clear(self) -> None:
        """Forget all pings."""
        self.pending.clear()


def _is_shouting(prefix: bytes) -> bool | None:
    return prefix == b"SHOUT" if len(prefix) == 5 else (None if b"SHOUT".startswith(prefix) else False)


class SniffingTests(SynchronousTestCase):
    """Which dialect a connection speaks, where that takes more than one byte."""

    def setUp(self) -> None:
        """Begin with a server that speaks two dialects, with and without TLS."""
        rows = (Row(_is_shouting, Shouting, most=5), *DIALECTS)
        self.server = Server(Limits(first_bytes=2.0).without_guard(), encryption=encrypting(), dialects=rows)
        self.caller = self.server.is_called()

    def test_the_other_dialect(self) -> None:
        """A connection that begins like another dialect speaks it, from its first byte on."""
        self.caller.sends_bytes(b"SHOUT!")

        assert ["not_registered"] == self.caller.hears_codes()

    def test_in_pieces(self) -> None:
        """The first bytes may come one by one, within the time for them."""
        for byte in b"SHOUT!!":
            self.caller.sends_bytes(bytes([byte]))

        assert ["not_registered"] * 2 == self.caller.hears_codes()

    def test_a_line_that_begins_alike(self) -> None:
        """A bare name that begins like another dialect is a bare name as soon as it differs."""
        self.caller.sends_bytes(b"SHOU")
        before = self.caller.hears()
        self.caller.sends("LD")

        assert ([], ["SHOULD"]) == (before, self.server.users())

    def test_a_name_that_waits(self) -> None:
        """A beginning that stays undecided belongs to the last dialect of the table when its time is over."""
        self.caller.sends_bytes(b"SHO")
        self.server.passes(2)
        self.caller.sends_bytes(b"UT\n")

        assert ["SHOUT"] == self.server.users()

    def test_silence_has_all_the_time_to_sign_in(self) -> None:
        """The time for the first bytes begins with the first of them."""
        self.server.passes(29)
        self.caller.sends_bytes(b"SHOUT!")

        assert ["not_registered"] == self.caller.hears_codes()

    def test_an_end_in_the_first_bytes(self) -> None:
        """A client that ends in undecided bytes has quit."""
        self.caller.sends_bytes(b"SHO")
        self.caller.closes_its_half()
        self.server.turn()

        assert ("closed", []) == (self.caller.wire.closing, self.caller.hears())

    def test_inside_tls(self) -> None:
        """Data inside TLS is sniffed again, and its first bytes may come in pieces as well."""
        caller = self.server.is_called_with_tls()
        for byte in b"SHOUT!":
            caller.sends_bytes(bytes([byte]))

        assert ["not_registered"] == caller.hears_codes()

    def test_small_records_count_once(self) -> None:
        """Small records of undecided first bytes are not counted again when the time for these is over."""
        rows = (Row(_is_shouting, Shouting, most=5), *DIALECTS)
        for burst in range(1, 1000):  # the handshake has some small records as well
            limits = Limits(small_records=Rate(burst, 0.001), sign_in=1e6)
            server = Server(limits, encryption=encrypting(), dialects=rows)
            caller = server.is_called_with_tls()
            caller.sends_bytes(b"S")
            if caller.wire.producerState == "producing":
                break
        server.passes(2)

        assert (True, "producing") == (burst > 1, caller.wire.producerState)

    def test_undecided_bytes_leave_no_timer(self) -> None:
        """A connection that is lost, or hung up on, in its first bytes leaves nothing."""
        late = self.server.is_called()
        for caller in (self.caller, late):
            caller.sends_bytes(b"SHO")
        self.caller.drops()
        self.server.factory.shut_down()
        late.drops()

        assert [] == self.server.timers


_LINES = [
    b"Alice",
    b"SERVER",
    b"\xff",
    b"",
    b"x" * 300,
    b"{",
    b'{"status":"dance","id":"1"}',
    json.dumps(register("Alice", id="2")).encode(),
    json.dumps(ask("create", "R", id="3")).encode(),
    json.dumps(ask("group", "R", "Zoë", id="4")).encode(),
    json.dumps(ask("leave", "R", id="5")).encode(),
    json.dumps(ask("ping", id="6")).encode(),
    json.dumps(ask("quit", id="7")).encode(),
]


@cache
def _encryption() -> Encryption:
    """Return one certificate for all examples: to make it takes long."""
    return encrypting()


def _answers(pieces: list[bytes], *, tls: bool) -> tuple[list[str], str]:
    """Return all answers to a client that sends these pieces, and how its connection is closed."""
    server = Server(Limits(line=200).without_guard(), encryption=_encryption())
    caller = server.is_called_with_tls() if tls else server.is_called()
    for piece in pieces:
        if caller.wire.closing == "open":
            caller.sends_bytes(piece)
        server.turn()
    closing = caller.wire.closing
    if closing == "open":
        caller.has_said_all() if isinstance(caller, EncryptedCaller) else caller.closes_its_half()
    server.passes(0)
    server.passes(0)
    answers = [json.dumps(event | {"token": "", "epoch": ""}, sort_keys=True) for event in caller.hears()]
    ends = caller.wire.closing
    caller.drops()
    server.turn()
    assert ([], []) == (server.users(), server.timers)
    return sorted(answers), f"{closing}, {ends}"


class HalfCloseTests(SynchronousTestCase):
    """A client may close its half, or vanish, after any byte that it sends."""

    def _stream(self, caller: Caller) -> bytes:
        """Return what a client sends to sign in and make a room; with TLS, to begin the handshake."""
        if isinstance(caller, EncryptedCaller):
            with pytest.raises(SSL.WantReadError):
                caller.tls.do_handshake()
            return caller.tls.bio_read(65_536)
        lines = register("Alice"), ask("create", "R"), ask("group", "R", "Zoë")
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

    def _caller(self, server: Server, *, tls: bool) -> Caller:
        caller = EncryptedCaller(server) if tls else server.is_called()
        server.callers.append(caller)
        return caller

    def test_at_any_byte(self) -> None:
        """The connection is closed whole, and neither a user nor a timer is left of it."""
        encryption = encrypting(Plaintext.LOCAL)
        for tls in (False, True):
            size = len(self._stream(self._caller(Server(), tls=tls)))
            for end in range(0, size + 1, 1 if size < 250 else 7):
                server = Server(encryption=encryption)
                caller = self._caller(server, tls=tls)
                Caller.sends_bytes(caller, self._stream(caller)[:end])
                caller.closes_its_half()
                for _ in range(3):
                    server.turn()
                closing = caller.wire.closing
                caller.drops()
                server.turn()

                assert ("closed", [], []) == (closing, server.users(), server.timers)

    def test_lost_at_any_byte(self) -> None:
        """A connection that is lost after any byte leaves neither a user nor a timer."""
        encryption = encrypting(Plaintext.LOCAL)
        for tls in (False, True):
            size = len(self._stream(self._caller(Server(), tls=tls)))
            for end in range(0, size + 1, 7):
                server = Server(encryption=encryption)
                caller = self._caller(server, tls=tls)
                Caller.sends_bytes(caller, self._stream(caller)[:end])
                caller.drops()
                for _ in range(3):
                    server.turn()

                assert ([], []) == (server.users(), server.timers)


class AnyChunkingTests(SynchronousTestCase):
    """A client's data has the same effect in any pieces."""

    @given(
        st.lists(st.sampled_from(_LINES), max_size=8),
        st.sampled_from([b"", b"Ali", b'{"status":"quit","id":"8"}', b"y" * 250]),
        st.lists(st.integers(0, 2_000), max_size=20),
        st.booleans(),
    )
    def test_the_same_answers(self, sent: list[bytes], rest: bytes, places: list[int], tls: bool) -> None:
        """In one piece or in many, in plain text or in TLS, the answers and the end are the same."""
        stream = b"".join(line + b"\n" for line in sent) + rest
        edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
        pieces = [stream[start:end] for start, end in itertools.pairwise(edges)]

        assert _answers([stream], tls=False) == _answers(pieces, tls=tls)
