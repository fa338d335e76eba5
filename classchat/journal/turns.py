"""Turns for searches, which run for one user at a time.

Alice   search, search          Alice, Bob, Carol, Alice, Carol
Bob     search                  each turn a piece of a search, and then the next user has one
Carol   search, search
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from twisted.internet.defer import Deferred, succeed

from classchat.core.journal_port import Searcher
from classchat.errors import TooMany

_MOST = 100
"""Searches of all users that run or wait."""

_MOST_OF_USER = 4
"""Searches of one user, on all devices."""


class _Waiting(NamedTuple):
    asker: Searcher
    turn: Deferred[bool]


class Turns:
    """Turns: round robin between users, first come, first served for each user."""

    def __init__(self) -> None:
        self._begun: Counter[object] = Counter()  # by user
        self._waiting: dict[object, deque[_Waiting]] = {}  # by user, in the order of their turns
        self._taken = self._granting = False

    @contextmanager
    def begin(self, asker: Searcher) -> Iterator[None]:
        """Take part in the turns inside the context.

        Raises:
            TooMany: too many searches run or wait, of all users or of this one.
        """
        if self._begun.total() >= _MOST or self._begun[asker.user] >= _MOST_OF_USER:
            self._drop_gone()
        if self._begun.total() >= _MOST:
            raise TooMany("searches at a time", _MOST)
        if self._begun[asker.user] >= _MOST_OF_USER:
            raise TooMany("searches by one user at a time", _MOST_OF_USER)
        self._begun[asker.user] += 1
        try:
            yield
        finally:
            self._begun[asker.user] -= 1
            if not self._begun[asker.user]:
                del self._begun[asker.user]

    def take(self, asker: Searcher) -> Deferred[bool]:
        """Return a Deferred that fires with True on a turn, or with False if the client is gone.

        Each turn must be given back.
        """
        if not (self._taken or self._waiting):
            self._taken = True
            return succeed(True)
        waiting = _Waiting(asker, Deferred())
        self._waiting.setdefault(asker.user, deque()).append(waiting)
        return waiting.turn

    def give_back(self) -> None:
        """End a turn, and give the next searcher one."""
        self._taken = False
        if self._granting:  # this turn ended at once: the outer loop continues
            return
        self._granting = True
        try:
            while self._waiting and not self._taken:
                waiting = self._next()
                self._taken = waiting.asker.waits()
                waiting.turn.callback(self._taken)
        finally:
            self._granting = False

    def _next(self) -> _Waiting:
        """Remove and return the next one; the user's other searches move behind all other users'."""
        user = next(iter(self._waiting))
        own = self._waiting.pop(user)
        waiting = own.popleft()
        if own:
            self._waiting[user] = own
        return waiting

    def _drop_gone(self) -> None:
        """Remove the waiting searches of clients that are gone."""
        everybody = [waiting for own in self._waiting.values() for waiting in own]
        self._waiting.clear()
        gone: list[_Waiting] = []
        for waiting in everybody:
            if waiting.asker.waits():
                self._waiting.setdefault(waiting.asker.user, deque()).append(waiting)
            else:
                gone.append(waiting)
        for waiting in gone:
            waiting.turn.callback(False)
