"""The rate limits of all users, kept for some time after a user has left."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from classchat.core.model import User
from classchat.core.ports import Clock
from classchat.core.rate_limit import RateLimit
from classchat.limits import Limits

_MOST_REMEMBERED = 10_000
"""Users who have left. Each is forgotten when all their buckets are full again."""


class RateLimits:
    """The rate limits of all users, and of those who have just left."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._bounded = any((limits.messages, limits.readings, limits.requests))
        self._gone: OrderedDict[str, RateLimit] = OrderedDict()

    def __len__(self) -> int:
        """Return how many users are remembered who have left."""
        return len(self._gone)

    def new(self) -> RateLimit | None:
        """Return the rate limit of a client that has not signed in; None where there is no limit."""
        return RateLimit(self._limits, self._clock) if self._bounded else None

    def of(self, user: User) -> RateLimit | None:
        """Return the rate limit of a user who has just signed in, perhaps on a further connection."""
        if user.rate_limit is None:
            user.rate_limit = self._gone.pop(user.person.key, None) or self.new()
        return user.rate_limit

    def change(self, users: Iterable[User]) -> None:
        """Use the rates that the limits have now, for these users and for those who have left."""
        here = (user.rate_limit for user in users if user.rate_limit is not None)
        for one in (*here, *self._gone.values()):
            one.change(self._limits)

    def remember(self, user: User) -> None:
        """Remember the rate limit of a user who leaves, until all the buckets would be full again."""
        now = self._clock.seconds()
        if user.rate_limit is None or user.rate_limit.is_new(now):
            return
        self._gone[user.person.key] = user.rate_limit
        while self._gone and (
            len(self._gone) > _MOST_REMEMBERED or next(iter(self._gone.values())).is_new(now)
        ):
            self._gone.popitem(last=False)
