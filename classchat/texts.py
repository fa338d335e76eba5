"""What a text may hold, and how a stranger's text is made harmless to show."""

from __future__ import annotations

import re

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# The control characters (Unicode's Cc) but tab and newline, and the surrogates, which no UTF-8 can carry.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


# What can end a line, hide a part of it or turn it around, wherever a log is read.
_UNREADABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


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
    return _UNREADABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
