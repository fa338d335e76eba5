"""Hostile clients of a server with default options: processes and sockets."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from classchat.process import raise_open_files
from tests.e2e.conftest import Connect, StartProcess, StartServer
from tests.e2e.helpers import CLASSCHAT, PATIENCE, RawClient, line

SLOW = 1_000
OTHERS = 50
AT_ONCE = 0.5  # seconds in which others are signed in


@contextmanager
def slow_half_sign_ins(port: int) -> Iterator[list[socket.socket]]:
    """Open a thousand connections that send their names letter by letter, without end."""
    over = threading.Event()

    def say_on() -> None:
        while not over.is_set():
            for one in crowd:
                try:
                    one.send(b"x")
                except OSError:
                    continue
            over.wait(0.1)

    raise_open_files()
    with ExitStack() as stack:
        crowd = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE)) for _ in range(SLOW)
        ]
        saying = threading.Thread(target=say_on)
        saying.start()
        try:
            yield crowd
        finally:
            over.set()
            saying.join()


def last_words(one: socket.socket) -> bytes:
    """Return everything that the server sent until it closed."""
    one.settimeout(PATIENCE)
    said = b""
    try:
        while data := one.recv(4096):
            said += data
    except ConnectionResetError:  # it has closed, and refuses further data
        pass
    return said


def signs_in(connect: Connect, port: int, name: str) -> tuple[float, RawClient]:
    """Return the time until another client was welcomed, and that client."""
    begun = time.monotonic()
    client = connect(port, name)
    assert client.welcome["status"] == "success"
    return time.monotonic() - begun, client


def test_a_thousand_slow_half_sign_ins(serve: StartServer, connect: Connect) -> None:
    """During a thousand slow sign-ins others can sign in at once; the thousand time out."""
    server = serve("--port", "0", "--sign-in-timeout", "5", limits="on")
    with slow_half_sign_ins(server.port) as crowd:
        times = []
        for number in range(OTHERS):
            seconds, client = signs_in(connect, server.port, f"user{number}")
            times.append(seconds)
            client.quits()
        said = [last_words(one) for one in crowd]
    after, alice = signs_in(connect, server.port, "Alice")
    alice.asks("private", "Alice", "hello")

    assert statistics.median(times) < AT_ONCE
    assert statistics.quantiles(times, n=10)[-1] < 2 * AT_ONCE, sorted(times)
    assert after < 2 * AT_ONCE
    assert SLOW == sum(b'"code":"timeout"' in one for one in said)
    assert "hello" == alice.hears()["text"]
    assert "" == server.err.decode()


def test_a_flood_in_a_server_as_it_comes(serve: StartServer, connect: Connect) -> None:
    """Of a hundred messages at once ten are delivered, then two a second; others are not delayed."""
    server = serve(limits="on")
    alice, mallory = connect(server.port, "Alice"), connect(server.port, "Mallory")
    mallory.asks("create", "R")
    mallory.hears()
    alice.asks("join", "R")
    for _ in range(2):
        alice.hears()
    begun = time.monotonic()
    mallory.socket.sendall(line("group", "R", "spam", "Mallory") * 100)
    for _ in range(12):
        alice.hears()
    taken = time.monotonic() - begun
    alice.asks("group", "R", "Who is that?")
    heard = [alice.hears()["text"] for _ in range(2)]

    assert 0.9 <= taken
    assert "Who is that?" in heard


def test_a_script_takes_its_time(serve: StartServer, process: StartProcess) -> None:
    """A script's messages are all delivered in order at the limited rate, and the client does not give up."""
    server = serve(limits="on")
    alice = process(*CLASSCHAT, server.address_of("Alice"))
    alice.says("/create R", *(f"/group R line {number}" for number in range(14)))
    alice.says_no_more()
    code = alice.ends()

    said = [text for text in alice.lines if text.startswith("[R - Alice]")]
    assert (0, [f"[R - Alice] line {number}" for number in range(14)]) == (code, said)


def test_whoever_leaves_is_heard_to_the_end(
    serve: StartServer, connect: Connect, process: StartProcess
) -> None:
    """A `quit` right after more than ten messages takes effect when all of them are delivered."""
    server = serve(limits="on")
    bob = connect(server.port, "Bob")
    alice = process(*CLASSCHAT, server.address_of("Alice"))
    alice.says(*(f"/private Bob {number}" for number in range(14)), "/quit")
    code = alice.ends()

    assert (0, [str(number) for number in range(14)]) == (code, [bob.hears()["text"] for _ in range(14)])
