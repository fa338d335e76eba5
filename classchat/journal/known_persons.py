"""The persons that a journal's file knows, of those who are connected."""

from __future__ import annotations

from collections.abc import Collection, Iterator


class KnownPersons:
    """The numbers of the persons who are connected, and of those among them that are in the file.

    A guest is written to the file with the first private message or rights, so most guests never are.
    """

    def __init__(self, numbers: Iterator[int]) -> None:
        """Give new persons these numbers."""
        self._numbers = numbers
        self._present: set[int] = set()
        self._in_file: set[int] = set()

    @property
    def in_file(self) -> Collection[int]:
        """A live view of the connected persons that are in the file."""
        return self._in_file

    def new(self) -> int:
        """Return the number of a new person, who counts as connected."""
        number = next(self._numbers)
        self._present.add(number)
        return number

    def arrive(self, number: int) -> None:
        """Record that a person from the file is connected."""
        self._present.add(number)
        self._in_file.add(number)

    def leave(self, number: int) -> bool:
        """Record that a person has left; return whether they are in the file, which has to say so."""
        self._present.discard(number)
        in_file = number in self._in_file
        self._in_file.discard(number)
        return in_file

    def written(self, number: int) -> bool:
        """Record that a person is in the file now; return whether they are still connected."""
        present = number in self._present
        if present:
            self._in_file.add(number)
        return present
