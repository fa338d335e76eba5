"""Helpers for the client's tests: a person, a screen and a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from itertools import count
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ReactorNotRunning
from twisted.internet.interfaces import IProtocol
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure

from classchat.client.app import App
from classchat.client.audience import Audience, messages_on_joining
from classchat.client.destination import Destination
from classchat.client.display.clock import ServerClock
from classchat.client.link.protocol import ClientProtocol, Listener
from classchat.client.plain.line_app import LineApp
from classchat.client.plain.terminal import Terminal
from classchat.client.tty.surface import Typist
from classchat.client.world import World
from classchat.messages import Command, Error, Event, Success
from classchat.wire.lines import encode

ERASE = "<ERASE>"
"""The text that the tests' terminals write to erase a prompt."""

BANNER = """
============================================================
ClassChat Commands:
  /private <username> <message>  - Send private message
  /group <room_name> <message>   - Send group message
  /create <room_name>            - Create a chat room
  /join <room_name>              - Join a chat room
  /quit                          - Quit the application
============================================================
"""
"""The banner that the first version shows after the welcome."""


def welcome(name: str = "Alice", server: str | None = "ClassChat 0.1") -> Success:
    """Return a server's welcome; one of the first version does not name itself."""
    return Success("SERVER", name, f"Welcome to ClassChat, {name}!", server=server)


def granted(id: str | None, text: str = "granted") -> Success:
    """Return the answer to a request that is granted."""
    return Success("SERVER", "Alice", text, id=id)


def refused(id: str | None, text: str = "refused") -> Error:
    """Return the answer to a request that is refused."""
    return Error("SERVER", "Alice", text, id=id)


class StdioTransport(StringTransport):
    """A transport like StandardIO: every call is harmless after it is closed."""

    def __init__(self) -> None:
        super().__init__(lenient=True)

    @property
    def paused(self) -> bool:
        """Whether the input is left where it is."""
        return self.producerState == "paused"

    def unregisterProducer(self) -> None:
        """Remove the producer, as StandardIO does: without an error if there was none."""
        self.producer = self.streaming = None


class TCPTransport(StringTransport):
    """A connection that records each write; the test closes it."""

    def __init__(self) -> None:
        super().__init__(lenient=True)
        self.writes: list[bytes] = []
        self.no_delay = False
        self.keep_alive = False

    def write(self, data: bytes) -> None:
        """Take what is sent."""
        self.writes.append(data)
        super().write(data)

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Record whether small writes are sent at once."""
        self.no_delay = enabled

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Record whether keep-alive is on."""
        self.keep_alive = enabled


class Server:
    """The other end of a client's connection, which the test plays."""

    def __init__(self, protocol: IProtocol, host: str = "192.168.1.1") -> None:
        self._protocol = protocol
        self.transport = TCPTransport()
        self.transport.peerAddr = IPv4Address("TCP", host, 5555)
        protocol.makeConnection(self.transport)

    def sends(self, *chunks: bytes) -> None:
        """Send bytes, in these segments."""
        for chunk in chunks:
            self._protocol.dataReceived(chunk)

    def tells(self, *events: Event) -> None:
        """Send messages, each in a chunk of its own."""
        self.sends(*map(encode, events))

    def welcomes(self) -> None:
        """Send the welcome of our own server."""
        self.tells(welcome())
        self.forgets()

    def welcomes_as_first_version(self) -> None:
        """Send the welcome of the server of 2025."""
        self.tells(welcome(server=None))
        self.forgets()

    def hangs_up(self) -> None:
        """Close the connection, or confirm that it is closed."""
        self._protocol.connectionLost(Failure(ConnectionDone()))

    def forgets(self) -> None:
        """Forget what was sent so far."""
        self.transport.writes.clear()

    @property
    def hears(self) -> list[dict[str, Any]]:
        """The client's requests, each line decoded; without the announcement that it answers pings."""
        lines = [json.loads(line) for line in b"".join(self.transport.writes).splitlines()]
        return [line for line in lines if not line.get("answers")]

    @property
    def texts(self) -> list[str]:
        """The texts of the client's requests, in order."""
        return [request["text"] for request in self.hears]

    @property
    def hung_up_on(self) -> bool:
        """Whether the client closes in good order."""
        return self.transport.disconnecting and not self.transport.disconnected

    @property
    def aborted(self) -> bool:
        """Whether the client has aborted the connection."""
        return self.transport.disconnected


