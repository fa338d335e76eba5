"""Tables of options: each defines an option once, with its name, its reader and its help.

Parsing, help texts and the checks of the documentation use the same table.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from classchat import names
from classchat.limits import Limits
from classchat.texts import one_line, quoted

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5555
DEFAULT_JOURNAL = "classchat.sqlite"

_LONGEST_SHOWN = 80  # characters of a wrong value in its error
_UNDECODED = re.compile("[\udc80-\udcff]")  # bytes that are not characters of the locale: PEP 383


class Misuse(Exception):
    """A command line is wrong; the only argument is the sentence that says why, without a full stop."""


def shown(text: str) -> str:
    """Return typed text for use in a sentence: on one line, and shortened."""
    return one_line(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


# Readers of values: functions that raise ValueError with a sentence. Help shows their `doc`.


def some_text(text: str) -> str:
    """Return a value that may be any non-empty text."""
    if not text:
        raise ValueError("the value is empty")
    return text


def some_file(text: str) -> str:
    """Return a file's name in this system's encoding; any non-empty text is allowed."""
    if "\0" in some_text(text):
        raise ValueError("a file name can't contain a NUL character")
    return os.fsdecode(text.encode(errors="surrogateescape"))


def some_room(text: str) -> str:
    """Return the name of a room that can exist, as it is shown."""
    name = names.room_name(text, Limits.room_name)
    if name is None or names.is_reserved(name):
        raise ValueError(f"'{quoted(text)}' is not allowed as a room name")
    return name


def only(words: Sequence[str], what: str) -> str:
    """Return the only word of a command line; raise Misuse if there is another number of words, or none."""
    if len(words) != 1 or not words[0]:
        raise Misuse(f"Expected exactly one {what}")
    return words[0]


def as_typed(word: str) -> str:
    """Return a word of the command line, read as UTF-8 if the locale lacks its characters."""
    try:
        return word if is_utf8(word) else os.fsencode(word).decode()
    except UnicodeError:
        return word


def is_utf8(text: str) -> bool:
    """Return whether a text from the command line was valid UTF-8."""
    return _UNDECODED.search(text) is None


def between(least: int, most: int) -> Callable[[str], int]:
    """Return a function that reads a whole number from that range."""

    def read(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else least - 1
        if not least <= number <= most:
            raise ValueError(f"'{shown(text)}' is not a whole number from {least} to {most}")
        return number

    return read


def one_of(*words: str) -> Callable[[str], str]:
    """Return a function that reads one of these words."""
    named = f"{', '.join(words[:-1])} or {words[-1]}"

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"'{shown(text)}' is not one of these: {named}")
        return text

    return read


@dataclass(frozen=True)
class Option:
    """One option of a command: its name, its reader and its help."""

    name: str
    help: str
    value: str = ""
    """The placeholder for its value in help texts, such as PORT; "" makes the option a flag."""
    read: Callable[[str], Any] = some_text
    default: Any = None
    short: str = ""
    group: str = "Options"
    shown: str = ""
    """The default as help shows it, if it is not a value: `forever`."""
    repeatable: bool = False
    alone: str = ""
    """The value that it has where none follows; "" if one has to."""
    secret: bool = False
    """Whether its value is shown nowhere."""

    @property
    def long(self) -> str:
        """The option as it is typed: `--max-text`."""
        return f"--{self.name}"

    @property
    def is_number(self) -> bool:
        """Whether its value is a number."""
        return self.value in ("N", "PORT")

    @property
    def spellings(self) -> tuple[str, ...]:
        """All spellings of the option, the short one first."""
        return (f"-{self.short}", self.long) if self.short else (self.long,)

    @property
    def usual(self) -> str:
        """The default as help shows it; "" if there is none."""
        if self.shown or self.default is None:
            return self.shown
        return f"{self.default:g}" if isinstance(self.default, float) else f"{self.default}"

    def described(self, with_default: bool = True) -> str:
        """Return the help text, with the form of the value and the default in brackets."""
        notes = [
            getattr(self.read, "doc", ""),
            f"default: {self.usual}" if self.usual and with_default else "",
            "may be repeated" if self.repeatable else "",
        ]
        brackets = "; ".join(filter(None, notes))
        return f"{self.help} [{brackets}]" if brackets else self.help


JOURNAL_OPTION = Option("journal", "The server's journal", "FILE", some_file, DEFAULT_JOURNAL, "j")
"""The option of all commands that work on the journal."""


def by_group(options: Iterable[Option]) -> dict[str, list[Option]]:
    """Return a table of options by group; groups and options are in the table's order."""
    groups: dict[str, list[Option]] = {}
    for option in options:
        groups.setdefault(option.group, []).append(option)
    return groups
