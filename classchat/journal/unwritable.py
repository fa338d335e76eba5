"""Reading a journal that can't be written to, as on a read-only disk.

SQLite needs to write beside a file to read it while somebody else may write; here nobody does, or their
`-shm` shows what they do. Where even that does not help, a copy is read, which is gone afterwards.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory


def connect(path: Path) -> sqlite3.Connection:
    """Open a journal that must not be written to.

    Raises:
        sqlite3.Error: it can't be read.
        OSError: it can't be copied, where it has to be.
    """
    log = Path(f"{path}-wal")
    if not log.exists() or not log.stat().st_size:
        return _connect(f"{path.as_uri()}?mode=ro&immutable=1")
    try:
        return _connect(f"{path.as_uri()}?mode=ro")
    except sqlite3.OperationalError:  # there is a log, and nothing that says what of it counts
        return _copy_of(path, log)


class _Copy(sqlite3.Connection):
    """A connection to a copy that is deleted when the connection is closed."""

    directory: TemporaryDirectory[str]

    def close(self) -> None:
        """Close the copy, and delete it. Harmless twice."""
        super().close()
        self.directory.cleanup()


def _copy_of(path: Path, log: Path) -> sqlite3.Connection:
    directory = TemporaryDirectory(prefix="classchat-")  # which nobody else may read
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
        db.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # now it is opened
        return db
    except BaseException:
        db.close()
        raise
