"""Tables for spreadsheets (RFC 4180) in which no cell is taken for a formula.

An apostrophe precedes each would-be formula, even where a cell begins only with another separator or when
each line is read by itself; one also follows a separator at the end of a text. Programs that need the exact
texts use JSON.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

_SEPARATORS = r"(?<=[;|\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029])"
"""The place after a character that a program may take for the end of a cell."""

_LEFT_AWAY = r"[ \xa0\u1680\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff\"\uff02]*"

# The places where a cell may begin, whatever a program takes for a separator, and where a spreadsheet would
# take the rest for a formula and run it; it may drop spaces and quotation marks before it. If a cell would
# begin at the end of a text, our closing quotation mark would open it for the next row.
_FORMULA = re.compile(
    rf"(?:^|{_SEPARATORS})(?={_LEFT_AWAY}[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])|{_SEPARATORS}(?={_LEFT_AWAY}\Z)"
)

_HARMLESS = re.compile(r"(?:[A-Za-z0-9][\w .:,/@+-]*)?", re.ASCII)
"""Most cells: they begin with no sign, and no other cell can begin in them. They are found quickly."""

_BYTE_ORDER_MARK = "\ufeff"
"""Excel recognizes UTF-8 by this mark."""


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a table; texts in it are made harmless, numbers stay."""
    yield _BYTE_ORDER_MARK
    line = io.StringIO()
    writer = csv.writer(line)
    for row in rows:
        writer.writerow([_no_formula(cell) if isinstance(cell, str) else cell for cell in row])
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _no_formula(text: str) -> str:
    return text if _HARMLESS.fullmatch(text) else _FORMULA.sub("'", text)
