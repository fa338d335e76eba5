"""The rows of the class layer that a journal in memory keeps, see `core.features.rows`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from classchat.core.acts import Act, RowChange, SessionOver

_Place = tuple[str, int, str, str]
"""Where a row stands: its room, session, kind and key."""


class MemoryRows:
    """Keeps rows, so that a change can be refused where the row is not what it replaces."""

    def __init__(self) -> None:
        self._rows: dict[_Place, str] = {}

    def hold(self, acts: Sequence[Act]) -> bool:
        """Return whether all rows are what the changes among some acts replace."""
        return all(
            self._rows.get(_place(act)) == act.replaces
            for act in acts
            if isinstance(act, RowChange) and not act.anyway
        )

    def change(self, act: RowChange) -> None:
        """Write a row, or delete it."""
        if act.value is None:
            self._rows.pop(_place(act), None)
        else:
            self._rows[_place(act)] = act.value

    def end(self, act: SessionOver) -> None:
        """Forget a session of a class that is over: it can't be exported."""
        self._forget(lambda place: place[:2] == (act.room, act.session))

    def forget_room(self, room: str) -> None:
        """Forget the classes of an earlier room with the same name."""
        self._forget(lambda place: place[0] == room)

    def _forget(self, gone: Callable[[_Place], bool]) -> None:
        for place in [place for place in self._rows if gone(place)]:
            del self._rows[place]


def _place(act: RowChange) -> _Place:
    return act.room, act.session, act.kind, act.key
