"""Families of letters that look alike, directly or over several steps: an index for similar names.

`I` looks like `l`, and `i` is its small letter, so these three are of one family, although `i` does not look
like `l`. Two names that look alike have letters of the same families. Two names of the same families may
still look different: they have to be compared.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache

from classchat.core.skeletons import CAPITALS_OF_NO_CASE, is_mark, likenesses, prototypes

_IOTA = "\N{COMBINING GREEK YPOGEGRAMMENI}"
"""The only mark that is a letter in capitals."""

_AMBIGUOUS = {"ßẞ": ("ss", "β"), "Ꞌꞌ": ("Ꞌ", ""), _IOTA: ("ι", "")}
"""Letters whose small letter and capital look like two texts that do not look like each other."""

_BESIDE = " '\N{ARABIC LETTER HIGH HAMZA}"
"""Characters that stand for a mark in one likeness of a letter, and follow the letter in another one."""

_OF_LETTERS = (
    "0bco6",
    "1il",
    "3e7",
    "5fs",
    "Aa",
    "Dd",
    "Gg",
    "Hhnv",
    "Jj",
    "Kk",
    "Pp",
    "Qq",
    "Rrtuyz",
    "Ww",
    "Xx",
)
_ASCII = {
    ord(letter): family[0] for family in _OF_LETTERS for letter in {*family.lower(), *family.upper()}
} | {ord("m"): "RH", ord("M"): "RH", ord("'"): "", ord(" "): ""}
_FIRST = {family[0] for family in _OF_LETTERS}
"""The families of the ASCII letters and digits: names in ASCII need no table."""


def families(name: str) -> set[str]:
    """Return the families of a name, as texts: names that look alike have one of these in common."""
    if name.isascii():
        return {name.translate(_ASCII)}
    found = {_bare(name)}
    for letters, likenesses_ in _AMBIGUOUS.items():
        for letter in letters:
            found = {one.replace(letter, like) for one in found for like in likenesses_}
    return {one.casefold().translate(_table()) for one in found}


def _bare(text: str) -> str:
    """Return the letters of a text without their marks."""
    return "".join(
        one
        for one in unicodedata.normalize("NFKD", text)
        if one == _IOTA or not (one in _BESIDE or is_mark(one))
    )


@cache
def _table() -> dict[int, str]:
    """Return the families by code point. That takes some hundredths of a second."""
    families = _Families()
    longer: list[tuple[str, str]] = []
    for letter in _compared().difference(*_AMBIGUOUS):
        for likeness in {*map(_bare, likenesses(letter)), *map(_bare, (letter.casefold(), letter.upper()))}:
            if len(likeness) == 1:
                families.join(letter, likeness)
            else:
                longer.append((letter, likeness))
    return families.table(longer)


def _compared() -> set[str]:
    """Return the letters that look like other letters, or that others look like."""
    table = prototypes()
    mine = {chr(code) for code in table}
    return {
        letter
        for letter in mine.union(*table.values(), "abcdefghijklmnopqrstuvwxyz", CAPITALS_OF_NO_CASE)
        if not is_mark(letter)
        and unicodedata.category(letter)[0] in "LMN"
        and unicodedata.normalize("NFKD", letter)[0] != " "  # a mark that is shown alone
    }


class _Families:
    """Letters joined to families, in a forest of disjoint sets."""

    def __init__(self) -> None:
        self._parents: dict[str, str] = {}

    def join(self, one: str, other: str) -> bool:
        """Make two families one; return whether they were two."""
        one, other = self.of(one), self.of(other)
        if one == other:
            return False
        if other in _FIRST or (one not in _FIRST and other < one):
            one, other = other, one
        self._parents[other] = one
        return True

    def of(self, letter: str) -> str:
        """Return the letter that represents the family of a letter."""
        while (parent := self._parents.get(letter)) is not None:
            letter = parent
        return letter

    def table(self, longer: Sequence[tuple[str, str]]) -> dict[int, str]:
        """Return the text that represents each letter: some look like several letters, or like none."""
        several: dict[str, str] = {}
        for letter, likeness in sorted(longer, key=lambda pair: pair[1] != ""):
            several.setdefault(self.of(letter), likeness)
        while True in {self._join_shortened(family, several) for family in list(several)}:
            several = {self.of(family): likeness for family, likeness in several.items()}
        every = {*self._parents, *self._parents.values(), *several}
        return {ord(one): self._expanded(one, several) for one in every}

    def _join_shortened(self, family: str, several: dict[str, str]) -> bool:
        """Join a family to that of the only letter that it looks like, where it is one letter."""
        expanded = self._expanded(family, several)
        if len(expanded) != 1 or self.of(expanded) == self.of(family):
            return False
        del several[family]
        return self.join(family, expanded)

    def _expanded(self, letter: str, several: dict[str, str], within: str = "") -> str:
        """Return the families of the letters that a letter looks like, which may include the letter."""
        family = self.of(letter)
        if family in within or family not in several:
            return family
        return "".join(self._expanded(one, several, within + family) for one in several[family])
