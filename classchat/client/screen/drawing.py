"""Changes to prompt_toolkit's drawing: after a change of width, and of emoji."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping

from prompt_toolkit.application import Application
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.data_structures import Point
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import AnyFormattedText
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.controls import BufferControl, UIContent
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.screen import Char
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.utils import get_cwidth

from classchat.client.screen.desk import Desk
from classchat.client.screen.emoji import alone, drawn
from classchat.client.screen.reflow import reflows, rows_above, wrapped


class Drawing(Application[None]):
    """The editor's application, which finds the beginning of what it drew when the width changes."""

    _drawn_for = 0  # columns

    def erase(self) -> None:
        """Erase what was drawn, even if the width has changed since."""
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


class Output(Vt100_Output):
    """An output that leaves nothing of what it erases in the scrollback."""

    def erase_down(self) -> None:
        """Erase from the cursor, in the first column, to the end of the screen.

        tmux keeps in its scrollback what a single sequence erases of the whole screen, so this writes two.
        """
        self.write_raw("\x1b7\x1b[B\r\x1b[J\x1b8\x1b[K")


class Wrapping(BufferControl):
    """A line that is edited, with the right number of rows."""

    def create_content(self, width: int, height: int, preview_search: bool = False) -> UIContent:
        """Return the content with the right number of rows."""
        made = super().create_content(width, height, preview_search)
        places = made.cursor_position, made.menu_position
        return Rows(made.get_line, made.line_count, *places, made.show_cursor)


class Rows(UIContent):
    """A content whose rows end with an empty column where a wide character does not fit.

    prompt_toolkit divides the width of the whole line, and may leave out the last row, with the cursor.
    """

    def get_height_for_line(
        self,
        lineno: int,
        width: int,
        get_line_prefix: Callable[[int, int], AnyFormattedText] | None,
        slice_stop: int | None = None,
    ) -> int:
        """Return how many rows a line, or its beginning, takes."""
        line = fragment_list_to_text(self.get_line(lineno))[:slice_stop]
        if line.isascii():
            return super().get_height_for_line(lineno, width, get_line_prefix, slice_stop)
        return wrapped([get_cwidth(character) for character in line], width)


class Steadily(Processor):
    """A processor that draws emoji one by one."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """Remove the characters that join them."""
        fragments = explode_text_fragments(transformation_input.fragments)
        places = drawn("".join(fragment[1] for fragment in fragments))
        return Transformation(
            [(fragments[place][0], alone(fragments[place][1])) for place in places],
            lambda place: bisect_left(places, place),
            lambda place: places[place] if place < len(places) else len(fragments) + place - len(places),
        )


class Offers(Completer):
    """A completer that offers what the desk knows."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:  # noqa: ARG002
        """Return the completions of the last word."""
        for candidate in self._desk.candidates(document.text_before_cursor):
            yield Completion(candidate.text, -candidate.replaces, display_meta=candidate.about)


_BY_NAME = re.compile(r"256|direct|kitty|ghostty|alacritty|foot|wezterm")
_WITHOUT = re.compile(r"vt\d+|.*-m(ono)?", re.ASCII)


def color_depth(
    colours: bool, environment: Mapping[str, str], look_up: Callable[[str], int | None] | None = None
) -> ColorDepth:
    """Return how many colours this terminal has, by COLORTERM, terminfo, or its name."""
    term = environment.get("TERM", "")
    if not colours:
        return ColorDepth.DEPTH_1_BIT
    if environment.get("COLORTERM") in ("truecolor", "24bit"):
        return ColorDepth.DEPTH_24_BIT
    number = (look_up or _in_terminfo)(term)
    if number is None:
        number = 256 if _BY_NAME.search(term) else 0 if _WITHOUT.fullmatch(term) else 16
    if number >= 256:
        return ColorDepth.DEPTH_8_BIT
    return ColorDepth.DEPTH_4_BIT if number >= 8 else ColorDepth.DEPTH_1_BIT


def _in_terminfo(term: str) -> int | None:
    """Return what terminfo says about this terminal, if it knows it.

    Only the first call in a process is answered: curses works that way.
    """
    try:
        import curses  # not at the top: Windows has none
    except ImportError:
        return None
    try:
        curses.setupterm(term, 1)
    except curses.error:
        return None
    return curses.tigetnum("colors")
