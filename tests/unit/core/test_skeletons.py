"""Skeletons: texts that look alike have the same one."""

from __future__ import annotations

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from classchat.core.skeletons import prototypes, skeleton
from tests.tables import each_case

NAMES = st.text(st.characters(categories=["L", "M", "Nd"], include_characters="._-"), max_size=32)


@each_case(
    ("one", "other"),
    [
        ("аlice", "alice"),  # Cyrillic а
        ("alıce", "alice"),
        ("ali\u0307ce", "alice"),  # a second dot on the i
        ("alı\u0307ce", "alice"),
        ("li\u0323\u0307", "li\u0323"),
        ("Serνer", "Server"),
        ("ЅЕRVЕR", "SERVER"),
        ("Β", "B"),
        ("rn", "m"),
        ("Bi11", "Bill"),
        ("O", "0"),
        ("z\u0307", "z\u0358"),  # two code points for the same dot
        ("Zoe\u0308", "Zoë"),
        ("ס", "ο"),  # a table entry between direction marks
    ],
)
def test_what_looks_alike(one: str, other: str) -> None:
    """Two texts that look alike have one skeleton."""
    assert skeleton(one) == skeleton(other)


@each_case(
    ("one", "other"),
    [("Alice", "Alicia"), ("z\u0307", "z"), ("Zoë", "Zoe"), ("愛", "受"), ("5", "S")],
)
def test_what_does_not_look_alike(one: str, other: str) -> None:
    """Texts that can be told apart have different skeletons."""
    assert skeleton(one) != skeleton(other)


@given(NAMES)
@example("\u01c4")  # like D and Z with a caron, of which the caron is like a breve
@example("\u0272")
@example("\ufe81")
def test_a_skeleton_has_no_other(name: str) -> None:
    """The skeleton of a skeleton is itself: the table is closed."""
    once = skeleton(name)

    assert once == skeleton(once)


@given(NAMES, st.sampled_from(["NFC", "NFD"]))
def test_a_skeleton_does_not_depend_on_how_accents_are_typed(name: str, form: str) -> None:
    """A text has one skeleton, composed or not."""
    assert skeleton(name) == skeleton(unicodedata.normalize(form, name))


@each_case("character", [chr(code) for code in range(128) if chr(code).isalnum()] + [*"._-"])
def test_the_short_way_for_ascii_is_no_other_way(character: str) -> None:
    """The short way for ASCII gives the prototypes of the table."""
    assert prototypes().get(ord(character), character) == skeleton(character)


def test_the_table_is_unicodes() -> None:
    """The table has some thousand entries, each from one character to a final prototype."""
    table = prototypes()

    assert len(table) > 6000
    assert not {ord(character) for prototype in table.values() for character in prototype} & set(table)
