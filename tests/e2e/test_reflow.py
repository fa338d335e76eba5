"""A terminal that re-wraps its lines, which pyte does not: tmux, made narrow and wide again."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.helpers import CLASSCHAT, PATIENCE, Server, environment

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")

TEXT = "a long line of 漢字漢字 and 👩🏽\u200d🚀🎉 and e\u0301 and שלום עולם that has to be wrapped, END"


class Tmux:
    """A tmux server of our own, with one window in which a command runs."""

    def __init__(self, directory: Path, command: list[str]) -> None:
        self._socket = str(directory / "tmux")
        self._environment = environment(directory)
        self._environment.pop("TMUX", None)
        self._run("new-session", "-d", "-x", "200", "-y", "50", shlex.join(command))

    def types(self, text: str) -> None:
        """Type a text."""
        self._run("send-keys", "-l", text)

    def enters(self) -> None:
        """Press Enter."""
        self._run("send-keys", "Enter")

    def resizes(self, columns: int) -> None:
        """Make the window wider or narrower."""
        self._run("resize-window", "-x", str(columns), "-y", "50")

    @property
    def lines(self) -> list[str]:
        """All visible lines and the scrollback, with wrapped lines joined."""
        shown = self._run("capture-pane", "-p", "-J", "-S", "-").splitlines()
        return [line.rstrip() for line in shown if line.strip()]

    def comes_to(self, condition: Callable[[list[str]], bool]) -> None:
        """Wait until a condition on the lines holds, by polling."""
        deadline = time.monotonic() + PATIENCE
        while not condition(self.lines):
            assert time.monotonic() < deadline, "\n".join(self.lines)
            time.sleep(0.05)

    def close(self) -> None:
        """Stop tmux. Harmless twice."""
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True, check=False)

    def _run(self, *words: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *words]
        return subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=True, timeout=PATIENCE
        ).stdout


@pytest.fixture
def alice(tmp_path: Path, server: Server) -> Iterator[Tmux]:
    """Sign Alice in, in tmux."""
    alice = Tmux(tmp_path, [*CLASSCHAT, server.address_of("Alice")])
    try:
        alice.comes_to(lambda lines: "You:" in lines[-2:])
        yield alice
    finally:
        alice.close()


def test_nothing_of_the_line_is_left(alice: Tmux, server: Server, connect: Connect) -> None:
    """From 200 columns to 20 and back, with messages meanwhile, the line is shown once."""
    bob = connect(server.port, "Bob")
    alice.types("/focus @Bob")
    alice.enters()
    alice.comes_to(lambda lines: any(line.startswith("You → @Bob:") for line in lines))
    alice.types(TEXT)
    alice.comes_to(lambda lines: any(line.endswith("END") for line in lines))
    for columns in (20, 200):
        alice.resizes(columns)
        alice.comes_to(lambda lines, c=columns: (" · Alice · " in lines[-1]) == (c == 200))
        bob.asks("private", "Alice", f"at {columns}")
        alice.comes_to(lambda lines, c=columns: any(f"at {c}" in line for line in lines))
    alice.comes_to(lambda lines: any(line.endswith("END") for line in lines))
    seen = alice.lines
    alice.enters()
    heard = bob.hears()["text"]

    assert TEXT == heard
    assert 1 == sum("a long line of" in line for line in seen)
    assert 1 == sum("· connect" in line for line in seen)
    assert ["at 20", "at 200"] == [line.rpartition("] ")[2] for line in seen if "Bob] at" in line]
