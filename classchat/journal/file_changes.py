"""Changes of a journal's file by a command, with or without a running server.

Each change is one short transaction with a line in the audit log, by which a running server notices it (see
`elsewhere.py`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from classchat.core.acts import Audited
from classchat.core.journal_port import CannotOpen
from classchat.journal import tables
from classchat.journal.elsewhere import ACTOR, touch
from classchat.journal.opening import open_to_change
from classchat.texts import one_line


class NotDone(Exception):
    """The request can't be carried out; the text says why."""


class FileChanges:
    """A connection to an existing journal, for changes that do not need the server to stop."""

    def __init__(self, path: Path, now: Callable[[], int]) -> None:
        """Open the file; `now` is the time of day in milliseconds.

        Raises:
            CannotOpen: the file does not exist, or can't be written to.
        """
        self._db = open_to_change(path)
        self._path = path.resolve()
        self._now = now

    def close(self) -> None:
        """Close the file. Harmless twice."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Change something in one transaction, and announce it to a running server."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        touch(self._path)

    def _record(self, action: str, target: str, detail: str) -> None:
        """Add a line to the audit log, within the transaction."""
        tables.write(self._db, [Audited(ACTOR, action, target=target, detail=detail)], self._now())


@contextmanager
def failures_of_commands(path: Path) -> Iterator[None]:
    """End a command that fails.

    Raises:
        SystemExit: the command failed; the sentence says why.
    """
    try:
        yield
    except (CannotOpen, NotDone) as error:
        raise SystemExit(f"classchat: {one_line(str(error))}") from None
    except sqlite3.Error as error:
        reason = "another program is writing to it, please try again" if is_busy(error) else error
        raise SystemExit(f"classchat: The journal '{path}' can't be read or written to: {reason}.") from None


def is_busy(error: sqlite3.Error) -> bool:
    """Return whether an error means that another program was writing for too long."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
