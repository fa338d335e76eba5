"""Erases a person from a journal: their name becomes `former student 12` everywhere.

No server may run on the journal. It has names and the state of classes in memory, and would write them again.

Afterwards no byte of a file has the name: the file is written again completely, because SQLite leaves what
was deleted in free pages. The tables of a database are written again as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from classchat.core.acts import Audited
from classchat.journal import tables
from classchat.journal.database import Database
from classchat.journal.elsewhere import ACTOR
from classchat.journal.opening import files_of
from classchat.journal.person_records import KnownPerson, is_name, mentions, name_pattern, subjects_of
from classchat.journal.sole_writer import SoleWriter, sole_writer

FORMER = "former student"
"""The words before the number. No user can take such a name, because of its spaces."""

ERASED = "[erased]"
"""What stands in place of a text."""

_ROOMS = ("room", "own")
"""The fields of rows that have the names of rooms."""

_PAGE = 1_000


class Erasure(NamedTuple):
    """What was erased, in numbers."""

    former: str
    """The name that stands in place of the person's."""

    sent: int
    received: int
    rows: int
    """Rows and lines of the transcript of classes."""

    audited: int
    """Lines of the audit log."""

    mentioned: int
    """Messages of other users that have the name in their texts: they stay."""


def erase(place: str, person: KnownPerson, now: int, *, texts: bool) -> Erasure:
    """Erase a person; with `texts`, what they have written as well.

    Raises:
        InUse: a server is running on the journal.
        CannotOpen: the journal can't be written to.
        DatabaseError: the database does not answer.
    """
    with closing(sole_writer(place)) as writer:
        with writer.transaction():
            erased = _erase(writer, person, now, texts=texts)
        writer.rewrite()
    return erased


def what_would_be_erased(db: Database, person: KnownPerson) -> Erasure:
    """Return the numbers, and change nothing."""
    sent, received = _counted(db, person)
    rows = sum(1 for _ in _rows_about(db, person))
    pattern = name_pattern(person)
    audited = sum(
        any(pattern.search(text) for text in (row.actor, row.target, row.detail))
        for row in tables.whole_audit(db)
    )
    return Erasure(_next_name(db), sent, received, rows, audited, _mentioned(db, person))


def copies_of(path: Path) -> list[Path]:
    """Return the copies of a journal, made before migrations, that still have all names."""
    return [file for file in files_of(path) if ".before-" in file.name]


def _erase(writer: SoleWriter, person: KnownPerson, now: int, *, texts: bool) -> Erasure:
    db = writer.db
    found = what_would_be_erased(db, person)
    _erase_rows(db, person, found.former, texts=texts)
    if texts:
        _erase_texts(writer, person)
        _erase_questions(db, person)
    _erase_messages(db, person, found.former)
    _erase_account(db, person, found.former)
    _erase_orders(db, person, found.former)
    _erase_audit(db, person, found.former)
    tables.write(db, [Audited(ACTOR, "person erase", target=found.former)], now)
    return found


def _next_name(db: Database) -> str:
    rows = db.execute("SELECT name FROM persons WHERE name LIKE ?", (f"{FORMER} %",))
    numbers = [int(number) for (name,) in rows if (number := name.removeprefix(f"{FORMER} ")).isdigit()]
    return f"{FORMER} {max(numbers, default=0) + 1}"


# Messages.


def _of_person(person: KnownPerson) -> tuple[str, str]:
    return json.dumps(sorted(person.keys)), json.dumps(sorted(person.numbers))


_SENT = "sender_key IN (SELECT value FROM json_each(?1))"
_RECEIVED = "to_person IN (SELECT CAST(value AS BIGINT) FROM json_each(?2))"


def _counted(db: Database, person: KnownPerson) -> tuple[int, int]:
    (sent,) = db.execute(f"SELECT count(*) FROM messages WHERE {_SENT}", _of_person(person)[:1]).fetchone()  # noqa: S608
    (received,) = db.execute(
        f"SELECT count(*) FROM messages WHERE {_RECEIVED}",  # noqa: S608
        _of_person(person),
    ).fetchone()
    return sent, received


