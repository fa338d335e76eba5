"""`python -m benchmarks.irc`: what members that speak IRC cost, compared with members that speak JSON.

All four are measured on fresh servers, in turns: JSON, IRC without capabilities, with one set of
capabilities, and with five sets in one room. The CPU time of a delivery may be 1.5 times that of JSON, and
three times with five sets; else the exit code is 3.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks import machine, table
from benchmarks.native import CannotMeasure, compiled
from benchmarks.servers import CLASSCHAT, FIVE, IRC, TAGS
from benchmarks.turns import Turns, compared, listed
from benchmarks.workloads import WORKLOADS, Kind, Workload

RATIO, RATIO_OF_FIVE = 1.5, 3.0
"""The CPU time of a delivery, divided by that of JSON: with one set of capabilities, and with five."""

_KINDS = {
    "without capabilities": RATIO,
    "with one set of capabilities": RATIO,
    "with five sets": RATIO_OF_FIVE,
}


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.irc", description=__doc__)
    names = [one.name for one in WORKLOADS if one.kind is Kind.WINDOW]
    usual = ["room-100-w16", "room-1000-w8"]
    parser.add_argument("--only", choices=names, nargs="+", default=usual, help=f"default: {' '.join(usual)}")
    parser.add_argument("--rounds", type=int, default=5, help="of each, in turns (default: 5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each talks (default: 2)")
    return parser.parse_args(arguments)


def talking(workload: Workload, options: argparse.Namespace) -> list[str]:
    """Compare the CPU time of deliveries; return what was wrong."""
    shape = {**workload.shape, "seconds": options.seconds}
    turns = Turns((CLASSCHAT, IRC, TAGS, FIVE), shape, options.rounds)
    json, *others = ([table.cpu(workload, one) for one in series] for series in turns.series)
    print(f"{workload.name}: {workload.about}\n  CPU µs/delivery with JSON {listed(json)}")
    wrong = list(turns.troubles)
    for (kind, most), figures in zip(_KINDS.items(), others, strict=True):
        ratio = compared(json, figures)
        print(f"  IRC {kind} {listed(figures)}: median of the ratios {ratio:.2f}, at most {most}", flush=True)
        if ratio > most:
            wrong.append(f"{workload.name}: IRC {kind} costs {ratio:.2f} times as much")
    return wrong


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 3 if a promise was not kept or anything was wrong."""
    options = parsed(arguments)
    compiled("generator")
    print(machine.described(), flush=True)
    troubles = []
    try:
        for workload in WORKLOADS:
            if workload.name in options.only:
                troubles += talking(workload, options)
    except CannotMeasure as trouble:
        troubles.append(str(trouble))
    for text in troubles:
        print(f"!!! {text}", file=sys.stderr)
    return 3 if troubles else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
