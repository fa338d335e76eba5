"""`python -m recording`: records Alice and Bob, who talk with real clients in pseudo-terminals.

The script below has their input and the time that the picture takes for it; the screens come from the
clients. Their time zone makes it four minutes past ten.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.window import Window
from recording.film import DimScreen, Film
from recording.picture import svg
from recording.session import COLUMNS, ROWS, CannotRecord, Session, served

_OUTPUT = Path(__file__).parent.parent / "docs" / "session.svg"
_PASTE = "\x1b[200~\nfor line in sys.stdin:\n    print(line.upper())\x1b[201~"


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
    session.enters("Alice", until={"Alice": "[CS350 - Alice] Welcome", "Bob": "Alice] Welcome"})
    session.types("Bob", "Hello Alice! Do you have the sli")
    session.types("Alice", "We meet tomorrow at ten, in the library")
    session.enters("Alice", until={"Alice": "[CS350 - Alice] We meet", "Bob": "Alice] We meet"})
    session.types("Bob", "des?")
    session.enters("Bob", until={"Bob": "[CS350 - Bob] Hello", "Alice": "Bob] Hello"})
    session.types("Alice", "They are on the shelf; and try this:")
    session.presses("Alice", _PASTE, until={"Alice": "print(line"})
    session.enters("Alice", until={"Alice": "[CS350 - Alice] They", "Bob": "print(line"})
    session.types("Bob", "/private Alice And the notes of Monday?")
    session.enters("Bob", until={"Bob": "[Private to Alice]", "Alice": "[Private from Bob]"})
    session.types("Alice", "/reply I'll send you mine tonight")
    session.enters("Alice", until={"Alice": "[Private to Bob]", "Bob": "[Private from Alice]"})
    session.types("Bob", "/me thanks @Al")
    session.presses("Bob", "\t", until={"Bob": "@Alice"})
    session.enters("Bob", until={"Bob": "[CS350 - Bob] * Bob", "Alice": "* Bob thanks"})
    session.types("Alice", "See you tomorrow 👋")
    session.enters("Alice", until={"Alice": "[CS350 - Alice] See", "Bob": "Alice] See"})
    session.types("Bob", "Bye, Alice! 再见")
    session.types("Alice", "And could somebody bring")
    session.enters("Bob", until={"Bob": "[CS350 - Bob] Bye", "Alice": "Bob] Bye"})
    session.types("Alice", " a lap")


def recorded(port: int) -> Film:
    """Start a server and two clients, play the session, and return the film.

    Raises:
        CannotRecord: something is not as it is expected, a port that is taken, say.
    """
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="classchat-recording-")))
        address = served(stack, port, home)
        variables = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "PS1": "$ ",
            "TZ": _zone(datetime.now(UTC)),
            "COLORTERM": "truecolor",
        }
        windows = {}
        for who in ("Alice", "Bob"):
            (home / who).mkdir()
            window = Window(["bash", "--norc", "-i"], COLUMNS, ROWS, home / who, DimScreen, **variables)
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
