"""The names that Tab completes, and when they are asked for."""

from __future__ import annotations

from twisted.internet.task import Clock

from classchat.client.screen.fetching import NameFetching
from classchat.messages import Command, ListRooms, ListUsers


def test_asks_at_most_every_five_seconds() -> None:
    """Users and rooms are asked for together, and not again within five seconds."""
    asked: list[Command] = []
    clock = Clock()
    names = NameFetching(asked.append, clock)
    for seconds in (0, 4, 1):
        clock.advance(seconds)
        names.fetch()

    assert [ListUsers(), ListRooms()] * 2 == asked
