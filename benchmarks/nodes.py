"""`python -m benchmarks.nodes`: two servers on one journal in PostgreSQL, compared with one.

    committed    many rooms talk as fast as they can: on one node, and with half of the members on another one
    remote       a room talks at a constant rate on one node; a member is on the other one: how long until it
                 has read a message, and what a message of the other node costs
    killed       a node is killed (SIGKILL): how long until a client that calls the other one at once is
                 welcomed, and until others are told that a guest who does not come back is gone

PostgreSQL is started by this program, in a folder of its own. All of it shares the machine's cores, except
that the load has the second one: with two cores, two nodes can't be faster than one. The servers take turns.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import count
from typing import Any, Self

from benchmarks import load, machine
from benchmarks.databases import USUAL, server_on
from benchmarks.native import CannotMeasure, compiled
from benchmarks.servers import Running, Server, running
from benchmarks.turns import compared, listed
from benchmarks.workloads import WORKLOADS, Kind, at_rate
from tests.postgres import Cluster

_REMOTE: load.Shape = {"rooms": 1, "members": 11, "senders": 10, "witnesses": 1}
"""Ten members who talk, and one who only reads."""


_PATIENCE = 30.0


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nodes", description=__doc__)
    names = [one.name for one in WORKLOADS if one.kind is Kind.WINDOW and not one.private]
    parser.add_argument("--rate", type=float, default=1000.0, help="messages a second (default: 1000)")
    parser.add_argument(
        "--only", choices=names, default="rooms-200-w8", help="as fast as it can (default: rooms-200-w8)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each, in turns (default: 5)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each talks (default: 5)")
    return parser.parse_args(arguments)


@contextmanager
def nodes(cluster: Cluster, name: str, number: int) -> Iterator[tuple[Server, list[Running]]]:
    """Run so many servers on one new journal."""
    url = cluster.new_journal(name)
    server = server_on(lambda _: url)
    with ExitStack() as stack:
        yield server, [stack.enter_context(running(server)) for _ in range(number)]


class Talker:
    """A client that does one thing at a time."""

    def __init__(self, port: int, name: str, token: str = "") -> None:
        """Sign in.

        Raises:
            CannotMeasure: it was refused.
        """
        self.name = name
        self._socket = socket.create_connection(("127.0.0.1", port), _PATIENCE)
        self._lines = self._socket.makefile("rb")
        self.token = str(self._asks("register", sender=name, **({"token": token} if token else {}))["token"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def joins(self, room: str, *, creates: bool = False) -> None:
        """Join a room, as soon as this node knows it, or create it."""
        deadline = time.monotonic() + _PATIENCE
        while self._asks("create" if creates else "join", receiver=room)["status"] != "success":
            if time.monotonic() > deadline:
                raise CannotMeasure(f"{self.name} can't join {room}")

    def hears(self, part: str) -> None:
        """Read until a line has this part."""
        for line in self._lines:
            if part.encode() in line:
                return
        raise CannotMeasure(f"{self.name} was disconnected")

    def is_lost(self) -> None:
        """Read until the connection is lost."""
        with suppress(ConnectionError):
            self._lines.read()

    def _asks(self, status: str, **fields: str) -> dict[str, Any]:
        """Return the answer to a request."""
        self._socket.sendall(json.dumps({"status": status, "id": "1", **fields}).encode() + b"\n")
        for line in self._lines:
            answer: dict[str, Any] = json.loads(line)
            if answer.get("id") == "1":
                return answer
        raise CannotMeasure(f"{self.name} was disconnected")


class Comparison:
    """Measurements of one node and of two, in turns, each with a new journal."""

    def __init__(self, cluster: Cluster, options: argparse.Namespace) -> None:
        self._cluster = cluster
        self._options = options
        self._names = map(str, count())
        self.troubles: list[str] = []

    def committed(self) -> None:
        """Compare how many messages a second are committed."""
        (workload,) = (one for one in WORKLOADS if one.name == self._options.only)
        rates: tuple[list[float], list[float]] = ([], [])
        costs: tuple[list[float], list[float]] = ([], [])
        for _ in range(self._options.rounds):
            for number in (1, 2):
                one = self._run(workload.shape, number, workload.members // 2)
                rates[number - 1].append(one.messages / one.seconds)
                costs[number - 1].append(one.server_cpu * 1e6 / one.messages)
        print(f"{workload.name}: {workload.about}; with two nodes, half of the members are on each")
        _show("messages a second", *rates)
        _show("CPU µs a message, of all nodes", *costs)

    def remote(self) -> None:
        """Measure what a message costs, and how long it takes, where its sender is on the other node."""
        shape = {**at_rate(_REMOTE, self._options.rate), **_REMOTE}
        times, tails, costs = [], [], []
        for _ in range(self._options.rounds):
            one = self._run(shape, 2, 1, only_last=True)
            times.append(one.p50 / 1e3)
            tails.append(one.p99 / 1e3)
            costs.append(one.server_cpu * 1e6 / one.messages)
        print(
            f"a node with one member of a room in which ten talk on another node, {self._options.rate:g}"
            f" messages a second\n  p50 ms {listed(times)}\n  p99 ms {listed(tails)}\n"
            f"  CPU µs a message, of this node {listed(costs)}",
            flush=True,
        )

    def killed(self) -> None:
        """Measure how soon the clients of a node that is killed are on the other one, or gone."""
        welcomed, noticed = [], []
        for _ in range(self._options.rounds):
            with nodes(self._cluster, next(self._names), 2) as (_, (one, other)), ExitStack() as stack:
                bob = stack.enter_context(Talker(other.port, "bob"))
                bob.joins("r", creates=True)
                alice, carol = (stack.enter_context(Talker(one.port, name)) for name in ("alice", "carol"))
                for talker in (alice, carol):
                    talker.joins("r")
                    bob.hears(f'"user":"{talker.name}"')
                began = time.monotonic()
                one.process.kill()
                carol.is_lost()
                with Talker(other.port, "carol", carol.token):
                    welcomed.append(time.monotonic() - began)
                    bob.hears('"user":"alice"')
                    noticed.append(time.monotonic() - began)
        print(
            f"a node is killed\n  ms until its client is welcomed on the other one"
            f" {listed([1e3 * each for each in welcomed])}\n  s until a guest is gone {listed(noticed)}",
            flush=True,
        )

    def _run(self, shape: load.Shape, number: int, others: int, *, only_last: bool = False) -> load.Measured:
        with nodes(self._cluster, next(self._names), number) as (server, several):
            more: load.Shape = {"seconds": self._options.seconds}
            if number > 1:
                more = {**more, "other-port": several[1].port, "others": others}
            watched = several[1:] if only_last else several
            one = load.run(server, several[0], {**shape, **more}, watched=watched)
        if one.faults:
            self.troubles.append(f"{number} nodes: {one.faults}")
        return one


def _show(what: str, one: Sequence[float], two: Sequence[float]) -> None:
    print(
        f"  {what}: one node {listed(one)}, two {listed(two)}: median of the ratios {compared(one, two):.2f}",
        flush=True,
    )


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 3 if anything was lost or could not be measured."""
    options = parsed(arguments)
    compiled("generator")
    print(machine.described(), flush=True)
    with closing(Cluster(*USUAL)) as cluster:
        comparison = Comparison(cluster, options)
        try:
            comparison.committed()
            comparison.remote()
            comparison.killed()
        except CannotMeasure as trouble:
            comparison.troubles.append(str(trouble))
    for text in comparison.troubles:
        print(f"!!! {text}", file=sys.stderr)
    return 3 if comparison.troubles else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
