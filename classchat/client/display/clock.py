"""The time of day by the server's clock, in the time zone of this machine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo


class LocalZone(tzinfo):
    """The time zone of this machine, with the offset of each moment: summer time counts."""

    def fromutc(self, when: datetime) -> datetime:
        """Return a moment in the time of this zone."""
        offset = _offset(when)
        naive = (when + offset).replace(tzinfo=None)
        return naive.replace(tzinfo=self, fold=int(naive.astimezone().utcoffset() != offset))

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        """Return the offset from UTC at a moment in this zone."""
        return None if when is None else when.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, when: datetime | None) -> timedelta | None:  # noqa: ARG002
        """Return None: how much of the offset is summer time is not known."""
        return None

    def tzname(self, when: datetime | None) -> str | None:
        """Return the name of the zone at a moment."""
        return None if when is None else when.replace(tzinfo=None).astimezone().tzname()


class ServerClock:
    """A clock that shows the server's time once the server has sent it, and this machine's before."""

    def __init__(self, time_of_day: Callable[[], float], zone: tzinfo) -> None:
        """Take the `time_of_day` of this machine, in seconds since 1970, and a time `zone`."""
        self._time_of_day = time_of_day
        self._zone = zone
        self._ahead = 0.0

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime.fromtimestamp(self._time_of_day() + self._ahead, UTC).astimezone(self._zone)

    def hears(self, time: str | None) -> None:
        """Set the clock by the time of an answer that has just arrived."""
        with suppress(ValueError, OverflowError):
            if time is not None:
                self._ahead = datetime.fromisoformat(time).timestamp() - self._time_of_day()


def _offset(when: datetime) -> timedelta:
    return when.replace(tzinfo=UTC).astimezone().utcoffset() or timedelta()
