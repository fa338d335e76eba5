"""A ban or a mute, as its row has it: until when, and who has decided it when.

""                                    for ever, and it is not known who decided it
"1763892000123"                       until then
" 1763891000123 Alice"                for ever, decided by Alice at that time
"1763892000123 1763891000123 Alice"   until the first time, decided by Alice at the second
"""

from __future__ import annotations

from typing import Final, NamedTuple

FOR_EVER: Final = float("inf")


class Restriction(NamedTuple):
    """A ban or a mute. All times are in milliseconds since 1970."""

    until: float
    at: int | None = None
    """When it was decided; None if that is not known."""

    by: str = ""
    """The user who decided it; "" if that is not known."""

    @property
    def value(self) -> str:
        """The value of its row."""
        until = "" if self.until == FOR_EVER else str(int(self.until))
        return until if self.at is None else f"{until} {self.at} {self.by}"


NEVER: Final = Restriction(0.0)
"""Stands where there is none: it has ended at any time."""


def restriction(value: str) -> Restriction:
    """Return the ban or mute that a row has."""
    until, _, decided = value.partition(" ")
    at, _, by = decided.partition(" ")
    return Restriction(float(until) if until else FOR_EVER, int(at) if at else None, by)
