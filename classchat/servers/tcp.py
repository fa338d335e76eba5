"""JSON lines over a stream: TCP, with TLS or without, and whatever else an endpoint listens on.

A conversation, as a classic client of the first version has it (`->` is what the server reads):

    -> Alice                                                a bare name
    <- {"status":"success","sender":"SERVER",...}           alone, until the next line or for a second
    -> {"status":"join","sender":"Alice","receiver":"CS350","text":""}
    <- {"status":"success",...}
    <- {"status":"group","sender":"SERVER",...}
    -> {"status":"quit",...}                                without a newline, and the connection closes
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from OpenSSL.SSL import Connection
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IDelayedCall, IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.internet.tcp import Server
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.core.chat import Chat
from classchat.core.notices import Connected, Full, Observe
from classchat.core.ports import Codec
from classchat.core.rooms import RoomRegistry
from classchat.core.session import Session
from classchat.core.users import UserRegistry
from classchat.errors import (
    ChatError,
    InternalError,
    InvalidFormat,
    ShuttingDown,
    SlowReader,
    Timeout,
    TooLong,
    TooMany,
    UnknownStatus,
)
from classchat.limits import Limits
from classchat.messages import Error
from classchat.names import SERVER
from classchat.servers.doors import Doors, Origin
from classchat.servers.outbox import Outbox, Send, Transport
from classchat.servers.progress import left_of
from classchat.servers.records import Records
from classchat.servers.tls import Encryption
from classchat.servers.vigil import Vigil
from classchat.wire.json_codec import JSON
from classchat.wire.lines import (
    END,
    EndOfLines,
    LineSplitter,
    Splitter,
    TooLongLine,
    decode_bare_name,
    decode_command,
    encode,
    is_bare_name,
)

_QUIT = b'{"status":"quit"}'


@implementer(IHalfCloseableProtocol)
class ChatProtocol(LineReceiver):
    """One connection: lines in, a session in the middle, lines out."""

    delimiter = b"\n"
    transport: Transport  # type: ignore[assignment]
    origin: Origin | None = None
    """What the connection is counted under, if it is."""
    _log = Logger()
    _small_until = 0.0  # when small records that came will be made up for
    _tired: IDelayedCall | None = None  # after too many of them

    def __init__(self, factory: ChatFactory) -> None:
        self.factory = factory
        self._limits = factory.limits
        self._splitter: Splitter
        self._lines: list[bytes | TooLongLine | EndOfLines] = []
        self._proceeding = False
        self._waiting = False
        self.heard_at = 0.0
        """When anything was last heard from the client."""
        self._take: Callable[[bytes], None] = self._first_line

    # Signing in.

    def _first_line(self, line: bytes) -> None:
        """Take who this is: a bare name, or a message like any other."""
        if not is_bare_name(line):
            self._next_line(line)
            self._check_signed_in()
            return
        waiting = None
        try:
            waiting = self._session.handle(decode_bare_name(line))
        except InvalidFormat as error:
            self._session.refuse(error)
        if waiting is None:
            self._has_said_name()
        else:  # he has said much else before
            self._wait_for(self._says_name(waiting))

    async def _says_name(self, waiting: Coroutine[Any, Any, None]) -> None:
        await waiting
        if not self._outbox.closed:
            self._has_said_name()

    def _has_said_name(self) -> None:
        """Let who is welcome read that before anything else; hang up on who is not."""
        if self._session.registered:
            self._signed_in(self._second_line)
            self._outbox.hold(self._limits.welcome_alone)
        else:
            self._hang_up()

    def _check_signed_in(self) -> None:
        """Go on as somebody who has signed in, perhaps only now: to know somebody again takes a while."""
        if self._session.registered and self._deadline.active():
            if self._session.is_owed:
                self._session.said_before(len(self._lines) + self._outbox.lines_waiting())
            self._signed_in(self._next_line)

    def _signed_in(self, take: Callable[[bytes], None]) -> None:
        self._deadline.cancel()
        self._take = take
        self.factory.vigil.watch(self)

    def _second_line(self, line: bytes) -> None:
        """Take a classic client's next line: it has read its welcome, and may hear the rest."""
        self._outbox.release()
        self._take = self._next_line
        self._next_line(line)

    def _too_late(self) -> None:
        self.hang_up(Timeout(self._limits.sign_in))

    # Conversing.

    def _next_line(self, line: bytes) -> None:
        try:
            command = decode_command(line)
        except (InvalidFormat, UnknownStatus) as error:
            waiting = self._session.misheard(error, error.id)
        else:
            waiting = self._session.handle(command)
        if waiting is not None:
            self._wait_for(waiting)

    def _too_long_line(self) -> None:
        self._outbox.release()
        waiting = self._session.misheard(TooLong("line", self._limits.line, "bytes"))
        if waiting is not None:
            self._wait_for(waiting)

    def _wait_for(self, waiting: Coroutine[Any, Any, None]) -> None:
        """Read no further command until this one is done."""
        self._waiting = True
        self.pauseProducing()
        done = Deferred.fromCoroutine(waiting)
        done.addCallback(lambda _: self._done_waiting())
        done.addErrback(self._crashed)

    def _done_waiting(self) -> None:
        self._waiting = False
        self._check_signed_in()
        self._go_on()

    def _go_on(self) -> None:
        """Read on, unless there is something to wait for: a command, or the client's own reading."""
        if self.paused and not self._waiting and not self._outbox.full and self._tired is None:
            self.resumeProducing()

    # Being encrypted: see tls.py.

    def splits_by(self, splitter: Splitter) -> None:
        """Make lines of what comes from now on with this."""
        self._splitter = splitter

    def encrypts_by(self, tls: Connection, lines: LineSplitter) -> Splitter:
        """Read and write records from now on."""
        records = Records(tls, lines, self.transport, _direct(self.transport), self._took_small_records)
        self._splitter = records
        self._outbox.goes_through(records, records.send)
        return records

    def _took_small_records(self, count: int) -> None:
        """Count records of a byte or two, which cost a hundred times what they hold: read more slowly."""
        rate = self._limits.small_records
        if rate is None:
            return
        now = self.factory.clock.seconds()
        self._small_until = max(self._small_until, now) + count / rate.per_second
        seconds = self._small_until - now - rate.burst / rate.per_second
        if seconds > 0 and self._tired is None and not self._outbox.closed:
            self.pauseProducing()
            self._tired = self.factory.clock.callLater(seconds, self._has_rested)

    def _has_rested(self) -> None:
        self._tired = None
        self._go_on()

    # Ending.

    def _end(self) -> None:
        """Take it for a `quit` that nothing more will be said.

        What stands there without a newline counts, but never as a name: who knows how it went on.
        """
        rest = self._splitter.clear()
        if rest and self._session.registered:
            self._lines.append(rest)
        self._lines.append(_QUIT)
        self.heard_all()

    def heard_all(self) -> None:
        """Close both halves at once, when it comes to that."""
        self._outbox.heard_all()

    # Being asked whether one is there: see vigil.py.

    @property
    def answers(self) -> bool:
        """Whether the client has said that it answers when it is asked whether it is still there."""
        return self._session.answers

    @property
    def listened_to(self) -> bool:
        """Whether what the client says is heard; else it can't be blamed for saying nothing."""
        return not self.paused

    def ask_whether_there(self) -> None:
        """Let the client show that it is still there."""
        self._session.ask_whether_there()

    # Hanging up.

    def hang_up(self, reason: ChatError) -> None:
        """Tell the client why, and close the connection once it had time to read that."""
        if not self._outbox.closed:
            self._session.refuse(reason)
            self._session.close(reason)
            self._hang_up()
        if isinstance(reason, ShuttingDown):
            self._outbox.hurry()

    def _hang_up(self) -> None:
        self._lines.clear()
        self._session.close()
        self._outbox.close()
        if self.paused:
            self.resumeProducing()  # what comes is thrown away, but has to be read

    def _overrun(self) -> None:
        self.hang_up(SlowReader(self._limits.behind))

    def _crashed(self, failure: Failure) -> None:
        self._log.failure(
            "A conversation with {address} failed", failure, address=_described(self.transport.getPeer())
        )
        self.hang_up(InternalError())

    # Twisted calling.

    def connectionMade(self) -> None:
        """A client is there."""
        clock = self.factory.clock
        address = self.transport.getPeer()
        if isinstance(address, IPv4Address | IPv6Address):
            self.transport.setTcpNoDelay(True)
            self.transport.setTcpKeepAlive(True)  # a client whose cable was pulled is gone one day
        self._outbox = Outbox(
            self.transport,
            _direct(self.transport),
            self._limits,
            clock,
            self._overrun,
            self._go_on,
            left_of,
            self.factory.codec,
        )
        self._splitter = LineSplitter(self._limits.line)
        if self.factory.encryption is not None:
            self.factory.encryption.waits_for(self, self._splitter)
        self._session = Session(self.factory.chat, self._outbox, self.factory.doors.place(address))
        self._deadline = clock.callLater(self._limits.sign_in, self._too_late)
        self.factory.connected(self, _described(address))

    def dataReceived(self, data: bytes) -> None:
        """Split all complete lines in one go: LineReceiver's loop copies the rest for every line."""
        self.heard_at = self.factory.clock.seconds()
        if self._outbox.closed:
            return  # nobody is listening: reading on only lets the client hear the last words
        lines = self._lines
        lines.extend(self._splitter.feed(data))
        if self._proceeding:
            return
        self._proceeding = True
        done = 0
        try:
            while done < len(lines) and not self.paused:
                if self._outbox.full:  # he asks, and does not read
                    self.pauseProducing()
                    break
                line = lines[done]
                done += 1
                if isinstance(line, bytes):
                    self.lineReceived(line)
                elif isinstance(line, EndOfLines):
                    self._end()
                else:
                    self._too_long_line()
        except Exception:
            self._crashed(Failure())
        finally:
            del lines[:done]
            self._proceeding = False

    def lineReceived(self, line: bytes) -> None:
        """One line, without its newline."""
        self._take(line)

    def clearLineBuffer(self) -> bytes:
        """Forget what was read and not done yet."""
        self._lines.clear()
        return self._splitter.clear()

    def readConnectionLost(self) -> None:
        """The client has closed its half: that is a `quit`, and it may still be reading."""
        self._lines.append(END)
        self.dataReceived(b"")
        self.heard_all()

    def writeConnectionLost(self) -> None:
        """We have closed our half, as we meant to."""

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        """The client is gone."""
        self.clearLineBuffer()  # else buffered commands sign in a ghost
        if self._deadline.active():
            self._deadline.cancel()
        if self._tired is not None:
            self._tired.cancel()
        self._outbox.lost()
        self._session.close()
        del self._take, self._splitter  # they lead back to us: without them we are freed at once
        self.factory.disconnected(self)


