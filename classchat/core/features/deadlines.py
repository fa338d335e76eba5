"""What is due: each row of kind `due` has a timer, which the server starts again when it is started."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from classchat.core.features.feature import Due
from classchat.core.model import Room
from classchat.core.ports import Calendar, Call, Clock

_LONGEST = 60.0
"""Seconds after which a timer looks at the time of day again, which an operator may have set."""

_LATE = 5.0
"""Seconds after the start before what was due meanwhile is done: by then clients are back."""


class Deadlines:
    """The timers of all rooms."""

    def __init__(self, clock: Clock, calendar: Calendar, fall_due: Callable[[Room, str, bool], None]) -> None:
        """Call `fall_due` with the room, the key of the row, and whether the server was down at that time."""
        self._clock = clock
        self._calendar = calendar
        self._fall_due = fall_due
        self._calls: dict[Room, dict[str, Call]] = {}
        self._closed = False

    def restore(self, room: Room, due: Mapping[str, Due]) -> None:
        """Start the timers of the rows that were stored."""
        now = self._calendar.seconds()
        for key, row in due.items():
            if row.at / 1000 <= now:
                self._start(room, key, _LATE, row.at / 1000, late=True)
            else:
                self._wait(room, key, row.at / 1000)

    def look(self, room: Room, changed: Iterable[tuple[str, Due | None]]) -> None:
        """Start, change or end timers, because their rows have changed."""
        for key, row in changed:
            self._cancel(room, key)
            if row is not None:
                self._wait(room, key, row.at / 1000)

    def again(self, room: Room, due: Mapping[str, Due]) -> None:
        """Start timers again, because what was done when they fired could not be stored."""
        for key in due:
            self._cancel(room, key)
        self.restore(room, due)

    def forget(self, room: Room) -> None:
        """End the timers of a room."""
        for key in list(self._calls.get(room, ())):
            self._cancel(room, key)

    def close(self) -> None:
        """End all timers, and start no further ones for entries that are still on their way."""
        self._closed = True
        for room in list(self._calls):
            self.forget(room)

    def _wait(self, room: Room, key: str, at: float) -> None:
        delay = min(max(at - self._calendar.seconds(), 0.0), _LONGEST)
        self._start(room, key, delay, at, late=False)

    def _start(self, room: Room, key: str, delay: float, at: float, *, late: bool) -> None:
        if self._closed:
            return
        call = self._clock.callLater(delay, self._fire, room, key, at, late)
        self._calls.setdefault(room, {})[key] = call

    def _fire(self, room: Room, key: str, at: float, late: bool) -> None:
        del self._calls[room][key]
        if self._calendar.seconds() < at:
            self._wait(room, key, at)
        else:
            self._fall_due(room, key, late)

    def _cancel(self, room: Room, key: str) -> None:
        calls = self._calls.get(room, {})
        call = calls.pop(key, None)
        if call is not None:
            call.cancel()
        if not calls:
            self._calls.pop(room, None)
