"""A room's messages as a document to read or to work with: Markdown, HTML, JSON, CSV.

Each format takes the messages one by one and gives the document piece by piece, so a long log takes no more
memory than a short one. People read the time of their own place, with its offset; programs get UTC.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from html import escape
from itertools import groupby

from classchat.journal.reader import KeptMessage
from classchat.texts import harmless

Format = Callable[[str, Iterable[KeptMessage], tzinfo | None], Iterator[str]]
"""Makes a document of a room's name and messages; the zone is None for that of this machine."""

# What Markdown, in any of its dialects, may take for something else in the middle of a line.
_MARKUP = re.compile(r"([\\`*_\[\]<>&~|$#^{}])")

_URL = re.compile(r"""https?://[^\s<>"`\\^{|}]+|ftp://[^\s<>"`\\^{|}]+""", re.IGNORECASE)
_BEHIND_URL = ".,:;!?'*_~"
"""What ends a sentence, or is markup around a link, and belongs to no URL where it stands last."""

_SEPARATORS = r"(?<=[;|\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029])"
"""Behind what a program may take for the end of a cell."""

_LEFT_AWAY = r"[ \xa0\u1680\u2000-\u200f\u202f\u205f\u2060\u3000\ufeff\"\uff02]*"

# Where a cell begins, whatever a program takes for the end of the one before it, and a spreadsheet would
# take what stands there for a formula, and run it; spaces and quotation marks before it may be left away.
# Where it begins at the end of a text, our own closing quotation mark would open it, for the next row.
_FORMULA = re.compile(
    rf"(?:^|{_SEPARATORS})(?={_LEFT_AWAY}[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])|{_SEPARATORS}(?={_LEFT_AWAY}\Z)"
)

_BYTE_ORDER_MARK = "\ufeff"
"""What Excel knows UTF-8 by."""

_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h2 { margin-top: 2rem; font-size: 1rem; border-bottom: 1px solid #8886; }
p { margin: .3rem 0; padding-left: 4.5rem; overflow-wrap: anywhere; white-space: pre-wrap; }
time { float: left; margin-left: -4.5rem; opacity: .6; font-variant-numeric: tabular-nums; }
"""


def markdown(room: str, messages: Iterable[KeptMessage], zone: tzinfo | None) -> Iterator[str]:
    """Return Markdown with a heading a day and a line a message."""
    yield f"# {_plain(room)}\n"
    for day, of_day in _days(messages, zone):
        yield f"\n## {day}\n\n"
        for message, time in of_day:
            yield f"- {time:%H:%M} **{_plain(message.sender)}:** {_plain(message.text)}\n"


def _plain(text: str) -> str:
    """Escape what would be markup; nothing begins a line, for a text stays on the line of its sender."""
    lines = _escaped(harmless(text)).split("\n")
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines]
    return "<br>".join("&nbsp;" * indent + line[indent:] for indent, line in zip(indents, lines, strict=True))


def _escaped(text: str) -> str:
    """Escape what would be markup; URLs go into angle brackets, where every dialect leaves them alone."""
    pieces: list[str] = []
    start = 0
    for found in _URL.finditer(text):
        url = _without_end(found[0])
        pieces += [_MARKUP.sub(r"\\\1", text[start : found.start()]), f"<{url}>"]
        start = found.start() + len(url)
    return "".join([*pieces, _MARKUP.sub(r"\\\1", text[start:])])


def _without_end(url: str) -> str:
    """Return a URL without the end of the sentence, and the parentheses, that it stands in."""
    opened = url.count("(") - url.count(")")
    brackets = url.count("[") - url.count("]")
    while url[-1] in _BEHIND_URL or (url[-1] == ")" and opened < 0) or (url[-1] == "]" and brackets < 0):
        opened += url[-1] == ")"
        brackets += url[-1] == "]"
        url = url[:-1]
    return url


def html(room: str, messages: Iterable[KeptMessage], zone: tzinfo | None) -> Iterator[str]:
    """Return one page that needs nothing else, and in which no browser runs or loads anything.

    Each name and text is isolated, so one that is written from right to left turns nothing else around.
    """
    name = escape(harmless(room))
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    yield (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{name}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1><bdi>{name}</bdi></h1>\n"
    )
    for day, of_day in _days(messages, zone):
        yield f"<h2>{day}</h2>\n"
        for message, time in of_day:
            yield (
                f'<p id="{message.seq}"><time datetime="{_utc(message.time)}">{time:%H:%M}</time>'
                f"<b><bdi>{escape(harmless(message.sender))}</bdi></b> "
                f"<bdi>{escape(harmless(message.text))}</bdi></p>\n"
            )
    yield "</body>\n</html>\n"


def json_document(room: str, messages: Iterable[KeptMessage], zone: tzinfo | None) -> Iterator[str]:  # noqa: ARG001
    """Return one JSON object: the room's name, and its messages with the protocol's fields, one a line."""
    yield f'{{"room":{_json(room)},"messages":['
    comma = ""
    for message in messages:
        fields = {
            "seq": message.seq,
            "time": _utc(message.time),
            "sender": message.sender,
            "text": message.text,
        }
        yield f"{comma}\n{_json(fields)}"
        comma = ","
    yield "\n]}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def csv_table(room: str, messages: Iterable[KeptMessage], zone: tzinfo | None) -> Iterator[str]:  # noqa: ARG001
    """Return a table for spreadsheets (RFC 4180), in which no cell is taken for a formula.

    For that, an apostrophe stands before what would be one, also where a cell only begins if it is read with
    another separator, or each line for itself; and behind a separator at the end of a text. Programs
    that want texts to the letter take JSON.
    """
    yield _BYTE_ORDER_MARK
    line = io.StringIO()
    writer = csv.writer(line)
    for row in _table(messages):
        writer.writerow(row)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _table(messages: Iterable[KeptMessage]) -> Iterator[tuple[object, ...]]:
    yield "seq", "time", "sender", "text"
    for message in messages:
        yield message.seq, _utc(message.time), _no_formula(message.sender), _no_formula(message.text)


def _no_formula(text: str) -> str:
    return _FORMULA.sub("'", text)


FORMATS: dict[str, Format] = {"md": markdown, "html": html, "json": json_document, "csv": csv_table}
"""The formats, by what they are called on the command line."""


def _days(
    messages: Iterable[KeptMessage], zone: tzinfo | None
) -> Iterator[tuple[str, Iterator[tuple[KeptMessage, datetime]]]]:
    """Return the messages of each day, with their time there; the day says how far that is from UTC."""
    timed = ((message, _moment(message.time).astimezone(zone)) for message in messages)
    return groupby(timed, lambda one: f"{one[1]:%Y-%m-%d (UTC%z)}")


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time // 1000, UTC).replace(microsecond=time % 1000 * 1000)


def _utc(time: int) -> str:
    return _moment(time).isoformat(timespec="milliseconds").replace("+00:00", "Z")
