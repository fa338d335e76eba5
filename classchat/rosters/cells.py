"""The cells of a file in which commas, semicolons or tabs separate them (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from classchat.rosters.encodings import UnreadableRoster

SEPARATORS = (",", ";", "\t")

MOST_COLUMNS = 2_000
"""A gradebook of a year has some hundred."""

MOST_LINES = 25_000
"""Rows of one file, those without a student included."""

_SEARCHED = 20
"""Lines at the beginning of a file among which the headers are."""


class CellRow(NamedTuple):
    """The cells of one row, which may have line breaks."""

    line: int
    """The number of the line in which it ends, from 1."""

    cells: Sequence[str]


def rows(text: str, fits: Callable[[Sequence[str]], int]) -> tuple[CellRow, Iterator[CellRow]]:
    """Return the row with the headers, and the rows below it.

    `fits` says how many of a row's cells are known headers. The separator is the one with which most are.

    Raises:
        UnreadableRoster: no row has known headers, or, from the iterator, a row is not what RFC 4180 allows.
    """
    best, found, separator = 0, None, ","
    for candidate in SEPARATORS:
        row = _headers(text, candidate, fits)
        if row is not None and fits(row.cells) > best:
            best, found, separator = fits(row.cells), row, candidate
    if found is None:
        raise UnreadableRoster(
            "The file has no line with known headers, such as name,email,section. Add one as its first line."
        )
    below = _read(text, separator)
    for row in below:
        if row.line == found.line:
            break
    return found, below


def _headers(text: str, separator: str, fits: Callable[[Sequence[str]], int]) -> CellRow | None:
    """Return the first row with a known header, as far as rows can be read with this separator."""
    try:
        return next((row for row in islice(_read(text, separator), _SEARCHED) if fits(row.cells)), None)
    except UnreadableRoster:
        return None


def _read(text: str, separator: str) -> Iterator[CellRow]:
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=separator, strict=True)
    count = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UnreadableRoster(f"Line {reader.line_num} of the file can't be read: {error}.") from None
        if cells is None:
            return
        count += 1
        if len(cells) > MOST_COLUMNS:
            raise UnreadableRoster(
                f"Line {reader.line_num} of the file has more than {MOST_COLUMNS} columns."
            )
        if count > MOST_LINES:
            raise UnreadableRoster(f"The file has more than {MOST_LINES} lines.")
        yield CellRow(reader.line_num, cells)
