"""What an entry changes besides the log, and is kept in one transaction with it.

Order is a set of rows (`Change`): the chat applies each when its entry is delivered, the journal keeps it,
and when a server starts it applies all that are kept again. So what was decided is the same on disk and in
memory, and nobody hears of a decision that is not kept.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

MOST_TOKENS = 32
"""Tokens of one account that are valid, one for each device. A further one replaces the oldest."""

What = Literal["topic", "private", "announce", "closed", "moderator", "invited", "member", "muted", "banned"]
"""What a row can be about."""


class Change(Struct, frozen=True):
    """One row of order that is new, or gone."""

    room: str
    """The key of the room."""

    subject: str
    """Whom it is about, see `core.accounts.subject_of`; `""` where it is the room itself."""

    what: What
    value: str | None
    """What the row says, None where it is gone. For `muted` and `banned`: until when, in milliseconds; `""`
    is for ever.
    """

    person: int | None = None
    """Who has the account that the row is about: it is written only while they still have that name."""


class PersonRecord(Struct, frozen=True):
    """A person whom a row is about, or who has an account: he has to be in the journal, too."""

    number: int
    name: str
    key: str
    token: bytes
    """The digest of the one that he holds as a guest."""


class Secured(Struct, frozen=True):
    """A name belongs to a person, who shows it with a password.

    As an act it fails where the name is somebody's already, or where the password was changed meanwhile.
    """

    key: str
    name: str
    person: int
    password: str
    """Its hash, in the form that names its own parameters: `$argon2id$...`."""

    replaces: str | None = None
    """The hash of the password before; None where the name is claimed."""


class Issued(Struct, frozen=True):
    """A person was given a token more: each of his devices has one."""

    person: int
    token: bytes
    """Its digest."""

    password: str | None = None
    """The hash that was compared for it: it fails where the account has another one by now."""


class Revoked(Struct, frozen=True):
    """No token of a person counts any more, but one."""

    person: int
    but: bytes


class Audited(Struct, frozen=True):
    """What was done by whom, for the operator's audit log. Never a text that somebody said, or a password."""

    actor: str
    action: str
    room: str = ""
    target: str = ""
    detail: str = ""


class Empowered(Struct, frozen=True):
    """Whoever does this is an operator: it fails where another program has changed that meanwhile."""

    person: int


Act = Change | PersonRecord | Secured | Issued | Revoked | Audited | Empowered
