"""The server's own socket, by which the person who runs it asks and steers it.

a connection  ->  another user's, or one too many: it is closed without a word
              ->  one line within 10 seconds: it is answered, and closed
              ->  a longer line, or none: it is cut off
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.interfaces import IAddress, IDelayedCall, IListeningPort
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from classchat.control_messages import (
    ANSWERING_SECONDS,
    ASKING_SECONDS,
    LONGEST_QUESTION,
    MOST_AT_ONCE,
    ControlAnswer,
    encode_line,
)
from classchat.control_place import BadPlace, ControlPlace, user_at

AnswerLine = Callable[[bytes], Awaitable[bytes]]
"""Returns the answer to a line; raises nothing, whatever the line says."""


class ControlProtocol(LineOnlyReceiver):
    """One connection to the socket: one request, one answer."""

    delimiter = b"\n"
    MAX_LENGTH = LONGEST_QUESTION
    transport: Any
    _log = Logger()

    def __init__(self, factory: ControlFactory) -> None:
        self.factory: ControlFactory = factory
        self._asked = False
        self._deadline: IDelayedCall | None = None

    def connectionMade(self) -> None:
        """Wait for a request, if the asker is the user who runs the server, or root."""
        self.factory.connections.add(self)
        if len(self.factory.connections) > MOST_AT_ONCE or not self.factory.may_ask(
            self.transport.getHandle()
        ):
            self.transport.abortConnection()
            return
        self._wait(ASKING_SECONDS)

    def lineReceived(self, line: bytes) -> None:
        """Answer the first line; ignore others."""
        if self._asked or self._deadline is None:
            return
        self._asked = True
        self._wait(ANSWERING_SECONDS)
        Deferred.fromCoroutine(self._answered(line)).addCallbacks(self._say, self._failed)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: ARG002
        """Cut off a client that sends too long a line."""
        self.transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        """Forget the connection; a request that is being carried out goes on."""
        self.factory.connections.discard(self)
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()

    async def _answered(self, line: bytes) -> bytes:
        return await self.factory.answer(line)

    def _say(self, answer: bytes) -> None:
        if self in self.factory.connections:
            self._wait(ASKING_SECONDS)
            self.transport.write(answer)
            self.transport.loseConnection()

    def _failed(self, failure: Failure) -> None:
        self._log.failure("A request at the control socket failed", failure)
        self._say(
            encode_line(ControlAnswer(status="error", text="Something went wrong: see the server's log"))
        )

    def _wait(self, seconds: float) -> None:
        """Cut the connection off in so many seconds."""
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = self.factory.clock.callLater(seconds, self.transport.abortConnection)


class ControlFactory(Factory):
    """Makes the connections to the socket."""

    noisy = False

    def __init__(self, answer: AnswerLine, clock: Any, owner: int) -> None:
        """Answer the user with the number `owner`, and root."""
        self.answer = answer
        self.clock = clock
        self._owner = owner
        self.connections: set[ControlProtocol] = set()

    def may_ask(self, connection: socket.socket) -> bool:
        """Return whether the user at the other end may ask anything."""
        try:
            user = user_at(connection)
        except OSError:
            return False
        return user is None or user in (0, self._owner)

    def buildProtocol(self, addr: IAddress | None) -> Protocol:  # noqa: ARG002
        """Make the protocol of a connection."""
        return ControlProtocol(self)


class Control:
    """The socket of a server, while that runs."""

    _log = Logger()

    def __init__(self, directory: Path, answer: AnswerLine, reactor: Any, owner: Callable[[], int]) -> None:
        """Listen in a directory once `open` is called; `owner` returns the number of this process's user."""
        self._directory = directory
        self._answer = answer
        self._reactor = reactor
        self._owner = owner
        self._place: ControlPlace | None = None
        self._factory: ControlFactory | None = None
        self._port: IListeningPort | None = None

    def open(self) -> None:
        """Listen.

        Raises:
            BadPlace: the directory can't be used.
        """
        place = ControlPlace(self._directory)
        try:
            listening = place.listen()
        except BadPlace:
            place.close()
            raise
        factory = ControlFactory(self._answer, self._reactor, self._owner())
        with listening:  # the reactor has its own descriptor
            self._port = self._reactor.adoptStreamPort(listening.fileno(), socket.AF_UNIX, factory)
        place.protect()  # Twisted has given rights to everybody
        self._place, self._factory = place, factory

    async def close(self) -> None:
        """Stop listening, cut off who is connected, and remove the socket. Harmless twice."""
        port, self._port = self._port, None
        place, self._place = self._place, None
        if port is not None:
            with suppress(OSError):
                await maybeDeferred(port.stopListening)
        if self._factory is not None:
            for connection in list(self._factory.connections):
                connection.transport.abortConnection()
        if place is not None:
            place.close()
