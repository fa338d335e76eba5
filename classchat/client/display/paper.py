"""What tables and bars are drawn on: the width of the terminal, and the characters that it shows."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prompt_toolkit.utils import get_cwidth

from classchat.client.display.wrapping import wrapped

USUAL_COLUMNS = 80
_HANGING = 2  # columns of the indent of what continues an entry of a list
_GAP = 3  # columns between two cells
_BLOCKS = " ▏▎▍▌▋▊▉█"
_EIGHTHS = 8


@dataclass(frozen=True)
class Paper:
    """A terminal, as far as tables and bars depend on it."""

    columns: Callable[[], int] = lambda: USUAL_COLUMNS
    utf8: bool = True
    """Whether it shows more than ASCII."""
    wraps: bool = False
    """Whether longer lines are wrapped: they are on a terminal, and not in a pipe."""

    def inside(self, indent: int) -> Paper:
        """Return the part of it that is at the right of an indent."""
        return Paper(lambda: max(1, self.columns() - indent), self.utf8, self.wraps)

    def listed(self, lines: Sequence[str]) -> str:
        """Return a list below its first line; what continues an entry has an indent."""
        if not self.wraps:
            return "\n".join(lines)
        return "\n".join([*lines[:1], *(wrapped(line, self.columns(), _HANGING) for line in lines[1:])])

    def bar(self, part: int, largest: int, columns: int) -> str:
        """Return a bar, as long as `part` is of `largest`; the largest one fills the columns."""
        if not self.utf8:
            return "#" * round(part * columns / largest) if largest else ""
        eighths = round(part * columns * _EIGHTHS / largest) if largest else 0
        whole, rest = divmod(max(eighths, int(part > 0)), _EIGHTHS)
        return _BLOCKS[-1] * whole + (_BLOCKS[rest] if rest else "")


USUAL_PAPER = Paper()


def real_paper(environment: Mapping[str, str]) -> Paper:
    """Return the terminal at the standard output."""
    return Paper(_columns, has_utf8(environment), os.isatty(1))


def has_utf8(environment: Mapping[str, str]) -> bool:
    """Return whether the terminal shows UTF-8, as far as the locale says; without a locale it does."""
    chosen = [environment.get(name) for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    locale = next(filter(None, chosen), "UTF-8")
    return locale.partition(".")[2].lower().partition("@")[0] in ("utf-8", "utf8") or locale == "UTF-8"


def _columns() -> int:
    try:
        return os.get_terminal_size(1).columns or USUAL_COLUMNS
    except OSError:
        return USUAL_COLUMNS


def width(text: str) -> int:
    """Return how many columns a text takes."""
    return sum(map(get_cwidth, text))


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """Return a text with spaces, at its end or, for numbers, before it."""
    spaces = " " * max(0, columns - width(text))
    return f"{spaces}{text}" if right else f"{text}{spaces}"


def table(rows: Sequence[Sequence[str]], columns: int, numbers: Sequence[int] = ()) -> list[str] | None:
    """Return rows with aligned cells, as lines; None if they do not fit into the columns.

    Cells without a text in any row take no place. `numbers` are the cells that are aligned at the right.
    """
    widths = [max(map(width, cells)) for cells in zip(*rows, strict=True)]
    seen = [place for place, each in enumerate(widths) if each]
    if sum(widths[place] for place in seen) + _GAP * (len(seen) - 1) > columns:
        return None
    return [
        (" " * _GAP)
        .join(padded(row[place], widths[place], right=place in numbers) for place in seen)
        .rstrip()
        for row in rows
    ]


def cut(text: str, columns: int) -> str:
    """Return a text, cut to so many columns."""
    if width(text) <= columns:
        return text
    short = ""
    while width(f"{short}{text[len(short)]}…") <= columns:
        short = text[: len(short) + 1]
    return f"{short}…" if columns > 0 else ""
