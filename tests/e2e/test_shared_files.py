"""Shared files with the shipped commands, while the server is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.e2e.conftest import Keep, StartProcess, StartServer, StartTerminal
from tests.e2e.helpers import CLASSCHAT, PATIENCE, PLAIN, PROMPT, Process, Server
from tests.e2e.relay import Relay

DATA = os.urandom(1_000) * 24_000

MOST = 4_000_000
"""Bytes on the way before it is broken: a part of DATA, and what else is said."""

ENOUGH = 1_000_000
"""Bytes of DATA that have arrived before it is broken."""


def until(condition: Callable[[], bool]) -> None:
    """Wait for what a process writes to the disk, by looking."""
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline
        sleep(0.01)


def kill(server: Server) -> None:
    """Kill a server: nothing in it can run any more."""
    server.signals(signal.SIGKILL)
    server.ends()


def room_with(port: int, process: StartProcess) -> Process:
    """Return Bob, who is in a room."""
    bob = process(*CLASSCHAT, "--plain", f"Bob@127.0.0.1:{port}")
    bob.says("/create R")
    bob.sees("[SUCCESS] Chat room 'R' created successfully")
    return bob


def most_of(parts: Iterator[Path]) -> int:
    """Return the bytes of the largest part of a file."""
    return max((part.stat().st_size for part in parts), default=0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of almost the largest size."""
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return path


def test_an_upload_survives_a_kill(
    serve: StartServer, process: StartProcess, keep: Keep[Relay], tmp_path: Path, file: Path
) -> None:
    """`classchat send --file` goes on behind what a killed server had, and the journal is in order."""
    server = serve()
    parts = tmp_path / "classchat.sqlite.files" / "parts"
    room_with(server.port, process)
    relay = keep(Relay(server.port, MOST))
    sending = process(*CLASSCHAT, "send", f"Alice@127.0.0.1:{relay.port}", "R", "--file", str(file))
    relay.is_stuck()
    until(lambda: most_of(parts.glob("*")) > ENOUGH)
    kill(server)
    had = most_of(parts.glob("*"))
    serve("127.0.0.1", str(server.port))
    relay.breaks()
    code = sending.ends()
    check = process(*CLASSCHAT, "journal", "check")

    assert (0, b"") == (code, sending.err)
    assert ENOUGH < had < len(DATA)
    assert relay.delivered["up"] < MOST + len(DATA) - had // 2
    assert (0, b"") == (check.ends(), check.err)


def test_a_download_survives_a_kill(
    serve: StartServer, process: StartProcess, keep: Keep[Relay], tmp_path: Path, file: Path
) -> None:
    """`/get` goes on behind what it had when the server was killed, and replaces no file."""
    server = serve()
    relay = keep(Relay(server.port, MOST))
    bob = room_with(relay.port, process)
    sending = process(*CLASSCHAT, "send", f"Alice@127.0.0.1:{server.port}", "R", "--file", str(file))
    assert sending.ends() == 0, sending.err
    bob.sees("[R - Alice] data.bin (24.0 MB) · /get 1")
    bob.says("/get 1")
    relay.is_stuck()
    until(lambda: most_of(tmp_path.glob("*.part")) > ENOUGH)
    kill(server)
    had = most_of(tmp_path.glob("*.part"))
    serve("127.0.0.1", str(server.port))
    relay.breaks()
    bob.sees("[CLIENT] Saved as data (2).bin (24.0 MB)")

    assert ENOUGH < had < len(DATA)
    assert relay.delivered["down"] < MOST + len(DATA) - had // 2
    assert (tmp_path / "data (2).bin").read_bytes() == DATA
    assert [] == list(tmp_path.glob("*.part"))


def test_progress_of_a_download_in_lines(
    serve: StartServer, process: StartProcess, terminal: StartTerminal, tmp_path: Path, file: Path
) -> None:
    """In line mode on a terminal, a bar in front of the prompt shows how far `/get` is, and goes away."""
    server = serve()
    bob = terminal(*PLAIN, f"Bob@127.0.0.1:{server.port}")
    bob.types("/create R")
    sending = process(*CLASSCHAT, "send", f"Alice@127.0.0.1:{server.port}", "R", "--file", str(file))
    assert sending.ends() == 0, sending.err
    bob.waits_for(lambda screen: any("data.bin (24.0 MB) · /get 1" in line for line in screen))
    server.signals(signal.SIGSTOP)
    bob.types("/get 1")
    bob.is_asked(f"data.bin ░░░░░░░░░░ 0 % of 24.0 MB  {PROMPT}")
    server.signals(signal.SIGCONT)
    bob.sees("[CLIENT] Saved as data (2).bin (24.0 MB)")
    bob.is_asked()

    assert (tmp_path / "data (2).bin").read_bytes() == DATA
