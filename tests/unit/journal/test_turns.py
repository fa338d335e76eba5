"""Turns for searches: one user after the other, bounded, and not for clients that are gone."""

from __future__ import annotations

from inspect import currentframe
from traceback import walk_stack

import pytest
from twisted.internet.defer import Deferred

from classchat.core.journal_port import Searcher
from classchat.errors import TooMany
from classchat.journal import turns as module
from classchat.journal.turns import Turns


class Queue:
    """Some searches that take turns, and the result of each turn."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.had: list[str] = []
        self.gone: set[str] = set()

    def searches(self, user: str, name: str, pieces: int = 1) -> Deferred[None]:
        """Begin a search of a user; each piece of it ends when `goes_on` is called."""
        return Deferred.fromCoroutine(self._search(user, name, pieces))

    def goes_on(self, times: int = 1) -> None:
        """End a turn, so many times."""
        for _ in range(times):
            piece, self._piece = self._piece, Deferred()
            piece.callback(None)

    async def _search(self, user: str, name: str, pieces: int) -> None:
        asker = Searcher(user, lambda: name not in self.gone)
        with self.turns.begin(asker):
            for _ in range(pieces):
                if not await self.turns.take(asker):
                    self.had.append(f"{name} is gone")
                    return
                self.had.append(name)
                self._piece: Deferred[None] = Deferred()
                try:
                    await self._piece
                finally:
                    self.turns.give_back()


@pytest.fixture
def queue() -> Queue:
    """Return an empty queue."""
    return Queue()


def test_one_alone(queue: Queue) -> None:
    """A search that is alone has one turn after the other."""
    done = queue.searches("Alice", "a", 3)
    queue.goes_on(3)

    assert (["a", "a", "a"], True) == (queue.had, done.called)


def test_one_user_after_the_other(queue: Queue) -> None:
    """However many searches a user has, each other user has a turn between two of them."""
    for user, name, pieces in [("Alice", "a1", 2), ("Alice", "a2", 1), ("Bob", "b", 2), ("Carol", "c", 2)]:
        queue.searches(user, name, pieces)
    queue.goes_on(7)

    assert ["a1", "a2", "b", "c", "a1", "b", "c"] == queue.had


def test_who_comes_last_waits_for_one_turn_of_each(queue: Queue) -> None:
    """A long search holds up a short one for a piece of it, not for all of it."""
    queue.searches("Alice", "a", 100)
    queue.goes_on(10)
    done = queue.searches("Bob", "b")
    queue.goes_on(2)

    assert (True, "b") == (done.called, queue.had[11])


def test_a_client_that_is_gone_has_no_turn(queue: Queue) -> None:
    """The search of a client that is gone is dropped, and the next one has the turn."""
    dropped = [queue.searches(user, name) for user, name in [("Alice", "a"), ("Bob", "b1"), ("Bob", "b2")]]
    queue.searches("Carol", "c")
    queue.gone |= {"b1", "b2"}
    queue.goes_on(2)

    assert ["a", "b1 is gone", "c", "b2 is gone"] == queue.had
    assert all(done.called for done in dropped)


def test_too_many(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting searches are bounded, in total and for each user; those of lost clients do not count."""
    monkeypatch.setattr(module, "_MOST", 4)
    monkeypatch.setattr(module, "_MOST_OF_USER", 2)
    for user, name in [("Alice", "a1"), ("Alice", "a2"), ("Bob", "b"), ("Carol", "c")]:
        queue.searches(user, name)
    with pytest.raises(TooMany, match=r"searches at a time.*4"):
        queue.turns.begin(Searcher("Dora", lambda: True)).__enter__()
    queue.gone |= {"b"}
    queue.searches("Dora", "d")
    queue.gone |= {"c"}
    with pytest.raises(TooMany, match=r"searches by one user.*2"):
        queue.turns.begin(Searcher("Alice", lambda: True)).__enter__()
    queue.goes_on(3)

    assert ["a1", "b is gone", "c is gone", "a2", "d"] == queue.had


def test_turns_that_are_over_at_once() -> None:
    """Any number of searches that can't be done end one after the other, not one inside the other."""
    turns = Turns()
    ends: list[Deferred[None]] = []
    depths: list[int] = []

    async def search(user: int) -> None:
        asker = Searcher(user, lambda: True)
        with turns.begin(asker):
            await turns.take(asker)
            depths.append(len(list(walk_stack(currentframe()))))
            turns.give_back()

    first = Searcher("first", lambda: True)
    turns.take(first)
    ends += [Deferred.fromCoroutine(search(user)) for user in range(100)]
    turns.give_back()

    assert ({True}, 1) == ({end.called for end in ends}, len(set(depths)))
