"""Texts as lines that fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from classchat.wire.irc.cutting import MOST_LINES, cut, pieces, split
from tests.tables import each_case

FAMILY = "👩‍👩‍👧‍👦"
TEXTS = st.lists(
    st.sampled_from(["a", "é", "e\u0301", " ", "  ", "\n", "word ", "🎉", FAMILY, "🇩🇪", "\u00a0", "x" * 50])
).map("".join)
SIZES = st.integers(32, 100)


@each_case(
    ("text", "lines"),
    [
        ("Hello", ["Hello"]),
        ("", []),
        (" \n\t\n\n", []),
        ("a\n\n b \n", ["a", " b "]),
        ("one two three", ["one two", "three"]),
        ("onetwothree", ["onetwothr", "ee"]),
        ("one twothreefour", ["one", "twothreef", "our"]),
        ("123456789 1", ["123456789", "1"]),
        ("1234567890", ["123456789", "0"]),
        (" onetwothree", [" onetwoth", "ree"]),
        ("one  two three", ["one  two", "three"]),
        ("ééééé", ["éééé", "é"]),
        ("xxxe\u0301e\u0301e\u0301", ["xxxe\u0301e\u0301", "e\u0301"]),
        ("xx🇩🇪x", ["xx", "🇩🇪x"]),
        ("a          b", ["a        ", " b"]),
    ],
)
def test_a_text_in_lines_of_nine_bytes(text: str, lines: list[str]) -> None:
    """A text is cut at newlines, then at spaces, then between characters; blank lines are left out."""
    assert lines == cut(text, 9)


def test_many_lines() -> None:
    """After so many lines the rest of a text is joined."""
    text = "\n".join(map(str, range(MOST_LINES + 1)))

    lines = cut(text, 400)
    assert [*map(str, range(MOST_LINES - 1)), "63 ⏎ 64"] == lines


def test_as_many_lines_as_there_may_be() -> None:
    """Blank lines do not count, and so many lines are not joined."""
    text = "\n\n".join(map(str, range(MOST_LINES)))

    assert [*map(str, range(MOST_LINES))] == cut(text, 400)


@given(TEXTS, SIZES)
def test_lines_fit(text: str, size: int) -> None:
    """No line has more bytes than fit, or is blank, or has a newline."""
    lines = cut(text, size)

    assert [] == [
        line for line in lines if len(line.encode()) > size or not line or line.isspace() or "\n" in line
    ]


@given(TEXTS, SIZES)
def test_nothing_is_lost(text: str, size: int) -> None:
    """All words of a text are in its lines, in their order, with nothing between them that was not there."""
    assert "".join(text.split()) == "".join("".join(cut(text, size)).split()).replace("⏎", "")


@given(TEXTS.filter(lambda text: "\n" not in text), SIZES)
def test_no_cut_inside_a_character(text: str, size: int) -> None:
    """A line is cut only between characters as a reader sees them."""
    whole = list(iter_graphemes(text))
    in_pieces = [cluster for piece in split(text, size) for cluster in iter_graphemes(piece)]

    assert whole == in_pieces


@given(st.text().filter(lambda text: "\n" not in text), SIZES)
def test_pieces_that_are_joined(text: str, size: int) -> None:
    """Pieces of any text fit; those of `split` are the text, those of `pieces` all of it but spaces."""
    parts, words = list(split(text, size)), list(pieces(text, size))

    assert text == "".join(parts)
    assert text.replace(" ", "") == "".join(words).replace(" ", "")
    assert [] == [piece for piece in (*parts, *words) if len(piece.encode()) > size]


def test_a_character_that_is_longer_than_a_line() -> None:
    """Any number of accents on one letter is cut all the same."""
    text = "e" + "\u0301" * 500

    assert text == "".join(cut(text, 100))
    assert max(len(line.encode()) for line in cut(text, 100)) <= 100


def test_a_space_with_a_mark_is_a_character() -> None:
    """A text is not cut at a space that has a mark on it, however many there are."""
    text = "ab cd \u0301ef"

    assert (["ab", "cd \u0301ef"], ["ab ", "cd \u0301ef"]) == (
        cut(text, 8),
        list(split(text, 8)),
    )
    assert all(not piece.startswith("\u0301") for piece in cut("a \u0301" * 400, 100))
