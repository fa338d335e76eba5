"""Shared files with the shipped commands, while the server is killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from tests.e2e.conftest import StartProcess, StartServer, StartTerminal
from tests.e2e.helpers import CLASSCHAT, PATIENCE, PLAIN, PROMPT, Process, Server

DATA = os.urandom(1_000) * 24_000


def until(condition: Callable[[], bool]) -> None:
    """Wait for what a process writes to the disk, by looking."""
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline


def kill(server: Server) -> None:
    """Kill a server: nothing in it can run any more."""
    server.signals(signal.SIGKILL)
    server.ends()


def room_with(server: Server, process: StartProcess) -> Process:
    """Return Bob, who is in a room."""
    bob = process(*CLASSCHAT, "--plain", f"Bob@127.0.0.1:{server.port}")
    bob.says("/create R")
    bob.sees("[SUCCESS] Chat room 'R' created successfully")
    return bob


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file of almost the largest size."""
    path = tmp_path / "data.bin"
    path.write_bytes(DATA)
    return path


def test_an_upload_survives_a_kill(
    serve: StartServer, process: StartProcess, tmp_path: Path, file: Path
) -> None:
    """`classchat send --file` goes on behind what a killed server had, and the journal is in order."""
    server = serve()
    port, parts = server.port, tmp_path / "classchat.sqlite.files" / "parts"
    room_with(server, process)
    sending = process(*CLASSCHAT, "send", f"Alice@127.0.0.1:{port}", "R", "--file", str(file))
    until(lambda: any(part.stat().st_size > 1_000_000 for part in parts.glob("*")))
    kill(server)
    had = sum(part.stat().st_size for part in parts.glob("*"))  # 0 if a busy machine was late: all had come
    serve("127.0.0.1", str(port))
    code = sending.ends()
    check = process(*CLASSCHAT, "journal", "check")

    assert (0, b"") == (code, sending.err)
    assert had == 0 or 1_000_000 < had <= len(DATA)
    assert (0, b"") == (check.ends(), check.err)


def test_a_download_survives_a_kill(
    serve: StartServer, process: StartProcess, tmp_path: Path, file: Path
) -> None:
    """`/get` goes on behind what it had when the server was killed, and replaces no file."""
    server = serve()
    port = server.port
    bob = room_with(server, process)
    sending = process(*CLASSCHAT, "send", f"Alice@127.0.0.1:{port}", "R", "--file", str(file))
    assert sending.ends() == 0, sending.err
    bob.sees("[R - Alice] data.bin (24.0 MB) · /get 1")
    bob.says("/get 1")
    until(lambda: any(part.stat().st_size for part in tmp_path.glob("*.part")))
    kill(server)
    left = list(tmp_path.glob("*.part"))
    serve("127.0.0.1", str(port))
    bob.sees("[CLIENT] Saved as data (2).bin (24.0 MB)")

    assert left  # usually a part; on a busy machine all may have come before the server is killed
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
