"""`python -m benchmarks.followed`: what a node pays for what is said and done on other nodes.

It needs no database: a chat follows the lines of another one in this process. CPU time is the least of five
runs; memory is what Python has allocated.
"""

from __future__ import annotations

import argparse
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from time import process_time

import msgspec

from benchmarks import machine
from classchat.core import node_lines as lines
from classchat.core.acts import Location
from classchat.core.entries import Said
from classchat.core.shared_entries import Numbered, encode
from classchat.limits import Limits
from tests.unit.core.several import Several
from tests.unit.helpers import House

_TEXT = "Hello everybody, how are you today?"
_TIME = 1_795_428_000_123
_encode = msgspec.msgpack.Encoder().encode


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.followed", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000, help="messages to follow (default: 20000)")
    parser.add_argument("--users", type=int, default=5_000, help="users on other nodes (default: 5000)")
    return parser.parse_args(arguments)


def least(run: Callable[[], None]) -> float:
    """Return the CPU seconds of the fastest of five runs."""
    times = []
    for _ in range(5):
        start = process_time()
        run()
        times.append(process_time() - start)
    return min(times)


def messages(house: House, user: lines.UserLine, count: int, batch: int) -> float:
    """Return the CPU seconds in which a node follows so many messages to a room."""
    data = [
        _encode([lines.SaidLine(user, "#r", _TEXT, at + one, _TIME) for one in range(batch)])
        for at in range(0, count, batch)
    ]

    def run() -> None:
        for each in data:
            house.chat.following.follow([each])

    return least(run)


def allocated(house: House, line: Callable[[int], lines.Line], count: int) -> float:
    """Return the bytes that stay allocated after a node has followed so many lines, for each."""
    data = [_encode([line(number)]) for number in range(count)]
    tracemalloc.start()
    for each in data:
        house.chat.following.follow([each])
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / count


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    options = parsed(arguments)
    print(machine.described(), flush=True)
    several = Several(2, Limits().without_guard())
    alice, bob = several.signs_in("Alice", "Bob")
    alice.creates("R")
    several.settles()
    there, here = several.houses
    user = alice.session.user
    assert user is not None  # noqa: S101  the client has just signed in
    name = lines.UserLine(user.person.number, user.visit, user.name)
    for members in ("no member", "one member"):
        for batch in (1, 20):
            seconds = messages(here, name, options.messages, batch)
            what = f"{seconds / options.messages * 1e6:.1f} CPU µs a message of another node"
            print(f"{what}: {members} here, {batch} in a batch", flush=True)
        bob.joins("R")
        several.settles()
    said = [Said(user, None, None, _TEXT, there.chat.rooms.get("R")) for _ in range(20)]

    def write() -> None:
        for _ in range(1000):
            encode(Numbered(one, _TIME, 1) for one in said)

    print(f"{least(write) / 20_000 * 1e6:.1f} CPU µs to write a message for the others")

    def arrival(number: int) -> lines.Line:
        name = f"user{number}"
        return lines.LocatedLine(
            there.journal.node,
            Location(number + 10_000, number + 1, name, name, bytes(32), 1, account=False),
        )

    def join(number: int) -> lines.Line:
        user = lines.UserLine(number + 10_000, number + 1, f"user{number}")
        return lines.JoinedLine(user, "#r", back=False)

    print(f"{allocated(here, arrival, options.users):.0f} bytes a user on another node")
    print(f"{allocated(here, join, options.users):.0f} bytes for the first room of such a user")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
