"""An unfinished copy of a journal in a file: it has another name until it is finished."""

from __future__ import annotations

import os
from pathlib import Path

from classchat.core.journal_port import CannotOpen
from classchat.journal.copying import Header, header_of
from classchat.journal.folding import VERSION
from classchat.journal.opening import open_to_write

_SUFFIX = ".unfinished"

_BESIDE = ("-wal", "-shm", "-lock")
"""The suffixes of the files that SQLite and the lock leave next to an unfinished copy."""


class FileTarget:
    """A copy in a file, see `copying.CopyTarget`."""

    def __init__(self, path: Path, header: Header) -> None:
        """Begin a copy, or continue one of the same journal.

        Raises:
            CannotOpen: the file exists, or can't be made, or another journal's copy is in its place.
        """
        self._path = path
        self._check_new()
        self._unfinished = path.with_name(path.name + _SUFFIX)
        self.db, self._lock = open_to_write(self._unfinished)
        try:
            self._begin(header)
        except BaseException:
            self.close()
            raise

    def _begin(self, header: Header) -> None:
        if header_of(self.db).epoch == header.epoch:
            return
        if self.db.execute("SELECT 1 FROM conversations UNION ALL SELECT 1 FROM persons").fetchone():
            raise CannotOpen(f"'{self._unfinished}' is the copy of another journal: delete it.")
        self.db.execute("UPDATE journal SET epoch = ?", (header.epoch,))

    def _check_new(self) -> None:
        if self._path.exists():
            raise CannotOpen(f"The file '{self._path}' exists: use the name of a new one.")

    def finish(self, header: Header) -> None:
        """Make it a journal that servers can use."""
        self.db.execute(
            "UPDATE journal SET created = ?, last_id = ?, indexed = ?, folding = ?",
            (header.created, header.last_id, header.last_id, VERSION),
        )
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.close()
        self._check_new()  # a server may have been started on it meanwhile
        os.replace(self._unfinished, self._path)
        for suffix in _BESIDE:
            self._unfinished.with_name(self._unfinished.name + suffix).unlink(missing_ok=True)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def close(self) -> None:
        """Close the file. Harmless twice."""
        self.db.close()
        self._lock.close()
