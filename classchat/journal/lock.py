"""The right to write to a journal, held by one process at a time.

The lock is on a separate file next to the journal, because SQLite's locks on the journal itself are lost as
soon as the process closes any descriptor of that file. On Linux the journal itself is locked as well, with
`flock(2)`, which SQLite does not use: this lock holds even after the journal is renamed or the lock file is
deleted. (On other systems `flock` and SQLite's locks exclude each other.)
"""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from classchat.core.journal_port import CannotOpen
from classchat.files import create_private, make_private

if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        """Lock an open file, or raise PermissionError."""
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: int) -> None:
        """Lock an open file, or raise BlockingIOError."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
"""Flags: follow no link, and do not wait for the other end of a pipe."""


class InUse(CannotOpen):
    """Another process has the lock: a server is using the journal."""


class WriterLock:
    """The lock of the process that writes to a journal; it ends with `close` or the process."""

    def __init__(self, path: Path) -> None:
        """Take the lock; create the journal's file, empty and private, if it does not exist.

        Raises:
            InUse: another process has the lock.
            CannotOpen: the files can't be created, or are not regular files.
        """
        self._files: list[int] = []
        try:
            beside = Path(f"{path}-lock")
            _create(beside, path)
            self._take(beside, path)
            make_private(beside)
            _create(path, path)
            if sys.platform == "linux" and os.access(path, os.R_OK | os.W_OK, effective_ids=True):
                self._take(path, path)  # otherwise SQLite only says that it can't open the file
        except BaseException:
            self.close()
            raise

    def _take(self, file: Path, path: Path) -> None:
        try:
            opened = os.open(file, os.O_RDWR | _PLAIN)
        except OSError as error:
            raise CannotOpen(f"The journal '{path}' can't be written to: {_why(file, error)}.") from None
        self._files.append(opened)
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise CannotOpen(f"The journal '{path}' can't be locked: '{file}' is not a file. Remove it.")
        try:
            _lock(opened)
        except (BlockingIOError, PermissionError):
            raise InUse(
                f"The journal '{path}' is in use by another server: stop that server, or use another file."
            ) from None
        except OSError as error:
            raise CannotOpen(f"The journal '{path}' can't be locked: {error.strerror}.") from None

    def close(self) -> None:
        """Release the lock; close all connections to the journal first. Harmless twice."""
        files, self._files = self._files, []
        for file in files:
            with suppress(OSError):
                os.close(file)


def _create(file: Path, path: Path) -> None:
    try:
        create_private(file)
    except OSError as error:
        raise CannotOpen(f"The journal '{path}' can't be written to: {_why(file, error)}.") from None


def _why(file: Path, error: OSError) -> str:
    if file.is_symlink():
        return f"'{file}' is a link: remove it"
    return error.strerror or str(error)
