"""What a client with a personal codec reads of a room: its own events (`Own`) in their places."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from classchat.core.events import Event, Own
from classchat.core.ports import Codec, Peer


class OwnEvents(dict[int, Own]):
    """One client's own events among those of a room in one batch, by their places, in order."""

    def among(self, events: Sequence[Event], start: int) -> list[Event]:
        """Return the events of the room from a place on, as this client is told of them."""
        return [self.get(place, event) for place, event in enumerate(events) if place >= start]


class SharedBytes:
    """The events of a room in one codec, each encoded once for all clients."""

    __slots__ = ("_ends", "data")

    def __init__(self, codec: Codec, events: Sequence[Event]) -> None:
        parts = [codec.encode([event]) for event in events]
        self._ends = [0, *accumulate(map(len, parts))]
        self.data = b"".join(parts)
        """The bytes of all of them."""

    def with_own(self, peer: Peer, own: OwnEvents, start: int) -> bytes:
        """Return the bytes of the events from a place on, where a client reads its own in its own way."""
        pieces: list[bytes] = []
        read = self._ends[start]
        for place, event in own.items():
            if place >= start:
                pieces += self.data[read : self._ends[place]], peer.encode([event])
                read = self._ends[place + 1]
        pieces.append(self.data[read:])
        return b"".join(pieces)
