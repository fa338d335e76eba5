"""Who somebody is, whatever name he has: names belong to nobody, private conversations do.

Every welcome carries a token. Who signs in with it is the same person again, and may read what he was told;
who takes the name later, without it, is somebody else.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import sha256


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """Return what is kept of a token: enough to know it again, too little to use it."""
    return sha256(token.encode(errors="replace")).digest()


def dialog_log_key(one: int, other: int) -> str:
    """Return the key by which the journal finds the private conversation of two persons."""
    return f"{min(one, other)}:{max(one, other)}"


@dataclass(eq=False, slots=True)
class Dialog:
    """A private conversation of two persons, or of one with himself."""

    key: str
    """What the journal finds it by: the numbers of the two, `5:9`, the smaller one first."""

    last_seq: int = 0
    """The number of the last message that was committed."""


@dataclass(eq=False, slots=True)
class Person:
    """Who holds a token, under the name that he has it for."""

    name: str
    key: str
    """The name as names are compared."""

    token: bytes
    """The digest of it."""

    number: int
    """What the journal calls this person."""

    dialogs: dict[Person, Dialog] = field(default_factory=dict)
    """The private conversations that are in memory, by the other one."""

    def dialog_with(self, other: Person) -> Dialog:
        """Return the private conversation of the two."""
        dialog = self.dialogs.get(other)
        if dialog is None:
            key = dialog_log_key(self.number, other.number)
            dialog = self.dialogs[other] = other.dialogs[self] = Dialog(key)
        return dialog

    def forget(self) -> None:
        """Be in nobody's memory any more."""
        for other in self.dialogs:
            if other is not self:
                del other.dialogs[self]
        self.dialogs.clear()
