"""Who is ignored, kept on disk for all clients of one home: one name a line."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

from classchat.client import kept
from classchat.client.mentions import name_key

_MOST_BYTES = 1_000_000
_LONGEST_NAME = 255  # characters


class Ignored:
    """The file of those who are ignored. What is no name in it stays as it is."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, complain: Callable[[str], object]) -> list[str]:
        """Return the names; none if there is no file yet. `complain` is told what can't be read."""
        try:
            lines = self._lines()
        except OSError as error:
            complain(f"Can't read who is ignored, {self.path}: {error.strerror}")
            return []
        wrong = [number for number, line in enumerate(lines, 1) if line and not _is_name(line)]
        if wrong:
            where = f"line {wrong[0]}" if len(wrong) == 1 else f"line {wrong[0]} and {len(wrong) - 1} more"
            complain(f"{self.path}, {where}: that is no name, and is passed over")
        return list(filter(_is_name, lines))

    def change(self, name: str, *, ignore: bool) -> list[str]:
        """Keep that a name is ignored, or not any more; return all that are, with what other clients kept.

        Raises:
            OSError: it can't be kept.
        """
        with kept.alone(self.path):
            lines = [line for line in self._lines() if not _is_name(line) or name_key(line) != name_key(name)]
            if ignore:
                lines.append(name)
            content = "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")
            if len(content) > _MOST_BYTES:
                raise OSError(errno.EFBIG, "the file is too large", str(self.path))
            kept.replace(self.path, content)
        return list(filter(_is_name, lines))

    def _lines(self) -> list[str]:
        try:
            with self.path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        except FileNotFoundError:
            return []
        if len(content) > _MOST_BYTES:
            raise OSError(errno.EFBIG, "the file is too large", str(self.path))
        return [line.strip() for line in content.decode(errors="surrogateescape").split("\n") if line.strip()]


def _is_name(line: str) -> bool:
    return 0 < len(line) <= _LONGEST_NAME and line.isprintable()