class _TurnedAway(Protocol):
    """A connection that there is no room for: it is told so, and closed."""

    transport: Transport  # type: ignore[assignment]

    def __init__(self, reason: ChatError) -> None:
        self._reason = reason

    def connectionMade(self) -> None:
        """Say why, and hang up."""
        self.transport.write(encode(Error(SERVER, "", self._reason.text, code=self._reason.code)))
        self.transport.loseConnection()


def _direct(transport: Transport) -> Send | None:
    """Return the way past a transport to the socket of a plain stream; None where bytes change on the way."""
    if isinstance(transport, Server) and not transport.TLS:
        return transport.getHandle().send
    return None


def _described(address: IAddress | None) -> str:
    """Say where a client is, as the server's console has it."""
    if isinstance(address, IPv4Address | IPv6Address):
        return str((address.host, address.port))
    return "a local socket"


class ChatFactory(ServerFactory):
    """Makes the connections' protocols, which share its chat: one registry of users, one of rooms."""

    noisy = False

    def __init__(
        self,
        chat: Chat,
        observe: Observe,
        clock: IReactorTime,
        doors: Doors | None = None,
        encryption: Encryption | None = None,
        codec: Codec = JSON,
    ) -> None:
        """Let those in whom `doors` let in: by default all from this machine, and so many from elsewhere.

        Take lines, and nothing else, unless there is an `encryption`.
        """
        self.chat = chat
        self.codec = codec
        self.doors = Doors(chat.limits, clock, observe) if doors is None else doors
        self.encryption = encryption
        self.clock = clock
        self._observe = observe
        self.vigil = Vigil(chat.limits, clock)
        self._connections: set[ChatProtocol] = set()
        self._full = False
        self._emptied: list[Deferred[None]] = []

    @property
    def limits(self) -> Limits:
        """What every client is granted."""
        return self.chat.limits

    @property
    def users(self) -> UserRegistry:
        """Who is signed in."""
        return self.chat.users

    @property
    def rooms(self) -> RoomRegistry:
        """Which rooms there are."""
        return self.chat.rooms

    def connected(self, connection: ChatProtocol, address: str) -> None:
        """Count a connection that is there."""
        self._connections.add(connection)
        self._observe([Connected(address)])

    def disconnected(self, connection: ChatProtocol) -> None:
        """Count a connection no more."""
        self.doors.leave(connection.origin)
        self.vigil.forget(connection)
        self._connections.discard(connection)
        self._full = self._full and len(self._connections) > self.limits.connections * 0.9
        if not self._connections:
            emptied, self._emptied = self._emptied, []
            for waiting in emptied:
                waiting.callback(None)

    def shut_down(self) -> Deferred[None]:
        """Say good-bye to everybody; what fires when the last connection is closed.

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
        """Make the protocol of a new connection, if there is room for one, and for one from there."""
        if len(self._connections) < self.limits.connections:
            origin = self.doors.origin(addr)
            crowded = self.doors.enter(origin)
            if crowded is not None:
                return _TurnedAway(crowded)
            connection = ChatProtocol(self)
            connection.origin = origin
            return connection
        if not self._full:  # said once, not for each of a thousand who try again and again
            self._full = True
            self._observe([Full(self.limits.connections)])
        return _TurnedAway(TooMany("connections to this server", self.limits.connections))
