"""`python -m benchmarks.drain`: the time that a server takes to stop, with many clients that say nothing.

All clients sign in and join a room. Then the server gets SIGTERM: it tells each of them `shutting_down` and
hangs up; a client that has read that to the end closes its half. The times count from the signal: until half
of the clients, and all of them, were told, and until the process has ended.

With `--postgres` the server's journal is in a PostgreSQL that this program starts, else in memory.
"""

from __future__ import annotations

import argparse
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass

from benchmarks.databases import USUAL, server_on
from benchmarks.machine import LOAD_CORE, placed
from benchmarks.native import CannotMeasure
from benchmarks.servers import CLASSCHAT, Running, Server, running
from tests.postgres import Cluster

_AT_ONCE = 256
"""Clients that sign in at a time."""

_MEMBERS = 100
"""Clients in one room."""

_LONGEST = 500
"""Bytes of which one line, or the end of one, is looked for in the next piece."""

_PATIENCE = 60.0


@dataclass
class Drained:
    """Seconds since the signal."""

    half_told: float
    all_told: float
    ended: float


class Crowd:
    """Clients that are signed in and say nothing."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._poll = select.epoll()
        self._clients: dict[int, socket.socket] = {}
        self._heard: dict[int, bytes] = {}

    def close(self) -> None:
        """Disconnect all that are left."""
        for client in self._clients.values():
            client.close()
        self._poll.close()

    def comes(self, count: int) -> None:
        """Sign in so many clients, in rooms.

        Raises:
            CannotMeasure: one of them was refused, or not answered.
        """
        for first in range(0, count, _AT_ONCE):
            waiting = {self._sign_in(number) for number in range(first, min(first + _AT_ONCE, count))}
            deadline = time.monotonic() + _PATIENCE
            while waiting:
                for fd in self._reads(deadline):
                    if b'"id":"in"' in self._heard[fd]:
                        waiting.discard(fd)
                    self._heard[fd] = self._heard[fd][-_LONGEST:]

    def is_told(self, begun: float) -> list[float]:
        """Read until all are hung up on; return when each was told why, in seconds.

        Raises:
            CannotMeasure: one was not told, or not hung up on.
        """
        told: dict[int, float] = {}
        deadline = begun + _PATIENCE
        while self._clients:
            for fd in self._reads(deadline):
                if fd not in told and b"shutting_down" in self._heard[fd]:
                    told[fd] = time.monotonic() - begun
                self._heard[fd] = self._heard[fd][-_LONGEST:]
                if fd in self._clients:
                    continue
                if fd not in told:
                    raise CannotMeasure(f"a client was only told {self._heard[fd][-200:]!r}")
        return sorted(told.values())

    def _sign_in(self, number: int) -> int:
        client = socket.create_connection(("127.0.0.1", self._port), _PATIENCE)
        room = f"room{number // _MEMBERS}"
        status = "join" if number % _MEMBERS else "create"
        client.sendall(
            f'{{"status":"register","sender":"user{number}"}}\n'
            f'{{"status":"{status}","receiver":"{room}","id":"in"}}\n'.encode()
        )
        client.setblocking(False)
        self._clients[client.fileno()] = client
        self._heard[client.fileno()] = b""
        self._poll.register(client, select.EPOLLIN)
        return client.fileno()

    def _reads(self, deadline: float) -> Iterator[int]:
        """Read what has arrived, and close what is over; yield what has changed."""
        left = deadline - time.monotonic()
        found = self._poll.poll(max(left, 0.0))
        if not found:
            raise CannotMeasure(f"nothing came for {_PATIENCE:g} seconds")
        for fd, _ in found:
            data = self._clients[fd].recv(65_536)
            self._heard[fd] += data
            if not data:
                self._poll.unregister(fd)
                self._clients.pop(fd).close()
            yield fd


@contextmanager
def crowded(server: Server, clients: int) -> Iterator[tuple[Running, Crowd]]:
    """Run a server with so many clients."""
    with running(server) as one, closing(Crowd(one.port)) as crowd:
        crowd.comes(clients)
        yield one, crowd


def drain(server: Server, clients: int) -> Drained:
    """Stop a server with so many clients."""
    with crowded(server, clients) as (one, crowd):
        begun = time.monotonic()
        one.process.send_signal(signal.SIGTERM)
        told = crowd.is_told(begun)
        one.process.wait(_PATIENCE)
        return Drained(told[len(told) // 2], told[-1], time.monotonic() - begun)


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drain", description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=[1_000, 10_000], help="in each run")
    parser.add_argument("--rounds", type=int, default=3, help="(default: 3)")
    parser.add_argument("--postgres", action="store_true", help="keep the journal in PostgreSQL")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Measure all; return 3 if a client was not told, or the server did not stop."""
    options = parsed(arguments)
    with closing(Cluster(*USUAL)) if options.postgres else nullcontext() as cluster:
        placed(LOAD_CORE)()  # not earlier: the database is not part of the load
        server = CLASSCHAT if cluster is None else server_on(cluster.new_journal)
        try:
            for clients in options.clients:
                _show(clients, [drain(server, clients) for _ in range(options.rounds)])
        except CannotMeasure as trouble:
            print(f"!!! {trouble}", file=sys.stderr)
            return 3
    return 0


def _show(clients: int, rounds: list[Drained]) -> None:
    rounds.sort(key=lambda one: one.ended)
    middle = rounds[len(rounds) // 2]
    print(
        f"{clients} clients: half were told after {middle.half_told * 1e3:.0f} ms, all after"
        f" {middle.all_told * 1e3:.0f}; the server had ended after {middle.ended * 1e3:.0f}"
        f" (each round: {', '.join(f'{one.ended * 1e3:.0f}' for one in rounds)})",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
