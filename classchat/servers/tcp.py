"""JSON lines over a stream: TCP, with TLS or without, and whatever else an endpoint listens on.

What Twisted calls is here, and the registry of all connections. What a connection does is in connection.py,
and what it speaks in sniffer.py and `wire/`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
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
from classchat.servers.connection import Connection, PageAt, Shared, described, no_page
from classchat.servers.doors import Doors, Origin
from classchat.servers.newcomers import Newcomers
from classchat.servers.proxied import Prefaced, Proxied
from classchat.servers.proxies import Proxies
from classchat.servers.sniffer import DIALECTS, HTTP, Row
from classchat.servers.timeouts import Timeouts
from classchat.servers.tls import Encryption
from classchat.servers.transports import INTERNET, Transport
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

    def __init__(
        self,
        factory: ChatFactory,
        origin: Origin | None,
        refusal: TooMany | None,
        source: IAddress | None = None,
    ) -> None:
        """Serve a connection that is counted under an origin; None if it is not.

        With a `refusal` it may only make HTTP requests. A proxy may have said what its `source` is.
        """
        self.factory = factory
        self._origin = origin
        self._refusal = refusal
        self._source = source
        self._connection: Connection

    def connectionMade(self) -> None:
        """A client has connected."""
        address = self.transport.getPeer()
        if isinstance(address, INTERNET):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)  # the kernel notices dead connections, in hours
        address = self._source or address
        place = self.factory.place(address)
        self._connection = Connection(self.transport, self.factory.shared, place, self._refusal, self._source)
        if self._refusal is None:
            self.factory.connected(self._connection, described(address), self._origin)
        else:
            self.factory.admitted(self._connection)

    def dataReceived(self, data: bytes) -> None:
        """Hand on bytes of the client."""
        self._connection.receive(data)

    def lineReceived(self, line: bytes) -> None:
        """Hand on a line of the client, with the newline that Twisted has removed."""
        self._connection.receive(line + self.delimiter)

    def readConnectionLost(self) -> None:
        """Record that the client has closed its half."""
        self._connection.receive_end()

    def writeConnectionLost(self) -> None:
        """Do nothing: our half was closed on purpose."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Record that the client is gone."""
        self._connection.lost(broken=not isinstance(reason.value, ConnectionDone))
        self.factory.disconnected(self._connection)


class _TurnedAway(Protocol):
    """A connection that is not accepted: it is told why, and closed."""

    transport: Transport  # type: ignore[assignment]

    def __init__(self, reason: ChatError) -> None:
        self._reason = reason

    def connectionMade(self) -> None:
        """Say why, and hang up."""
        self.transport.write(JSON.encode([Error(SERVER, "", self._reason.text, code=self._reason.code)]))
        self.transport.loseConnection()


class Doorway(NamedTuple):
    """How connections have come in."""

    door: str
    """What they speak: `json`, `websocket`, `irc`, `http`, or `unknown` before their first bytes."""

    encrypted: bool


