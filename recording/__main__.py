"""`python -m recording`: records Alice and Bob, who talk with real clients in pseudo-terminals.

The script below has their input and the time that the picture takes for it; the screens come from the
clients. Their time zone makes it four minutes past ten.
"""

from __future__ import annotations

import argparse
import os
import select
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from benchmarks.window import Window
from recording.film import DimScreen, Film, Shot, shot
from recording.picture import svg

_COLUMNS, _ROWS = 62, 18
_PATIENCE = 20.0
_QUIET = 0.02
"""Seconds without a change after which a screen has come to rest."""

_HOLD = 8.0  # seconds that the last frame stands
_OUTPUT = Path(__file__).parent.parent / "docs" / "session.svg"
_PASTE = "\x1b[200~\nfor line in sys.stdin:\n    print(line.upper())\x1b[201~"


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
        return Film(list(self._windows), _COLUMNS, _ROWS, self._frames, round(self._now + _HOLD, 2))

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


def played(session: Session, address: str) -> None:
    """Play it."""
    for who in ("Alice", "Bob"):
        session.sees(who, "$")
    session.waits(0.8)
    session.types("Alice", f"classchat Alice@{address}", pace=0.04)
    session.enters("Alice", until={"Alice": "connected"})
    session.types("Alice", "/create CS350")
    session.enters("Alice", until={"Alice": "You → CS350:"})
    session.types("Bob", f"classchat Bob@{address}", pace=0.03)
    session.enters("Bob", until={"Bob": "connected"}, pause=0.6)
    session.types("Bob", "/join C")
    session.presses("Bob", "\t", until={"Bob": "/join CS350"})
    session.enters("Bob", until={"Bob": "You → CS350:", "Alice": "Bob has joined the chat room"})
    session.types("Alice", "Welcome to the study group, Bob! 你好 🎉")
    session.enters("Alice", until={"Alice": "10:04 [CS350 - Alice] Welcome", "Bob": "Alice] Welcome"})
    session.types("Bob", "Hello Alice! Do you have the sli")
    session.types("Alice", "We meet tomorrow at ten, in the library")
    session.enters("Alice", until={"Alice": "10:04 [CS350 - Alice] We meet", "Bob": "Alice] We meet"})
    session.types("Bob", "des?")
    session.enters("Bob", until={"Bob": "10:04 [CS350 - Bob] Hello", "Alice": "Bob] Hello"})
    session.types("Alice", "They are on the shelf; and try this:")
    session.presses("Alice", _PASTE, until={"Alice": "print(line"})
    session.enters("Alice", until={"Alice": "10:04 [CS350 - Alice] They", "Bob": "print(line"})
    session.types("Bob", "/private Alice And the notes of Monday?")
    session.enters("Bob", until={"Bob": "[Private to Alice]", "Alice": "[Private from Bob]"})
    session.types("Alice", "/reply I'll send you mine tonight")
    session.enters("Alice", until={"Alice": "[Private to Bob]", "Bob": "[Private from Alice]"})
    session.types("Bob", "/me thanks @Al")
    session.presses("Bob", "\t", until={"Bob": "@Alice"})
    session.enters("Bob", until={"Bob": "10:04 [CS350 - Bob] * Bob", "Alice": "* Bob thanks"})
    session.types("Alice", "See you tomorrow 👋")
    session.enters("Alice", until={"Alice": "10:04 [CS350 - Alice] See", "Bob": "Alice] See"})
    session.types("Bob", "Bye, Alice! 再见")
    session.types("Alice", "And could somebody bring")
    session.enters("Bob", until={"Bob": "10:04 [CS350 - Bob] Bye", "Alice": "Bob] Bye"})
    session.types("Alice", " a lap")


def recorded(port: int) -> Film:
    """Start a server and two clients, play the session, and return the film.

    Raises:
        CannotRecord: something is not as it is expected, a port that is taken, say.
    """
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="classchat-recording-")))
        serve = [sys.executable, "-m", "classchat", "serve", "--journal", "memory:", "--port", str(port)]
        server = stack.enter_context(Window(serve, 80, 24, home))
        Session({"the server": server}).sees("the server", "[SERVER] Waiting for connections...")
        address = server.row(0).rpartition(" ")[2]
        variables = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "PS1": "$ ",
            "TZ": _zone(datetime.now(UTC)),
            "COLORTERM": "truecolor",
        }
        windows = {}
        for who in ("Alice", "Bob"):
            (home / who).mkdir()
            window = Window(["bash", "--norc", "-i"], _COLUMNS, _ROWS, home / who, DimScreen, **variables)
            windows[who] = stack.enter_context(window)
        session = Session(windows)
        played(session, address)
        return session.film()


def _zone(now: datetime) -> str:
    """Return a time zone with the local time 10:04, in POSIX form: the offset from local time to UTC."""
    seconds = (now.hour * 60 + now.minute) * 60 + now.second - (10 * 60 + 4) * 60
    minutes, second = divmod(abs(seconds), 60)
    return f"CHAT{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02}:{second:02}"


def main(arguments: Sequence[str]) -> int:
    """Record, and write the picture; return 1 with a sentence if that can't be done."""
    parser = argparse.ArgumentParser(prog="python -m recording", description=__doc__)
    parser.add_argument("output", type=Path, nargs="?", default=_OUTPUT, help="default: docs/session.svg")
    parser.add_argument("--port", type=int, default=5555, help="where the server listens (default: 5555)")
    options = parser.parse_args(arguments)
    try:
        film = recorded(options.port)
    except CannotRecord as trouble:
        print(trouble, file=sys.stderr)
        return 1
    options.output.write_text(svg(film), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
