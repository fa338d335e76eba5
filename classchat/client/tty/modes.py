"""The modes and flags of the terminal that a shell shares with us: always restored."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from classchat.unshared import unshared_output

_UNDO = b"\x1b[?2004l\x1b[?25h\x1b[?7h\x1b[0m"
"""No bracketed paste, a cursor, wrapping, no colours: harmless where nothing of it was changed."""


class Echo:
    """Whether the terminal on standard input shows what is typed there, line by line."""

    def __init__(self) -> None:
        """Look at it, and keep a way to it: StandardIO closes its own."""
        import termios  # not at the top: Windows has none

        self._termios = termios
        self._fd = os.dup(0)
        self._attributes: list[Any] = termios.tcgetattr(self._fd)
        self._is_off = False

    @property
    def is_off(self) -> bool:
        """Whether nothing is shown, for a while."""
        return self._is_off

    def off(self) -> None:
        """Show nothing but the end of each line; what was typed and not read yet is gone."""
        termios = self._termios
        attributes = [*self._attributes]
        attributes[3] = attributes[3] & ~termios.ECHO | termios.ECHONL | termios.ICANON
        self._is_off = True
        self._set(termios.TCSAFLUSH, attributes)

    def on(self) -> None:
        """Show it as before. Harmless twice, and where there is no terminal any more."""
        if self._is_off:
            self._is_off = False
            self._set(self._termios.TCSAFLUSH, self._attributes)

    def forget(self) -> None:
        """Forget what was typed and not read yet."""
        with suppress(self._termios.error):
            self._termios.tcflush(self._fd, self._termios.TCIFLUSH)

    def pause(self) -> None:
        """Show it as before, until `again`."""
        if self._is_off:
            self._set(self._termios.TCSAFLUSH, self._attributes)

    def again(self) -> None:
        """Show nothing if it was so before we were stopped: the shell has made the terminal its own."""
        if self._is_off:
            self.off()

    def close(self) -> None:
        """Look at the terminal no more."""
        self.on()
        os.close(self._fd)

    def _set(self, when: int, attributes: list[Any]) -> None:
        with suppress(self._termios.error):
            self._termios.tcsetattr(self._fd, when, attributes)


class Modes:
    """What the terminal on standard input was like, and how to make it so again."""

    def __init__(self) -> None:
        """Look at it, and keep a way to it: StandardIO closes its own."""
        import termios  # not at the top: Windows has none

        self._termios = termios
        self._fds = [os.dup(0), unshared_output()]
        self._attributes: list[Any] = termios.tcgetattr(self._fds[0])
        self.hides = False
        """Whether what is typed is a secret."""

    def raw(self) -> None:
        """Let every key come as it is pressed, unseen, Ctrl+C included; output is left as it is."""
        termios = self._termios
        attributes = termios.tcgetattr(self._fds[0])
        attributes[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        attributes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
        attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._fds[0], termios.TCSANOW, attributes)

    def restore(self) -> None:
        """Make the terminal what it was. Harmless twice, and where there is no terminal any more."""
        with suppress(self._termios.error):
            self._termios.tcsetattr(self._fds[0], self._termios.TCSANOW, self._attributes)

    def forget(self) -> None:
        """Forget what was typed and not read yet."""
        with suppress(self._termios.error):
            self._termios.tcflush(self._fds[0], self._termios.TCIFLUSH)

    def undo(self) -> None:
        """Take back what was written to the terminal to change it; it may be too full for that."""
        with suppress(OSError):
            os.write(self._fds[1], _UNDO)

    def size(self) -> tuple[int, int]:
        """Return the terminal's columns and rows."""
        try:
            size = os.get_terminal_size(self._fds[1])
        except OSError:
            return 80, 24
        return size.columns or 80, size.lines or 24

    def close(self) -> None:
        """Look at the terminal no more."""
        for fd in self._fds:
            os.close(fd)


@contextmanager
def kept_modes() -> Iterator[Modes]:
    """Leave the terminal as it was found, however this ends."""
    modes = Modes()
    try:
        yield modes
    finally:
        modes.undo()
        modes.forget()  # before it could be seen
        modes.restore()
        modes.close()
