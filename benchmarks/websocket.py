"""`python -m benchmarks.websocket`: what clients that speak WebSocket cost, compared with plain TCP.

Each is measured on a fresh server, in turns (TCP, WebSocket, TCP, WebSocket). The CPU time of a delivery may
be 1.3 times that of plain TCP, and an idle client may take 2 KiB more of memory; else the exit code is 3.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from statistics import median

from benchmarks import load, machine, table
from benchmarks.native import CannotMeasure, compiled
from benchmarks.servers import CLASSCHAT, WEBSOCKET
from benchmarks.turns import Turns, compared, listed
from benchmarks.workloads import WORKLOADS, Kind, Workload

RATIO = 1.3
"""The CPU time of a delivery to a WebSocket, divided by that of one to a plain connection."""

MORE = 2.0
"""KiB that an idle WebSocket may take more than a plain connection."""

_IDLE_SECONDS = 2.0
"""Seconds until memory is measured, so that short-lived data of sign-ins is gone."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.websocket", description=__doc__)
    names = [one.name for one in WORKLOADS if one.kind is Kind.WINDOW]
    parser.add_argument("--only", choices=names, default="room-1000-w8", help="default: room-1000-w8")
    parser.add_argument("--rounds", type=int, default=5, help="of each, in turns (default: 5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each talks (default: 2)")
    parser.add_argument("--clients", type=int, default=5000, help="that only sit there (default: 5000)")
    return parser.parse_args(arguments)


def talking(workload: Workload, options: argparse.Namespace) -> list[str]:
    """Compare the CPU time of deliveries; return what was wrong."""
    shape = {**workload.shape, "seconds": options.seconds}
    turns = Turns((CLASSCHAT, WEBSOCKET), shape, options.rounds)
    tcp, websocket = ([table.cpu(workload, one) for one in series] for series in turns.series)
    ratio = compared(tcp, websocket)
    print(
        f"{workload.name}: {workload.about}\n  CPU µs/delivery over TCP {listed(tcp)}, over WebSocket"
        f" {listed(websocket)}\n  median of the ratios: {ratio:.2f}, at most {RATIO}",
        flush=True,
    )
    return turns.troubles + ([f"a delivery costs {ratio:.2f} times as much"] if ratio > RATIO else [])


def idle(options: argparse.Namespace) -> list[str]:
    """Compare the memory of clients that only sit there; return what was wrong."""
    shape: load.Shape = {"idle": options.clients, "register": True, "seconds": _IDLE_SECONDS}
    turns = Turns((CLASSCHAT, WEBSOCKET), shape, options.rounds)
    tcp, websocket = ([*map(table.each, series)] for series in turns.series)
    more = median(websocket) - median(tcp)
    print(
        f"{options.clients} clients who say nothing\n  KiB each over TCP {listed(tcp)}, over WebSocket"
        f" {listed(websocket)}\n  between the medians: {more:.2f} KiB, at most {MORE}",
        flush=True,
    )
    return turns.troubles + ([f"an idle WebSocket takes {more:.2f} KiB more"] if more > MORE else [])


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 3 if a promise was not kept or anything was wrong."""
    options = parsed(arguments)
    compiled("generator")
    print(machine.described(), flush=True)
    (workload,) = (one for one in WORKLOADS if one.name == options.only)
    try:
        troubles = [*talking(workload, options), *idle(options)]
    except CannotMeasure as trouble:
        troubles = [str(trouble)]
    for text in troubles:
        print(f"!!! {text}", file=sys.stderr)
    return 3 if troubles else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
