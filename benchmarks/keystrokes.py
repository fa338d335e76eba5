"""`python -m benchmarks.keystrokes`: how soon a typed key shows while others talk, and how the client grows.

A simulated user types about eight keys a second into the client, in a terminal of 100 x 30, while other users
talk in the same room. Each key is timed from the moment when it is written to the terminal until the screen
shows the whole line correctly, with the cursor. A key counts as shown when a later one is. Keys come on
schedule, however long the previous one takes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from benchmarks.machine import described, memory
from benchmarks.native import CannotMeasure
from benchmarks.servers import DURABLE, OURS, Server, running
from benchmarks.typist import WORDS, Line, keys
from benchmarks.visitor import Gone, Visitor
from benchmarks.window import Window

_COLUMNS, _ROWS = 100, 30
_ME, _ROOM = "Alice", "CS350"
_PROMPT = f"You → {_ROOM}: "
_OTHERS = ("Bob", "Charlie", "Dana", "Eve", "王芳")
_BOUND = 20.0
"""Milliseconds in which a key has to show, at the 99th percentile."""

_TOLERANCE = 0.05
_SAMPLES = 10
"""A memory figure is the median of so many samples."""

_WARM_UP = 600.0
"""Seconds, at most, until caches are full, and the first old rubbish is collected."""

_PATIENCE = 10.0


class Desk:
    """Somebody at the client, and a stopwatch."""

    def __init__(self, window: Window) -> None:
        self.seconds: list[float] = []
        """How long each key took to show."""
        self.reading: list[float] = []
        """The duration of each look at the screen: the most by which the next bytes were read late."""
        self.away = 0.0
        """Seconds for which the screen did not have the line, while something else was drawn."""
        self._window = window
        self._line = self._seen = Line()
        self._away_since: float | None = None
        self._prompt = "You: "
        self._waiting: deque[tuple[float, Line]] = deque()
        self._shown = asyncio.Event()
        self._ended = False

    def open(self) -> None:
        """Start to read the screen."""
        os.set_blocking(self._window.fd, False)
        asyncio.get_running_loop().add_reader(self._window.fd, self._look)

    def close(self) -> None:
        """Stop reading the screen."""
        asyncio.get_running_loop().remove_reader(self._window.fd)

    async def come_in(self) -> None:
        """Wait for the prompt, and join the room.

        Raises:
            CannotMeasure: the screen does not come to it.
        """
        await self._see(Line())
        self._window.press(f"/join {_ROOM}\r")
        self._prompt = _PROMPT
        await self._see(Line())

    def press(self, key: str) -> None:
        """Press a key, and start the watch.

        Raises:
            CannotMeasure: an earlier one does not show at all.
        """
        now = time.perf_counter()
        if self._ended or (self._waiting and now - self._waiting[0][0] > _PATIENCE):
            raise CannotMeasure(f"{self._waiting} should be seen on:\n{self._window}")
        self._line = self._line.after(key)
        self._waiting.append((now, self._line))
        self._window.press(key)

    async def rest(self) -> None:
        """Wait until all that was typed can be seen."""
        await self._see(self._line)

    async def _see(self, line: Line) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                while not self._shows(line):
                    self._shown.clear()
                    await self._shown.wait()
        except TimeoutError:
            raise CannotMeasure(f"'{self._prompt}{line.text}' should be seen on:\n{self._window}") from None

    def _look(self) -> None:
        data = self._window.read()
        now = time.perf_counter()
        if not data:
            self._ended = True
            self.close()
            return
        self._window.show(data)
        last = next((n for n in reversed(range(len(self._waiting))) if self._shows(self._waiting[n][1])), -1)
        for _ in range(last + 1):
            pressed, self._seen = self._waiting.popleft()
            self.seconds.append(now - pressed)
        if self._away_since is not None:
            self.away += now - self._away_since
        self._shown.set()
        there = self._shows(self._seen)
        after = time.perf_counter()
        self._away_since = None if there else after
        self.reading.append(after - now)

    def _shows(self, line: Line) -> bool:
        """Return whether the screen shows a whole line, with the cursor in the right place."""
        cursor = self._window.screen.cursor
        rows, row, column = line.drawn(self._prompt, _COLUMNS)
        first = cursor.y - row
        if cursor.hidden or cursor.x != column or first < 0:
            return False
        return all(self._window.row(first + n) == text for n, text in enumerate(rows))


class Evening:
    """One measurement: a user who types, users who talk, and the results."""

    def __init__(self, desk: Desk, port: int, pid: int, options: argparse.Namespace) -> None:
        self.messages = 0
        self.memory: dict[str, list[int]] = {"VmRSS": [], "RssAnon": [], "Pss": []}
        self._desk = desk
        self._port = port
        self._pid = pid
        self._options = options

    async def run(self) -> None:
        """Run the measurement for so many seconds."""
        speakers = [await Visitor.arrive(self._port, name) for name in _OTHERS]
        await speakers[0].ask("create", _ROOM)
        for speaker in speakers[1:]:
            await speaker.ask("join", _ROOM)
        self._desk.open()
        await self._desk.come_in()
        until = time.monotonic() + self._options.seconds
        async with asyncio.TaskGroup() as group:
            group.create_task(self._type(until))
            group.create_task(self._talk(speakers, until))
            group.create_task(self._sample(until))
        await self._desk.rest()
        self._desk.close()
        for speaker in speakers:
            speaker.vanish()

    async def _type(self, until: float) -> None:
        random = Random(f"{self._options.seed}-keys")  # noqa: S311 (no secrets)
        due = time.monotonic()
        for key in keys(random):
            due += random.uniform(0.4, 1.6) / self._options.keys
            if due >= until:
                return
            await _sleep_until(due)
            self._desk.press(key)

    async def _talk(self, speakers: Sequence[Visitor], until: float) -> None:
        random = Random(f"{self._options.seed}-talk")  # noqa: S311 (no secrets)
        due = time.monotonic()
        for speaker in cycle(speakers):
            due += random.uniform(0.0, 2.0) / self._options.rate
            if due >= until:
                return
            await _sleep_until(due)
            words = random.choices(WORDS, k=random.randint(1, 30))
            if random.random() < 0.02:
                words.insert(0, f"@{_ME}")
            await speaker.ask("group", _ROOM, " ".join(words))
            self.messages += 1

    async def _sample(self, until: float) -> None:
        every = min(5.0, self._options.seconds / 50)
        while time.monotonic() < until:
            for what, samples in self.memory.items():
                samples.append(memory(self._pid, what))
            await asyncio.sleep(every)


async def _sleep_until(due: float) -> None:
    await asyncio.sleep(max(0.0, due - time.monotonic()))


def percentile(values: Sequence[float], part: float) -> float:
    """Return a percentile of some values."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part / 100))]


