"""`python -m benchmarks`: every workload against every server, in turns, and a table of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import load, machine, table
from benchmarks.native import CannotMeasure, compiled
from benchmarks.servers import SERVERS, Server, running
from benchmarks.workloads import HIGHEST, WORKLOADS, Kind, Workload, at_rate

_QUICK_SECONDS = 0.3


class Bench:
    """Runs the measurements and keeps their results."""

    def __init__(self, seconds: float, warmup: float, ids: bool, verify: bool) -> None:
        self._timing = {"seconds": seconds, "warmup": warmup}
        self._flags = {name: True for name, wanted in {"ids": ids, "verify": verify}.items() if wanted}
        self._highest: dict[str, float] = {}
        self.rows: dict[tuple[Workload, str], list[load.Measured]] = {}
        self.troubles: list[str] = []

    def measure(self, workload: Workload, server: Server) -> None:
        """Run one workload once against a fresh server; keep the result or the failure."""
        try:
            measured = self._measured(workload, server)
        except CannotMeasure as trouble:
            self.troubles.append(f"{workload.name}: {trouble}")
            return
        self.rows.setdefault((workload, server.name), []).append(measured)
        if measured.faults:
            self.troubles.append(f"{workload.name} on {server.name}: {measured.faults}")

    def _measured(self, workload: Workload, server: Server) -> load.Measured:
        shape: load.Shape = workload.shape
        if workload.kind is Kind.RATE:
            shape = at_rate(shape, self._highest_rate(server) / 2)
        with running(server) as one:
            return load.run(server, one, {**shape, **self._timing, **self._flags})

    def _highest_rate(self, server: Server) -> float:
        """Return the messages a second that the room of 100 took, the same for all rounds."""
        if server.name not in self._highest:
            seen = self.rows.get((HIGHEST, server.name))
            if not seen:
                with running(server) as one:
                    seen = [load.run(server, one, {**HIGHEST.shape, "seconds": 1.0})]
            self._highest[server.name] = max(one.messages / one.seconds for one in seen)
        return self._highest[server.name]


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [workload.name for workload in WORKLOADS]
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=names, help=", ".join(names))
    servers = [server.name for server in SERVERS]
    parser.add_argument("--servers", nargs="+", choices=servers, default=servers, help="default: all")
    parser.add_argument("--rounds", type=int, help="how often everything is measured, in turns (default: 3)")
    parser.add_argument("--seconds", type=float, help="how long each is measured (default: 3)")
    parser.add_argument("--quick", action="store_true", help="small forms of everything, in under a minute")
    parser.add_argument("--ids", action="store_true", help="ask ClassChat for an answer to each message")
    parser.add_argument("--verify", action="store_true", help="check the order of every line, at some cost")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args(arguments)


def installed(names: Sequence[str]) -> list[Server]:
    """Return the servers that can be measured, and say which can't."""
    servers = []
    for server in SERVERS:
        if server.name not in names:
            continue
        if server.installed():
            servers.append(server)
        else:
            print(f"{server.name} is not installed: skipped ({server.install}).")
    return servers


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 3 if any message was lost or doubled, or something could not be measured."""
    options = parsed(arguments)
    rounds = options.rounds or (1 if options.quick else 3)
    seconds = options.seconds or (_QUICK_SECONDS if options.quick else 3.0)
    workloads = [one for one in WORKLOADS if not options.only or one.name in options.only]
    if options.quick:
        workloads = [one.smaller() for one in workloads]
    servers = installed(options.servers)
    compiled("generator")
    print(f"{machine.described()}\n{rounds} rounds of {seconds:g} s\n\n{table.LEGEND}\n", flush=True)
    bench = Bench(seconds, 0.1 if options.quick else 0.5, options.ids, options.verify)
    for workload in workloads:
        for _ in range(rounds):
            for server in servers:
                bench.measure(workload, server)
        print(table.block(workload, bench.rows), flush=True)
    if options.json:
        today = datetime.now(UTC).date().isoformat()
        options.json.write_bytes(table.as_json(machine.described(), today, bench.rows))
    for trouble in bench.troubles:
        print(f"!!! {trouble}", file=sys.stderr)
    return 3 if bench.troubles else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
