"""Numbers for new persons, which no two nodes give to different ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from classchat.errors import NotSaved


class PersonBlocks(Iterator[int]):
    """The numbers of one node: the next block is fetched when half of the last one is used."""

    def __init__(self, first: range, wake: Callable[[], None]) -> None:
        """Begin with a block; call `wake` when the next one is `wanted`."""
        self._block, self._next_block = first, range(0)
        self._used = 0
        self._wake = wake
        self.wanted = False

    def add(self, block: range) -> None:
        """Add the next block."""
        self._next_block = block
        self.wanted = False

    def __next__(self) -> int:
        """Return the next number.

        Raises:
            NotSaved: all of them are used, because the database can't be reached.
        """
        if self._used == len(self._block):
            if not self._next_block:
                self._want()
                raise NotSaved
            self._block, self._next_block, self._used = self._next_block, range(0), 0
        number = self._block[self._used]
        self._used += 1
        if self._used * 2 >= len(self._block) and not self._next_block:
            self._want()
        return number

    def _want(self) -> None:
        if not self.wanted:
            self.wanted = True
            self._wake()
