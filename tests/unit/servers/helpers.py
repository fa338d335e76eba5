"""The words that the tests of connections use: a server, its callers, what they send and hear."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from OpenSSL import SSL
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IAddress, IDelayedCall
from twisted.internet.testing import Clock, StringTransport
from twisted.python.failure import Failure
from websockets.frames import Close, Frame, Opcode
from websockets.protocol import Protocol, Side, State

from classchat.core.chat import Chat
from classchat.core.journal_port import Journal
from classchat.core.notices import Notice
from classchat.journal.memory import MemoryJournal
from classchat.limits import Limits
from classchat.servers.certificates import Passing
from classchat.servers.http import visits
from classchat.servers.proxies import Proxies, Proxy
from classchat.servers.site import OPENS_WEBSOCKET, HTTPAnswer, HTTPRequest, OpensWebSocket, Site, Visitor
from classchat.servers.sniffer import DIALECTS, Row
from classchat.servers.tcp import ChatFactory
from classchat.servers.timeouts import Timeouts
from classchat.servers.tls import Encryption, Plaintext
from classchat.servers.vigil import Vigil
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
        self.protocol: Any = None
        self._unsent: list[bytes] = []
        self.reacts: Callable[[], None] | None = None

    def write(self, data: bytes) -> None:
        """Record the data; react to it once, if a test says so."""
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
        """Send the data so far, and ask for more, but do not send that."""
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
        """Record the option."""
        self.no_delay = enabled

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Record the option."""
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
        self.wire.protocol = server.factory.buildProtocol(address)
        self.protocol.makeConnection(self.wire)
        self._sent = b""
        self._gone = False
        self._last: Any = None

    @property
    def protocol(self) -> Any:
        """What the transport calls, which may change."""
        return self.wire.protocol or self._last

    # What it does.

    def sends(self, *lines: str | bytes | dict[str, Any], end: bytes = b"\n") -> None:
        """Send lines in one chunk: a name, some bytes, or a message."""
        self.sends_bytes(b"".join(_bytes(line) + end for line in lines))

    def sends_bytes(self, chunk: bytes) -> None:
        """Send some bytes, which arrive as soon as the server reads."""
        self._sent += chunk
        self.arrive()

    def arrive(self) -> None:
        """Hand the server what was sent, unless it is not reading."""
        if self._sent and self.wire.producerState == "producing" and not self._gone:
            chunk, self._sent = self._sent, b""
            self.protocol.dataReceived(chunk)

    def stops_reading(self) -> None:
        """Stop reading: the server's buffers are full from now on."""
        self.wire.fills_up()

    def reads_on(self) -> None:
        """Read all that the server's buffers hold."""
        self.wire.drains()

    def closes_its_half(self) -> None:
        """Close our half."""
        self.protocol.readConnectionLost()

    def drops(self, *, broken: bool = False) -> None:
        """Close the connection, or lose it by a failure of the network."""
        self._gone = True
        self._last, self.wire.protocol = self.protocol, None  # as Twisted forgets it
        self._last.connectionLost(Failure(ConnectionLost() if broken else ConnectionDone()))

    def drops_when_written_to(self) -> None:
        """Lose the connection at the next write."""
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


HEAD_OF_UPGRADE = (
    "GET /ws HTTP/1.1",
    "Host: localhost",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
)
"""The lines of a request that opens a WebSocket: the key is that of RFC 6455, 1.3."""


def head(*lines: str) -> bytes:
    """Return the head of a request with these lines."""
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()


def text_frame(*lines: dict[str, Any] | bytes) -> bytes:
    """Return a client's frame with these lines, of which the last has no newline."""
    return Frame(Opcode.TEXT, b"\n".join(_bytes(line) for line in lines)).serialize(mask=True)


