"""`python -m benchmarks.flood HOST PORT`: connects at a constant rate, and counts the results.

Each connection waits until the server sends something or hangs up. It comes from the address of this machine
that leads to HOST; a server counts it unless that is a loopback address.
"""

from __future__ import annotations

import argparse
import select
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

import msgspec

from benchmarks.machine import LOAD_CORE, placed
from benchmarks.native import CannotMeasure

_PATIENCE = 5.0  # seconds for the last ones to be answered
_MOST_OPEN = 10_000


class Flooded(msgspec.Struct):
    """The results of the connections."""

    tried: int = 0
    seconds: float = 0.0
    turned_away: int = 0
    let_in: int = 0
    """Those the server kept: it waits for their name."""
    failed: int = 0


def own_address() -> str:
    """Return an address of this machine that is not loopback's.

    Raises:
        CannotMeasure: it has none.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # this sends nothing
        address: str = probe.getsockname()[0]
        if not address.startswith("127."):
            return address
    raise CannotMeasure(
        "benchmarks: this machine has no address but 127.0.0.1, whose connections are not counted"
    )


def flood(host: str, port: int, per_second: float, seconds: float) -> Flooded:
    """Connect at a rate for some seconds; close each connection when it is answered."""
    flooded = Flooded()
    poll = select.epoll()
    opened: dict[int, socket.socket] = {}
    begun = time.monotonic()
    until = begun + seconds
    while (now := time.monotonic()) < until or (opened and now < until + _PATIENCE):
        due = int((min(now, until) - begun) * per_second) - flooded.tried
        for _ in range(min(due, _MOST_OPEN - len(opened))):
            one = socket.socket()
            one.setblocking(False)
            flooded.tried += 1
            one.connect_ex((host, port))
            opened[one.fileno()] = one
            poll.register(one, select.EPOLLIN)
        if now < until:
            flooded.seconds = now - begun
        elif not poll.poll(0.5):
            break  # the remaining connections were accepted
        for number, _ in poll.poll(0.002):
            _answered(opened.pop(number), flooded)
    flooded.let_in += len(opened)
    for one in opened.values():
        one.close()
    poll.close()
    return flooded


def _answered(one: socket.socket, flooded: Flooded) -> None:
    try:
        said = one.recv(4096)
    except OSError:
        said = b""
    one.close()
    if b'"too_many"' in said:
        flooded.turned_away += 1
    else:
        flooded.failed += 1


def beside(host: str, port: int, per_second: float, seconds: float) -> subprocess.Popen[bytes]:
    """Start a flood in a process of its own; `result` waits for it."""
    command = [sys.executable, "-m", "benchmarks.flood", host, str(port)]
    command += [f"--per-second={per_second}", f"--seconds={seconds}"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=placed(LOAD_CORE))  # noqa: S603 (ours)


def result(process: subprocess.Popen[bytes]) -> Flooded:
    """Wait for the end of a flood; return its result.

    Raises:
        CannotMeasure: the flood failed.
    """
    try:
        said, _ = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise CannotMeasure("benchmarks: the flood does not end") from None
    if process.returncode:
        raise CannotMeasure("benchmarks: the flood failed")
    return msgspec.json.decode(said, type=Flooded)


def main(arguments: Sequence[str]) -> int:
    """Run the flood, and print its result as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flood", description=__doc__)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("--per-second", type=float, default=2000.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args(arguments)
    flooded = flood(options.host, options.port, options.per_second, options.seconds)
    print(msgspec.json.encode(flooded).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
