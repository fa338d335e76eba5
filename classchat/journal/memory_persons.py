"""The guests that a journal in memory remembers after they have left, so that they may return."""

from __future__ import annotations

from collections import OrderedDict
from itertools import count

from classchat import names
from classchat.core.persons import Person, digest
from classchat.core.ports import Clock
from classchat.journal.times import DAY

_MOST_PARTED = 10_000
"""Persons who have left and are remembered."""


class MemoryPersons:
    """Numbers persons, and remembers those who have left, by the digests of their tokens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = count(1)
        self._parted: OrderedDict[bytes, tuple[Person, float]] = OrderedDict()  # with the time when they left

    def meet(self, name: str, token: str) -> Person:
        """Return a new person, who holds this token."""
        return Person(name, names.user_key(name), digest(token), next(self._numbers))

    def recognize(self, name: str, token: str) -> Person | None:
        """Return the person with this token and name, if they left at most a day ago."""
        person, parted = self._parted.get(digest(token), (None, 0.0))
        if person is None or self._clock.seconds() - parted > DAY:
            return None
        if names.user_key(name) not in (person.key, *person.former):
            return None
        del self._parted[person.token]
        return person

    def part(self, person: Person) -> None:
        """Remember a person who has left. One without private conversations need not be remembered."""
        if person.dialogs:
            self._parted[person.token] = (person, self._clock.seconds())
        if len(self._parted) > _MOST_PARTED:
            self._parted.popitem(last=False)[1][0].forget()
