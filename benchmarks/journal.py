"""`python -m benchmarks.journal`: the cost of keeping all messages, and of finding them again.

A file with a million messages is made, opened, and read through a server. Then a server with a new file gets
messages: the results are how many it commits, and how long an answer takes at a constant rate. The time of a
disk flush comes first, since each message waits for one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import median

from benchmarks import load, machine
from benchmarks.servers import DURABLE, Server, running
from benchmarks.visitor import Visitor
from classchat.journal.batch_rows import Message
from classchat.journal.store import Store

_ROOMS = 100
_BATCH = 1000
_ASKED = 30
"""Times that each question is asked."""

_WORDS = (
    "who has an idea how the third exercise is to be done?",
    "I have none at all so far",
    "and it is due on friday",
    "did anybody understand what was said about sockets",
    "yes: read the page on backpressure",
)
_RARE = "zeppelin"
"""A word in one of a hundred thousand messages."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.journal", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the file (default: 1000000)")
    parser.add_argument("--seconds", type=float, default=5.0, help="of talking (default: 5)")
    parser.add_argument("--rate", type=float, default=1000.0, help="messages a second (default: 1000)")
    return parser.parse_args(arguments)


def flushes(directory: Path) -> list[float]:
    """Return how many milliseconds the disk took to flush a page, each of many times."""
    taken = []
    with (directory / "flushed").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)


def filled(path: Path, messages: int) -> None:
    """Create a file with so many messages, all indexed."""
    store = Store(path, 0, "normal")
    rooms = [f"room{number}" for number in range(_ROOMS)]
    store.append([], 1, rooms)
    texts = _texts(Random(42))  # noqa: S311 (no secrets)
    began = time.perf_counter()
    for first in range(0, messages, _BATCH):
        batch = [
            Message(f"#room{number % _ROOMS}", "Alice", "alice", next(texts))
            for number in range(first, min(first + _BATCH, messages))
        ]
        store.append(batch, 1 + first)
    wrote = time.perf_counter() - began
    while store.index_some(_BATCH) or store.merge_some():
        pass
    indexed = time.perf_counter() - began - wrote
    store.close()
    size = path.stat().st_size / 1_048_576
    print(
        f"a file of {messages:,} messages: {wrote:.1f} s to write, {indexed:.1f} s to index, {size:.0f} MiB",
        flush=True,
    )


def _texts(random: Random) -> Iterator[str]:
    count = 0
    while True:
        count += 1
        words = random.choices(_WORDS, k=3)
        yield " ".join([*words, _RARE] if count % 100_000 == 0 else words)


def open_time(path: Path) -> float:
    """Return how many milliseconds it takes to open the file to write to it."""
    began = time.perf_counter()
    Store(path, 0).close()
    return (time.perf_counter() - began) * 1000


async def questions(port: int) -> None:
    """Read history and search through a server, and print how long that takes."""
    visitor = await Visitor.arrive(port, "reader")
    rooms = [f"room{number}" for number in range(_ROOMS)]
    for room in rooms:
        await visitor.ask("join", room)
    asked = [
        ("history, the last 50", "history", rooms, [""]),
        ("search, a common word", "search", [""], ["exercise"]),
        ("search, a rare word", "search", [""], [_RARE]),
        ("search, no such word", "search", [""], ["xylophone"]),
        ("search, two letters", "search", [""], ["zq"]),
        ("search, in one room", "search", rooms, ["exercise"]),
    ]
    for what, status, receivers, texts in asked:
        taken = []
        for number in range(_ASKED):
            began = time.perf_counter()
            await visitor.ask(status, receivers[number % len(receivers)], texts[number % len(texts)])
            taken.append((time.perf_counter() - began) * 1000)
        print(f"  {what:24} {median(taken):8.2f} ms, at most {max(taken):.2f} ms", flush=True)
    await visitor.quit()


def read(path: Path) -> None:
    """Start a server on this file, and read from it."""

    def command(port: int, _: Path) -> list[str]:
        serve = [sys.executable, "-m", "classchat", "serve", "--limits", "off", "--journal", str(path)]
        return [*serve, "127.0.0.1", str(port)]

    began = time.perf_counter()
    with running(Server("durable", command)) as one:
        print(f"  the server listens after {time.perf_counter() - began:.2f} s", flush=True)
        asyncio.run(questions(one.port))


def written(seconds: float, rate: float) -> list[str]:
    """Send messages to a server with a new file, print what it commits, and return the failures."""
    faults = []
    with running(DURABLE) as one:
        many = load.run(DURABLE, one, {"rooms": 500, "window": 16, "private": True, "seconds": seconds})
    committed = many.messages / many.seconds
    print(f"{committed:,.0f} private messages a second committed, of 500 pairs with 16 in flight")
    with running(DURABLE) as one:
        shape: load.Shape = {
            "rooms": 1,
            "members": 100,
            "senders": 10,
            "witnesses": 10,
            "rate": rate,
            "ids": True,
            "seconds": seconds,
        }
        steady = load.run(DURABLE, one, shape)
    print(f"at {rate:g} messages a second to a room of 100: p50 {steady.p50 / 1000:.2f} ms,", end="")
    print(f" p99 {steady.p99 / 1000:.2f} ms, at most {steady.most / 1000:.2f} ms")
    faults += [measured.faults for measured in (many, steady) if measured.faults]
    return faults


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and return 3 if any message was lost or doubled."""
    options = parsed(arguments)
    with tempfile.TemporaryDirectory(prefix="classchat-benchmark-") as name:
        directory = Path(name)
        taken = flushes(directory)
        print(machine.described())
        print(f"the disk flushes in {median(taken):.2f} ms (p99 {taken[-2]:.2f} ms)", flush=True)
        path = directory / "million.sqlite"
        filled(path, options.messages)
        print(f"  opened in {open_time(path):.1f} ms")
        read(path)
    faults = written(options.seconds, options.rate)
    for fault in faults:
        print(f"!!! {fault}", file=sys.stderr)
    return 3 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
