"""Completion of paths with Tab, after `/send`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from classchat.client.commands.paths import escaped, unescaped

_MOST = 200
"""Entries of a directory that are offered."""

_MOST_READ = 20_000
"""Entries that are looked at: Tab must not take long."""


def paths(word: str) -> Iterator[str]:
    """Return the paths that begin as a word does, as words: directories end with a slash."""
    typed = unescaped(word)
    head, separator, beginning = typed.rpartition("/")
    directory = Path(f"{head}{separator}" or ".").expanduser()
    found = []
    with suppress(OSError), os.scandir(directory) as entries:
        for _, entry in zip(range(_MOST_READ), entries, strict=False):
            if _matches(entry.name, beginning):
                with suppress(OSError):
                    found.append(f"{entry.name}/" if entry.is_dir() else entry.name)
    for name in sorted(found, key=str.casefold)[:_MOST]:
        yield escaped(f"{head}{separator}{name}")


def _matches(name: str, beginning: str) -> bool:
    """Return whether a name is offered: hidden ones only after a dot, and none that can't be typed."""
    if not name.isprintable() or (name.startswith(".") and not beginning):
        return False
    return name.casefold().startswith(beginning.casefold())
