"""`python -m benchmarks.growth`: how ClassChat's cost grows with a room, with the rooms, with the clients.

One quantity grows at a time, and each size gets a fresh server. A cost that does not grow has ×1 in the last
column.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from benchmarks import load, machine, table
from benchmarks.native import CannotMeasure, compiled
from benchmarks.servers import CLASSCHAT, running
from benchmarks.workloads import Kind, Workload

_WARMUP = 0.3
_IDLE_SECONDS = 1.5
"""Seconds until memory is measured, so that short-lived data of sign-ins is gone."""

_HEAD = f"{'CPU µs/delivery':>17}{'deliveries/s':>14}{'server':>8}{'load':>6}{'×first':>8}"
_IDLE_HEAD = f"{'CPU µs/sign-in':>17}{'KiB each':>14}{'':14}{'×first':>8}"

ROOM = [
    Workload(f"room-{members}", Kind.WINDOW, members=members, senders=min(10, members // 10), window=8)
    for members in (10, 30, 100, 300, 1000)
]
ROOMS = [Workload(f"rooms-{rooms}", Kind.WINDOW, rooms=rooms, members=10) for rooms in (10, 50, 200, 500)]
IDLE = [Workload(f"idle-{clients}", Kind.IDLE, idle=clients) for clients in (100, 1000, 5000)]


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each size talks (default: 2)")
    return parser.parse_args(arguments)


class Growth:
    """Measures one size after the other, and keeps the failures."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.troubles: list[str] = []

    def table(
        self,
        title: str,
        head: str,
        workloads: Sequence[Workload],
        size: Callable[[Workload], int],
        row: Callable[[Workload, load.Measured], str],
    ) -> None:
        """Print a line for each workload as soon as it is measured."""
        print(f"\n{title}\n  {head}", flush=True)
        first = 0.0
        for workload in workloads:
            one = self._measured(workload)
            if one is None:
                continue
            cost = table.cpu(workload, one)
            first = first or cost
            times = f"{cost / first:.2f}" if first else "-"
            print(f"  {size(workload):>8}{cost:17.3f}{row(workload, one)}{times:>8}", flush=True)

    def _measured(self, workload: Workload) -> load.Measured | None:
        idle = workload.kind is Kind.IDLE
        timing = {"seconds": _IDLE_SECONDS if idle else self._seconds, "warmup": _WARMUP}
        try:
            with running(CLASSCHAT) as one:
                measured = load.run(CLASSCHAT, one, {**workload.shape, **timing})
        except CannotMeasure as trouble:
            self.troubles.append(f"{workload.name}: {trouble}")
            return None
        if measured.faults:
            self.troubles.append(f"{workload.name}: {measured.faults}")
        return measured


def talking(workload: Workload, one: load.Measured) -> str:
    """Return further columns of a workload in which clients talk."""
    server, generator = table.server_share(one), table.load_share(one)
    return f"{table.rate(workload, one):14,.0f}{server:8.2f}{generator:6.2f}"


def silent(_: Workload, one: load.Measured) -> str:
    """Return further columns of a workload in which no client talks."""
    return f"{table.each(one):14.2f}{'':14}"


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 3 if any message was lost or doubled, or something could not be measured."""
    options = parsed(arguments)
    compiled("generator")
    print(f"{machine.described()}\n{options.seconds:g} s each", flush=True)
    growth = Growth(options.seconds)
    growth.table(
        "One room; of 10 members 1 talks, but never more than 10, 8 messages in flight each",
        f"{'members':>8}{_HEAD}",
        ROOM,
        lambda workload: workload.members,
        talking,
    )
    growth.table(
        "Rooms of 10; one of each talks, 1 message in flight",
        f"{'rooms':>8}{_HEAD}",
        ROOMS,
        lambda workload: workload.rooms,
        talking,
    )
    growth.table(
        "Clients who sign in, and say nothing",
        f"{'clients':>8}{_IDLE_HEAD}",
        IDLE,
        lambda workload: workload.idle,
        silent,
    )
    for trouble in growth.troubles:
        print(f"!!! {trouble}", file=sys.stderr)
    return 3 if growth.troubles else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
