"""The latest message of each conversation: which of them a page has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from classchat.core.stored import Latest
from classchat.texts import stamp


class LatestRow(NamedTuple):
    """The latest message of a room, or of a private conversation."""

    name: str
    key: str | None
    """The key of the other user's name; None for a room."""

    seq: int
    time: int
    """Milliseconds since 1970."""


def between(
    found: Iterable[LatestRow], after: int, before: int, limit: int, *, newest: bool
) -> Sequence[Latest]:
    """Return those between two times, in order; of private ones the newest with each name."""
    rooms: list[LatestRow] = []
    private: dict[str, LatestRow] = {}
    for row in found:
        if row.key is None:
            rooms.append(row)
        elif row.key not in private or private[row.key].time < row.time:
            private[row.key] = row
    inside = [row for row in (*rooms, *private.values()) if after < row.time < before]
    inside.sort(key=lambda row: row.time, reverse=newest)
    return [Latest(row.name, row.key is not None, row.seq, stamp(row.time)) for row in inside[:limit]]
