"""A command in a pseudo-terminal, and its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import pyte

_READ = 65_536


class Window:
    """The master side of a pseudo-terminal: it sends keys, and draws the output on a screen."""

    def __init__(
        self,
        command: Sequence[str],
        columns: int,
        rows: int,
        home: Path,
        screen: type[pyte.Screen] = pyte.Screen,
        **variables: str,
    ) -> None:
        """Start a command with its files in `home` and a minimal environment."""
        self.screen = screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.fd, theirs = pty.openpty()
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        try:
            self._process = subprocess.Popen(  # noqa: S603 (ours)
                command,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                cwd=home,
                env=_environment(home, variables),
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            )
        finally:
            os.close(theirs)
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        """Keep it open for a while."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kill the command and what it runs in the foreground, and close the window."""
        with suppress(OSError):  # a client that only loses its terminal would still write its files
            group = os.tcgetpgrp(self.fd)  # 0 if there is none: to a signal that would mean our own group
            if group > 0 and os.getsid(group) == self.pid:
                os.killpg(group, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        os.close(self.fd)

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self.fd, keys.encode())

    def read(self) -> bytes:
        """Return new output, waiting for it if necessary; b"" if the command has ended."""
        try:
            return os.read(self.fd, _READ)
        except OSError:  # Linux reports the end of the other side like this
            return b""

    def show(self, data: bytes) -> None:
        """Draw the output on the screen."""
        self._stream.feed(data)

    def row(self, number: int) -> str:
        """Return the text of a row, without the blanks at its end."""
        return self._cells(number, self.screen.columns).rstrip()

    @property
    def before_cursor(self) -> str:
        """The text of the cursor's row, up to the cursor."""
        return self._cells(self.screen.cursor.y, self.screen.cursor.x)

    def _cells(self, row: int, end: int) -> str:
        cells = self.screen.buffer[row]
        return "".join(cells[column].data for column in range(end))

    def __str__(self) -> str:
        return "\n".join(map(self.row, range(self.screen.lines)))


def _environment(home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a new user."""
    kept = {key: os.environ[key] for key in ("PATH", "PYTHONPATH", "VIRTUAL_ENV") if key in os.environ}
    return {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", **variables}
