"""The requests to a server that are not answered yet.

Our own servers answer every request that carries an `id`, so any number may be under way
(`ConfirmedRequests`). A server of the first version answers only some, takes each read for one
request and reads 4 096 bytes at a time, so there is one under way (`PacedRequests`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from classchat.client.commands.typed import CommandError
from classchat.messages import Create, Error, Event, Group, Join, Private, Quit, Say, Success, Tell
from classchat.request import Request
from classchat.wire.lines import encode_command

_MOST_UNANSWERED = 256
_PATIENCE = 30.0  # seconds without any answer, after which the rest is given up

_FIRST_VERSION_READ = 4096  # bytes
_FIRST_VERSION_PACE = 0.1  # seconds, after which the server has read a request that has no answer
_FIRST_VERSION_PATIENCE = 5.0  # seconds for an answer that has to come: the first client's timeout
_FIRST_VERSION_QUIET = 2.0  # seconds, after which no more answers are expected

Write = Callable[[bytes], None]


class Unanswered(Exception):
    """The server did not answer every request; the argument is the number of open ones."""


class Requests(Protocol):
    """Sends requests, and matches answers to them."""

    @property
    def full(self) -> bool:
        """Whether the next request should wait."""

    def ask(self, command: Request) -> None:
        """Send a request, after all earlier ones.

        Raises:
            CommandError: this server does not know that request.
        """

    def heard(self, event: Event) -> Request | None:
        """Record an event, and return the request that it answers, if that is known."""

    def listens(self, whether: bool) -> None:
        """Record whether the client reads: while it does not, silence is not the server's fault."""

    def settled(self) -> Deferred[None]:
        """Return a Deferred that fires when all requests are answered.

        It fails with Unanswered when no more answers can be expected.
        """

    def close(self) -> None:
        """Stop waiting: the connection is gone."""


