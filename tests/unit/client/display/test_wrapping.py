"""Line wrapping between words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from classchat.client.display.wrapping import wrapped, wrapped_pieces
from tests.tables import each_case


@each_case(
    ("text", "rows"),
    [
        ("one two three", ["one two three"]),
        ("one two three four five", ["one two three four", "    five"]),
        ("one two three fours five", ["one two three fours", "    five"]),
        ("one two three four56 7", ["one two three four56", "    7"]),
        ("one   two   three   four   five", ["one   two   three", "    four   five"]),
        ("  two spaces in front of this", ["  two spaces in", "    front of this"]),
        (
            "see https://example.org/a/long/path now",
            ["see", "    https://example.", "    org/a/long/path", "    now"],
        ),
        ("[CS350 - Bob] " + "x" * 30, ["[CS350 - Bob]", "    " + "x" * 16, "    " + "x" * 14]),
        ("x" * 45, ["x" * 20, "    " + "x" * 16, "    " + "x" * 9]),
        ("one two\nthree four five six seven", ["one two", "three four five six", "    seven"]),
        ("大家好，今天的课在三楼。", ["大家好，今天的课在三", "    楼。"]),
        ("a 大家好今天的课在三。", ["a 大家好今天的课在", "    三。"]),
        (
            "0123456789012345 e\u0301e\u0301e\u0301e\u0301",
            ["0123456789012345", "    e\u0301e\u0301e\u0301e\u0301"],
        ),
        ("", [""]),
        ("word " * 5, ["word word word word", "    word"]),
    ],
)
def test_rows(text: str, rows: list[str]) -> None:
    """Words stay whole, further rows are indented, and what fits in no row is cut."""
    assert rows == wrapped(text, 20).split("\n")


def test_nothing_looks_like_a_line_of_ours() -> None:
    """No text can begin in the first column of a further row."""
    rows = [wrapped(f"[CS350 - Bob] {'x' * n} [SUCCESS] Welcome", 40).split("\n") for n in range(80)]

    assert all(row.startswith("    ") for _, *more in rows for row in more)


@pytest.mark.parametrize("character", ["☺\ufe0f", "\u3164"], ids=["emoji", "filler"])
def test_what_has_two_columns_in_some_terminals(character: str) -> None:
    """If terminals differ on a width, a row has room for the wider one."""
    rows = wrapped(character * 10 + "[SUCCESS]", 20).split("\n")

    assert [character * 10, "    [SUCCESS]"] == rows


def test_styles_stay() -> None:
    """A piece keeps its style, even where it is cut."""
    pieces = [("dim", "10:00 "), ("bold", "one two three"), ("", " four")]

    assert [("dim", "10:00 "), ("bold", "one two"), ("", "\n    "), ("bold", "three"), ("", " four")] == (
        wrapped_pieces(pieces, 16)
    )


@pytest.mark.parametrize("columns", [0, 1, 7])
def test_too_narrow(columns: int) -> None:
    """With an unknown or tiny width everything stays as it is."""
    assert "one two three" == wrapped("one two three", columns)


def test_a_deep_indent_in_a_narrow_terminal() -> None:
    """An indent leaves most of a row for the text."""
    assert ["one two", "  three", "  four"] == wrapped("one two three four", 8, 10).split("\n")


@given(st.text(st.sampled_from("ab 大。\n\tе\u0301👩\u200d👧🇩🇪"), max_size=80), st.integers(8, 30))
def test_no_row_is_too_long_and_nothing_is_lost(text: str, columns: int) -> None:
    """Each row fits, and only spaces are left out."""
    rows = wrapped(text, columns).split("\n")
    seen = "".join(rows)
    widths = [sum(8 if c == "\t" else max(0, get_cwidth(c)) for c in row.strip()) for row in rows]

    assert "".join(text.split()) == "".join(seen.split())
    assert all(width <= columns for width in widths)
