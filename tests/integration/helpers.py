"""The plumbing of this tier, so that its tests read like a chat."""

from __future__ import annotations

import ctypes
import functools
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from typing import Any, Self

import pytest
from twisted.internet import reactor
from twisted.internet.defer import Deferred, FirstError, gatherResults
from twisted.internet.endpoints import (
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    connectProtocol,
    serverFromString,
)
from twisted.internet.interfaces import IStreamClientEndpoint, IStreamServerEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.threads import deferToThread
from twisted.logger import globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.console import log_notices
from classchat.irc.network import Network as IRCNetwork
from classchat.journal.memory import MemoryJournal
from classchat.limits import Limits
from classchat.notice_sentences import Sentences
from classchat.servers.doors import LOOPBACK, Doors, Network
from classchat.servers.service import ChatService
from classchat.servers.site import Site
from classchat.servers.tls import Encryption
from classchat.tap import makeFactory, now
from tests.tables import Test, each_case

PATIENCE = 60.0
"""Seconds after which a wait is a failure: none takes more than a few, on the busiest machine."""

_SO_ATTACH_FILTER = 26  # of asm-generic/socket.h

Line = dict[str, Any]

only_lines = pytest.mark.parametrize("door", ["lines"])
"""Marks a test of what only streams of lines have: bare names, lines in pieces, the size of what is sent."""


def each_visit(names: str | Iterable[str], cases: Iterable[Any]) -> Callable[[Test], Test]:
    """Return a decorator as `each_case`, for coroutines with the fixture `server`: they share one server.

    After each case all of its clients are disconnected.
    """

    def decorated(function: Test) -> Test:
        @functools.wraps(function)
        async def visit(server: Server, **others: Any) -> None:
            try:
                await function(server=server, **others)
            finally:
                await server.is_left()

        return each_case(names, cases)(visit)

    return decorated


def line(status: str, **fields: Any) -> bytes:
    """Return a message's line, its newline included."""
    return json.dumps({"status": status, **fields}, ensure_ascii=False).encode() + b"\n"


def texts(lines: list[Line], status: str = "group") -> list[str]:
    """Return the texts of the lines with this status."""
    return [one["text"] for one in lines if one["status"] == status]


