"""The way to a server, which lasts longer than any one connection.

Its states, and what ends them:

    calling -> over       the server is not there, or refuses: the first connection is not retried, except at
                          the host's other addresses
    calling -> locked     the name takes a password, or has to be registered first; so is away -> locked
    locked  -> calling    unlock(): the next call gives the password
    calling -> up         welcome
    up      -> away       the connection is lost, except for the reasons below
    away    -> up         welcome again, and back in the rooms: see exchange.py
    any     -> over       leave(); the retries have taken too long; the server says that this user has signed
                          in on another connection, or that the name belongs to another user now; it is of
                          the first version, which forgets its clients; it is another server
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator
from itertools import count

from twisted.application.internet import ClientService
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.python.failure import Failure

from classchat.client.link.calling import Calls, WatchedEndpoint
from classchat.client.link.exchange import Exchange, Hearer
from classchat.client.link.listener import LinkListener
from classchat.client.link.password_lock import PasswordLock
from classchat.client.link.protocol import ClientProtocol, Listener
from classchat.client.link.retries import Retries
from classchat.client.link.several import has_another
from classchat.client.link.trust import Untrusted
from classchat.messages import Error, Event, Success
from classchat.request import Request

RETRY = 300.0
"""Seconds in which a link tries to reconnect."""

GIVEN_UP = "Could not reconnect within {:g} seconds"
ANOTHER_SERVER = "An older server answers there now, and does not know you: sign in again"

_BUSY = "busy"
_BUSY_DELAY = 2.0  # seconds until a server that is too busy for passwords is asked again
_LOCKED = {"password_required", "wrong_password"}
_LOCKED_AT_FIRST = {*_LOCKED, "claimed_only", "already_claimed", "unusable_password"}
_PASSING = {"too_many", "timeout", "slow_reader", "shutting_down", "internal_error"}
_ENDED = {
    "taken_over",  # else two clients would throw each other out, again and again
    "kicked",  # from the server: from a room, the error names that
    "name_released",  # else a guest would keep the name from its next owner
}


def new_ids() -> Iterator[str]:
    """Return unique ids for requests: a server remembers them for a day."""
    prefix = secrets.token_urlsafe(9)
    return (f"{prefix}-{number}" for number in count(1))


class Link(Listener):
    """The way of one user to one server."""

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
        """Tell the `hearer` about events, and the `listener` about the connection.

        Try for `retry` seconds to reconnect when the connection is lost; with 0 not at all.
        """
        self._ids = new_ids() if ids is None else ids
        self.exchange = Exchange(name, self._ids, hearer)
        self._hearer = hearer
        self._listener = listener
        self._clock = clock
        self._retry = retry
        self._retries = Retries(clock, retry, jitter, self._give_up)
        self._lock = PasswordLock()
        self.left = False
        """Whether this client has left, and not the server."""
        self._endpoint = endpoint
        watched = WatchedEndpoint(endpoint, self._may_call, self._not_called)
        self._service = ClientService(watched, Calls(self._call), self._delay, clock)
        self._again = False  # whether the connection ends because the next one says more
        self._protocol: ClientProtocol | None = None
        self._resumable = False
        self._welcomed = False
        self._over = False
        self._reason: str | None = None
        self._told = False
        self._away = False
        self._settling: list[Deferred[None]] = []
        self._name = name

    @property
    def away(self) -> bool:
        """Whether the connection is lost and the link tries to reconnect."""
        return self._away

    @property
    def is_locked(self) -> bool:
        """Whether a password is needed before the next call."""
        return self._lock.is_locked

    @property
    def full(self) -> bool:
        """Whether the next request should wait until more is answered."""
        if self._resumable:
            return self.exchange.full
        return self._protocol is None or self._protocol.full

    def open(self) -> None:
        """Call the server."""
        self._service.startService()

    def ask(self, command: Request) -> Request:
        """Send a request, now or after reconnecting; return it as it goes over the wire.

        Raises:
            CommandError: this server does not know that request.
        """
        if self._resumable:
            return self.exchange.ask(command)
        if self._protocol is not None:
            self._protocol.ask(command)
        return command

    def settled(self) -> Deferred[None]:
        """Return a Deferred that fires when all requests are answered, or never if the link ends before that.

        With a server of the first version it fails with Unanswered when no more answers can be expected.
        """
        if not self._resumable and self._protocol is not None:
            return self._protocol.settled()
        settling: Deferred[None] = Deferred()
        self._settling.append(settling)
        self._settle()
        return settling

    def leave(self) -> Deferred[None]:
        """Quit; return what fires when the connection is closed, at the latest after two seconds."""
        self.left = self._over = True
        self._retries.stop()
        if self._protocol is not None:
            return self._protocol.leave()
        stopped = self._stop()
        if self._welcomed:
            self._end()
        return stopped

    def unlock(self, password: str, *, claims: bool = False, code: str | None = None) -> None:
        """Sign in with a password, or register the name with it; a student has a join code for that.

        Both are forgotten once that is done.
        """
        self._lock.unlock(password, claims=claims, code=code)
        self._retries.restart()
        if self._welcomed:
            self._retries.restart_deadline()
        self._lock.let_go()

    def give_up(self, reason: str) -> None:
        """End, and tell the listener why."""
        self._finish(reason)

    def drop(self) -> None:
        """End, and tell nothing."""
        self._told = True
        self._finish(None)

    def reconnect(self) -> None:
        """Drop the connection, and reconnect."""
        if self._protocol is not None:
            self._protocol.abandon()

    # Calling.

    def _may_call(self) -> Deferred[None]:
        """Return what fires when the link may call: at once, unless a password is needed first."""
        self._again = False
        return self._lock.may_call()

    def _call(self) -> ClientProtocol:
        name = self.exchange.name
        register = self._lock.signed(name, self.exchange.greeting())
        self._protocol = ClientProtocol(name, self, self._clock, self._ids, register)
        return self._protocol

    def _delay(self, _failures: int) -> float:
        """Return the seconds until the next call."""
        if self._again:
            return _BUSY_DELAY if self._lock.is_busy else 0.0
        return self._retries.next_delay()

    def _calls_another(self) -> bool:
        """Call another address of the host before the first welcome, if it has one; return whether it has."""
        self._again = has_another(self._endpoint)
        return self._again

    def _not_reached(self, failure: Failure) -> None:
        self._over = True
        self._clock.callLater(0, self._stop)  # the service is in the middle of its own call
        self._listener.unreachable(failure)

    def _not_called(self, failure: Failure) -> None:
        """Stop calling if another server answers on reconnecting, or none answers before the welcome."""
        if self._over:
            return
        if not self._welcomed:
            if failure.check(Untrusted) or not self._calls_another():
                self._not_reached(failure)
        elif failure.check(Untrusted):
            self._over = True
            self._reason = str(failure.value)
            self._clock.callLater(0, self._end)  # the service is in the middle of its own call

    def _stop(self) -> Deferred[None]:
        return self._service.stopService() if self._service.running else succeed(None)

    # The connection calls.

    def connected(self, connection: ClientProtocol) -> None:
        """Pass a new connection to the listener, which may pause reading it."""
        self._listener.connected(connection)

    def welcomed(self, event: Success) -> None:
        """Record a welcome: the first one, or one after reconnecting."""
        if not self._welcomed:
            self._welcomed = True
            self._retries.connected()
            self._resumable = event.server is not None
            self._welcome(event)
            self._listener.welcomed(event)
        elif event.server is None:
            self._finish(ANOTHER_SERVER)
        else:
            self._welcome(event)

    def _welcome(self, event: Success) -> None:
        self._lock.forget()
        if self._resumable and self._protocol is not None:
            self.exchange.welcomed(event, self._protocol.ask)
            self._is_called()

    def refused(self, reason: str, code: str | None) -> None:
        """End, unless the reason will pass, or a password helps."""
        if code == _BUSY and self._lock.tries_again():
            self._again = True
        elif code is not None and code in (_LOCKED if self._welcomed else _LOCKED_AT_FIRST):
            self._wait_for_password(reason, code)
        elif not self._welcomed:
            if (code is None or code in _PASSING) and self._calls_another():
                return
            self._over = True
            self._listener.refused(reason, code)
        elif code is not None and code not in _PASSING and not self._listener.displaced(reason, code):
            self._finish(reason)

    def _wait_for_password(self, reason: str, code: str) -> None:
        self._again = True
        self._lock.lock()
        self._retries.stop()
        self._listener.locked(reason, code)

    def heard(self, event: Event, request: Request | None) -> None:
        """Pass on an event that is new."""
        if not self._welcomed:
            self._listener.replaying()
            self.exchange.heard(event)
            return
        if not self._resumable:
            self._hearer.heard(event, request)
            self._listener.ready()
            return
        if isinstance(event, Error) and event.code in _ENDED and event.room is None:
            self._over = True
            self._reason = event.text
            return
        self.exchange.heard(event, request)
        self._is_called()
        if self._away and self.exchange.talking:
            self._returned()
        self._listener.ready()
        self._settle()

    def _is_called(self) -> None:
        """Tell the listener of another name."""
        if self.exchange.name != self._name:
            self._name = self.exchange.name
            self._listener.renamed(self._name)

    def ready(self) -> None:
        """Pass on that there is room for more requests."""
        self._listener.ready()

    def unanswered(self, count: int) -> None:  # noqa: ARG002
        """Drop a connection without answers: the way to the server may be broken."""
        self.reconnect()

    def lost(self) -> None:
        """Reconnect, or end."""
        self._protocol = None
        self._listener.disconnected()
        if self._resumable:
            self.exchange.lost()
        if self._over:
            self._end()
        elif self._again or (not self._welcomed and self._calls_another()):
            pass  # the service calls again, as soon as it may
        elif not self._resumable:
            self._end()
        else:
            self._come_back()

    # Reconnecting.

    def _come_back(self) -> None:
        if not self._retries.lost(self.exchange, was_up=not self._away):
            self._give_up()
        elif not self._away:
            self._away = True
            self._listener.dropped()

    def _returned(self) -> None:
        self._away = False
        self._retries.connected()

    def _give_up(self) -> None:
        self._finish(GIVEN_UP.format(self._retry) if self._retry else None)

    def _finish(self, reason: str | None) -> None:
        """End for a reason of the client's own."""
        self._over = True
        self._reason = reason
        if self._protocol is None:
            self._end()
        else:
            self._protocol.abandon()

    def _end(self) -> None:
        self._over = True
        self._retries.stop()
        self._stop()
        if not self._told:
            self._told = True
            self._listener.closed(self._reason)

    def _settle(self) -> None:
        if self.exchange.idle:
            settling, self._settling = self._settling, []
            for waiting in settling:
                waiting.callback(None)
