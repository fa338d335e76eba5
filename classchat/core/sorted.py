"""Collections of rooms and users that stay in the order of their names.

Sorting ten thousand names takes as long as thousands of messages, so no request does it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """A room or a user."""

    @property
    def name(self) -> str:
        """The name as it is shown."""


_T = TypeVar("_T", bound=Named)


def alphabetical(one: Named) -> str:
    """Return the sort key of a room or a user."""
    return one.name.casefold()


class Sorted(Generic[_T]):
    """Items in the order of their names, each of them once."""

    __slots__ = ("_is_sorted", "_items")

    def __init__(self, items: Iterable[_T] = ()) -> None:
        self._items = sorted(items, key=alphabetical)
        self._is_sorted = True

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[_T]:
        return iter(self._in_order())

    def add(self, item: _T) -> None:
        """Add an item that is not in the collection."""
        insort(self._in_order(), item, key=alphabetical)

    def append(self, item: _T) -> None:
        """Add one of very many new items. They are sorted together when the order is needed."""
        self._items.append(item)
        self._is_sorted = False

    def discard(self, item: _T) -> None:
        """Remove an item, if it is there."""
        items, name = self._in_order(), alphabetical(item)
        position = bisect_left(items, name, key=alphabetical)
        while position < len(items) and alphabetical(items[position]) == name:
            if items[position] is item:
                del items[position]
                return
            position += 1

    def _in_order(self) -> list[_T]:
        if not self._is_sorted:
            self._items.sort(key=alphabetical)
            self._is_sorted = True
        return self._items


class Members(set[_T]):
    """The members of a room: a set that also has the order of their names."""

    __slots__ = ("ordered",)

    def __init__(self, members: set[_T] | frozenset[_T] = frozenset()) -> None:
        super().__init__(members)
        self.ordered: Sorted[_T] = Sorted(members)

    def add(self, member: _T) -> None:
        """Add a member. Harmless twice."""
        if member not in self:
            super().add(member)
            self.ordered.add(member)

    def discard(self, member: _T) -> None:  # type: ignore[override]  # nothing else is asked for
        """Remove a member, if it is one."""
        if member in self:
            super().discard(member)
            self.ordered.discard(member)
