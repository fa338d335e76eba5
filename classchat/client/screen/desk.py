"""What the editor and who uses it ask of each other, so that neither has to be there to test the other.

ScreenApp is a Desk:     it is told what is typed, and tells what stands around the line
Editor is a Surface:     lines are shown there, and asked for; so is the Terminal of the line mode
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from classchat.client.screen.completion import Candidate
from classchat.client.tty.surface import Typist

DOT = " · "
"""Stands between the parts of the line at the bottom."""


class Desk(Typist, Protocol):
    """Who is told what is done at the editor, and tells what stands around the line."""

    @property
    def is_talking(self) -> bool:
        """Whether there is a conversation that one should not leave by a slip."""

    def pending(self) -> list[str]:
        """Return the lines that stand dimmed above the prompt: said, and not confirmed yet."""

    def toolbar(self, columns: int) -> str:
        """Return the line at the bottom, of at most so many columns."""

    def candidates(self, text: str) -> Iterator[Candidate]:
        """Return what may follow a text, up to where the cursor stands."""

    def remembered(self, text: str) -> str:
        """Return how a line that is typed now has to be typed to do the same later."""

    def is_secret(self, text: str) -> bool:
        """Tell whether a line that is typed now is not to be kept between runs."""

    def goes_to(self, number: int) -> None:
        """Go to the conversation of this number."""

    def goes_on(self, step: int) -> None:
        """Go to the next, or with -1 the last, conversation with something unread."""

    def leaves(self) -> None:
        """Leave: it is Ctrl+C twice, or Ctrl+D."""

    def crashed(self) -> None:
        """Know that the editor has failed; why stands in the log."""
