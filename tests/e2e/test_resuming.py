"""Clients whose server stops and returns: the shipped commands, killed and started again."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.e2e.conftest import StartServer, StartTerminal
from tests.e2e.helpers import (
    DISCONNECTED,
    PLAIN,
    SHUTTING_DOWN,
    Process,
    Server,
    Terminal,
    greeting,
    piped_greeting,
)


def lost(server: Server) -> str:
    """Return the line about the lost connection."""
    return f"[CLIENT] Connection lost: reconnecting to 127.0.0.1:{server.port}"


def back(server: Server) -> str:
    """Return the line about the restored connection."""
    return f"[CLIENT] Reconnected to 127.0.0.1:{server.port}"


@pytest.fixture
def alice(terminal: StartTerminal, server: Server) -> Terminal:
    """Sign Alice in at a terminal."""
    alice = terminal(*PLAIN, server.address_of("Alice"))
    alice.is_asked()
    return alice


def test_another_name_lasts(
    alice: Terminal, server: Server, serve: StartServer, terminal: StartTerminal
) -> None:
    """A guest who has taken another name comes back under it after a crash; the old name is free."""
    alice.types("/nick Bob")
    alice.sees("[SUCCESS] You are now called Bob")
    alice.types("/private Bob a note")
    alice.sees("[Private from Bob] a note")
    server.signals(signal.SIGKILL)
    server.ends()
    alice.sees(lost(server))
    again = serve("--port", str(server.port))
    alice.sees(back(server))
    other = terminal(*PLAIN, again.address_of("Alice"))
    other.is_asked()
    other.types("/private Bob hello")
    alice.sees("[Private from Alice] hello")
    alice.types("/history @Alice")
    alice.sees("[SUCCESS] 1 message of 'Alice'")
    alice.types("/history @Bob")

    alice.sees("[SUCCESS] 1 message of 'Bob'")


@pytest.mark.parametrize(
    ("number", "farewell"),
    [(signal.SIGKILL, []), (signal.SIGTERM, [SHUTTING_DOWN])],
    ids=["killed", "stopped"],
)
def test_server_that_comes_back(
    alice: Terminal, server: Server, serve: StartServer, number: signal.Signals, farewell: list[str]
) -> None:
    """A client whose server is killed or stopped says so, and continues when the server returns."""
    server.signals(number)
    server.ends()
    alice.sees(lost(server))
    serve("--port", str(server.port))
    alice.sees(back(server))
    alice.types("/private Alice still here")
    alice.sees("[Private from Alice] still here")
    alice.types("/quit")
    code = alice.ends()
    shown = alice.screen[len(greeting("Alice", server.port)) :]

    assert 0 == code
    assert [
        *farewell,
        lost(server),
        back(server),
        "You: /private Alice still here",
        "[Private from Alice] still here",
        "You: /quit",
        DISCONNECTED,
    ] == shown


def test_rooms_after_a_kill(alice: Terminal, server: Server, serve: StartServer) -> None:
    """After a kill the client is in its rooms again, or names those that the server no longer knows."""
    alice.types("/create CS350")
    alice.sees("[SUCCESS] Chat room 'CS350' created successfully")
    server.signals(signal.SIGKILL)
    server.ends()
    serve("--port", str(server.port))
    again = f"{back(server)}: back in CS350"
    gone = "[CLIENT] You are no longer in CS350: Chat room 'CS350' does not exist"
    alice.waits_for(lambda screen: again in screen or (gone in screen and back(server) in screen))

    assert (again in alice.screen) != (gone in alice.screen)


def test_typing_while_the_server_is_away(alice: Terminal, server: Server, serve: StartServer) -> None:
    """Lines typed without a server are sent when it returns."""
    server.signals(signal.SIGKILL)
    server.ends()
    alice.sees(lost(server))
    alice.types("/private Alice later")
    serve("--port", str(server.port))
    alice.sees("[Private from Alice] later")

    assert [back(server), "[Private from Alice] later"] == alice.screen[-3:-1]


@pytest.mark.parametrize(
    ("leave", "expected"), [("quit", 0), ("d", 1), ("c", 0)], ids=["/quit", "Ctrl+D", "Ctrl+C"]
)
def test_leaving_while_the_server_is_away(alice: Terminal, server: Server, leave: str, expected: int) -> None:
    """A user who leaves without a server does so at once, and is told what was not sent."""
    server.signals(signal.SIGKILL)
    server.ends()
    alice.sees(lost(server))
    alice.types("/private Alice later")
    if leave == "quit":
        alice.types("/quit")
    else:
        alice.is_asked()
        alice.presses(leave)
    code = alice.ends()

    assert expected == code
    assert ["[CLIENT] Not sent: /private Alice later", DISCONNECTED] == alice.screen[-2:]


def test_script_goes_on(server: Server, serve: StartServer, chat: Callable[..., Process]) -> None:
    """A script whose server is killed halfway runs to its end, and exits with 0."""
    alice = chat(server, "Alice")
    alice.says("/private Alice one")
    alice.sees("[Private from Alice] one")
    server.signals(signal.SIGKILL)
    server.ends()
    alice.says("/private Alice two")
    alice.says_no_more()
    alice.sees(lost(server))
    serve("--port", str(server.port))
    code = alice.ends()

    assert (0, b"") == (code, alice.err)
    assert [
        "[Private from Alice] one",
        lost(server),
        back(server),
        "[Private from Alice] two",
        DISCONNECTED,
    ] == alice.lines[len(piped_greeting("Alice", server.port)) :]


def test_giving_up(server: Server, chat: Callable[..., Process]) -> None:
    """After `--retry` seconds a script gives up, lists what was not sent, and exits with 1.

    The reason is on standard error.
    """
    alice = chat(server, "Alice", options=["--retry", "1"])
    alice.sees("[SUCCESS] Welcome to ClassChat, Alice!")
    server.signals(signal.SIGKILL)
    alice.sees(lost(server))
    alice.says("/private Alice never")
    alice.says_no_more()
    code = alice.ends()

    assert (1, "[ERROR] Could not reconnect within 1 seconds\n") == (
        code,
        alice.err.decode(),
    )
    assert [
        lost(server),
        "[CLIENT] Not sent: /private Alice never",
        DISCONNECTED,
    ] == alice.lines[len(piped_greeting("Alice", server.port)) :]
