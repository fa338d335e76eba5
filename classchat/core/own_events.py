"""What a client with a personal codec reads of a room: its own events (`Own`) in their places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from classchat.core.events import Event, Own
from classchat.core.ports import Codec, Peer


class OwnEvents(dict[int, Own | None]):
    """One client's own events among those of a room in one batch, by their places, in order.

    None stands where the client is told nothing.
    """

    def among(self, events: Sequence[Event], start: int) -> list[Event]:
        """Return the events of the room from a place on, as this client is told of them."""
        told = [self.get(place, event) for place, event in enumerate(events) if place >= start]
        return [event for event in told if event is not None]


class SharedBytes:
    """The events of a room in one codec, each encoded once for all clients."""

    __slots__ = ("_ends", "_view", "data")

    def __init__(self, codec: Codec, events: list[Event]) -> None:
        parts = codec.each(events)
        self._ends = [0, *accumulate(map(len, parts))]
        self.data = b"".join(parts)
        """The bytes of all of them."""
        self._view = memoryview(self.data)  # a part of it is no copy

    def with_own(self, peer: Peer, own: OwnEvents, start: int, most: int) -> list[bytes]:
        """Return the bytes of the events from a place on, where a client reads its own in its own way.

        They are in one piece, or in several of about `most` bytes where they are more: a client's own bytes
        are shared with no other client, so each of them is copied only once.
        """
        pieces: list[bytes] = []
        parts: list[bytes | memoryview] = []
        size = 0
        for part in self._parts(peer, own, start, most):
            parts.append(part)
            size += len(part)
            if size >= most:
                pieces.append(b"".join(parts))
                parts, size = [], 0
        if parts or not pieces:
            pieces.append(b"".join(parts))
        return pieces

    def _parts(self, peer: Peer, own: OwnEvents, start: int, most: int) -> Iterator[bytes | memoryview]:
        """Yield what others read between a client's own events, in parts of whole events, and these."""
        read = self._ends[start]
        for place, event in own.items():
            if place >= start:
                if read < self._ends[place]:
                    yield from self._between(read, self._ends[place], most)
                if event is not None:
                    yield peer.encode([event])
                read = self._ends[place + 1]
        yield from self._between(read, self._ends[-1], most)

    def _between(self, read: int, end: int, most: int) -> Iterator[memoryview]:
        while end - read > most:
            stop = min(self._ends[bisect_left(self._ends, read + most)], end)
            yield self._view[read:stop]
            read = stop
        yield self._view[read:end]
