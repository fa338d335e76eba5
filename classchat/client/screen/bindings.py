"""The editor's own keys, in addition to those of every line editor."""

from __future__ import annotations

import re
from typing import Protocol

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.filters import has_focus
from prompt_toolkit.key_binding import ConditionalKeyBindings, KeyBindings, KeyPressEvent
from prompt_toolkit.key_binding.key_bindings import KeyBindingsBase
from prompt_toolkit.keys import Keys

from classchat.client.screen.desk import Desk

_SLASHES = re.compile(r"/[/*]")


class Keyed(Protocol):
    """The editor, as far as keys act on it."""

    buffer: Buffer

    @property
    def desk(self) -> Desk:
        """The desk that is told what is typed."""

    @property
    def is_hidden(self) -> bool:
        """Whether what is typed is not shown."""

    def enter(self) -> None:
        """Take the line."""

    def interrupt(self) -> None:
        """Clear the line, or leave."""

    def suspend(self) -> None:
        """Stop, until the shell continues the client."""


def pasted(text: str, before: str = "", *, hidden: bool = False) -> str:
    """Return a pasted text as it is inserted into the line.

    Code that begins with `//` or `/*` gets one more slash, so that it is said and not taken for a command. A
    `hidden` password is not changed.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
    return f"/{text}" if not before and not hidden and _SLASHES.match(text) else text


def bindings(editor: Keyed) -> KeyBindingsBase:
    """Return the keys of an editor's line; they do not apply during a search."""
    keys = KeyBindings()
    _typing(keys, editor)
    _completion(keys)
    _ending(keys, editor)
    _places(keys, editor)
    return ConditionalKeyBindings(keys, has_focus(editor.buffer))


def _typing(keys: KeyBindings, editor: Keyed) -> None:
    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        state = event.current_buffer.complete_state
        if state is not None and state.current_completion is not None:
            event.current_buffer.complete_state = (
                None  # the completion stands in the line already: Enter takes it
            )
        else:
            event.current_buffer.cancel_completion()
            editor.enter()

    @keys.add("escape", "enter")
    def _newline(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    @keys.add("escape", "#")
    def _nothing(event: KeyPressEvent) -> None:
        """Do nothing: a shell's editor would submit the line as a comment."""

    @keys.add(Keys.BracketedPaste)
    def _paste(event: KeyPressEvent) -> None:
        before = event.current_buffer.text
        event.current_buffer.insert_text(pasted(event.data, before, hidden=editor.is_hidden))


def _completion(keys: KeyBindings) -> None:
    @keys.add("tab")
    def _complete(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state:
            buffer.complete_next()
            return
        offered = list(buffer.completer.get_completions(buffer.document, CompleteEvent()))
        if len(offered) == 1:
            buffer.apply_completion(offered[0])
            buffer.insert_text(" ")
        elif offered:
            buffer.start_completion(insert_common_part=True)

    @keys.add("s-tab")
    def _complete_back(event: KeyPressEvent) -> None:
        event.current_buffer.complete_previous()


def _ending(keys: KeyBindings, editor: Keyed) -> None:
    @keys.add("c-c")
    def _interrupt(event: KeyPressEvent) -> None:  # noqa: ARG001
        editor.interrupt()

    @keys.add("c-d")
    def _end(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.delete()
        else:
            editor.desk.leaves()

    @keys.add("c-z")
    def _suspend(event: KeyPressEvent) -> None:  # noqa: ARG001
        editor.suspend()


def _places(keys: KeyBindings, editor: Keyed) -> None:
    @keys.add("c-n")
    def _next(event: KeyPressEvent) -> None:  # noqa: ARG001
        editor.desk.goes_on(1)

    @keys.add("c-p")
    def _previous(event: KeyPressEvent) -> None:  # noqa: ARG001
        editor.desk.goes_on(-1)

    for digit in "123456789":

        @keys.add("escape", digit)
        def _numbered(event: KeyPressEvent) -> None:
            editor.desk.goes_to(int(event.key_sequence[-1].key))
