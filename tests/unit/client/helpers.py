"""The plumbing of the client's tests, so that they can speak of a person, a screen and a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC
from itertools import count
from typing import Any

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
"""Stands on the tests' screens for what erases a prompt."""

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
"""What the first version's README shows to whom is welcome."""


def welcome(name: str = "Alice", server: str | None = "ClassChat 0.1") -> Success:
    """Return how a server greets; one of the first version does not say what it is."""
    return Success("SERVER", name, f"Welcome to ClassChat, {name}!", server=server)


def granted(id: str | None, text: str = "granted") -> Success:
    """Return how a request is granted."""
    return Success("SERVER", "Alice", text, id=id)


def refused(id: str | None, text: str = "refused") -> Error:
    """Return how a request is refused."""
    return Error("SERVER", "Alice", text, id=id)


class StdioTransport(StringTransport):
    """What StandardIO is to a terminal: all of it is harmless after it is closed."""

    def __init__(self) -> None:
        super().__init__(lenient=True)

    @property
    def paused(self) -> bool:
        """Whether the input is left where it is."""
        return self.producerState == "paused"

    def unregisterProducer(self) -> None:
        """Have no producer, as StandardIO does: without minding if there was none."""
        self.producer = self.streaming = None


class TCPTransport(StringTransport):
    """A connection that remembers what was written to it write by write; it closes when a test says so."""

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
        """Know whether small writes go at once."""
        self.no_delay = enabled

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Know whether the other end is looked for when nobody speaks."""
        self.keep_alive = enabled


class Server:
    """The other end of a client's connection, which the test plays."""

    def __init__(self, protocol: IProtocol) -> None:
        self._protocol = protocol
        self.transport = TCPTransport()
        protocol.makeConnection(self.transport)

    def sends(self, *chunks: bytes) -> None:
        """Send bytes, in these segments."""
        for chunk in chunks:
            self._protocol.dataReceived(chunk)

    def tells(self, *events: Event) -> None:
        """Send messages, each in a segment of its own."""
        self.sends(*map(encode, events))

    def welcomes(self) -> None:
        """Welcome the client as our own server does."""
        self.tells(welcome())
        self.forgets()

    def welcomes_as_first_version(self) -> None:
        """Welcome the client as the server of 2025 does."""
        self.tells(welcome(server=None))
        self.forgets()

    def hangs_up(self) -> None:
        """Close the connection, or let it be closed."""
        self._protocol.connectionLost(Failure(ConnectionDone()))

    def forgets(self) -> None:
        """Look only at what comes from now on."""
        self.transport.writes.clear()

    @property
    def hears(self) -> list[dict[str, Any]]:
        """What the client asked, each line a message; but not that it answers pings, which it always says."""
        lines = [json.loads(line) for line in b"".join(self.transport.writes).splitlines()]
        return [line for line in lines if not line.get("answers")]

    @property
    def texts(self) -> list[str]:
        """What the client says, in order."""
        return [request["text"] for request in self.hears]

    @property
    def hung_up_on(self) -> bool:
        """Whether the client closes in good order."""
        return self.transport.disconnecting and not self.transport.disconnected

    @property
    def aborted(self) -> bool:
        """Whether the client gave up on us."""
        return self.transport.disconnected


class RecordingTypist(Typist):
    """Remembers what a terminal tells, and does something about it if it is told to."""

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
    """Remembers what a connection tells."""

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
    """A reactor that minds being stopped twice, as real ones do."""

    def stop(self) -> None:
        """Stop, once."""
        if self.hasStopped:
            raise ReactorNotRunning
        super().stop()


class Echo:
    """Remembers whether what is typed is shown."""

    def __init__(self) -> None:
        self.is_on = True

    def off(self) -> None:
        """Show nothing."""
        self.is_on = False

    def on(self) -> None:
        """Show it again."""
        self.is_on = True

    def forget(self) -> None:
        """Do nothing: nothing waits here."""


def world_of(reactor: MemoryReactorClock) -> World:
    """Return a world whose time is the reactor's, with the ids 1, 2, 3 and no chance."""
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
        """Begin, as when the reactor runs."""
        self.app.start(self._terminal)

    # At the keyboard.

    def types(self, *lines: str) -> None:
        """Type lines, one after the other."""
        for line in lines:
            self._terminal.dataReceived(f"{line}\n".encode())

    def pipes(self, *lines: str) -> None:
        """Give lines all at once, and nothing more."""
        self._terminal.dataReceived("".join(f"{line}\n" for line in lines).encode())
        self.ends_input()

    def ends_input(self) -> None:
        """Press Ctrl+D, or be a file that was read."""
        self._terminal.readConnectionLost()

    def stops_reading(self) -> None:
        """Close the other end of its output."""
        self._terminal.writeConnectionLost()

    def presses_ctrl_c(self) -> None:
        """Interrupt it."""
        self.app.interrupted()

    def shuts_down(self) -> None:
        """Let the reactor stop, because it was told to."""
        self.left = self.app.wind_up()

    def reads_everything(self) -> None:
        """Take the rest of the output, whereupon the terminal closes."""
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
        """Look only at what is shown from now on."""
        self.stdio.clear()

    # What becomes of it.

    @property
    def exit_code(self) -> int | None:
        """What the process will say, once it is over."""
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
        """Whether nothing is left to be done, and no timer."""
        return self.has_left and not self.reactor.getDelayedCalls()

    # The network.

    @property
    def calls(self) -> list[tuple[str, int]]:
        """Which servers it has called."""
        return [(host, port) for host, port, *_ in self.reactor.tcpClients]

    def reaches(self) -> Server:
        """Let the last call be answered, by a server that the test plays."""
        factory = self.reactor.tcpClients[-1][2]
        return Server(factory.buildProtocol(None))

    def does_not_reach(self, error: Exception) -> None:
        """Let the last call fail."""
        factory = self.reactor.tcpClients[-1][2]
        factory.clientConnectionFailed(self.reactor.connectors[-1], Failure(error))
        self.waits(1)  # there might have been another address to try

    @property
    def gave_up_calling(self) -> bool:
        """Whether the last call was cancelled."""
        return bool(self.reactor.connectors[-1].stoppedConnecting)

    def waits(self, seconds: float) -> None:
        """Let time pass, in steps that are shorter than anything takes."""
        end = self.reactor.seconds() + seconds
        while self.reactor.seconds() < end:
            self.reactor.advance(min(0.05, end - self.reactor.seconds()))


def signed_in(person: bool = False, first_version: bool = False, retry: float = 0) -> tuple[Client, Server]:
    """Return Alice's client and its server, who have forgotten how she signed in."""
    client = Client(person=person, retry=retry)
    client.starts()
    server = client.reaches()
    if first_version:
        server.welcomes_as_first_version()
    else:
        server.welcomes()
    client.clears_screen()
    return client, server
