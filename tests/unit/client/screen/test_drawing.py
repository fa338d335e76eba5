"""What prompt_toolkit is taught about drawing."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.layout.controls import UIContent

from classchat.client.screen.drawing import Rows, Wrapping


@pytest.mark.parametrize(
    ("line", "rows"),
    [("", 1), ("x" * 10, 1), ("x" * 11, 2), ("愛" * 5, 1), ("x" + "愛" * 5, 2), ("x" + "愛" * 9 + "x", 3)],
)
def test_rows(line: str, rows: int) -> None:
    """A wide character that does not fit at the end of a row is in the next one, which counts."""
    content = Rows(lambda _: [("", line)], 1)

    assert rows == content.get_height_for_line(0, 10, None)


def test_beginning_of_a_line() -> None:
    """So it is where only the beginning of a line is asked for."""
    content = Rows(lambda _: [("", "x" + "愛" * 9)], 1)

    assert [1, 1, 2] == [content.get_height_for_line(0, 10, None, stop) for stop in (0, 5, 6)]


@given(st.text("abc é", max_size=60), st.integers(1, 20))
def test_without_wide_characters(line: str, columns: int) -> None:
    """Without them it is as many rows as prompt_toolkit says."""
    ours, theirs = (kind(lambda _: [("", line)], 1) for kind in (Rows, UIContent))

    assert theirs.get_height_for_line(0, columns, None) == ours.get_height_for_line(0, columns, None)


def test_line_that_is_edited() -> None:
    """The line that is edited has the row where the cursor stands behind its end."""

    async def height() -> int | None:  # prompt_toolkit loads the history meanwhile, on asyncio's loop
        return Wrapping(Buffer(document=Document("x" + "愛" * 9))).preferred_height(10, 30, True, None)

    assert 3 == asyncio.run(height())
