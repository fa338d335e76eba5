"""Families of letters, by which similar names are found."""

from __future__ import annotations

import unicodedata

from classchat.core.families import families
from classchat.core.skeletons import is_mark, letters, likenesses, prototypes


def test_letters_that_look_alike_are_of_one_family() -> None:
    """Each letter of Unicode shares a family with all letters that look like it, in any case."""
    compared = {
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Lu", "Ll", "Lt")
    }
    compared |= {chr(code) for code in prototypes() if unicodedata.category(chr(code)) in ("Lm", "Lo", "Nd")}
    alone = [letter for letter in compared if len(list(letters(letter))) == 1]
    apart = [
        (letter, likeness)
        for letter in alone
        for likeness in likenesses(next(letters(letter)))
        if not families(letter) & families(likeness)
    ]

    assert {"\ufc4b", "\ufcd2"} == {
        letter for letter, _ in apart
    }  # ligatures, which the table maps to others


def test_the_short_way_for_ascii_is_no_other_way() -> None:
    """An ASCII letter has the same family next to letters of other scripts."""
    ascii_letters = [chr(code) for code in range(0x21, 0x7F) if chr(code).isalnum() or chr(code) in "._-'"]

    assert [] == [
        letter for letter in ascii_letters if families(f"{letter}王") != {f"{families(letter).pop()}王"}
    ]


def test_marks_that_look_like_letters() -> None:
    """A mark that looks like a letter, by the table, counts as a letter."""
    like_letters = [
        chr(code)
        for code, prototype in prototypes().items()
        if is_mark(chr(code)) and any(unicodedata.category(one)[0] != "M" for one in prototype)
    ]

    assert [] == like_letters
