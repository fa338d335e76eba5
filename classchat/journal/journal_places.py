"""Opens a journal for a command, wherever it is: in a file, or in a database, by its URL.

What is about PostgreSQL is imported only for a URL: psycopg is an extra of ClassChat.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from classchat.journal.database import Database
from classchat.journal.elsewhere import touch
from classchat.journal.opening import open_to_change, open_to_read
from classchat.journal.postgres.address import is_address
from classchat.journal.reader import Reader


class Changeable(NamedTuple):
    """A connection to an existing journal, for changes that do not need the server to stop."""

    db: Database
    begin: Sequence[str]
    """The statements that begin a transaction; until its end no other program writes."""

    announce: Callable[[], None]
    """Announces a committed change to a running server."""


def journal_reader(place: str) -> Reader:
    """Return a reader of an existing journal.

    Raises:
        CannotOpen: it does not exist, or can't be read.
        DatabaseError: the database does not answer.
    """
    if is_address(place):
        from classchat.journal.postgres.postgres_reader import PostgresReader

        return PostgresReader.at(place)
    return Reader(Path(place))


def database_to_read(place: str) -> Database:
    """Return a connection to an existing journal: all that it reads is of one moment.

    Raises:
        CannotOpen: the journal does not exist, or can't be read.
        DatabaseError: the database does not answer.
    """
    if is_address(place):
        from classchat.journal.postgres.postgres_outside import ReadingDatabase

        return ReadingDatabase(place)
    db = open_to_read(Path(place))
    db.execute("BEGIN")
    return db


def database_to_change(place: str) -> Changeable:
    """Return a connection to an existing journal that may change it.

    Raises:
        CannotOpen: the journal does not exist, or can't be changed.
        DatabaseError: the database does not answer.
    """
    if is_address(place):
        from classchat.journal.postgres.postgres_outside import BEGIN, connect_to_change

        return Changeable(connect_to_change(place), BEGIN, _nothing)
    path = Path(place)
    return Changeable(open_to_change(path), ("BEGIN IMMEDIATE",), partial(touch, path.resolve()))


def _nothing() -> None:
    """Announce nothing: the server looks for changes in the database once a second."""
