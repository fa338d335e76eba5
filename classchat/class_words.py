"""The words of a typed command of the class layer, which terminals and IRC clients share."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from classchat.texts import quoted

_LARGEST: Final = (1 << 31) - 1
"""The largest number of a question or a poll."""

_DURATION: Final = re.compile(r"(\d{1,8})([smhd])", re.ASCII | re.IGNORECASE)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Mistyped(Exception):
    """A typed command can't be read; the argument is the sentence that says why."""


class ClassWords(ABC):
    """The words after a command's name, taken from the first to the last."""

    def __init__(self, text: str, usage: str, begins: str) -> None:
        """Take the words of `text`; refusals name the `usage`, and how the command `begins`."""
        self._usage = usage
        self.begins = begins
        self.text = text.strip()

    @property
    def wrong(self) -> Mistyped:
        """The refusal that shows the usage."""
        return Mistyped(f"Usage: {self._usage}")

    @property
    def first(self) -> str:
        """The next word, which stays; "" if there is none."""
        return (self.text.split(None, 1) or [""])[0]

    @property
    def count(self) -> int:
        """The number of words that are left."""
        return len(self.text.split())

    def word(self) -> str:
        """Take the next word; "" if there is none."""
        first = self.first
        self.text = self.text[len(first) :].lstrip()
        return first

    def lower(self) -> str:
        """Take the next word in lower case."""
        return self.word().lower()

    def number(self, most: int = _LARGEST) -> int:
        """Take a number, from 1.

        Raises:
            Mistyped: it is missing, or something else.
        """
        word = self.word()
        if not word:
            raise self.wrong
        number = number_of(word)
        if number is None or number > most:
            raise Mistyped(f"'{quoted(word)}' is not a number from 1. Usage: {self._usage}")
        return number

    def seconds(self, least: int, most: int, written: str) -> int:
        """Take a duration; `written` says how it is written.

        Raises:
            Mistyped: it is none, too short or too long.
        """
        word = self.word()
        seconds = duration(word)
        if seconds is None or not least <= seconds <= most:
            raise Mistyped(f"'{quoted(word)}' is not a time: write {written}")
        return seconds

    def end(self) -> None:
        """Check that no words are left.

        Raises:
            Mistyped: there are some.
        """
        if self.text:
            raise self.wrong

    @abstractmethod
    def room(self, own: Callable[[str], bool]) -> str:
        """Take the room, or return the one that is meant without naming it.

        `own` says of a word that it is the command's, even if a room has that name.

        Raises:
            Mistyped: no room is named or meant.
        """

    @abstractmethod
    def room_unless(self, *words: str) -> str:
        """Take the room, unless the first word is one of these, a user, or a number."""

    @abstractmethod
    def room_before_text(self) -> str:
        """Take the room before a free text."""


def number_of(word: str) -> int | None:
    """Return the number that `7` or `#7` stands for; None if it is not a number."""
    digits = word.removeprefix("#")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 11):
        return None
    return int(digits) or None


def duration(word: str) -> int | None:
    """Return how many seconds a word such as `30m` stands for; None if it is no duration."""
    found = _DURATION.fullmatch(word)
    return int(found[1]) * _SECONDS[found[2].lower()] if found else None


def unadorned(name: str) -> str:
    """Return a user's name without the `@` that the prompt and Tab put before it; no name contains one."""
    return name.removeprefix("@") or name
