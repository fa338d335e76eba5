"""Reflow: the position of the cursor after a terminal is made wider or narrower.

Most terminals wrap their lines again then, so what was drawn below the conversation takes another number of
rows, and still has to be erased. Others cut lines off, or leave them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def reflows(environment: Mapping[str, str]) -> bool:
    """Return whether a terminal wraps lines again: xterm, Linux's console and GNU screen do not."""
    return not ("XTERM_VERSION" in environment or "STY" in environment or environment.get("TERM") == "linux")


def rows_above(rows: Sequence[Sequence[int]], x: int, columns: int) -> int:
    """Return how many rows the cursor is below the first one, once a terminal has this many columns.

    `rows` are the widths of the characters of each row, down to the cursor's, which is in column `x`.
    """
    above = sum(wrapped(row, columns) for row in rows[:-1])
    before: list[int] = []
    for width in rows[-1] if rows else []:
        if sum(before) + width > x:
            break
        before.append(width)
    before += [1] * (x + 1 - sum(before))  # the cursor takes a column, too
    return above + wrapped(before, columns) - 1


def wrapped(row: Sequence[int], columns: int) -> int:
    """Return how many rows a row becomes; a wide character is not split."""
    rows, column = 1, 0
    for width in row:
        if column + width > columns and column:
            rows, column = rows + 1, 0
        column += width
    return rows
