"""The messages that wait for a client while older messages are replayed to it."""

from __future__ import annotations

from msgspec.structs import replace

from classchat.core.answer_events import Gap
from classchat.core.events import BroadcastReceived, PrivateDeleted, UserRenamed
from classchat.core.marks import Marks
from classchat.core.ports import Peer
from classchat.core.room_events import MessageDeleted
from classchat.core.stored import Tombstone
from classchat.messages import Group, Private, Since

MOST_MISSED = 1000
"""Messages that are replayed to a client that was away, at most."""

_MOST_KEPT = 524_288
"""Bytes of new messages that are kept for one client while older messages are replayed to it."""

_AROUND_TEXT = 128
"""The approximate number of bytes of a message without its text."""

DeletionEvent = MessageDeleted | PrivateDeleted

Delayed = Group | Private | BroadcastReceived | UserRenamed | DeletionEvent
"""The events that are kept for a client that is catching up."""


class Backlog:
    """The new messages for a client to which older messages are still replayed."""

    __slots__ = ("_events", "_marks", "gap", "known_since", "left", "size")

    def __init__(self, left: float | None = None) -> None:
        self._events: list[Delayed] = []
        self.size = 0
        """Bytes of the kept messages, about."""
        self.gap: Gap | None = None
        self.left = left
        """When the owner of an account has left, in seconds since 1970, if they are back after a while."""
        self.known_since: float | None = None
        """The time since which this client is a device of an account, in seconds since 1970."""
        self._marks: Marks | None = None

    def marks_in(self, since: Since) -> Marks:
        """Return what this client, which signs in with one `since`, has received of each conversation."""
        if self._marks is None:
            self._marks = Marks(since)
        return self._marks

    def add(self, event: Delayed) -> None:
        """Keep a message; drop the oldest ones when there are too many."""
        self._events.append(event)
        self.size += _size_of(event)
        if len(self._events) > MOST_MISSED or self.size > _MOST_KEPT:
            self.trim(_MOST_KEPT)

    def delete(self, event: DeletionEvent) -> None:
        """Replace a message that was deleted by its tombstone, if it is kept.

        The event is kept as well, for a client that has received the message before.
        """
        self.events = [_without_text(kept, event) for kept in self._events]
        self.add(event)

    @property
    def events(self) -> list[Delayed]:
        """The kept messages, oldest first."""
        return self._events

    @events.setter
    def events(self, events: list[Delayed]) -> None:
        self._events = events
        self.size = sum(map(_size_of, events))

    def trim(self, most: int) -> None:
        """Drop the oldest messages until no more than so many bytes are left."""
        while self._events and (len(self._events) > MOST_MISSED or self.size > most):
            self.size -= _size_of(self._events.pop(0))
            self.lose(1)

    def lose(self, count: int | None) -> None:
        """Record that the client can't get so many messages; None for an unknown number."""
        before = 0 if self.gap is None else self.gap.missed
        self.gap = Gap(None if count is None or before is None else before + count)


class Backlogs(dict[Peer, Backlog]):
    """The backlogs of the clients that are catching up."""

    def add(self, event: Delayed) -> None:
        """Keep a message for all of them."""
        for backlog in self.values():
            backlog.add(event)

    def delete(self, event: DeletionEvent) -> None:
        """Replace a message that was deleted by its tombstone, in all of them."""
        for backlog in self.values():
            backlog.delete(event)


def _without_text(kept: Delayed, event: DeletionEvent) -> Delayed:
    """Return what is kept of a message after an event."""
    if not isinstance(kept, Group | Private) or (kept.seq, kept.sender) != (event.number, event.user):
        return kept
    if isinstance(kept, Group) != isinstance(event, MessageDeleted):
        return kept
    if isinstance(event, MessageDeleted) and kept.receiver != event.room:
        return kept
    if isinstance(event, PrivateDeleted) and event.other not in (kept.sender, kept.receiver):
        return kept
    gone = Tombstone(event.by, event.time)
    return replace(kept, text=gone.text, file=None, event="deleted", by=gone.by, deleted=gone.time)


def bytes_of(text: str) -> int:
    """Return about how many bytes a message with this text has."""
    return _AROUND_TEXT + (len(text) if text.isascii() else 3 * len(text))


def _size_of(event: Delayed) -> int:
    return bytes_of(event.text)
