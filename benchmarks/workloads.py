"""The workloads: the activity of the clients during a measurement."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from benchmarks.load import Shape


class Kind(Enum):
    """The quantity that is kept constant, which determines what is measured."""

    WINDOW = "so many messages in flight: how many are delivered"
    RATE = "so many messages a second: how long each takes"
    IDLE = "so many clients who say nothing: what each costs"


@dataclass(frozen=True)
class Workload:
    """One row of the table."""

    name: str
    kind: Kind
    rooms: int = 1
    members: int = 0
    senders: int = 1
    window: int = 1
    idle: int = 0

    @property
    def private(self) -> bool:
        """Whether the rooms are private pairs."""
        return self.name.startswith("pairs")

    @property
    def about(self) -> str:
        """The workload in words, for the table."""
        if self.kind is Kind.IDLE:
            return f"{self.idle} clients who say nothing"
        if self.private:
            where = f"{self.rooms} private pairs, one of each talking"
        else:
            rooms = f"{self.rooms} rooms" if self.rooms > 1 else "1 room"
            where = f"{rooms} × {self.members} members, {self.senders} of each talking"
        if self.kind is Kind.RATE:
            return f"{where}, at half of the highest rate"
        return f"{where}, {self.window} in flight each"

    @property
    def shape(self) -> dict[str, int | float | bool]:
        """The generator's options."""
        if self.kind is Kind.IDLE:
            return {"idle": self.idle}
        shape: dict[str, int | float | bool] = {"rooms": self.rooms, "window": self.window}
        if self.private:
            return shape | {"private": True}
        return shape | {"members": self.members, "senders": self.senders}

    def smaller(self) -> Workload:
        """Return the same in small, for a quick look."""
        changes: dict[str, Any] = {
            "rooms": max(1, self.rooms // 5),
            "members": min(self.members, 250),
            "idle": self.idle and 1000,
        }
        return replace(self, **changes)


def at_rate(shape: Shape, rate: float) -> Shape:
    """Return the same, but with so many messages a second, and more of the members watched.

    The others are read a thousand times a second, not at once: with few lines in each read, reading them
    all at once would keep the load from watching the clock.
    """
    return {**shape, "rate": rate, "witnesses": 10, "patient": True}


HIGHEST = Workload("room-100-w16", Kind.WINDOW, members=100, senders=10, window=16)
"""The workload that measures the highest rate."""

WORKLOADS = (
    Workload("room-100-w1", Kind.WINDOW, members=100, senders=10, window=1),
    HIGHEST,
    Workload("room-1000-w8", Kind.WINDOW, members=1000, senders=4, window=8),
    Workload("rooms-200-w1", Kind.WINDOW, rooms=200, members=10, window=1),
    Workload("rooms-200-w8", Kind.WINDOW, rooms=200, members=10, window=8),
    Workload("pairs-500-w1", Kind.WINDOW, rooms=500, window=1),
    Workload("pairs-500-w16", Kind.WINDOW, rooms=500, window=16),
    Workload("latency-100", Kind.RATE, members=100, senders=10),
    Workload("idle-9900", Kind.IDLE, idle=9900),
)
