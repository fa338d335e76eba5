"""Visibility of names: none may be blank, or differ from another one only in what can't be seen.

Most invisible characters are *Default_Ignorable* in Unicode, and precis-i18n has that table. The tables below
have the others: joiners of the Indic scripts, which only change the letter that follows (*Invisible_Stacker*
and *Number_Joiner* of `IndicSyllabicCategory.txt`), and the fillers, blanks and selectors of a few other
scripts. A mark is visible on a letter of its own script; on other letters most terminals do not show it.
"""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from precis_i18n.unicode import UnicodeData

MOST_MARKS = 8
"""Marks on one letter; more of them would cover the lines above."""

_JOINERS = frozenset(
    "\u1039\u17d2\u1a60\u1bab\u2d7f\uaaf6\U00010a3f\U00011133\U000113d0\U0001193e"
    "\U00011a47\U00011a99\U00011d45\U00011d97\U00011f42"
)
"""Joiners of two letters of their script, visible only by their effect."""

_UNSEEN = frozenset(
    "\U0001107f\U00016fe4\U0001bc9d\U0001bc9e\U00013440"  # number joiner, filler, selectors, mirror
    "\U00013441\U00013442"  # blanks, which count as letters
)

_DIACRITICS = ((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0xFE20, 0xFE2D))
"""The blocks of marks for all scripts."""

_JAMO = ((0x1100, 0x11FF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF))
"""Parts of Korean syllables: complete syllables are already composed, and other parts take no column."""


def is_visible(name: str) -> bool:
    """Return whether a composed name has only visible letters, digits and marks, and `.`, `_` and `-`."""
    base, marks = "", 0
    for at, character in enumerate(name):
        category = unicodedata.category(character)
        if category[0] == "M":
            marks += 1
            if not base or marks > MOST_MARKS or not _is_seen_on(character, base, name[at + 1 : at + 2]):
                return False
        elif category[0] == "L" or category == "Nd":
            base, marks = character, 0
            if not _is_seen(character):
                return False
        elif character in "._-":
            base = ""
        else:
            return False
    return True


@lru_cache(maxsize=4096)
def _is_seen(character: str) -> bool:
    """Return whether a letter or digit is visible on its own."""
    code = ord(character)
    return not (
        character in _UNSEEN
        or _is_within(code, _JAMO)
        or _unicode().default_ignorable(code)
        or unicodedata.normalize("NFKD", character)[0] == " "  # the standalone form of a mark
    )


def _is_seen_on(mark: str, base: str, following: str) -> bool:
    """Return whether a mark is visible on a letter or digit."""
    code = ord(mark)
    if mark in _UNSEEN or _unicode().default_ignorable(code):
        return False
    if _is_within(code, _DIACRITICS):
        return True
    if mark in _JOINERS and not (following.isalpha() and _shares_script(mark, following)):
        return False
    return _shares_script(mark, base)


def _shares_script(mark: str, letter: str) -> bool:
    """Return whether a mark and a letter share a script, by the first word of their Unicode names."""
    scripts = unicodedata.name(mark, "?").removeprefix("COMBINING ").split(" ", 1)[0].split("-")
    return unicodedata.name(letter, "").split(" ", 1)[0] in scripts


def _is_within(code: int, blocks: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in blocks)


@cache
def _unicode() -> UnicodeData:
    """Return the table of ignorable characters. Loaded on use: most servers never need it."""
    from precis_i18n.unicode import UnicodeData

    return UnicodeData()
