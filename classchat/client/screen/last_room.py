"""The last room of each server and name, kept on disk: one per line, the latest last."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from classchat.client import kept

_MOST = 200  # lines
_MOST_BYTES = 200_000


class LastRooms:
    """The file of last rooms."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, place: str, name: str) -> str | None:
        """Return the last room, or None."""
        with suppress(OSError):
            for line in reversed(self._lines()):
                if line.startswith(f"{place}\t{name}\t"):
                    return line.split("\t")[2]
        return None

    def remember(self, place: str, name: str, room: str) -> None:
        """Save a room; if it can't be saved, do nothing, because the user is leaving."""
        new = f"{place}\t{name}\t{room}"
        if not f"{place}{name}{room}".isprintable() or self.find(place, name) == room:
            return
        with suppress(OSError), kept.alone(self._path):
            others = [line for line in self._lines() if not line.startswith(f"{place}\t{name}\t")]
            content = "".join(f"{line}\n" for line in [*others, new][-_MOST:])
            kept.replace(self._path, content.encode(errors="surrogateescape"))

    def _lines(self) -> list[str]:
        try:
            with self._path.open("rb") as file:
                content = file.read(_MOST_BYTES)
        except FileNotFoundError:
            return []
        lines = content.decode(errors="surrogateescape").split("\n")
        return [line for line in lines if line.count("\t") == 2]
