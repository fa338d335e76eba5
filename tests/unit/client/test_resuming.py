"""The client after a lost connection: what is sent again, what is shown, and how it ends."""

from __future__ import annotations

from itertools import islice
from typing import Any

from msgspec.structs import replace
from twisted.internet import error
from twisted.trial.unittest import SynchronousTestCase

from classchat.client.link.link import new_ids
from classchat.client.link.trust import NotSecure, Untrusted
from classchat.messages import Error, Group, Private, Success
from tests.unit.client.helpers import ERASE, Client, Server, granted, refused

PLACE = "127.0.0.1:5555"
LOST = f"[CLIENT] Connection lost: reconnecting to {PLACE}"
BACK = f"[CLIENT] Reconnected to {PLACE}"
DISCONNECTED = "[CLIENT] Disconnected from server"
GIVEN_UP = "[ERROR] Could not reconnect within 300 seconds"
FIRST_DELAY = 0.85


def joined(id: str | None, seq: int = 0, epoch: str | None = "e1", **more: Any) -> Success:
    """Return the answer of a server with a journal to a join of CS350."""
    return Success("SERVER", "Alice", "You have joined 'CS350'", id=id, seq=seq, epoch=epoch, **more)


def stops(id: str) -> Error:
    """Return a refusal of a server that is about to stop."""
    return Error("SERVER", "Alice", "The server is shutting down.", id=id, code="shutting_down")


def said(seq: int, text: str, replay: bool = False) -> Group:
    """Return a message of Bob in CS350."""
    return Group("Bob", "CS350", text, seq=seq, time="1970-01-01T10:04:00.000Z", replay=replay)


def told(seq: int, text: str, replay: bool = False, time: str = "1970-01-01T10:04:00.000Z") -> Private:
    """Return a private message of Bob to Alice."""
    return Private("Bob", "Alice", text, seq=seq, time=time, replay=replay)


def greeting(
    token: str | None = "t1",  # noqa: S107
    epoch: str | None = "e1",
    **more: Any,
) -> Success:
    """Return the welcome of a server with a journal to Alice."""
    return Success(
        "SERVER",
        "Alice",
        "Welcome to ClassChat, Alice!",
        server="ClassChat 0.1",
        token=token,
        epoch=epoch,
        **more,
    )


class ResumingTestCase(SynchronousTestCase):
    """Alice is signed in at a server with a journal."""

    person = False
    retry = 300.0

    def setUp(self) -> None:
        """Sign in."""
        self.client = Client(person=self.person, retry=self.retry)
        self.client.starts()
        self.server = self.client.reaches()
        self.server.tells(greeting())
        self.server.forgets()
        self.client.clears_screen()

    def joins(self, seq: int = 0) -> None:
        """Be in CS350, with so many messages."""
        self.client.types("/join CS350")
        self.server.tells(joined(self.server.hears[-1]["id"], seq))
        self.server.forgets()
        self.client.clears_screen()

    def loses(self) -> None:
        """Lose the server."""
        self.server.hangs_up()

    def waits_for_a_call(self) -> None:
        """Advance the clock until the next call."""
        calls = len(self.client.calls)
        for _ in range(400):
            if len(self.client.calls) > calls:
                return
            self.client.waits(0.05)
        raise AssertionError("no server is called")

    def calls_again(self) -> Server:
        """Connect the next call to a server."""
        self.waits_for_a_call()
        self.server = self.client.reaches()
        return self.server

    def returns(self, *answers: Any, **more: Any) -> None:
        """Be welcome again, and rejoin all rooms."""
        self.calls_again()
        self.welcomes_again(*answers, **more)

    def fails_to_call(self) -> None:
        """Make the next call fail."""
        factory = self.client.reactor.tcpClients[-1][2]
        factory.clientConnectionFailed(self.client.reactor.connectors[-1], error.ConnectionRefusedError())

    def welcomes_again(self, *answers: Any, name: str = "Alice", **more: Any) -> None:
        """Get a welcome from the server that was reached."""
        self.server.tells(replace(greeting(**more), receiver=name))
        for request in self.server.hears[1:]:
            match request:
                case {"status": "join", "id": id}:
                    self.server.tells(joined(id))
                case {"status": "ping", "id": id}:
                    self.server.tells(*answers, granted(id, "pong"))

    def asked(self, *names: str) -> list[tuple[str, ...]]:
        """The requests, with some of their fields."""
        return [tuple(str(request.get(name)) for name in ("status", *names)) for request in self.server.hears]

    def ends(self) -> None:
        """End: let the client leave."""
        self.client.shuts_down()
        if self.client.reactor.getDelayedCalls():
            self.client.waits(2.1)
        self.client.reads_everything()


