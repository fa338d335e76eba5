"""How often somebody may try: wrong passwords, and names claimed.

Nobody is refused for a few mistakes. From a number of them on each further attempt has to wait, twice as long
as the one before; whoever knows the password waits with the others, and a token waits for nothing.

From one address one such attempt is made after the other, or many connections would make many at once. Who
tries the same name from elsewhere waits as well, but not for those: nobody's name is locked by others.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from classchat.core.ports import Clock, Peer
from classchat.errors import Busy, TooMany, WrongPassword
from classchat.limits import Limits

_MINUTE = 60.0
_HOUR = 3600.0
_LONGEST = 16.0
"""Seconds that an attempt waits at most: it has to be made within the time for signing in."""

_LOOK_AGAIN = 0.5
"""Seconds after which who waits for his turn looks whether it has come."""

_MOST_LOOKS = 120
"""Times that he does so."""

_MOST_REMEMBERED = 10_000
"""Names and addresses each; of more, the oldest are forgotten."""


@dataclass(eq=False, slots=True)
class Attempt:
    """One that is being made."""

    right: bool = False


class Attempts:
    """Counts the wrong ones of a minute, by name and by address."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._limits = limits
        self._names = _Counts(clock, limits.wrong_passwords_of_name, _MINUTE)
        self._pairs = _Counts(clock, limits.wrong_passwords_of_name, _MINUTE)  # of a name and an address
        self._addresses = _Counts(clock, limits.wrong_passwords_of_address, _MINUTE)
        self._claims = _Counts(clock, limits.claims_of_address, _HOUR)
        self._changes = _Counts(clock, limits.changes_of_password, _HOUR)

    @asynccontextmanager
    async def one(self, name: str, address: str, peer: Peer) -> AsyncIterator[Attempt]:
        """Wait as long as there is to wait, then try: what isn't found right in the end was wrong.

        One that is still being made counts as wrong, or many at once would be as good as one.

        Raises:
            Busy: it was not his turn for too long.
            WrongPassword: he has gone meanwhile, and nobody will hear it.
        """
        attempt = Attempt()
        pair = f"{name} {address}" if name else ""
        for _ in range(_MOST_LOOKS):
            if self._pairs.is_free(pair) and self._addresses.is_free(address):
                break
            if not await peer.rested(_LOOK_AGAIN):
                raise WrongPassword
        else:
            raise Busy
        counted = ((self._names, name), (self._pairs, pair), (self._addresses, address))
        times = [counts.begin(who) for counts, who in counted]
        try:
            delay = max(counts.delay(who) for counts, who in counted)
            if delay and not await peer.rested(delay):
                raise WrongPassword
            yield attempt
        except Busy:
            attempt.right = True  # or wrong: nobody knows
            raise
        finally:
            for (counts, who), time in zip(counted, times, strict=True):
                counts.end(who)
                if attempt.right:
                    counts.take_back(who, time)

    def count_claim(self, address: str) -> None:
        """Count that a name is claimed.

        Raises:
            TooMany: there were as many from there as there may be.
        """
        if self._claims.excess(address) >= 0:
            raise TooMany(
                "names registered from your address in one hour", self._limits.claims_of_address or 0
            )
        self._claims.add(address)

    def count_change(self, name: str) -> None:
        """Count that a password is changed.

        Raises:
            TooMany: it was so as often as it may be.
        """
        if self._changes.excess(name) >= 0:
            raise TooMany("changes of your password in one hour", self._limits.changes_of_password or 0)
        self._changes.add(name)


class _Counts:
    """When something happened lately, by somebody."""

    def __init__(self, clock: Clock, free: int | None, seconds: float) -> None:
        self._clock = clock
        self._free = free
        self._seconds = seconds
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._under_way: Counter[str] = Counter()

    def is_free(self, who: str) -> bool:
        """Tell whether one more may begin: there were few, or all that were begun have ended."""
        return self._under_way[who] == 0 or self.excess(who) < 0

    def begin(self, who: str) -> float:
        """Count one more, which is under way; return when that was."""
        if who:
            self._under_way[who] += 1
        return self.add(who)

    def end(self, who: str) -> None:
        """Know that one is under way no more."""
        self._under_way[who] -= 1
        if self._under_way[who] <= 0:
            del self._under_way[who]

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
