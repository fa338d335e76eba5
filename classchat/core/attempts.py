"""Rate limits for wrong passwords, claims of names, and changes of passwords and names.

A few wrong passwords have no effect. After that each further attempt for the name or from the address waits
twice as long as the one before, whether its password is right or wrong. Tokens never wait.

Such attempts from one address are made one after the other, or many connections would make many at once. An
attempt for the same name from another address waits too, but not for those: no client can lock a name.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from classchat.core.ports import Clock, Peer
from classchat.errors import Busy, TooMany, WrongPassword
from classchat.limits import Limits

_MINUTE = 60.0
_HOUR = 3600.0
_LONGEST = 16.0
"""Seconds that an attempt waits at most: it has to be made within the time limit for signing in."""

_LOOK_AGAIN = 0.5
"""Seconds between two looks whether an attempt may begin."""

_MOST_LOOKS = 120
"""Looks before an attempt is given up."""

_MOST_REMEMBERED = 10_000
"""Names, and as many addresses, that are remembered; the oldest are forgotten first."""


_MOST_EXCESS = 64
"""Events beyond the limit that are counted."""


@dataclass(eq=False, slots=True)
class Attempt:
    """An attempt that is being made."""

    right: bool = False


class Attempts:
    """Counts the wrong attempts of the last minute, by name and by address."""

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._limits = limits
        self._names = _Counts(clock, lambda: limits.wrong_passwords_of_name, _MINUTE)
        self._pairs = _Counts(
            clock, lambda: limits.wrong_passwords_of_name, _MINUTE
        )  # of a name and an address
        self._addresses = _Counts(clock, lambda: limits.wrong_passwords_of_address, _MINUTE)
        self._claims = _Counts(clock, lambda: limits.claims_of_address, _HOUR)
        self._changes = _Counts(clock, lambda: limits.changes_of_password, _HOUR)
        self._renames = _Counts(clock, lambda: limits.renames_of_user, _HOUR)

    @asynccontextmanager
    async def one(self, name: str, address: str, peer: Peer) -> AsyncIterator[Attempt]:
        """Wait until an attempt may be made, and count it as wrong unless its `right` is set to True.

        It counts as wrong while it is being made: else many attempts at once would cost as much as one.

        Raises:
            Busy: its turn did not come for too long.
            WrongPassword: the client has disconnected meanwhile, and will not get an answer.
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
            attempt.right = True  # or wrong: that is not known
            raise
        finally:
            for (counts, who), time in zip(counted, times, strict=True):
                counts.end(who)
                if attempt.right:
                    counts.take_back(who, time)

    def count_claim(self, address: str) -> None:
        """Count a claim of a name from an address.

        Raises:
            TooMany: there were as many from this address as the limit allows.
        """
        if self._claims.excess(address) >= 0:
            raise TooMany(
                "names registered from your address in one hour", self._limits.claims_of_address or 0
            )
        self._claims.add(address)

    def count_change(self, name: str) -> None:
        """Count a change of the password of a name.

        Raises:
            TooMany: there were as many as the limit allows.
        """
        if self._changes.excess(name) >= 0:
            raise TooMany("changes of your password in one hour", self._limits.changes_of_password or 0)
        self._changes.add(name)

    def count_rename(self, person: int) -> None:
        """Count a change of a guest's name, by the number of the person.

        Raises:
            TooMany: there were as many as the limit allows.
        """
        if self._renames.excess(str(person)) >= 0:
            raise TooMany("changes of your name in one hour", self._limits.renames_of_user or 0)
        self._renames.add(str(person))


class _Counts:
    """The times of recent events, by name or address."""

    def __init__(self, clock: Clock, free: Callable[[], int | None], seconds: float) -> None:
        """Count the events of so many seconds; the limit, `free`, may change at any time."""
        self._clock = clock
        self._free = free
        self._seconds = seconds
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._under_way: Counter[str] = Counter()

    def is_free(self, who: str) -> bool:
        """Return whether a further event may begin: there were few, or all that have begun have ended."""
        return self._under_way[who] == 0 or self.excess(who) < 0

    def begin(self, who: str) -> float:
        """Count an event that begins now; return the time."""
        if who:
            self._under_way[who] += 1
        return self.add(who)

    def end(self, who: str) -> None:
        """Record that an event has ended."""
        self._under_way[who] -= 1
        if self._under_way[who] <= 0:
            del self._under_way[who]

    def add(self, who: str) -> float:
        """Count an event; return the time."""
        now, free = self._clock.seconds(), self._free()
        if who and free is not None:
            times = self._times.get(who)
            if times is None or times.maxlen != free + _MOST_EXCESS:
                times = self._times[who] = deque(times or (), maxlen=free + _MOST_EXCESS)
            times.append(now)
            self._times.move_to_end(who)
            if len(self._times) > _MOST_REMEMBERED:
                self._times.popitem(last=False)
        return now

    def take_back(self, who: str, time: float) -> None:
        """Remove the event of a time."""
        times = self._times.get(who)
        if times is not None and time in times:
            times.remove(time)
            if not times:
                del self._times[who]

    def excess(self, who: str) -> int:
        """Return how many events exceed the free ones; a number below 0 says how many more are free."""
        times, free = self._times.get(who), self._free()
        if free is None:
            return -1
        if times is None:
            return -free
        since = self._clock.seconds() - self._seconds
        while times and times[0] <= since:
            times.popleft()
        return len(times) - free

    def delay(self, who: str) -> float:
        """Return how many seconds the last event that was added has to wait."""
        excess = self.excess(who)
        return min(2.0 ** (excess - 1), _LONGEST) if excess > 0 else 0.0
