"""Which users are connected to which node, and the rooms that guests are in, for nodes that start.

Functions that write run inside the transaction of a batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from classchat.core.acts import Act, Gone, Location, NodeRemoved, Seat
from classchat.core.stored import StoredPresence
from classchat.journal.postgres import node_leases
from classchat.journal.postgres.postgres_connection import PostgresConnection

OF_NODES = (Location, Seat, Gone, NodeRemoved)


def remove_nodes(db: PostgresConnection, acts: Iterable[Act], time: int) -> bool:
    """Remove the nodes that acts name as dead; return whether all of them were."""
    return all(_remove(db, act.node, time) for act in acts if isinstance(act, NodeRemoved))


def _remove(db: PostgresConnection, node: str, time: int) -> bool:
    if not node_leases.remove(db, node):
        return False
    db.run(
        "UPDATE persons SET ended = %(time)s WHERE id IN (SELECT person FROM presences WHERE node = %(node)s)"
        " AND id NOT IN (SELECT person FROM presences WHERE node <> %(node)s)",
        {"time": time, "node": node},
    )
    db.run("DELETE FROM presences WHERE node = %s", (node,))
    db.run(  # also of guests who have left before, which could not be stored
        "DELETE FROM seats WHERE NOT EXISTS (SELECT 1 FROM presences"
        " WHERE presences.person = seats.person AND presences.visit = seats.visit)"
    )
    return True


def write(db: PostgresConnection, node: str, acts: Iterable[Act]) -> None:
    """Write what acts say about users of a node."""
    for act in acts:
        match act:
            case Location():
                _write_presence(db, node, act)
            case Seat():
                _write_seat(db, act)
            case Gone():
                for table in ("presences", "seats"):
                    db.run(
                        f"DELETE FROM {table} WHERE person = %s AND visit = %s",  # noqa: S608
                        (act.person, act.visit),
                    )
            case _:
                pass


def _write_presence(db: PostgresConnection, node: str, act: Location) -> None:
    if not act.clients:
        db.run("DELETE FROM presences WHERE node = %s AND person = %s", (node, act.person))
        return
    db.run(
        "INSERT INTO presences(node, person, visit, here) VALUES(%s, %s, %s, %s)"
        " ON CONFLICT(node, person) DO UPDATE SET visit = excluded.visit, here = excluded.here",
        (node, act.person, act.visit, msgspec.msgpack.encode(act)),
    )


def _write_seat(db: PostgresConnection, act: Seat) -> None:
    if not act.taken:
        db.run("DELETE FROM seats WHERE person = %s AND room = %s", (act.person, act.room))
        return
    db.run(
        "INSERT INTO seats(person, visit, room) VALUES(%s, %s, %s)"
        " ON CONFLICT(person, room) DO UPDATE SET visit = excluded.visit",
        (act.person, act.visit, act.room),
    )


def present(db: PostgresConnection, persons: Iterable[int]) -> Collection[int]:
    """Return which of some persons are connected to any node."""
    rows = db.run("SELECT DISTINCT person FROM presences WHERE person = ANY(%s)", (list(persons),))
    return {person for (person,) in rows}


def presences(db: PostgresConnection) -> Sequence[StoredPresence]:
    """Return the users of all nodes, in an order that does not change."""
    rows = db.run("SELECT node, here FROM presences ORDER BY node, person")
    return [StoredPresence(node, msgspec.msgpack.decode(here, type=Location)) for node, here in rows]


def seats(db: PostgresConnection) -> Sequence[Seat]:
    """Return the rooms that guests are in."""
    rows = db.run("SELECT person, visit, room FROM seats ORDER BY room, person")
    return [Seat(person, visit, room, taken=True) for person, visit, room in rows]