class ReturningTests(ResumingTestCase):
    """From losing the server to being connected again."""

    def test_says_so_and_calls_again(self) -> None:
        """A lost connection is reported once, and the client calls again after a moment."""
        self.loses()
        self.client.waits(FIRST_DELAY - 0.1)
        before = len(self.client.calls)
        self.client.waits(0.2)

        assert [LOST] == self.client.lines
        assert (1, 2) == (before, len(self.client.calls))
        assert self.client.exit_code is None

    def test_waits_longer_each_time(self) -> None:
        """Calls without success become rarer, up to one every fifteen seconds."""
        self.loses()
        delays, last = [], self.client.reactor.seconds()
        for _ in range(9):
            self.waits_for_a_call()
            delays.append(self.client.reactor.seconds() - last)
            self.fails_to_call()
            last = self.client.reactor.seconds()

        assert delays == sorted(delays)
        assert delays[0] < 1
        assert 15 <= delays[-1] < 16
        assert [LOST] == self.client.lines

    def test_signs_in_again(self) -> None:
        """The client signs in with its token, and names the last message of each private conversation."""
        self.server.tells(told(4, "one"), told(5, "two"), Private("Zoë", "Alice", "x", seq=2, time="t"))
        self.loses()
        self.calls_again()

        assert [
            {
                "status": "register",
                "sender": "Alice",
                "receiver": "",
                "text": "",
                "token": "t1",
                "since": {"epoch": "e1", "seq": 0, "seqs": {"Bob": 5, "Zoë": 2}},
            }
        ] == self.server.hears

    def test_signs_in_again_under_another_name(self) -> None:
        """The client comes back under the name that it has by then, and so do its partners."""
        self.server.tells(Private("Bob", "Alice", "x", seq=2, time="t"))
        self.server.tells(
            Private("SERVER", "Alice", "Bob is now called Zoë", event="renamed", user="Bob", name="Zoë")
        )
        self.client.types("/nick carol")
        self.server.tells(Success("SERVER", "Carol", "You are now called Carol", id="1"))
        self.loses()
        self.calls_again()
        (register,) = self.server.hears

        assert ("Carol", {"Zoë": 2}) == (register["sender"], register["since"]["seqs"])
        assert ["[SERVER] Bob is now called Zoë", "[SUCCESS] You are now called Carol"] == [
            line for line in self.client.lines if "called" in line
        ]

    def test_the_answer_to_a_rename_was_lost(self) -> None:
        """The client learns its name from the welcome, and sends the request again."""
        self.client.types("/nick Carol")
        self.loses()
        self.calls_again()
        self.welcomes_again(name="Carol")
        first = self.server.hears[0]["sender"]
        again = self.server.hears[-1]
        self.loses()
        self.calls_again()

        assert ("Alice", ("rename", "Carol")) == (first, (again["status"], again["text"]))
        assert "Carol" == self.server.hears[0]["sender"]

    def test_rejoins(self) -> None:
        """The client rejoins each room with its last message, and then sends a ping."""
        self.joins(7)
        self.server.tells(said(8, "one"))
        self.loses()
        self.calls_again().tells(greeting())
        _, join, ping = self.server.hears

        assert ("join", "CS350", {"epoch": "e1", "seq": 8}) == (
            join["status"],
            join["receiver"],
            join["since"],
        )
        assert "ping" == ping["status"]

    def test_what_a_server_that_stops_refuses(self) -> None:
        """A request that is refused with `shutting_down` is not done: the next server gets it, as new."""
        self.joins()
        self.client.types("/group CS350 Hello", "/broadcast Lunch")
        asked = self.asked("text", "id")
        for request in self.server.hears:
            self.server.tells(stops(request["id"]))
        self.loses()
        self.returns()

        assert asked == self.asked("text", "id")[3:]
        assert [LOST, f"{BACK}: back in CS350"] == self.client.lines

    def test_a_server_that_stops_while_the_client_comes_back(self) -> None:
        """A room that can't be rejoined because the server stops is rejoined at the next one."""
        self.joins()
        self.loses()
        self.calls_again().tells(greeting())
        _, join, ping = self.server.hears
        self.server.tells(stops(join["id"]), granted(ping["id"], "pong"))
        self.loses()
        self.returns()

        assert ["register", "join", "ping"] == [request["status"] for request in self.server.hears]
        assert [LOST, BACK, LOST, f"{BACK}: back in CS350"] == self.client.lines

    def test_does_not_go_where_it_was_put_out(self) -> None:
        """A room that the user was removed from is not rejoined, until the user joins it again."""
        put_out = Error("SERVER", "Alice", "You have been put out", code="kicked", room="cs350")
        self.joins(7)
        self.server.tells(put_out)
        self.loses()
        self.calls_again().tells(greeting())
        asked = [request["status"] for request in self.server.hears]
        self.server.tells(granted(self.server.hears[-1]["id"], "pong"))
        self.joins(9)
        self.loses()
        self.calls_again().tells(greeting())

        assert ["register", "ping"] == asked
        assert ["register", "join", "ping"] == [request["status"] for request in self.server.hears]

    def test_tells_nobody_twice(self) -> None:
        """A broadcast has no number by which it would be known again."""
        self.client.types("/broadcast Lunch", "/kick CS350 Bob")
        self.loses()
        self.returns()

        assert ["register", "ping", "kick"] == [request["status"] for request in self.server.hears]
        assert "[CLIENT] Not confirmed: /broadcast Lunch" in self.client.lines

    def test_says_what_it_did(self) -> None:
        """After reconnecting the rooms and the number of repeated requests are shown."""
        self.joins()
        self.client.types("/group CS350 Hello", "/private Bob Hey")
        self.loses()
        self.returns()

        assert [LOST, f"{BACK}: back in CS350, 2 requests sent again"] == self.client.lines

    def test_says_little_if_it_did_little(self) -> None:
        """Without rooms and requests only the connection is shown."""
        self.loses()
        self.returns()

        assert [LOST, BACK] == self.client.lines

    def test_sends_again_in_order_with_the_same_ids(self) -> None:
        """Unanswered requests are repeated as they were, in order, after rejoining the room."""
        self.joins()
        self.client.types("/group CS350 1", "/private Bob 2", "/group CS350 3")
        first = self.asked("text", "id")
        self.server.tells(granted(self.server.hears[1]["id"]))
        self.loses()
        self.calls_again().tells(greeting())
        join, ping = self.server.hears[1:]
        self.server.forgets()
        self.server.tells(joined(join["id"]))
        before = self.server.hears
        self.server.tells(granted(ping["id"], "pong"))

        assert [] == before
        assert [first[0], first[2]] == self.asked("text", "id")

    def test_what_is_typed_meanwhile(self) -> None:
        """Lines typed while the server is away are sent after reconnecting, after earlier requests."""
        self.joins()
        self.client.types("/group CS350 1")
        self.loses()
        self.client.types("/group CS350 2")
        self.calls_again().tells(greeting())
        self.client.types("/group CS350 3")
        join, ping = self.server.hears[1:]
        self.server.tells(joined(join["id"]), granted(ping["id"], "pong"))

        assert ["1", "2", "3"] == self.server.texts[3:]
        assert f"{BACK}: back in CS350, 1 request sent again" == self.client.lines[-1]

    def test_missed_messages_are_shown_once(self) -> None:
        """Missed messages are shown with their times; known ones are not shown again."""
        self.joins(7)
        self.server.tells(said(8, "eight"), told(1, "Hey"))
        self.loses()
        self.calls_again().tells(greeting(), told(1, "Hey", True), told(2, "You?", True))
        join, ping = self.server.hears[1:]
        self.server.tells(
            joined(join["id"], 10),
            said(8, "eight", True),
            said(9, "nine", True),
            said(10, "ten", True),
            Group("SERVER", "CS350", "Alice has joined the chat room"),
            granted(ping["id"], "pong"),
            said(11, "eleven"),
        )

        assert [
            "[CS350 - Bob] eight",
            "[Private from Bob] Hey",
            LOST,
            "[Private from Bob] (10:04) You?",
            "[CS350 - Bob] (10:04) nine",
            "[CS350 - Bob] (10:04) ten",
            "[CS350] Alice has joined the chat room",
            f"{BACK}: back in CS350",
            "[CS350 - Bob] eleven",
        ] == self.client.lines

    def test_new_person_of_a_known_name(self) -> None:
        """A new user with a known name starts a new count, and all messages are shown."""
        self.server.tells(told(12, "old"), told(1, "new", time="1970-01-02T10:00:00.000Z"))
        self.loses()
        self.returns(told(2, "newer", True, "1970-01-02T10:01:00.000Z"))

        assert [
            "[Private from Bob] old",
            "[Private from Bob] new",
            LOST,
            "[Private from Bob] (1970-01-02 10:01) newer",
            BACK,
        ] == self.client.lines

    def test_gap(self) -> None:
        """If more was missed than is replayed, a line says how much, and how to see it."""
        self.joins(7)
        self.loses()
        self.calls_again().tells(greeting(gap=True, missed=1))
        join, ping = self.server.hears[1:]
        self.server.tells(
            joined(join["id"], 1221, gap=True, missed=214), said(222, "x", True), granted(ping["id"])
        )

        assert [
            LOST,
            "[CLIENT] 1 private message missed. To read them: /history <username>",
            "[CS350] 214 messages missed here. To read them: /history CS350",
            "[CS350 - Bob] (10:04) x",
            f"{BACK}: back in CS350",
        ] == self.client.lines

    def test_gap_is_told_once(self) -> None:
        """Deleted messages are not asked for again."""
        self.joins(7)
        self.loses()
        self.calls_again().tells(greeting())
        join, ping = self.server.hears[1:]
        self.server.tells(joined(join["id"], 20, gap=True, missed=13), granted(ping["id"]))
        self.loses()
        self.calls_again().tells(greeting())

        assert {"epoch": "e1", "seq": 20} == self.server.hears[1]["since"]

    def test_another_journal(self) -> None:
        """With a new journal the number of missed messages is unknown, and counting starts over."""
        self.joins(7)
        self.loses()
        self.calls_again().tells(greeting("t2", "e2", gap=True))
        join, ping = self.server.hears[1:]
        self.server.tells(joined(join["id"], 3, "e2", gap=True), granted(ping["id"]), said(4, "four"))
        self.loses()
        self.calls_again().tells(greeting("t2", "e2"))

        assert [
            LOST,
            "[CLIENT] Private messages may have been missed. To read them: /history <username>",
            "[CS350] Messages may be missing here. To read them: /history CS350",
            f"{BACK}: back in CS350",
            "[CS350 - Bob] four",
            LOST,
        ] == self.client.lines
        assert {"epoch": "e2", "seq": 4} == self.server.hears[1]["since"]
        assert "t2" == self.server.hears[0]["token"]

    def test_another_journal_is_not_told_again(self) -> None:
        """Messages that may have been said are not repeated to a new journal: they are marked.

        Requests that were never sent, or can be done twice, are sent.
        """
        self.joins()
        self.client.types("/group CS350 maybe", "/rooms")
        self.loses()
        self.client.types("/group CS350 surely")
        self.calls_again().tells(greeting("t2", "e2"))
        join, ping = self.server.hears[1:]
        self.server.tells(joined(join["id"], 0, "e2"), granted(ping["id"]))

        assert "[CLIENT] Not confirmed: /group CS350 maybe" in self.client.lines
        assert [("rooms", ""), ("group", "surely")] == self.asked("text")[3:]

    def test_room_that_is_gone(self) -> None:
        """A room that can't be rejoined is reported; messages for it are marked."""
        self.joins()
        self.client.types("/group CS350 Hello")
        self.loses()
        self.calls_again().tells(greeting())
        join, ping = self.server.hears[1:]
        no_room = "Chat room 'CS350' does not exist"
        self.server.tells(refused(join["id"], no_room), granted(ping["id"]))
        self.server.tells(refused(self.server.hears[-1]["id"], no_room))
        self.loses()
        self.calls_again().tells(greeting())

        assert [
            LOST,
            f"[CLIENT] You are no longer in CS350: {no_room}",
            f"{BACK}: 1 request sent again",
            f"[ERROR] {no_room}",
            "[CLIENT] Not sent: /group CS350 Hello",
            LOST,
        ] == self.client.lines
        assert ["register", "ping"] == [request["status"] for request in self.server.hears]

    def test_left_room_is_not_rejoined(self) -> None:
        """The client rejoins exactly the rooms that it was in."""
        self.joins()
        self.client.types("/leave cs350")
        self.server.tells(granted(self.server.hears[-1]["id"]))
        self.loses()
        self.calls_again().tells(greeting())

        assert ["register", "ping"] == [request["status"] for request in self.server.hears]

    def test_room_that_was_made_already(self) -> None:
        """A `create` whose answer was lost becomes a `join`; later requests wait for it."""
        self.client.types("/create CS350", "/group CS350 Hello")
        self.loses()
        self.returns()
        create = self.server.hears[2]
        after_create = len(self.server.hears)
        self.server.tells(Error("SERVER", "Alice", "exists", code="room_exists", id=create["id"]))

        assert ("create", 3) == (create["status"], after_create)
        assert [("join", "CS350"), ("group", "CS350")] == self.asked("receiver")[3:]

    def test_room_that_is_made_again(self) -> None:
        """A `create` that was not done is done now, and then later requests."""
        self.client.types("/create CS350", "/group CS350 Hello")
        self.loses()
        self.returns()
        self.server.tells(joined(self.server.hears[2]["id"]))

        assert [("create", "CS350"), ("group", "CS350")] == self.asked("receiver")[2:]
        assert "[SUCCESS] You have joined 'CS350'" == self.client.lines[-1]

    def test_lost_again_on_the_way_back(self) -> None:
        """A connection that is lost again during the catch-up starts it over; nothing is lost."""
        self.joins(7)
        self.client.types("/group CS350 Hello")
        self.loses()
        self.calls_again().tells(greeting())
        self.loses()
        self.calls_again()
        self.loses()
        self.returns()

        assert [LOST, f"{BACK}: back in CS350, 1 request sent again"] == self.client.lines
        assert "Hello" == self.server.texts[-1]

    def test_server_without_a_journal(self) -> None:
        """With a server without numbers the client rejoins, but repeats no message."""
        self.client = Client(person=False, retry=300)
        self.client.starts()
        self.server = self.client.reaches()
        self.server.tells(greeting(None, None))
        self.client.types("/join CS350")
        self.server.tells(joined("1", 0, None), said(1, "Hello"))
        self.client.types("/group CS350 Hello")
        self.client.clears_screen()
        self.loses()
        self.calls_again().tells(greeting(None, None))
        register, join, ping = self.server.hears
        self.server.tells(joined(join["id"], 0, None), granted(ping["id"]), said(1, "Hello"))

        assert (None, None) == (register.get("since"), join.get("since"))
        assert [
            LOST,
            "[CLIENT] Not confirmed: /group CS350 Hello",
            f"{BACK}: back in CS350",
            "[CS350 - Bob] Hello",
        ] == self.client.lines

    def test_output_is_throttled_again(self) -> None:
        """The new connection is read no faster than the output, as the old one was."""
        self.loses()
        between = self.client.stdio.producer
        self.returns()
        self.client.stdio.producer.pauseProducing()

        assert (None, "paused") == (between, self.server.transport.producerState)

    def test_mute_server(self) -> None:
        """A server that answers nothing for 30 seconds is disconnected, and called again."""
        self.client.types("/private Bob Hey")
        self.client.waits(30.1)
        aborted = self.server.aborted
        self.loses()
        self.returns()

        assert aborted
        assert [LOST, f"{BACK}: 1 request sent again"] == self.client.lines
        assert "Hey" == self.server.texts[-1]

    def test_no_answer_on_the_way_back(self) -> None:
        """A server that sends no welcome within 5 seconds is called again."""
        self.loses()
        self.calls_again()
        self.client.waits(5.1)
        hung_up_on = self.server.hung_up_on
        self.loses()
        self.returns()

        assert hung_up_on
        assert [LOST, BACK] == self.client.lines

    def test_refusal_that_passes(self) -> None:
        """A server that is full is called again."""
        self.loses()
        self.calls_again().tells(Error("SERVER", "Alice", "Too many", code="too_many"))
        self.loses()
        self.returns()

        assert [LOST, BACK] == self.client.lines

    def test_server_that_shuts_down(self) -> None:
        """The reason for a shutdown is shown, and the client reconnects later."""
        self.server.tells(Error("SERVER", "Alice", "The server is shutting down.", code="shutting_down"))
        self.loses()
        self.returns()

        assert ["[ERROR] The server is shutting down.", LOST, BACK] == self.client.lines

    def test_script_is_answered_after_all(self) -> None:
        """A script whose server is lost leaves with exit code 0 when the answers have arrived in the end."""
        self.client.pipes("/group CS350 Hello")
        self.loses()
        self.returns()
        over = [self.client.is_over]
        self.server.tells(granted(self.server.hears[-1]["id"]))
        over.append(self.client.is_over)

        assert ([False, True], 0) == (over, self.client.exit_code)

    def test_back_pressure(self) -> None:
        """A script is read no further than 256 requests, with or without a connection."""
        self.loses()
        self.client.types(*(f"/group CS350 {number}" for number in range(300)))
        paused = self.client.stdio.paused
        self.returns()
        sent = len(self.server.texts)
        self.server.tells(*(granted(request["id"]) for request in self.server.hears[2:202]))

        assert (True, 2 + 256) == (paused, sent)
        assert [str(number) for number in range(300)] == self.server.texts[2:]
        assert not self.client.stdio.paused


