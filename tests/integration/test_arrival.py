"""What the system tells of a socket, with real ones."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import repeat

import pytest

from classchat.servers import arrival
from classchat.servers.arrival import NEVER, has_arrived, lines_waiting, unacknowledged_for
from tests.integration.helpers import pull_cable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells that")

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Connect two sockets; the first one is the server's."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname(), 10)
        server, _ = listening.accept()
    server.setblocking(False)
    with client, server:
        yield server, client


def test_what_was_read(pair: Pair) -> None:
    """For a live client all data has arrived, whether it has been read or not."""
    server, _ = pair
    server.send(b"Hello\n")

    assert has_arrived(server)


def test_what_was_written_to_nobody(pair: Pair) -> None:
    """Data for a client that closed its connection before has not arrived."""
    server, client = pair
    client.close()
    server.send(b"Hello\n")

    assert not has_arrived(server)


def test_a_socket_that_is_closed(pair: Pair) -> None:
    """For a closed socket nothing has arrived, and no error is raised."""
    server, _ = pair
    server.close()

    assert (False, NEVER) == (has_arrived(server), lines_waiting(server))


def test_what_is_no_socket() -> None:
    """For an object that is not a socket, all data counts as arrived and read."""
    assert (True, 0) == (has_arrived(None), lines_waiting(None))


def test_lines_that_wait(pair: Pair) -> None:
    """Waiting lines are counted and stay unread; half a line counts as one."""
    server, client = pair
    counts = [lines_waiting(server)]
    for data in (b"half", b" a line\nand one\n"):
        client.send(data)
        counts.append(lines_waiting(server))

    assert ([0, 1, 2], b"half a line\nand one\n") == (counts, server.recv(100))


def test_a_client_that_says_nothing_more(pair: Pair) -> None:
    """Lines of a client that closed its half do not show that it has read anything."""
    server, client = pair
    client.send(b"ping\n")
    client.shutdown(socket.SHUT_WR)

    assert NEVER == lines_waiting(server)


def test_a_client_that_acknowledges(pair: Pair) -> None:
    """While a connection works, nothing is missing for any time."""
    server, _ = pair
    server.send(b"Hello\n")

    assert (0.0, 0.0) == (unacknowledged_for(server), unacknowledged_for(None))


def test_a_cable_that_is_pulled(pair: Pair) -> None:
    """As soon as bytes are sent again, all since the last acknowledgement may be missing."""
    server, client = pair
    server.send(b"Hello\n")
    client.recv(100)
    client.send(b"Hi\n")
    pull_cable(client)
    server.send(b"Are you there?\n")
    seconds = next(filter(None, map(unacknowledged_for, repeat(server))))

    assert 1.0 < seconds < 60.0


def test_a_client_that_takes_no_more(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a client that has read nothing for a while, what could not be sent since then may be missing."""
    monkeypatch.setattr(arrival, "_ON_THE_WAY", 0.1)
    server, _ = pair
    with suppress(BlockingIOError):
        while True:
            server.send(bytes(1_000_000))
    seconds = next(filter(None, map(unacknowledged_for, repeat(server))))

    assert 0.2 < seconds < 60.0


def test_a_socket_without_an_other_machine() -> None:
    """A local socket acknowledges nothing, and a closed one is over."""
    server, client = socket.socketpair()
    with server, client:
        server.send(b"Hello\n")
        local = unacknowledged_for(server)

    assert (0.0, 0.0) == (local, unacknowledged_for(server))
