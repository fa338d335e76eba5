"""A minimal shell: it runs a command on its own terminal, and reports the terminal's state afterwards.

`python shell.py REPORT COMMAND...` writes the command's pid to REPORT.pid, and at the end to REPORT
its exit code and the terminal's settings before and after, as JSON.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol


class Job(Protocol):
    """A command that runs."""

    pid: int

    def wait(self) -> int:
        """Wait until it has ended, and return its exit code."""


def settings() -> list[Any]:
    """Return the flags of the open file that we share with the command, and the terminal's attributes."""
    return [
        [fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK for fd in (0, 1, 2)],
        repr(termios.tcgetattr(0)),
    ]


def main(report: Path, command: list[str], start: Callable[[list[str]], Job] = subprocess.Popen) -> None:
    """Run the command in the foreground."""
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl+C is for the command
    before = settings()
    process = start(command)
    report.with_suffix(".pid").write_text(str(process.pid))
    code = process.wait()
    report.write_text(json.dumps({"exit code": code, "before": before, "after": settings()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
