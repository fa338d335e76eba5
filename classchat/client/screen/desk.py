"""The interfaces between the editor and the client, so that each can be tested without the other.

ScreenApp is a Desk:     it is told what is typed, and says what stands around the line
Editor is a Surface:     lines are shown and typed there; so is the Terminal of line mode
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from classchat.client.screen.completion import Candidate
from classchat.client.screen.display import Canvas
from classchat.client.tty.surface import Surface, Typist

DOT = " · "
"""The separator of the parts of the line at the bottom."""


class Desk(Typist, Protocol):
    """The client, as far as an editor needs it."""

    @property
    def is_talking(self) -> bool:
        """Whether there is a conversation that the user should not leave by a slip."""

    def pending(self) -> list[str]:
        """Return the lines that stand dimmed above the prompt: messages that are not confirmed yet."""

    def toolbar(self, columns: int) -> str:
        """Return the line at the bottom, of at most so many columns."""

    def candidates(self, text: str) -> Iterator[Candidate]:
        """Return the completions of a text up to the cursor."""

    def remembered(self, text: str) -> str:
        """Return a line in the form that does the same when it is typed again later."""

    def is_secret(self, text: str) -> bool:
        """Return whether a line must not be kept between runs."""

    def goes_to(self, number: int) -> None:
        """Go to the conversation of this number."""

    def goes_on(self, step: int) -> None:
        """Go to the next conversation with unread messages, or with -1 to the previous one."""

    def leaves(self) -> None:
        """Leave: it is Ctrl+C twice, or Ctrl+D."""

    def crashed(self) -> None:
        """Take note that the editor has failed; the log says why."""


class EditorSurface(Surface, Canvas, Protocol):
    """The interface of an editor that the client uses."""

    @property
    def is_typing(self) -> bool:
        """Whether a line was begun that is not sent yet."""

    def hint(self, text: str) -> None:
        """Show a sentence at the bottom, until the next key."""

    def clear(self) -> None:
        """Clear the screen."""
