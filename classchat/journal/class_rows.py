"""The tables of the class layer: the rows of features, and what happened in rooms.

Functions that write run on the writing connection, inside its transactions; the others on any connection.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from classchat.core.acts import Act, Happened, RowChange, SessionOver
from classchat.core.features.rows import CurrentSession
from classchat.core.stored import StoredRow
from classchat.journal.database import Database

_MINUTE = 60_000


class RoomHappening(NamedTuple):
    """A user has joined or left a room."""

    room: str
    """The key of the room."""

    what: str
    person: int
    detail: str
    """JSON."""


def hold(db: Database, changes: Sequence[RowChange]) -> bool:
    """Return whether all rows are what changes replace."""
    return all(change.anyway or _value(db, change) == change.replaces for change in changes)


def _value(db: Database, change: RowChange) -> str | None:
    found = db.execute(
        f"SELECT value FROM {_table(change)} WHERE room = ? AND session = ? AND kind = ? AND key = ?",  # noqa: S608
        (change.room, change.session, change.kind, change.key),
    ).fetchone()
    return None if found is None else str(found[0])


def write(db: Database, change: RowChange) -> None:
    """Write a row, which is what the change replaces: see `hold`."""
    place = (change.room, change.session, change.kind, change.key)
    table = _table(change)
    if change.value == change.replaces:
        return
    if change.value is None:
        db.execute(f"DELETE FROM {table} WHERE room = ? AND session = ? AND kind = ? AND key = ?", place)  # noqa: S608
    elif change.replaces is None:
        db.execute(
            f"INSERT INTO {table}(id, room, session, kind, key, value)"
            f" VALUES({_id(table, hidden=change.unordered)}, ?, ?, ?, ?, ?)"
            " ON CONFLICT(room, session, kind, key) DO UPDATE SET id = excluded.id, value = excluded.value",
            (*place, change.value),
        )
    else:
        db.execute(
            f"UPDATE {table} SET value = ? WHERE room = ? AND session = ? AND kind = ? AND key = ?",  # noqa: S608
            (change.value, *place),
        )


def _table(change: RowChange) -> str:
    return "secrets" if change.secret else "features"


def _id(table: str, *, hidden: bool) -> str:
    """Return an expression for the id of a new row: the next one, or a random one before all others.

    Ids that follow each other would tell between which other rows a question was asked, and so when.
    """
    if hidden:
        return "-1 - abs(random() / 2)"
    return f"(SELECT coalesce(max(id), 0) FROM {table} WHERE id > 0) + 1"  # noqa: S608


def erases(acts: Iterable[Act]) -> bool:
    """Return whether acts delete secrets."""
    return any(
        isinstance(act, SessionOver) or (isinstance(act, RowChange) and act.secret and act.value is None)
        for act in acts
    )


def end_session(db: Database, over: SessionOver) -> None:
    """Delete the secrets of a session."""
    db.execute("DELETE FROM secrets WHERE room = ? AND session = ?", (over.room, over.session))


def rewrite_secrets(db: Database) -> None:
    """Write all secrets again, and overwrite the pages that they were on.

    When SQLite moves rows between pages it leaves copies behind, which deleting a row does not find.
    """
    rows = db.execute("SELECT * FROM secrets").fetchall()
    db.execute("DELETE FROM secrets")
    db.executemany("INSERT INTO secrets VALUES(?, ?, ?, ?, ?, ?)", rows)


def has_secrets(db: Database, room: str) -> bool:
    """Return whether there are secrets of a room."""
    return db.execute("SELECT 1 FROM secrets WHERE room = ? LIMIT 1", (room,)).fetchone() is not None


def forget_room(db: Database, room: str) -> None:
    """Delete the state of an earlier room with the same name; its sessions stay for exports."""
    db.execute("DELETE FROM features WHERE room = ? AND session = 0", (room,))
    db.execute(
        "DELETE FROM features WHERE room = '' AND kind = 'raised' AND json_extract(value, '$.room') = ?",
        (room,),
    )
    db.execute("DELETE FROM secrets WHERE room = ?", (room,))


def write_happened(db: Database, act: Happened, time: int) -> None:
    """Write a line of the transcript."""
    at = time - time % _MINUTE if act.minute else time
    _insert(db, [(act.room, at, act.what, act.to, act.person, act.detail)], hidden=act.minute)


def write_happenings(db: Database, happened: Iterable[RoomHappening], time: int) -> None:
    """Write who has joined and left rooms."""
    rows = [(one.room, time, one.what, "room", one.person, one.detail) for one in happened]
    if rows:
        _insert(db, rows)


def write_start(db: Database, time: int) -> None:
    """Record that a server starts, and when the one before it, which may have been killed, wrote last."""
    (last,) = db.execute(
        "SELECT max(time) FROM (SELECT coalesce((SELECT time FROM happenings ORDER BY id DESC LIMIT 1), 0)"
        " AS time UNION ALL SELECT coalesce((SELECT time FROM messages ORDER BY id DESC LIMIT 1), 0))"
        " AS newest"
    ).fetchone()
    detail = json.dumps({"last": last or time}, separators=(",", ":"))
    _insert(db, [("", time, "started", "nobody", None, detail)])


def _insert(
    db: Database,
    rows: Sequence[tuple[str, int, str, str, int | None, str]],
    *,
    hidden: bool = False,
) -> None:
    db.executemany(
        "INSERT INTO happenings(id, room, time, what, recipient, person, detail)"
        f" VALUES({_id('happenings', hidden=hidden)}, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def live_rows(db: Database) -> list[StoredRow]:
    """Return the state of all classes: the rows that outlive sessions, and those of sessions under way."""
    rows: list[StoredRow] = []
    for table in ("features", "secrets"):
        found = db.execute(
            f"""SELECT room, session, kind, key, value FROM {table} AS one
                WHERE session = 0 OR EXISTS (
                    SELECT 1 FROM features AS current
                    WHERE current.room = one.room AND current.session = 0 AND current.kind = ?
                    AND current.key = ''
                    AND CAST(json_extract(current.value, '$.session') AS BIGINT) = one.session)
                ORDER BY id""",  # noqa: S608
            (CurrentSession.kind,),
        )
        rows += map(StoredRow._make, found)
    return rows