class EndingTests(ResumingTestCase):
    """The ends of a client that has lost its server."""

    def test_gives_up(self) -> None:
        """After five minutes the client gives up, and lists unconfirmed requests; the exit code is 1."""
        self.joins()
        self.client.types("/group CS350 Hello", "/rooms")
        self.loses()
        self.client.types("/private Bob Hey")
        self.client.waits(299)
        before = self.client.is_over
        self.client.waits(1.1)
        self.ends()

        assert not before
        assert [
            LOST,
            GIVEN_UP,
            "[ERROR] The server did not answer 2 of your requests",
            "[CLIENT] Not confirmed: /group CS350 Hello",
            "[CLIENT] Not sent: /private Bob Hey",
            DISCONNECTED,
        ] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_gone)

    def test_another_server_answers(self) -> None:
        """Another server is not called again, and gets none of the open requests."""
        self.client.types("/private Bob Hey")
        self.loses()
        self.waits_for_a_call()
        self.client.clears_screen()
        self.client.does_not_reach(Untrusted("The server has another certificate"))
        self.ends()

        assert [
            "[ERROR] The server has another certificate",
            "[ERROR] The server did not answer 1 of your requests",
            "[CLIENT] Not confirmed: /private Bob Hey",
            DISCONNECTED,
        ] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_gone)

    def test_a_server_that_does_not_encrypt_just_now(self) -> None:
        """Errors that pass are retried; another certificate is not."""
        self.loses()
        self.waits_for_a_call()
        self.client.does_not_reach(NotSecure("The server hung up"))
        self.returns()

        assert not self.client.is_over

    def test_gives_up_on_a_server_that_only_hangs_up(self) -> None:
        """A server that welcomes the client and closes the connection, again and again, is given up."""
        self.loses()
        for _ in range(300):
            self.client.waits(16)
            if self.client.is_over:
                break
            self.server = self.client.reaches()
            self.welcomes_again()
            self.loses()
        self.ends()

        assert GIVEN_UP in self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_gone)

    def test_the_attempts_start_over_after_a_good_connection(self) -> None:
        """After a good connection the five minutes and the short first delay start over."""
        for _ in range(9):
            self.loses()
            for _ in range(5):
                self.waits_for_a_call()
                self.fails_to_call()
            self.returns()
            self.client.waits(11)
        self.loses()
        calls = len(self.client.calls)
        self.client.waits(FIRST_DELAY + 0.1)

        assert self.client.reactor.seconds() > 300
        assert (None, 1) == (self.client.exit_code, len(self.client.calls) - calls)

    def test_gives_up_on_a_mute_server(self) -> None:
        """A server that welcomes the client and answers nothing is given up."""
        self.client.types("/private Bob Hey")
        for _ in range(100):
            self.client.waits(30.1)
            self.loses()
            self.client.waits(16)
            if self.client.is_over:
                break
            self.server = self.client.reaches()
            self.welcomes_again()
        self.ends()

        assert GIVEN_UP in self.client.lines
        assert "[CLIENT] Not confirmed: /private Bob Hey" in self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_gone)

    def test_name_is_taken(self) -> None:
        """When another user has the name now, the client says so, lists what was not done, and ends."""
        self.client.types("/private Bob Hey")
        self.loses()
        self.client.types("/private Bob You?")
        self.calls_again().tells(
            Error("SERVER", "Alice", "Username already taken. Please try another.", code="username_taken")
        )
        self.loses()
        self.ends()

        assert [
            LOST,
            "[ERROR] Username already taken. Please try another.",
            "[ERROR] The server did not answer 1 of your requests",
            "[CLIENT] Not confirmed: /private Bob Hey",
            "[CLIENT] Not sent: /private Bob You?",
            DISCONNECTED,
        ] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_gone)

    def test_taken_over(self) -> None:
        """A client whose user signs in elsewhere ends, and does not throw the other one out."""
        self.server.tells(
            Error("SERVER", "Alice", "You have signed in from another connection", code="taken_over")
        )
        self.loses()
        self.ends()

        assert ["[ERROR] You have signed in from another connection", DISCONNECTED] == self.client.lines
        assert (1, True, 1) == (self.client.exit_code, self.client.is_gone, len(self.client.calls))

    def test_a_name_that_was_released(self) -> None:
        """A client whose name was released ends, and does not come back as a guest."""
        self.server.tells(Error("SERVER", "Alice", "Your name was released", code="name_released"))
        self.loses()
        self.ends()

        assert ["[ERROR] Your name was released", DISCONNECTED] == self.client.lines
        assert (1, True, 1) == (self.client.exit_code, self.client.is_gone, len(self.client.calls))

    def test_disconnected_by_the_operator(self) -> None:
        """A client that the operator has disconnected from the server ends."""
        self.server.tells(Error("SERVER", "Alice", "You have been disconnected", code="kicked"))
        self.loses()
        self.ends()

        assert ["[ERROR] You have been disconnected", DISCONNECTED] == self.client.lines
        assert (1, True, 1) == (self.client.exit_code, self.client.is_gone, len(self.client.calls))

    def test_first_version_in_its_place(self) -> None:
        """A client does not reconnect to a server of the first version."""
        self.loses()
        self.calls_again().tells(Success("SERVER", "Alice", "Welcome!"))
        self.loses()
        self.ends()

        assert [
            LOST,
            "[ERROR] An older server answers there now, and does not know you: sign in again",
            DISCONNECTED,
        ] == self.client.lines
        assert (1, True) == (self.client.exit_code, self.client.is_gone)

    def test_ctrl_c_while_waiting(self) -> None:
        """Ctrl+C while the server is away leaves at once, and shows what was not sent."""
        self.loses()
        self.client.types("/private Bob Hey")
        self.client.presses_ctrl_c()
        self.ends()

        assert [LOST, "[CLIENT] Not sent: /private Bob Hey", DISCONNECTED] == self.client.lines
        assert (0, True) == (self.client.exit_code, self.client.is_gone)

    def test_quit_while_calling(self) -> None:
        """`/quit` during a call stops it."""
        self.loses()
        self.client.waits(1)
        self.client.types("/quit")
        self.ends()

        assert self.client.gave_up_calling
        assert [LOST, DISCONNECTED] == self.client.lines
        assert (0, True) == (self.client.exit_code, self.client.is_gone)

    def test_quit_while_signing_in_again(self) -> None:
        """`/quit` before the welcome closes the connection at once."""
        self.loses()
        self.calls_again()
        self.client.types("/quit")
        self.client.shuts_down()
        aborted = self.server.aborted
        self.loses()
        self.client.reads_everything()

        assert aborted
        assert [LOST, DISCONNECTED] == self.client.lines
        assert (0, True) == (self.client.exit_code, self.client.is_gone)

    def test_quit_while_rejoining(self) -> None:
        """`/quit` during the catch-up is sent to the server."""
        self.loses()
        self.calls_again().tells(greeting())
        self.client.types("/quit")
        self.client.shuts_down()
        self.loses()
        self.client.reads_everything()

        assert "quit" == self.server.hears[-1]["status"]
        assert (0, True) == (self.client.exit_code, self.client.is_gone)

    def test_script_with_nothing_open(self) -> None:
        """A script with all its answers does not wait for the server."""
        self.loses()
        self.client.ends_input()
        self.ends()

        assert [LOST, DISCONNECTED] == self.client.lines
        assert (0, True) == (self.client.exit_code, self.client.is_gone)