def figures(evening: Evening, desk: Desk, core: tuple[float, float], seconds: float) -> dict[str, Any]:
    """Return the results: times in milliseconds, memory in KiB."""
    ms = [second * 1000 for second in desk.seconds]
    warm_up = min(_WARM_UP, seconds / 2)
    warm = round(len(evening.memory["VmRSS"]) * warm_up / seconds)
    return {
        "seconds": seconds,
        "keys": len(ms),
        "messages": evening.messages,
        "p50": percentile(ms, 50),
        "p95": percentile(ms, 95),
        "p99": percentile(ms, 99),
        "p99.9": percentile(ms, 99.9),
        "max": max(ms),
        "over the bound": sum(one > _BOUND for one in ms),
        "away": desk.away / seconds,
        "reading p99": percentile(desk.reading, 99) * 1000,
        "cpu": core[0] / seconds,
        "waited for a core": core[1] / seconds,
        "warm-up": warm_up,
        "memory": evening.memory,
        "warm": {what: median(all[warm : warm + _SAMPLES]) for what, all in evening.memory.items()},
        "end": {what: median(all[-_SAMPLES:]) for what, all in evening.memory.items()},
    }


def told(seen: dict[str, Any]) -> str:
    """Return the results in words."""
    own = seen["memory"]["RssAnon"]
    several = ", ".join(f"{one / 1024:.1f}" for one in own[:: max(1, len(own) // 12)])
    warm, end = ({what: one / 1024 for what, one in seen[when].items()} for when in ("warm", "end"))
    return (
        f"{seen['keys']} keys and {seen['messages']} messages in {seen['seconds']:g} s\n"
        f"a key shows after, ms: p50 {seen['p50']:.2f}, p95 {seen['p95']:.2f}, p99 {seen['p99']:.2f}"
        f" (bound: {_BOUND:g}), p99.9 {seen['p99.9']:.2f}, max {seen['max']:.2f};"
        f" {seen['over the bound']} took longer than {_BOUND:g}\n"
        f"the line was not on the screen for {seen['away']:.3%} of the time\n"
        f"a look at the screen takes {seen['reading p99']:.2f} ms at p99, and may be part of that;"
        f" the client has a core for {seen['cpu']:.1%} of the time, and waits for one that others have"
        f" for {seen['waited for a core']:.1%}\n"
        f"memory of its own, MiB, twelve times: {several}\n"
        f"after {seen['warm-up']:g} s of warm-up {warm['RssAnon']:.1f} MiB, in the end {end['RssAnon']:.1f}"
        f" (RSS {warm['VmRSS']:.1f} and {end['VmRSS']:.1f}, PSS {warm['Pss']:.1f} and {end['Pss']:.1f})"
    )


def broken(seen: dict[str, Any]) -> list[str]:
    """Return a sentence for each bound that does not hold."""
    problems = []
    if seen["p99"] > _BOUND:
        problems.append(f"a key shows after {seen['p99']:.2f} ms at p99, more than {_BOUND:g}")
    growth = seen["end"]["RssAnon"] / seen["warm"]["RssAnon"] - 1
    if growth > _TOLERANCE:
        problems.append(f"the client's memory grew by {growth:+.1%}, more than {_TOLERANCE:.0%}")
    return problems


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.keystrokes", description=__doc__)
    parser.add_argument("--server", choices=[server.name for server in OURS], default=DURABLE.name)
    parser.add_argument("--seconds", type=float, default=60.0, help="in all (default: 60)")
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second (default: 10)")
    parser.add_argument("--keys", type=float, default=8.0, help="keys a second (default: 8)")
    parser.add_argument("--seed", type=int, default=42, help="what is typed and said follows (default: 42)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args(arguments)


def measured(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    """Run a measurement.

    Raises:
        CannotMeasure: the server or the client fails.
    """
    with running(server) as one, tempfile.TemporaryDirectory(prefix="classchat-keystrokes-") as home:
        client = [sys.executable, "-m", "classchat", f"{_ME}@127.0.0.1:{one.port}"]
        with Window(client, _COLUMNS, _ROWS, Path(home)) as window:
            desk = Desk(window)
            evening = Evening(desk, one.port, window.pid, options)
            try:
                asyncio.run(evening.run())
            except* (CannotMeasure, Gone) as trouble:
                raise CannotMeasure(str(trouble.exceptions[0])) from None
            return figures(evening, desk, _core_seconds(window.pid), options.seconds)


def _core_seconds(pid: int) -> tuple[float, float]:
    """Return how long a process had a core, and how long it had to wait for one that others had."""
    had, waited, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(had) / 1e9, int(waited) / 1e9


def main(arguments: Sequence[str]) -> int:
    """Measure, and return 3 with a sentence for each thing that is wrong."""
    options = parsed(arguments)
    (server,) = (server for server in OURS if server.name == options.server)
    try:
        seen = measured(server, options)
        print(told(seen))
        problems = broken(seen)
        if options.json is not None:
            options.json.write_text(json.dumps({"machine": described(), **seen}, indent=1) + "\n")
    except CannotMeasure as trouble:
        problems = [str(trouble)]
    for problem in problems:
        print(f"!!! {problem}", file=sys.stderr)
    return 3 if problems else 0


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main(sys.argv[1:]))
