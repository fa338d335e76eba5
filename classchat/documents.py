"""Documents of several tables, for people and for programs: JSON, HTML and CSV.

Rows are read one by one and written piece by piece, so memory does not grow with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import chain
from typing import NamedTuple

import msgspec

from classchat.html_heads import html_head
from classchat.spreadsheets import csv_lines
from classchat.texts import harmless

_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h2 { margin-top: 2rem; font-size: 1.1rem; border-bottom: 1px solid #8886; }
div { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .6rem; text-align: start; vertical-align: top; border-bottom: 1px solid #8884; }
td { overflow-wrap: anywhere; white-space: pre-wrap; }
"""


class Section(NamedTuple):
    """One table of a document."""

    key: str
    """Its name for programs."""

    title: str
    """Its name for people."""

    rows: Iterable[Mapping[str, object]]
    """Rows that all have the same fields in the same order."""

    fields: Mapping[str, object] = {}
    """What holds for all rows; in a table for spreadsheets it stands in each of them."""


def json_document(name: str, sections: Iterable[Section]) -> Iterator[str]:
    """Yield one JSON object: a name, and a list of objects for each section, one on each line."""
    yield f'{{"name":{_json(name)}'
    for section in sections:
        yield f",\n{_json(section.key)}:["
        comma = ""
        for row in section.rows:
            yield f"{comma}\n{_json(row)}"
            comma = ","
        yield "]"
    yield "}\n"


def json_sections(key: str, sections: Iterable[Section]) -> Iterator[str]:
    """Yield one JSON object: a list of sections under a key, each with its fields and its rows."""
    yield f"{{{_json(key)}:["
    comma = ""
    for section in sections:
        fields = _json(section.fields)
        yield f'{comma}\n{fields[:-1]},"rows":['
        between = ""
        for row in section.rows:
            yield f"{between}\n{_json(row)}"
            between = ","
        yield "]}"
        comma = ","
    yield "\n]}\n"


def html_document(name: str, sections: Iterable[Section]) -> Iterator[str]:
    """Yield one page that needs no other files, and in which a browser neither runs nor loads anything."""
    yield html_head(escape(harmless(name)), _STYLE)
    for section in sections:
        yield from _html_table(section)
    yield "</body>\n</html>\n"


def _html_table(section: Section) -> Iterator[str]:
    yield f"<h2><bdi>{escape(harmless(section.title))}</bdi></h2>\n"
    rows = iter(section.rows)
    first = next(rows, None)
    if first is None:
        yield "<p>None.</p>\n"
        return
    yield f"<div><table>\n<tr>{''.join(f'<th>{escape(column)}</th>' for column in first)}</tr>\n"
    for row in chain([first], rows):
        yield f"<tr>{''.join(f'<td><bdi>{_cell(value)}</bdi></td>' for value in row.values())}</tr>\n"
    yield "</table></div>\n"


def _cell(value: object) -> str:
    return escape(harmless(_text(value)))


def csv_document(sections: Iterable[Section]) -> Iterator[str]:
    """Yield the rows of all sections as one table for spreadsheets; all must have the same fields."""
    return csv_lines(_lines(sections))


def _lines(sections: Iterable[Section]) -> Iterator[list[object]]:
    header: list[str] | None = None
    for section in sections:
        fields = [_plain(value) for value in section.fields.values()]
        for row in section.rows:
            if header is None:
                header = [*section.fields, *row]
                yield list(header)
            yield [*fields, *map(_plain, row.values())]


def _plain(value: object) -> object:
    return value if type(value) in (str, int) else _text(value)


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case list() | tuple():
            return ", ".join(_text(one) for one in value)
        case dict():
            return _json(value)
        case _:
            return str(value)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
