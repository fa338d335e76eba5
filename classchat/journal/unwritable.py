"""Reading a journal that can't be written to, for example on a read-only disk.

To read a file that another process may write to, SQLite must write next to it. Here no process writes, or its
`-shm` file shows what it does. If even that does not help, a temporary copy is read.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory


def connect(path: Path) -> sqlite3.Connection:
    """Open a journal that can't be written to.

    Raises:
        sqlite3.Error: it can't be read.
        OSError: it needs to be copied, and can't be.
    """
    log = Path(f"{path}-wal")
    if not log.exists() or not log.stat().st_size:
        return _connect(f"{path.as_uri()}?mode=ro&immutable=1")
    try:
        return _connect(f"{path.as_uri()}?mode=ro")
    except sqlite3.OperationalError:  # there is a log, but no file that says which part of it is valid
        return _copy_of(path, log)


class _Copy(sqlite3.Connection):
    """A connection to a copy that is deleted on close."""

    directory: TemporaryDirectory[str]

    def close(self) -> None:
        """Close the copy, and delete it. Harmless twice."""
        super().close()
        self.directory.cleanup()


def _copy_of(path: Path, log: Path) -> sqlite3.Connection:
    directory = TemporaryDirectory(prefix="classchat-")  # only this user may read it
    try:
        copy = Path(directory.name, "copy")
        shutil.copyfile(path, copy)
        shutil.copyfile(log, f"{copy}-wal")
        db = sqlite3.connect(copy, isolation_level=None, factory=_Copy)
    except BaseException:
        directory.cleanup()
        raise
    db.directory = directory
    return db


def _connect(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # this opens the file
        return db
    except BaseException:
        db.close()
        raise
