"""The client's end of a connection: signing in, asking, leaving."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from classchat.client.link.protocol import ClientProtocol
from classchat.client.link.requests import Unanswered
from classchat.messages import Group, Join, ListRooms, Private, Quit, Say, Tell
from classchat.wire.lines import encode
from tests.tables import each_case
from tests.unit.client.helpers import RecordingListener, Server, granted, refused, welcome

WELCOME = ("welcomed", "Welcome to ClassChat, Alice!")
NO_SERVER = ("refused", "This is not a ClassChat server: check the address and port")
TIMED_OUT = ("refused", "Registration timed out: the server did not answer within 5 seconds")
LONGEST_LINE = 1_048_576

HEY = Tell(receiver="Bob", text="Hey")
HELLO = Group("Bob", "CS350", "Hello")


class Connection:
    """Alice's connection to a server that the test plays."""

    def __init__(self, name: str = "Alice") -> None:
        self.clock = Clock()
        self.listener = RecordingListener()
        self.protocol = ClientProtocol(name, self.listener, self.clock, map(str, range(1, 1000)))
        self.server = Server(self.protocol)


class SigningInTests(SynchronousTestCase):
    """From connecting to a welcome, or to a refusal."""

    def setUp(self) -> None:
        """Connect."""
        self.connection = Connection()
        self.listener = self.connection.listener
        self.server = self.connection.server
        self.clock = self.connection.clock

    def test_signs_in_with_the_bare_name(self) -> None:
        """The first line is the bare name, which every server understands; nothing else is sent."""
        assert [b"Alice\n"] == self.server.transport.writes
        assert ["connected"] == self.listener.told

    def test_small_writes_go_at_once(self) -> None:
        """Nagle's algorithm is off: a typed line is sent at once."""
        assert self.server.transport.no_delay

    def test_server_that_is_gone_is_noticed(self) -> None:
        """Keep-alive is on: a client that only listens notices that the server's machine is gone."""
        assert self.server.transport.keep_alive

    def test_reader_who_is_behind_before_the_welcome(self) -> None:
        """Reading can be paused while signing in, too."""
        self.connection.protocol.pauseProducing()
        paused = self.server.transport.producerState
        self.connection.protocol.resumeProducing()

        assert ("paused", "producing") == (paused, self.server.transport.producerState)

    def test_welcome(self) -> None:
        """A success is the welcome; after that the timeout stops."""
        self.server.tells(welcome())
        self.clock.advance(60)

        assert ["connected", WELCOME] == self.listener.told
        assert not self.server.hung_up_on

    def test_refusal(self) -> None:
        """An error is the refusal: the client closes the connection, and stops the timeout."""
        self.server.tells(refused(None, "Username already taken. Please try another."))

        assert [
            "connected",
            ("refused", "Username already taken. Please try another.", ""),
        ] == self.listener.told
        assert self.server.hung_up_on
        assert [] == self.clock.getDelayedCalls()

    def test_nothing_counts_after_a_refusal(self) -> None:
        """After a refusal no welcome counts."""
        self.server.sends(encode(refused(None, "No.")) + encode(welcome()))

        assert ["connected", ("refused", "No.", "")] == self.listener.told

    def test_no_answer(self) -> None:
        """After 5 seconds without an answer the client gives up, and says so."""
        self.clock.advance(4.9)
        before = list(self.listener.told)
        self.clock.advance(0.1)

        assert (["connected"], ["connected", TIMED_OUT]) == (before, self.listener.told)
        assert self.server.hung_up_on

    def test_half_an_answer_is_none(self) -> None:
        """Half an answer does not stop the timeout."""
        self.server.sends(encode(welcome())[:20])
        self.clock.advance(5)

        assert ["connected", TIMED_OUT] == self.listener.told

    def test_hang_up_before_the_answer(self) -> None:
        """A server that closes the connection instead of answering is lost, and the timeout stops."""
        self.server.hangs_up()

        assert ["connected", "lost"] == self.listener.told
        assert [] == self.clock.getDelayedCalls()

    def test_empty_lines_are_no_answer(self) -> None:
        """An empty line is ignored."""
        self.server.sends(b"\n\r\n  \n", encode(welcome()))

        assert ["connected", WELCOME] == self.listener.told

    def test_what_others_say_is_no_answer(self) -> None:
        """A message that is neither welcome nor refusal is ignored."""
        self.server.tells(HELLO, welcome())

        assert ["connected", WELCOME] == self.listener.told
        assert [] == self.listener.answers

    def test_what_was_missed(self) -> None:
        """Replays come before the welcome; as long as they come, the timeout starts over."""
        missed = replace(HELLO, replay=True)
        for _ in range(3):
            self.clock.advance(4)
            self.server.tells(missed)
        self.server.tells(welcome())

        assert [(missed, None)] * 3 == self.listener.answers
        assert ["connected", WELCOME] == self.listener.told

    def test_who_is_paused_gives_nobody_up(self) -> None:
        """While replays are not read, the timeout stops; then it starts over."""
        self.connection.protocol.pauseProducing()
        self.clock.advance(60)
        self.connection.protocol.resumeProducing()
        self.clock.advance(4.9)
        before = list(self.listener.told)
        self.clock.advance(0.1)

        assert (["connected"], ["connected", TIMED_OUT]) == (before, self.listener.told)

    def test_welcome_with_carriage_return(self) -> None:
        """A line may end with CR LF."""
        self.server.sends(encode(welcome()).replace(b"\n", b"\r\n"))

        assert ["connected", WELCOME] == self.listener.told

    def test_welcome_byte_by_byte(self) -> None:
        """A welcome in single bytes is understood."""
        self.server.sends(*(bytes([byte]) for byte in encode(welcome())))

        assert ["connected", WELCOME] == self.listener.told

    def test_welcome_without_newline(self) -> None:
        """A server of the first version may send its welcome without a newline."""
        self.server.sends(encode(welcome(server=None)).rstrip())
        self.connection.protocol.ask(HEY)
        self.server.tells(HELLO)

        assert ["connected", WELCOME] == self.listener.told
        assert [(HELLO, None)] == self.listener.answers

    def test_what_follows_the_welcome_at_once(self) -> None:
        """A message in the same chunk as the welcome is heard."""
        self.server.sends(encode(welcome()) + encode(HELLO))

        assert [(HELLO, None)] == self.listener.answers

    def test_asking_too_early(self) -> None:
        """Before the welcome nothing can be asked: the connection is full, and everything is settled."""
        self.connection.protocol.ask(HEY)

        assert self.connection.protocol.full
        assert [b"Alice\n"] == self.server.transport.writes
        assert self.successResultOf(self.connection.protocol.settled()) is None

    def test_leaving_before_the_answer(self) -> None:
        """Leaving while signing in closes the connection at once."""
        left = self.connection.protocol.leave()
        self.assertNoResult(left)
        aborted = self.server.aborted
        self.server.hangs_up()

        assert aborted
        assert self.successResultOf(left) is None
        assert [] == self.clock.getDelayedCalls()


