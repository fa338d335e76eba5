"""How often somebody may try: wrong passwords, and names claimed.

Nobody is refused for a few mistakes. From a number of them on each further attempt has to wait, twice as long
as the one before; whoever knows the password waits with the others, and a token waits for nothing.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from classchat.errors import Busy, TooMany, WrongPassword

if TYPE_CHECKING:
    from classchat.core.ports import Clock, Peer

_MINUTE = 60.0
_HOUR = 3600.0
_LONGEST = 16.0
"""Seconds that an attempt waits at most: it has to be made within the time for signing in."""

_MOST_REMEMBERED = 10_000
"""Names and addresses each; of more, the oldest are forgotten."""

_CLAIMS = 20
"""Names that may be claimed from one address in an hour."""


@dataclass(eq=False, slots=True)
class Attempt:
    """One that is being made."""

    right: bool = False


class Attempts:
    """Counts the wrong ones of a minute, by name and by address."""

    def __init__(self, clock: Clock, of_name: int | None, of_address: int | None) -> None:
        """Let so many in a minute go without waiting; None is as many as one likes."""
        self._names = _Counts(clock, of_name, _MINUTE)
        self._addresses = _Counts(clock, of_address, _MINUTE)
        self._claims = _Counts(clock, None if of_address is None else _CLAIMS, _HOUR)

    @asynccontextmanager
    async def one(self, name: str, address: str, peer: Peer) -> AsyncIterator[Attempt]:
        """Wait as long as there is to wait, then try: what isn't found right in the end was wrong.

        One that is still being made counts as wrong, or many at once would be as good as one.
        """
        attempt = Attempt()
        wrong = [self._names.add(name), self._addresses.add(address)]
        delay = max(self._names.delay(name), self._addresses.delay(address))
        try:
            if delay and not await peer.rested(delay):
                raise WrongPassword  # nobody will hear it: he has gone
            yield attempt
        except Busy:
            attempt.right = True  # or wrong: nobody knows
            raise
        finally:
            if attempt.right:
                self._names.take_back(name, wrong[0])
                self._addresses.take_back(address, wrong[1])

    def count_claim(self, address: str) -> None:
        """Count that a name is claimed.

        Raises:
            TooMany: there were as many from there as there may be.
        """
        if self._claims.excess(address) >= 0:
            raise TooMany("names claimed from your address in an hour", _CLAIMS)
        self._claims.add(address)


class _Counts:
    """When something happened lately, by somebody."""

    def __init__(self, clock: Clock, free: int | None, seconds: float) -> None:
        self._clock = clock
        self._free = free
        self._seconds = seconds
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def add(self, who: str) -> float:
        """Count one more; return when that was."""
        now = self._clock.seconds()
        if who and self._free is not None:
            times = self._times.setdefault(who, deque(maxlen=self._free + 64))
            times.append(now)
            self._times.move_to_end(who)
            if len(self._times) > _MOST_REMEMBERED:
                self._times.popitem(last=False)
        return now

    def take_back(self, who: str, time: float) -> None:
        """Count one less, of a time."""
        times = self._times.get(who)
        if times is not None and time in times:
            times.remove(time)
            if not times:
                del self._times[who]

    def excess(self, who: str) -> int:
        """Return how many there are more than are free; below 0, so many may follow."""
        times = self._times.get(who)
        if self._free is None:
            return -1
        if times is None:
            return -self._free
        since = self._clock.seconds() - self._seconds
        while times and times[0] <= since:
            times.popleft()
        return len(times) - self._free

    def delay(self, who: str) -> float:
        """Return how many seconds the last one that was added has to wait."""
        excess = self.excess(who)
        return min(2.0 ** (excess - 1), _LONGEST) if excess > 0 else 0.0
