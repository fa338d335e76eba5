"""The modes of a MODE line, one by one: `+b-m Bob!*@*` is "+b Bob!*@*" and "-m"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MOST_CHANGES = 20
"""Changes in one line, as ISUPPORT's MODES says. Further ones are ignored, as on other servers."""

_LISTS = frozenset("bq")
_TAKING = frozenset("bqoveIk")
"""The modes that take an argument, those included that this server refuses: else the next would get it."""


class ModeChange(NamedTuple):
    """One mode that is to be set or removed; without an argument, a mode with a list asks for that list."""

    adds: bool
    letter: str
    argument: str | None = None

    @property
    def asks(self) -> bool:
        """Whether this asks for a list instead of changing anything."""
        return self.argument is None and self.letter in _LISTS

    def __str__(self) -> str:
        return f"{'+' if self.adds else '-'}{self.letter}"


def mode_changes(params: Sequence[str]) -> list[ModeChange]:
    """Return the changes of a line, from the parameters after its target.

    Each letter with an argument takes the next parameter. The same change is there only once.
    """
    if not params:
        return []
    arguments = iter(params[1:])
    adds, changes = True, dict[ModeChange, None]()
    for letter in params[0]:
        if letter in "+-":
            adds = letter == "+"
            continue
        takes = letter in _TAKING or (letter == "l" and adds)
        changes[ModeChange(adds, letter, next(arguments, None) if takes else None)] = None
        if len(changes) == MOST_CHANGES:
            break
    return list(changes)
