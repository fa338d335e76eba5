"""What the client and a terminal ask of each other: the surface shows lines, the typist takes them."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.defer import Deferred


class Typist(Protocol):
    """Who is told what is typed."""

    def typed(self, line: str) -> None:
        """Take a line, without its newline."""

    def typed_too_much(self, longest: int) -> None:
        """Know that a line of more than `longest` bytes was thrown away."""

    def ended(self) -> None:
        """Know that nothing more will be typed."""

    def unheard(self) -> None:
        """Know that nobody reads our output any more."""


class Surface(Protocol):
    """Where lines are shown, and typed below a prompt."""

    def show(self, text: str) -> None:
        """Show whole lines, above the prompt if there is one."""

    def prompt(self, text: str) -> None:
        """Ask for the next line with this text, and for all that follow, until there is another one."""

    def hide(self, whether: bool) -> None:
        """Do not show what is typed, or show it again; either way forget what was typed before that."""

    def forget(self) -> None:
        """Forget what was typed and not taken yet."""

    def pause(self) -> None:
        """Take no further lines."""

    def resume(self) -> None:
        """Take lines again."""

    def throttle(self, producer: object) -> None:
        """Let what we show come no faster than it is read."""

    def unthrottle(self) -> None:
        """Know that what we showed comes from nowhere any more."""

    def close(self) -> Deferred[None]:
        """Show what is left to be shown; what fires when it is read."""
