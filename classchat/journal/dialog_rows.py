"""Reading persons, their private conversations, and what was said last in those and in rooms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from classchat.core.persons import MOST_PARTNERS
from classchat.journal.database import Database
from classchat.journal.latest import LatestRow
from classchat.journal.read_rows import DialogRow, PersonFound

MOST_LISTED = 10_000
"""Private conversations of one person that are looked at for a list of them."""


def person(db: Database, token_hash: bytes, key: str, since: int) -> PersonFound | None:
    """Return the person with this token and name, if they are connected or were since a time.

    The name may be a former one.
    """
    found = db.execute(
        "SELECT id, name, key FROM persons WHERE token_hash = ? AND (ended IS NULL OR ended >= ?)",
        (token_hash, since),
    ).fetchone()
    if found is None:
        return None
    (number, name, present) = found
    former = tuple(
        one
        for (one,) in db.execute("SELECT key FROM former_names WHERE person = ? ORDER BY rowid", (number,))
    )
    if key != present and key not in former:
        return None
    restrictions = db.execute("SELECT room, what, key FROM restrictions WHERE person = ?", (number,))
    partners = db.execute(
        "SELECT other FROM participants WHERE person = ? ORDER BY conversation DESC LIMIT ?",
        (number, MOST_PARTNERS),
    )
    return PersonFound(
        number, name, present, former, restrictions.fetchall(), [other for (other,) in partners]
    )


def dialogs(db: Database, person: int) -> list[DialogRow]:
    """Return a person's private conversations in the order in which they began."""
    rows = db.execute(
        "SELECT persons.key, last_seq, conversations.key FROM participants"
        " JOIN conversations ON conversations.id = conversation JOIN persons ON persons.id = other"
        " WHERE person = ? ORDER BY conversation",
        (person,),
    )
    return list(map(DialogRow._make, rows))


def last(db: Database, person: int, key: str) -> DialogRow | None:
    """Return a person's last private conversation with a user of a name.

    If there is none, the last one that has begun when another user had that name.
    """
    for named in (
        "persons.key = ?2",
        "EXISTS (SELECT 1 FROM former_names"
        " WHERE former_names.person = other AND former_names.key = ?2"
        " AND time >= conversations.created)",
    ):
        row = db.execute(
            "SELECT persons.key, last_seq, conversations.key FROM participants"  # noqa: S608 (constants)
            " JOIN conversations ON conversations.id = conversation JOIN persons ON persons.id = other"
            f" WHERE person = ?1 AND {named} ORDER BY conversation DESC LIMIT 1",
            (person, key),
        ).fetchone()
        if row is not None:
            return DialogRow._make(row)
    return None


def latest_in_rooms(db: Database, keys: Iterable[str]) -> Iterator[LatestRow]:
    """Yield the latest message of each room, by its key, unless it is deleted."""
    for key in keys:
        rows = db.execute(
            "SELECT name, NULL, seq, time FROM conversations"
            " JOIN messages ON conversation = conversations.id AND seq = last_seq WHERE key = ?",
            (key,),
        )
        yield from map(LatestRow._make, rows)


def latest_in_private(db: Database, person: int) -> Iterator[LatestRow]:
    """Yield the latest message of each private conversation of a person, unless it is deleted."""
    rows = db.execute(
        "SELECT persons.name, persons.key, seq, time FROM"
        " (SELECT conversation, other FROM participants WHERE person = ?"
        " ORDER BY conversation DESC LIMIT ?) AS mine"
        " JOIN conversations ON conversations.id = mine.conversation"
        " JOIN messages ON messages.conversation = conversations.id AND seq = last_seq"
        " JOIN persons ON persons.id = other",
        (person, MOST_LISTED),
    )
    return map(LatestRow._make, rows)


def former_names(db: Database, person: int) -> dict[str, list[str]]:
    """Return the former names of the others in a person's private conversations.

    They are keys, the newest last, by the key of the conversation.
    """
    found: dict[str, list[str]] = {}
    for conversation, key in db.execute(
        "SELECT conversations.key, former_names.key FROM former_names JOIN participants"
        " ON participants.person = ? AND participants.other = former_names.person"
        " JOIN conversations ON conversations.id = conversation ORDER BY former_names.rowid",
        (person,),
    ):
        found.setdefault(conversation, []).append(key)
    return found
