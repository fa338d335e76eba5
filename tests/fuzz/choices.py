"""Decisions from bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Decides by one byte after the other; after the last one, always for the first choice."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def over(self) -> bool:
        """Whether all bytes are used."""
        return self._at >= len(self._data)

    def below(self, end: int) -> int:
        """Return a number from 0 to below an end, which is at most 65 536."""
        size = 1 if end <= 256 else 2
        taken = self._data[self._at : self._at + size]
        self._at += size
        return int.from_bytes(taken, "big") % end

    def of(self, choices: Sequence[T]) -> T:
        """Return one of these."""
        return choices[self.below(len(choices))]

    def one_in(self, count: int) -> bool:
        """Return True once in so many times, and never after the last byte."""
        return self.below(count) == count - 1
