"""Nothing acknowledged is lost, nothing is heard twice, and all see one order, in every failure."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import closing
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from tests.e2e.conftest import Connect, StartProcess, StartServer
from tests.e2e.forks import Forks
from tests.e2e.helpers import CLASSCHAT
from tests.postgres import Cluster
from tests.torture import checker
from tests.torture.logs import Kept
from tests.torture.run import Report, kill_again_and_again, leave_a_log, stand_still

STOP = 1.5
"""Seconds that the server is stopped; the clients give up after 0.7, 5 or 20. Use more by hand."""

PLACES = 6
"""The number of places at which the write-ahead log is cut off."""

FILES = ["classchat.sqlite", "classchat.sqlite-wal", "classchat.sqlite-shm"]
ROOM = "Lab"


def test_killed_again_and_again(tmp_path: Path, forks: Forks | None) -> None:
    """Twenty clients talk, ten listen and nine are a class while the server is killed repeatedly."""
    report = asyncio.run(kill_again_and_again(tmp_path, seed=4, rounds=6, forks=forks))

    assert [] == report.broken, report
    _was_worth_it(report)
    assert report.connections > 4 * 30


def test_nodes_killed_again_and_again(tmp_path: Path, forks: Forks | None) -> None:
    """The same with two nodes and their database: killed, stopped past a lease, and disconnected.

    The database does not wait for the disk: what a killed process has written, the system still has.
    """
    with closing(Cluster("fsync=off")) as cluster:
        killing = kill_again_and_again(tmp_path, seed=19, rounds=5, cluster=cluster, forks=forks, nodes=2)
        report = asyncio.run(killing)

    assert [] == report.broken, report
    assert (report.kept > 200, report.connections > 2 * 39) == (True, True), report


def test_stopped_for_a_while(tmp_path: Path, forks: Forks | None) -> None:
    """While the server's process is stopped some clients wait, and others take over their own connections."""
    report = asyncio.run(stand_still(tmp_path, seed=4, seconds=STOP, forks=forks))

    assert [] == report.broken, report
    assert (report.kept > 100, report.connections > 30) == (True, True)


def _was_worth_it(report: Report) -> None:
    """Check that the run had enough messages to find mistakes."""
    assert (report.kept > 500, report.replayed > 500) == (True, True), report


class Left(NamedTuple):
    """The files that a killed server left."""

    files: dict[str, bytes]
    epoch: str
    kept: list[Kept]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory, mother: Forks) -> Left:
    """Kill a server during a talk, and return its files."""
    directory = tmp_path_factory.mktemp("left")
    asyncio.run(leave_a_log(directory, seed=4, forks=mother))
    files = {name: (directory / name).read_bytes() for name in FILES}
    return Left(files, *checker.read(directory / FILES[0]))


@pytest.mark.parametrize("seed", range(PLACES))
def test_a_log_that_was_cut_off(
    left: Left, tmp_path: Path, serve: StartServer, connect: Connect, process: StartProcess, seed: int
) -> None:
    """A server with a truncated write-ahead log continues from its end, and reports the gap."""
    for name, data in left.files.items():
        (tmp_path / name).write_bytes(data)
    size = Random(seed).randrange(len(left.files[FILES[1]])) if seed else 0  # noqa: S311
    os.truncate(tmp_path / FILES[1], size)
    server = serve()
    alice = connect(server.port, "Alice")
    last = sum(one.conversation == f"#{ROOM}" for one in left.kept)
    join = {"status": "join", "receiver": ROOM, "since": {"epoch": left.epoch, "seq": last}}
    alice.socket.sendall(json.dumps(join).encode() + b"\n")
    answer = alice.hears()
    while "replay" in answer:
        answer = alice.hears()
    server.signals(signal.SIGKILL)
    server.ends()
    epoch, kept = checker.read(tmp_path / FILES[0])
    check = process(*CLASSCHAT, "journal", "check")

    seq = sum(one.conversation == f"#{ROOM}" for one in kept)

    assert (left.epoch, left.kept[: len(kept)]) == (epoch, kept)
    assert (0, b"") == (check.ends(), server.err)
    assert (seq, seq < last) == (answer.get("seq", 0), answer.get("gap", "code" in answer))
