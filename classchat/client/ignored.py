"""Who is ignored, kept on disk: one name a line."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

_MOST_BYTES = 1_000_000
_LONGEST_NAME = 255  # characters


def read_ignored(path: Path) -> list[str]:
    """Return the names that are kept; none if there is no file yet, or none that can be read."""
    with suppress(OSError, UnicodeDecodeError), path.open("rb") as file:
        lines = file.read(_MOST_BYTES).decode().splitlines()
        return [line for line in map(str.strip, lines) if 0 < len(line) <= _LONGEST_NAME]
    return []


def write_ignored(path: Path, names: Iterable[str]) -> None:
    """Keep these names: written beside the file first, so that there is always a whole one.

    Raises:
        OSError: they can't be kept.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    beside.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    beside.replace(path)
