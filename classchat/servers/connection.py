"""One connection: what every client has in common, whatever dialect it speaks.

    sniffing   -> encrypted     its first bytes begin TLS; the bytes inside are sniffed again
    sniffing   -> new           its first bytes are recognized: a dialect makes commands of them
    sniffing   -> visiting      its first bytes are HTTP: it is a visit, as long as it opens no WebSocket
    visiting   -> new           it opens a WebSocket
    new        -> conversing    it has signed in, within `limits.sign_in` seconds
    conversing -> closing       it quits, or the server hangs up: what comes from now on is thrown away
    any        -> lost          the stream is closed

One command is done after the other, in the order in which they came. Where one has to wait, nothing more is
read until it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IDelayedCall, INegotiated, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from classchat.core.chat import Chat
from classchat.core.session import Session
from classchat.errors import (
    ChatError,
    InternalError,
    PlaintextOnly,
    ShuttingDown,
    SlowReader,
    Timeout,
    TLSRequired,
    TooMany,
)
from classchat.servers.intake import Intake
from classchat.servers.outbox import Outbox
from classchat.servers.site import Visitor
from classchat.servers.sniffer import Row
from classchat.servers.talk import Talk
from classchat.servers.timeouts import Timeouts
from classchat.servers.tls import Encryption, is_local
from classchat.servers.transports import INTERNET, Transport, direct
from classchat.servers.vigil import Vigil
from classchat.servers.visit import Visit, Visits
from classchat.wire.dialect import Dialect

PageAt = Callable[[IAddress], str]
"""Returns the link to the page at an address of this machine, with a slash at its end; "" without one."""


def no_page(_: IAddress) -> str:
    """Return that there is no page."""
    return ""


class Registry(Protocol):
    """The registry of all connections, as each of them sees it."""

    def place(self, address: IAddress | None) -> str:
        """Return the name under which the attempts of a client are counted; "" if it is not counted."""

    def visits(self, connection: Connection) -> TooMany | None:
        """Count a connection among those that make HTTP requests, or return why that is too many."""

    def chats(self, connection: Connection, visitor: IAddress | None) -> TooMany | None:
        """Count a connection among those that chat, or return why that is too many. Harmless twice.

        It is counted under the address of the `visitor`, if it has made HTTP requests, or under its own.
        """

    def asks(self, address: IAddress | None) -> float | TooMany:
        """Count an HTTP request; return in how many seconds it may be answered, or why it may not."""


@dataclass(frozen=True, eq=False)
class Shared:
    """The objects that all connections of one server share."""

    chat: Chat
    clock: IReactorTime
    vigil: Vigil
    encryption: Encryption | None
    """None where neither TLS nor plain text is asked for: everything is plain text."""

    rows: Sequence[Row]
    """What is recognized by the first bytes."""

    registry: Registry
    visits: Visits | None
    """Begins visits over HTTP; None where HTTP is not recognized."""

    sign_ins: Timeouts[Connection]
    """Until when the clients of connections have to sign in."""

    page_at: PageAt = no_page
    """Returns the link to the page for a client that has connected to an address of ours."""


class Connection:
    """One client: bytes in, a session in the middle, bytes out."""

    __slots__ = (
        "__weakref__",
        "_clock",
        "_dialect",
        "_ended",
        "_intake",
        "_limits",
        "_new",
        "_outbox",
        "_paused",
        "_peer",
        "_proceeding",
        "_resting",
        "_session",
        "_shared",
        "_sniffing",
        "_talk",
        "_transport",
        "_visit",
        "_waiting",
        "heard_at",
    )
    _log = Logger()

    def __init__(
        self,
        transport: Transport,
        shared: Shared,
        place: str,
        refusal: TooMany | None = None,
        peer: IAddress | None = None,
    ) -> None:
        """Converse with a client; its attempts to sign in are counted under its `place`.

        With a `refusal` it may only make HTTP requests. The client is at the address `peer`, by default at
        the other end of the transport.
        """
        self._transport = transport
        self._peer = peer
        self._shared = shared
        self._clock = shared.clock
        self._limits = shared.chat.limits
        self._outbox = Outbox(transport, direct(transport), self._limits, self._clock, self)
        self._session = Session(shared.chat, self._outbox, place)
        self._talk: Talk[Any] = self._session
        self._intake: Intake | None = Intake(
            transport, self._outbox, self._limits, shared.encryption, shared.rows, peer
        )
        self._sniffing: IDelayedCall | None = None  # while it is not clear what the client speaks
        self._visit: Visit | None = None
        self._dialect: Dialect[Any] | None = None
        if refusal is not None:
            self._sniffing = self._clock.callLater(self._limits.first_bytes, self.hang_up, refusal)
        shared.sign_ins.set(self, self._limits.sign_in)
        self._new = True  # until the client has signed in, and has read its welcome
        self._ended = False  # whether the client has said that it sends nothing more
        self._paused = False  # whether nothing is read
        self._waiting = False  # whether a command is waited for
        self._resting: IDelayedCall | None = None  # after too many small records
        self._proceeding = False
        self.heard_at = 0.0
        """When the client last sent anything."""

    # What arrives.

    def receive(self, data: bytes) -> None:
        """Take bytes of the client, and do what it asks."""
        self.heard_at = self._clock.seconds()
        if self._outbox.closed:
            return  # reading on only lets the client read the last words
        try:
            if self._intake is None and self._dialect is not None:  # almost always, so without one more call
                answer = self._dialect.feed(data)
                if answer:
                    self._outbox.write(answer)
            else:
                self._take_in(data)
        except Exception:
            self.crashed(Failure())
        self._proceed()

    def receive_end(self) -> None:
        """Record that the client sends nothing more, which is a `quit`; it may still be reading."""
        self._outbox.heard_all()
        if self._ended or self._outbox.closed:
            return
        self._ended = True
        self.heard_at = self._clock.seconds()
        try:
            if self._dialect is None and self._visit is None:
                self._take_in(None)
            if self._visit is not None:
                self._visit.end()
            if self._dialect is not None:
                self._dialect.end()
        except Exception:
            self.crashed(Failure())
        self._proceed()

    def lost(self, *, broken: bool = False) -> None:
        """Forget everything: the stream is closed, or `broken`, so that what was sent last may be lost."""
        if self._dialect is not None:
            self._dialect.clear()  # else a pending command signs in a ghost
        if self._visit is not None:
            self._visit.stop()
            self._visit = None  # it leads back to us: without, we are freed at once
        if self._intake is not None and self._intake.records is not None:
            self._intake.records.lost()
        self._shared.sign_ins.drop(self)
        for timer in (self._sniffing, self._resting):
            if timer is not None and timer.active():
                timer.cancel()
        self._outbox.lost(self._clock.seconds() - self.heard_at if broken and self.answers else 0.0)
        self._talk.close()

    # What it speaks: see intake.py.

    def _take_in(self, data: bytes | None) -> None:
        """Feed bytes to the dialect, as soon as that is clear; None if no more first bytes come."""
        intake = self._intake
        if intake is None:
            return
        try:
            plain = intake.give_up() if data is None else intake.feed(data)
        except (TLSRequired, PlaintextOnly) as reason:
            self.hang_up(reason)
            return
        if intake.dialect is not None:
            if self._dialect is None:
                self._speak(intake.dialect)
            if not self._outbox.closed:
                self._feed(intake.dialect, plain)
        elif intake.is_visit:
            self._stop_sniffing()
            self._visited(plain)
        elif intake.has_begun and self._sniffing is None:
            self._sniffing = self._clock.callLater(self._limits.first_bytes, self._give_up)
        records = intake.records
        if records is not None and data is not None:
            if records.small > 0:
                self._rest(intake.rest_after(records.small, self._clock.seconds()))
            if records.ended:
                self.receive_end()

    def _speak(self, dialect: Dialect[Any], visitor: IAddress | None = None) -> None:
        """Converse in a dialect, if there is room for one more; a visitor has an address of its own."""
        self._stop_sniffing()
        self._dialect = dialect
        intake = self._intake
        if intake is not None and intake.converses is not None:
            address = visitor or self.peer
            place, encrypted = self._shared.registry.place(address), self.encrypted
            secure = encrypted or is_local(address)
            self._talk = intake.converses(self._shared.chat, self._outbox, place, encrypted, secure)
        if intake is not None and intake.records is None:
            self._intake = None  # plain text goes to the dialect as it is
        refusal = self._shared.registry.chats(self, visitor)
        if refusal is not None:
            self.hang_up(refusal)

    def _feed(self, dialect: Dialect[Any], data: bytes) -> None:
        answer = dialect.feed(data)
        if answer:
            self._outbox.write(answer)

    def _stop_sniffing(self) -> None:
        if self._sniffing is not None and self._sniffing.active():
            self._sniffing.cancel()

    def _give_up(self) -> None:
        """Choose a dialect by the first bytes so far: no more of them came in time."""
        try:
            self._take_in(None)
        except Exception:
            self.crashed(Failure())
        self._proceed()

    def _rest(self, seconds: float) -> None:
        """Read nothing for some time."""
        if seconds > 0 and self._resting is None and not self._outbox.closed:
            self.pause()
            self._resting = self._clock.callLater(seconds, self._has_rested)

    def _has_rested(self) -> None:
        self._resting = None
        self.go_on()

    # What it does over HTTP: see visit.py.

    def _visited(self, data: bytes) -> None:
        if self._visit is None:
            visits = self._shared.visits
            assert visits is not None  # noqa: S101  # else HTTP is not recognized
            self._visit = visits(self)
            refusal = self._shared.registry.visits(self)
            if refusal is not None:
                self.hang_up(refusal)
                return
        self._visit.feed(data)

    @property
    def idles(self) -> bool:
        """Whether the client has no right to more time: nothing that it has asked for is on its way."""
        return self._outbox.closed or (not self.lags and (self._visit is None or self._visit.idles))

    def give_way(self) -> None:
        """Disconnect the client at once and without a word: another one needs its place."""
        self._transport.abortConnection()

    def page(self) -> str:
        """Return the link to the page for this client; "" where it is not known, or there is none."""
        return self._shared.page_at(self._transport.getHost())

    @property
    def clock(self) -> IReactorTime:
        """The clock of the server."""
        return self._clock

    @property
    def peer(self) -> IAddress | None:
        """The client's address: the other end of the connection, unless a proxy has said another one."""
        return self._peer or self._transport.getPeer()

    @property
    def encrypted(self) -> bool:
        """Whether the connection uses TLS."""
        intake = self._intake
        return INegotiated.providedBy(self._transport) or (intake is not None and intake.records is not None)

    @property
    def door(self) -> str:
        """What the client speaks, in one word: `http` during a visit, `unknown` before its first bytes."""
        if self._dialect is not None:
            return self._dialect.door
        return "unknown" if self._visit is None else "http"

    @property
    def lags(self) -> bool:
        """Whether the client has not been sent all that was written."""
        return self._outbox.lags

    @property
    def behind(self) -> int:
        """How many bytes wait to be sent to the client."""
        return self._outbox.behind

    def asks(self, address: IAddress | None) -> float | TooMany:
        """Count a request; return in how many seconds it may be answered, or why it may not."""
        return self._shared.registry.asks(address)

    def write(self, data: bytes) -> None:
        """Send an answer to the client."""
        self.takes_its_time()
        self._outbox.write(data)

    def takes_its_time(self) -> None:
        """Record that the client need not sign in any more: a visit has its own times."""
        self._shared.sign_ins.drop(self)

    def open(self, dialect: Dialect[Any], visitor: Visitor, answer: bytes, rest: bytes) -> None:
        """End the visit with an answer: the client speaks a dialect from now on."""
        intake = self._intake
        if intake is None:
            return
        self._visit = None
        self._outbox.write(answer)
        self._shared.sign_ins.set(self, self._limits.sign_in)
        intake.opens(dialect)
        scheme = "https" if visitor.encrypted else "http"
        self._outbox.page = f"{scheme}://{visitor.host}{visitor.prefix}/"
        place = self._shared.registry.place(visitor.address)
        self._session.comes_by_web(place, passwords=visitor.encrypted or is_local(visitor.address))
        self._speak(dialect, visitor.address)
        if not self._outbox.closed:
            self._feed(dialect, rest)

    def leave(self) -> None:
        """End the visit: disconnect the client."""
        self._hang_up()

    # What it asks.

    def _proceed(self) -> None:
        """Do one pending command after the other, until one has to wait."""
        dialect, talk, outbox = self._dialect, self._talk, self._outbox
        if dialect is None or self._proceeding:
            return
        self._proceeding = True
        try:
            while dialect.pending and not self._paused:
                if outbox.full:  # the client asks, and does not read
                    self.pause()
                    break
                if self._new:
                    outbox.release()  # a client that asks has read its welcome
                    if not dialect.pending:
                        break  # the client turned out to be gone, or too far behind
                try:
                    command = dialect.next()
                except ChatError as error:
                    waiting = self._refuse(error, dialect)
                else:
                    waiting = talk.count() if command is None else talk.handle(command)
                if waiting is not None:
                    self._wait_for(waiting)
                elif self._new:
                    self._check_signed_in()
            if self._paused and dialect.reads_on:
                self._read_on(dialect)
        except Exception:
            self.crashed(Failure())
        finally:
            self._proceeding = False

    def limited(self) -> None:
        """Answer what need not wait, now that the client's rate is limited."""
        if self._dialect is not None:
            self._rest_on(self._dialect, begins=True)

    def _rest_on(self, dialect: Dialect[Any], *, begins: bool = False) -> None:
        answer = dialect.rest(begins=begins)
        if answer:
            self._outbox.write(answer)

    def _read_on(self, dialect: Dialect[Any]) -> None:
        """Read more while a request is waited for, unless too much is pending."""
        if self._outbox.rests:
            self._rest_on(dialect)
        if self._waiting and not self._outbox.full and self._resting is None and not dialect.full:
            self._transport.resumeProducing()
        else:
            self._transport.pauseProducing()

    def _refuse(self, error: ChatError, dialect: Dialect[Any]) -> Coroutine[Any, Any, None] | None:
        """Refuse an invalid line; return what to wait for before the next one, as the session does."""
        if dialect.is_over:
            self.hang_up(error)
            return None
        if dialect.one_answer and not self._talk.registered:
            self._talk.refuse(error)  # and hang up at once: this was its only attempt
            return None
        return self._talk.misheard(error, getattr(error, "id", None))

    def _wait_for(self, waiting: Coroutine[Any, Any, None]) -> None:
        """Do no further command until this one is done."""
        self._waiting = True
        self.pause()
        done = Deferred.fromCoroutine(waiting)
        done.addCallback(lambda _: self._done_waiting())
        done.addErrback(self.crashed)

    def _done_waiting(self) -> None:
        self._waiting = False
        if self._new:
            self._check_signed_in()
        self.go_on()

    def _check_signed_in(self) -> None:
        """Go on as the connection of a user, if the client has signed in."""
        dialect = self._dialect
        assert dialect is not None  # noqa: S101  # else there was no command
        if not self._talk.registered:
            if dialect.one_answer:
                self._hang_up()
        elif self not in self._shared.sign_ins:
            self._new = False
        else:
            self._shared.sign_ins.drop(self)
            if self._talk.is_owed:
                self._talk.said_before(len(dialect.pending) + self._outbox.lines_waiting())
            dialect.signed_in()
            self._shared.vigil.watch(self)
            self._new = dialect.one_answer
            if dialect.one_answer:
                self._outbox.hold(self._limits.welcome_alone)

    def is_late(self) -> None:
        """Hang up: the client has not signed in in time."""
        self.hang_up(Timeout(self._limits.sign_in))

    # Whether it is read: see also vigil.py.

    def pause(self) -> None:
        """Read nothing until `go_on`."""
        self._paused = True
        self._transport.pauseProducing()

    def go_on(self) -> None:
        """Read on, unless there is something to wait for: a command, or the client's own reading."""
        if self._paused and not self._waiting and not self._outbox.full and self._resting is None:
            self._resume()

    def _resume(self) -> None:
        self._paused = False
        self.heard_at = self._clock.seconds()  # what it has sent meanwhile is read only now
        dialect = self._dialect
        too_much = dialect is not None and dialect.full and not self._outbox.closed
        if not too_much:
            self._transport.resumeProducing()
        if self._outbox.closed:
            return
        if self._visit is not None:
            self._visit.go_on()
        self._proceed()
        if too_much and not self._paused:
            self._transport.resumeProducing()

    @property
    def answers(self) -> bool:
        """Whether the client has said that it answers when it is asked whether it is still there."""
        return self._talk.answers

    @property
    def listened_to(self) -> bool:
        """Whether what the client sends is read; else it can't be blamed for its silence."""
        return not self._paused

    def silent_for(self) -> float:
        """Return for how many seconds the client has sent nothing, if it was asked since then, or 0.0."""
        owes = self.listened_to and self._shared.vigil.awaits(self)
        return self._clock.seconds() - self.heard_at if owes else 0.0

    def probe(self) -> None:
        """Ask the client to show that it is still there."""
        self._talk.ask_whether_there()

    # Hanging up.

    def hang_up(self, reason: ChatError) -> None:
        """Tell the client why, and close the connection after it had time to read that."""
        if not self._outbox.closed:
            if self._visit is None:
                self._talk.refuse(reason)
            else:
                self._visit.refuse(reason)
            self._talk.close(reason)
            self._hang_up(reason)
        if isinstance(reason, ShuttingDown):
            self._outbox.hurry()

    def _hang_up(self, reason: ChatError | None = None) -> None:
        if self._dialect is not None:
            self._dialect.clear()
        self._stop_sniffing()
        self._talk.close()
        self._outbox.close(reason)
        if self._paused:
            self._resume()  # what comes is thrown away, but has to be read

    def overrun(self) -> None:
        """Hang up on a client that is too far behind, or has taken nothing for too long."""
        self.hang_up(SlowReader(self._limits.behind))

    def crashed(self, failure: Failure) -> None:
        """Log a bug, and hang up."""
        self._log.failure("A conversation with {address} failed", failure, address=described(self.peer))
        self.hang_up(InternalError())


def described(address: IAddress | None) -> str:
    """Return where a client is, as the server's console shows it."""
    if isinstance(address, INTERNET):
        return str((address.host, address.port))
    return "a local socket"
