"""The only connection to a journal, for a change that no server may see halfway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from classchat.journal import search, upkeep
from classchat.journal.database import Database
from classchat.journal.opening import open_to_read, open_to_write
from classchat.journal.postgres.address import is_address

Replaced = tuple[int, str, str]
"""A message's id, the text that the search index has of it, and the one that it gets."""


class SoleWriter(Protocol):
    """A connection while no server uses the journal."""

    @property
    def db(self) -> Database:
        """The connection."""

    def transaction(self) -> AbstractContextManager[None]:
        """Run the body as one transaction."""

    def index_again(self, replaced: Sequence[Replaced]) -> None:
        """Replace texts in the search index, within the transaction."""

    def rewrite(self) -> None:
        """Write the whole journal again, so that nothing is left of what was deleted."""

    def close(self) -> None:
        """Close the connection, and let a server begin. Harmless twice."""


def sole_writer(place: str) -> SoleWriter:
    """Return the only connection to a journal.

    Raises:
        InUse: a server is running on it.
        CannotOpen: it does not exist, is of another version, or can't be written to.
        DatabaseError: the database does not answer.
    """
    if is_address(place):
        from classchat.journal.postgres.postgres_sole_writer import DatabaseSoleWriter

        return DatabaseSoleWriter(place)
    return _FileSoleWriter(Path(place))


class _FileSoleWriter:
    def __init__(self, path: Path) -> None:
        open_to_read(path).close()  # to write, a file that does not exist would be created
        self.db, self._lock = open_to_write(path)
        self.db.execute("PRAGMA secure_delete = ON")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.db.execute("COMMIT")
        except BaseException:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    def index_again(self, replaced: Sequence[Replaced]) -> None:
        search.unindex(self.db, _first_texts(replaced))
        search.index(self.db, ((id, text) for id, _, text in replaced))

    def rewrite(self) -> None:
        upkeep.vacuum(self.db)

    def close(self) -> None:
        self.db.close()
        self._lock.close()


def _first_texts(replaced: Iterable[Replaced]) -> Iterator[tuple[int, str]]:
    return ((id, text) for id, text, _ in replaced)
