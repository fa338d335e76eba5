"""`python -m benchmarks.instructions`: how many instructions the server needs for one thing that clients do.

Other work on the machine changes times, but hardly these counts: by 2 % at most. Each server runs under
valgrind's callgrind, which counts when the server has done the same thing often enough to have warmed up. The
server's own instructions count, not those of the kernel.

With `--against` another tree of sources is counted as well, with `--uncounted` this one without its numbers
for monitors (`uncounted.py`), and the last column is the ratio to it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import deeds, machine
from benchmarks.counting import counted
from benchmarks.native import CannotMeasure
from benchmarks.servers import CLASSCHAT, Server

_HERE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Work:
    """A deed, and how often it is counted."""

    name: str
    deed: deeds.Deed
    times: int
    warmup: int


WORKS = (
    Work("sign-in", deeds.sign_in, 300, 100),
    Work("come-and-go", deeds.come_and_go, 300, 100),
    Work("room-100", deeds.talk(1), 200, 50),
    Work("room-100-at-once-8", deeds.talk(8), 200, 50),
    Work("room-100-at-once-160", deeds.talk(160), 40, 10),
    Work("private", deeds.whisper, 400, 100),
    Work("join-leave", deeds.join_and_leave, 100, 30),
    Work("history", deeds.look_back, 100, 30),
)


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("--only", choices=[work.name for work in WORKS], nargs="+", help="default: all")
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--against", type=Path, metavar="TREE", help="another tree of sources")
    other.add_argument("--uncounted", action="store_true", help="this tree without its numbers for monitors")
    return parser.parse_args(arguments)


def _uncounted(port: int, directory: Path) -> list[str]:
    """Return the command of a server that does not count what happens."""
    python, _, _, *arguments = CLASSCHAT.command(port, directory)  # python -m classchat serve ...
    return [python, str(_HERE / "benchmarks" / "uncounted.py"), *arguments]


def instructions(server: Server, work: Work) -> float:
    """Return how many instructions a server needs for a deed.

    Raises:
        CannotMeasure: there is no valgrind, or the server does not start.
    """
    with tempfile.TemporaryDirectory(prefix="classchat-counted-") as name, counted(server, Path(name)) as one:
        turns = work.deed(one.port)
        for _ in range(work.warmup):
            next(turns)
        one.begin()
        next(turns)
        return one.during(lambda: [next(turns) for _ in range(work.times)]) / work.times


def main(arguments: Sequence[str]) -> int:
    """Count, print, and return 3 if something could not be measured."""
    options = parsed(arguments)
    servers = [replace(CLASSCHAT, tree=_HERE)]
    if options.against is not None:
        servers.append(replace(CLASSCHAT, tree=options.against.resolve()))
    if options.uncounted:
        servers.append(replace(CLASSCHAT, tree=_HERE, command=_uncounted))
    print(machine.described(), flush=True)
    try:
        for work in WORKS:
            if options.only is None or work.name in options.only:
                figures = [instructions(server, work) for server in servers]
                ratio = f"{figures[0] / figures[1]:10.3f}" if len(figures) > 1 else ""
                print(f"{work.name:20}" + "".join(f"{one:12,.0f}" for one in figures) + ratio, flush=True)
    except CannotMeasure as trouble:
        print(f"!!! {trouble}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
