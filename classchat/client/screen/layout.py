"""The layout below the conversation, from the pending lines to the line at the bottom."""

from __future__ import annotations

from typing import Protocol

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.data_structures import Size
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout import AnyContainer, ConditionalContainer, Dimension, HSplit, Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.layout.menus import CompletionsMenu
from prompt_toolkit.layout.processors import (
    BeforeInput,
    ConditionalProcessor,
    PasswordProcessor,
    Processor,
    TabsProcessor,
)
from prompt_toolkit.widgets import SearchToolbar

from classchat.client.display.paper import cut
from classchat.client.screen.desk import Desk
from classchat.client.screen.drawing import Steadily, Wrapping
from classchat.client.screen.emoji import steady

_MOST_OFFERED = 6  # rows of what Tab offers
_MOST_PENDING = 8  # rows of lines that the server has not confirmed


class Drawn(Protocol):
    """An editor, as far as it is drawn."""

    buffer: Buffer

    @property
    def desk(self) -> Desk:
        """The object that the editor asks for the lines around the one being typed."""

    @property
    def is_hidden(self) -> bool:
        """Whether what is typed is not shown."""

    @property
    def shown_prompt(self) -> str:
        """The prompt before the line."""

    @property
    def shown_hint(self) -> str:
        """The sentence at the bottom, or "" if the desk says what stands there."""

    def size(self) -> Size:
        """Return the terminal's size."""


def layout_of(editor: Drawn) -> Layout:
    """Return the windows of an editor, from top to bottom."""
    search = SearchToolbar()
    line = _line(editor, search)
    pending = Window(
        FormattedTextControl(lambda: [("class:pending", steady("\n".join(editor.desk.pending())))]),
        height=Dimension(max=_MOST_PENDING),
        wrap_lines=True,
        dont_extend_height=True,
    )
    toolbar = Window(
        FormattedTextControl(lambda: bottom_line(editor)), height=1, dont_extend_height=True, wrap_lines=False
    )
    windows: list[AnyContainer] = [
        ConditionalContainer(pending, Condition(lambda: bool(editor.desk.pending()))),
        line,
        CompletionsMenu(max_height=_MOST_OFFERED),
        search,
        toolbar,
    ]
    return Layout(HSplit(windows), focused_element=line)


def _line(editor: Drawn, search: SearchToolbar) -> Window:
    processors: list[Processor] = [
        ConditionalProcessor(PasswordProcessor(), Condition(lambda: editor.is_hidden)),
        Steadily(),
        TabsProcessor(tabstop=8, char1=" ", char2=" "),
        BeforeInput(lambda: editor.shown_prompt, "class:prompt"),
    ]
    control = Wrapping(editor.buffer, processors, search_buffer_control=search.control, preview_search=True)
    return Window(control, height=lambda: _height(editor), wrap_lines=True, dont_extend_height=True)


def _height(editor: Drawn) -> Dimension:
    return Dimension(min=1, max=max(1, editor.size().rows // 2))


def bottom_line(editor: Drawn) -> StyleAndTextTuples:
    """Return the line at the bottom: a hint, or what the desk says."""
    columns = editor.size().columns - 1
    return [("class:toolbar", cut(steady(editor.shown_hint or editor.desk.toolbar(columns)), columns))]
