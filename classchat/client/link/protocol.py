"""The client's end of a connection.

-> Alice                        signing in, with the bare name that every server understands,
                                or with a `register` that says more
<- success                      with `server`, it answers by `id`
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
from classchat.request import Request
from classchat.wire.lines import decode_event, encode_command

SIGN_IN_TIMEOUT = 5.0
"""Seconds that a server has to answer a client that signs in, or to send the next missed message."""

PASSWORD_TIMEOUT = 30.0
"""The same with a password: checking one takes a while, and after wrong ones it takes longer."""

_GOODBYE = 2.0  # seconds for the server to close the connection after `quit`
_QUIET = 75.0  # seconds without a line; our own servers send a ping every 60
_OURS = "still-there"  # the id of this client's own pings
_LONGEST_GOODBYE = 10.0  # seconds that a good-bye may take in all
_LONGEST_LINE = 1_048_576  # bytes; our own servers' lines are shorter, and others have no documented limit


class Listener(Protocol):
    """The callbacks of a connection: `welcomed` or `refused`, `heard`, and `lost` at the end."""

    def connected(self, connection: ClientProtocol) -> None:
        """Take note that the connection is made, and that the client signs in."""

    def welcomed(self, event: Success) -> None:
        """Take note that the user is signed in."""

    def refused(self, reason: str, code: str | None) -> None:
        """Take the reason why the user is not signed in; the connection closes.

        `code` is the server's name for the reason, "" if it has none, and None if the server has not refused.
        """

    def heard(self, event: Event, request: Request | None) -> None:
        """Take an event from the server; `request` is the request that it answers, if that is known."""

    def ready(self) -> None:
        """Send more requests, as long as the connection is not `full`."""

    def unanswered(self, count: int) -> None:
        """Take note that the server has answered nothing for 30 seconds, with so many requests open."""

    def lost(self) -> None:
        """Take note that the connection is closed."""


class _Transport(ITCPTransport, IPushProducer):
    """The transport of a TCP connection."""


class ClientProtocol(LineReceiver):
    """One connection to a server: signs in, sends requests, and hands events to its listener.

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
        """Sign in as `name`, with `register` if the bare name is not enough.

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
        """Whether the next request should wait until more is answered."""
        return self._requests is None or self._requests.full

    def ask(self, command: Request) -> None:
        """Send a request.

        Raises:
            CommandError: this server does not know that request.
        """
        if self._requests is not None:
            self._requests.ask(command)

    def settled(self) -> Deferred[None]:
        """Return a Deferred that fires when all requests are answered.

        It fails with Unanswered when no more answers can be expected.
        """
        return succeed(None) if self._requests is None else self._requests.settled()

    def leave(self) -> Deferred[None]:
        """Quit; return what fires when the connection is closed.

        Two seconds without an answer end the wait. A server may still have many earlier requests to answer;
        it has ten seconds for them.
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
        """Close the connection at once: the server does not answer."""
        self.transport.abortConnection()

    def _wait(self, seconds: float, then: Callable[[], object]) -> None:
        """Call `then` after some seconds, unless the wait is stopped first; there is one wait at a time."""
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
                pass  # no client hears rooms before the welcome

    def _requests_to(self, welcome: Success) -> Requests:
        """Return the kind of requests for this server: only one that says its name answers by `id`."""
        write = self.transport.write
        if welcome.server is None:
            return PacedRequests(write, self._clock, self._name, self._listener.ready)
        return ConfirmedRequests(write, self._clock, self._ids, self._listener.unanswered)

    def _watch(self) -> None:
        """Tell the server that this client answers pings, and watch for a server that is gone."""
        self.transport.write(encode_command(Ping(id=_OURS, answers=True)))
        self._watching = self._clock.callLater(_QUIET, self._look)

    def _look(self) -> None:
        """Ping a server that has been silent for long: if it does not answer, it is gone."""
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
        """Sign in."""
        self.transport.setTcpNoDelay(True)

        # A client that only listens would never notice otherwise that the server is gone.
        self.transport.setTcpKeepAlive(True)
        self._listener.connected(self)
        self._wait(self._sign_in_timeout, self._timed_out)
        if self._register is None:
            self.sendLine(self._name.encode(errors="replace"))
        else:
            self.transport.write(encode_command(self._register))

    def pauseProducing(self) -> None:
        """Stop reading: the reader of the output is behind."""
        self.transport.pauseProducing()
        self._listening = False
        if self._requests is None:
            self._stop_waiting()  # silence is not the server's fault now
        else:
            self._requests.listens(False)

    def resumeProducing(self) -> None:
        """Read again."""
        self.transport.resumeProducing()
        self._listening = True
        self._heard_at = self._clock.seconds()
        if self._requests is None:
            if not self._lost:
                self._wait(self._sign_in_timeout, self._timed_out)
        else:
            self._requests.listens(True)

    def dataReceived(self, data: bytes) -> None:
        """Take bytes; a server of the first version may send its welcome without a newline."""
        self._heard_at = self._clock.seconds()
        if self._requests is None and self._register is None and data.endswith(b"}"):
            data += self.delimiter
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """Take one line, without its newline."""
        if not line.strip():
            return
        if self._requests is None:
            self._signing_in(line)
        else:
            self._talking(self._requests, line)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        """Tell the listener that the connection is closed."""
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
