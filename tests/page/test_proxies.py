"""The page behind nginx and Caddy, set up as docs/operations.md says, under a path."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from classchat.servers.certificates import make_pem
from tests.e2e.conftest import StartProcess, StartServer
from tests.e2e.helpers import Process
from tests.page.helpers import Visit
from tests.page.pupils import Seat
from tests.page.sharing import chooses, payload
from tests.tools import ROOT, tool

_OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

_AROUND = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr notice;
{user}
events {{ }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    {block}
}}
"""
"""What nginx needs besides the block of the document to run in a directory of its own."""


class Front:
    """A proxy in front of a server, for `visit`."""

    def __init__(self, process: Process, port: int) -> None:
        self.process = process
        self.port = port


def documented(language: str) -> str:
    """Return the first block of this language that docs/operations.md shows for proxies."""
    section = _OPERATIONS.partition("## Behind nginx or Caddy")[2]
    block = re.search(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert block is not None

    return block[1]


def replaced(text: str, changes: dict[str, str]) -> str:
    """Return a text in which each of these is there, and replaced."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@pytest.fixture
def port() -> Iterator[int]:
    """Return a port that nobody else takes, and on which a proxy can listen."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def nginx(process: StartProcess, tmp_path: Path, port: int) -> Callable[..., Front]:
    """Start nginx with the documented block: `nginx(upstream, tls=True)`."""
    program = tool("nginx")

    def start(upstream: str, *, tls: bool) -> Front:
        changes = {
            "listen 443 ssl;": f"listen 127.0.0.1:{port} {'ssl ' * tls}reuseport;",
            "http://127.0.0.1:5555/": upstream,
            "/etc/letsencrypt/live/school.example/fullchain.pem": f"{tmp_path}/nginx.pem",
            "/etc/letsencrypt/live/school.example/privkey.pem": f"{tmp_path}/nginx.pem",
        }
        block = replaced(documented("nginx"), changes)
        (tmp_path / "nginx.pem").write_bytes(make_pem())
        user = "" if os.geteuid() else "user root;"
        (tmp_path / "nginx.conf").write_text(_AROUND.format(user=user, block=block))
        running = process(program, "-p", f"{tmp_path}", "-c", f"{tmp_path}/nginx.conf")
        running.complains("event method")
        return Front(running, port)

    return start


@pytest.fixture
def caddy(process: StartProcess, tmp_path: Path, port: int) -> Callable[[str], Front]:
    """Start Caddy with the documented block, without a certificate."""
    program = tool("caddy")

    def start(upstream: str) -> Front:
        changes = {"school.example {": f"http://127.0.0.1:{port} {{", "127.0.0.1:5555": upstream}
        (tmp_path / "Caddyfile").write_text("{\n    admin off\n}\n" + replaced(documented("caddy"), changes))
        running = process(program, "run", "--config", f"{tmp_path}/Caddyfile", "--adapter", "caddyfile")
        running.complains("serving initial configuration")
        return Front(running, port)

    return start


def talk(visit: Visit, front: Front, *, secure: bool) -> tuple[Seat, Seat]:
    """Check that two users can join by a link to the proxy's path, and talk; return them."""
    alice = Seat(visit(front, "chat/#CS350", secure=secure)).joins("Alice")
    bob = Seat(visit(front, "chat/#CS350", secure=secure)).joins("Bob")
    alice.says("I came through the proxy")
    bob.hears("I came through the proxy")
    bob.says("So did I")
    alice.hears("So did I")
    return alice, bob


def share(alice: Seat, bob: Seat) -> None:
    """Check that a file goes from one page to another, which is larger than a body may be for nginx."""
    data = bytes(range(256)) * 10_000
    chooses(alice, payload("data.bin", data))
    alice.button("Share 1 file").click()
    with bob.page.expect_download() as download:
        bob.log.get_by_role("link", name=re.compile(r"data\.bin")).click()

    assert data == download.value.path().read_bytes()


def test_nginx_without_a_setting(visit: Visit, serve: StartServer, nginx: Callable[..., Front]) -> None:
    """Under a path behind nginx the page works, also with files, although the server knows nothing of it."""
    server = serve("--port", "0", "--lobby", "CS350")
    front = nginx(f"http://127.0.0.1:{server.port}/", tls=False)

    share(*talk(visit, front, secure=False))


def test_nginx_with_tls(visit: Visit, serve: StartServer, nginx: Callable[..., Front]) -> None:
    """Nginx encrypts, and a server that takes no plain text takes its word for that."""
    server = serve("--port", "0", "--lobby", "CS350", "--plaintext", "never", "--proxy", "127.0.0.1")
    front = nginx(f"http://127.0.0.1:{server.port}/", tls=True)

    talk(visit, front, secure=True)


def test_nginx_at_a_unix_socket(
    visit: Visit, serve: StartServer, nginx: Callable[..., Front], tmp_path: Path
) -> None:
    """Nginx connects to a Unix socket, and is trusted there."""
    path = tmp_path / "chat.sock"
    plain = ("--plaintext", "never", "--proxy", "unix")
    serve("--listen", f"unix:{path}", "--lobby", "CS350", *plain).listens_at(path)
    front = nginx(f"http://unix:{path}:/", tls=True)

    talk(visit, front, secure=True)


def test_caddy_without_a_setting(visit: Visit, serve: StartServer, caddy: Callable[[str], Front]) -> None:
    """Under a path behind Caddy the page works, also with files, although the server knows nothing of it."""
    server = serve("--port", "0", "--lobby", "CS350")
    front = caddy(f"127.0.0.1:{server.port}")

    share(*talk(visit, front, secure=False))
