"""Runs the load generator, and reads its results."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Mapping, Sequence
from typing import IO

import msgspec

from benchmarks.machine import LOAD_CORE, PINNED, memory, processes
from benchmarks.native import CannotMeasure, compiled
from benchmarks.servers import Running, Server

_LOST = 3
"""The generator's exit code for messages that were lost or doubled."""

LONGEST = 180.0
"""Seconds that a run of the generator may take in all, set-up included."""

Shape = Mapping[str, int | float | bool]
"""The generator's options without their dashes; a flag is True."""


class Measured(msgspec.Struct, frozen=True):
    """The result of one run of the generator: latencies in µs, memory in KiB, CPU in seconds."""

    deliveries: int
    messages: int
    seconds: float
    server_cpu: float
    load_cpu: float
    p50: float
    p99: float
    most: float
    samples: int
    clients: int
    sign_in_seconds: float
    sign_in_p50: float
    sign_in_p99: float
    rss_before: float
    rss_after: float
    lost: int
    doubled: int
    errors: int
    closed: int
    strange: int
    overrun: int
    frames: int
    slow_gone: int
    stuck_after: list[float]
    rss_most: float = 0
    """The most memory that the server has had."""

    @property
    def faults(self) -> str:
        """The failures in words; "" if there are none."""
        counts = {
            "LOST": self.lost,
            "DOUBLED": self.doubled,
            "ERRORS": self.errors,
            "CLOSED": self.closed,
            "STRANGE": self.strange,
        }
        return ", ".join(f"{name} {count}" for name, count in counts.items() if count)


def run(
    server: Server,
    one: Running,
    shape: Shape,
    while_measuring: Callable[[], None] | None = None,
    watched: Sequence[Running] = (),
) -> Measured:
    """Run the generator against a server, and call `while_measuring` when the measured part begins.

    The CPU time and the memory are those of the servers that are `watched`, by default of this one.

    Raises:
        CannotMeasure: the generator failed.
    """
    command = [
        compiled("generator"),
        f"--port={one.port}",
        f"--limit={LONGEST}",
        *_options(server, watched or [one], shape),
    ]
    with subprocess.Popen(  # noqa: S603 (ours)
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as generator:
        try:
            return _measured(server, one, generator, while_measuring)
        finally:
            generator.kill()


def _options(server: Server, watched: Sequence[Running], shape: Shape) -> list[str]:
    pids = ",".join(str(pid) for one in watched for pid in processes(one.pid))
    options = [f"--{name}" if value is True else f"--{name}={value}" for name, value in shape.items()]
    if server.irc:
        options.append("--irc")
    if server.capabilities:
        options.append(f"--capabilities={server.capabilities}")
    if server.websocket:
        options.append(f"--websocket={server.websocket}")
    if PINNED:
        options.append(f"--core={LOAD_CORE}")
    return [f"--at-once={server.at_once}", *options, f"--pids={pids}"]


def _measured(
    server: Server, one: Running, generator: subprocess.Popen[str], while_measuring: Callable[[], None] | None
) -> Measured:
    assert generator.stdout is not None  # noqa: S101 (we asked for pipes)
    assert generator.stderr is not None  # noqa: S101
    if generator.stdout.readline() and while_measuring is not None:
        while_measuring()
    last = generator.stdout.readline()
    with contextlib.suppress(OSError):
        most = memory(one.pid, "VmHWM")
    code = generator.wait(timeout=LONGEST)
    if code not in (0, _LOST) or not last:
        raise CannotMeasure(_trouble(server, one, generator.stderr, code))
    return msgspec.structs.replace(msgspec.json.decode(last, type=Measured), rss_most=most)


def _trouble(server: Server, one: Running, stderr: IO[str], code: int) -> str:
    """Return why there is no result."""
    said = stderr.read().strip() or f"the generator ended with {code}"
    state = one.process.poll()
    fate = "" if state is None else f" The server ended with {state}."
    errors = one.errors.read_text(errors="replace")[-2000:]
    return f"benchmarks: {server.name}: {said}.{fate}{errors and f' On its stderr:{chr(10)}{errors}'}"
