"""What a journal has about one person, under all names and numbers by which it knows them.

An account is one person. A guest is known by name only, so all guests of a name count as one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from classchat.core.orders import GUEST
from classchat.journal import enrolment, tables
from classchat.journal.database import Database
from classchat.journal.tables import AccountRow
from classchat.limits import Limits
from classchat.names import user_key
from classchat.rosters.roster_file import LONGEST_VALUE
from classchat.rosters.students import Enrolled, named
from classchat.texts import stamp

_LONGEST = 4 * Limits.user_name
"""Characters of the longest text that may be a user name."""

_NUMBERED = ("question", "poll", "author", "open_poll", "named_votes", "vote_ids", "earlier_groups")
"""The kinds of rows whose keys are numbers of something else than a person."""

_WORDS = ("kind", "state", "rule", "policy", "anonymous", "mark", "mode", "role")
"""The fields of rows that have words of ours, which may be names of persons as well."""

Fields = Mapping[str, object]


class SeveralPersons(Exception):
    """A name means several students; the text says which."""


class KnownPerson(NamedTuple):
    """The names and numbers of a person."""

    name: str
    """The name by which the person is shown."""

    keys: frozenset[str]
    """The keys of the user names that the person has or had."""

    names: frozenset[str]
    """All spellings of names that are in the file, the full name on the roster included."""

    numbers: frozenset[int]
    """The numbers of the person; a guest has one for each visit."""

    account: AccountRow | None
    student: Enrolled | None

    def is_meant(self, text: str) -> bool:
        """Return whether a text is one of the names."""
        return text in self.names or (len(text) <= _LONGEST and user_key(text) in self.keys)

    def is_subject(self, text: object) -> bool:
        """Return whether a text names the person as rows of the class layer do: by a number."""
        return isinstance(text, str) and text in self._subjects

    def has_row(self, kind: str, key: str) -> bool:
        """Return whether the key of a row of the class layer is the person's, alone or with more."""
        return kind not in _NUMBERED and any(map(self.is_subject, re.split("[: ]", key)))

    @property
    def _subjects(self) -> frozenset[str]:
        return frozenset(map(str, self.numbers))


def find_person(db: Database, name: str) -> KnownPerson | None:
    """Return the person of a name: a user name, or that of a student on the roster; None if there is none.

    Raises:
        SeveralPersons: several students have the name.
    """
    if len(name) > LONGEST_VALUE:
        return None
    account, student = tables.account(db, user_key(name)), None
    roster = enrolment.roster(db)
    if account is not None:
        student = next((one for one in roster if one.person == account.person), None)
    else:
        found = named(roster, name)
        if len(found) > 1:
            users = ", ".join(one.user for one in found)
            raise SeveralPersons(f"The roster has {len(found)} students called '{name}': use one of {users}.")
        student = found[0] if found else None
        if student is not None and student.person is not None:
            account = tables.account(db, user_key(student.user))
    user = (
        account.name if account is not None else student.user if student is not None else _as_shown(db, name)
    )
    person = _known(db, user, account, student)
    return person if person.numbers or person.student or _has_sent(db, person) else None


def _as_shown(db: Database, name: str) -> str:
    """Return the name of a guest as it was shown last."""
    found = db.execute(
        "SELECT name FROM persons WHERE key = ?1 UNION ALL SELECT sender FROM"
        " (SELECT sender FROM messages WHERE sender_key = ?1 ORDER BY id DESC LIMIT 1) AS last",
        (user_key(name),),
    ).fetchone()
    return name if found is None else str(found[0])


def _known(db: Database, user: str, account: AccountRow | None, student: Enrolled | None) -> KnownPerson:
    keys = {user_key(user)}
    numbers = {number for (number,) in db.execute("SELECT id FROM persons WHERE key = ?", (user_key(user),))}
    numbers |= {account.person} if account is not None else set()
    numbers |= _guests_in_rooms(db, user)
    for number in numbers:
        keys |= {key for (key,) in db.execute("SELECT key FROM former_names WHERE person = ?", (number,))}
    spellings = {user} | ({student.student.name} if student is not None else set())
    for key in keys:
        spellings |= {one for (one,) in db.execute("SELECT name FROM persons WHERE key = ?", (key,))}
        spellings |= {
            one for (one,) in db.execute("SELECT DISTINCT sender FROM messages WHERE sender_key = ?", (key,))
        }
    for number in numbers:
        spellings |= {
            one
            for (one,) in db.execute("SELECT DISTINCT receiver FROM messages WHERE to_person = ?", (number,))
        }
    return KnownPerson(user, frozenset(keys), frozenset(spellings), frozenset(numbers), account, student)


