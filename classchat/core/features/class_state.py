"""The state of all classes: the rows of each room, and those of the whole server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from classchat.core.acts import RowChange
from classchat.core.features import feature_table
from classchat.core.features.rows import Changes, ClassRows, Draft, change
from classchat.core.model import Room
from classchat.core.stored import StoredRow


class ClassState:
    """Keeps rows as they are stored, and as they will be when all entries on their way are delivered."""

    def __init__(self) -> None:
        self._of_server = ClassRows()
        self._of_rooms: dict[Room, ClassRows] = {}

    def __contains__(self, room: Room) -> bool:
        return room in self._of_rooms

    def rooms(self) -> list[Room]:
        """Return the rooms that have rows."""
        return [*self._of_rooms]

    def stored(self, room: Room) -> Draft:
        """Return the rows that a room reads, as far as they are stored."""
        return Draft(self._of(room), self._of_server, expected=False)

    def expected(self, room: Room) -> Draft:
        """Return the rows that a room reads and may change, as they are expected to be."""
        return Draft(self._of(room), self._of_server)

    def restore(self, room: Room | None, row: StoredRow) -> None:
        """Take over a stored row, of a room or of the server; one of a later version is left out."""
        kind = feature_table.KINDS.get(row.kind)
        if kind is not None:
            rows = self._of_server if room is None else self._of(room)
            rows.restore(row.session, kind, row.key, row.value)

    def forget(self, room: Room) -> None:
        """Forget the rows of a room."""
        self._of_rooms.pop(room, None)

    def deliver(self, room: Room) -> None:
        """Take over the changes of the oldest entry on its way: it is stored."""
        self._of(room).deliver()
        self._of_server.deliver()

    def drop(self, room: Room, changes: tuple[Changes, Changes]) -> None:
        """Drop the changes of an entry that was not stored."""
        of_room, of_server = changes
        self._of(room).drop(of_room)
        self._of_server.drop(of_server)

    def follow(self, room: Room, rows: Iterable[RowChange]) -> None:
        """Take over changes that another node has made."""
        of_room: list[Any] = []
        of_server: list[Any] = []
        for row in rows:
            kind = feature_table.KINDS.get(row.kind)
            if kind is not None:
                changed = of_server if kind.server_wide else of_room
                changed.extend(change(row.session, kind, row.key, row.value))
        self._of(room).follow(of_room)
        self._of_server.follow(of_server)

    def _of(self, room: Room) -> ClassRows:
        rows = self._of_rooms.get(room)
        if rows is None:
            rows = self._of_rooms[room] = ClassRows(room.key)
        return rows
