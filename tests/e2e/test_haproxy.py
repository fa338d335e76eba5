"""Two servers behind HAProxy, set up as docs/operations.md says: a client goes from one to the other."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from classchat.servers.certificates import make_pem
from tests.e2e.conftest import StartProcess, StartServer
from tests.e2e.helpers import CLASSCHAT, SHUTTING_DOWN, Process, Server
from tests.tools import ROOT, tool


@pytest.fixture
def port() -> Iterator[int]:
    """Return a port that nobody else takes, and on which HAProxy can listen."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def nodes(serve: StartServer, tmp_path: Path) -> list[Server]:
    """Start two servers, with one certificate, that expect a header from this machine."""
    certificate = tmp_path / "chat.pem"
    certificate.write_bytes(make_pem())
    certificate.chmod(0o600)
    same = ("--port", "0", "--certificate", "chat.pem", "--proxy-protocol", "127.0.0.1")
    return [serve(*same, "--journal", f"{name}.sqlite") for name in ("one", "other")]


@pytest.fixture
def haproxy(process: StartProcess, nodes: list[Server], port: int, tmp_path: Path) -> Process:
    """Start HAProxy with the documented configuration, with more frequent checks."""
    program = tool("haproxy")
    section = (ROOT / "docs" / "operations.md").read_text().partition("## Two servers behind HAProxy")[2]
    block = re.search(r"^```haproxy\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert block is not None
    text = block[1]
    for old, new in {
        "/run/haproxy/admin.sock": f"{tmp_path}/admin.sock",
        "bind :5555": f"bind 127.0.0.1:{port}",
        "10.0.0.11:5555": f"127.0.0.1:{nodes[0].port}",
        "10.0.0.12:5555": f"127.0.0.1:{nodes[1].port}",
        "inter 2s": "inter 100ms",
        "maxconn 20000": "maxconn 100",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "haproxy.cfg").write_text(text)
    running = process(program, "-db", "-f", "haproxy.cfg")
    running.listens_at(tmp_path / "admin.sock")
    return running


def test_from_node_to_node(haproxy: Process, nodes: list[Server], port: int, process: StartProcess) -> None:
    """Each node gets one of two clients; when one is stopped, its client goes on at the other, with TLS."""
    one, other = nodes
    clients = []
    for name in ("Alice", "Bob"):
        clients.append(process(*CLASSCHAT, "--tls", f"{name}@127.0.0.1:{port}"))
        clients[-1].sees(f"[SUCCESS] Welcome to ClassChat, {name}!")
    one.signals(signal.SIGTERM)
    code = one.ends()
    for name in ("Alice", "Bob"):
        other.sees(f"[SERVER] User '{name}' registered successfully")
    alice, bob = clients
    bob.says("/private Alice Are you here as well?")
    alice.sees("[Private from Bob] Are you here as well?")
    shown = alice.lines + bob.lines
    told = [shown.count(line) for line in (SHUTTING_DOWN, f"[CLIENT] Reconnected to 127.0.0.1:{port}")]
    connections = [line for node in nodes for line in node.lines if "onnection from" in line]

    assert (0, b"", b"") == (code, one.err, other.err)
    assert ([1, 1], 3) == (told, len(connections))  # health checks write nothing