def test_ids_of_two_runs() -> None:
    """Ids differ between runs: a server would take the second request for the first."""
    first, second = (list(islice(new_ids(), 1000)) for _ in range(2))

    assert 2000 == len({*first, *second})
    assert max(map(len, first)) <= 64


class AtThePromptTests(ResumingTestCase):
    """A person whose server is away."""

    person = True

    def test_prompt_stays(self) -> None:
        """Lines are shown above the prompt, and typing goes on."""
        self.loses()
        self.returns()

        assert f"{ERASE}{LOST}\nYou: {ERASE}{BACK}\nYou: " == self.client.screen

    def test_ctrl_d(self) -> None:
        """Ctrl+D while the server is away leaves at once."""
        self.loses()
        self.client.ends_input()
        self.ends()

        assert (0, True) == (self.client.exit_code, self.client.is_gone)

    def test_ctrl_d_with_something_open(self) -> None:
        """Ctrl+D leaves at once even with unconfirmed requests; they are shown, and the exit code is 1."""
        self.client.types("/private Bob Hey")
        self.loses()
        self.client.ends_input()
        self.ends()

        assert f"[CLIENT] Not confirmed: /private Bob Hey\n{DISCONNECTED}\n" in self.client.screen
        assert (1, True) == (self.client.exit_code, self.client.is_gone)

    def test_ctrl_d_before(self) -> None:
        """After Ctrl+D the client does not wait for a server that is lost then."""
        self.client.types("/private Bob Hey")
        self.client.ends_input()
        self.loses()
        self.ends()

        assert f"[CLIENT] Not confirmed: /private Bob Hey\n{DISCONNECTED}\n" in self.client.screen
        assert (1, True) == (self.client.exit_code, self.client.is_gone)

    def test_quit_is_read_however_much_waits(self) -> None:
        """With 256 waiting lines the next is refused, and `/quit` still works."""
        self.loses()
        self.client.types(*(f"/private Bob {number}" for number in range(257)))
        screen = self.client.screen
        self.client.types("/quit")

        assert (
            screen.count("[ERROR] Not sent: 256 requests are waiting for the connection. Try again later\n")
            == 1
        )
        assert 0 == self.client.exit_code
