"""The log that all nodes share: each batch in one row, as other nodes need it; a node alone writes none.

Its numbers are dense and rise in the order of commits, because each writer holds the row of `clock` when it
takes one. So a node that has read the rows up to a number has missed none before it.

Each batch has a random mark, and names that of the batch before it. So a node notices when the database has
lost batches and got others in their places, as after a failover to a standby that was behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from classchat.journal.database import DatabaseError
from classchat.journal.postgres.postgres_connection import PostgresConnection

_MOST_READ = 50
"""Rows to read at a time."""

_MOST_BYTES = 1_000_000
"""Bytes after which no further row is read: two large ones are 1 MiB."""

_READ = f"""SELECT number, mark, previous, plain, lines FROM (
        SELECT *, sum(length(lines)) OVER (ORDER BY number) - length(lines) AS before FROM (
            SELECT * FROM log WHERE number > %s ORDER BY number LIMIT {_MOST_READ}) AS next) AS sizes
    WHERE before < {_MOST_BYTES} ORDER BY number"""  # noqa: S608

_ADD = """WITH known AS (SELECT count(*) > 1 AS several, bool_or(id = %(node)s) AS mine FROM nodes),
    added AS (
        INSERT INTO log(number, node, mark, previous, plain, lines)
        SELECT %(number)s, %(node)s, %(mark)s, %(previous)s, %(plain)s, %(lines)s
        FROM known WHERE mine AND several),
    moved AS (
        UPDATE clock SET pos = %(pos)s, time = %(time)s, batch = %(number)s, mark = %(mark)s
        FROM known WHERE mine RETURNING several)
    SELECT CASE WHEN several THEN pg_notify(%(channel)s, %(node)s) END FROM moved"""

_WRITTEN = """SELECT 1 FROM clock WHERE batch = %(number)s AND mark = %(mark)s
    UNION ALL SELECT 1 FROM log WHERE number = %(number)s AND mark = %(mark)s
    UNION ALL SELECT 1 FROM log WHERE number = %(number)s + 1 AND previous = %(mark)s"""

_PRUNE = """DELETE FROM log WHERE number IN (
    SELECT number FROM log
    WHERE number <= (SELECT min(seen) FROM nodes)
    ORDER BY number LIMIT %s FOR UPDATE SKIP LOCKED)"""


class LogRow(NamedTuple):
    """A batch of another node."""

    number: int
    mark: int
    previous: int
    """The mark of the batch before it."""

    plain: bool
    """Whether it has only messages, which change nothing that other nodes decide on."""

    lines: bytes


class LogPlace(NamedTuple):
    """The place of a batch in the order of all."""

    number: int
    mark: int
    pos: int
    """The id of the newest message."""

    time: int
    """The time of the newest message or room, in milliseconds."""


class Expelled(DatabaseError):
    """Other nodes have removed this one: it can't write any more."""

    def __init__(self) -> None:
        super().__init__("other servers have taken this one for dead: it has to start again")


class CommitsLost(Expelled):
    """The database has lost batches that were committed: all nodes have to start again."""

    def __init__(self) -> None:
        DatabaseError.__init__(self, "the database has lost what was saved in it: all servers start again")


def read(db: PostgresConnection, after: int, mark: int) -> Sequence[LogRow]:
    """Return the first rows with numbers above one, in order: see `may_be_more`.

    `mark` is that of the last batch before them.

    Raises:
        Expelled: rows are missing, which are kept for each node that is not removed.
        CommitsLost: the batch before them is another one.
    """
    rows = [LogRow._make(row)._replace(lines=bytes(row[-1])) for row in db.run(_READ, (after,))]
    if rows and rows[0].number != after + 1:
        raise Expelled
    if rows and rows[0].previous != mark:
        raise CommitsLost
    return rows


def check(place: LogPlace, number: int, mark: int) -> None:
    """Check that the batch with a number is still there, where `place` is that of the last one.

    Raises:
        CommitsLost: it is not.
    """
    if place.number < number or (place.number == number and place.mark != mark):
        raise CommitsLost


def may_be_more(rows: Sequence[LogRow]) -> bool:
    """Return whether there may be more rows after those that were read."""
    return len(rows) == _MOST_READ or sum(len(row.lines) for row in rows) >= _MOST_BYTES


class SharedRow(NamedTuple):
    """A batch that is written, with its place."""

    place: LogPlace
    previous: int
    lines: bytes
    plain: bool


def add(db: PostgresConnection, node: str, channel: str, row: SharedRow) -> None:
    """Add a batch, if there are other nodes, and move the clock, which is locked.

    Raises:
        Expelled: the node is not one any more.
    """
    values = {
        **row.place._asdict(),
        "previous": row.previous,
        "node": node,
        "channel": channel,
        "plain": row.plain,
        "lines": row.lines,
    }
    if db.run(_ADD, values).fetchone() is None:
        raise Expelled


def is_written(db: PostgresConnection, place: LogPlace) -> bool:
    """Return whether a batch is in its place."""
    return db.run(_WRITTEN, place._asdict()).fetchone() is not None


def prune(db: PostgresConnection, limit: int) -> int:
    """Delete the oldest rows that all nodes have seen, at most `limit`; return how many.

    None is kept for longer, because they have the texts of messages, and secrets of classes. A node has not
    seen its own batch before it knows that it is committed. Several nodes may delete at the same time.
    """
    return db.run(_PRUNE, (limit,)).rowcount
