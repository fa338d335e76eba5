"""Changes of registered names by another program, while a server is running.

`classchat admin` writes each change and its line of the audit log in one transaction, and then touches the
server's lock file:

    touched    ->  the server notices by one `stat`, and its writer looks before it continues
    committed  ->  the writer sees the new line in its next transaction, before it delivers

So no entry that is committed after a change is delivered without it, even if the file was not touched.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from classchat import names
from classchat.core.acts import ADMIN
from classchat.core.stored import Ownership, StoredAccount
from classchat.journal import tables
from classchat.journal.database import Database

ACTOR = ADMIN
"""The actor in the audit log."""


def touch(path: Path) -> None:
    """Announce a change to the server that writes to a journal; never create a file.

    If this fails, the server notices the change with its next write.
    """
    with suppress(OSError):
        now = time.time_ns()
        os.utime(f"{path}-lock", ns=(now, now), follow_symlinks=False)


def touched(path: Path) -> int:
    """Return a number that changes with each `touch`; 0 if the lock file is gone."""
    try:
        return os.stat(f"{path}-lock", follow_symlinks=False).st_mtime_ns
    except OSError:
        return 0


class Lookout:
    """Finds the changes of other programs, on the writing connection.

    It reads the number of the newest line in the audit log, which costs a tenth of `PRAGMA data_version` for
    each batch.
    """

    def __init__(self, db: Database) -> None:
        """Treat the current contents of the file as known."""
        self._db = db
        self._known = self._found = self._newest()

    def look(self) -> Sequence[Ownership]:
        """Return the current state of the names changed since `seen`; inside a transaction or not."""
        found = self._found = self._newest()
        if found == self._known:
            return ()
        rows = self._db.execute(
            "SELECT DISTINCT target FROM audit WHERE id > ? AND id <= ? AND actor = ?",
            (self._known, found, ACTOR),
        ).fetchall()
        return [owned(self._db, names.user_key(name)) for (name,) in rows]

    def seen(self) -> None:
        """Mark the found changes as applied: later looks return only newer ones."""
        self._known = self._found

    def _newest(self) -> int:
        """Return the number of the newest line, 0 if there is none. Lines are never deleted."""
        (line,) = self._db.execute("SELECT max(id) FROM audit").fetchone()
        return line or 0


def owned(db: Database, key: str) -> Ownership:
    """Return the current owner of a name, by its key."""
    row = tables.account(db, key)
    return Ownership(key, None if row is None else account(row))


def account(row: tables.AccountRow) -> StoredAccount:
    """Return an account in the form that the chat uses."""
    return StoredAccount(row.key, row.name, row.person, row.ended, bool(row.operator), row.unheard)
