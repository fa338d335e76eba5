"""Play with a server for a while, from the command line."""

from __future__ import annotations

import argparse
import gc
import random
import secrets
import sys
import time
import traceback
import warnings

from tests.fuzz.play import Play

_LONGEST = 1200


def fails(data: bytes) -> str | None:
    """Play by these bytes; return the failure, None if all rules hold."""
    _unraisable.clear()
    try:
        Play(data).run()
    except Exception:
        return traceback.format_exc()
    return _unraisable[0] if _unraisable else None


_unraisable: list[str] = []


def _note(unraisable: sys.UnraisableHookArgs) -> None:
    """Record an exception that could not be raised, for example in a coroutine without a waiter."""
    _unraisable.append("".join(traceback.format_exception(unraisable.exc_value)))


def kind_of(trouble: str) -> str:
    """Return the kind of a failure, by its origin: equal failures have equal kinds."""
    return "\n".join(line for line in trouble.splitlines() if line.startswith('  File "'))


def shortened(data: bytes, trouble: str, seconds: float = 60.0) -> bytes:
    """Return fewer bytes with the same failure."""
    end = time.monotonic() + seconds
    size = len(data) // 2
    while size:
        at = 0
        while at < len(data) and time.monotonic() < end:
            shorter = data[:at] + data[at + size :]
            other = fails(shorter)
            if other is not None and kind_of(other) == kind_of(trouble):
                data = shorter
            else:
                at += size
        size //= 2
    return data


def main() -> None:
    """Play until the time is up; after a failure print how to repeat it, and exit with 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long (60)")
    parser.add_argument("--seed", type=int, help="what chance depends on (another one each time)")
    parser.add_argument("--again", metavar="HEX", help="play this, once")
    chosen = parser.parse_args()
    sys.unraisablehook = _note
    warnings.simplefilter("error")
    if chosen.again is not None:
        Play(bytes.fromhex(chosen.again)).run()
        return
    seed = secrets.randbelow(1_000_000) if chosen.seed is None else chosen.seed
    print(f"seed {seed}", flush=True)
    chance = random.Random(seed)  # noqa: S311 (it is to be the same again)
    begun, count = time.monotonic(), 0
    while time.monotonic() - begun < chosen.seconds:
        data = chance.randbytes(chance.randrange(_LONGEST))
        trouble = fails(data)
        count += 1
        if trouble is not None:
            data = shortened(data, trouble)
            print(f"after {count} plays:\n{fails(data)}\npython -m tests.fuzz --again {data.hex()}")
            sys.exit(1)
        if count % 200 == 0:
            gc.collect()  # an unhandled failure of a Deferred is logged when it is collected
    print(f"{count} plays in {time.monotonic() - begun:.0f} s: all holds")


if __name__ == "__main__":
    main()
