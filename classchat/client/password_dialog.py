"""A dialog that asks for passwords at a terminal, without showing what is typed.

open    -> asking   ask()
asking  -> open     end(): all answers are there, or the user has given none
open    -> sealed   seal(): a password is on its way, and nothing is shown or taken until it is answered
sealed  -> open     unseal()
"""

from __future__ import annotations

from collections.abc import Callable

from classchat.client.password_prompts import PasswordQuestions
from classchat.client.tty.surface import Surface


class PasswordDialog:
    """The part of a terminal at which passwords are typed."""

    def __init__(self, terminal: Surface, complain: Callable[[str], object]) -> None:
        """Ask at the `terminal`; call `complain` with the reason why an answer is not accepted."""
        self._terminal = terminal
        self._complain = complain
        self._asking: PasswordQuestions | None = None
        self._sealed = False

    @property
    def is_asking(self) -> bool:
        """Whether the next line is an answer."""
        return self._asking is not None

    @property
    def is_sealed(self) -> bool:
        """Whether a password is on its way to the server."""
        return self._sealed

    @property
    def is_open(self) -> bool:
        """Whether lines are shown and taken as usual."""
        return self._asking is None and not self._sealed

    @property
    def prompt(self) -> str:
        """The prompt of the question that is open."""
        return "" if self._asking is None else self._asking.prompt

    def ask(self, asking: PasswordQuestions) -> None:
        """Ask for passwords."""
        self._asking = asking
        self._sealed = False
        self._terminal.hide(True)
        self._terminal.prompt(asking.prompt)
        self._terminal.resume()

    def take(self, line: str) -> bool:
        """Take an answer; return whether the dialog is complete. An empty line ends it without an answer."""
        asking = self._asking
        if asking is None:
            return True
        try:
            if line and asking.answer(line):
                self._terminal.prompt(asking.prompt)
                return False
        except ValueError as wrong:
            self._terminal.forget()  # it may be the beginning of more that was pasted
            self._terminal.prompt("")
            self._complain(str(wrong))
            self._terminal.prompt(asking.prompt)
            return False
        return True

    def end(self) -> None:
        """Go on with the answers, or without them if some are missing."""
        asking, self._asking = self._asking, None
        self._terminal.prompt("")
        if asking is not None:
            asking.end()

    def drop(self) -> None:
        """Forget the question."""
        self._asking = None

    def seal(self) -> None:
        """Show and take nothing until the server has answered."""
        self._sealed = True
        self._terminal.pause()

    def unseal(self, prompt: str) -> None:
        """Show again what is typed. What was typed in the meantime is dropped, and was never shown."""
        self._sealed = False
        self._terminal.hide(False)
        self._terminal.prompt(prompt)