@each_case("place", range(1, len(encode(welcome()))))
def test_welcome_in_two_segments(place: int) -> None:
    """A welcome is understood wherever it is split."""
    connection = Connection()
    line = encode(welcome())
    connection.server.sends(line[:place], line[place:])

    assert ["connected", WELCOME] == connection.listener.told


def test_welcome_without_newline_in_two_segments() -> None:
    """A welcome without a newline is understood wherever it is split, too."""
    line = encode(welcome(server=None)).rstrip()
    passed_over = []
    for place in range(1, len(line)):
        connection = Connection()
        connection.server.sends(line[:place], line[place:])
        if connection.listener.told != ["connected", WELCOME]:
            passed_over.append(place)

    assert [] == passed_over


@each_case(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b'{"status":"success"}\n',
        b'{"status":"welcome","sender":"SERVER","receiver":"A","text":"Hi"}\n',
        b"[]\n",
        b"null\n",
        b"\xff\xfe\n",
        b"[" * 60_000 + b"\n",
        b"{}",
    ],
)
def test_answer_that_is_no_message(answer: bytes) -> None:
    """Any other answer is not from a ClassChat server: the client closes the connection, and says so."""
    connection = Connection()
    connection.server.sends(answer)

    assert ["connected", NO_SERVER] == connection.listener.told
    assert connection.server.hung_up_on


@pytest.mark.parametrize(
    ("name", "line"), [("Zoë", "Zoë\n".encode()), ("愛", "愛\n".encode()), ("a\ud800b", b"a?b\n")]
)
def test_name_in_utf_8(name: str, line: bytes) -> None:
    """A name is sent in UTF-8, and encoding it never fails."""
    assert line == b"".join(Connection(name).server.transport.writes)


