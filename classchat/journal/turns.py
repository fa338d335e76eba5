"""Turns at what can only be done for one user at a time.

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
"""Searches that are under way or wait, of all users."""

_MOST_OF_USER = 4
"""Searches of one user, who may have several devices."""


class _Waiting(NamedTuple):
    asker: Searcher
    turn: Deferred[bool]


class Turns:
    """Whose turn it is: round robin between users, and first come, first served with one user."""

    def __init__(self) -> None:
        self._begun: Counter[object] = Counter()  # by user
        self._waiting: dict[object, deque[_Waiting]] = {}  # by user, in the order of their turns
        self._taken = self._granting = False

    @contextmanager
    def begin(self, asker: Searcher) -> Iterator[None]:
        """Take part, as long as this lasts.

        Raises:
            TooMany: too many do, or this user does too often.
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
        """Return what fires when it is this one's turn: with False, and no turn, if nobody waits any more.

        Each turn has to be given back.
        """
        if not (self._taken or self._waiting):
            self._taken = True
            return succeed(True)
        waiting = _Waiting(asker, Deferred())
        self._waiting.setdefault(asker.user, deque()).append(waiting)
        return waiting.turn

    def give_back(self) -> None:
        """Give the next one a turn."""
        self._taken = False
        if self._granting:  # a turn that was over at once: the loop goes on, however many of them there are
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
        """Take the next one out; others of the same user are behind all other users then."""
        user = next(iter(self._waiting))
        own = self._waiting.pop(user)
        waiting = own.popleft()
        if own:
            self._waiting[user] = own
        return waiting

    def _drop_gone(self) -> None:
        """Forget whoever waits for a turn that nobody waits for."""
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
