"""What one has typed, kept between runs: but for what is secret, and not for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory

from classchat.client import kept
from classchat.files import create_private, make_private

_MOST_BYTES = 1_000_000
_ENTRY = b"\n# "
"""How each line that was typed begins in the file, in prompt_toolkit's form of it."""


class KeptHistory(FileHistory):
    """The lines of earlier runs, and of this one; the file is nobody else's to read."""

    def __init__(self, path: Path, is_secret: Callable[[str], bool]) -> None:
        """Keep them in a file, but for a line of which `is_secret` says so when it is typed."""
        super().__init__(str(path))
        self._is_secret = is_secret
        self._path = path
        with suppress(OSError), kept.alone(path):
            create_private(path)
            make_private(path)
            if path.stat().st_size > _MOST_BYTES:
                _shorten(path)

    def load_history_strings(self) -> Iterable[str]:
        """Return what is kept, the latest first; nothing where it can't be read."""
        try:
            return list(super().load_history_strings())
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        """Keep a line, unless it is secret."""
        if not self._is_secret(string):
            with suppress(OSError), kept.alone(self._path):  # a full disk is no reason not to talk
                super().store_string(string)


def _shorten(path: Path) -> None:
    """Forget the older half."""
    latest = path.read_bytes()[-_MOST_BYTES // 2 :]
    kept.replace(path, latest[max(0, latest.find(_ENTRY)) :])