async def together(*doing: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run all of them at the same time, and return their results."""
    try:
        return await gatherResults([Deferred.fromCoroutine(one) for one in doing], consumeErrors=True)
    except FirstError as error:
        error.subFailure.raiseException()
        raise


def pull_cable(connection: socket.socket) -> None:
    """Have a socket receive nothing any more, and acknowledge nothing, as if a cable was pulled (Linux)."""
    drop_all = ctypes.create_string_buffer(
        struct.pack("HBBI", 0x06, 0, 0, 0)
    )  # of linux/filter.h: BPF_RET, 0
    program = struct.pack("HP", 1, ctypes.addressof(drop_all))
    connection.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


async def in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a blocking function in a thread, so that the reactor continues."""
    return await deferToThread(function, *arguments).addTimeout(PATIENCE, reactor)


class Signal:
    """Lets one test wait for the next time that something happens."""

    def __init__(self) -> None:
        self._waiting: Deferred[None] | None = None

    def fire(self) -> None:
        """It happened: the test goes on in the reactor's next turn, not in the middle of this one."""
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            reactor.callLater(0, waiting.callback, None)

    async def wait(self, otherwise: Callable[[], str]) -> None:
        """Wait for a Deferred; after a timeout, fail with the message `otherwise`."""

        def give_up(_result: object, _seconds: float) -> None:
            self._waiting = None
            raise AssertionError(otherwise())

        self._waiting = waiting = Deferred()
        await waiting.addTimeout(PATIENCE, reactor, give_up)


_decode = json.JSONDecoder().decode


def _decoded(data: bytes) -> Line:
    """Return what a line says; `json.loads` would look for other encodings than UTF-8 first."""
    return _decode(data.decode())  # type: ignore[no-any-return]


class HungUp(AssertionError):
    """The server closed the connection of a client that expected a line."""


class Client(Protocol):
    """One end of a connection: says lines or any bytes, and remembers every line that it hears."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.heard: list[bytes] = []
        """Every line so far, without its newline."""
        self.gone = False
        self._rest = b""
        self._read = 0
        self._happened = Signal()
        self._asked = 0

    async def opens(self) -> None:
        """Wait until lines can be sent, which they can at once."""

    # Saying.

    def send(self, data: bytes) -> None:
        """Send any bytes."""
        self.transport.write(data)

    def says(self, status: str, receiver: str = "", text: str = "", **fields: Any) -> None:
        """Send one message."""
        self.send(line(status, sender=self.name, receiver=receiver, text=text, **fields))

    async def asks(self, status: str, receiver: str = "", text: str = "", **fields: Any) -> Line:
        """Send one message, and return its answer; lines before it are skipped."""
        self._asked += 1
        id = f"{self.name[:32]}-{self._asked}"  # an id has 64 characters at most
        self.says(status, receiver, text, id=id, **fields)
        return await self._first(lambda heard: heard.get("id") == id, f"an answer to {status} {receiver}")

    # Hearing.

    async def next(self) -> Line:
        """Return the next line."""
        return await self._first(lambda _: True, "anything")

    async def hears(self, status: str, **fields: Any) -> Line:
        """Return the next line with this status and these fields; lines before it are skipped."""
        wanted = {"status": status, **fields}
        return await self._first(lambda heard: wanted.items() <= heard.items(), str(wanted))

    async def hears_answer_or_end(self) -> Line | None:
        """Return the next answer to a request with an `id`; None if the connection is over before."""
        try:
            return await self._first(lambda heard: "id" in heard, "an answer")
        except HungUp:
            return None

    async def catches_up(self) -> list[Line]:
        """Return all lines that the server has sent so far and that were not returned yet.

        The server answers a `ping` at once, but delivers messages at the end of its turn. So this sends two,
        the second after the answer to the first.
        """
        before = self._read
        pongs = [await self.asks("ping"), await self.asks("ping")]
        return [one for one in self._lines(before, self._read) if one not in pongs]

    async def closed(self) -> list[Line]:
        """Wait until the connection is closed; return the lines that were not returned yet."""
        while not self.gone:
            await self._happened.wait(lambda: f"{self} is still connected")
        before, self._read = self._read, len(self.heard)
        return self._lines(before, self._read)

    def everything(self) -> list[Line]:
        """Return all that was ever heard."""
        return self._lines(0, len(self.heard))

    # Leaving.

    def hangs_up(self) -> None:
        """Close the connection, as orderly as TCP does."""
        self.transport.loseConnection()

    def stops_talking(self) -> None:
        """Close this half of the connection, and go on reading."""
        self.transport.loseWriteConnection()

    async def vanishes(self) -> None:
        """Reset the connection."""
        self.transport.abortConnection()
        await self.closed()

    async def _first(self, wanted: Callable[[Line], bool], what: str) -> Line:
        while True:
            while self._read < len(self.heard):
                heard = _decoded(self.heard[self._read])
                self._read += 1
                if wanted(heard):
                    return heard
            if self.gone:
                raise HungUp(f"{self} was hung up on before hearing {what}")
            await self._happened.wait(lambda: f"{self} did not hear {what}")

    def _lines(self, start: int, end: int) -> list[Line]:
        return [_decoded(one) for one in self.heard[start:end]]

    def __repr__(self) -> str:
        last = [one[:200] for one in self.heard[-5:]]
        return f"{self.name or 'somebody'}, who heard last {last}"

    # Twisted calling.

    def dataReceived(self, data: bytes) -> None:
        """Store the received lines."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.heard.extend(lines)
        self._happened.fire()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Record that the connection is closed."""
        self.gone = True
        self._happened.fire()


class Server:
    """A whole server that listens, and the clients that a test connects to it."""

    def __init__(self, service: ChatService, makes_client: Callable[[str], Client] = Client) -> None:
        self.service = service
        self._makes_client = makes_client
        self.factory = service.factory
        self.addresses: list[str] = []
        """What it says that it listens on."""
        self._clients: list[Client | RawClient] = []
        self._count = 0
        self._counted = Signal()
        self._logged = Signal()
        self._watch_connections()

    @property
    def address(self) -> tuple[str, int]:
        """Where to connect, if it listens on one TCP port."""
        host, _, port = self.addresses[0].rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def epoch(self) -> str:
        """The epoch of the journal."""
        return self.factory.chat.epoch

    def start(self) -> None:
        """Listen; remember where."""
        globalLogPublisher.addObserver(self._note)
        self.service.privilegedStartService()
        self.service.startService()

    async def stop(self) -> None:
        """Disconnect all clients, and stop the server. Harmless twice."""
        await self._disconnect_all()
        if self.service.running:
            await self.stop_politely()
        globalLogPublisher.removeObserver(self._note)

    async def is_left(self) -> None:
        """Disconnect all clients, and wait until nobody is there."""
        await self._disconnect_all()
        await self.connections(0)

    async def _disconnect_all(self) -> None:
        while self._clients:
            match self._clients.pop(0):
                case RawClient() as client:
                    client.close()
                case Client(gone=False) as client:
                    await client.vanishes()

    async def stop_politely(self) -> None:
        """Stop as SIGTERM does."""
        await self.service.stopService().addTimeout(PATIENCE, reactor)

    async def dial(
        self, name: str = "", endpoint: IStreamClientEndpoint | None = None, origin: str | None = None
    ) -> Client:
        """Return a connection that has not signed in, perhaps from another address of this machine."""
        if endpoint is None:
            bound = None if origin is None else (origin, 0)
            endpoint = TCP4ClientEndpoint(reactor, *self.address, bindAddress=bound)
        made = self._makes_client(name)
        client = await connectProtocol(endpoint, made).addTimeout(PATIENCE, reactor)
        self._clients.append(client)
        await client.opens()
        return client

    async def connect(self, name: str, room: str | None = None) -> Client:
        """Return a signed-in client, perhaps in a room, which is created if necessary."""
        client = await self.dial(name)
        answer = await client.asks("register")
        assert answer["status"] == "success", answer
        if room is not None:
            made = await client.asks("create", room)
            if made["status"] == "error":
                await client.asks("join", room)
                await client.hears("group", sender="SERVER")
        return client

    async def raw(self, name: str = "", room: str | None = None) -> RawClient:
        """Return a socket that reads only on command, perhaps signed in and in a room."""
        client = await in_thread(RawClient, self.address)
        self.keep(client)
        if name:
            await in_thread(client.send, line("register", sender=name))
            await in_thread(client.read_line)
        if room is not None:
            await in_thread(client.send, line("join", receiver=room))
            await in_thread(client.read_line)
            await in_thread(client.read_line)
        return client

    def adopts(self, client: Client) -> None:
        """Disconnect a client after the test."""
        self._clients.append(client)

    def keep(self, client: RawClient) -> None:
        """Close a socket after the test."""
        self._clients.append(client)

    async def registered(self, name: str) -> None:
        """Wait until a user with this name is signed in."""
        while name not in self._names():
            await self._logged.wait(lambda: f"{name} did not sign in")

    async def without(self, name: str) -> None:
        """Wait until no user with this name is signed in."""
        while name in self._names():
            await self._logged.wait(lambda: f"{name} is still signed in")

    async def connections(self, number: int) -> None:
        """Wait until the server has so many connections."""
        while self._count != number:
            await self._counted.wait(lambda: f"the server has {self._count} connections, not {number}")

    def _names(self) -> set[str]:
        return {user.name for user in self.factory.users}

    def _watch_connections(self) -> None:
        connected, disconnected = self.factory.connected, self.factory.disconnected

        def count(change: int, then: Callable[..., None], *arguments: Any) -> None:
            then(*arguments)
            self._count += change
            self._counted.fire()

        self.factory.connected = lambda *arguments: count(1, connected, *arguments)
        self.factory.disconnected = lambda *arguments: count(-1, disconnected, *arguments)

    def _note(self, event: dict[str, Any]) -> None:
        if isinstance(event.get("sentences"), Sentences):
            for sentence in str(event["sentences"]).splitlines():
                if sentence.startswith("Server started on "):
                    self.addresses.append(sentence.removeprefix("Server started on "))
            self._logged.fire()


@implementer(IStreamServerEndpoint)
class LoopbackEndpoint:
    """Listens on a free port of 127.0.0.1, with a small kernel buffer for slow readers if desired."""

    def __init__(self, send_buffer: int | None) -> None:
        self._send_buffer = send_buffer

    def listen(self, factory: Any) -> Deferred[Any]:
        """Listen; the accepted sockets inherit the listening one's buffer."""
        endpoint = TCP4ServerEndpoint(reactor, 0, backlog=1024, interface="127.0.0.1")
        return endpoint.listen(factory).addCallback(self._narrowed)

    def _narrowed(self, port: Any) -> Any:
        if self._send_buffer is not None:
            port.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._send_buffer)
        return port


