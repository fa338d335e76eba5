"""A film of screens: rows of runs, each a text in one look, with their times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import pyte
from pyte.screens import Char


class Look(NamedTuple):
    """The look of a piece of text."""

    colour: str = "default"
    bold: bool = False
    dim: bool = False
    reverse: bool = False


class Run(NamedTuple):
    """A text in one look, from a column on; a wide character takes two."""

    column: int
    columns: int
    text: str
    look: Look


Row = tuple[Run, ...]


class Cursor(NamedTuple):
    """The position of the next character."""

    row: int
    column: int


class Shot(NamedTuple):
    """All of a screen at one moment."""

    rows: tuple[Row, ...]
    cursor: Cursor


@dataclass(frozen=True)
class Film:
    """The screens of several windows over time: from each second on, a shot of each."""

    titles: Sequence[str]
    columns: int
    rows: int
    frames: Sequence[tuple[float, tuple[Shot, ...]]]
    seconds: float
    """When the last frame ends."""


class DimScreen(pyte.Screen):
    """A screen that records which cells are dim.

    pyte does not, so its flag for blinking text, which our client never uses, stands for dim text.
    """

    def select_graphic_rendition(self, *attrs: int, **kwargs: Any) -> None:
        """Treat attribute 2 (dim) as 5 (blink), except inside a colour's number."""
        left, taken = list(attrs), []
        while left:
            first = left.pop(0)
            if first in (38, 48):
                length = {5: 2, 2: 4}.get(left[0] if left else 0, 0)
                taken += [first, *left[:length]]
                del left[:length]
            else:
                taken += {2: [5], 22: [22, 25]}.get(first, [first])
        super().select_graphic_rendition(*taken, **kwargs)


def shot(screen: pyte.Screen) -> Shot:
    """Return the current contents of a screen."""
    rows = [screen.buffer[number] for number in range(screen.lines)]
    cells = [tuple([row[column] for column in range(screen.columns)]) for row in rows]
    return Shot(tuple(map(_row, cells)), Cursor(screen.cursor.y, screen.cursor.x))


@cache
def _row(row: tuple[Char, ...]) -> Row:
    """Return the runs of a row; from one frame to the next, most rows stay as they are."""
    return tuple(_runs(row))


def _runs(row: tuple[Char, ...]) -> Iterator[Run]:
    """Yield the runs of a row: each wide character alone, and no invisible blanks."""
    cells = [(column, cell) for column, cell in enumerate(row) if cell.data]  # none behind a wide character

    def kind(place: int) -> tuple[Look, int]:
        column, cell = cells[place]
        after = cells[place + 1][0] if place + 1 < len(cells) else len(row)
        return _look(cell), column if after - column > 1 else -1

    for (look, wide), places in groupby(range(len(cells)), kind):
        several = list(places)
        text = "".join(cells[place][1].data for place in several)
        start = cells[several[0]][0]
        if look.reverse:
            yield Run(start, 2 if wide >= 0 else len(several), text, look)
        elif text.strip():
            start += len(text) - len(text.lstrip())
            text = text.strip()
            yield Run(start, 2 if wide >= 0 else _narrow(text), text, look)


def _narrow(text: str) -> int:
    """Return how many cells a text without wide characters has: combining ones stand in those of others."""
    return sum(not combines for combines in map(_combines, text))


def _combines(character: str) -> bool:
    return bool(pyte.screens.wcwidth(character) == 0)


def _look(cell: Char) -> Look:
    return Look(cell.fg, cell.bold, cell.blink, cell.reverse)
