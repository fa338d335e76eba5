"""Acts: what an entry changes besides the log, stored in the same transaction.

What moderators decide is a set of rows (`Change`). The journal stores each row, the chat applies it when its
entry is delivered, and a server that starts applies all stored rows again. So a decision is the same on disk
and in memory, and no client is told of a decision that is not stored.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from classchat.rosters.students import Student

MOST_TOKENS = 32
"""Tokens of one account that are valid, one for each device. A further one replaces the oldest."""

What = Literal[
    "topic", "topic_by", "private", "announce", "closed", "moderator", "invited", "member", "muted", "banned"
]
"""The kinds of rows."""


class Change(Struct, frozen=True):
    """A row that a moderator has added or removed."""

    room: str
    """The key of the room."""

    subject: str
    """The user that the row is about, see `core.accounts.subject_of`; `""` for the room itself."""

    what: What
    value: str | None
    """The row's value; None where the row is removed. For `muted` and `banned`: see `core.restriction`.
    For `topic_by`: when that was, in milliseconds, and the user: `1763892000123 Alice`.
    """

    person: int | None = None
    """The owner of the account that the row is about: it is written only while they own that name."""


class PersonRecord(Struct, frozen=True):
    """A person whom the journal must know, because a row or an account refers to them."""

    number: int
    name: str
    key: str
    token: bytes
    """The digest of the token that the person has as a guest."""


class Secured(Struct, frozen=True):
    """A name has an owner and a password.

    As an act it fails where the name has an owner already, or where the password was changed meanwhile.
    """

    key: str
    name: str
    person: int
    password: str
    """The hash of the password, in the form that names its own parameters: `$argon2id$...`."""

    replaces: str | None = None
    """The hash of the password before; None where the name is claimed."""

    code: bytes | None = None
    """The digest of the join code that a claim uses up; it fails where that is not valid, or where the name
    is proposed to another student.
    """


class NameTaken(Struct, frozen=True):
    """A guest has taken another name: it fails where that is claimed.

    What was decided about the guest as a person gets the new name. Mutes and bans of the old name hold for
    the person as well, see `core.persons.Person.restrictions`.
    """

    person: int
    name: str
    key: str
    old_key: str


class Issued(Struct, frozen=True):
    """A person got a further token: each of their devices has one."""

    person: int
    token: bytes
    """The digest of the token."""

    password: str | None = None
    """The hash that the password was compared with: the act fails where it has changed."""


class Revoked(Struct, frozen=True):
    """All tokens of a person became invalid, except one."""

    person: int
    but: bytes


class Audited(Struct, frozen=True):
    """A line of the operator's audit log: who did what. Never the text of a message, or a password."""

    actor: str
    action: str
    room: str = ""
    target: str = ""
    detail: str = ""


class Enrolling(Struct, frozen=True):
    """A student gets a join code, and is added to the roster if they are not on it.

    As an act it fails where the user name is not free, or the student has an account or has left.
    """

    student: Student
    user: str
    """The user name that is proposed."""

    code: bytes
    """The digest of the code."""

    number: int | None = None
    """The number on the roster; None for a student who is added."""


class Empowered(Struct, frozen=True):
    """The acting user is an operator: the act fails where another program has changed that meanwhile."""

    person: int


Act = Enrolling | Change | PersonRecord | Secured | NameTaken | Issued | Revoked | Audited | Empowered
