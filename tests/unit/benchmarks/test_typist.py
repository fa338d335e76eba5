"""Typed keys, and the lines that must show after them."""

from __future__ import annotations

from itertools import islice
from random import Random

from benchmarks.typist import BACKSPACE, DELETE, END, ENTER, HOME, LAST_WORD_AWAY, LEFT, RIGHT, Line, keys
from tests.tables import each_case


@each_case(
    ("typed", "line"),
    [
        (["a", "東京"], Line("a東京", 3)),
        (["a", "c", LEFT, "b"], Line("abc", 2)),
        (["a", "b", HOME, RIGHT, BACKSPACE], Line("b", 0)),
        (["a", "b", HOME, LEFT, DELETE], Line("b", 0)),
        (["a", "b", HOME, END, RIGHT, DELETE, BACKSPACE], Line("a", 1)),
        ([*"one two ", LAST_WORD_AWAY], Line("one ", 4)),
        ([*"one two", LEFT, LAST_WORD_AWAY], Line("one o", 4)),
        (["a", ENTER], Line()),
    ],
)
def test_keys(typed: list[str], line: Line) -> None:
    """Each key changes the line as it does in the client."""
    result = Line()
    for key in typed:
        result = result.after(key)

    assert line == result


@each_case(
    ("line", "drawn"),
    [
        (Line(), (["You:"], 0, 5)),
        (Line("abc", 1), (["You: abc"], 0, 6)),
        (Line("12345", 5), (["You: 12345", ""], 1, 0)),
        (Line("1234愛", 5), (["You: 1234", "愛"], 1, 2)),
        (Line("123456", 2), (["You: 12345", "6"], 0, 7)),
    ],
)
def test_wrapping(line: Line, drawn: tuple[list[str], int, int]) -> None:
    """A line goes on in the next row, a wide character as a whole, and so does the cursor behind it."""
    result = line.drawn("You: ", 10)

    assert drawn == result


def test_same_keys() -> None:
    """A seed determines the keys, and these include every kind."""
    typed, again = (list(islice(keys(Random(1)), 5000)) for _ in range(2))  # noqa: S311 (no secrets)

    assert typed == again
    assert {LEFT, RIGHT, HOME, END, DELETE, BACKSPACE, ENTER, LAST_WORD_AWAY, "東京"} <= set(typed)
