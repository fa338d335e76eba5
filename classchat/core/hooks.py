"""Webhooks: programs that post into a room over HTTP, and addresses that are called on messages there.

What a program posts is said by an author with a name that no user can have: `Grafana[bot]`.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from msgspec import Struct

from classchat import names
from classchat.core.model import User
from classchat.core.persons import Person

MARK: Final = "[bot]"
"""The end of each author's name: no user's name has brackets."""

USUAL_NAME: Final = "Webhook"
"""The name of an author who has no other one."""

LONGEST_NAME: Final = 32

NOBODY: Final = 0
"""The number of the person behind what programs and the server itself say."""


class Hook(Struct, frozen=True):
    """One webhook of a room."""

    number: int
    """Its number for operators."""

    room: str
    """The key of the room."""

    name: str
    """The name of its author, without `MARK`."""

    url: str = ""
    """The URL that is called; "" where programs post to the server instead."""

    word: str = ""
    """The word at the beginning of the messages on which it is called."""

    secret: str = ""
    """The secret that signs the calls."""

    added: int = 0
    """When it was added, in milliseconds."""

    @property
    def is_outgoing(self) -> bool:
        """Whether it calls a program: programs do not post to it."""
        return bool(self.url)


def author(name: str) -> User:
    """Return the author of what a program says under this name, without `MARK`."""
    shown = name + MARK
    return User(shown, Person(shown, names.user_key(shown), b"", NOBODY))


def author_name(wanted: str, otherwise: str) -> str:
    """Return the part before `MARK` of the name that is wanted, as far as it can be a name; or the other one.

    What is not allowed in names becomes a hyphen: `GitHub Actions` is `GitHub-Actions`.
    """
    spelled = "".join(map(_spelled, unicodedata.normalize("NFC", wanted[: 4 * LONGEST_NAME])))
    words = "-".join(filter(None, spelled.split("-")))[:LONGEST_NAME].strip("-")
    shown = names.user_name(words, LONGEST_NAME)
    return otherwise if shown is None or names.reserved_for_users(shown) else shown


def _spelled(character: str) -> str:
    return character if character in "._" or unicodedata.category(character)[0] in "LMN" else "-"
