"""The client's end of a connection.

-> Alice                        signing in, with the bare name that every server understands,
                                or with a `register` that says more
<- success                      `server` tells whether it answers by `id`
-> create, join, group ...
<- success, error, group, private
-> quit
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime, ITCPTransport
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure

from classchat.client.link.requests import ConfirmedRequests, PacedRequests, Requests
from classchat.errors import ChatError
from classchat.messages import (
    Claim,
    Command,
    Error,
    Event,
    Group,
    Ping,
    Pong,
    Private,
    Probe,
    Quit,
    Register,
    Success,
)
from classchat.wire.lines import decode_event, encode_command

SIGN_IN_TIMEOUT = 5.0
"""Seconds that a server has to answer who signs in, or to go on with what he missed."""

PASSWORD_TIMEOUT = 30.0
"""The same for who gives a password: each takes a while, and after wrong ones it takes longer."""

_GOODBYE = 2.0  # seconds that a server has to hang up on who quits, or to answer what was asked before
_QUIET = 75.0  # seconds without a line; our own servers ask us every 60 whether we are there
_OURS = "still-there"  # the id of our own pings, whose answers are nobody else's
_LONGEST_GOODBYE = 10.0  # seconds that this may take in all
_LONGEST_LINE = 1_048_576  # bytes; our own servers' lines are shorter, and others said nothing of theirs


class Listener(Protocol):
    """Whom a connection tells what becomes of it: `welcomed` or `refused`, `heard`, and `lost` at the end."""

    def connected(self, connection: ClientProtocol) -> None:
        """The server is there, and knows who we are in a moment."""

    def welcomed(self, event: Success) -> None:
        """We are signed in."""

    def refused(self, reason: str, code: str | None) -> None:
        """We are not signed in, and the sentence says why; the connection closes.

        `code` is what the server calls the reason, "" if it does not call it anything, and None if it was
        not the server who refused.
        """

    def heard(self, event: Event, request: Command | None) -> None:
        """The server tells something; `request` is what it answers, where that is known."""

    def ready(self) -> None:
        """The server may be asked again: look at `full`."""

    def unanswered(self, count: int) -> None:
        """The server has answered nothing for 30 seconds, while so many requests are open."""

    def lost(self) -> None:
        """The connection is closed, by whomever."""


class _Transport(ITCPTransport, IPushProducer):
    """What a TCP connection is."""


class ClientProtocol(LineReceiver):
    """One connection to a server: signs in, asks, and tells its listener what it hears.

    The states, and what ends them:

        signing in -> talking    a welcome
        signing in -> closed     a refusal, or 5 seconds
        talking    -> closed     leave(), or the server hangs up
    """

    delimiter = b"\n"
    MAX_LENGTH = _LONGEST_LINE
    transport: _Transport
    _log = Logger()

    def __init__(
        self,
        name: str,
        listener: Listener,
        clock: IReactorTime,
        ids: Iterator[str],
        register: Register | Claim | None = None,
    ) -> None:
        """Sign in as `name`, by `register` if there is more to say than that.

        Requests that have no id get one of `ids`, all different.
        """
        self._name = name
        self._register = register
        self._sign_in_timeout = PASSWORD_TIMEOUT if register and register.text else SIGN_IN_TIMEOUT
        self._listener = listener
        self._clock = clock
        self._ids = ids
        self._requests: Requests | None = None
        self._deadline: IDelayedCall | None = None
        self._left: list[Deferred[None]] = []
        self._lost = False
        self._leaving_at: float | None = None
        self._heard_at = 0.0
        self._listening = True
        self._watching: IDelayedCall | None = None

    @property
    def full(self) -> bool:
        """Whether the next request had better wait until more was heard."""
        return self._requests is None or self._requests.full

    def ask(self, command: Command) -> None:
        """Send a request.

        Raises:
            CommandError: this server can't be asked that.
        """
        if self._requests is not None:
            self._requests.ask(command)

    def settled(self) -> Deferred[None]:
        """Return what fires when everything that was asked is answered.

        It fails with Unanswered when that can't be expected any more.
        """
        return succeed(None) if self._requests is None else self._requests.settled()

    def leave(self) -> Deferred[None]:
        """Quit; what fires when the connection is closed.

        Two seconds without an answer end it: a server may still have much to do that was asked before, but
        it has ten seconds for that.
        """
        if self._lost or not self.connected:
            return succeed(None)
        left: Deferred[None] = Deferred()
        self._left.append(left)
        if self._requests is None:
            self.transport.abortConnection()
        else:
            self._requests.ask(Quit())
            self._leaving_at = self._clock.seconds()
            self._wait(_GOODBYE, self.transport.abortConnection)
        return left

    def abandon(self) -> None:
        """Close the connection at once: whoever is there does not answer."""
        self.transport.abortConnection()

    def _wait(self, seconds: float, then: Callable[[], object]) -> None:
        """Do something unless what we wait for comes first; we wait for one thing at a time."""
        self._stop_waiting()
        self._deadline = self._clock.callLater(seconds, then)

    def _stop_waiting(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()

    # Signing in.

    def _signing_in(self, line: bytes) -> None:
        try:
            event = decode_event(line)
        except ChatError:
            self._refuse("This is not a ClassChat server: check the address and port")
            return
        match event:
            case Success():
                self._stop_waiting()
                self._requests = self._requests_to(event)
                if event.server is not None:
                    self._watch()
                self._listener.welcomed(event)
            case Error():
                self._refuse(event.text, event.code or "")
            case Group(replay=True) | Private(replay=True):
                self._wait(self._sign_in_timeout, self._timed_out)
                self._listener.heard(event, None)
            case _:
                pass  # a room is heard before the welcome by nobody

    def _requests_to(self, welcome: Success) -> Requests:
        """Return what suits this server: only one that says its name answers by `id`."""
        write = self.transport.write
        if welcome.server is None:
            return PacedRequests(write, self._clock, self._name, self._listener.ready)
        return ConfirmedRequests(write, self._clock, self._ids, self._listener.unanswered)

    def _watch(self) -> None:
        """Say that we answer when we are asked whether we are there, and find out when the server is not."""
        self.transport.write(encode_command(Ping(id=_OURS, answers=True)))
        self._watching = self._clock.callLater(_QUIET, self._look)

    def _look(self) -> None:
        """Ask a server that has said nothing for long: if it does not answer it is gone."""
        if not self._listening:
            self._heard_at = self._clock.seconds()
        quiet = self._clock.seconds() - self._heard_at
        if quiet >= _QUIET:
            self.ask(Ping(id=_OURS))
            quiet = 0.0
        self._watching = self._clock.callLater(_QUIET - quiet, self._look)

    def _refuse(self, reason: str, code: str | None = None) -> None:
        self._stop_waiting()
        self.transport.loseConnection()
        self._listener.refused(reason, code)

    def _timed_out(self) -> None:
        self._refuse(
            f"Registration timed out: the server did not answer within {self._sign_in_timeout:g} seconds"
        )

    # Talking.

    def _talking(self, requests: Requests, line: bytes) -> None:
        try:
            event = decode_event(line)
        except ChatError as error:
            self._log.debug("The server said something unknown: {error}", error=error)
            return
        if isinstance(event, Probe):
            self.transport.write(encode_command(Pong()))
            return
        request = requests.heard(event)
        if isinstance(event, Success) and event.id == _OURS:
            return
        if request is not None and self._leaving_at is not None:
            left = self._leaving_at + _LONGEST_GOODBYE - self._clock.seconds()
            self._wait(min(_GOODBYE, max(left, 0.0)), self.transport.abortConnection)
        self._listener.heard(event, request)

    # Twisted calling.

    def connectionMade(self) -> None:
        """The server is there."""
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)  # who only listens would never know that the server is gone
        self._listener.connected(self)
        self._wait(self._sign_in_timeout, self._timed_out)
        if self._register is None:
            self.sendLine(self._name.encode(errors="replace"))
        else:
            self.transport.write(encode_command(self._register))

    def pauseProducing(self) -> None:
        """Leave what arrives where it is: whoever reads what we hear is behind."""
        self.transport.pauseProducing()
        self._listening = False
        if self._requests is None:
            self._stop_waiting()  # it can't be blamed for saying nothing
        else:
            self._requests.listens(False)

    def resumeProducing(self) -> None:
        """Take what arrives again."""
        self.transport.resumeProducing()
        self._listening = True
        self._heard_at = self._clock.seconds()
        if self._requests is None:
            if not self._lost:
                self._wait(self._sign_in_timeout, self._timed_out)
        else:
            self._requests.listens(True)

    def dataReceived(self, data: bytes) -> None:
        """Take what arrives; a server of the first version may welcome us without a newline."""
        self._heard_at = self._clock.seconds()
        if self._requests is None and self._register is None and data.endswith(b"}"):
            data += self.delimiter
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """One line, without its newline."""
        if not line.strip():
            return
        if self._requests is None:
            self._signing_in(line)
        else:
            self._talking(self._requests, line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        """The connection is closed, by whomever."""
        self._lost = True
        self._stop_waiting()
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if self._requests is not None:
            self._requests.close()
        self._listener.lost()
        left, self._left = self._left, []
        for waiting in left:
            waiting.callback(None)
