"""Names that a screen knows: of users, and of rooms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

_MOST_NAMES = 10_000
"""Names that are remembered for completion."""

_LONGEST_NAME = 255
"""Characters of such a name: no server's names are longer."""


@dataclass
class Names:
    """Names, each as it was last spelled; names with the same key are the same."""

    key: Callable[[str], str]
    _names: dict[str, str] = field(default_factory=dict)

    def add(self, name: str) -> None:
        """Add a name; if there are too many, the oldest one is dropped."""
        if len(name) > _LONGEST_NAME:
            return
        self._names.pop(self.key(name), None)
        self._names[self.key(name)] = name
        if len(self._names) > _MOST_NAMES:
            del self._names[next(iter(self._names))]

    def discard(self, name: str) -> None:
        """Remove a name."""
        self._names.pop(self.key(name), None)

    def get(self, name: str) -> str | None:
        """Return the known spelling of a name, or None."""
        return self._names.get(self.key(name))

    def spelled(self, name: str) -> str:
        """Return the known spelling of a name, or the name itself."""
        return self._names.get(self.key(name), name)

    def __contains__(self, name: str) -> bool:
        return self.key(name) in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.values())
