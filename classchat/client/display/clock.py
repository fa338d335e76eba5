"""The time of day, as the server has it, and as it was on the clock here at any moment."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo


class LocalZone(tzinfo):
    """The zone of this machine, with the offset of each moment: in winter another one than in summer."""

    def fromutc(self, when: datetime) -> datetime:
        """Return a moment as the clock here showed it."""
        offset = _offset(when)
        naive = (when + offset).replace(tzinfo=None)
        return naive.replace(tzinfo=self, fold=int(naive.astimezone().utcoffset() != offset))

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        """Return how far the clock here was from UTC when it showed this."""
        return None if when is None else when.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, when: datetime | None) -> timedelta | None:  # noqa: ARG002
        """Return that nobody knows how much of the offset is for the summer."""
        return None

    def tzname(self, when: datetime | None) -> str | None:
        """Return what the zone was called then."""
        return None if when is None else when.replace(tzinfo=None).astimezone().tzname()


class ServerClock:
    """Tells the time of day by the server's clock, as far as it has said it; else by ours."""

    def __init__(self, time_of_day: Callable[[], float], zone: tzinfo) -> None:
        """Ask for the `time_of_day` here, in seconds since 1970; tell it in the time of a `zone`."""
        self._time_of_day = time_of_day
        self._zone = zone
        self._ahead = 0.0

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime.fromtimestamp(self._time_of_day() + self._ahead, UTC).astimezone(self._zone)

    def hears(self, time: str | None) -> None:
        """Take the time of an answer that has just come for what the server's clock shows now."""
        with suppress(ValueError, OverflowError):
            if time is not None:
                self._ahead = datetime.fromisoformat(time).timestamp() - self._time_of_day()


def _offset(when: datetime) -> timedelta:
    return when.replace(tzinfo=UTC).astimezone().utcoffset() or timedelta()
