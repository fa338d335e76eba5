"""Identities: what credentials have shown. `credentials.py` makes them, `presence.py` takes them."""

from __future__ import annotations

from dataclasses import dataclass, field

from classchat.core.model import Account
from classchat.core.persons import Person


@dataclass(frozen=True, slots=True)
class Guest:
    """A client with a guest's token."""

    name: str
    token: str
    person: Person | None
    """The person who got the token and has left since; None where the token is not known."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A client with the password of an account, or with the token of one of its devices."""

    account: Account
    token: str
    issued: float | None = None
    """When the token was issued, in seconds since 1970; None for a password."""

    password: str | None = field(default=None, repr=False)
    """The hash of the password that was given; None for a token."""


Identity = Guest | Owner
