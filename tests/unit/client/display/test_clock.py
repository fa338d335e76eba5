"""The time of day: the server's, in the time zone of this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from classchat.client.display.clock import LocalZone, ServerClock
from classchat.client.screen.colours import Colours, Painter
from tests.tables import each_case


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use a time zone with summer time."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@each_case(
    ("utc", "local"),
    [
        ("2026-01-10T10:00:00+00:00", "2026-01-10T11:00:00+01:00"),
        ("2026-07-10T10:00:00+00:00", "2026-07-10T12:00:00+02:00"),
        ("2026-10-25T00:30:00+00:00", "2026-10-25T02:30:00+02:00"),
        ("2026-10-25T01:30:00+00:00", "2026-10-25T02:30:00+01:00"),
        ("2026-03-29T01:00:00+00:00", "2026-03-29T03:00:00+02:00"),
    ],
)
def test_a_time_has_the_offset_of_its_day(utc: str, local: str) -> None:
    """A moment is shown with the offset of that moment, whatever the offset is today."""
    assert local == datetime.fromisoformat(utc).astimezone(LocalZone()).isoformat()


def test_the_clock_of_the_server() -> None:
    """An answer sets the clock, which goes on from there; an invalid time changes nothing."""
    seconds = [1_000_000.0]
    clock = ServerClock(lambda: seconds[0], UTC)
    before = clock.now()
    clock.hears("1970-01-12T16:46:40Z")  # three hours ahead
    seconds[0] += 60
    clock.hears(None)
    clock.hears("soon")

    assert timedelta(hours=3, minutes=1) == clock.now() - before


def test_a_day_does_not_come_back() -> None:
    """Lines with the times of two clocks change the day once."""
    painter = Painter("Alice", Colours(many=True))
    today, tomorrow = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (23, 24))
    lines = ["".join(text for _, text in painter.status("[CLIENT] Hi", now)) for now in (today, tomorrow) * 3]

    assert 1 == sum("---" in line for line in lines)
