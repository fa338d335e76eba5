"""Directories that last as long as the process that has made them.

    /tmp/classchat-3f…/running       locked by that process for as long as it lives

The process deletes its directory at the end. If it was killed, the next one that makes such a directory finds
the file unlocked, and deletes what was left. The file gets its name when it is locked, so no directory is
taken for a dead one while it is being made.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Final

_RUNNING: Final = "running"
_NAME: Final = re.compile("classchat-[0-9a-f]{32}")

if sys.platform == "win32":

    def _hold(directory: Path) -> int | None:  # noqa: ARG001
        """Lock nothing: there, the directories of killed processes stay."""
        return None

    def _left_behind(root: Path) -> Iterator[Path]:  # noqa: ARG001
        """Yield nothing."""
        return iter(())

else:
    import fcntl

    def _hold(directory: Path) -> int | None:
        """Lock a directory's file, which is there from then on; return it."""
        new = directory / f"{_RUNNING}.new"
        file = os.open(new, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        _locks(file)
        new.replace(directory / _RUNNING)
        return file

    def _locks(file: int) -> bool:
        """Lock an open file; return whether no other living process has locked it."""
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def _left_behind(root: Path) -> Iterator[Path]:
        """Yield the directories of this user whose processes are dead, each locked for as long."""
        for path in list(root.iterdir()):
            if not (_NAME.fullmatch(path.name) and _is_own(path)):
                continue
            with suppress(OSError):
                file = os.open(path / _RUNNING, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
                try:
                    if _locks(file):
                        yield path
                finally:
                    os.close(file)

    def _is_own(path: Path) -> bool:
        """Return whether a path is this user's directory, and no link."""
        with suppress(OSError):
            return not path.is_symlink() and path.is_dir() and path.stat().st_uid == os.getuid()
        return False


def passing_name() -> str:
    """Return a new name for such a directory."""
    return f"classchat-{secrets.token_hex(16)}"


class PassingDirectory:
    """One such directory."""

    def __init__(self, path: Path) -> None:
        """Name it; `make` makes it."""
        self.path = path
        self._made = False
        self._file: int | None = None

    def make(self) -> None:
        """Make the directory, and delete those next to it whose processes are dead. Harmless twice.

        Raises:
            OSError: it can't be made.
        """
        if self._made:
            return
        self.path.mkdir(0o700, parents=True)
        self._made, self._file = True, _hold(self.path)
        for dead in _left_behind(self.path.parent):
            rmtree(dead, ignore_errors=True)

    def remove(self) -> None:
        """Delete the directory and all that is in it. Harmless twice."""
        made, self._made = self._made, False
        file, self._file = self._file, None
        if made:
            rmtree(self.path, ignore_errors=True)
        if file is not None:
            os.close(file)
