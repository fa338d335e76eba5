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
from tests.postgres import shared_cluster
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
    """Start two servers on one journal, with one certificate, that expect a header from this machine."""
    journal = shared_cluster().new_journal(str(tmp_path))
    certificate = tmp_path / "chat.pem"
    certificate.write_bytes(make_pem())
    certificate.chmod(0o600)
    same = ("--port", "0", "--certificate", "chat.pem", "--proxy-protocol", "127.0.0.1", "--lobby", "CS350")
    return [serve(*same, "--journal", journal, "--control", "off") for _ in range(2)]


@pytest.fixture
def haproxy(process: StartProcess, nodes: list[Server], port: int, tmp_path: Path) -> Process:
    """Start HAProxy with the documented configuration."""
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
        "maxconn 20000": "maxconn 100",
    }.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "haproxy.cfg").write_text(text)
    running = process(program, "-db", "-f", "haproxy.cfg")
    running.listens_at(tmp_path / "admin.sock")
    return running


def by(name: str, lines: list[str]) -> list[str]:
    """Return what a user has said in CS350, without the times that replayed messages have."""
    plain = (re.sub(r" \(\d\d:\d\d\) ", " ", line) for line in lines)
    return [line for line in plain if line.startswith(f"[CS350 - {name}] ")]


def test_from_node_to_node(haproxy: Process, nodes: list[Server], port: int, process: StartProcess) -> None:
    """Each node gets one of two clients, who talk; when one is stopped, they talk on without a gap."""
    one, other = nodes
    clients = []
    for name in ("Alice", "Bob"):
        clients.append(process(*CLASSCHAT, "--tls", f"{name}@127.0.0.1:{port}"))
        clients[-1].sees(f"[SUCCESS] Welcome to ClassChat, {name}!")
    alice, bob = clients
    alice.says("/join CS350")
    alice.sees("[SUCCESS] You have joined 'CS350'")
    bob.says("/join CS350")
    alice.sees("[CS350] Bob has joined the chat room")
    for client in clients:
        client.says(*(f"/group CS350 {number}" for number in range(100)))
    one.signals(signal.SIGTERM)
    code = one.ends()
    moved = alice if "[SERVER] User 'Alice' registered successfully" in one.lines else bob
    back = f"[CLIENT] Reconnected to 127.0.0.1:{port}: back in CS350"
    moved.wait(lambda: any(line.startswith(back) for line in moved.lines), back)
    said = {name: [f"[CS350 - {name}] {number}" for number in range(100)] for name in ("Alice", "Bob")}
    heard = [
        client.comes_to(said[name], lambda lines, name=name: by(name, lines))
        for client, name in ((alice, "Bob"), (bob, "Alice"))
    ]
    connections = [line for node in nodes for line in node.lines if "onnection from" in line]

    assert [said["Bob"], said["Alice"]] == heard
    assert (0, b"", b"") == (code, one.err, other.err)
    assert (1, 3) == ((alice.lines + bob.lines).count(SHUTTING_DOWN), len(connections))
