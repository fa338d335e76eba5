r"""Lines for IRC clients, of which no text of a stranger becomes more than a text.

    line("SERVER", "332", "Bob", "#CS350", "Exam on Monday")
    b":SERVER 332 Bob #CS350 :Exam on Monday\r\n"

Whatever the parameters hold, the result is one line with these parameters, and without any control character
but a tab. Messages, of which there are many, are rendered in irc_messages.py, by the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from classchat.texts import REPLACEMENT
from classchat.wire.irc.cutting import fitting

LONGEST: Final = 512
"""Bytes of a line that every client reads, its line end included and its tags not."""

_LONGEST_NAME: Final = 65
"""Characters of the longest name, that of a room and its `#`: no name is ever cut."""

_LONGEST_WORD: Final = 160
"""Bytes of a longer word that is left: a client gets back what it has sent, and it is no name."""

_LEAST: Final = 64
"""Bytes of a text that are left, however much the names around it take."""

_LINE_BREAKS: Final = re.compile("[\r\n\u2028\u2029]+")
"""Where a line ends: for clients that use `str.splitlines` also at the separators of Unicode."""

_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Those that end a line, formatting codes, and what no UTF-8 can carry."""

_TO_ESCAPE: Final = re.compile(r"[;\\ \r\n]")
_ESCAPES: Final = {";": r"\:", " ": r"\s", "\\": "\\\\", "\r": r"\r", "\n": r"\n"}


USER_NAME: Final = "~user"
"""The user name in every source: the address and the real user name of a client are told to no other."""


def source_of(name: str) -> str:
    """Return the source of what a user does; the host is the name as well, so a mask means one person."""
    return f"{name}!{USER_NAME}@{name}"


def line(source: str, command: str, *params: str, tags: Mapping[str, str] | None = None) -> bytes:
    """Return one line; the last parameter may be any text.

    A parameter before it is one word on the wire: what it cannot hold is left out, and nothing is `*`. What
    makes the line too long is cut, unless it is a name.
    """
    if not params:
        return _assembled(source, command, "", tags)
    *words, last = params
    middle, last = "".join(f" {word_of(word)}" for word in words), one_line_of(last)
    rendered = _assembled(source, command, f"{middle} {_as_last(last)}", tags)
    return rendered if len(rendered) <= LONGEST else _shortened(source, command, words, last, tags)


def _shortened(
    source: str, command: str, words: Sequence[str], last: str, tags: Mapping[str, str] | None
) -> bytes:
    """Return a line that may be too long, without its tags: its text is cut, and words that are no names."""
    middle = "".join(f" {_as_name(word_of(word))}" for word in words)
    around = len(_assembled(source, command, f"{middle} :", None))
    if len(last) > _LONGEST_NAME or " " in last:
        last = fitting(last, max(LONGEST - around, _LEAST))
    return _assembled(source, command, f"{middle} {_as_last(last)}", tags)


def _as_name(word: str) -> str:
    return word if len(word) <= _LONGEST_NAME else fitting(word, _LONGEST_WORD)


def one_line_of(text: str) -> str:
    """Return a text without line breaks, formatting codes and other control characters."""
    if text.isprintable():
        return text
    return _CONTROLS.sub(REPLACEMENT, _LINE_BREAKS.sub(" ", text))


def word_of(text: str) -> str:
    """Return a text as a parameter that is not the last one: up to its first space, and `*` for nothing."""
    if not text.isprintable():
        text = one_line_of(text).replace("\t", " ")
    return text.lstrip(" :").partition(" ")[0] or "*"


def tag_section(tags: Mapping[str, str]) -> str:
    """Return the tags of a line, with the space behind them; nothing for none."""
    if not tags:
        return ""
    return f"@{';'.join(f'{name}={_tag_value(value)}' if value else name for name, value in tags.items())} "


def _assembled(source: str, command: str, params: str, tags: Mapping[str, str] | None) -> bytes:
    section = tag_section(tags) if tags else ""
    who = f":{source} " if source else ""
    return f"{section}{who}{command}{params}\r\n".encode()


def _as_last(text: str) -> str:
    """Return the last parameter, with the colon that it needs."""
    return f":{text}" if not text or " " in text or text[0] == ":" else text


def _tag_value(value: str) -> str:
    """Return the value of a tag as it stands on the wire."""
    if value.isalnum():
        return value
    escaped = _TO_ESCAPE.sub(lambda found: _ESCAPES[found[0]], value)
    return escaped if escaped.isprintable() else _CONTROLS.sub(REPLACEMENT, escaped)
