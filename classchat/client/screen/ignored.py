"""Names that are kept on disk for all clients of one home directory, one per line."""

from __future__ import annotations

import errno
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path

from classchat.client import kept
from classchat.client.spelling import name_key

_MOST_BYTES = 1_000_000
_LONGEST_NAME = 255  # characters


class KeptNames:
    """A file of names. Other lines stay as they are."""

    def __init__(
        self, path: Path, key: Callable[[str], str] = name_key, what: str = "who is ignored"
    ) -> None:
        """Names with the same `key` are the same; `what` names the list in messages."""
        self.path = path
        self._key = key
        self._what = what

    def read(self, complain: Callable[[str], object]) -> list[str]:
        """Return the names; none if there is no file yet. Call `complain` if something can't be read."""
        try:
            lines = self._lines()
        except OSError as error:
            complain(f"Can't read {self._what}, {self.path}: {error.strerror}")
            return []
        wrong = [number for number, line in enumerate(lines, 1) if line and not _is_name(line)]
        if wrong:
            where = f"line {wrong[0]}" if len(wrong) == 1 else f"line {wrong[0]} and {len(wrong) - 1} more"
            complain(f"{self.path}, {where}: not a name, skipped")
        return list(filter(_is_name, lines))

    def change(self, name: str, *, keep: bool) -> list[str]:
        """Add a name, or remove it; return all names, with those of other clients.

        Raises:
            OSError: it can't be saved.
        """
        with kept.alone(self.path):
            lines = [
                line for line in self._lines() if not _is_name(line) or self._key(line) != self._key(name)
            ]
            if keep:
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
        content = content.removeprefix(BOM_UTF8)
        return [line.strip() for line in content.decode(errors="surrogateescape").split("\n") if line.strip()]


def _is_name(line: str) -> bool:
    return 0 < len(line) <= _LONGEST_NAME and line.isprintable()
