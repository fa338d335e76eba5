"""Typed lines, kept between runs, except for secret ones; the oldest are dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.history import FileHistory

from classchat.client import kept
from classchat.files import create_private, make_private

_MOST_BYTES = 1_000_000
_ENTRY = b"\n# "
"""The mark before each line in the file, in prompt_toolkit's format."""


class KeptHistory(FileHistory):
    """The lines of earlier runs and of this one, in a file that only its owner may read."""

    def __init__(self, path: Path, is_secret: Callable[[str], bool]) -> None:
        """Keep lines in a file, except for those for which `is_secret` is true."""
        super().__init__(str(path))
        self._is_secret = is_secret
        self._path = path
        with suppress(OSError), kept.alone(path):
            create_private(path)
            make_private(path)
            if path.stat().st_size > _MOST_BYTES:
                _shorten(path)

    def load_history_strings(self) -> Iterable[str]:
        """Return the kept lines, the latest first; none if the file can't be read."""
        try:
            return list(super().load_history_strings())
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        """Keep a line, unless it is secret."""
        if not self._is_secret(string):
            with suppress(OSError), kept.alone(self._path):  # a full disk must not stop the conversation
                super().store_string(string)


def _shorten(path: Path) -> None:
    """Drop the older half."""
    latest = path.read_bytes()[-_MOST_BYTES // 2 :]
    kept.replace(path, latest[max(0, latest.find(_ENTRY)) :])
