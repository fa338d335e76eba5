"""An exchange over many connections, with a server that keeps a journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from classchat.client.link.exchange import Exchange, Hearer
from classchat.client.link.open_request import OpenRequest
from classchat.messages import Command, Create, Error, Event, Group, Join, Ping, Register, Say, Success


class Ears(Hearer):
    """A hearer that records what it is told."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, str]] = []
        self.answers: list[tuple[Event, Command | None]] = []
        self.doubtful: list[OpenRequest] = []

    def heard(self, event: Event, request: Command | None) -> None:
        """Record an event."""
        if isinstance(event, Group):
            self.messages.append((event.seq or 0, event.text))
        else:
            self.answers.append((event, request))

    def missed(self, welcome: Success) -> None:
        """Do nothing: there are no private messages."""

    def rejoined(self, room: str, answer: Success | Error) -> None:
        """Do nothing: the room always exists."""
        assert isinstance(answer, Success)

    def returned(self, rooms: Sequence[str], again: Sequence[OpenRequest]) -> None:
        """Do nothing."""

    def unconfirmed(self, asked: Sequence[OpenRequest]) -> None:
        """Record requests with an unknown outcome."""
        self.doubtful += asked

    def not_done(self, asked: OpenRequest) -> None:
        """Record a refused request."""
        self.doubtful.append(asked)


class ExactlyOnce(RuleBasedStateMachine):
    """One room, a server that knows each id, and connections that end at any moment.

    Lines on their way are lost with the connection, in both directions.
    """

    @initialize()
    def begin(self) -> None:
        """Create the room, and join it."""
        self.log: list[str] = []
        self.done: dict[str, int] = {}
        self.said: list[str] = []
        self.ears = Ears()
        self.exchange = Exchange("Alice", map(str, count(1)), self.ears)
        self.to_server: deque[Command] = deque()
        self.to_client: deque[Event] = deque()
        self.member = False
        self.connected = True
        self.exchange.welcomed(self.welcome(), self.to_server.append)
        self.exchange.ask(Create(receiver="R"))
        self.work()

    def welcome(self) -> Success:
        """Return the server's welcome."""
        return Success("SERVER", "Alice", "Welcome", server="ClassChat 0.1", token="t", epoch="e")  # noqa: S106

    def work(self) -> None:
        """Deliver everything that is on its way."""
        while self.to_server or self.to_client:
            self.server_reads() if self.to_server else self.client_reads()

    @precondition(lambda self: self.to_server)
    @rule()
    def server_reads(self) -> None:
        """Carry out the client's first request."""
        command = self.to_server.popleft()
        id = command.id
        match command:
            case Create() | Join():
                since = command.since.seq if isinstance(command, Join) and command.since else len(self.log)
                self.member = True
                self.tell(Success("SERVER", "Alice", "", id=id, epoch="e", seq=len(self.log)))
                for seq, text in list(enumerate(self.log, 1))[since:]:
                    self.tell(Group("X", "R", text, seq=seq, replay=True))
            case Say(text=text):
                assert self.member, "it spoke before it was back"
                if str(id) not in self.done:
                    self.speak(text)
                    self.done[str(id)] = len(self.log)
                self.tell(Success("SERVER", "Alice", "", id=id, seq=self.done[str(id)]))
            case Ping():
                self.tell(Success("SERVER", "Alice", "pong", id=id))
            case _:
                raise AssertionError(command)

    @precondition(lambda self: self.to_client)
    @rule()
    def client_reads(self) -> None:
        """Deliver the first event to the client."""
        self.exchange.heard(self.to_client.popleft())

    @precondition(lambda self: not self.exchange.full)
    @rule(times=st.integers(1, 3))
    def say(self, times: int) -> None:
        """Send a message from the client, with or without a connection."""
        for _ in range(times):
            self.said.append(f"mine {len(self.said)}")
            self.exchange.ask(Say(receiver="R", text=self.said[-1]))

    @rule()
    def somebody_speaks(self) -> None:
        """Deliver a message from another user."""
        self.speak(f"theirs {len(self.log)}")

    @precondition(lambda self: self.connected)
    @rule()
    def lose(self) -> None:
        """Cut the connection."""
        self.connected = self.member = False
        self.to_server.clear()
        self.to_client.clear()
        self.exchange.lost()

    @precondition(lambda self: not self.connected)
    @rule()
    def connect(self) -> None:
        """Sign the client in again."""
        register = self.exchange.greeting()
        assert isinstance(register, Register)
        assert register.token == "t"  # noqa: S105
        self.connected = True
        self.exchange.welcomed(self.welcome(), self.to_server.append)

    def speak(self, text: str) -> None:
        """Store a message, and deliver it to the members."""
        self.log.append(text)
        self.tell(Group("X", "R", text, seq=len(self.log)))

    def tell(self, event: Event) -> None:
        """Send an event, if the client is connected."""
        if self.connected and (self.member or not isinstance(event, Group)):
            self.to_client.append(event)

    @invariant()
    def heard_in_order_and_once(self) -> None:
        """The received messages are the log from its beginning, without gaps or duplicates."""
        heard = self.ears.messages

        assert list(enumerate(self.log, 1))[: len(heard)] == heard

    def teardown(self) -> None:
        """In the end each message was said once, in order, and each request answered once."""
        if not self.connected:
            self.connect()
        self.work()
        mine = [text for text in self.log if text.startswith("mine")]
        answered = [request.text for _, request in self.ears.answers if isinstance(request, Say)]

        assert (self.said, self.said, [], []) == (
            mine,
            answered,
            self.exchange.open,
            self.ears.doubtful,
        )
        assert list(enumerate(self.log, 1)) == self.ears.messages


TestExactlyOnce = ExactlyOnce.TestCase


def test_ids_are_our_own() -> None:
    """A request gets an id, and is returned as it goes over the wire."""
    sent: list[Command] = []
    exchange = Exchange("Alice", iter("abc"), Ears())
    exchange.welcomed(Success("SERVER", "Alice", "Welcome", server="x"), sent.append)
    asked = exchange.ask(Say(receiver="R", text="x"))

    assert [asked] == sent == [Say(receiver="R", text="x", id="a")]


def test_full() -> None:
    """At most 256 requests are open, with or without a connection."""
    exchange = Exchange("Alice", map(str, count(1)), Ears())
    for _ in range(255):
        exchange.ask(Say(receiver="R", text="x"))
    before = exchange.full
    exchange.ask(Say(receiver="R", text="x"))

    assert (False, True, False) == (before, exchange.full, exchange.idle)
