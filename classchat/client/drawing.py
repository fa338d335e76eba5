"""What prompt_toolkit has to be taught: to find what it drew, to draw emoji steadily, to keep no secrets."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from prompt_toolkit.application import Application
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.data_structures import Point
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.screen import Char
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.output import ColorDepth

from classchat.client.desk import Desk
from classchat.client.reflow import reflows, rows_above
from classchat.client.steady import drawn


class Drawing(Application[None]):
    """The editor's application, which finds the beginning of what it drew when the width changes."""

    _drawn_for = 0  # columns

    def erase(self) -> None:
        """Take away what was drawn, also if the width has changed since and nobody has told us yet."""
        columns = self.output.get_size().columns
        drawn = self.renderer.last_rendered_screen
        if drawn is not None and columns != self._drawn_for and reflows(os.environ):
            x, y = self.renderer._cursor_pos
            rows = [_widths(drawn.data_buffer[row]) for row in range(y + 1)]
            self.renderer._cursor_pos = Point(x, rows_above(rows, x, columns))
        self.renderer.erase()
        self._drawn_for = columns

    def _on_resize(self) -> None:
        self.erase()
        self._redraw()

    def _redraw(self, render_as_done: bool = False) -> None:
        if self.output.get_size().columns != self._drawn_for:
            self.erase()
        super()._redraw(render_as_done)


def _widths(row: Mapping[int, Char]) -> list[int]:
    """Return the widths of a row's characters, up to the last one that is drawn."""
    end = max((column for column, cell in row.items() if cell.char != " "), default=-1)
    widths, column = [], 0
    while column <= end:
        widths.append(max(1, row[column].width))
        column += widths[-1]
    return widths


class Steadily(Processor):
    """Draws emoji one by one."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Leave away what joins them."""
        fragments = explode_text_fragments(transformation_input.fragments)
        places = drawn("".join(fragment[1] for fragment in fragments))
        return Transformation(
            [fragments[place] for place in places],
            lambda place: bisect_left(places, place),
            lambda place: places[place] if place < len(places) else len(fragments) + place - len(places),
        )


class Offers(Completer):
    """Offers what the desk knows."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
        """Return what may stand in place of the last word."""
        for candidate in self._desk.candidates(document.text_before_cursor):
            yield Completion(candidate.text, -candidate.replaces, display_meta=candidate.about)


class KeptHistory(FileHistory):
    """What was typed, kept between runs but for what is secret."""

    def __init__(self, path: Path, desk: Desk) -> None:
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
        super().__init__(str(path))
        self._desk = desk

    def store_string(self, string: str) -> None:
        """Keep a line, unless it is secret."""
        if not self._desk.is_secret(string):
            with suppress(OSError):  # a full disk is no reason not to talk
                super().store_string(string)


def color_depth(colours: bool, environment: Mapping[str, str]) -> ColorDepth:
    """Return how many colours this terminal has, as far as its name tells."""
    term = environment.get("TERM", "")
    if not colours:
        return ColorDepth.DEPTH_1_BIT
    if environment.get("COLORTERM") in ("truecolor", "24bit"):
        return ColorDepth.DEPTH_24_BIT
    return ColorDepth.DEPTH_8_BIT if "256" in term else ColorDepth.DEPTH_4_BIT
