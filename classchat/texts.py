"""Texts: allowed characters, safe display of a stranger's text, and words for numbers and times."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# The control characters (Unicode's Cc) but tab and newline, and the surrogates, which no UTF-8 can carry.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


_UNREADABLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories that can end, hide or reverse a part of a line: controls, formats, surrogates, separators."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def harmless(text: str) -> str:
    """Replace control characters other than tab and newline, and lone surrogates, with U+FFFD."""
    return _UNSAFE.sub(REPLACEMENT, text)


def quoted(text: str, longest: int = 64) -> str:
    """Return a client's text for use in a sentence: harmless, on one line, at most `longest` characters."""
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    if text.isprintable():
        return text
    return harmless(text).replace("\n", REPLACEMENT).replace("\t", REPLACEMENT)


def one_line(text: str) -> str:
    """Return a text for a log: on one line, with escapes for characters that could deceive its reader."""
    if text.isprintable():
        return text
    return "".join(
        one.encode("unicode_escape").decode() if unicodedata.category(one) in _UNREADABLE else one
        for one in text
    )


def json_line(value: object) -> str:
    """Return a value as JSON on one line, with escapes for characters that could deceive its reader."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(json.dumps(one)[1:-1] if unicodedata.category(one) in _UNREADABLE else one for one in text)


def stamp(milliseconds: int) -> str:
    """Return a time since 1970 as messages carry it: RFC 3339 in UTC with milliseconds."""
    time = _EPOCH + timedelta(milliseconds=milliseconds)
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def milliseconds(time: str) -> int:
    """Return a time that messages carry in milliseconds since 1970."""
    return round(datetime.fromisoformat(time).timestamp() * 1000)


def counted(number: int, what: str) -> str:
    """Return a number of things in words: "1 user", "2 users"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def lasting(seconds: int | None) -> str:
    """Return for how long something lasts, to follow other words: " for 30 minutes"; "" for ever."""
    if seconds is None:
        return ""
    size, unit = next(unit for unit in _UNITS if seconds % unit[0] == 0)
    return f" for {counted(seconds // size, unit)}"