class TalkingTests(SynchronousTestCase):
    """With a server of ours, which answers by `id`."""

    def setUp(self) -> None:
        """Sign in."""
        self.connection = Connection()
        self.server = self.connection.server
        self.protocol = self.connection.protocol
        self.listener = self.connection.listener
        self.clock = self.connection.clock
        self.server.welcomes()
        self.listener.told.clear()

    def test_requests_have_ids(self) -> None:
        """To a server that names itself all requests go out at once, each with an id."""
        self.protocol.ask(HEY)
        self.protocol.ask(ListRooms())

        assert [("private", "1"), ("rooms", "2")] == [(one["status"], one["id"]) for one in self.server.hears]

    def test_heard_with_its_request(self) -> None:
        """An answer is handed over with the request that it answers."""
        self.protocol.ask(HEY)
        self.server.tells(granted("1"))

        assert [(granted("1"), HEY)] == self.listener.answers

    def test_messages_in_one_segment(self) -> None:
        """Messages are handed over in order, however they are joined and split."""
        bob, carol = Private("Bob", "Alice", "one"), Private("Carol", "Alice", "two")
        stream = encode(bob) + b"\n" + encode(carol) + encode(HELLO)
        self.server.sends(stream[:-10], stream[-10:])

        assert [(bob, None), (carol, None), (HELLO, None)] == self.listener.answers

    def test_message_cut_behind_a_brace(self) -> None:
        """A message is the same wherever it is split, even if its half looks complete."""
        message = Group("Bob", "CS350", "{} and {}")
        line = encode(message)
        ends = [place + 1 for place, byte in enumerate(line) if byte == ord("}")]
        for end in ends:
            self.server.sends(line[:end], line[end:])

        assert [(message, None)] * 3 == self.listener.answers

    def test_messages_nobody_knows(self) -> None:
        """An unknown kind of message, or an invalid one, is ignored."""
        self.server.sends(b'{"status":"wave","sender":"Bob","receiver":"Alice","text":""}\n', b"\xff\n")
        self.server.tells(HELLO)

        assert [(HELLO, None)] == self.listener.answers

    def test_fields_nobody_knows(self) -> None:
        """An unknown field is ignored."""
        self.server.sends(
            b'{"status":"group","sender":"Bob","receiver":"CS350","text":"Hello","colour":{"red":1}}\n'
        )

        assert [(HELLO, None)] == self.listener.answers

    def test_longest_line(self) -> None:
        """A line of one mebibyte is read."""
        long = Group("Bob", "CS350", "x" * (LONGEST_LINE - len(encode(Group("Bob", "CS350", "")))))
        self.server.tells(long)

        assert [(long, None)] == self.listener.answers

    def test_line_without_end(self) -> None:
        """A server that never ends its line is disconnected before it fills the memory."""
        for _ in range(17):
            self.server.sends(b"x" * 65_536)

        assert self.server.hung_up_on

    def test_full(self) -> None:
        """With 256 open requests the connection is full, until one is answered."""
        for _ in range(256):
            self.protocol.ask(HEY)
        full = self.protocol.full
        self.server.tells(granted("1"))

        assert (True, False) == (full, self.protocol.full)

    def test_settled(self) -> None:
        """Everything is settled when everything is answered."""
        self.protocol.ask(HEY)
        settled = self.protocol.settled()
        self.assertNoResult(settled)
        self.server.tells(granted("1"))

        assert self.successResultOf(settled) is None

    def test_mute_server(self) -> None:
        """After 30 seconds without an answer the listener gets the number of open requests."""
        self.protocol.ask(HEY)
        self.protocol.ask(HEY)
        self.clock.advance(29.9)
        before = list(self.listener.told)
        self.clock.advance(0.1)

        assert ([], [("unanswered", 2)]) == (before, self.listener.told)

    def test_reader_who_is_behind(self) -> None:
        """While reading is paused nothing is handed over, and silence is not counted."""
        self.protocol.ask(HEY)
        self.protocol.pauseProducing()
        states = [self.server.transport.producerState]
        self.clock.pump([30] * 3)
        self.protocol.resumeProducing()
        states.append(self.server.transport.producerState)
        self.clock.advance(29)
        before = list(self.listener.told)
        self.clock.advance(1)

        assert ["paused", "producing"] == states
        assert ([], [("unanswered", 1)]) == (before, self.listener.told)

    def test_hang_up_with_requests_open(self) -> None:
        """A caller that waits for answers fails when none can come."""
        self.protocol.ask(HEY)
        settled = self.protocol.settled()
        self.server.hangs_up()

        assert 1 == self.failureResultOf(settled, Unanswered).value.args[0]
        assert ["lost"] == self.listener.told

    def test_hang_up(self) -> None:
        """When the server closes the connection the listener is told, and all timers stop."""
        self.server.hangs_up()

        assert ["lost"] == self.listener.told
        assert [] == self.clock.getDelayedCalls()

    def test_says_that_it_answers(self) -> None:
        """A server of ours is told that the client answers pings; its answer is not handed over."""
        connection = Connection()
        connection.server.tells(welcome())
        said = json.loads(connection.server.transport.writes[-1])
        connection.listener.told.clear()
        connection.server.tells(granted(said["id"], "pong"))

        assert ("ping", True, []) == (said["status"], said["answers"], connection.listener.told)

    def test_answers_a_ping(self) -> None:
        """A ping of the server is answered at once, and not handed over."""
        self.server.sends(b'{"status":"ping","sender":"SERVER","receiver":"Alice","text":""}\n')

        assert (["pong"], []) == ([one["status"] for one in self.server.hears], self.listener.told)

    def test_a_server_that_says_nothing_is_asked(self) -> None:
        """After 75 seconds without a line the client sends a ping, whose answer is not handed over."""
        self.clock.advance(74)
        before = self.server.hears
        self.clock.advance(1)
        asked = self.server.hears
        self.server.tells(granted(asked[-1]["id"], "pong"))
        self.clock.advance(74)

        assert ([], ["ping"], []) == (before, [one["status"] for one in asked], self.listener.told)
        assert 1 == len(self.server.hears)

    def test_a_server_that_does_not_answer_is_given_up(self) -> None:
        """A server that does not answer the ping within 30 seconds is reported."""
        self.clock.advance(75)
        self.clock.advance(29)
        before = list(self.listener.told)
        self.clock.advance(1)

        assert ([], [("unanswered", 1)]) == (before, self.listener.told)

    def test_a_server_that_speaks_is_not_asked(self) -> None:
        """Any line shows that the server is there."""
        for _ in range(10):
            self.clock.advance(60)
            self.server.tells(HELLO)

        assert [] == self.server.hears

    def test_leaving(self) -> None:
        """Leaving quits, and is done when the server closes the connection."""
        left = self.protocol.leave()
        asked = [request["status"] for request in self.server.hears]
        self.assertNoResult(left)
        self.server.hangs_up()

        assert ["quit"] == asked
        assert self.successResultOf(left) is None
        assert not self.server.aborted
        assert [] == self.clock.getDelayedCalls()

    def test_leaving_a_server_that_does_not_hang_up(self) -> None:
        """A server has two seconds to close the connection; then the client does."""
        left = self.protocol.leave()
        self.clock.advance(1.9)
        before = self.server.aborted
        self.clock.advance(0.1)
        after = self.server.aborted
        self.server.hangs_up()

        assert (False, True) == (before, after)
        assert self.successResultOf(left) is None

    def test_leaving_a_server_that_has_still_much_to_do(self) -> None:
        """Each answer gives a slow server two seconds more, but ten at most."""
        for _ in range(30):
            self.protocol.ask(HEY)
        self.protocol.leave()
        aborted = []
        for number in range(1, 7):
            self.clock.advance(1.9)
            aborted.append(self.server.aborted)
            if not self.server.aborted:
                self.server.tells(granted(str(number)))

        assert [False] * 5 + [True] == aborted

    def test_leaving_twice(self) -> None:
        """Leaving twice is harmless: both are done when the server closes the connection."""
        first, second = self.protocol.leave(), self.protocol.leave()
        self.server.hangs_up()

        assert self.successResultOf(first) is self.successResultOf(second) is None
        assert [] == self.clock.getDelayedCalls()

    def test_leaving_what_is_lost(self) -> None:
        """Leaving a closed connection is done at once."""
        self.server.hangs_up()
        self.server.forgets()

        assert self.successResultOf(self.protocol.leave()) is None
        assert [] == self.server.hears


