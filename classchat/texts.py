"""What a text may hold, and how a stranger's text is made harmless to show."""

from __future__ import annotations

import json
import re
import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# The control characters (Unicode's Cc) but tab and newline, and the surrogates, which no UTF-8 can carry.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


_UNREADABLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""What can end a line, hide a part of it or turn it around: controls, formats, surrogates, separators."""


def harmless(text: str) -> str:
    """Replace control characters other than tab and newline, and lone surrogates, with U+FFFD."""
    return _UNSAFE.sub(REPLACEMENT, text)


def quoted(text: str, longest: int = 64) -> str:
    """Make what a client sent fit for a sentence: harmless, on one line, at most `longest` characters."""
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return harmless(text).replace("\n", REPLACEMENT).replace("\t", REPLACEMENT)


def one_line(text: str) -> str:
    """Return a text as a log may have it: on one line, with an escape for whatever could fool its reader."""
    if text.isprintable():
        return text
    return "".join(
        one.encode("unicode_escape").decode() if unicodedata.category(one) in _UNREADABLE else one
        for one in text
    )


def json_line(value: object) -> str:
    """Return a value in JSON, on one line, with an escape for whatever could fool its reader."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(json.dumps(one)[1:-1] if unicodedata.category(one) in _UNREADABLE else one for one in text)
