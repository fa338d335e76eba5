"""The load of the benchmarks: what it sees over WebSocket, and what it says of a bad server."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

import pytest

from benchmarks import load
from benchmarks.native import compiled
from benchmarks.servers import SERVERS, Server, running
from tests.tools import tool

PATIENCE = 30
ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
"""The answer to the key of RFC 6455, section 1.3."""

WELCOME = b'{"status":"success"}\n'
SHAPE: load.Shape = {"rooms": 2, "members": 6, "senders": 2, "window": 4, "warmup": 0.0, "seconds": 0.1}


@pytest.fixture(autouse=True)
def _compiler() -> None:
    """Skip these tests without a C compiler."""
    tool("cc")


@contextmanager
def saying(*answers: bytes) -> Iterator[int]:
    """Run a server with one client, which is sent an answer to each thing it says."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def converse() -> None:
            client, _ = listening.accept()
            with client, suppress(ConnectionError):  # it resets the connection when it is done
                client.settimeout(PATIENCE)
                for answer in answers:
                    client.recv(65_536)
                    client.sendall(answer)
                client.recv(65_536)

        thread = Thread(target=converse, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(PATIENCE)


def told(*answers: bytes) -> str:
    """Return what one idle client says on standard error, whose server gives these answers."""
    with saying(*answers) as port:
        command = [compiled("generator"), f"--port={port}", "--websocket=1", "--idle=1", "--seconds=0"]
        return subprocess.run(
            command, stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False
        ).stderr


def frame(first: int, payload: bytes) -> bytes:
    """Return a frame of a server."""
    return bytes((first, len(payload))) + payload


def named(name: str) -> Server:
    """Return one of the servers."""
    (server,) = (one for one in SERVERS if one.name == name)
    return server


@pytest.mark.parametrize("name", ["py-ws", "websocket", "mixed"])
def test_it_speaks_websocket(name: str) -> None:
    """All lines arrive in order, in frames, at servers that accept no frame that is not masked."""
    server = named(name)
    with running(server) as one:
        seen = load.run(server, one, {**SHAPE, "verify": True, "ids": True})

    assert ("", True, True) == (seen.faults, seen.deliveries > 0, seen.frames > 0)


def test_a_good_server() -> None:
    """A client that is welcomed in a frame has nothing to complain about; pings may come between."""
    assert "" == told(ACCEPTED, frame(0x89, b"there?") + frame(0x81, WELCOME))


@pytest.mark.parametrize(
    ("answers", "complaint"),
    [
        ((b"HTTP/1.1 403 Forbidden\r\n\r\n",), "refused to speak WebSocket: HTTP/1.1 403 Forbidden"),
        ((ACCEPTED.replace(b"s3p", b"S3p"),), "does not fit our key"),
        ((ACCEPTED, bytes((0x81, 0x80 | len(WELCOME))) + bytes(4) + WELCOME), "begins with 81 95"),
        ((ACCEPTED, frame(0x82, WELCOME)), "begins with 82 15"),
        ((ACCEPTED, frame(0xC1, WELCOME)), "begins with c1 15"),
        ((ACCEPTED, frame(0x88, b"\x03\xe9shutting_down")), "closed a WebSocket while"),
        ((ACCEPTED, frame(0x81, b'{"status":"error"}\n')), "the server refused"),
    ],
)
def test_a_bad_server(answers: tuple[bytes, ...], complaint: str) -> None:
    """What a server does wrong is said."""
    assert complaint in told(*answers)


def test_a_line_in_two_frames() -> None:
    """A frame that ends within a line is counted as a fault."""
    with saying(ACCEPTED, frame(0x81, WELCOME[:9]) + frame(0x81, WELCOME[9:])) as port:
        command = [compiled("generator"), f"--port={port}", "--websocket=1", "--idle=1", "--seconds=0"]
        done = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE, check=False)

    assert (3, True) == (done.returncode, b'"strange": 1' in done.stdout)
