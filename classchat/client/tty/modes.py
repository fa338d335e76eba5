"""The modes and flags of the terminal that the client shares with its shell: always restored."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from classchat.unshared import unshared_output

_UNDO = b"\x1b[?2004l\x1b[?25h\x1b[?7h\x1b[0m"
"""Bracketed paste off, cursor, wrapping, no colours: harmless if nothing was changed."""


class Echo:
    """The echo of the terminal on standard input."""

    def __init__(self) -> None:
        """Record how the terminal is, with file descriptors of our own: StandardIO closes its own."""
        import termios  # not at the top: Windows has none

        self._termios = termios
        self._fd = os.dup(0)
        self._attributes: list[Any] = termios.tcgetattr(self._fd)
        self._is_off = False

    @property
    def is_off(self) -> bool:
        """Whether typing is hidden for now."""
        return self._is_off

    def off(self) -> None:
        """Hide what is typed, except for the end of each line; drop what was typed and not read yet."""
        termios = self._termios
        attributes = [*self._attributes]
        attributes[3] = attributes[3] & ~termios.ECHO | termios.ECHONL | termios.ICANON
        self._is_off = True
        self._set(termios.TCSAFLUSH, attributes)

    def on(self) -> None:
        """Show what is typed as before. Harmless twice, and if the terminal is gone."""
        if self._is_off:
            self._is_off = False
            self._set(self._termios.TCSAFLUSH, self._attributes)

    def forget(self) -> None:
        """Drop what was typed and not read yet."""
        with suppress(self._termios.error):
            self._termios.tcflush(self._fd, self._termios.TCIFLUSH)

    def pause(self) -> None:
        """Show what is typed as before, until `again`."""
        if self._is_off:
            self._set(self._termios.TCSAFLUSH, self._attributes)

    def again(self) -> None:
        """Hide what is typed if it was hidden before a stop: the shell has reset the terminal."""
        if self._is_off:
            self.off()

    def close(self) -> None:
        """Close the file descriptors."""
        self.on()
        os.close(self._fd)

    def _set(self, when: int, attributes: list[Any]) -> None:
        with suppress(self._termios.error):
            self._termios.tcsetattr(self._fd, when, attributes)


class Modes:
    """The modes of the terminal on standard input, and how to restore them."""

    def __init__(self) -> None:
        """Record how the terminal is, with file descriptors of our own: StandardIO closes its own."""
        import termios  # not at the top: Windows has none

        self._termios = termios
        self._fds = [os.dup(0), unshared_output()]
        self._attributes: list[Any] = termios.tcgetattr(self._fds[0])
        self.hides = False
        """Whether what is typed is a secret."""

    def raw(self) -> None:
        """Deliver each key as it is pressed, without echo, Ctrl+C included; leave the output as it is."""
        termios = self._termios
        attributes = termios.tcgetattr(self._fds[0])
        attributes[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        attributes[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
        attributes[6][termios.VMIN], attributes[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._fds[0], termios.TCSANOW, attributes)

    def restore(self) -> None:
        """Restore the terminal. Harmless twice, and if the terminal is gone."""
        with suppress(self._termios.error):
            self._termios.tcsetattr(self._fds[0], self._termios.TCSANOW, self._attributes)

    def forget(self) -> None:
        """Drop what was typed and not read yet."""
        with suppress(self._termios.error):
            self._termios.tcflush(self._fds[0], self._termios.TCIFLUSH)

    def stop(self) -> None:
        """Stop the process as Ctrl+Z does, with the terminal restored; return when the shell continues it."""
        self.undo()
        if self.hides:
            self.forget()
        self.restore()
        os.kill(0, signal.SIGTSTP)  # nothing happens if no shell could continue the client
        self.raw()

    def undo(self) -> None:
        """Undo the escape sequences that were written to the terminal; it may be too full for that."""
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
        """Close the file descriptors."""
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
        modes.forget()  # before the terminal shows it
        modes.restore()
        modes.close()
