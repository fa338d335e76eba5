"""Passwords: questions for them, and the file from which a program reads one.

A typed password is never shown or kept: not on the screen, and not in a history, a log or an error.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

_PRESENT = "Your password: "
_NEW = "Your new password: "
_AGAIN = "Your new password again: "
_LEAVING = "Press Enter to leave: "
_LONGEST = 4096  # characters; a server's limit is its own, and lower
_LONGEST_FILE = 4096  # bytes
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

PLAIN_TEXT = (
    "Passwords are not sent unencrypted to another machine: remove tls = false, or, if you trust the network,"
    " use --no-tls"
)


class PasswordQuestions:
    """A series of questions for passwords."""

    def __init__(
        self, prompts: Sequence[str], then: Callable[..., object], otherwise: Callable[[], object]
    ) -> None:
        """Ask with these prompts; call `then` with the answers, or `otherwise` if some are missing."""
        self._prompts = prompts
        self._answers: list[str] = []
        self._then = then
        self._otherwise = otherwise

    @property
    def prompt(self) -> str:
        """The prompt of the current question."""
        return self._prompts[len(self._answers)]

    def answer(self, text: str) -> bool:
        """Take an answer; return whether there are more questions.

        Raises:
            ValueError: it can't be one; the sentence says why.
        """
        if "\n" in text:
            raise ValueError("A password is a single line: nothing of what you pasted was used")
        if _CONTROL.search(text):
            raise ValueError("A password can't contain control characters")
        if len(text) > _LONGEST:
            raise ValueError("That is too long for a password: nothing of it was used")
        if self.prompt == _AGAIN and text != self._answers[-1]:
            del self._answers[-1]
            raise ValueError("Passwords don't match: choose the new password again")
        self._answers.append(text)
        return len(self._answers) < len(self._prompts)

    def end(self) -> None:
        """Go on with the answers, or without if some are missing."""
        if len(self._answers) < len(self._prompts):
            self._otherwise()
        else:
            self._then(*self._answers[: len(self._prompts) - (_AGAIN in self._prompts)])


def of_name(name: str, then: Callable[[str], object], otherwise: Callable[[], object]) -> PasswordQuestions:
    """Ask for the password of a name."""
    return PasswordQuestions((f"Password for {name}: ",), then, otherwise)


def new(then: Callable[[str], object], otherwise: Callable[[], object]) -> PasswordQuestions:
    """Ask for a new password."""
    return PasswordQuestions((_NEW, _AGAIN), then, otherwise)


def another(then: Callable[[str, str], object], otherwise: Callable[[], object]) -> PasswordQuestions:
    """Ask for the present password, and a new one."""
    return PasswordQuestions((_PRESENT, _NEW, _AGAIN), then, otherwise)


def farewell(leave: Callable[[], object]) -> PasswordQuestions:
    """Ask for Enter, if a password was being typed when the connection was closed."""
    return PasswordQuestions((_LEAVING,), lambda _: leave(), leave)


def read_password(path: Path) -> str:
    """Return the first line of a file that only its owner can read.

    Raises:
        ValueError: it can't be read, or others can; the sentence says what to do.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            line = file.readline(_LONGEST_FILE).decode("utf-8-sig").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ValueError(f"Can't read the password in {path}: {reason}") from None
    if os.name == "posix" and stat.S_ISREG(mode) and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValueError(f"Others can read the password in {path}: chmod 600 {path}")
    if not line:
        raise ValueError(f"The first line of {path} is empty: write the password there")
    return line
