"""Waiting until entries are delivered."""

from __future__ import annotations

from classchat.journal.settling import Settling


def test_what_is_delivered_is_settled() -> None:
    """A wait for entries that are delivered is over at once."""
    settling = Settling()
    settling.done = 3

    assert [True, True, False] == [settling.until(number).called for number in (2, 3, 4)]


def test_waits_end_in_order() -> None:
    """Each wait ends when its entries are delivered, and those that began earlier end first."""
    settling, ended = Settling(), list[int]()
    for number in (1, 2, 2, 4):
        settling.until(number).addCallback(lambda _, number=number: ended.append(number))
    settling.done += 3
    settling.fire()

    assert [1, 2, 2] == ended
