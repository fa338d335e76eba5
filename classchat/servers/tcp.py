"""JSON lines over a stream: TCP, with TLS or without, and whatever else an endpoint listens on.

What Twisted calls is here, and the registry of all connections. What a connection does is in connection.py,
and what it speaks in sniffer.py and `wire/`.
"""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.core.chat import Chat
from classchat.core.notices import Connected, Full, Observe
from classchat.core.rooms import RoomRegistry
from classchat.core.users import UserRegistry
from classchat.errors import ChatError, ShuttingDown, TooMany
from classchat.limits import Limits
from classchat.messages import Error
from classchat.names import SERVER
from classchat.servers.connection import Connection, Shared, described
from classchat.servers.doors import Doors, Origin
from classchat.servers.sniffer import DIALECTS, HTTP, Row
from classchat.servers.tls import Encryption
from classchat.servers.transports import Transport
from classchat.servers.vigil import Vigil
from classchat.servers.visit import Visits
from classchat.wire.json_codec import JSON


@implementer(IHalfCloseableProtocol)
class ChatProtocol(LineReceiver):
    """One connection, as Twisted calls it.

    Its dialect splits all complete lines of a read in one go: LineReceiver's own loop copies the rest of them
    for every line.
    """

    delimiter = b"\n"
    transport: Transport  # type: ignore[assignment]

    def __init__(self, factory: ChatFactory, origin: Origin | None) -> None:
        """Serve a connection that is counted under an origin; None if it is not counted."""
        self.factory = factory
        self._origin = origin
        self._connection: Connection

    def connectionMade(self) -> None:
        """A client has connected."""
        address = self.transport.getPeer()
        if isinstance(address, IPv4Address | IPv6Address):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)  # the kernel notices dead connections, in hours
        self._connection = Connection(self.transport, self.factory.shared, self.factory.place(address))
        self.factory.connected(self._connection, described(address))

    def dataReceived(self, data: bytes) -> None:
        """Bytes of the client have arrived."""
        self._connection.receive(data)

    def lineReceived(self, line: bytes) -> None:
        """A line of the client has arrived, without its newline."""
        self._connection.receive(line + self.delimiter)

    def readConnectionLost(self) -> None:
        """The client has closed its half."""
        self._connection.receive_end()

    def writeConnectionLost(self) -> None:
        """We have closed our half, as we meant to."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        """The client is gone."""
        self._connection.lost()
        self.factory.disconnected(self._connection, self._origin)


class _TurnedAway(Protocol):
    """A connection that is not accepted: it is told why, and closed."""

    transport: Transport  # type: ignore[assignment]

    def __init__(self, reason: ChatError) -> None:
        self._reason = reason

    def connectionMade(self) -> None:
        """Say why, and hang up."""
        self.transport.write(JSON.encode([Error(SERVER, "", self._reason.text, code=self._reason.code)]))
        self.transport.loseConnection()


class ChatFactory(ServerFactory):
    """The registry of all connections, which share one chat: one registry of users, one of rooms."""

    noisy = False

    def __init__(
        self,
        chat: Chat,
        observe: Observe,
        clock: IReactorTime,
        doors: Doors | None = None,
        encryption: Encryption | None = None,
        dialects: Sequence[Row] = DIALECTS,
        visits: Visits | None = None,
    ) -> None:
        """Accept the connections that `doors` accepts: by default all from this machine, some from others.

        Accept plain text, and nothing else, unless there is an `encryption`; and HTTP if there are `visits`.
        """
        self.chat = chat
        self.doors = Doors(chat.limits, clock, observe) if doors is None else doors
        self.encryption = encryption
        self.clock = clock
        self._observe = observe
        rows = dialects if visits is None else (HTTP, *dialects)
        self.shared = Shared(chat, clock, Vigil(chat.limits, clock), encryption, rows, self, visits)
        self._connections: set[Connection] = set()
        self._full = False
        self._emptied: list[Deferred[None]] = []

    @property
    def limits(self) -> Limits:
        """The limits for all clients."""
        return self.chat.limits

    @property
    def users(self) -> UserRegistry:
        """The users who are signed in."""
        return self.chat.users

    @property
    def rooms(self) -> RoomRegistry:
        """The rooms that exist."""
        return self.chat.rooms

    def place(self, address: IAddress | None) -> str:
        """Return the name under which the attempts of a client are counted; "" if it is not counted."""
        return self.doors.place(address)

    def connected(self, connection: Connection, address: str) -> None:
        """Add a connection."""
        self._connections.add(connection)
        self._observe([Connected(address)])

    def disconnected(self, connection: Connection, origin: Origin | None) -> None:
        """Remove a connection."""
        self.doors.leave(origin)
        self.shared.vigil.forget(connection)
        self._connections.discard(connection)
        self._full = self._full and len(self._connections) > self.limits.connections * 0.9
        if not self._connections:
            emptied, self._emptied = self._emptied, []
            for waiting in emptied:
                waiting.callback(None)

    def shut_down(self) -> Deferred[None]:
        """Hang up on all clients; return what fires when the last connection is closed.

        That is within `limits.goodbye` seconds, for then an outbox gives up.
        """
        self.chat.close()
        if not self._connections:
            return succeed(None)
        emptied: Deferred[None] = Deferred()
        self._emptied.append(emptied)
        for connection in list(self._connections):
            connection.hang_up(ShuttingDown())
        return emptied

    # Twisted calling.

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        """Make the protocol of a new connection, if there is room for it, and for one from its address."""
        if len(self._connections) < self.limits.connections:
            origin = self.doors.origin(addr)
            crowded = self.doors.enter(origin)
            return ChatProtocol(self, origin) if crowded is None else _TurnedAway(crowded)
        if not self._full:  # said once, not for each of a thousand clients that try again and again
            self._full = True
            self._observe([Full(self.limits.connections)])
        return _TurnedAway(TooMany("connections to this server", self.limits.connections))