def _mentioned(db: Database, person: KnownPerson) -> int:
    """Return how many messages of other users have one of the names in their texts."""
    pattern = name_pattern(person)
    return sum(
        pattern.search(text) is not None
        for (text,) in db.execute(
            f"SELECT text FROM messages WHERE NOT ({_SENT})",  # noqa: S608
            _of_person(person)[:1],
        )
    )


def _erase_messages(db: Database, person: KnownPerson, former: str) -> None:
    keys, numbers = _of_person(person)
    db.execute(f"UPDATE messages SET receiver = ?3 WHERE {_RECEIVED}", (keys, numbers, former))  # noqa: S608
    db.execute(
        f"UPDATE messages SET sender = ?2, sender_key = ?2, request = NULL, person = NULL WHERE {_SENT}",  # noqa: S608
        (keys, former),
    )
    gone = db.execute("SELECT id, deleted_by FROM messages WHERE deleted IS NOT NULL").fetchall()
    db.executemany(
        "UPDATE messages SET deleted_by = ? WHERE id = ?",
        [(former, id) for id, by in gone if person.is_meant(by)],
    )


def _erase_texts(writer: SoleWriter, person: KnownPerson) -> None:
    """Replace the texts of the person's messages, in the search index as well."""
    db = writer.db
    (indexed,) = db.execute("SELECT indexed FROM journal").fetchone()
    rows = db.execute(
        f"SELECT id, text FROM messages WHERE {_SENT} AND deleted IS NULL",  # noqa: S608
        _of_person(person)[:1],
    ).fetchall()
    for at in range(0, len(rows), _PAGE):
        page = rows[at : at + _PAGE]
        db.executemany("UPDATE messages SET text = ? WHERE id = ?", [(ERASED, id) for id, _ in page])
        writer.index_again([(id, text, ERASED) for id, text in page if id <= indexed])


# The person.


def _erase_account(db: Database, person: KnownPerson, former: str) -> None:
    """Delete the account, and keep a person without a name, whose number is part of other rows."""
    if person.student is not None:
        db.execute("DELETE FROM roster WHERE number = ?", (person.student.number,))
    for number in person.numbers:
        for table in ("tokens", "accounts", "former_names", "restrictions"):
            db.execute(f"DELETE FROM {table} WHERE person = ?", (number,))  # noqa: S608
        db.execute(
            "UPDATE persons SET name = ?, key = ?, token_hash = NULL WHERE id = ?", (former, former, number)
        )
    if not person.numbers:
        (lowest,) = db.execute("SELECT coalesce(min(id), 0) FROM persons").fetchone()
        db.execute("INSERT INTO persons VALUES(?, ?, ?, NULL, 0)", (min(lowest, 0) - 1, former, former))


def _erase_orders(db: Database, person: KnownPerson, former: str) -> None:
    """Delete what was decided about the person, and replace the name where they have decided."""
    for subject in subjects_of(person):
        db.execute("DELETE FROM orders WHERE subject = ?", (subject,))
        db.execute("DELETE FROM restrictions WHERE key = ?", (subject,))
        db.execute("DELETE FROM former_names WHERE key = ?", (subject,))
    for room, subject, what, value in db.execute(
        "SELECT room, subject, what, value FROM orders WHERE what IN ('topic_by', 'muted', 'banned')"
    ).fetchall():
        words = value.split(" ", 1 if what == "topic_by" else 2)
        if person.is_meant(words[-1]):
            db.execute(
                "UPDATE orders SET value = ? WHERE room = ? AND subject = ? AND what = ?",
                (" ".join([*words[:-1], former]), room, subject, what),
            )


