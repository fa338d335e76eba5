"""Small interfaces to the world: clients, passwords, clocks. The journal's is in `journal_port.py`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from classchat.core.events import Event
from classchat.core.shared_files import NOBODY, FileReader
from classchat.errors import ChatError


class Codec(Protocol):
    """Turns events into the bytes that a client reads.

    Clients with the same codec read the same bytes. Codecs are compared by identity.
    """

    personal: bool = False
    """Whether its clients read other bytes of what they did themselves than others do, see `Own`."""

    def encode(self, events: list[Event]) -> bytes:
        """Return the bytes of all these events, one after the other.

        They are a list, which costs least on the way of every message.
        """

    def each(self, events: list[Event]) -> list[bytes]:
        """Return the bytes of each of these events, all of one room."""
        return [self.encode([event]) for event in events]

    def cut(self, data: bytes) -> Sequence[bytes]:
        """Return large encoded data in pieces of about 32 kB, which are written in this order."""

    def farewell(self, reason: ChatError | None) -> bytes:
        """Return the last bytes of a connection; without a reason the client itself has asked for its end."""


class Peer(Protocol):
    """The receiver of a session's events: one client, which may not be reading.

    None of these raises, or calls back into the chat's delivery before it returns; all are harmless after the
    client has disconnected.
    """

    codec: Codec
    """The codec from events to this client's bytes."""

    encode: Callable[[list[Event]], bytes]
    """Returns the bytes of events that this client alone is told."""

    closed: bool
    """Whether the client has disconnected, or is about to be. It may be asked in any thread."""

    echoes: bool | None = None
    """Whether a client with a personal codec reads what it has said to a room, as others read it.

    None if it reads that as an `Own` event, as it does with each message that has a manner.
    """

    @property
    def reader(self) -> FileReader:
        """Who reads here, for the links to files."""
        return NOBODY

    def reads_as(self, person: int) -> None:
        """Record which person reads here, by its number: a user has signed in."""

    def tell(self, *events: Event) -> None:
        """Send events to the client, after all that was sent before."""

    def write(self, data: bytes, /) -> None:
        """Send to the client what its codec has made of some events, which is not nothing."""

    def close(self, reason: ChatError | None = None) -> None:
        """Disconnect the client, after it has had some time to read what was written.

        The client was told the reason; there is none if it has asked for this.
        """

    def drained(self) -> Awaitable[None]:
        """Return an awaitable that is done when the client has read enough for more to be written."""

    def took_all(self) -> bool:
        """Return whether the client's machine has received all that was written, as far as can be known."""

    def unreceived_for(self) -> float:
        """Return for how many seconds the client may have received nothing of what was written.

        0.0 if its machine has all, as far as can be known.
        """

    def rested(self, seconds: float, /) -> Awaitable[bool]:
        """Return an awaitable that is done after so many seconds: whether the client is still connected.

        It is done at once when the client disconnects. Only one caller at a time may wait for it.
        """


class Passwords(Protocol):
    """Hashes passwords. That is slow, and blocks nothing else."""

    async def hash(self, password: str) -> str:
        """Return what is stored of a password.

        Raises:
            UnusablePassword: it can't be a password.
            Busy: too many others wait for the same.
        """

    async def verify(self, hash: str | None, password: str) -> bool:
        """Return whether a password is the one that was hashed; False for None, after the same time.

        Raises:
            Busy: too many others wait for the same.
        """

    def stop(self) -> None:
        """End. Harmless twice."""


class Call(Protocol):
    """A call that is due later, unless it is cancelled: like Twisted's IDelayedCall."""

    def cancel(self) -> None:
        """Cancel it. An error if it was made, or cancelled before."""


class Calendar(Protocol):
    """The time of day, for what has a date. An operator may set it forward or back at any time."""

    def seconds(self) -> float:
        """Return the time of day, in seconds since 1970."""


class Clock(Protocol):
    """The clock that durations are measured with, like Twisted's IReactorTime."""

    def seconds(self) -> float:
        """Return the seconds since some moment in the past. Nobody can set this clock."""

    def callLater(self, delay: float, callable: Callable[..., object], /, *args: object) -> Call:
        """Call something in so many seconds."""
