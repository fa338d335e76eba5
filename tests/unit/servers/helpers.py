"""The words that the tests of the shells are written in: a server, its callers, what they send and hear."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IAddress
from twisted.internet.testing import Clock, StringTransport

from classchat.core.chat import Chat
from classchat.core.notices import Notice
from classchat.core.ports import Encode, Journal
from classchat.journal.memory import MemoryJournal
from classchat.limits import Limits
from classchat.servers.tcp import ChatFactory
from classchat.wire.lines import encode
from tests.unit.helpers import NOW, PlainPasswords

ADDRESS = IPv4Address("TCP", "127.0.0.1", 54321)


class Wire(StringTransport):
    """The near end of a TCP connection, as far as Twisted's own goes beyond StringTransport."""

    def __init__(self, peer: IAddress | None = ADDRESS) -> None:
        super().__init__(peerAddress=peer, lenient=True)
        self.half_closed = False
        self.no_delay = False
        self.keep_alive = False
        self.written: list[bytes] = []
        self.full = False
        self._unsent: list[bytes] = []
        self.reacts: Callable[[], None] | None = None

    def write(self, data: bytes) -> None:
        """Remember it; react to it once, if there is something to do."""
        if self.half_closed or self.disconnecting:
            return  # as Twisted's does
        self.written.append(data)
        if self.full:
            self._unsent.append(data)
        else:
            super().write(data)
        if self.reacts is not None:
            reacts, self.reacts = self.reacts, None
            reacts()
        self._ask_for_more()

    def registerProducer(self, producer: object, streaming: bool) -> None:
        """Ask a pull producer for its first slice at once, as Twisted's does."""
        super().registerProducer(producer, streaming)
        self.producer.resumeProducing()

    def fills_up(self) -> None:
        """Send nothing from now on: the reader does not read."""
        self.full = True

    def sends_slice(self) -> None:
        """Send what it has, and ask for more, but send no more than that."""
        unsent, self._unsent = self._unsent, []
        for data in unsent:
            super().write(data)
        if self.producer is not None:
            self.producer.resumeProducing()

    def drains(self) -> None:
        """Send everything from now on: the reader reads."""
        self.full = False
        self.sends_slice()

    def _ask_for_more(self) -> None:
        if not self.full and self.producer is not None:
            self.producer.resumeProducing()

    def loseWriteConnection(self) -> None:
        """Close our half."""
        self.half_closed = True

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Remember the option."""
        self.no_delay = enabled

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Remember the option."""
        self.keep_alive = enabled

    @property
    def aborted(self) -> bool:
        """Whether the connection was cut off."""
        return self.disconnected

    @property
    def closing(self) -> str:
        """How the server hung up, as far as it did."""
        if self.aborted:
            return "aborted"
        if self.disconnecting:
            return "closed"
        return "half closed" if self.half_closed else "open"


class Caller:
    """The far end of one connection."""

    def __init__(self, server: Server, address: IAddress | None) -> None:
        self.wire = Wire(address)
        self.protocol = server.factory.buildProtocol(address)
        self.protocol.makeConnection(self.wire)
        self._sent = b""
        self._gone = False

    # What it does.

    def sends(self, *lines: str | bytes | dict[str, Any], end: bytes = b"\n") -> None:
        """Send lines in one chunk: a name, some bytes, or a message."""
        self.sends_bytes(b"".join(_bytes(line) + end for line in lines))

    def sends_bytes(self, chunk: bytes) -> None:
        """Send some bytes, which arrive as soon as the server reads."""
        self._sent += chunk
        self.arrive()

    def arrive(self) -> None:
        """Let what was sent arrive, unless the server is not reading."""
        if self._sent and self.wire.producerState == "producing" and not self._gone:
            chunk, self._sent = self._sent, b""
            self.protocol.dataReceived(chunk)

    def stops_reading(self) -> None:
        """Let the server's buffers be full from now on."""
        self.wire.fills_up()

    def reads_on(self) -> None:
        """Read all that the server's buffers hold."""
        self.wire.drains()

    def closes_its_half(self) -> None:
        """Have nothing more to say."""
        self.protocol.readConnectionLost()

    def drops(self) -> None:
        """Be gone."""
        self._gone = True
        self.protocol.connectionLost()

    def drops_when_written_to(self) -> None:
        """Be gone while it is being written to."""
        self.wire.reacts = self.drops

    # What it has heard.

    def hears(self, *statuses: str) -> list[dict[str, Any]]:
        """Return all events since `forgets`, or those of some kinds."""
        events = [json.loads(line) for line in self.wire.value().splitlines()]
        return [event for event in events if not statuses or event["status"] in statuses]

    def hears_texts(self, *statuses: str) -> list[str]:
        """Return the texts of what it hears."""
        return [event["text"] for event in self.hears(*statuses)]

    def hears_codes(self) -> list[str]:
        """Return the codes of the errors that it hears."""
        return [event["code"] for event in self.hears("error")]

    def forgets(self) -> None:
        """Forget what was heard so far."""
        self.wire.clear()


def _bytes(line: str | bytes | dict[str, Any]) -> bytes:
    if isinstance(line, dict):
        return json.dumps(line).encode()
    return line.encode() if isinstance(line, str) else line


class Server:
    """A server without a port: a clock, a chat, and its callers."""

    def __init__(
        self,
        limits: Limits | None = None,
        encode: Encode = encode,
        journal: Callable[[Clock], Journal] = lambda clock: MemoryJournal(clock, lambda: NOW),
    ) -> None:
        self.clock = Clock()
        self.notices: list[Notice] = []
        self.chat = Chat(
            journal(self.clock),
            encode,
            self.notices.extend,
            limits or Limits().without_guard(),
            self.clock,
            PlainPasswords(),
        )
        self.chat.open()
        self.factory = ChatFactory(self.chat, self.notices.extend, self.clock)
        self.callers: list[Caller] = []

    def is_called(self, address: IAddress | None = ADDRESS) -> Caller:
        """Return a caller who did not say yet who it is."""
        caller = Caller(self, address)
        self.callers.append(caller)
        return caller

    def signs_in(self, *names: str) -> list[Caller]:
        """Return callers of these names, who have forgotten how they were welcomed."""
        callers = []
        for name in names:
            caller = self.is_called()
            caller.sends(register(name))
            callers.append(caller)
        self.forgets()
        return callers

    def room(self, name: str, *members: Caller) -> None:
        """Make a room of these members, who have forgotten how they came in."""
        first, *others = members
        first.sends(ask("create", name))
        self.turn()
        for member in others:
            member.sends(ask("join", name))
        self.turn()
        self.forgets()

    def forgets(self) -> None:
        """Let all callers forget what they heard."""
        for caller in self.callers:
            caller.forgets()

    def turn(self) -> None:
        """Let the reactor's turn end, and what arrived meanwhile be read."""
        self.passes(0)

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)
        for caller in self.callers:
            caller.arrive()

    def users(self) -> list[str]:
        """Return who is signed in."""
        return sorted(user.name for user in self.factory.users)

    def members(self, room: str) -> list[str]:
        """Return who is in a room."""
        return sorted(user.name for user in self.factory.rooms.get(room).members)


def register(name: str, **fields: str) -> dict[str, str]:
    """Return the message that signs in."""
    return {"status": "register", "sender": name, **fields}


def ask(status: str, receiver: str = "", text: str = "", **fields: str) -> dict[str, str]:
    """Return a request."""
    return {"status": status, "sender": "x", "receiver": receiver, "text": text, **fields}
