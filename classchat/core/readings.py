"""The readings of stored messages that are under way, so that none of them sends what is deleted meanwhile.

A page of the history, or the results of a search, are read from the journal at once and sent as fast as the
client reads. A message may be deleted in between: then its tombstone is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec.structs import replace

from classchat.core.stored import StoredMessage, StoredPlace, Tombstone


class Reading:
    """Messages that were read, or are about to be, for one client."""

    __slots__ = ("_deleted",)

    def __init__(self) -> None:
        self._deleted: dict[StoredPlace, Tombstone] = {}

    def delete(self, place: StoredPlace, tombstone: Tombstone) -> None:
        """Take note that a message was deleted since this reading began."""
        self._deleted[place] = tombstone

    def present(self, message: StoredMessage) -> StoredMessage:
        """Return a message that was read, as it is now."""
        if not self._deleted:
            return message
        tombstone = self._deleted.get(message.place)
        return message if tombstone is None else replace(message, text="", tombstone=tombstone)


class Readings:
    """All readings under way."""

    def __init__(self) -> None:
        self._open: dict[Reading, None] = {}

    @contextmanager
    def begin(self) -> Iterator[Reading]:
        """Begin a reading, before the first message is read; it ends with the block."""
        reading = Reading()
        self._open[reading] = None
        try:
            yield reading
        finally:
            del self._open[reading]

    def delete(self, place: StoredPlace, tombstone: Tombstone) -> None:
        """Take note that a message was deleted."""
        for reading in self._open:
            reading.delete(place, tombstone)