def build(
    send_buffer: int | None = None,
    trusted: Sequence[Network] = LOOPBACK,
    encryption: Encryption | None = None,
    site: Site | None = None,
    network: IRCNetwork | None = None,
    makes_client: Callable[[str], Client] = Client,
    **limits: Any,
) -> Server:
    """Build a server on one TCP port as classchat.tap does, with these limits.

    Limits against abuse are off by default, because tests are faster than people.
    """
    granted = replace(Limits().without_guard(), **limits)
    journal = MemoryJournal(reactor, now)
    factory = makeFactory(journal, reactor, granted, encryption=encryption, site=site, network=network)
    factory.doors = Doors(granted, reactor, log_notices, trusted)
    service = ChatService(factory, {"127.0.0.1:0": LoopbackEndpoint(send_buffer)}, log_notices)
    return Server(service, makes_client)


def built_at(endpoint: str) -> Server:
    """Build a server on any endpoint, without limits against abuse."""
    factory = makeFactory(MemoryJournal(reactor, now), reactor, Limits().without_guard())
    return Server(ChatService(factory, {endpoint: serverFromString(reactor, endpoint)}, log_notices))


class RawClient:
    """A blocking socket with small buffers, for threads; it reads only on command."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def send(self, data: bytes) -> None:
        """Send all of it."""
        self._socket.sendall(data)

    def closes(self) -> None:
        """Close the socket, whether or not there is unread data."""
        self._socket.close()

    def half_closes(self) -> None:
        """Close the sending half."""
        self._socket.shutdown(socket.SHUT_WR)

    def recv(self, size: int) -> bytes:
        """Call `recv` just once."""
        return self._socket.recv(size)

    def read_line(self) -> Line:
        """Return the next line."""
        while b"\n" not in self._rest:
            data = self._socket.recv(4096)
            if not data:
                raise AssertionError(f"the connection is over, after {self._rest!r}")
            self._rest += data
        one, _, self._rest = self._rest.partition(b"\n")
        return json.loads(one)

    def read_lines(self, number: int) -> list[Line]:
        """Return the next lines."""
        return [self.read_line() for _ in range(number)]

    def read_to_end(self) -> bytes:
        """Return everything until the server closes or resets the connection."""
        parts = [self._rest]
        self._rest = b""
        try:
            while data := self._socket.recv(65_536):
                parts.append(data)
        except ConnectionResetError:
            pass
        return b"".join(parts)

    def stop_talking(self) -> None:
        """Close this half of the connection."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with an RST, at any moment."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        """Close the socket; harmless twice."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


Serve = Callable[..., Awaitable[Server]]
