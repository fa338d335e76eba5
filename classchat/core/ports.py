"""What the chat asks of the world."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from classchat.errors import ChatError
from classchat.messages import Event

if TYPE_CHECKING:
    from classchat.core.entries import Entry
    from classchat.core.notices import Notice


class Encode(Protocol):
    """Turns events into the bytes that clients read."""

    def __call__(self, *events: Event) -> bytes:
        """Return the bytes of all these, one after the other."""


Deliver = Callable[[Sequence["Entry"]], None]
"""Is handed each batch that a journal committed, in order."""

TakeBack = Callable[[Sequence["Entry"], ChatError], None]
"""Is handed each batch that a journal could not keep, and why, instead."""

Observe = Callable[[Sequence["Notice"]], None]
"""Is told what happened, for the operator to read. What people say is not among it."""


class Peer(Protocol):
    """What a session's events are delivered to: one client, who may not be reading.

    Neither method waits, raises, or calls back into the chat's delivery before it returns; both are
    harmless once the client is gone.
    """

    def write(self, lines: bytes, /) -> None:
        """Let the client read these whole lines, after all that were written before."""

    def close(self) -> None:
        """Hang up, once the client has had a while to read what was written."""


class Journal(Protocol):
    """Keeps the logs of all rooms and private conversations, and says when an entry is there for good.

    The chat appends, the journal numbers and commits in batches, and hands each committed batch to
    `Deliver`, entries in the order in which they were appended. How long that takes is the journal's
    affair: nobody hears of an entry, and no membership changes, before it was delivered. (The name of a
    new room is taken at once, else two could make it.)
    """

    def subscribe(self, deliver: Deliver, take_back: TakeBack) -> Iterable[tuple[str, int]]:
        """Hand every batch to `deliver`, or to `take_back`; called once, before the first entry.

        Returns the rooms that were there before, by name, each with its last message's number.
        """

    def append(self, entry: Entry) -> None:
        """Take an entry, to be committed with the next batch. Returns at once."""

    def settled(self) -> Awaitable[None]:
        """Return what is done when all that was appended so far is committed and delivered."""