class FirstVersionTests(SynchronousTestCase):
    """With a server of the first version, which has no ids."""

    def setUp(self) -> None:
        """Sign in."""
        self.connection = Connection()
        self.server = self.connection.server
        self.protocol = self.connection.protocol
        self.server.welcomes_as_first_version()

    def test_requests_have_none(self) -> None:
        """Requests have the first version's form, and are sent one at a time."""
        self.protocol.ask(Join(receiver="CS350"))
        self.protocol.ask(Say(receiver="CS350", text="Hello"))
        full = self.protocol.full
        first = self.server.hears
        self.server.tells(granted(None))

        assert [{"status": "join", "sender": "Alice", "receiver": "CS350", "text": ""}] == first
        assert 2 == len(self.server.hears)
        assert (True, False) == (full, self.protocol.full)

    def test_answers_belong_to_nobody(self) -> None:
        """An answer is handed over, and lets the next request go."""
        self.protocol.ask(Join(receiver="CS350"))
        self.protocol.ask(Quit())
        self.server.tells(granted(None))

        assert [(granted(None), None)] == self.connection.listener.answers
        assert ["join", "quit"] == [request["status"] for request in self.server.hears]

    def test_leaving(self) -> None:
        """Leaving quits after the earlier requests."""
        self.protocol.ask(Join(receiver="CS350"))
        left = self.protocol.leave()
        self.server.tells(granted(None))
        self.server.hangs_up()

        assert ["join", "quit"] == [request["status"] for request in self.server.hears]
        assert self.successResultOf(left) is None
        assert [] == self.connection.clock.getDelayedCalls()


def test_leaving_what_was_never_reached() -> None:
    """A connection that was never made is left at once."""
    protocol = ClientProtocol("Alice", RecordingListener(), Clock(), iter("123"))

    assert protocol.leave().called
