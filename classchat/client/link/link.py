"""The way to a server, which lasts longer than any one connection.

What it is doing, and what ends that:

    calling -> over       nobody is there, or we are refused: the first connection is not tried again
    calling -> locked     the name takes a password, or has to be claimed first; away -> locked is the same
    locked  -> calling    unlock(): we call again, and say it
    calling -> up         welcome
    up      -> away       the connection is lost, for whatever reason but those below
    away    -> up         welcome again, and back in our rooms: see conversation.py
    any     -> over       leave(); the retries have taken too long; the server says that we are here on
                          another connection, or that the name is somebody else's now; it is of the
                          first version, which forgets at once who is gone; it is not the one that it was
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator
from itertools import count
from typing import Protocol

from msgspec.structs import replace
from twisted.application.internet import ClientService, backoffPolicy
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IProtocol,
    IProtocolFactory,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.client.link.connection import ClientProtocol, Listener
from classchat.client.link.conversation import Conversation, Hearer
from classchat.client.link.trust import Untrusted
from classchat.messages import Claim, Command, Error, Event, Register, Success

RETRY = 300.0
"""Seconds in which we try to come back."""

GIVEN_UP = "The server could not be reached again within {:g} seconds"
ANOTHER_SERVER = "The server that is there now is of the first version, and does not know you"

_FIRST_DELAY, _LONGEST_DELAY, _GROWTH = 0.5, 15.0, 1.7  # seconds, and by how much it grows each time
_STABLE = 10.0  # seconds that a connection without a question has to last, so that the retries begin anew
_BUSY = "busy"
_BUSY_DELAY, _MOST_BUSY = 2.0, 5  # seconds until a server that is too busy for passwords is asked again
_LOCKED = {"password_required", "wrong_password"}
_LOCKED_AT_FIRST = {*_LOCKED, "claimed_only", "already_claimed", "unusable_password"}
_PASSING = {"too_many", "timeout", "slow_reader", "shutting_down", "internal_error"}
_ENDED = {
    "taken_over",  # who comes back from that throws the other one out, who comes back from that
    "name_released",  # who comes back from that keeps the name from its next owner, as a guest
}


class LinkListener(Protocol):
    """Whom a link tells what becomes of it: `unreachable`, `refused` or `welcomed`, and last `closed`."""

    def unreachable(self, failure: Failure) -> None:
        """Nobody is there, and that is that."""

    def connected(self, producer: ClientProtocol) -> None:
        """There is a connection, whose reading can be paused."""

    def refused(self, reason: str, code: str | None) -> None:
        """We are not signed in, and that is that; `code` is the server's name for the reason."""

    def welcomed(self, event: Success) -> None:
        """We are signed in for the first time."""

    def locked(self, reason: str, code: str) -> None:
        """There is no signing in without a password: `unlock` goes on, `drop` or `give_up` ends it.

        `code` is one of password_required, wrong_password, and the first time claimed_only (`unlock` may
        claim the name then), already_claimed and unusable_password.
        """

    def displaced(self, reason: str, code: str) -> bool:  # noqa: ARG002
        """The server does not let us back in: return whether to go on is up to the listener, who may `drop`.

        Otherwise it is over.
        """
        return False

    def replaying(self) -> None:
        """Something that was missed comes before the first welcome."""
        return

    def ready(self) -> None:
        """The server may be asked again: look at `full`."""

    def dropped(self) -> None:
        """The connection is lost; we try to come back."""

    def disconnected(self) -> None:
        """There is no connection any more whose reading could be paused."""

    def closed(self, reason: str | None) -> None:
        """It is over; for this reason, if it was not we who left and it is known."""


def new_ids() -> Iterator[str]:
    """Return names for requests that nobody else uses: a server remembers them for a day."""
    prefix = secrets.token_urlsafe(9)
    return (f"{prefix}-{number}" for number in count(1))


