"""What an IRC client has asked the chat for and was not answered yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from classchat.core.events import Event
from classchat.irc.responses import Response
from classchat.messages import Command, Error, Group, Private
from classchat.wire.irc.irc_lines import IRCLine

Answered = Callable[[Event], None]
"""Tells the client how its request is granted."""

Refused = Callable[[Error], None]
"""Tells the client why its request is refused."""

_MOST: Final = 10_000
"""Requests on their way; more than one read and one batch of the journal hold.

A message does not come back if its sender was removed from the room before it was delivered.
"""


class ClientRequest(Struct, eq=False):
    """One request, with the line that it belongs to: a struct, because there is one for each message."""

    command: Command
    line: IRCLine
    target: str
    """The channel or nickname that the request is about, as the client writes it."""

    response: Response | None
    """The labelled response to the line; None where the line has no label."""

    answered: Answered | None
    refused: Refused | None
    late: bool = False
    """Whether it may be answered after what the next line waits for, because it is decided again."""

    is_message: bool = False
    """Whether it is a message, which nothing waits for."""

    name: str = ""
    """The name of the request in its answer."""


class AskedRequests:
    """The requests of one client that are on their way, by the name that each has for its answer."""

    __slots__ = ("_count", "_happening", "_on_their_way", "current")

    def __init__(self, first: int) -> None:
        """Count from a number that no earlier connection of the user has used.

        In the class layer a name that was used before is a repetition, which gets the first answer.
        """
        self._count = first
        self._on_their_way: dict[str, ClientRequest] = {}
        self._happening: dict[str, ClientRequest] = {}
        self.current: ClientRequest | None = None
        """The request that is being handled, if it is handled right now."""

    def __len__(self) -> int:
        return len(self._on_their_way)

    def add(self, asked: ClientRequest) -> str:
        """Add a request; return the name for its answer."""
        self._count += 1
        if len(self._on_their_way) == _MOST:
            del self._on_their_way[next(iter(self._on_their_way))]
        asked.name = str(self._count)
        self._on_their_way[asked.name] = asked
        return asked.name

    def done(self, asked: ClientRequest) -> None:
        """Remove a request. Harmless twice."""
        self._on_their_way.pop(asked.name, None)
        for room in [room for room, other in self._happening.items() if other is asked]:
            del self._happening[room]

    def find(self, name: str | None) -> ClientRequest | None:
        """Return the request that an answer names, or None."""
        return None if name is None else self._on_their_way.get(name)

    def reads(self, event: Event) -> ClientRequest | None:
        """Return the request for stored messages that is answered with this one right now, or None."""
        current = self.current
        if current is None or current.answered is None:
            return None
        return current if isinstance(event, Group | Private) and event.replay else None

    def happens(self, name: str | None, room: str) -> None:
        """Record that what a request asks for is about to be told among what happens in a room."""
        request = self.find(name)
        if request is not None:
            self._happening[room] = request

    def happened(self, room: str) -> ClientRequest | None:
        """Return the request that has caused what is told of a room now, or None."""
        return self._happening.pop(room, None)

    def refused(self, name: str | None) -> ClientRequest | None:
        """Remove and return the request that an error names, or None."""
        asked = self.find(name)
        if asked is not None:
            self.done(asked)
        return asked

    def came_back(self, name: str | None) -> ClientRequest | None:
        """Remove and return the message that was delivered; None if the client has forgotten it."""
        return None if name is None else self._on_their_way.pop(name, None)
