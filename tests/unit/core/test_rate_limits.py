"""The rate limits of all users: they outlive a user who leaves and comes back."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from classchat.core import rate_limits
from classchat.core.model import User
from classchat.core.rate_limits import RateLimits
from classchat.limits import Limits, Rate
from classchat.messages import Say
from tests.unit.helpers import user


class _House:
    """The rate limits of a server, and its clock."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.clock = Clock()
        self.clock.advance(1000.0)
        self.rate_limits = RateLimits(limits or Limits(messages=Rate(2, 1.0)), self.clock)

    def says(self, who: User, times: int) -> list[float]:
        """Send so many messages; return how long each of them has to wait."""
        one = self.rate_limits.of(who)
        assert one is not None
        return [max(one.take(Say()), 0.0) for _ in range(times)]


def test_signing_in_again_gives_no_new_burst() -> None:
    """A user who signs in again, in any spelling of the name, continues with the buckets as they were."""
    house = _House()
    alice = user("Alice")
    house.says(alice, 2)
    house.rate_limits.remember(alice)

    assert [1.0] == house.says(user("ALICE"), 1)


def test_two_connections_of_a_user_share_a_rate_limit() -> None:
    """More devices do not allow more messages."""
    house = _House()
    alice = user("Alice")

    assert house.rate_limits.of(alice) is house.rate_limits.of(alice)


def test_nobody_is_remembered_whose_buckets_are_full() -> None:
    """A user who left with full buckets is forgotten: a new rate limit would be the same."""
    house = _House()
    alice, bob = user("Alice"), user("Bob")
    house.says(alice, 2)
    house.rate_limits.remember(alice)
    house.clock.advance(2.0)
    house.says(bob, 1)
    house.clock.advance(0.5)
    house.rate_limits.remember(bob)
    remembered = len(house.rate_limits)
    house.clock.advance(10.0)
    house.rate_limits.remember(alice)

    assert (1, 1) == (remembered, len(house.rate_limits))


def test_those_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many users who left, only the last ones are remembered."""
    monkeypatch.setattr(rate_limits, "_MOST_REMEMBERED", 100)
    house = _House()
    for number in range(1000):
        somebody = user(f"guest{number}")
        house.says(somebody, 3)
        house.rate_limits.remember(somebody)

    assert 100 == len(house.rate_limits)
    assert [[2.0], [0.0]] == [house.says(user(f"guest{number}"), 1) for number in (999, 899)]


def test_without_limits_there_is_no_rate_limit() -> None:
    """Without limits no user has a rate limit."""
    house = _House(Limits().without_guard())
    alice = user("Alice")
    house.rate_limits.remember(alice)

    assert (None, None, 0) == (house.rate_limits.new(), house.rate_limits.of(alice), len(house.rate_limits))
