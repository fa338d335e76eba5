"""Counts the instructions of a server that runs under valgrind's callgrind."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.native import CannotMeasure
from benchmarks.servers import Running, Server, running

_PATIENCE: Final = 300.0
"""Seconds that a server may take to start: under valgrind all takes 20 to 50 times as long."""

_ALWAYS_THE_SAME: Final = ("env", "PYTHONHASHSEED=0")
_TOTAL: Final = re.compile(r"^(?:summary|totals): (\d+)$", re.MULTILINE)


class Counted:
    """A server whose instructions can be counted."""

    def __init__(self, one: Running, directory: Path) -> None:
        self.port = one.port
        self._pid = one.pid
        self._out = directory / "out"
        self._dumps = 0

    def during(self, act: Callable[[], object]) -> int:
        """Return how many instructions the server needs while something is done to it.

        Raises:
            CannotMeasure: valgrind does not answer.
        """
        self._order("zero")
        act()
        self._order("dump")
        self._dumps += 1
        found = _TOTAL.search(Path(f"{self._out}.{self._dumps}").read_text())
        if found is None:
            raise CannotMeasure("benchmarks: valgrind has counted nothing")
        return int(found[1])

    def begin(self) -> None:
        """Count from now on, and run slower."""
        self._order("instrumentation on")

    def _order(self, order: str) -> None:
        command = ["vgdb", f"--pid={self._pid}", *order.split()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)  # noqa: S603 (ours)
        if done.returncode:
            raise CannotMeasure(f"benchmarks: {' '.join(command)} failed:\n{done.stderr}")


@contextmanager
def counted(server: Server, directory: Path) -> Iterator[Counted]:
    """Run a fresh server under callgrind, which keeps its files in a directory, while the context lasts.

    Raises:
        CannotMeasure: there is no valgrind, or the server does not start.
    """
    if shutil.which("valgrind") is None or shutil.which("vgdb") is None:
        raise CannotMeasure("benchmarks: this needs valgrind: apt-get install valgrind")
    valgrind = (
        "valgrind",
        "--tool=callgrind",
        f"--callgrind-out-file={directory / 'out'}",
        "--instr-atstart=no",
    )

    def command(port: int, own: Path) -> list[str]:
        return [*_ALWAYS_THE_SAME, *valgrind, *server.command(port, own)]

    with running(replace(server, command=command), patience=_PATIENCE) as one:
        yield Counted(one, directory)
