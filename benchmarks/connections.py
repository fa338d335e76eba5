"""`python -m benchmarks.connections`: the cost of very many connections, and of a storm of new ones.

First, many clients only sign in, all at once: the result is the memory of each. The server starts with a soft
limit of 1024 open files, and must raise it by itself. Then a room talks at a constant rate, alternately alone
and while other clients connect at a given rate; the medians of the rounds are reported.

With `--flood`, one address connects again and again and is refused. It must not be a loopback address, since
a server does not count connections from there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from benchmarks import load
from benchmarks.flood import Flooded, beside, own_address, result
from benchmarks.native import CannotMeasure
from benchmarks.servers import CLASSCHAT, GUARDED, SERVERS, Server, running

_SOFT_LIMIT = 1024


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.connections", description=__doc__)
    names = [server.name for server in SERVERS if server.lines]
    parser.add_argument("--server", choices=names, default=CLASSCHAT.name)
    parser.add_argument("--clients", type=int, default=10_000, help="in all (default: 10000)")
    parser.add_argument("--per-second", type=float, default=2000.0, help="in the storm (default: 2000)")
    parser.add_argument(
        "--rate", type=float, default=1000.0, help="messages a second meanwhile (default: 1000)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="of the storm (default: 3)")
    parser.add_argument("--flood", action="store_true", help="only a flood from one address, for ten seconds")
    parser.add_argument("--seconds", type=float, default=10.0, help="of the flood (default: 10)")
    return parser.parse_args(arguments)


def idle(server: Server, clients: int) -> load.Measured:
    """Sign all clients in as fast as possible; they stay silent."""
    with running(server, files=_SOFT_LIMIT) as one:
        return load.run(server, one, {"idle": clients, "seconds": 1.0})


def talk(
    server: Server, options: argparse.Namespace, storm: bool
) -> tuple[load.Measured, load.Measured | None]:
    """Run a room of 100 for as long as a storm lasts; return the results of both."""
    seconds = options.clients / options.per_second
    shape: load.Shape = {
        "rooms": 1,
        "members": 100,
        "senders": 10,
        "witnesses": 20,
        "rate": options.rate,
        "seconds": seconds,
    }
    newcomers: list[Future[load.Measured]] = []
    with running(server) as one, ThreadPoolExecutor(1) as beside:

        def come() -> None:
            many: load.Shape = {
                "idle": options.clients,
                "first": 1_000_000,
                "connect-rate": options.per_second,
                "at-once": 4096,
                "seconds": 0.0,
            }
            newcomers.append(beside.submit(load.run, server, one, many))

        room = load.run(server, one, shape, come if storm else None)
        return room, newcomers[0].result() if newcomers else None


def withstand(options: argparse.Namespace, flooded: bool) -> tuple[load.Measured, Flooded | None]:
    """Run a room of 100 while one address connects again and again; return the results of both."""
    shape: load.Shape = {
        "rooms": 1,
        "members": 100,
        "senders": 10,
        "witnesses": 20,
        "rate": options.rate,
        "seconds": options.seconds,
    }
    floods: list[subprocess.Popen[bytes]] = []
    host = own_address()
    with running(GUARDED) as one:

        def begin() -> None:
            floods.append(beside(host, one.port, options.per_second, options.seconds))

        room = load.run(GUARDED, one, shape, begin if flooded else None)
        return room, result(floods[0]) if floods else None


def main_of_flood(options: argparse.Namespace) -> int:
    """Measure the flood; return 3 if any message was lost or a connection was wrongly accepted."""
    alone, during, floods = [], [], []
    try:
        for _ in range(options.rounds):
            alone.append(withstand(options, flooded=False)[0])
            room, flooded = withstand(options, flooded=True)
            during.append(room)
            floods += [flooded] if flooded is not None else []
    except CannotMeasure as trouble:
        print(f"!!! {trouble}", file=sys.stderr)
        return 3
    before, beside_it = _median(alone), _median(during)
    print(
        f"the room's p99: {beside_it.p99 / 1e3:.2f} ms in the flood, {before.p99 / 1e3:.2f} without:"
        f" {beside_it.p99 / before.p99:.2f} times as long (p50: {beside_it.p50 / 1e3:.2f} and"
        f" {before.p50 / 1e3:.2f} ms; each round: "
        + ", ".join(f"{two.p99 / one.p99:.2f}" for one, two in zip(alone, during, strict=True))
        + ")"
    )
    for one in floods:
        print(
            f"the flood: {one.tried / one.seconds:,.0f} a second; {one.turned_away} turned away,"
            f" {one.let_in} let in, {one.failed} failed"
        )
    troubles = [one.faults for one in (*alone, *during) if one.faults]
    for text in troubles:
        print(f"!!! {text}", file=sys.stderr)
    return 3 if troubles else 0


def _median(rounds: Sequence[load.Measured]) -> load.Measured:
    """Return the round in the middle, by its p99."""
    return sorted(rounds, key=lambda one: one.p99)[len(rounds) // 2]


def main(arguments: Sequence[str]) -> int:
    """Measure all, and return 3 if anything was lost or could not be measured."""
    options = parsed(arguments)
    if options.flood:
        return main_of_flood(options)
    server = next(server for server in SERVERS if server.name == options.server)
    troubles = []
    try:
        many = idle(server, options.clients)
        each = (many.rss_after - many.rss_before) / many.clients
        print(
            f"{many.clients} clients at once: {each:.2f} KiB each, {many.rss_after / 1024:.1f} MiB in all;"
            f" signed in at {many.clients / many.sign_in_seconds:,.0f} a second",
            flush=True,
        )
    except CannotMeasure as trouble:
        troubles.append(f"{options.clients} clients, from {_SOFT_LIMIT} open files: {trouble}")
    try:
        alone, beside, storms = [], [], []
        for _ in range(options.rounds):
            alone.append(talk(server, options, storm=False)[0])
            room, storm = talk(server, options, storm=True)
            beside.append(room)
            storms += [storm] if storm is not None else []
        before, during = _median(alone), _median(beside)
        print(
            f"the room's p99: {during.p99 / 1e3:.2f} ms while {options.per_second:g} a second come,"
            f" {before.p99 / 1e3:.2f} without: {during.p99 / before.p99:.2f} times as long"
            f" (p50: {during.p50 / 1e3:.2f} and {before.p50 / 1e3:.2f} ms; each round: "
            + ", ".join(f"{two.p99 / one.p99:.2f}" for one, two in zip(alone, beside, strict=True))
            + ")"
        )
        slowest = max(storms, key=lambda one: one.sign_in_p99)
        print(
            f"those who came: {slowest.clients / slowest.sign_in_seconds:,.0f} a second,"
            f" welcomed after {slowest.sign_in_p50 / 1e3:.2f} ms (p50), {slowest.sign_in_p99 / 1e3:.2f} (p99)"
        )
        troubles += [one.faults for one in (*alone, *beside) if one.faults]
    except CannotMeasure as trouble:
        troubles.append(str(trouble))
    for text in troubles:
        print(f"!!! {text}", file=sys.stderr)
    return 3 if troubles else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