class Browser(Caller):
    """The far end of a connection that speaks HTTP, and then perhaps WebSocket."""

    _opened_at = 0

    def asks(self, *lines: str) -> None:
        """Send a request with these lines; by default for the page."""
        self.sends_bytes(head(*(lines or ("GET / HTTP/1.1", "Host: localhost"))))

    def opens(self, *also: str) -> None:
        """Open a WebSocket, and forget the answer."""
        self.asks(*HEAD_OF_UPGRADE, *also)
        answer, end, _ = self.wire.value().partition(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 "), self.wire.value()
        self._opened_at = len(answer + end)

    def forgets(self) -> None:
        """Forget what was heard so far."""
        super().forgets()
        self._opened_at = 0

    def answers(self) -> list[tuple[int, dict[str, str], bytes]]:
        """Return the answers to requests: status, headers by name, body."""
        data, found = self.wire.value(), []
        while data:
            first, _, data = data.partition(b"\r\n\r\n")
            line, *lines = first.decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            size = int(headers.get("Content-Length", 0))
            found.append((int(line.split()[1]), headers, data[:size]))
            data = data[size:]
        return found

    def statuses(self) -> list[int]:
        """Return the status of each answer to GET."""
        return [status for status, _, _ in self.answers()]

    def says(self, *lines: dict[str, Any] | bytes) -> None:
        """Send lines in one frame."""
        self.sends_bytes(text_frame(*lines))

    def sends_frame(self, opcode: Opcode, data: bytes = b"") -> None:
        """Send a frame."""
        self.sends_bytes(Frame(opcode, data).serialize(mask=True))

    def frames(self) -> list[Frame]:
        """Return the frames that the server has sent since `forgets`."""
        other = Protocol(Side.CLIENT, state=State.OPEN)
        other.receive_data(self.wire.value()[self._opened_at :])
        assert other.parser_exc is None, other.parser_exc
        return other.events_received()

    def hears(self, *statuses: str) -> list[dict[str, Any]]:
        """Return all events since `forgets`, or those of some kinds."""
        texts = [frame.data for frame in self.frames() if frame.opcode is Opcode.TEXT]
        events = [json.loads(line) for text in texts for line in bytes(text).splitlines()]
        return [event for event in events if not statuses or event["status"] in statuses]

    def close_code(self) -> int | None:
        """Return the code with which the server has closed the WebSocket."""
        closes = [frame for frame in self.frames() if frame.opcode is Opcode.CLOSE]
        return Close.parse(closes[0].data).code if closes else None


class PlainSite:
    """A site with a few addresses; `address` is where its visitors are, if that is not the other end."""

    def __init__(self, address: IAddress | None = None, *, encrypted: bool = False) -> None:
        self.address = address
        self.encrypted = encrypted
        self.asked: list[HTTPRequest] = []

    def visitor(self, request: HTTPRequest) -> Visitor:
        """Return the client at the other end, or at the site's address."""
        self.asked.append(request)
        encrypted = request.encrypted or self.encrypted
        return Visitor(self.address or request.peer, encrypted, request.header("host") or "")

    def takes_bodies(self, path: str) -> bool:
        """Return whether an address takes bodies: /slow does."""
        return path == "/slow"

    def takes_chunks(self, path: str) -> bool:
        """Return whether bodies may come in chunks: none may."""
        return False

    def answer(self, request: HTTPRequest, visitor: Visitor) -> HTTPAnswer | OpensWebSocket:
        """Return a short page, a long one, none, or a WebSocket; fail at /broken."""
        match request.path:
            case "/":
                return HTTPAnswer(200, [("Content-Type", "text/html")], b"Welcome")
            case "/long":
                return HTTPAnswer(200, [], b"x" * 100_000)
            case "/same":
                return HTTPAnswer(304)
            case "/empty":
                return HTTPAnswer(204)
            case "/ws":
                return OPENS_WEBSOCKET
            case "/broken":
                raise ZeroDivisionError("secret")
        return self.refusal(404, "There is nothing here.")

    def refusal(self, status: int, text: str, headers: Sequence[tuple[str, str]] = ()) -> HTTPAnswer:
        """Return the text."""
        return HTTPAnswer(status, headers, text.encode())


def client_context(version: int = SSL.TLS1_3_VERSION) -> SSL.Context:
    """Return the context of a client of this version of TLS, which trusts every server."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(min(version, SSL.TLS1_2_VERSION))
    context.set_max_proto_version(version)
    context.set_verify(SSL.VERIFY_NONE)
    return context


class EncryptedCaller(Caller):
    """The far end of a connection with TLS, which OpenSSL makes in memory."""

    def __init__(
        self, server: Server, address: IAddress | None = ADDRESS, context: SSL.Context | None = None
    ) -> None:
        super().__init__(server, address)
        self.tls = SSL.Connection(context or client_context(), None)
        self.tls.set_connect_state()
        self.said_good_bye = False
        """Whether the server has said that nothing more follows."""
        self._taken = 0
        self._text = b""

    def calls(self) -> None:
        """Do the handshake, as far as the server takes part."""
        self.begins()
        self.reads()

    def begins(self) -> None:
        """Send the first bytes of the handshake."""
        with suppress(SSL.WantReadError):
            self.tls.do_handshake()
        super().sends_bytes(self._made())

    def reads(self) -> None:
        """Read what the server has sent, and send what OpenSSL answers."""
        while self._taken < len(self.wire.value()):
            records = self.wire.value()[self._taken :]
            self._taken += len(records)
            self.tls.bio_write(records)
            try:
                while True:
                    self._text += self.tls.recv(65_536)
            except SSL.WantReadError:
                pass
            except SSL.ZeroReturnError:
                self.said_good_bye = True
            super().sends_bytes(self._made())

    def sends_bytes(self, chunk: bytes) -> None:
        """Send some bytes in records."""
        records = b""
        for start in range(0, len(chunk), 16_384):
            self.tls.send(chunk[start : start + 16_384])
            records += self._made()
        super().sends_bytes(records)
        self.reads()

    def sends_raw(self, chunk: bytes) -> None:
        """Send bytes that are no records."""
        super().sends_bytes(chunk)

    def has_said_all(self) -> None:
        """Send close_notify."""
        self.tls.shutdown()
        super().sends_bytes(self._made())

    def hears(self, *statuses: str) -> list[dict[str, Any]]:
        """Return all events since `forgets`, or those of some kinds."""
        self.reads()
        events = [json.loads(line) for line in self._text.splitlines()]
        return [event for event in events if not statuses or event["status"] in statuses]

    def text(self) -> bytes:
        """Return all that it hears."""
        self.reads()
        return self._text

    def forgets(self) -> None:
        """Forget what was heard so far."""
        self.reads()
        self._text = b""

    def _made(self) -> bytes:
        made = b""
        with suppress(SSL.WantReadError):
            while True:
                made += self.tls.bio_read(65_536)
        return made


def _bytes(line: str | bytes | dict[str, Any]) -> bytes:
    if isinstance(line, dict):
        return json.dumps(line).encode()
    return line.encode() if isinstance(line, str) else line


class Server:
    """A server without a port: a clock, a chat, and its callers."""

    def __init__(
        self,
        limits: Limits | None = None,
        journal: Callable[[Clock], Journal] = lambda clock: MemoryJournal(clock, lambda: NOW),
        encryption: Encryption | None = None,
        dialects: Sequence[Row] = DIALECTS,
        site: Site | None = None,
        proxies: Sequence[Proxy] = (),
    ) -> None:
        self.clock = Clock()
        self.notices: list[Notice] = []
        self.chat = Chat(
            journal(self.clock),
            self.notices.extend,
            limits or Limits().without_guard(),
            self.clock,
            PlainPasswords(),
            self.clock,
        )
        self.chat.open()
        self.factory = ChatFactory(
            self.chat,
            self.notices.extend,
            self.clock,
            encryption=encryption,
            dialects=dialects,
            visits=None if site is None else visits(site, self.chat.limits),
            proxies=Proxies(proxies),
        )
        self.site = site
        self.callers: list[Caller] = []

    @property
    def timers(self) -> list[IDelayedCall]:
        """The timers of single connections: those that all share may stay when the last one has left."""
        return [
            timer
            for timer in self.clock.getDelayedCalls()
            if not isinstance(getattr(timer.func, "__self__", None), Vigil | Timeouts)
        ]

    def is_called(self, address: IAddress | None = ADDRESS) -> Caller:
        """Return a caller that has not signed in."""
        caller = Caller(self, address)
        self.callers.append(caller)
        return caller

    def is_visited(self, address: IAddress | None = ADDRESS) -> Browser:
        """Return a caller that speaks HTTP."""
        browser = Browser(self, address)
        self.callers.append(browser)
        return browser

    def is_called_with_tls(self, **how: Any) -> EncryptedCaller:
        """Return a caller that has done the handshake, and has not signed in."""
        caller = EncryptedCaller(self, **how)
        self.callers.append(caller)
        caller.calls()
        return caller

    def signs_in(self, *names: str) -> list[Caller]:
        """Return callers that are signed in with these names, and have forgotten the welcomes."""
        callers = []
        for name in names:
            caller = self.is_called()
            caller.sends(register(name))
            callers.append(caller)
        self.forgets()
        return callers

    def room(self, name: str, *members: Caller) -> None:
        """Make a room of these members, and forget how they joined."""
        first, *others = members
        first.sends(ask("create", name))
        self.turn()
        for member in others:
            member.sends(ask("join", name))
        self.turn()
        self.forgets()

    def forgets(self) -> None:
        """Forget what all callers have heard."""
        for caller in self.callers:
            caller.forgets()

    def turn(self) -> None:
        """End the reactor's turn, and read what has arrived meanwhile."""
        self.passes(0)

    def passes(self, seconds: float) -> None:
        """Pass time."""
        self.clock.advance(seconds)
        for caller in self.callers:
            caller.arrive()

    def users(self) -> list[str]:
        """Return the names of all users."""
        return sorted(user.name for user in self.factory.users)

    def members(self, room: str) -> list[str]:
        """Return the names of a room's members."""
        return sorted(user.name for user in self.factory.rooms.get(room).members)


def encrypting(plaintext: Plaintext = Plaintext.ANY) -> Encryption:
    """Return what a server with TLS takes: a certificate that was just made."""
    encryption = Encryption(Passing(), plaintext)
    encryption.open()
    return encryption


def register(name: str, **fields: str) -> dict[str, str]:
    """Return the message that signs in."""
    return {"status": "register", "sender": name, **fields}


def ask(status: str, receiver: str = "", text: str = "", **fields: str) -> dict[str, str]:
    """Return a request."""
    return {"status": status, "sender": "x", "receiver": receiver, "text": text, **fields}
