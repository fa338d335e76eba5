"""How lines look: colours of names, times, and mentions.

A line is a list of pieces, each a style and a text, in prompt_toolkit's words. The texts alone are the
lines of view.py, with the time before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zlib import crc32

from classchat.client.display import view
from classchat.client.display.mentions import pieces
from classchat.client.display.stranger import shown_name
from classchat.client.display.wrapping import INDENT, Pieces
from classchat.client.spelling import name_key
from classchat.messages import Group, Private
from classchat.names import SERVER

# Readable on black and on white: each has a medium luminance.
_FEW = ("ansired", "ansigreen", "ansiyellow", "ansiblue", "ansimagenta", "ansicyan")
_MANY = (
    "#d75f5f", "#d7875f", "#af8700", "#5f8700", "#00875f", "#008787", "#0087af", "#5f87d7",
    "#875fd7", "#af5fd7", "#d75faf", "#d75f87", "#87875f", "#5f8787", "#8787af", "#af5f5f",
)  # fmt: skip
_DIM = "dim"
_MENTION = "bold reverse"
_LONGEST_NAME = 256  # characters of a name that count


class Colours:
    """The colours of names: the same on every screen with as many colours."""

    def __init__(self, many: bool) -> None:
        """Choose from 16 colours, or from the few that every terminal has."""
        self._palette = _MANY if many else _FEW

    def of_user(self, name: str) -> str:
        """Return the style of a user's name."""
        return self._palette[crc32(name_key(name).encode(errors="replace")) % len(self._palette)]

    def of_room(self, name: str) -> str:
        """Return the style of a room's name."""
        return f"bold {self.of_user(f'#{name[:_LONGEST_NAME]}')}"


def wants_colours(environment: Mapping[str, str], option: bool) -> bool:
    """Return whether to use colours: NO_COLOR (no-color.org) forbids them, if it is not empty."""
    return option and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


class Painter:
    """A painter that makes coloured lines of events."""

    def __init__(self, me: str, colours: Colours, time_format: str = "%H:%M") -> None:
        """Paint for `me`."""
        self._me = me
        self._colours = colours
        self._time_format = time_format
        self._day: date | None = None
        self.indent = len(datetime.min.strftime(time_format)) + 1 + INDENT
        """Columns of the indent of further rows: those of the time, and some more."""

    def rename(self, me: str) -> None:
        """Paint for the same user under another name."""
        self._me = me

    def message(self, event: Group | Private, now: datetime) -> Pieces:
        """Return a message with the time and, on a new day, a line with the date."""
        if event.replay:
            line = view.replayed(event, self._me, now)
            return [
                *self._date(now),
                (_DIM, self._blank(now)),
                *self._indented(self._coloured(line, event), now),
            ]
        return [
            *self._date(now),
            (_DIM, now.strftime(f"{self._time_format} ")),
            *self._indented(self._coloured(view.heard(event, self._me), event), now),
        ]

    def said(self, event: Private, now: datetime) -> Pieces:
        """Return a private message that this user has sent."""
        line = f"[Private to {shown_name(event.receiver)}] {view.body(event.text)}"
        return [
            *self._date(now),
            (_DIM, now.strftime(f"{self._time_format} ")),
            *self._indented(self._coloured(line, event), now),
        ]

    def status(self, line: str, now: datetime) -> Pieces:
        """Return a line of the client."""
        tag, bracket, rest = line.partition("] ")
        style = {"[ERROR": "ansired", "[SUCCESS": "ansigreen", "[CLIENT": _DIM}.get(tag, "")
        clock = (_DIM, now.strftime(f"{self._time_format} "))
        return [*self._date(now), clock, *self._indented([(style, tag + bracket), ("", rest)], now)]

    def _date(self, now: datetime) -> Pieces:
        """Return a line with the date if this is another day than that of the last line."""
        before = self._day
        if before is not None and now.date() <= before:  # clocks may differ, but the date only goes forward
            return []
        self._day = now.date()
        if before is None:
            return []
        return [(_DIM, f"--- {now:%A, %Y-%m-%d} ---\n")]

    def _indented(self, line: Pieces, now: datetime) -> Pieces:
        """Indent the further lines of a text to the column where its first one begins."""
        blank = "\n" + self._blank(now)
        return [(style, text.replace("\n", blank)) for style, text in line]

    def _blank(self, now: datetime) -> str:
        return " " * (len(now.strftime(self._time_format)) + 1)

    def _coloured(self, line: str, event: Group | Private) -> Pieces:
        """Colour the names in the brackets, and mark mentions of this user."""
        head, bracket, text = line.partition("] ")
        room, dash, sender = head.removeprefix("[").rpartition(" - ")
        if isinstance(event, Private):
            start, blank, name = head.rpartition(" ")
            other = event.receiver if " to " in head[:12] else event.sender
            coloured = [("", f"{start}{blank}"), (self._colours.of_user(other), name)]
        elif event.sender == SERVER or not dash:
            return [("", "["), (self._colours.of_room(event.receiver), head[1:]), ("", f"{bracket}{text}")]
        else:
            coloured = [("", "["), (self._colours.of_room(event.receiver), room), ("", dash)]
            coloured.append((self._colours.of_user(event.sender), sender))
        own = name_key(event.sender) == name_key(self._me)
        words = [(text, False)] if own else pieces(text, self._me)
        return [*coloured, ("", bracket), *((_MENTION if mine else "", word) for word, mine in words)]
