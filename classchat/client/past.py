"""What was said before: how one asks for it."""

from __future__ import annotations

import re
from datetime import timedelta

from classchat.client.typed import CommandError, Recall
from classchat.messages import MOST_HISTORY
from classchat.texts import quoted

_EXTENT = re.compile(r"(\d{1,4})([mhd]?)", re.ASCII | re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def read_history(first: str, second: str) -> Recall:
    """Read what follows `/history`: a name, and how many or since when, each of which may be left out.

    Raises:
        CommandError: what should be a number or a time is none.
    """
    name, extent = (first, second) if second or not _EXTENT.fullmatch(first) else ("", first)
    if not extent:
        return Recall(name)
    refusal = CommandError(
        f"'{quoted(extent)}' is neither a number from 1 to {MOST_HISTORY} nor a time such as 30m, 2h or 3d"
    )
    number = _EXTENT.fullmatch(extent)
    if number is None:
        raise refusal
    count, unit = int(number[1]), number[2].lower()
    if unit:
        return Recall(name, ago=timedelta(**{_UNITS[unit]: count}))
    if not 1 <= count <= MOST_HISTORY:
        raise refusal
    return Recall(name, count=count)


def meant(name: str) -> tuple[str, bool | None]:
    """Return a name as it is on the wire, and whether it has to be a person's: `@Bob` has to be."""
    if len(name) > 1 and name[0] in "@#":
        return name[1:], name[0] == "@" or None
    return name, None
