"""The nodes that use a journal, each with a lease that it renews.

    new     ->  alive   its row is written, in the transaction in which it reads what is stored
    alive   ->  alive   it renews its lease with each heartbeat
    alive   ->  dead    its lease ends: it hangs, is killed, cut off, or has been closed
    dead    ->  alive   it renews its lease before any other node has removed it
    dead    ->  gone    another node writes so (`NodeRemoved`), or one that starts and finds no other one

A node that is gone never comes back: it starts again, as another one. Besides its row each node holds an
advisory lock as long as its session lasts. So a server that was killed and starts again at once need not wait
for the end of its own lease.
"""

# ruff: noqa: S608 (all parts of these statements are ours)

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from classchat.journal.postgres.node_log import Expelled
from classchat.journal.postgres.postgres_connection import PostgresConnection
from classchat.journal.postgres.postgres_schema import LOCK
from classchat.journal.upkeep import JournalServer

LEASE = 6
"""Seconds for which a lease is renewed."""

BEAT = 2.0
"""Seconds between two heartbeats."""

_NODE_LOCK = LOCK + 2
"""The first number of the advisory lock of a node; the second is the hash of its id."""

_FRESH = 2.5
"""Seconds since a heartbeat for which a node without a session is alive: it may be connecting again."""

_LOCKS = f"""pg_locks WHERE locktype = 'advisory' AND granted AND classid::bigint = {_NODE_LOCK}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND objid::bigint = 4294967295 & hashtext"""
"""The sessions with the lock of a node, whose id follows in brackets."""

_FREE = f"NOT EXISTS (SELECT 1 FROM {_LOCKS}(id)::bigint)"

_ENDED = "lease < clock_timestamp()"

_DEAD = f"""{_ENDED} AND NOT EXISTS (SELECT 1 FROM pg_stat_activity
    WHERE state = 'active' AND pid IN (SELECT pid FROM {_LOCKS}(nodes.id)::bigint))"""
"""Whether a lease has ended, though the database does not hold up its node: a heartbeat waits for a batch."""

_STALE = f"lease < clock_timestamp() + interval '{LEASE - _FRESH} s'"
"""Whether the last heartbeat was longer ago than `_FRESH`."""

_RENEWED = f"clock_timestamp() + interval '{LEASE} s'"

_WAIT = f"""SELECT pg_sleep((SELECT max(extract(epoch FROM lease - clock_timestamp())) - {LEASE - _FRESH}
    FROM nodes WHERE {_FREE} AND NOT {_STALE}
    AND NOT EXISTS (SELECT 1 FROM nodes WHERE NOT {_ENDED} AND NOT {_FREE})))"""

_RENEW = f"""WITH before AS (SELECT {_ENDED} AS ended FROM nodes WHERE id = %(node)s)
    UPDATE nodes SET lease = {_RENEWED}, seen = %(seen)s FROM before WHERE id = %(node)s
    RETURNING before.ended"""


_END_STOPPED = f"""SELECT pg_terminate_backend(pid) FROM pg_stat_activity, nodes
    WHERE xact_start IS NOT NULL AND wait_event = 'ClientRead'
    AND state_change < clock_timestamp() - make_interval(secs => %s)
    AND pid IN (SELECT pid FROM {_LOCKS}(nodes.id)::bigint)"""

STOPPED = 3.0
"""Seconds without a word within a transaction after which a node is stopped, or its machine is gone."""


class OtherNodes(NamedTuple):
    """The other nodes, as a heartbeat finds them."""

    any: bool
    """Whether there are any, alive or dead."""

    dead: Sequence[str]
    late: bool
    """Whether the own lease had ended before it was renewed."""


def hold_lock(db: PostgresConnection, node: str) -> bool:
    """Take the lock of a node for this session; return whether no other session has it."""
    row = db.run(f"SELECT pg_try_advisory_lock({_NODE_LOCK}, hashtext(%s))", (node,)).fetchone()
    return row == (True,)