def _erase_audit(db: Database, person: KnownPerson, former: str) -> None:
    pattern = name_pattern(person)
    for id, *texts in db.execute("SELECT id, actor, target, detail FROM audit").fetchall():
        replaced = [pattern.sub(former, text) for text in texts]
        if replaced != texts:
            db.execute("UPDATE audit SET actor = ?, target = ?, detail = ? WHERE id = ?", (*replaced, id))


# Classes.


class _ClassDocument(NamedTuple):
    """A JSON document about the person in one of the tables of the class layer."""

    table: str
    column: str
    id: int
    kind: str
    key: str
    value: Any


_DOCUMENTS = (
    ("features", "value", "SELECT id, kind, key, NULL, value FROM features WHERE kind <> 'answered'"),
    ("secrets", "value", "SELECT id, kind, key, NULL, value FROM secrets"),
    ("happenings", "detail", "SELECT id, what, '', person, detail FROM happenings WHERE detail <> ''"),
)


def _rows_about(db: Database, person: KnownPerson) -> Iterable[_ClassDocument]:
    for table, column, statement in _DOCUMENTS:
        for id, kind, key, number, text in db.execute(statement).fetchall():
            value = json.loads(text)
            if number in person.numbers or person.has_row(kind, key) or mentions(person, value):
                yield _ClassDocument(table, column, id, kind, key, value)


def _erase_rows(db: Database, person: KnownPerson, former: str, *, texts: bool) -> None:
    for one in _rows_about(db, person):
        value = _replaced(one.value, person, former)
        if texts and isinstance(value, dict):
            erased = {name: ERASED for name in _own_texts(person, one) if value.get(name)}
            value = {**value, **erased}
        _write(db, one.table, one.column, one.id, value)
    # Answers to requests are kept for a day, to answer repetitions; they are documents inside a document.
    db.execute("DELETE FROM features WHERE kind = 'answered'")


def _erase_questions(db: Database, person: KnownPerson) -> None:
    """Replace the texts of questions without a name while their authors are known: until the session ends."""
    for room, session, key, author in db.execute(
        "SELECT room, session, key, value FROM secrets WHERE kind = 'author'"
    ).fetchall():
        if not person.is_subject(json.loads(author).get("subject")):
            continue
        question = db.execute(
            "SELECT id, value FROM features WHERE room = ? AND session = ? AND kind = 'question' AND key = ?",
            (room, session, key),
        ).fetchone()
        if question is None:
            continue
        id, row = question[0], json.loads(question[1])
        told = db.execute("SELECT id, detail FROM happenings WHERE room = ? AND what = 'question'", (room,))
        for happening, text in told.fetchall():
            detail = json.loads(text)
            if (str(detail.get("number")), detail.get("text")) == (key, row["text"]):
                _write(db, "happenings", "detail", happening, {**detail, "text": ERASED})
        _write(db, "features", "value", id, {**row, "text": ERASED})


def _write(db: Database, table: str, column: str, id: int, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    db.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (text, id))  # noqa: S608


def _own_texts(person: KnownPerson, one: _ClassDocument) -> Iterable[str]:
    """Yield the fields of a document that have what the person has written."""
    by = any(person.is_meant(str(one.value.get(field, ""))) for field in ("by", "by_name"))
    if person.is_subject(one.value.get("subject")) or (
        person.has_row(one.kind, one.key)
        if one.table != "happenings"
        else person.is_meant(one.value.get("user") or "")
    ):
        yield from ("text", "topic")
    if by and one.kind == "poll":
        yield "text"
    if by:
        yield from ("answer", "title")


def _replaced(value: Any, person: KnownPerson, former: str, field: str = "") -> Any:
    """Return a document with another name in place of the person's."""
    match value:
        case str():
            return former if field not in _ROOMS and is_name(person, field, value) else value
        case list():
            return [_replaced(one, person, former, field) for one in value]
        case dict():
            return {name: _replaced(one, person, former, name) for name, one in value.items()}
        case _:
            return value
