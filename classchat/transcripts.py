"""A room's messages as a document: Markdown, HTML, JSON or CSV.

Each format reads the messages one by one and yields the document piece by piece, so memory does not grow with
the log. People read local times with their offset; programs get UTC.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from html import escape
from itertools import groupby

from classchat.html_heads import html_head
from classchat.journal.read_rows import KeptMessage
from classchat.spreadsheets import csv_lines
from classchat.texts import harmless

Format = Callable[[str, Iterable[KeptMessage], tzinfo | None], Iterator[str]]
"""Makes a document from a room's name and messages; a zone of None means this machine's."""

# Characters that any dialect of Markdown may take for markup in the middle of a line.
_MARKUP = re.compile(r"([\\`*_\[\]<>&~|$#^{}])")

_URL = re.compile(r"""https?://[^\s<>"`\\^{|}]+|ftp://[^\s<>"`\\^{|}]+""", re.IGNORECASE)
_BEHIND_URL = ".,:;!?'*_~"
"""Characters that end a sentence, or are markup around a link: the last ones are not part of a URL."""

_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }
h2 { margin-top: 2rem; font-size: 1rem; border-bottom: 1px solid #8886; }
p { margin: .3rem 0; padding-left: 4.5rem; overflow-wrap: anywhere; white-space: pre-wrap; }
time { float: left; margin-left: -4.5rem; opacity: .6; font-variant-numeric: tabular-nums; }
"""


def markdown(room: str, messages: Iterable[KeptMessage], zone: tzinfo | None) -> Iterator[str]:
    """Yield Markdown with a heading for each day and a line for each message."""
    yield f"# {_plain(room)}\n"
    for day, of_day in _days(messages, zone):
        yield f"\n## {day}\n\n"
        for message, time in of_day:
            yield f"- {time:%H:%M} **{_plain(message.sender)}:** {_plain(message.shown)}\n"


def _plain(text: str) -> str:
    """Escape markup; a text stays on the line of its sender, so that no part of it can begin a line."""
    lines = _escaped(harmless(text)).split("\n")
    indents = [len(line) - len(line.lstrip(" \t")) for line in lines]
    return "<br>".join("&nbsp;" * indent + line[indent:] for indent, line in zip(indents, lines, strict=True))


def _escaped(text: str) -> str:
    """Escape markup; URLs go into angle brackets, where every dialect leaves them alone."""
    pieces: list[str] = []
    start = 0
    for found in _URL.finditer(text):
        url = _without_end(found[0])
        pieces += [_MARKUP.sub(r"\\\1", text[start : found.start()]), f"<{url}>"]
        start = found.start() + len(url)
    return "".join([*pieces, _MARKUP.sub(r"\\\1", text[start:])])


def _without_end(url: str) -> str:
    """Return a URL without the end of the sentence or the brackets around it."""
    opened = url.count("(") - url.count(")")
    brackets = url.count("[") - url.count("]")
    while url[-1] in _BEHIND_URL or (url[-1] == ")" and opened < 0) or (url[-1] == "]" and brackets < 0):
        opened += url[-1] == ")"
        brackets += url[-1] == "]"
        url = url[:-1]
    return url


def html(room: str, messages: Iterable[KeptMessage], zone: tzinfo | None) -> Iterator[str]:
    """Yield one page that needs no other files, and in which a browser neither runs nor loads anything.

    Each name and text is isolated, so that text written from right to left does not reorder anything else.
    """
    yield html_head(escape(harmless(room)), _STYLE)
    for day, of_day in _days(messages, zone):
        yield f"<h2>{day}</h2>\n"
        for message, time in of_day:
            yield (
                f'<p id="{message.seq}"><time datetime="{_utc(message.time)}">{time:%H:%M}</time>'
                f"<b><bdi>{escape(harmless(message.sender))}</bdi></b> "
                f"<bdi>{escape(harmless(message.shown))}</bdi></p>\n"
            )
    yield "</body>\n</html>\n"


def json_document(room: str, messages: Iterable[KeptMessage], zone: tzinfo | None) -> Iterator[str]:  # noqa: ARG001
    """Yield one JSON object: the room's name, and its messages with the protocol's fields, one per line."""
    yield f'{{"room":{_json(room)},"messages":['
    comma = ""
    for message in messages:
        fields = {
            "seq": message.seq,
            "time": _utc(message.time),
            "sender": message.sender,
            "text": message.text,
        }
        if message.deleted is not None:
            fields |= {"by": message.deleted_by or "", "deleted": _utc(message.deleted)}
        yield f"{comma}\n{_json(fields)}"
        comma = ","
    yield "\n]}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def csv_table(room: str, messages: Iterable[KeptMessage], zone: tzinfo | None) -> Iterator[str]:  # noqa: ARG001
    """Yield a table for spreadsheets."""
    yield from csv_lines(_table(messages))


def _table(messages: Iterable[KeptMessage]) -> Iterator[tuple[object, ...]]:
    yield "seq", "time", "sender", "text"
    for message in messages:
        yield message.seq, _utc(message.time), message.sender, message.shown


FORMATS: dict[str, Format] = {"md": markdown, "html": html, "json": json_document, "csv": csv_table}
"""The formats, by their names on the command line."""


def _days(
    messages: Iterable[KeptMessage], zone: tzinfo | None
) -> Iterator[tuple[str, Iterator[tuple[KeptMessage, datetime]]]]:
    """Return the messages of each day with their local times; the day names the offset from UTC."""
    timed = ((message, _moment(message.time).astimezone(zone)) for message in messages)
    return groupby(timed, lambda one: f"{one[1]:%Y-%m-%d (UTC%z)}")


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time // 1000, UTC).replace(microsecond=time % 1000 * 1000)


def _utc(time: int) -> str:
    return _moment(time).isoformat(timespec="milliseconds").replace("+00:00", "Z")
