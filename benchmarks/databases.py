"""`python -m benchmarks.databases`: a journal in PostgreSQL, compared with one in a SQLite file.

A room talks at a constant rate: the times are from when a message was due until members had read it. Then
many rooms talk as fast as they can: a message counts when it is committed and read. Both journals are on the
disk of TMPDIR and wait for it; PostgreSQL is started by this program, in a folder of its own, and has no core
of its own. The servers take turns, each with a new journal.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks import load, machine
from benchmarks.native import CannotMeasure, compiled
from benchmarks.servers import DURABLE, Server
from benchmarks.turns import Turns, compared, listed
from benchmarks.workloads import HIGHEST, WORKLOADS, Kind, at_rate
from tests.postgres import Cluster

USUAL = ("shared_buffers=128MB", "autovacuum=on")
"""Settings as an operator has them, where those of tests are smaller."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.databases", description=__doc__)
    names = [one.name for one in WORKLOADS if one.kind is Kind.WINDOW]
    parser.add_argument("--rate", type=float, default=1000.0, help="messages a second (default: 1000)")
    parser.add_argument(
        "--only", choices=names, default="rooms-200-w8", help="as fast as it can (default: rooms-200-w8)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="of each, in turns (default: 5)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each talks (default: 5)")
    return parser.parse_args(arguments)


def server_on(journal: Callable[[str], str]) -> Server:
    """Return a server whose journal is at the URL that `journal` makes of a new name."""

    def command(port: int, directory: Path) -> list[str]:
        options = ["--limits", "off", "--journal", journal(str(directory))]
        return [sys.executable, "-m", "classchat", "serve", *options, "127.0.0.1", str(port)]

    return Server("postgres", command)


def latencies(servers: Sequence[Server], options: argparse.Namespace) -> list[str]:
    """Compare how long messages take at a constant rate; return what was wrong."""
    shape = {**at_rate(HIGHEST.shape, options.rate), "seconds": options.seconds}
    turns = Turns(servers, shape, options.rounds)
    print(f"1 room × {HIGHEST.members} members, {options.rate:g} messages a second")
    for name, figures in (
        ("p50 ms", [[one.p50 / 1e3 for one in series] for series in turns.series]),
        ("p99 ms", [[one.p99 / 1e3 for one in series] for series in turns.series]),
        ("server's CPU µs a message", [[_cpu(one) for one in series] for series in turns.series]),
    ):
        _show(name, *figures)
    return turns.troubles


def committed(servers: Sequence[Server], options: argparse.Namespace) -> list[str]:
    """Compare how many messages a second are committed; return what was wrong."""
    (workload,) = (one for one in WORKLOADS if one.name == options.only)
    turns = Turns(servers, {**workload.shape, "seconds": options.seconds}, options.rounds)
    print(f"{workload.name}: {workload.about}")
    _show("messages a second", *([one.messages / one.seconds for one in series] for series in turns.series))
    _show("server's CPU µs a message", *([_cpu(one) for one in series] for series in turns.series))
    return turns.troubles


def _cpu(one: load.Measured) -> float:
    return one.server_cpu * 1e6 / one.messages


def _show(what: str, sqlite: Sequence[float], postgres: Sequence[float]) -> None:
    print(
        f"  {what}: SQLite {listed(sqlite)}, PostgreSQL {listed(postgres)}:"
        f" median of the ratios {compared(sqlite, postgres):.2f}",
        flush=True,
    )


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 3 if anything was lost or could not be measured."""
    options = parsed(arguments)
    compiled("generator")
    print(f"{machine.described()}, journals in {tempfile.gettempdir()}", flush=True)
    with closing(Cluster(*USUAL)) as cluster:
        servers = (DURABLE, server_on(cluster.new_journal))
        try:
            troubles = [*latencies(servers, options), *committed(servers, options)]
        except CannotMeasure as trouble:
            troubles = [str(trouble)]
    for text in troubles:
        print(f"!!! {text}", file=sys.stderr)
    return 3 if troubles else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
