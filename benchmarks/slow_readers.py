"""`python -m benchmarks.slow_readers`: the cost of slow readers for the server and for other clients.

The same room is measured twice: first with good readers only, then with some clients that read a little now
and then and some that never read. The server must disconnect the latter, and the others should hardly notice.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks import load
from benchmarks.servers import CLASSCHAT, SERVERS, Server, running

_SENDERS = 2
_LINE_AROUND_TEXT = 118
"""The approximate number of bytes of a line without its text."""

_BEHIND = 1_048_576
"""Bytes that a reader of ClassChat may be behind."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slow_readers", description=__doc__)
    names = [server.name for server in SERVERS if server.lines]
    parser.add_argument("--server", choices=names, default=CLASSCHAT.name)
    parser.add_argument("--readers", type=int, default=60, help="in all (default: 60)")
    parser.add_argument("--slow", type=int, default=10, help="of them read a little at times (default: 10)")
    parser.add_argument("--stuck", type=int, default=5, help="of them never read (default: 5)")
    parser.add_argument("--rate", type=float, default=500.0, help="messages a second (default: 500)")
    parser.add_argument("--text", type=int, default=100, help="characters of each (default: 100)")
    parser.add_argument("--seconds", type=float, default=60.0, help="with bad readers (default: 60)")
    parser.add_argument("--seconds-without", type=float, default=15.0, help="without (default: 15)")
    parser.add_argument(
        "--small-buffers", action="store_true", help="let the bad ones' kernel keep only 16 KiB"
    )
    return parser.parse_args(arguments)


def measured(server: Server, options: argparse.Namespace, slow: int, stuck: int) -> load.Measured:
    """Run a room at a constant rate, with some slow and some stuck readers."""
    bytes_a_second = options.rate * (options.text + _LINE_AROUND_TEXT)
    shape: dict[str, int | float | bool] = {
        "rooms": 1,
        "members": options.readers + _SENDERS,
        "senders": _SENDERS,
        "witnesses": max(1, min(20, options.readers - slow - stuck)),
        "rate": options.rate,
        "text": options.text,
        "seconds": options.seconds if stuck or slow else options.seconds_without,
        "slow": slow,
        "slow-every": 0.2,
        "slow-bytes": int(bytes_a_second * 0.2 * 1.2),  # a slow one just keeps up, in jerks
        "stuck": stuck,
    }
    if options.small_buffers:
        shape["small-buffers"] = True
    with running(server) as one:
        return load.run(server, one, shape)


def report(options: argparse.Namespace, without: load.Measured, those: load.Measured) -> str:
    """Print the cost of the bad readers."""
    gone = ", ".join(f"{after:.1f} s" for after in sorted(those.stuck_after)) or "none"
    left = options.stuck - len(those.stuck_after)
    kept = f"; {left} NOT WITHIN {options.seconds:g} s" if left else ""
    most, most_without = those.rss_most / 1024, without.rss_most / 1024
    return "\n".join(
        [
            f"stuck readers given up on after: {gone}{kept}",
            f"slow readers given up on: {those.slow_gone} of {options.slow}",
            f"server's memory at the most: {most:.1f} MiB with, {most_without:.1f} without",
            f"CPU µs a delivery: {_cpu(those):.3f} with, {_cpu(without):.3f} without",
            f"p50 of the others: {those.p50 / 1e3:.2f} ms with, {without.p50 / 1e3:.2f} without",
            f"p99 of the others: {those.p99 / 1e3:.2f} ms with, {without.p99 / 1e3:.2f} without:"
            f" {those.p99 / without.p99:.2f} times as long",
        ]
    )


def _cpu(one: load.Measured) -> float:
    return one.server_cpu * 1e6 / max(1, one.deliveries)


def main(arguments: Sequence[str]) -> int:
    """Measure without bad readers, then with them; return 3 if anyone else lost anything."""
    options = parsed(arguments)
    server = next(server for server in SERVERS if server.name == options.server)
    bytes_a_second = options.rate * (options.text + _LINE_AROUND_TEXT)
    print(
        f"{options.readers} readers, {options.slow} slow and {options.stuck} stuck;"
        f" {options.rate:g} messages a second of {options.text} characters, {bytes_a_second / 1e3:.0f} kB/s"
        f" for each: a stuck one is {_BEHIND >> 20} MiB behind {_BEHIND / bytes_a_second:.1f} s after the"
        " kernel's buffers are full",
        flush=True,
    )
    without = measured(server, options, 0, 0)
    those = measured(server, options, options.slow, options.stuck)
    print(report(options, without, those))
    for name, one in (("without", without), ("with", those)):
        if one.faults:
            print(f"!!! {name} bad readers: {one.faults}", file=sys.stderr)
    return 3 if without.faults or those.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
