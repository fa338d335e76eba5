"""Times in journals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

DAY = 86_400.0
"""Seconds for which request ids, and persons who have left, are remembered."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def stamp(milliseconds: int) -> str:
    """Return a time since 1970 as messages carry it: RFC 3339 in UTC with milliseconds."""
    time = _EPOCH + timedelta(milliseconds=milliseconds)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
