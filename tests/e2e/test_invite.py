"""`classchat invite`, which tries real servers."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable

import pytest

from tests.e2e.conftest import Keep, StartProcess, StartServer
from tests.e2e.helpers import CLASSCHAT, Server

Invite = Callable[..., tuple[list[str], int, bytes]]


@pytest.fixture
def invite(process: StartProcess) -> Invite:
    """Run `classchat invite` to its end; return its lines, exit code and errors."""

    def run(*words: str) -> tuple[list[str], int, bytes]:
        done = process(*CLASSCHAT, "invite", *words)
        code = done.ends()
        return [re.sub("sha256:[0-9a-f]{64}", "sha256:FFFF", line) for line in done.lines], code, done.err

    return run


def only_here(port: int) -> list[str]:
    """Return the last line for a server at 127.0.0.1."""
    return [
        "Only this machine can use them. To let other machines in, start the server with:"
        f" classchat serve 0.0.0.0 {port}"
    ]


@pytest.mark.for_real
def test_a_server_for_this_machine(server: Server, invite: Invite) -> None:
    """The line for terminals has the fingerprint, and the last line says that only this machine can join."""
    lines, code, err = invite("CS350", "--port", str(server.port))

    assert (0, b"") == (code, err)
    assert [
        f"Terminal:  classchat NAME@127.0.0.1:{server.port}#sha256:FFFF",
        "           then type: /join CS350",
        *only_here(server.port),
    ] == lines[-3:]


def test_without_tls(serve: StartServer, invite: Invite) -> None:
    """A server without TLS has no fingerprint."""
    server = serve("--port", "0", "--no-tls")
    lines, code, err = invite("--port", str(server.port))

    assert (0, b"") == (code, err)
    assert [f"Terminal:  classchat NAME@127.0.0.1:{server.port}", *only_here(server.port)] == lines[-2:]


def test_no_server(free_port: int, invite: Invite) -> None:
    """Where nothing listens, a sentence says so."""
    lines, code, err = invite("--host", "127.0.0.1", "--port", str(free_port))

    assert ([], 1) == (lines, code)
    assert err.startswith(b"classchat: No server answers at 127.0.0.1:%d (" % free_port)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK",
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"220 mail\r\n",
        b"",
    ],
    ids=["another page", "no page", "no HTTP", "nothing"],
)
def test_another_server(keep: Keep[socket.socket], invite: Invite, answer: bytes) -> None:
    """A server of another kind is not taken for ours."""
    listener = keep(socket.create_server(("127.0.0.1", 0)))

    def answers_once() -> None:
        client, _ = listener.accept()
        with client:
            client.recv(65_536)
            client.sendall(answer)

    threading.Thread(target=answers_once, daemon=True).start()
    port = listener.getsockname()[1]
    lines, code, err = invite("--host", "127.0.0.1", "--port", str(port))

    assert ([], 1) == (lines, code)
    assert err.startswith(b"classchat: Another program answers at 127.0.0.1:%d, not ClassChat" % port)
