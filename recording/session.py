"""A session of real clients: their windows, and the film that is made of them."""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from random import Random

from benchmarks.window import Window
from recording.film import Film, Shot, shot

COLUMNS, ROWS = 62, 18
"""The size of a client's window."""

_PATIENCE = 20.0
_QUIET = 0.02
"""Seconds without a change after which a screen has come to rest."""

_HOLD = 8.0  # seconds that the last frame stands


class CannotRecord(Exception):
    """A screen did not show the expected text."""


class Session:
    """The windows, and the film that is made of them."""

    def __init__(self, windows: dict[str, Window]) -> None:
        self._windows = windows
        self._frames: list[tuple[float, tuple[Shot, ...]]] = []
        self._now = 0.0
        self._random = Random(5)  # noqa: S311 (a picture that is the same each time)

    def types(self, who: str, text: str, *, pace: float = 0.075) -> None:
        """Press keys, one after the other, each a frame."""
        for key in text:
            self._press(who, key)
            self._rest()
            self._take(pace * self._random.uniform(0.5, 1.5))

    def enters(self, who: str, *, until: dict[str, str], pause: float = 1.2) -> None:
        """Press Enter, and wait until this can be seen in these windows."""
        self.presses(who, "\r", until=until, pause=pause)

    def presses(self, who: str, key: str, *, until: dict[str, str], pause: float = 0.5) -> None:
        """Press any key, and wait until this can be seen in these windows.

        Raises:
            CannotRecord: it can't.
        """
        self._windows[who].press(key)
        for whose, text in until.items():
            self.sees(whose, text)
        self._rest()
        self._take(pause)

    def sees(self, who: str, text: str) -> None:
        """Wait until a text stands on a screen.

        Raises:
            CannotRecord: it does not.
        """
        self._wait(who, text, lambda: text in str(self._windows[who]))

    def waits(self, seconds: float) -> None:
        """Extend the film by some seconds."""
        self._take(seconds)

    def film(self) -> Film:
        """Return the recorded film."""
        return Film(list(self._windows), COLUMNS, ROWS, self._frames, round(self._now + _HOLD, 2))

    def _take(self, seconds: float) -> None:
        """Add a shot of all windows to the film, for so many seconds."""
        self._frames.append((self._now, tuple(shot(window.screen) for window in self._windows.values())))
        self._now = round(self._now + seconds, 2)

    def _press(self, who: str, key: str) -> None:
        window = self._windows[who]
        typed = f"{window.before_cursor}{key}"
        window.press(key)
        self._wait(who, typed, lambda: window.before_cursor == typed)

    def _wait(self, who: str, text: str, shown: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not shown():
            if not self._read(deadline - time.monotonic()):
                window = self._windows[who]
                raise CannotRecord(f"recording: '{text}' is not to be seen where {who} is:\n{window}")

    def _rest(self) -> None:
        """Wait until the windows stop changing."""
        while self._read(_QUIET) or self._drawing():
            pass

    def _drawing(self) -> bool:
        return any(window.screen.cursor.hidden for window in self._windows.values())

    def _read(self, seconds: float) -> bool:
        """Draw the output of the next seconds; return whether there was any."""
        windows = {window.fd: window for window in self._windows.values()}
        ready, _, _ = select.select(list(windows), [], [], max(0.0, seconds))
        printed = {fd: windows[fd].read() for fd in ready}
        for fd, data in printed.items():
            windows[fd].show(data)
        return any(printed.values())


def served(stack: ExitStack, port: int, home: Path) -> str:
    """Run a server until the stack is closed; return its address.

    Raises:
        CannotRecord: it does not start.
    """
    serve = [sys.executable, "-m", "classchat", "serve", "--journal", "memory:", "--port", str(port)]
    server = stack.enter_context(Window(serve, 80, 24, home))
    Session({"the server": server}).sees("the server", "[SERVER] Waiting for connections...")
    return server.row(0).rpartition(" ")[2]
