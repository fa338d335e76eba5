"""The interfaces between the client and a terminal: the surface shows lines, the typist takes them."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred


class Typist(Protocol):
    """The part of the client that is told what is typed."""

    def typed(self, line: str) -> None:
        """Take a line, without its newline."""

    def typed_too_much(self, longest: int) -> None:
        """Take note that a line of more than `longest` bytes was dropped."""

    def ended(self) -> None:
        """Take note that the input has ended."""

    def unheard(self) -> None:
        """Take note that the output has no reader any more."""


class Surface(Protocol):
    """A place where lines are shown, and typed below a prompt."""

    def show(self, text: str) -> None:
        """Show whole lines, above the prompt if there is one."""

    def prompt(self, text: str) -> None:
        """Show this prompt for the next line and all later ones."""

    def progress(self, text: str) -> None:
        """Show how far something has come, next to the prompt; "" takes it away."""

    def hide(self, whether: bool) -> None:
        """Hide what is typed, or show it again; either way drop what was typed before."""

    def forget(self) -> None:
        """Drop what was typed and not taken yet."""

    def pause(self) -> None:
        """Take no further lines."""

    def resume(self) -> None:
        """Take lines again."""

    def throttle(self, producer: object) -> None:
        """Pause the producer of the output while the output is not read."""

    def unthrottle(self) -> None:
        """Forget the producer of the output."""

    def close(self) -> Deferred[None]:
        """Show what is left; return what fires when it is read."""