class Link(Listener):
    """One person's way to one server."""

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        name: str,
        hearer: Hearer,
        listener: LinkListener,
        clock: IReactorTime,
        ids: Iterator[str] | None = None,
        retry: float = RETRY,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Tell the `hearer` what is said, and the `listener` what becomes of us.

        Try for `retry` seconds to come back when the connection is lost; not at all with 0.
        """
        self._ids = new_ids() if ids is None else ids
        self.conversation = Conversation(name, self._ids, hearer)
        self._hearer = hearer
        self._listener = listener
        self._clock = clock
        self._retry = retry
        self._backoff = backoffPolicy(_FIRST_DELAY, _LONGEST_DELAY, _GROWTH, jitter)
        self.left = False
        """Whether it was we who left."""
        self._attempts = 0
        self._service = ClientService(
            _Watched(endpoint, self._may_call, self._not_called), _Calls(self._call), self._delay, clock
        )
        self._password = ""
        self._claims = False
        self._again = False  # whether the connection ends because we say more on the next one
        self._locked = False
        self._waiting: Deferred[None] | None = None
        self._called = 0
        self._times_busy = 0
        self._protocol: ClientProtocol | None = None
        self._resumable = False
        self._welcomed = False
        self._over = False
        self._reason: str | None = None
        self._told = False
        self._away = False
        self._lost_at: float | None = None
        self._returned_at = 0.0
        self._progress = 0
        self._deadline: IDelayedCall | None = None
        self._settling: list[Deferred[None]] = []

    @property
    def away(self) -> bool:
        """Whether we were there, and try to come back."""
        return self._away

    @property
    def is_locked(self) -> bool:
        """Whether there has to be a password before we call again."""
        return self._locked

    @property
    def full(self) -> bool:
        """Whether the next request had better wait until more was heard."""
        if self._resumable:
            return self.conversation.full
        return self._protocol is None or self._protocol.full

    def open(self) -> None:
        """Call the server."""
        self._service.whenConnected(failAfterFailures=1).addErrback(self._not_reached)
        self._service.startService()

    def ask(self, command: Command) -> Command:
        """Ask something, now or when we are back; return it as it goes over the wire.

        Raises:
            CommandError: this server can't be asked that.
        """
        if self._resumable:
            return self.conversation.ask(command)
        if self._protocol is not None:
            self._protocol.ask(command)
        return command

    def settled(self) -> Deferred[None]:
        """Return what fires when everything is answered; never, if the link ends before.

        With a server of the first version it fails with Unanswered when an answer can't be expected any more.
        """
        if not self._resumable and self._protocol is not None:
            return self._protocol.settled()
        settling: Deferred[None] = Deferred()
        self._settling.append(settling)
        self._settle()
        return settling

    def leave(self) -> Deferred[None]:
        """Quit; what fires when the connection is closed, which may not take two seconds."""
        self.left = self._over = True
        self._stop_waiting()
        if self._protocol is not None:
            return self._protocol.leave()
        stopped = self._stop()
        if self._welcomed:
            self._end()
        return stopped

    def unlock(self, password: str, *, claims: bool = False) -> None:
        """Sign in with a password, or claim the name with it. It is forgotten once that is done."""
        self._password, self._claims = password, claims
        self._locked = False
        self._attempts = 0
        if self._welcomed:
            self._lost_at = self._clock.seconds()
            self._start_deadline(self._retry)
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.callback(None)

    def give_up(self, reason: str) -> None:
        """Be over, and tell why."""
        self._finish(reason)

    def drop(self) -> None:
        """Be over, and tell nobody."""
        self._told = True
        self._finish(None)

    def reconnect(self) -> None:
        """Drop the connection, and come back."""
        if self._protocol is not None:
            self._protocol.abandon()

    # Calling.

    def _may_call(self) -> Deferred[None]:
        """Return what fires when we may call: at once, unless there has to be a password first."""
        self._again = False
        if not self._locked:
            return succeed(None)
        self._waiting = Deferred()
        return self._waiting

    def _call(self) -> ClientProtocol:
        register: Register | Claim | None = self.conversation.greeting()
        if self._password:
            register = register or Register(sender=self.conversation.name)
            register = replace(register, text=self._password)
        if self._claims:
            register = Claim(sender=self.conversation.name, text=self._password)
        self._called += 1
        self._protocol = ClientProtocol(self.conversation.name, self, self._clock, self._ids, register)
        return self._protocol

    def _delay(self, _failures: int) -> float:
        """Return how long to wait: a server that takes us and hangs up has failed as well."""
        if self._again:
            return _BUSY_DELAY if self._times_busy else 0.0
        self._attempts += 1
        return self._backoff(self._attempts)

    def _not_reached(self, failure: Failure) -> None:
        if not self._over:
            self._over = True
            self._clock.callLater(0, self._stop)  # the service is in the middle of telling us
            self._listener.unreachable(failure)

    def _not_called(self, failure: Failure) -> None:
        """Call no more where somebody else answers, on our way back, or nobody does any more, before that."""
        if self._over:
            return
        if not self._welcomed and self._called:
            self._not_reached(failure)
        elif self._welcomed and failure.check(Untrusted):
            self._over = True
            self._reason = str(failure.value)
            self._clock.callLater(0, self._end)  # the service is in the middle of telling us

    def _stop(self) -> Deferred[None]:
        return self._service.stopService() if self._service.running else succeed(None)

    # The connection tells.

    def connected(self, connection: ClientProtocol) -> None:
        """Let what is heard be read no faster than our listener can take it."""
        self._listener.connected(connection)

    def welcomed(self, event: Success) -> None:
        """Begin, or come back."""
        if not self._welcomed:
            self._welcomed = True
            self._returned_at = self._clock.seconds()
            self._resumable = event.server is not None
            self._welcome(event)
            self._listener.welcomed(event)
        elif event.server is None:
            self._finish(ANOTHER_SERVER)
        else:
            self._welcome(event)

    def _welcome(self, event: Success) -> None:
        self._password, self._claims = "", False
        self._times_busy = 0
        if self._resumable and self._protocol is not None:
            self.conversation.welcomed(event, self._protocol.ask)

    def refused(self, reason: str, code: str | None) -> None:
        """Be over, unless it is something that passes, or takes a password."""
        if code == _BUSY and self._password and self._times_busy < _MOST_BUSY:
            self._again = True
            self._times_busy += 1
        elif code is not None and code in (_LOCKED if self._welcomed else _LOCKED_AT_FIRST):
            self._lock(reason, code)
        elif not self._welcomed:
            self._over = True
            self._listener.refused(reason, code)
        elif code is not None and code not in _PASSING and not self._listener.displaced(reason, code):
            self._finish(reason)

    def _lock(self, reason: str, code: str) -> None:
        self._again = self._locked = True
        self._password, self._claims, self._times_busy = "", False, 0
        self._stop_waiting()
        self._listener.locked(reason, code)

    def heard(self, event: Event, request: Command | None) -> None:
        """Pass on what is news."""
        if not self._welcomed:
            self._listener.replaying()
            self.conversation.heard(event)
            return
        if not self._resumable:
            self._hearer.heard(event, request)
            self._listener.ready()
            return
        if isinstance(event, Error) and event.code in _ENDED:
            self._over = True
            self._reason = event.text
            return
        self.conversation.heard(event, request)
        if self._away and self.conversation.talking:
            self._returned()
        self._listener.ready()
        self._settle()

    def ready(self) -> None:
        """Pass it on."""
        self._listener.ready()

    def unanswered(self, count: int) -> None:  # noqa: ARG002
        """Drop a connection over which no answer comes: the way to the server may be broken."""
        self.reconnect()

    def lost(self) -> None:
        """Come back, or be over."""
        self._protocol = None
        self._listener.disconnected()
        if self._resumable:
            self.conversation.lost()
        if self._over:
            self._end()
        elif self._again:
            pass  # the service calls again, as soon as it may
        elif not self._resumable:
            self._end()
        else:
            self._come_back()

    # Coming back.

    def _come_back(self) -> None:
        now = self._clock.seconds()
        if self._got_on(now) or self._lost_at is None:
            self._lost_at = now
            self._attempts = 0
        remaining = self._lost_at + self._retry - now
        if remaining <= 0:
            self._give_up()
            return
        self._start_deadline(remaining)
        if not self._away:
            self._away = True
            self._listener.dropped()

    def _start_deadline(self, seconds: float) -> None:
        self._stop_waiting()
        self._deadline = self._clock.callLater(seconds, self._give_up)

    def _got_on(self, now: float) -> bool:
        """Tell whether the last connection was a good one: it got us on, or lasted with nothing to ask."""
        progress, self._progress = self.conversation.progress > self._progress, self.conversation.progress
        lasted = not self._away and now - self._returned_at >= _STABLE
        return progress or (lasted and self.conversation.idle)

    def _returned(self) -> None:
        self._away = False
        self._stop_waiting()
        self._returned_at = self._clock.seconds()

    def _give_up(self) -> None:
        self._finish(GIVEN_UP.format(self._retry) if self._retry else None)

    def _finish(self, reason: str | None) -> None:
        """Be over, for a reason of our own."""
        self._over = True
        self._reason = reason
        if self._protocol is None:
            self._end()
        else:
            self._protocol.abandon()

    def _end(self) -> None:
        self._over = True
        self._stop_waiting()
        self._stop()
        if not self._told:
            self._told = True
            self._listener.closed(self._reason)

    def _stop_waiting(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()

    def _settle(self) -> None:
        if self.conversation.idle:
            settling, self._settling = self._settling, []
            for waiting in settling:
                waiting.callback(None)


class _Calls(Factory):
    """Makes a protocol for each connection."""

    noisy = False

    def __init__(self, call: Callable[[], ClientProtocol]) -> None:
        self._call = call

    def buildProtocol(self, addr: IAddress | None) -> ClientProtocol:  # noqa: ARG002
        """Return the protocol of a connection that was just made."""
        return self._call()


@implementer(IStreamClientEndpoint)
class _Watched:
    """An endpoint that waits until one may call, and tells when nobody is there, or the wrong one."""

    def __init__(
        self,
        endpoint: IStreamClientEndpoint,
        may_call: Callable[[], Deferred[None]],
        failed: Callable[[Failure], None],
    ) -> None:
        self._endpoint = endpoint
        self._may_call = may_call
        self._failed = failed

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Call the server."""
        waiting = self._may_call()
        calling: Deferred[IProtocol] = waiting.addCallback(lambda _: self._endpoint.connect(protocolFactory))
        return calling.addErrback(self._look_at)

    def _look_at(self, failure: Failure) -> Failure:
        self._failed(failure)
        return failure
