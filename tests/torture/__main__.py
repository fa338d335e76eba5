"""Torture a server from the command line."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
import time
from contextlib import closing, nullcontext
from pathlib import Path

from tests.postgres import Cluster
from tests.torture.rivals import RIVALS
from tests.torture.run import kill_again_and_again, stand_still


def main() -> None:
    """Run the rounds; if a rule is broken, keep the journal and exit with 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="how many times to kill the server (10)")
    parser.add_argument(
        "--seed", type=int, default=None, help="what chance depends on (another one each time)"
    )
    parser.add_argument(
        "--postgres", action="store_true", help="keep the journal in PostgreSQL, and kill it as well"
    )
    parser.add_argument(
        "--nodes", type=int, default=1, help="how many servers share the journal in PostgreSQL (1)"
    )
    parser.add_argument("--stop", type=float, metavar="SECONDS", help="stop the server for so long instead")
    chosen = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if chosen.seed is None else chosen.seed
    print(f"seed {seed}", flush=True)
    place = Path(tempfile.mkdtemp(prefix="classchat-torture-"))
    began = time.monotonic()
    if chosen.stop is not None:
        report = asyncio.run(stand_still(place, seed, chosen.stop))
    else:
        with closing(Cluster()) if chosen.postgres or chosen.nodes > 1 else nullcontext() as cluster:
            going = kill_again_and_again(
                place, seed, chosen.rounds, cluster, nodes=chosen.nodes, rivals=RIVALS
            )
            report = asyncio.run(going)
    print(f"{report}\n{time.monotonic() - began:.1f} s")
    if report.broken:
        sys.exit(f"what the server left is in {place}")
    shutil.rmtree(place)


if __name__ == "__main__":
    main()
