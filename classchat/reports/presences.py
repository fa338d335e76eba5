"""Who was in a room during a session: the times of all devices together, from what the journal has seen.

A gap of at most a minute is none, and neither is a restart of the server after which the user was there
again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from classchat.journal.class_records import Move

_SHORT = 60_000
"""Milliseconds of the longest gap that is joined."""


class Span(NamedTuple):
    """A time without a gap, in milliseconds."""

    begin: int
    end: int


class Presences:
    """Goes through what has happened in one room, session by session."""

    def __init__(self, moves: Iterable[Move]) -> None:
        """Begin with the oldest of the moves, when nobody is there."""
        self._moves = iter(moves)
        self._next: Move | None = next(self._moves, None)
        self._here: dict[int, None] = {}
        self._lost: dict[int, None] = {}
        """Persons who were there when the server ended, and have not come back."""
        self.names: dict[int, tuple[str, bool]] = {}
        """The last name of each person, and whether it is a guest's."""

    def of_session(self, began: int, ended: int) -> dict[int, list[Span]]:
        """Return when each person was there; each session must be later than the one before."""
        for move in self._until(began):
            self._take(move, {})
        times: dict[int, list[list[int | None]]] = {person: [[began, None]] for person in self._here}
        for move in self._until(ended):
            self._take(move, times)
        return {
            person: [Span(begin or 0, ended if end is None else end) for begin, end in spans]
            for person, spans in times.items()
        }

    def _until(self, time: int) -> Iterator[Move]:
        while self._next is not None and self._next.time <= time:
            yield self._next
            self._next = next(self._moves, None)

    def _take(self, move: Move, times: dict[int, list[list[int | None]]]) -> None:
        if move.what == "started":
            for person in self._here:
                self._close(times, person, move.last)
            self._lost |= self._here
            self._here = {}
            return
        if move.what == "joined" and not move.student:
            return
        self.names[move.person] = (move.name, move.guest)
        if move.what == "left":
            self._here.pop(move.person, None)
            self._close(times, move.person, move.time)
            return
        spans = times.setdefault(move.person, [])
        was_lost = move.person in self._lost
        self._here[move.person] = None
        self._lost.pop(move.person, None)
        if not spans:
            spans.append([move.time, None])
        elif (end := spans[-1][1]) is not None:
            if was_lost or move.time - end <= _SHORT:
                spans[-1][1] = None
            else:
                spans.append([move.time, None])

    @staticmethod
    def _close(times: dict[int, list[list[int | None]]], person: int, time: int) -> None:
        spans = times.get(person)
        if spans and spans[-1][1] is None:
            spans[-1][1] = max(time, spans[-1][0] or 0)