class RecordingTypist(Typist):
    """A typist that records what it is told, and can react to it."""

    def __init__(self) -> None:
        self.told: list[str | tuple[str, str] | tuple[str, int]] = []
        self.reacts: Callable[[str], object] = lambda _: None

    def typed(self, line: str) -> None:
        """Remember the line."""
        self.told.append(("typed", line))
        self.reacts(line)

    def typed_too_much(self, longest: int) -> None:
        """Remember the limit."""
        self.told.append(("too much", longest))

    def ended(self) -> None:
        """Remember it."""
        self.told.append("ended")

    def unheard(self) -> None:
        """Remember it."""
        self.told.append("unheard")


class RecordingListener(Listener):
    """A listener that records what it is told."""

    def __init__(self) -> None:
        self.told: list[str | tuple[object, ...]] = []
        self.answers: list[tuple[Event, Command | None]] = []

    def connected(self, connection: ClientProtocol) -> None:
        """Remember it."""
        self.told.append("connected")

    def welcomed(self, event: Event) -> None:
        """Remember the text of the welcome."""
        self.told.append(("welcomed", event.text))

    def refused(self, reason: str, code: str | None) -> None:
        """Remember the sentence, and its code where there is one."""
        self.told.append(("refused", reason) if code is None else ("refused", reason, code))

    def heard(self, event: Event, request: Command | None) -> None:
        """Remember both."""
        self.answers.append((event, request))

    def unanswered(self, count: int) -> None:
        """Remember how many."""
        self.told.append(("unanswered", count))

    def lost(self) -> None:
        """Remember it."""
        self.told.append("lost")


class Reactor(MemoryReactorClock):
    """A reactor that raises when it is stopped twice, as real ones do."""

    def stop(self) -> None:
        """Stop, once."""
        if self.hasStopped:
            raise ReactorNotRunning
        super().stop()


class Echo:
    """An echo that records whether typing is shown."""

    def __init__(self) -> None:
        self.is_on = True

    def off(self) -> None:
        """Hide what is typed."""
        self.is_on = False

    def on(self) -> None:
        """Show it."""
        self.is_on = True

    def forget(self) -> None:
        """Do nothing: nothing waits here."""


def world_of(reactor: MemoryReactorClock) -> World:
    """Return a world whose time is the reactor's, with the ids 1, 2, 3 and no randomness."""
    return World(reactor, ServerClock(reactor.seconds, UTC), map(str, count(1)), lambda: 0.0)


