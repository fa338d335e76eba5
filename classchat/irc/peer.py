"""The receiver of a session's events, for one IRC client.

What rooms are told is encoded once for all clients with the same capabilities, by a codec. What is for this
client alone, `told` turns into lines, because it needs to know what the client has asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from classchat.core.events import Event
from classchat.core.ports import Codec, Peer
from classchat.core.shared_files import FileReader
from classchat.errors import ChatError
from classchat.irc.responses import Response

Told = Callable[[Event], Response | None]
"""Puts the lines of an event; returns the labelled response that they belong to, if they belong to one."""


class IRCPeer(Peer):
    """Writes to one client: lines, and events as lines."""

    __slots__ = ("_lines", "_outbox", "_told", "codec", "echoes", "response", "write")

    def __init__(self, outbox: Peer, codec: Codec, told: Told) -> None:
        """Write to an outbox. The codec is for what the client's rooms are told."""
        self._outbox = outbox
        self._told = told
        self._lines: list[bytes] | None = None  # while they are collected
        outbox.encode = self.encode
        self.write = outbox.write  # not a method of its own: it is called for each delivery
        self.codec = codec
        self.echoes = False
        self.response: Response | None = None
        """The labelled response to the line that is being handled."""

    write: Callable[[bytes], None]

    @property
    def closed(self) -> bool:  # type: ignore[override]  # nobody sets it here
        """Whether the client has disconnected, or is about to be."""
        return self._outbox.closed

    # Lines.

    @property
    def collected(self) -> int:
        """How many writes are collected."""
        return len(self._lines or ())

    def put(self, line: bytes) -> None:
        """Write a line, after all that was written before."""
        if self._lines is not None:
            self._lines.append(line)
        else:
            self._outbox.write(line)

    def begin_step(self) -> None:
        """Collect the lines that are written from now on: they belong to the line that is being handled."""
        self._lines = []

    def end_step(self) -> None:
        """Write the collected lines at once; keep them where a label waits for what else follows."""
        lines, self._lines = self._lines, None
        if lines and self.response is not None:
            self.response.hold(lines)
        elif lines:
            self._outbox.write(b"".join(lines))

    def end_response(self) -> None:
        """Write what was kept for the labelled response to the line that is handled."""
        response, self.response = self.response, None
        if response is not None:
            self._outbox.write(b"".join(response.take([])))

    # The client, as a session sees it: see core/ports.py.

    @property
    def reader(self) -> FileReader:
        """Who reads here, for the links to files."""
        return self._outbox.reader

    def reads_as(self, person: int) -> None:
        """Record which person reads here."""
        self._outbox.reads_as(person)

    def encode(self, events: list[Event]) -> bytes:
        """Return the lines of events that are for this client alone."""
        outer, self._lines = self._lines, []
        lines = self._lines
        try:
            for event in events:
                start = len(lines)
                response = self._told(event)
                if response is not None and outer is None:
                    lines[start:] = response.take(lines[start:])
        finally:
            self._lines = outer
        return b"".join(lines)

    def tell(self, *events: Event) -> None:
        """Send events to the client, after all that was sent before."""
        if self._lines is None:
            self._outbox.tell(*events)  # which encodes them by our `encode`
        else:
            data = self.encode([*events])
            if data:
                self.put(data)

    def close(self, reason: ChatError | None = None) -> None:
        """Disconnect the client; the last line says why."""
        if self._lines:
            self._outbox.write(b"".join(self._lines))
            self._lines = []
        self._outbox.close(reason)

    def drained(self) -> Awaitable[None]:
        """Write what was kept, and return an awaitable that is done when more may be written."""
        if self._lines is None:
            return self._outbox.drained()
        if self.response is not None:
            lines, self._lines = self._lines, []
            self.response.hold(lines)
            self._outbox.write(b"".join(self.response.begin()))
        elif self._lines:
            self._outbox.write(b"".join(self._lines))
            self._lines = []
        return self._outbox.drained()

    def took_all(self) -> bool:
        """Return whether the client's machine has received all that was written, as far as can be known."""
        return self._outbox.took_all()

    def unreceived_for(self) -> float:
        """Return for how many seconds the client may have received nothing of what was written, or 0.0."""
        return self._outbox.unreceived_for()

    def rested(self, seconds: float, /) -> Awaitable[bool]:
        """Return an awaitable that is done after so many seconds: whether the client is still connected."""
        return self._outbox.rested(seconds)
