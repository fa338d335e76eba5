"""The page behind nginx and Caddy, set up as docs/operations.md says, under a path."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from classchat.servers.certificates import make_pem
from tests.e2e.conftest import Keep, StartProcess, StartServer
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
def take_port(keep: Keep[socket.socket]) -> Callable[[], int]:
    """Return ports that nobody else takes, and on which a proxy can listen."""

    def take() -> int:
        taken = keep(socket.socket())
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]

    return take


@pytest.fixture
def nginx(process: StartProcess, tmp_path: Path, take_port: Callable[[], int]) -> Callable[..., Front]:
    """Start nginx with the documented block: `nginx(upstream, tls=True)`."""
    program = tool("nginx")

    def start(upstream: str, *, tls: bool) -> Front:
        port = take_port()
        place = tmp_path / f"nginx-{port}"
        place.mkdir()
        changes = {
            "listen 443 ssl;": f"listen 127.0.0.1:{port} {'ssl ' * tls}reuseport;",
            "http://127.0.0.1:5555/": upstream,
            "/etc/letsencrypt/live/school.example/fullchain.pem": f"{place}/nginx.pem",
            "/etc/letsencrypt/live/school.example/privkey.pem": f"{place}/nginx.pem",
        }
        block = replaced(documented("nginx"), changes)
        (place / "nginx.pem").write_bytes(make_pem())
        user = "" if os.geteuid() else "user root;"
        (place / "nginx.conf").write_text(_AROUND.format(user=user, block=block))
        running = process(program, "-p", f"{place}", "-c", f"{place}/nginx.conf")
        running.complains("event method")
        return Front(running, port)

    return start


@pytest.fixture
def caddy(process: StartProcess, tmp_path: Path, take_port: Callable[[], int]) -> Callable[[str], Front]:
    """Start Caddy with the documented block, without a certificate."""
    program = tool("caddy")

    def start(upstream: str) -> Front:
        port = take_port()
        changes = {"school.example {": f"http://127.0.0.1:{port} {{", "127.0.0.1:5555": upstream}
        (tmp_path / "Caddyfile").write_text("{\n    admin off\n}\n" + replaced(documented("caddy"), changes))
        running = process(program, "run", "--config", f"{tmp_path}/Caddyfile", "--adapter", "caddyfile")
        running.complains("serving initial configuration")
        return Front(running, port)

    return start


def talk(alice: Seat, bob: Seat) -> None:
    """Check that two users who have joined by a link to a proxy's path can talk."""
    alice.says("I came through the proxy")
    bob.hears("I came through the proxy")
    bob.says("So did I")
    alice.hears("So did I")


def share(author: Seat, reader: Seat, name: str) -> None:
    """Check that a file goes from one page to another, which is larger than a body may be for nginx."""
    data = bytes(range(256)) * 10_000
    chooses(author, payload(name, data))
    author.button("Share 1 file").click()
    with reader.page.expect_download() as download:
        reader.log.get_by_role("link", name=re.compile(re.escape(name))).click()

    assert data == download.value.path().read_bytes()


def test_proxies_without_a_setting(
    visit: Visit, serve: StartServer, nginx: Callable[..., Front], caddy: Callable[[str], Front]
) -> None:
    """Under a path behind nginx or Caddy the page works, also with files, which the server knows nothing of.

    One user comes through each of them.
    """
    server = serve("--port", "0", "--lobby", "CS350")
    first, second = nginx(f"http://127.0.0.1:{server.port}/", tls=False), caddy(f"127.0.0.1:{server.port}")
    alice = Seat(visit(first, "chat/#CS350")).joins("Alice")
    bob = Seat(visit(second, "chat/#CS350")).joins("Bob")

    talk(alice, bob)
    share(alice, bob, "through-nginx.bin")
    share(bob, alice, "through-caddy.bin")


def test_nginx_with_tls(
    visit: Visit, serve: StartServer, nginx: Callable[..., Front], tmp_path: Path
) -> None:
    """Nginx encrypts, and a server that takes no plain text takes its word for that.

    One user comes through an nginx that connects to the server's port, and one to its Unix socket.
    """
    path = tmp_path / "chat.sock"
    places = ("--port", "0", "--listen", f"unix:{path}", "--lobby", "CS350")
    server = serve(*places, "--plaintext", "never", "--proxy", "127.0.0.1", "--proxy", "unix")
    server.listens_at(path)
    first = nginx(f"http://127.0.0.1:{server.port}/", tls=True)
    second = nginx(f"http://unix:{path}:/", tls=True)
    alice = Seat(visit(first, "chat/#CS350", secure=True)).joins("Alice")
    bob = Seat(visit(second, "chat/#CS350", secure=True)).joins("Bob")

    talk(alice, bob)
