"""What another program changed about claimed names, beside a running server.

`classchat admin` writes each change with its line in the audit log, in one transaction, and touches the
server's lock file after that:

    touched    ->  the server sees it with one `stat`, and has its writer look before it goes on
    committed  ->  the writer sees the new line in its next transaction, before it delivers

So nothing that was committed after a change is delivered without it, also where the file was not touched.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from classchat import names
from classchat.core.stored import Ownership, StoredAccount
from classchat.journal import tables

ACTOR = "classchat admin"
"""Who the audit log says did it: with a space, it is no user's name."""


def touch(path: Path) -> None:
    """Show the server that writes to a journal that something was changed; never make a file.

    What can't be shown, the server notices with the next thing that it writes.
    """
    with suppress(OSError):
        now = time.time_ns()
        os.utime(f"{path}-lock", ns=(now, now), follow_symlinks=False)


def touched(path: Path) -> int:
    """Return what is another number after each `touch`; 0 if the lock file is gone."""
    try:
        return os.stat(f"{path}-lock", follow_symlinks=False).st_mtime_ns
    except OSError:
        return 0


class Lookout:
    """Finds what other programs have changed, on the connection that writes.

    It reads the number of the newest line of the audit log: that costs a batch a tenth of what
    `PRAGMA data_version` costs.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        """Take all that the file holds now as known."""
        self._db = db
        self._known = self._found = self._newest()

    def look(self) -> Sequence[Ownership]:
        """Return the names that were changed since `seen`, as they are now; inside a transaction or not."""
        found = self._found = self._newest()
        if found == self._known:
            return ()
        rows = self._db.execute(
            "SELECT DISTINCT target FROM audit WHERE id > ? AND id <= ? AND actor = ?",
            (self._known, found, ACTOR),
        ).fetchall()
        return [owned(self._db, names.user_key(name)) for (name,) in rows]

    def seen(self) -> None:
        """Look only for what is newer from now on: what was found was taken over."""
        self._known = self._found

    def _newest(self) -> int:
        """Return the number of the newest line, 0 if there is none. Lines are never deleted."""
        (line,) = self._db.execute("SELECT max(id) FROM audit").fetchone()
        return line or 0


def owned(db: sqlite3.Connection, key: str) -> Ownership:
    """Return whose a name is now, by its key."""
    row = tables.account(db, key)
    return Ownership(key, None if row is None else account(row))


def account(row: tables.AccountRow) -> StoredAccount:
    """Return a claimed name as the chat knows it."""
    return StoredAccount(row.key, row.name, row.person, row.ended, bool(row.operator), row.unheard)