def _guests_in_rooms(db: Database, user: str) -> set[int]:
    """Return the numbers of guests of a name who were in rooms; the table of persons has few guests."""
    rows = db.execute(
        "SELECT DISTINCT person FROM happenings WHERE what IN ('joined', 'left')"
        " AND instr(lower(detail), ?) > 0 AND lower(json_extract(detail, '$.user')) = lower(?)",
        (user.lower() if user.isascii() else user, user),
    )
    return {number for (number,) in rows if number is not None}


def _has_sent(db: Database, person: KnownPerson) -> bool:
    return any(
        db.execute("SELECT 1 FROM messages WHERE sender_key = ? LIMIT 1", (key,)).fetchone()
        for key in person.keys
    )


# What is exported.


def about_account(person: KnownPerson) -> Fields | None:
    """Return the account; never the password's hash."""
    row = person.account
    if row is None:
        return None
    ended = None if row.ended is None else stamp(row.ended)
    return {"name": row.name, "registered": stamp(row.created), "operator": bool(row.operator), "seen": ended}


def about_student(person: KnownPerson) -> Fields | None:
    """Return what the roster has."""
    if person.student is None:
        return None
    one = person.student.student
    fields = {"name": one.name, "id": one.id, "login": one.login, "email": one.email, "section": one.section}
    return {**fields, "user": person.student.user, "left": person.student.left}


def messages_of(db: Database, person: KnownPerson) -> Iterator[Fields]:
    """Yield all messages that the person has sent, and the private ones that they have received."""
    rows = db.execute(
        """SELECT time, conversations.name, sender, receiver, text, deleted_by, deleted FROM messages
            JOIN conversations ON conversations.id = conversation
            WHERE sender_key IN (SELECT value FROM json_each(?1)) OR to_person IN
                (SELECT CAST(value AS BIGINT) FROM json_each(?2))
            ORDER BY messages.id""",
        (json.dumps(sorted(person.keys)), json.dumps(sorted(person.numbers))),
    )
    for time, room, sender, receiver, text, by, deleted in rows:
        gone = {} if deleted is None else {"by": by, "deleted": stamp(deleted)}
        yield {
            "time": stamp(time),
            "room": room,
            "sender": sender,
            "receiver": receiver,
            "text": text,
            **gone,
        }


def orders_about(db: Database, person: KnownPerson) -> Iterator[Fields]:
    """Yield memberships, roles, mutes and bans."""
    for subject in subjects_of(person):
        for room, what, value in db.execute(
            "SELECT room, what, value FROM orders WHERE subject = ? ORDER BY room, what", (subject,)
        ):
            yield {"room": room, "what": what, "value": value}


def subjects_of(person: KnownPerson) -> list[str]:
    """Return the subjects under which rooms' orders know the person."""
    return [*sorted(person.keys), *(f"{GUEST}{number}" for number in sorted(person.numbers))]


def happenings_of(db: Database, person: KnownPerson) -> Iterator[Fields]:
    """Yield what happened in rooms and was about the person."""
    rows = db.execute("SELECT room, time, what, person, detail FROM happenings ORDER BY id")
    for room, time, what, number, detail in rows:
        value = json.loads(detail or "null")
        if number in person.numbers or mentions(person, value):
            yield {"room": room, "time": stamp(time), "what": what, "detail": value}


def class_rows_of(db: Database, person: KnownPerson) -> Iterator[Fields]:
    """Yield the rows of classes that name the person; never those of the table of secrets."""
    for room, session, kind, key, value in db.execute(
        "SELECT room, session, kind, key, value FROM features ORDER BY id"
    ):
        document = json.loads(value)
        if person.has_row(kind, key) or mentions(person, document):
            began = stamp(session) if session else None
            yield {"room": room, "session": began, "kind": kind, "key": key, "value": document}


def audited_of(db: Database, person: KnownPerson) -> Iterator[Fields]:
    """Yield the lines of the audit log that name the person."""
    pattern = name_pattern(person)
    for row in tables.whole_audit(db):
        if any(pattern.search(text) for text in (row.actor, row.target, row.detail)):
            yield {**row._asdict(), "time": stamp(row.time)}


def mentions(person: KnownPerson, value: Any) -> bool:
    """Return whether a JSON document names the person, by name or as a subject."""
    return any(is_name(person, field, text) or person.is_subject(text) for field, text in _texts(value))


def is_name(person: KnownPerson, field: str, text: str) -> bool:
    """Return whether the text of a field is a name of the person, and not a word of ours."""
    return field not in _WORDS and person.is_meant(text)


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Yield all texts of a JSON document, each with its field."""
    match value:
        case str():
            yield field, value
        case list():
            for one in value:
                yield from _texts(one, field)
        case dict():
            for name, one in value.items():
                yield from _texts(one, name)


def name_pattern(person: KnownPerson) -> re.Pattern[str]:
    """Return what finds a name of the person among other words, in any case."""
    names = sorted(person.names | person.keys, key=len, reverse=True)
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, names))})(?![\w-])", re.IGNORECASE)
