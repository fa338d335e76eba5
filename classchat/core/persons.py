"""Persons: the identity behind a name. Guests do not own names, but persons own private conversations.

Every welcome carries a token. A user who signs in with the token is the same person again, and may read the
messages to that person. A user who takes the name later without the token is another person.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from hashlib import sha256

from classchat.core.acts import What

MOST_FORMER = 16
"""Former names by which a person is found."""

MOST_PARTNERS = 1_000
"""Persons whose conversation with one person is not in memory, and who are told of a new name."""

_UNRESTRICTED: Mapping[tuple[str, What], Set[str]] = {}


def new_token() -> str:
    """Return a token that can't be guessed."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """Return what is stored of a token: enough to recognize it, too little to use it."""
    return sha256(token.encode(errors="replace")).digest()


def dialog_log_key(one: int, other: int) -> str:
    """Return the key by which the journal finds the private conversation of two persons."""
    return f"{min(one, other)}:{max(one, other)}"


@dataclass(eq=False, slots=True)
class Dialog:
    """A private conversation of two persons, or of a person with themselves."""

    key: str
    """The key by which the journal finds it: the numbers of both persons, as `5:9`, see `dialog_log_key`."""

    last_seq: int = 0
    """The number of the last message that was committed."""


@dataclass(eq=False, slots=True)
class Person:
    """The holder of a token, under the name that the token was issued for."""

    name: str
    key: str
    """The name as names are compared."""

    token: bytes
    """The digest of the token."""

    number: int
    """The number that the journal gives to this person."""

    former: tuple[str, ...] = ()
    """The keys of the names that this person had before, the newest last: a client may still use them."""

    restrictions: Mapping[tuple[str, What], Set[str]] = field(default_factory=lambda: _UNRESTRICTED)
    """The mutes and bans that this person, a guest, has kept when they took another name.

    By the key of the room, and `muted` or `banned`: the keys of the former names that this is decided about.
    """

    partners: set[int] | None = None
    """The persons of private conversations that are not in memory, by their numbers; None for nobody.

    Most persons have none, and an empty set takes 216 bytes.
    """

    dialogs: dict[Person, Dialog] = field(default_factory=dict)
    """The private conversations that are in memory, by the other person."""

    def dialog_with(self, other: Person) -> Dialog:
        """Return the private conversation with another person."""
        dialog = self.dialogs.get(other)
        if dialog is None:
            key = dialog_log_key(self.number, other.number)
            dialog = self.dialogs[other] = other.dialogs[self] = Dialog(key)
        return dialog

    def forget(self) -> None:
        """Remove this person's private conversations from memory."""
        for other in self.dialogs:
            if other is not self:
                del other.dialogs[self]
                if other.partners is None or len(other.partners) < MOST_PARTNERS:
                    other.add_partners([self.number])
        self.dialogs.clear()

    def take_name(self, name: str, key: str) -> None:
        """Take another name."""
        self.former = self.former_as(key)
        self.name, self.key = name, key

    def former_as(self, key: str) -> tuple[str, ...]:
        """Return the keys of the former names as soon as the person has the name with this key."""
        if key == self.key:
            return self.former
        return (*(known for known in self.former if known != self.key), self.key)[-MOST_FORMER:]

    def restrict(self, restrictions: Iterable[tuple[str, What, str]]) -> None:
        """Take over which mutes and bans this person has kept: room, what, and key of the former name."""
        self.restrictions = _UNRESTRICTED
        for room, what, key in restrictions:
            self.add_restriction(room, what, key)

    def add_restriction(self, room: str, what: What, key: str) -> None:
        """Keep a mute or a ban of a former name in a room, both by their keys."""
        keys = self.restrictions.get((room, what), frozenset())
        self.restrictions = {**self.restrictions, (room, what): keys | {key}}

    def add_partners(self, numbers: Iterable[int]) -> None:
        """Record persons of private conversations that are not in memory."""
        if self.partners is None:
            self.partners = set()
        self.partners.update(numbers)

    def all_partners(self) -> set[int]:
        """Return the persons with whom this person has private conversations, by their numbers."""
        return {other.number for other in self.dialogs} | (self.partners or set())