class Client:
    """The whole client at its terminal: what is typed there, what it shows, whom it calls.

    A `person` sees prompts and may answer a question again; a script does not. It tries for `retry` seconds
    to come back when it loses its server; its requests are numbered 1, 2, 3.
    """

    def __init__(
        self,
        host: str | None = "127.0.0.1",
        port: int | None = 5555,
        name: str | None = "Alice",
        person: bool = True,
        retry: float = 0,
        introduces: bool = False,
        errors_apart: bool = False,
        **more: Any,
    ) -> None:
        self.reactor = Reactor()
        self.stdio = StdioTransport()
        self.echo = Echo()
        options = {"host": host, "port": port, "name": name, "retry": retry, **more}
        audience = Audience(
            is_person=person,
            errors_apart=errors_apart,
            greets=person,
            introduces=introduces,
            replay=messages_on_joining(more.get("replay"), introduces=introduces),
            strict=more.get("strict", False),
        )
        self.app: App = LineApp(world_of(self.reactor), Destination(options), audience)
        self._terminal = Terminal(
            self.app, self.reactor, ERASE if person else None, echo=self.echo if person else None
        )
        self._terminal.makeConnection(self.stdio)
        self.left: Deferred[None] | None = None

    def starts(self) -> None:
        """Start, as when the reactor runs."""
        self.app.start(self._terminal)

    # At the keyboard.

    def types(self, *lines: str) -> None:
        """Type lines, one after the other."""
        for line in lines:
            self._terminal.dataReceived(f"{line}\n".encode())

    def pipes(self, *lines: str) -> None:
        """Pipe lines, and nothing after them."""
        self._terminal.dataReceived("".join(f"{line}\n" for line in lines).encode())
        self.ends_input()

    def ends_input(self) -> None:
        """Press Ctrl+D, or reach the end of the file."""
        self._terminal.readConnectionLost()

    def stops_reading(self) -> None:
        """Close the reader of the output."""
        self._terminal.writeConnectionLost()

    def presses_ctrl_c(self) -> None:
        """Press Ctrl+C."""
        self.app.interrupted()

    def shuts_down(self) -> None:
        """Stop the reactor."""
        self.left = self.app.wind_up()

    def reads_everything(self) -> None:
        """Read the rest of the output, after which the terminal closes."""
        self._terminal.connectionLost(Failure(ConnectionDone()))

    # On the screen.

    @property
    def screen(self) -> str:
        """Everything shown since `clears_screen`."""
        return self.stdio.value().decode()

    @property
    def lines(self) -> list[str]:
        """The complete lines of the screen."""
        assert self.screen.endswith("\n") or not self.screen
        return self.screen.splitlines()

    def clears_screen(self) -> None:
        """Forget what was shown so far."""
        self.stdio.clear()

    # The end.

    @property
    def exit_code(self) -> int | None:
        """The exit code of the process, once it is over."""
        return self.app.exit_code

    @property
    def is_over(self) -> bool:
        """Whether the reactor was told to stop."""
        return self.reactor.hasStopped

    @property
    def has_left(self) -> bool:
        """Whether the server and the terminal are closed, or were given up on."""
        return self.left is not None and self.left.called

    @property
    def is_gone(self) -> bool:
        """Whether the client has left, without a timer."""
        return self.has_left and not self.reactor.getDelayedCalls()

    # The network.

    @property
    def calls(self) -> list[tuple[str, int]]:
        """Which servers it has called."""
        return [(host, port) for host, port, *_ in self.reactor.tcpClients]

    def reaches(self) -> Server:
        """Answer the last call, with a server that the test plays."""
        host, _, factory, *_ = self.reactor.tcpClients[-1]
        return Server(factory.buildProtocol(None), host)

    def does_not_reach(self, error: Exception) -> None:
        """Fail the last call."""
        factory = self.reactor.tcpClients[-1][2]
        factory.clientConnectionFailed(self.reactor.connectors[-1], Failure(error))
        self.waits(1)  # there might have been another address to try

    @property
    def gave_up_calling(self) -> bool:
        """Whether the last call was cancelled."""
        return bool(self.reactor.connectors[-1].stoppedConnecting)

    def waits(self, seconds: float) -> None:
        """Advance the clock in small steps."""
        end = self.reactor.seconds() + seconds
        while self.reactor.seconds() < end:
            self.reactor.advance(min(0.05, end - self.reactor.seconds()))


def signed_in(person: bool = False, first_version: bool = False, retry: float = 0) -> tuple[Client, Server]:
    """Return Alice's client and its server, after signing in."""
    client = Client(person=person, retry=retry)
    client.starts()
    server = client.reaches()
    if first_version:
        server.welcomes_as_first_version()
    else:
        server.welcomes()
    client.clears_screen()
    return client, server
