"""Skeletons of texts, which say what they look like: Unicode Technical Standard #39.

Two texts that look alike have the same skeleton: that of `аlice` with a Cyrillic а is that of `alice`. A
skeleton is for comparing, and is never shown.

The table is that of confusable-homoglyphs, which has Unicode's `confusables.txt` as pairs of what can be
confused, in both directions. Which of a pair is the prototype can be told from it, for a character has one
prototype, and a prototype has none: what has several likenesses, or is a sequence, is the prototype of what
has only this one. Of two characters that have only each other either may be it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

import msgspec

_ASCII = str.maketrans({"0": "O", "1": "l", "I": "l", "m": "rn"})
"""The table, as far as it is about the ASCII letters, digits, `.`, `_` and `-`."""

_LEFT_TO_RIGHT_MARK = "\N{LEFT-TO-RIGHT MARK}"  # which the package has around letters of the other direction

_DOTTED = re.compile("([ij][\u0316-\u0333]*)\N{COMBINING DOT ABOVE}")
"""A letter that has a dot of its own, marks below it, and the same dot once more."""

_LIKE_LETTERS = (
    "\u0903\u0a83\u0b03\u0bbe\u0bc8\u0bca\u0bcb\u0bcc\u0bd7\u0c02\u0c82\u0d02\u0d82"
    "\U00016f51\U00016f52\U0001d16d"
)
"""The marks that stand next to a letter and look like a letter, by the table."""


_SMALL_CAPITALS = {
    code: name[-1].lower()
    for code in (*range(0x250, 0x2B0), *range(0x1D00, 0x1D26), *range(0xA730, 0xA7FF))
    if re.fullmatch("LATIN LETTER SMALL CAPITAL [A-Z]", name := unicodedata.name(chr(code), ""))
}
"""Letters that look like capitals, and are small letters without a capital to Unicode."""

CAPITALS_OF_NO_CASE = frozenset(map(chr, _SMALL_CAPITALS))


class _Likeness(msgspec.Struct):
    """A row of the table: what a character can be confused with. Other fields are not read."""

    c: str


def skeleton(text: str) -> str:
    """Return what a text has in common with all texts that look like it.

    Only for texts of bounded length. Invisible characters are not left out, because no name has any.
    """
    if text.isascii():
        return text.translate(_ASCII)
    likeness = unicodedata.normalize("NFD", text).translate(prototypes())
    return _DOTTED.sub(r"\1", unicodedata.normalize("NFD", likeness))


@lru_cache(maxsize=4096)
def likenesses(letter: str) -> frozenset[str]:
    """Return the skeletons of a letter with its marks, in whatever case.

    A Greek `Β` looks like `B`, and its small letter `β` like no `b`; `I` looks like `l`, and `i` does not:
    so each has several.
    """
    return frozenset(map(skeleton, _spellings(letter)))


def letters(text: str) -> Iterator[str]:
    """Yield the letters of a text, decomposed, each with its marks.

    Each mark stands once, in a fixed order: a mark twice, or two marks in another order, look the same.
    """
    base, marks = "", set[str]()
    for character in unicodedata.normalize("NFD", text):
        if base and is_mark(character):
            marks.add(character)
            continue
        if base:
            yield base + "".join(sorted(marks))
        base, marks = character, set()
    if base:
        yield base + "".join(sorted(marks))


def is_mark(character: str) -> bool:
    """Return whether a character is a mark on a letter."""
    return unicodedata.category(character)[0] == "M" and character not in _LIKE_LETTERS


def _spellings(letter: str) -> set[str]:
    """Return a letter in every case, also of what it is a variant of, such as a mathematical letter."""
    found = {letter, unicodedata.normalize("NFKD", letter), letter.translate(_SMALL_CAPITALS)}
    for one in list(found):
        small = one.casefold()
        found |= {one.lower(), one.upper(), small, small.upper(), one.upper().casefold()}
    return found


@cache
def prototypes() -> dict[int, str]:
    """Return the table: by code point, what a character is like. It takes some hundredths of a second."""
    source = files("confusable_homoglyphs") / "confusables.json"
    only: dict[str, str | None] = {}  # what each can be confused with; None where that is more than one
    pairs = msgspec.json.Decoder(list[_Likeness])
    for marked, raw in msgspec.json.decode(source.read_bytes(), type=dict[str, msgspec.Raw]).items():
        one = marked.replace(_LEFT_TO_RIGHT_MARK, "")
        for pair in pairs.decode(raw):
            other = pair.c.replace(_LEFT_TO_RIGHT_MARK, "")
            only[one] = other if only.get(one, other) == other else None
    table = {
        one: like
        for one, like in only.items()
        if len(one) == 1 and like is not None and _is_prototype(like, one, only[like] is None)
    }
    resolved = {one: _resolved(table, other) for one, other in table.items()}
    return {ord(one): like for one, like in resolved.items() if like != one}


def _is_prototype(other: str, one: str, of_several: bool) -> bool:
    return len(other) > 1 or of_several or other < one


def _resolved(table: dict[str, str], text: str) -> str:
    """Return a prototype, decomposed, of which no part has one.

    Where two have only each other, a part may.
    """
    text = unicodedata.normalize("NFD", text)
    while (mapped := _looked_up(table, text)) != text:
        text = mapped
    return text


def _looked_up(table: dict[str, str], text: str) -> str:
    return unicodedata.normalize("NFD", "".join(table.get(character, character) for character in text))