class Lateness(NamedTuple):
    """How far slow readers are behind, all together."""

    clients: int
    bytes: int


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
        proxies: Proxies | None = None,
        page_at: PageAt = no_page,
    ) -> None:
        """Accept the connections that `doors` accepts: by default all from this machine, some from others.

        Accept plain text, and nothing else, unless there is an `encryption`; and HTTP if there are `visits`.
        Connections from `proxies` begin with a PROXY header. `page_at` returns where clients find the page.
        """
        self.chat = chat
        self.doors = Doors(chat.limits, clock, observe) if doors is None else doors
        self.encryption = encryption
        self.clock = clock
        self._observe = observe
        *others, last = dialects  # which takes what no other takes
        rows = dialects if visits is None else (*others, HTTP, last)
        sign_ins = Timeouts(clock, Connection.is_late)
        self.shared = Shared(
            chat, clock, Vigil(chat.limits, clock), encryption, rows, self, visits, sign_ins, page_at
        )
        self._connections: dict[Connection, Origin | None] = {}
        self._visits: dict[Connection, None] = {}
        self._several = len(rows) > 1
        """Whether clients speak different dialects, so that a refusal has to wait for their first bytes."""
        self._newcomers = Newcomers(chat.limits, clock, self._announce)
        self._leaving: set[Connection] = set()
        self._full = False
        self._closing = False
        proxies = Proxies() if proxies is None else proxies
        self._proxied = Proxied(proxies, chat.limits, clock, observe, self._protocol)
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

    def census(self) -> Counter[Doorway]:
        """Return how many connections there are, by what they speak, and whether they are encrypted."""
        return Counter(Doorway(one.door, one.encrypted) for one in self._all())

    def lateness(self) -> Lateness:
        """Return how many clients have not been sent all that was written for them, and how much waits."""
        waiting = [one.behind for one in self._all() if one.lags]
        return Lateness(len(waiting), sum(waiting))

    def place(self, address: IAddress | None) -> str:
        """Return the name under which the attempts of a client are counted; "" if it is not counted."""
        return self.doors.place(address)

    def connected(self, connection: Connection, address: str, origin: Origin | None) -> None:
        """Add a connection, which is counted under an origin; None if it is not."""
        self._connections[connection] = origin
        if self.shared.visits is None:
            self._announce(address)
        else:
            self._newcomers.add(connection, address)

    def _announce(self, address: str) -> None:
        self._observe([Connected(address)])

    def admitted(self, connection: Connection) -> None:
        """Add a connection that may only make HTTP requests."""
        self._visits[connection] = None

    def disconnected(self, connection: Connection) -> None:
        """Remove a connection."""
        self._newcomers.announce(connection)
        if connection in self._connections:
            self.doors.leave(self._connections.pop(connection))
        self._visits.pop(connection, None)
        self._leaving.discard(connection)
        self.shared.vigil.forget(connection)
        self._full = self._full and len(self._connections) > self.limits.connections * 0.9
        if self._closing and not (self._connections or self._visits or self._leaving):
            self._has_closed()

    def shut_down(self) -> Deferred[None]:
        """Hang up on all clients; return what fires when the last connection is closed.

        That is within `limits.goodbye` seconds, for then an outbox gives up.
        """
        self.chat.close()
        self._closing = True
        self._proxied.cut_off()
        connections = self._all()
        if not connections:
            self._has_closed()
            return succeed(None)
        emptied: Deferred[None] = Deferred()
        self._emptied.append(emptied)
        for connection in connections:
            connection.hang_up(ShuttingDown())
        return emptied

    def _has_closed(self) -> None:
        """Stop the timers that all connections share: the last one is closed."""
        self.shared.sign_ins.stop()
        self.shared.vigil.stop()
        self._newcomers.stop()
        emptied, self._emptied = self._emptied, []
        for waiting in emptied:
            waiting.callback(None)

    def use(self, chat: Chat) -> None:
        """Take another chat for all connections from now on; those of the chat before are closed."""
        self.chat = chat
        self._closing = False
        self.shared = replace(self.shared, chat=chat)

    def _all(self) -> list[Connection]:
        return [*self._connections, *self._visits, *self._leaving]

    # How many there may be.

    def visits(self, connection: Connection) -> TooMany | None:
        """Count a connection among those that make HTTP requests, or return why that is too many."""
        if connection in self._visits:
            return None
        if not self._make_room():
            return TooMany("requests at a time", self.limits.visits)
        self._newcomers.forget(connection)
        if connection in self._connections:
            self.doors.take_back(self._connections.pop(connection))
        self._visits[connection] = None
        return None

    def chats(self, connection: Connection, visitor: IAddress | None) -> TooMany | None:
        """Count a connection among those that chat, or return why that is too many. Harmless twice.

        It is counted under the address of the `visitor`, if it has made HTTP requests, or under its own.
        """
        if connection not in self._visits:
            self._newcomers.announce(connection)
            return None
        address = visitor or connection.peer
        origin = self.doors.origin(address)
        refusal = self._enter(origin)
        if refusal is None:
            del self._visits[connection]
            self._connections[connection] = origin
            self._announce(described(address))
        return refusal

    def asks(self, address: IAddress | None) -> float | TooMany:
        """Count an HTTP request; return in how many seconds it may be answered, or why it may not."""
        return self.doors.asks(self.doors.origin(address))

    def _enter(self, origin: Origin | None, *, quietly: bool = False) -> TooMany | None:
        """Count one more connection that chats, or return why that is too many, and tell the operator.

        It may be `quietly` too many for its address: see doors.py.
        """
        if len(self._connections) < self.limits.connections:
            return self.doors.enter(origin, quietly=quietly)
        if not self._full:  # said once, not for each of a thousand clients that try again
            self._full = True
            self._observe([Full(self.limits.connections)])
        return TooMany("connections to this server", self.limits.connections)

    def _make_room(self) -> bool:
        """Return whether one more connection may make HTTP requests; the oldest that idles gives way."""
        if len(self._visits) < self.limits.visits:
            return True
        for connection in self._visits:
            if connection.idles:
                del self._visits[connection]
                self._leaving.add(connection)
                connection.give_way()
                return True
        return False

    # Twisted calling.

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        """Make the protocol of a new connection; that of a proxy begins with a header."""
        if not self._proxied.sends_header(addr):
            return self._protocol(addr, None)
        if len(self._connections) + len(self._proxied.waiting) < self.limits.connections:
            return Prefaced(self._proxied)
        return self._turned_away(TooMany("connections to this server", self.limits.connections))

    def _protocol(self, addr: IAddress | None, source: IAddress | None) -> Protocol:
        """Make the protocol of a connection, if there is room for it, and for one from its address.

        If there is none it may make HTTP requests, where they are answered, and is told the reason in its own
        dialect as soon as that is clear.
        """
        if self._closing:
            return self._turned_away(ShuttingDown())
        origin = self.doors.origin(addr)
        if self._several:
            refusal = self._enter(origin, quietly=True)
            if refusal is None:
                return ChatProtocol(self, origin, None, source)
            if self.doors.visits(origin) and self._make_room():
                return ChatProtocol(self, None, refusal, source)
        refusal = self._enter(origin)
        return ChatProtocol(self, origin, None, source) if refusal is None else self._turned_away(refusal)

    def _turned_away(self, reason: ChatError) -> Protocol:
        self.chat.measures.refused(reason)
        return _TurnedAway(reason)
