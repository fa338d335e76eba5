"""Rate limits: clients that send too fast are read more slowly."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from classchat.core.rate_limit import Bucket, RateLimit
from classchat.limits import Limits, Rate
from classchat.messages import (
    Broadcast,
    Command,
    Create,
    History,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Ping,
    Quit,
    Register,
    RoomOrder,
    Say,
    Search,
    Tell,
)
from tests.tables import each_case


def _waits(bucket: Bucket, now: float, times: int) -> list[float]:
    return [max(bucket.take(now), 0.0) for _ in range(times)]


# Buckets.


def test_a_burst_waits_for_nothing() -> None:
    """A burst passes at once, further requests at the rate."""
    assert [0.0] * 10 + [0.5, 1.0, 1.5] == _waits(Bucket(Rate(10, 2.0)), 1000.0, 13)


def test_a_bucket_fills_at_its_rate() -> None:
    """A bucket fills at its rate, and holds at most a burst."""
    bucket = Bucket(Rate(3, 2.0))
    _waits(bucket, 1000.0, 3)

    assert [0.0, 0.0, 0.5] == _waits(bucket, 1001.0, 3)
    assert [0.0, 0.0, 0.0, 0.5] == _waits(bucket, 2000.0, 4)


def test_no_rate_is_no_bound() -> None:
    """Without a rate no request waits."""
    assert [0.0] * 1000 == _waits(Bucket(None), 1000.0, 1000)


def test_who_waits_on_all_devices_is_not_let_off() -> None:
    """At a slow rate each of many devices waits for its own turn, so more devices gain nothing."""
    bucket = Bucket(Rate(1, 0.1))

    assert [10.0 * number for number in range(33)] == _waits(bucket, 1000.0, 33)


def test_a_clock_that_is_set_back_makes_nobody_wait_for_hours() -> None:
    """When the clock is set back, a fast client starts with a fresh bucket."""
    bucket = Bucket(Rate(3, 2.0))
    _waits(bucket, 10_000.0, 5)

    assert [0.0, 0.0, 0.0, 0.5] == _waits(bucket, 1000.0, 4)


@given(
    st.integers(1, 20),
    st.sampled_from([0.5, 1.0, 2.0, 8.0]),
    st.lists(st.integers(0, 40).map(lambda eighths: eighths / 8), max_size=60),
)
def test_never_more_than_the_burst_and_the_rate(burst: int, per_second: float, pauses: list[float]) -> None:
    """A client that waits as told never exceeds the rate plus one burst in any time."""
    bucket, now, done = Bucket(Rate(burst, per_second)), 1000.0, []
    for pause in pauses:
        now += pause
        now += max(bucket.take(now), 0.0)
        done.append(now)

    assert all(
        last - first + 1 <= burst + (done[last] - done[first]) * per_second + 1e-6
        for last in range(len(done))
        for first in range(last + 1)
    )


# One user.


@each_case(
    ("command", "burst"),
    [
        (Say(), 2),
        (Tell(), 2),
        (Broadcast(), 2),
        *((kind(), 2) for kind in get_args(RoomOrder)),
        (History(), 3),
        (Search(), 3),
        (Create(), 4),
        (Join(), 4),
        (ListRooms(), 4),
        (ListUsers(), 4),
        (Ping(), 4),
        (Register(), 4),
        (None, 4),
    ],
)
def test_each_kind_has_a_bucket_of_its_own(command: Command | None, burst: int) -> None:
    """Messages, reads of history and other requests have separate buckets."""
    one = RateLimit(Limits(messages=Rate(2, 1.0), readings=Rate(3, 1.0), requests=Rate(4, 1.0)), Clock())
    for other in (Say(), History(), Ping()):
        if type(other) is not type(command):
            one.take(other)
    waits = [one.take(command) > 0.0 for _ in range(6)]

    assert burst - 1 <= waits.index(True) <= burst


def test_a_room_hears_no_more_of_who_comes_and_goes_than_of_who_speaks() -> None:
    """A leave counts for the join as well, because others hear both."""
    clock = Clock()
    one = RateLimit(Limits(messages=Rate(10, 2.0)), clock)
    for number in range(100):
        clock.advance(max(one.take(Leave() if number % 2 else Join()), 0.0))

    assert (100 - 10) / 2.0 == clock.seconds()


def test_who_comes_back_to_many_rooms_waits_little() -> None:
    """Joins have the burst of other requests, and then the rate of messages."""
    one = RateLimit(Limits(messages=Rate(10, 2.0), requests=Rate(50, 10.0)), Clock())
    waits = [max(one.take(Join()), 0.0) for _ in range(53)]

    assert [0.0] * 50 + [0.5, 1.0, 1.5] == waits


@pytest.mark.parametrize(
    ("limits", "most"),
    [
        (Limits(messages=None, requests=Rate(3, 1.0)), 3),
        (Limits(messages=Rate(3, 1.0), requests=None), 3),
        (Limits(messages=None, requests=None), 9),
    ],
)
def test_joining_where_less_is_limited(limits: Limits, most: int) -> None:
    """If only messages or only other requests have a limit, it applies to joins."""
    one = RateLimit(limits, Clock())

    assert most == sum(one.take(Join()) <= 0.0 for _ in range(9))


def test_good_bye_may_always_be_said() -> None:
    """A quit waits only for earlier messages."""
    one = RateLimit(Limits(requests=Rate(1, 0.1)), Clock())

    assert [0.0] * 5 == [one.take(Quit()) for _ in range(5)]
