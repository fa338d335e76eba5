"""The log that all nodes share: each batch in one row, as other nodes need it.

Its numbers are dense and rise in the order of commits, because each writer holds the row of `clock` when it
takes one. So a node that has read the rows up to a number has missed none before it.
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

_READ = f"""SELECT number, plain, lines FROM (
        SELECT *, sum(length(lines)) OVER (ORDER BY number) - length(lines) AS before FROM (
            SELECT * FROM log WHERE number > %s ORDER BY number LIMIT {_MOST_READ}) AS next) AS sizes
    WHERE before < {_MOST_BYTES} ORDER BY number"""  # noqa: S608

_ADD = """WITH added AS (
        INSERT INTO log(number, node, plain, lines)
        SELECT %(number)s, %(node)s, %(plain)s, %(lines)s
        WHERE EXISTS (SELECT 1 FROM nodes WHERE id = %(node)s) RETURNING 1),
    moved AS (
        UPDATE clock SET pos = %(pos)s, time = %(time)s, batch = %(number)s
        WHERE EXISTS (SELECT 1 FROM added) RETURNING 1)
    SELECT CASE WHEN (SELECT count(*) FROM nodes) > 1 THEN pg_notify(%(channel)s, %(node)s) END FROM moved"""

_PRUNE = """DELETE FROM log WHERE number IN (
    SELECT number FROM log
    WHERE number <= (SELECT min(seen) FROM nodes)
    ORDER BY number LIMIT %s FOR UPDATE SKIP LOCKED)"""


class LogRow(NamedTuple):
    """A batch of another node."""

    number: int
    plain: bool
    """Whether it has only messages, which change nothing that other nodes decide on."""

    lines: bytes


class LogPlace(NamedTuple):
    """The place of a new batch in the order of all."""

    number: int
    pos: int
    """The id of the newest message."""

    time: int
    """The time of the newest message or room, in milliseconds."""


class Expelled(DatabaseError):
    """Other nodes have removed this one: it can't write any more."""

    def __init__(self) -> None:
        super().__init__("other servers have taken this one for dead: it has to start again")


def read(db: PostgresConnection, after: int) -> Sequence[LogRow]:
    """Return the first rows with numbers above one, in order: see `may_be_more`.

    Raises:
        Expelled: rows are missing, which are kept for each node that is not removed.
    """
    rows = [LogRow(number, plain, bytes(lines)) for number, plain, lines in db.run(_READ, (after,))]
    if rows and rows[0].number != after + 1:
        raise Expelled
    return rows


def may_be_more(rows: Sequence[LogRow]) -> bool:
    """Return whether there may be more rows after those that were read."""
    return len(rows) == _MOST_READ or sum(len(row.lines) for row in rows) >= _MOST_BYTES


def add(
    db: PostgresConnection, node: str, channel: str, place: LogPlace, lines: bytes, *, plain: bool
) -> None:
    """Add a batch inside a transaction that has locked the clock, and move the clock.

    Raises:
        Expelled: the node is not one any more.
    """
    values = {
        "number": place.number,
        "pos": place.pos,
        "time": place.time,
        "node": node,
        "channel": channel,
        "plain": plain,
        "lines": lines,
    }
    if db.run(_ADD, values).fetchone() is None:
        raise Expelled


def is_written(db: PostgresConnection, node: str, number: int) -> bool:
    """Return whether a node has written the batch with a number."""
    return db.run("SELECT node FROM log WHERE number = %s", (number,)).fetchone() == (node,)


def prune(db: PostgresConnection, limit: int) -> int:
    """Delete the oldest rows that all nodes have seen, at most `limit`; return how many.

    None is kept for longer, because they have the texts of messages, and secrets of classes. A node has not
    seen its own batch before it knows that it is committed. Several nodes may delete at the same time.
    """
    return db.run(_PRUNE, (limit,)).rowcount
