"""Asks for the names of users and rooms, which Tab completes."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from classchat.messages import ListRooms, ListUsers
from classchat.request import Request

_PAUSE = 5.0  # seconds between two requests for the names


class NameFetching:
    """The requests for names, of which no answer is shown."""

    def __init__(self, ask: Callable[[Request], None], clock: IReactorTime) -> None:
        """Send requests with `ask`."""
        self._ask = ask
        self._clock = clock
        self._fetched = -_PAUSE

    def fetch(self) -> None:
        """Ask for the users and rooms of the server, unless that was asked just now."""
        now = self._clock.seconds()
        if now >= self._fetched + _PAUSE:
            self._fetched = now
            self._ask(ListUsers())
            self._ask(ListRooms())
