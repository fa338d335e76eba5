"""The changes to prompt_toolkit's drawing."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.layout.controls import UIContent

from classchat.client.screen.drawing import Rows, Wrapping
from tests.tables import each_case


@each_case(
    ("line", "rows"),
    [("", 1), ("x" * 10, 1), ("x" * 11, 2), ("愛" * 5, 1), ("x" + "愛" * 5, 2), ("x" + "愛" * 9 + "x", 3)],
)
def test_rows(line: str, rows: int) -> None:
    """A wide character that does not fit at the end of a row counts for the next one."""
    content = Rows(lambda _: [("", line)], 1)

    assert rows == content.get_height_for_line(0, 10, None)


def test_beginning_of_a_line() -> None:
    """The same holds for the beginning of a line."""
    content = Rows(lambda _: [("", "x" + "愛" * 9)], 1)

    assert [1, 1, 2] == [content.get_height_for_line(0, 10, None, stop) for stop in (0, 5, 6)]


@given(st.text("abc é", max_size=60), st.integers(1, 20))
def test_without_wide_characters(line: str, columns: int) -> None:
    """Without wide characters the count is prompt_toolkit's own."""
    ours, theirs = (kind(lambda _: [("", line)], 1) for kind in (Rows, UIContent))

    assert theirs.get_height_for_line(0, columns, None) == ours.get_height_for_line(0, columns, None)


def test_line_that_is_edited() -> None:
    """A line that fills its rows has one more row, for the cursor."""

    async def height() -> int | None:  # prompt_toolkit loads the history meanwhile, on asyncio's loop
        return Wrapping(Buffer(document=Document("x" + "愛" * 9))).preferred_height(10, 30, True, None)

    assert 3 == asyncio.run(height())
