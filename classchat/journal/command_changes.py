"""Changes of a journal by a command, with or without a running server.

Each change is one short transaction with a line in the audit log, by which a running server notices it (see
`elsewhere.py`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from classchat.core.acts import Audited
from classchat.core.journal_port import CannotOpen
from classchat.journal import tables
from classchat.journal.database import FAILURES
from classchat.journal.elsewhere import ACTOR
from classchat.journal.journal_places import database_to_change
from classchat.texts import one_line


class NotDone(Exception):
    """The request can't be carried out; the text says why."""


class CommandChanges:
    """A connection to an existing journal, for changes that do not need the server to stop."""

    def __init__(self, place: str, now: Callable[[], int]) -> None:
        """Open the journal; `now` is the time of day in milliseconds.

        Raises:
            CannotOpen: the journal does not exist, or can't be written to.
            DatabaseError: the database does not answer.
        """
        self._db, self._begin, self._announce = database_to_change(place)
        self._now = now

    def close(self) -> None:
        """Close the journal. Harmless twice."""
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Change something in one transaction, and announce it to a running server."""
        try:
            for statement in self._begin:
                self._db.execute(statement)
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._announce()

    def _record(self, action: str, target: str, detail: str) -> None:
        """Add a line to the audit log, within the transaction."""
        tables.write(self._db, [Audited(ACTOR, action, target=target, detail=detail)], self._now())


@contextmanager
def failures_of_commands(place: str) -> Iterator[None]:
    """End a command that fails.

    Raises:
        SystemExit: the command failed; the sentence says why.
    """
    try:
        yield
    except (CannotOpen, NotDone) as error:
        raise SystemExit(f"classchat: {one_line(str(error))}") from None
    except FAILURES as error:
        reason = "another program is writing to it, please try again" if is_busy(error) else error
        raise SystemExit(f"classchat: The journal '{place}' can't be read or written to: {reason}.") from None


def is_busy(error: Exception) -> bool:
    """Return whether an error means that another program was writing for too long."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