class ConfirmedRequests(Requests):
    """Requests to a server that answers each by its `id`."""

    def __init__(
        self, write: Write, clock: IReactorTime, ids: Iterator[str], gave_up: Callable[[int], None]
    ) -> None:
        """Number requests with `ids`, all different.

        `gave_up` is called with the number of open requests after 30 seconds without an answer, unless a
        caller waits with `settled`: that one fails instead.
        """
        self._write = write
        self._clock = clock
        self._ids = ids
        self._gave_up = gave_up
        self._unanswered: dict[str, Request] = {}
        self._settling: Deferred[None] | None = None
        self._listening = True
        self._progress = 0.0  # when the wait for the next answer began
        self._patience: IDelayedCall | None = None

    @property
    def full(self) -> bool:
        """Whether as many requests are open as a server should have to remember."""
        return len(self._unanswered) >= _MOST_UNANSWERED

    def ask(self, command: Request) -> None:
        """Send a request at once, with its own id or a new one."""
        id = command.id or next(self._ids)
        if not self._unanswered:
            self._progress = self._clock.seconds()
        self._unanswered[id] = command
        self._write(encode_command(replace(command, id=id)))
        if self._patience is None:
            self._patience = self._clock.callLater(_PATIENCE, self._look)

    def heard(self, event: Event) -> Request | None:
        """Return the request that has this event's `id`."""
        match event:
            case Success(id=str(id)) | Error(id=str(id)):
                command = self._unanswered.pop(id, None)
                if command is not None:
                    self._progress = self._clock.seconds()
                    self._settle()
                return command
            case _:
                return None

    def listens(self, whether: bool) -> None:
        """Start the 30 seconds over."""
        self._listening = whether
        self._progress = self._clock.seconds()

    def settled(self) -> Deferred[None]:
        """Return what fires with the last answer, and fails after 30 seconds without one."""
        settling: Deferred[None] = Deferred()
        self._settling = settling
        self._settle()
        return settling

    def close(self) -> None:
        """Fail the wait, if any request is open."""
        self._stop_looking()
        if self._settling is not None:
            self._fail(self._settling)

    def _settle(self) -> None:
        if self._settling is not None and not self._unanswered:
            self._stop_looking()
            settling, self._settling = self._settling, None
            settling.callback(None)

    def _look(self) -> None:
        """Check whether there was an answer in time: cheaper than a timer for each request."""
        self._patience = None
        if not self._unanswered:
            return
        if not self._listening:
            self._progress = self._clock.seconds()
        remaining = self._progress + _PATIENCE - self._clock.seconds()
        if remaining > 0:
            self._patience = self._clock.callLater(remaining, self._look)
        elif self._settling is None:
            self._gave_up(len(self._unanswered))
        else:
            self._fail(self._settling)

    def _fail(self, settling: Deferred[None]) -> None:
        self._settling = None
        settling.errback(Unanswered(len(self._unanswered)))

    def _stop_looking(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


class PacedRequests(Requests):
    """Requests to a server of the first version: one per write, after the last one was answered.

    Only a private message to another user has no certain answer. All others have one, a message to a room is
    its own: until then a slow server may not have read them, and would read them together with the next one.
    """

    def __init__(self, write: Write, clock: IReactorTime, name: str, ready: Callable[[], None]) -> None:
        """Put `name` as the sender into each request, as the first version's client did.

        Call `ready` when a request may be sent although the last one was not answered.
        """
        self._write = write
        self._clock = clock
        self._name = name
        self._ready = ready
        self._waiting: deque[tuple[bytes, Request]] = deque()
        self._last: Request | None = None
        self._late = 0  # answers that are still to come, and nothing waits for
        self._pause: IDelayedCall | None = None
        self._quiet: IDelayedCall | None = None
        self._settling: Deferred[None] | None = None

    @property
    def full(self) -> bool:
        """Whether requests are queued."""
        return len(self._waiting) > 0

    def ask(self, command: Request) -> None:
        """Queue a request."""
        match command:
            case Create() | Join() | Say() | Tell() | Quit():
                line = encode_command(replace(command, sender=self._name))
            case _:
                raise CommandError("This server is too old for that command")
        if len(line) > _FIRST_VERSION_READ:
            raise CommandError(f"Not sent: this old server takes at most {_FIRST_VERSION_READ} bytes")
        self._waiting.append((line, command))
        self._proceed()

    def heard(self, event: Event) -> Request | None:
        """Take an answer as that of the last request, unless an earlier answer is still to come.

        Answers carry no ids, but the server answers in order.
        """
        if isinstance(event, Success | Error):
            if self._late:
                self._late -= 1
            else:
                self._go_on()
        elif self._is_last(event):
            self._go_on()
        self._look()
        return None

    def listens(self, whether: bool) -> None:
        """Do nothing: no answer is certain to come."""

    def settled(self) -> Deferred[None]:
        """Return what fires when all is sent, and the server was silent for two seconds."""
        settling: Deferred[None] = Deferred()
        self._settling = settling
        self._look()
        return settling

    def close(self) -> None:
        """Fail the wait, if any request was not sent."""
        for timer in (self._pause, self._quiet):
            if timer is not None and timer.active():
                timer.cancel()
        self._pause = self._quiet = None
        if self._settling is not None and self._waiting:
            settling, self._settling = self._settling, None
            settling.errback(Unanswered(len(self._waiting)))

    def _proceed(self) -> None:
        if self._pause is None and self._waiting:
            line, self._last = self._waiting.popleft()
            self._write(line)
            self._pause = self._clock.callLater(self._patience(self._last), self._paused)
            self._look()

    def _patience(self, command: Request) -> float:
        """Return the seconds after which the next request is sent even without an answer."""
        match command:
            case Quit():
                return _FIRST_VERSION_PACE
            case Tell(receiver=receiver) if receiver != self._name:
                return _FIRST_VERSION_PACE
            case _:
                return _FIRST_VERSION_PATIENCE

    def _is_last(self, event: Event) -> bool:
        """Return whether an event is the last request itself: a message that its sender receives as well."""
        match self._last, event:
            case (Say(receiver=sent), Group(sender=sender, receiver=receiver)) | (
                Tell(receiver=sent),
                Private(sender=sender, receiver=receiver),
            ):
                return (sender, receiver) == (self._name, sent)
            case _:
                return False

    def _go_on(self) -> None:
        """Send the next request: the last one was answered."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None
            self._proceed()

    def _paused(self) -> None:
        self._pause = None
        self._late += isinstance(self._last, Create | Join)
        self._proceed()
        self._ready()

    def _look(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None
        if self._settling is not None and not self._waiting:
            self._quiet = self._clock.callLater(_FIRST_VERSION_QUIET, self._calmed)

    def _calmed(self) -> None:
        self._quiet = None
        if self._settling is not None:
            settling, self._settling = self._settling, None
            settling.callback(None)
