"""`classchat invite`, which tries real servers."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Keep, StartProcess, StartServer, StartTerminal
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


def browser(scheme: str, port: int, host: str = "127.0.0.1") -> list[str]:
    """Return the lines for browsers and projectors."""
    return [f"Browser:   {scheme}://{host}:{port}/#CS350", f"Projector: {scheme}://{host}:{port}/show#CS350"]


@pytest.mark.for_real
def test_a_server_for_this_machine(server: Server, invite: Invite) -> None:
    """The links and the line for terminals are printed, and that only this machine can use them."""
    lines, code, err = invite("CS350", "--port", str(server.port))

    assert (0, b"") == (code, err)
    assert [
        *browser("http", server.port),
        f"Terminal:  classchat NAME@127.0.0.1:{server.port}#sha256:FFFF",
        "           then type: /join CS350",
        f"IRC:       127.0.0.1, port {server.port}, with TLS, then /join #CS350",
        *only_here(server.port),
    ] == lines


def test_a_server_that_encrypts_everything(serve: StartServer, invite: Invite) -> None:
    """Where plain text is refused, the link begins with `https`."""
    server = serve("--port", "0", "--plaintext", "never")
    lines, code, err = invite("CS350", "--port", str(server.port))

    assert (0, b"") == (code, err)
    assert browser("https", server.port) == lines[:2]


def test_without_tls(serve: StartServer, invite: Invite) -> None:
    """A server without TLS has no fingerprint."""
    server = serve("--port", "0", "--no-tls")
    lines, code, err = invite("CS350", "--port", str(server.port))

    assert (0, b"") == (code, err)
    assert [*browser("http", server.port), f"Terminal:  classchat NAME@127.0.0.1:{server.port}"] == lines[:3]


@pytest.mark.parametrize("tls", [(), ("--plaintext", "never"), ("--no-tls",)])
def test_without_a_page(serve: StartServer, invite: Invite, tls: tuple[str, ...]) -> None:
    """A server without a page has a line for terminals."""
    server = serve("--port", "0", "--no-web", *tls)
    lines, code, err = invite("--port", str(server.port))

    assert (0, b"") == (code, err)
    assert "This server has no page for browsers: people join from a terminal." == lines[0]
    assert lines[1].startswith(f"Terminal:  classchat NAME@127.0.0.1:{server.port}")


def test_all_addresses(serve: StartServer, invite: Invite) -> None:
    """A server on all addresses is found at those that others can use, if this machine has one."""
    server = serve("0.0.0.0", "0")
    lines, code, _ = invite("--port", str(server.port))
    printed = [line for line in server.lines if line.startswith("[SERVER] Browser: ")]
    links = [line.split()[2] for line in printed if "HOST" not in line]

    assert 0 == code
    assert (links or [f"http://127.0.0.1:{server.port}/"])[0] == lines[0].split()[1]


def test_a_name(server: Server, invite: Invite) -> None:
    """A name to which the server does not answer is not handed out: a sentence says how it would."""
    lines, *_ = invite("CS350", "--host", "localhost", "--port", str(server.port))
    foreign = invite("--host", "127.1", "--port", str(server.port))

    assert browser("http", server.port, "localhost") == lines[:2]
    assert foreign == (
        [],
        1,
        b"classchat: The server at 127.1:%d does not answer under this name: start it with --web-name"
        b" 127.1.\n" % server.port,
    )


def test_a_code(server: Server, invite: Invite, tmp_path: Path) -> None:
    """In a pipe the code is printed only with `--qr`; the pictures are named on standard error."""
    port = ("--port", str(server.port))
    without, _, _ = invite("CS350", *port)
    with_code, code, err = invite("CS350", *port, "--qr", "--svg", "code.svg", "--png", "code.png")

    assert (without, 0, b"Saved the QR code as code.svg\nSaved the QR code as code.png\n") == (
        with_code[: len(without)],
        code,
        err,
    )
    assert "█▀▀▀▀▀█" in with_code[len(without) + 3]
    assert b"<svg" in (tmp_path / "code.svg").read_bytes()
    assert (tmp_path / "code.png").read_bytes().startswith(b"\x89PNG")


def test_in_a_terminal(terminal: StartTerminal) -> None:
    """A terminal shows the code if it is large enough, dark on light."""
    window = terminal(*CLASSCHAT, "invite", "--url", "https://school.example/chat", TERM="xterm-256color")
    window.waits_for(lambda screen: sum("▀▀▀▀▀" in line for line in screen) >= 2)

    assert "000000" in window.colours


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
