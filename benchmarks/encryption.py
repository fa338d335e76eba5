"""`python -m benchmarks.encryption`: the cost of TLS, compared with plain text.

It measures a room in which some clients talk and all listen, and then idle clients. The load comes from this
process, which is in Python and slower than the server: compare the server's CPU time, not the duration.
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import socket
import ssl
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from benchmarks.machine import LOAD_CORE, PINNED, memory
from benchmarks.servers import CLASSCHAT, Running, running

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 30.0  # seconds that anything may take


@dataclass(frozen=True)
class Measured:
    """The measurements of one room."""

    deliveries: int
    seconds: float
    cpu: float
    """Seconds of the server's CPU time."""


class Member:
    """One client: a socket, encrypted or not, that never waits."""

    def __init__(self, port: int, tls: bool, name: str) -> None:
        plain = socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = _context().wrap_socket(plain) if tls else plain
        self.name = name
        self.heard = 0
        self.said = self.returned = 0
        self._mine = f'"sender":"{name}"'.encode()
        self._rest = b""
        self.asks("register", name)

    def asks(self, status: str, receiver: str = "", text: str = "") -> None:
        """Ask something, and wait for an answer."""
        self.says(status, receiver, text)
        answer = b""
        while not answer.endswith(b"\n"):
            answer += self.socket.recv(65_536)

    def says(self, status: str, receiver: str = "", text: str = "") -> None:
        """Send a request."""
        line = {"status": status, "sender": self.name, "receiver": receiver, "text": text}
        self.socket.sendall(json.dumps(line).encode() + b"\n")

    def reads(self) -> None:
        """Read the available bytes."""
        while True:
            try:
                chunk = self.socket.recv(65_536)
            except (BlockingIOError, ssl.SSLWantReadError):
                return
            if not chunk:
                raise ConnectionError(f"{self.name} was hung up on")
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            self.heard += len(lines)
            if self.said:
                self.returned += sum(self._mine in line for line in lines)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the server's identity does not matter here
    return context


def cpu_seconds(pid: int) -> float:
    """Return how long a process has worked."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def room(server: Running, tls: bool, members: int, senders: int, window: int, seconds: float) -> Measured:
    """Run a room in which each sender has `window` messages under way."""
    people = [Member(server.port, tls, f"P{number}") for number in range(members)]
    people[0].asks("create", "R")
    selector = selectors.DefaultSelector()
    for one in people[1:]:
        one.asks("join", "R")
    for one in people:
        one.socket.setblocking(False)
        selector.register(one.socket, selectors.EVENT_READ, one)
        one.heard = 0
    start, cpu = time.monotonic(), cpu_seconds(server.pid)
    ended = start
    while ended - start < seconds:
        for one in people[:senders]:
            while one.said - one.returned < window:
                one.said += 1
                one.says("group", "R", "x" * 40)
        for key, _ in selector.select(_PATIENCE):
            key.data.reads()
        ended = time.monotonic()
    cpu = cpu_seconds(server.pid) - cpu
    heard = sum(one.heard for one in people)
    for one in people:
        one.socket.close()
    return Measured(heard, ended - start, cpu)


def idle(server: Running, tls: bool, number: int) -> float:
    """Return the KiB by which the server grows for each idle signed-in client."""
    first = [Member(server.port, tls, f"F{number}") for number in range(100)]
    before = memory(server.pid)
    rest = [Member(server.port, tls, f"I{number}") for number in range(number)]
    grown = (memory(server.pid) - before) / number
    for one in first + rest:
        one.socket.close()
    return grown


def handshakes(server: Running, tls: bool, number: int) -> float:
    """Return the milliseconds of the server's CPU time for each client that comes and goes."""
    before = cpu_seconds(server.pid)
    for index in range(number):
        Member(server.port, tls, f"H{index}").socket.close()
    return (cpu_seconds(server.pid) - before) / number * 1e3


def rows(options: argparse.Namespace) -> Iterator[str]:
    """Yield a line for everything that is measured, in turns: plain, TLS, plain, TLS."""
    for round, window, tls in ((r, w, t) for r in count(1) for w in (1, 16) for t in (False, True)):
        if round > options.rounds:
            break
        with running(CLASSCHAT) as server:
            one = room(server, tls, options.members, options.senders, window, options.seconds)
        yield (
            f"{'TLS' if tls else 'plain':5} room-{options.members}-w{window:<2} round {round}:"
            f" {one.cpu / one.deliveries * 1e6:6.3f} CPU µs/delivery,"
            f" {one.deliveries / one.seconds:9.0f} deliveries/s, server {one.cpu / one.seconds:4.0%}"
        )
    for tls in (False, True):
        with running(CLASSCHAT) as server:
            grown = idle(server, tls, options.idle)
        with running(CLASSCHAT) as server:
            yield (
                f"{'TLS' if tls else 'plain':5} {grown:.1f} KiB for each of {options.idle} clients,"
                f" {handshakes(server, tls, 300):.2f} ms CPU for each that comes and goes"
            )


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encryption", description=__doc__)
    parser.add_argument("--members", type=int, default=100, help="of the room (default: 100)")
    parser.add_argument("--senders", type=int, default=10, help="of them talk (default: 10)")
    parser.add_argument("--seconds", type=float, default=3.0, help="each time (default: 3)")
    parser.add_argument("--rounds", type=int, default=3, help="how often (default: 3)")
    parser.add_argument("--idle", type=int, default=800, help="clients that sit there (default: 800)")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure, and print it."""
    if PINNED:
        os.sched_setaffinity(0, {LOAD_CORE})
    for row in rows(parsed(arguments)):
        print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
