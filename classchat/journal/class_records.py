"""Reads what a journal's file has about the sessions of classes, for reports; never its table of secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.json import decode

from classchat.core.features.sessions import SessionRow
from classchat.core.model import room_log_key
from classchat.core.orders import GUEST
from classchat.core.stored import Tombstone
from classchat.journal import enrolment
from classchat.journal.journal_places import database_to_read
from classchat.names import user_key
from classchat.rosters.students import Enrolled

Values = Mapping[str, Any]
"""A row of the class layer."""


class SessionRecord(NamedTuple):
    """A session of a room."""

    room: str
    """The key of the room."""

    room_name: str
    id: int
    number: int
    title: str
    began: int
    """All times are in milliseconds."""

    ended: int
    """Now, if it is under way."""

    under_way: bool
    by: str


class Move(NamedTuple):
    """A user has joined or left a room, or the server was started."""

    time: int
    what: str
    """joined, left or started."""

    person: int
    name: str
    guest: bool
    last: int
    """Of a start: when the server before it has written last, which may have been killed."""

    student: bool = True
    """False for an operator, and for a guest that only shows the room on a screen."""


class Occurrence(NamedTuple):
    """What a room was told, or its staff."""

    time: int
    what: str
    to: str
    detail: Values


class SpokenLine(NamedTuple):
    """A message in a room."""

    time: int
    sender: str
    sender_key: str
    text: str


class ClassRecords:
    """A read-only connection to a journal's file."""

    def __init__(self, place: str, now: Callable[[], int]) -> None:
        """Open an existing journal.

        Raises:
            CannotOpen: the journal does not exist or can't be read.
            DatabaseError: the database does not answer.
        """
        self._db = database_to_read(place)
        self._now = now

    def close(self) -> None:
        """Close the journal. Harmless twice."""
        self._db.close()

    def sessions(self, room: str | None = None) -> list[SessionRecord]:
        """Return the sessions of a room, by its name, or of all rooms: by room, the oldest first."""
        names = dict(self._db.execute("SELECT key, name FROM conversations WHERE name IS NOT NULL"))
        rows = self._db.execute(
            "SELECT room, session, value FROM features"
            " WHERE kind = ? AND (CAST(?2 AS TEXT) IS NULL OR room = ?2) ORDER BY room, session",
            (SessionRow.kind, None if room is None else room_log_key(room)),
        )
        return [self._session(key, names.get(key, key), id, decode(value)) for key, id, value in rows]

    def _session(self, room: str, name: str, id: int, row: Values) -> SessionRecord:
        ended = row.get("ended")
        return SessionRecord(
            room,
            name,
            id,
            row["number"],
            row["title"],
            row["began"],
            self._now() if ended is None else ended,
            ended is None,
            row["by"],
        )

    def rows(self, session: SessionRecord, kind: str) -> Iterator[tuple[str, Values]]:
        """Yield the rows of a kind in a session with their keys, in the order in which they were written."""
        rows = self._db.execute(
            "SELECT key, value FROM features WHERE room = ? AND session = ? AND kind = ? ORDER BY id",
            (session.room, session.id, kind),
        )
        return ((key, decode(value)) for key, value in rows)

    def moves(self, room: str) -> Iterator[Move]:
        """Yield who has joined and left a room, by its key, and the starts of the server, oldest first."""
        rows = self._db.execute(
            "SELECT time, what, person, detail FROM happenings"
            " WHERE (room = ? AND what IN ('joined', 'left') AND person <> 0)"  # 0: the server
            " OR (room = '' AND what = 'started')"
            " ORDER BY time, id",
            (room,),
        )
        for time, what, person, detail in rows:
            value = decode(detail)
            name, guest, last = value.get("user", ""), value.get("guest", False), value.get("last", time)
            student = value.get("student", True)
            yield Move(time, what, person or 0, name, guest, last, student)

    def told(self, session: SessionRecord) -> Iterator[Occurrence]:
        """Yield what the room or its staff was told during a session, oldest first.

        What one student was told is their own affair, such as that a moderator knows who has asked
        a question.
        """
        rows = self._db.execute(
            "SELECT time, what, recipient, detail FROM happenings"
            " WHERE room = ?1 AND time <= ?3 AND recipient <> 'person'"
            " AND (time >= ?2 OR (time >= ?2 / 60000 * 60000 AND time % 60000 = 0))"  # to the minute
            " ORDER BY time, id",
            (session.room, session.began, session.ended),
        )
        return (Occurrence(time, what, to, decode(detail or "{}")) for time, what, to, detail in rows)

    def lines(self, room: str) -> Iterator[SpokenLine]:
        """Yield the messages of a room, by its key, oldest first."""
        rows = self._db.execute(
            "SELECT time, sender, sender_key, text, deleted_by FROM messages"
            " WHERE conversation = (SELECT id FROM conversations WHERE key = ?) ORDER BY seq",
            (room,),
        )
        for time, sender, key, text, by in rows:
            yield SpokenLine(time, sender, key, text if by is None else Tombstone(by, "").text)

    def roster(self) -> list[Enrolled]:
        """Return the students on the roster who have not left, by name."""
        return enrolment.roster(self._db, left=False)

    def accounts(self) -> dict[int, str]:
        """Return the names of all accounts by person."""
        return dict(self._db.execute("SELECT person, name FROM accounts"))

    def staff(self, room: str) -> frozenset[int]:
        """Return the persons who teach in a room, by its key, as it is now, or have begun a session there.

        The file names the operators of `--operator` only where they come in, see `Move.student`.
        """
        found = {person for (person,) in self._db.execute("SELECT person FROM accounts WHERE operator <> 0")}
        for (value,) in self._db.execute(
            "SELECT value FROM features WHERE room = ? AND kind = 'session'", (room,)
        ):
            began = self._db.execute(
                "SELECT person FROM accounts WHERE key = ?", (user_key(decode(value)["by"]),)
            )
            found |= {person for (person,) in began}
        for subject, person in self._db.execute(
            "SELECT subject, person FROM orders LEFT JOIN accounts ON accounts.key = subject"
            " WHERE room = ? AND what IN ('moderator', 'assistant')",
            (room,),
        ):
            if subject.startswith(GUEST):
                found.add(int(subject.removeprefix(GUEST)))
            elif person is not None:
                found.add(person)
        return frozenset(found)
