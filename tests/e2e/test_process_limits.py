"""A server with few resources: few open files, a console that is not read, our reactor under twistd."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.conftest import Connect, Keep, StartProcess
from tests.e2e.helpers import CLASSCHAT, PATIENCE, TWISTD, Process, RawClient, line, started_at

SERVE = (*CLASSCHAT, "serve")
FILES = 100


@pytest.fixture
def narrow(process: StartProcess) -> Process:
    """Start a server that may open few files."""
    command = f"ulimit -n {FILES} && exec {' '.join(SERVE)} --port 0"
    return process("setpriv", "--bounding-set=-all", "--inh-caps=-all", "/bin/sh", "-c", command)


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ping(client: RawClient) -> str:
    """Return the answer to a ping."""
    client.asks("ping")
    return client.hears()["text"]


def test_more_connections_than_files(narrow: Process, connect: Connect, keep: Keep[socket.socket]) -> None:
    """Connections without a file are refused; others can talk, and the server does not spin."""
    narrow.sees("[SERVER] Waiting for connections...")
    port = started_at(narrow.out.decode())
    alice = connect(port, "Alice")
    crowd = [keep(socket.create_connection(("127.0.0.1", port), PATIENCE)) for _ in range(2 * FILES)]
    turned_away = [one for one in crowd if _is_closed(one)]
    before = cpu_seconds(narrow.pid)
    answers = [ping(alice) for _ in range(50)]
    spent = cpu_seconds(narrow.pid) - before
    full = [text for text in narrow.lines if "connections reached: refusing new ones" in text]

    assert (True, 1, 1) == (len(turned_away) > FILES, len(full), narrow.err.decode().count("ulimit -n"))
    assert (["pong"] * 50, True) == (answers, spent < 0.5)


def _is_closed(one: socket.socket) -> bool:
    """Return whether the server has refused this connection, which it does at once."""
    one.settimeout(0.02)
    try:
        return one.recv(1) != b"" and one.recv(4096) != b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def test_console_that_nobody_reads(process: StartProcess, connect: Connect) -> None:
    """A console that is not read (Ctrl+S, a pager) delays neither the chat nor the shutdown."""
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)  # a hundred lines fill it
    with open(ours, "rb") as console:
        server = process(*SERVE, "--port", "0", "--limits", "off", stdout=theirs)
        os.close(theirs)
        port = started_at(console.readline().decode())
        alice = connect(port, "Alice")
        for _ in range(5):
            alice.socket.sendall(line("private", receiver="Alice", text="x") * 100)
            for _ in range(100):
                alice.hears()
        answer = ping(alice)
        server.signals(signal.SIGTERM)
        code = server.ends()
        left = console.read()

    assert ("pong", 0) == (answer, code)
    assert left.startswith(b"[SERVER] Waiting for connections...\n[SERVER] Certificate")
    assert b"\n[SERVER] New connection from" in left


def test_our_reactor_under_twistd(process: StartProcess, connect: Connect) -> None:
    """`twistd --reactor classchat` uses the same reactor as `classchat serve`."""
    server = process(*TWISTD, "--reactor", "classchat", "-n", "--pidfile=", "classchat", "--port", "0")
    server.wait(lambda: "Waiting for connections..." in server.out.decode(), "the start")
    alice = connect(started_at(server.out.decode()), "Alice")

    assert "pong" == ping(alice)
    assert "classchat.epoll.ChatReactor" in server.out.decode()


def test_as_many_files_as_it_may(process: StartProcess) -> None:
    """A server with a low soft limit of files raises it by itself, without a message."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    server = process("/bin/sh", "-c", f"ulimit -Sn 64 && exec {' '.join(SERVE)} --port 0")
    server.sees("[SERVER] Waiting for connections...")
    limits = Path(f"/proc/{server.pid}/limits").read_text()
    (files,) = [text.split() for text in limits.splitlines() if text.startswith("Max open files")]

    assert int(files[3]) >= hard >= soft
    assert b"" == server.err if hard >= 10_064 else b"ulimit -n" in server.err
