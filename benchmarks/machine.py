"""The machine of the benchmark: its cores, ports and processes, and its description."""

from __future__ import annotations

import os
import platform
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

_CORES = sorted(os.sched_getaffinity(0))

SERVER_CORE = _CORES[0]
LOAD_CORE = _CORES[min(1, len(_CORES) - 1)]
PINNED = len(_CORES) > 1


def placed(core: int, files: int | None = None) -> Callable[[], None]:
    """Return a function that a child process calls before it becomes another program.

    It moves the child to its core, if there are several, and sets its limit of open files to the maximum or
    to `files`.
    """

    def place() -> None:
        if PINNED:
            os.sched_setaffinity(0, {core})
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most if files is None else files, most))

    return place


def free_port() -> int:
    """Return a free port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def processes(root: int) -> Iterator[int]:
    """Yield a process and all that descend from it."""
    yield root
    for thread in Path(f"/proc/{root}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended meanwhile
            for child in (thread / "children").read_text().split():
                yield from processes(int(child))


def memory(root: int, what: str = "VmRSS") -> int:
    """Return the KiB of a process and its children: `VmRSS` now, `VmHWM` at the most.

    `RssAnon` leaves out the pages of files, which the system adds and drops at will; `Pss` divides these
    among the processes that share them.
    """
    total = 0
    for process in processes(root):
        file = "smaps_rollup" if what == "Pss" else "status"
        for line in Path(f"/proc/{process}/{file}").read_text().splitlines():
            if line.startswith(f"{what}:"):
                total += int(line.split()[1])
    return total


def described() -> str:
    """Return a description of this machine."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    pinned = f"server on core {SERVER_CORE}, load on core {LOAD_CORE}" if PINNED else "not pinned: one core"
    versions = f"Linux {platform.release()}, Python {platform.python_version()}"
    return f"{model}, {len(_CORES)} cores ({pinned}), {versions}"
