"""Paths in commands: `/send "my notes.pdf" CS350`, with quotation marks or a backslash before a blank."""

from __future__ import annotations

import re
from pathlib import Path

from classchat.client.commands.typed import CommandError, SendFile

_WORD = re.compile(r"""(?P<quote>["'])(?P<quoted>.*?)(?P=quote)|(?P<plain>(?:\\.|[^\s\\])+)""", re.DOTALL)

_ESCAPED = re.compile(r"\\(.)", re.DOTALL)

_SPECIAL = re.compile(r"""([\s"'\\])""")

_USAGE = "Usage: /send <file> [room|user]"


def read_send(text: str) -> SendFile:
    """Return the file, and the room or user, that are named after `/send`.

    Raises:
        CommandError: there is none, or more follows.
    """
    if text and Path(text).expanduser().is_file():  # pasted, or dropped on the terminal, as it is
        return SendFile(text)
    words = [_unquoted(match) for match in _WORD.finditer(text)]
    if not 1 <= len(words) <= 2:
        raise CommandError(f"{_USAGE} (a path with blanks stands in quotation marks)")
    return SendFile(words[0], words[1] if len(words) == 2 else "")


def _unquoted(match: re.Match[str]) -> str:
    return match["quoted"] if match["quote"] else unescaped(match["plain"])


def escaped(path: str) -> str:
    """Return a path as one word of a command."""
    return _SPECIAL.sub(r"\\\1", path)


def unescaped(word: str) -> str:
    """Return the path that a word stands for, which may end in the middle."""
    return _ESCAPED.sub(r"\1", word)
