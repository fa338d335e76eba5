"""`python -m benchmarks.soak`: a class's day in minutes; the server must not keep anything of it.

Users sign in, join, talk, whisper, leave, and disconnect, politely or not. A seed determines their actions.
At the end the server's memory must be as large as after the warm-up, no user may be signed in or in a room,
and the server must have written nothing to its standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import count
from random import Random
from statistics import median

from benchmarks.machine import memory
from benchmarks.servers import DURABLE, OURS, Running, running
from benchmarks.visitor import Gone, Visitor

_ROOMS = 20
_TOLERANCE = 0.05
_SAMPLES = 10
"""A memory figure is the median of so many samples."""


class Soak:
    """All visitors, and a count of their actions."""

    def __init__(self, one: Running, people: int, rate: float, seed: int) -> None:
        self._one = one
        self._pause = people / rate
        self._people = [Random(f"{seed}-{place}") for place in range(people)]  # noqa: S311 (no secrets)
        self._here: dict[int, str] = {}
        self._visits = count(1)
        self.done: Counter[str] = Counter()
        self.samples: list[int] = []

    async def run(self, seconds: float) -> None:
        """Run all visitors for so many seconds."""
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            sampling = group.create_task(self._sample(until))
            for place, random in enumerate(self._people):
                group.create_task(self._live(place, random, until))
            await sampling

    async def left_behind(self) -> str:
        """Wait until no other user is signed in or in a room; return those that remain, in words."""
        auditor = await Visitor.arrive(self._one.port, "auditor")
        for _ in range(20):
            users = (await auditor.ask("users"))["users"]
            rooms = [room for room in (await auditor.ask("rooms"))["rooms"] if room["members"]]
            if users == [{"name": "auditor"}] and not rooms:
                await auditor.quit()
                return ""
            await asyncio.sleep(0.25)
        return f"still signed in: {users}; still in rooms: {rooms}"

    async def _sample(self, until: float) -> None:
        while time.monotonic() < until:
            self.samples.append(memory(self._one.pid))
            await asyncio.sleep(0.5)

    async def _live(self, place: int, random: Random, until: float) -> None:
        """One person after the other sits on this chair, each under a new name."""
        while time.monotonic() < until:
            name = f"u{next(self._visits)}"
            visitor = await Visitor.arrive(self._one.port, name)
            self._here[place] = name
            self.done["sign in"] += 1
            for _ in range(random.randint(5, 60)):
                await asyncio.sleep(random.expovariate(1 / self._pause))
                if time.monotonic() >= until:
                    break
                await self._act(visitor, random)
            del self._here[place]
            if random.random() < 0.5:
                self.done["quit"] += 1
                await visitor.quit()
            else:
                self.done["vanish"] += 1
                visitor.vanish()

    async def _act(self, visitor: Visitor, random: Random) -> None:
        """Do one action, and check its answer."""
        room = f"room{random.randrange(_ROOMS)}"
        text = "x" * random.randint(1, 200)
        mine = sorted(visitor.rooms)
        other = random.choice(sorted(self._here.values()))
        chosen = random.random()
        if chosen < 0.15 and room not in visitor.rooms:
            if "code" in await visitor.ask("join", room, allowed={"room_not_found"}):
                await visitor.ask("create", room, allowed={"room_exists"})
            self.done["join"] += 1
        elif chosen < 0.25 and mine:
            await visitor.ask("leave", random.choice(mine))
            self.done["leave"] += 1
        elif chosen < 0.80 and mine:
            await visitor.ask("group", random.choice(mine), text)
            self.done["say"] += 1
        elif chosen < 0.95:
            await visitor.ask("private", other, text, allowed={"user_not_found"})
            self.done["tell"] += 1
        else:
            await visitor.ask(random.choice(["ping", "users", "rooms"]))
            self.done["ask"] += 1


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--server", choices=[server.name for server in OURS], default=DURABLE.name)
    parser.add_argument("--seconds", type=float, default=600.0, help="in all (default: 600)")
    parser.add_argument("--people", type=int, default=80, help="at a time (default: 80)")
    parser.add_argument("--rate", type=float, default=400.0, help="things done a second (default: 400)")
    parser.add_argument("--seed", type=int, default=42, help="what they do follows from it (default: 42)")
    return parser.parse_args(arguments)


async def soaked(one: Running, options: argparse.Namespace) -> list[str]:
    """Run the soak, print its results, and return the failures."""
    soak = Soak(one, options.people, options.rate, options.seed)
    warm_up = min(60.0, options.seconds / 2)
    await soak.run(warm_up)
    warm = median(soak.samples[-_SAMPLES:])
    await soak.run(options.seconds - warm_up)
    problems = [await soak.left_behind()]
    after = median([memory(one.pid) for _ in range(_SAMPLES)])
    change = after / warm - 1
    print(", ".join(f"{what} {count}" for what, count in sorted(soak.done.items())))
    every = max(1, len(soak.samples) // 10)
    print(f"MiB, ten times: {', '.join(f'{one / 1024:.1f}' for one in soak.samples[::every])}")
    print(f"memory: {warm / 1024:.1f} MiB after {warm_up:g} s of warm-up, {after / 1024:.1f} MiB in the end")
    if abs(change) > _TOLERANCE:
        problems.append(f"the memory changed by {change:+.1%}, more than {_TOLERANCE:.0%}")
    if errors := one.errors.read_text(errors="replace").strip():
        problems.append(f"the server wrote to its standard error:\n{errors[-4000:]}")
    return [problem for problem in problems if problem]


def main(arguments: Sequence[str]) -> int:
    """Soak, and return 1 with a sentence for each thing that is wrong."""
    options = parsed(arguments)
    (server,) = (server for server in OURS if server.name == options.server)
    with running(server) as one:
        try:
            problems = asyncio.run(soaked(one, options))
        except* Gone as gone:
            problems = [f"a client was not treated as it should be: {gone.exceptions[0]}"]
            problems.append(one.errors.read_text(errors="replace")[-4000:])
    for problem in filter(None, problems):
        print(f"!!! {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
