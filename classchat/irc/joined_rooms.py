"""The rooms that a client knows it is in."""

from __future__ import annotations

from collections.abc import KeysView


class JoinedRooms:
    """The rooms of a client: since which message it is in each, and what it has asked about it since then."""

    __slots__ = ("_asked", "_last")

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._asked: dict[str, set[str]] = {}

    def __contains__(self, room: str) -> bool:
        return room in self._last

    def names(self) -> KeysView[str]:
        """Return the names of the rooms."""
        return self._last.keys()

    def last_before(self, room: str) -> int:
        """Return the number of a room's last message before the client has joined it; 0 for other rooms."""
        return self._last.get(room, 0)

    def join(self, room: str, last: int) -> None:
        """Record that the client has joined a room after its message with this number."""
        self._last[room] = last

    def is_in(self, room: str, last: int) -> None:
        """Record the same, unless it is known that the client is in that room."""
        self._last.setdefault(room, last)

    def leave(self, room: str) -> None:
        """Forget a room that the client is no longer in."""
        self._last.pop(room, None)
        self._asked.pop(room, None)

    def ask_first(self, room: str, what: str) -> bool:
        """Return whether the client asks this about a room for the first time, and record that it asks."""
        asked = self._asked.setdefault(room, set())
        if what in asked:
            return False
        asked.add(what)
        return True

    def ask_again(self, room: str) -> None:
        """Forget what the client has asked about a room: it joins it once more."""
        self._asked.pop(room, None)