def end_session(db: PostgresConnection, node: str) -> None:
    """End the session that has the lock of a node."""
    db.run(f"SELECT pg_terminate_backend(pid) FROM {_LOCKS}(%s)::bigint", (node,))


def end_stopped(db: PostgresConnection) -> None:
    """End the sessions of nodes that say nothing within a transaction, on which the others wait.

    PostgreSQL's idle_in_transaction_session_timeout ends most of them, but measures nothing between the parts
    of what psycopg sends at once, as it does with many rows. A node that starts, and is not one yet, may take
    longer to read all that is stored.
    """
    db.run(_END_STOPPED, (STOPPED,))


def wait_for_killed(db: PostgresConnection) -> None:
    """Wait until each node without a session has come back or counts as dead, unless another is alive."""
    db.run(_WAIT)


def register(db: PostgresConnection, node: str, name: str) -> bool:
    """Add a node, inside a transaction that has locked the clock; return whether it is the only one.

    Then what dead ones have left is removed.
    """
    alive = living(db)
    if not alive:
        forget_all(db)
    db.run(
        "INSERT INTO nodes(id, name, lease, seen, started)"
        f" SELECT %s, %s, {_RENEWED}, batch, clock_timestamp() FROM clock",
        (node, name),
    )
    return not alive


def living(db: PostgresConnection) -> list[str]:
    """Return the hosts of all nodes that are alive, the oldest first."""
    rows = db.run(
        f"SELECT name FROM nodes WHERE NOT ({_DEAD}) AND NOT ({_FREE} AND {_STALE}) ORDER BY started"
    )
    return [name for (name,) in rows]


def listed(db: PostgresConnection) -> list[JournalServer]:
    """Return all nodes, the oldest first."""
    rows = db.run(
        "SELECT id, name, (extract(epoch FROM started) * 1000)::bigint,"
        " greatest(extract(epoch FROM lease - clock_timestamp()), -1e9)::float8 FROM nodes ORDER BY started"
    )
    return [JournalServer(*row) for row in rows.fetchall()]


def forget_all(db: PostgresConnection) -> None:
    """Remove all nodes, with all that they have written for each other except the log."""
    for table in ("nodes", "presences", "seats"):
        db.run(f"DELETE FROM {table}")


def renew(db: PostgresConnection, node: str, seen: int) -> OtherNodes:
    """Renew a lease, and record what its node has seen; return the state of all nodes.

    Raises:
        Expelled: the node is gone.
    """
    row = db.run(_RENEW, {"node": node, "seen": seen}).fetchone()
    if row is None:
        raise Expelled
    others = db.run(f"SELECT id, {_DEAD} FROM nodes WHERE id <> %s ORDER BY id", (node,)).fetchall()
    return OtherNodes(bool(others), [id for id, ended in others if ended], row[0])


def note_seen(db: PostgresConnection, node: str, seen: int) -> None:
    """Record what a node has seen, without renewing its lease."""
    db.run("UPDATE nodes SET seen = %s WHERE id = %s", (seen, node))


def end(db: PostgresConnection, node: str) -> None:
    """End a lease, so that the other nodes remove the node with their next heartbeats."""
    db.run("UPDATE nodes SET lease = clock_timestamp() - interval '1 h' WHERE id = %s", (node,))


def check(db: PostgresConnection, node: str) -> None:
    """Check that a node is not gone.

    Raises:
        Expelled: it is.
    """
    if db.run("SELECT 1 FROM nodes WHERE id = %s", (node,)).fetchone() is None:
        raise Expelled


def remove(db: PostgresConnection, node: str) -> bool:
    """Remove a node that is dead; return whether it was there, and had not renewed its lease."""
    return db.run(f"DELETE FROM nodes WHERE id = %s AND {_DEAD}", (node,)).rowcount == 1
