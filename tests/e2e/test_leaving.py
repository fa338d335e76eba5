"""All endings of a client or a server: the output, the exit code, and the terminal afterwards."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Connect, Keep, StartProcess, StartTerminal
from tests.e2e.forks import SHELL
from tests.e2e.helpers import (
    ASK_HOST,
    ASK_NAME,
    CLASSCHAT,
    DISCONNECTED,
    PATIENCE,
    PLAIN,
    SHUTTING_DOWN,
    STARTED,
    Process,
    Server,
    Terminal,
    greeting,
    line,
    piped_greeting,
    started_at,
    wait_for_end,
    without_ports,
)

STOP_LIMIT = 5.0
"""Seconds within which a server must stop, whatever its clients do."""


STAY_AWAY = ("--retry", "0")
"""Options of a client that does not reconnect; tests/e2e/test_resuming.py has those that do."""


@pytest.fixture
def alice(terminal: StartTerminal, server: Server) -> Terminal:
    """Sign Alice in at a terminal."""
    alice = terminal(*PLAIN, *STAY_AWAY, server.address_of("Alice"))
    alice.is_asked()
    return alice


# A client that leaves.


class Shell:
    """A terminal in which a command runs as in a shell, and its state afterwards."""

    def __init__(self, terminal: StartTerminal, report: Path, command: list[str]) -> None:
        self.report = report
        self.terminal = terminal(*SHELL, str(report), *command)

    def ends(self) -> dict[str, Any]:
        """Wait for the end; return the shell's report."""
        self.terminal.ends()
        return json.loads(self.report.read_text())

    @property
    def pid(self) -> int:
        """The command's own process."""
        return int(self.report.with_suffix(".pid").read_text())

    def is_sent(self, numbers: Iterable[signal.Signals]) -> None:
        """Send signals to the command, until it has ended."""
        with suppress(ProcessLookupError):
            for number in numbers:
                os.kill(self.pid, number)


@pytest.mark.shared_server
@pytest.mark.parametrize(
    "leave",
    [
        pytest.param(lambda shell: shell.terminal.types("/quit"), id="/quit"),
        pytest.param(lambda shell: shell.terminal.presses("d"), id="Ctrl+D"),
        pytest.param(lambda shell: shell.terminal.presses("c"), id="Ctrl+C"),
        pytest.param(lambda shell: os.kill(shell.pid, signal.SIGTERM), id="SIGTERM"),
    ],
)
def test_client_leaves_cleanly(
    terminal: StartTerminal, server: Server, tmp_path: Path, leave: Callable[[Shell], None]
) -> None:
    """A client that leaves is disconnected with exit code 0, and the terminal is as before.

    The open file that the shell shares is blocking again, and the terminal's attributes are its own.
    """
    shell = Shell(terminal, tmp_path / "report", [*PLAIN, server.address_of("Alice")])
    shell.terminal.is_asked()
    leave(shell)
    report = shell.ends()
    server.sees("[SERVER] User 'Alice' disconnected")
    before, screen = greeting("Alice", server.port), shell.terminal.screen

    assert (0, before, DISCONNECTED) == (report["exit code"], screen[: len(before)], screen[-1])
    assert len(before) + 2 >= len(screen)
    assert report["before"] == report["after"]


def test_room_is_told_of_ctrl_c(alice: Terminal, server: Server, connect: Connect) -> None:
    """Ctrl+C is a `quit`: the others in the room are told at once."""
    bob = connect(server.port, "Bob")
    bob.asks("create", "CS350")
    bob.says()
    alice.types("/join CS350")
    bob.says()
    alice.presses("c")

    assert ["group", "SERVER", "CS350", "Alice has left the chat room"] == bob.says()


def test_ctrl_c_at_a_question(terminal: StartTerminal) -> None:
    """Ctrl+C before a connection ends the client without a traceback."""
    alice = terminal(*PLAIN)
    alice.is_asked(ASK_HOST)
    alice.presses("c")
    code = alice.ends()

    assert (0, True) == (code, len(alice.screen) <= 2)
    assert alice.screen[0].startswith(ASK_HOST.rstrip())


def test_ctrl_c_while_connecting(terminal: StartTerminal, keep: Keep[socket.socket]) -> None:
    """Ctrl+C while the server does not answer ends the client at once."""
    silent = keep(socket.create_server(("127.0.0.1", 0)))
    alice = terminal(*PLAIN, f"Alice@127.0.0.1:{silent.getsockname()[1]}")
    alice.sees(f"[CLIENT] Connected to server at 127.0.0.1:{silent.getsockname()[1]}")
    started = time.monotonic()
    alice.presses("c")
    code = alice.ends()

    assert (0, True) == (code, time.monotonic() - started < 4)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(signal.SIGINT, signal.SIGINT, id="Ctrl+C twice"),
        pytest.param(signal.SIGTERM, signal.SIGINT, id="SIGTERM, then Ctrl+C"),
        pytest.param(signal.SIGINT, signal.SIGTERM, id="Ctrl+C, then SIGTERM"),
        pytest.param(None, signal.SIGINT, id="/quit, then Ctrl+C"),
    ],
)
def test_impatience(
    terminal: StartTerminal,
    keep: Keep[socket.socket],
    tmp_path: Path,
    first: signal.Signals | None,
    second: signal.Signals,
) -> None:
    """A second signal, if the server does not hang up, ends the client at once and as cleanly."""
    listening = keep(socket.create_server(("127.0.0.1", 0)))
    shell = Shell(terminal, tmp_path / "report", [*PLAIN, f"Alice@127.0.0.1:{listening.getsockname()[1]}"])
    client = keep(listening.accept()[0])
    client.settimeout(PATIENCE)
    with client.makefile("rb") as lines:
        lines.readline()
        client.sendall(line("success", "Alice", "Welcome!", "SERVER", server="ClassChat 0.1"))
        lines.readline()  # it says that it answers pings
        shell.terminal.is_asked()
        started = time.monotonic()
        if first is None:
            shell.terminal.types("/quit")
        else:
            os.kill(shell.pid, first)
        quit = lines.readline()
    shell.is_sent([second] * 3)
    report = shell.ends()
    took = time.monotonic() - started

    assert (0, True, True) == (report["exit code"], b'"quit"' in quit, took < 5)
    assert DISCONNECTED == shell.terminal.screen[-1]
    assert "Traceback" not in "\n".join(shell.terminal.screen)
    assert report["before"] == report["after"]


@pytest.mark.shared_server
def test_signals_all_at_once(terminal: StartTerminal, server: Server, tmp_path: Path) -> None:
    """Several signals at once count as one signal."""
    shell = Shell(terminal, tmp_path / "report", [*PLAIN, server.address_of("Alice")])
    shell.terminal.is_asked()
    shell.is_sent((signal.SIGINT, signal.SIGTERM) * 5)
    report = shell.ends()

    assert (0, DISCONNECTED) == (report["exit code"], shell.terminal.screen[-1])
    assert "Traceback" not in "\n".join(shell.terminal.screen)
    assert report["before"] == report["after"]


@pytest.mark.shared_server
def test_name_is_free_after_quit(alice: Terminal, server: Server, connect: Connect) -> None:
    """After a user has left, the name is free."""
    alice.types("/quit")
    alice.ends()

    assert "Welcome to ClassChat, alice!" == connect(server.port, "alice").welcome["text"]


# A server that leaves.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl+C", "SIGTERM"])
def test_stopping_server_tells_everybody(
    alice: Terminal, server: Server, chat: Callable[..., Process], number: signal.Signals
) -> None:
    """A stopped server says so, hangs up and exits with 0; its clients end with another exit code."""
    bob = chat(server, "Bob", options=STAY_AWAY)
    bob.sees("[SUCCESS] Welcome to ClassChat, Bob!")
    server.signals(number)
    codes = [alice.ends() != 0, bob.ends() != 0, server.ends()]
    of_alice = [*greeting("Alice", server.port), SHUTTING_DOWN, DISCONNECTED]
    of_bob = [*piped_greeting("Bob", server.port), SHUTTING_DOWN, DISCONNECTED]

    assert [True, True, 0] == codes
    assert (of_alice, of_bob, b"", b"") == (alice.screen, bob.lines, bob.err, server.err)
    assert "[SERVER] Shutting down server..." in server.lines


def test_ctrl_c_in_the_servers_terminal(terminal: StartTerminal, connect: Connect) -> None:
    """Ctrl+C at the server's own terminal ends it with 0, and without a traceback."""
    console = terminal(*CLASSCHAT, "serve", "--port", "0")
    console.comes_to(STARTED, without_ports)
    connect(started_at("\n".join(console.screen)), "Alice").close()
    console.sees("[SERVER] User 'Alice' disconnected")  # it runs, and does not only start
    console.presses("c")
    code = console.ends()
    expected = [
        *STARTED,
        "[SERVER] New connection from ('127.0.0.1', NNNN)",
        "[SERVER] User 'Alice' registered successfully",
        "[SERVER] User 'Alice' disconnected",
        "[SERVER] Shutting down server...",
    ]

    assert (0, expected) == (code, without_ports([text.removeprefix("^C") for text in console.screen]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl+C", "SIGTERM"])
def test_server_stops_in_time_whatever_its_clients_do(
    server: Server, connect: Connect, keep: Keep[socket.socket], number: signal.Signals
) -> None:
    """Clients that never read, close or sign in delay the end by less than 5 seconds."""
    keep(socket.create_connection(("127.0.0.1", server.port)))
    stuck, busy = connect(server.port, "Stuck"), connect(server.port, "Busy")
    for client in (stuck, busy):
        client.asks("users")
        client.hears()
    for _ in range(60):  # more than the kernel keeps of what is not read, less than ends the connection
        busy.asks("private", "Stuck", "x" * 9_000)
    busy.asks("users")
    busy.hears()
    started = time.monotonic()
    server.signals(number)
    code = server.ends()
    took = time.monotonic() - started

    assert (0, True, b"") == (code, took < STOP_LIMIT, server.err)


def test_what_was_accepted_is_delivered_before_the_end(
    server: Server, connect: Connect, chat: Callable[..., Process]
) -> None:
    """A message that the server's console shows is delivered before the good-bye."""
    bob, alice = chat(server, "Bob", options=STAY_AWAY), connect(server.port, "Alice")
    bob.sees("[SUCCESS] Welcome to ClassChat, Bob!")
    alice.asks("private", "Bob", "the last word")
    server.sees("[SERVER] Private message from Alice to Bob")
    server.signals(signal.SIGTERM)
    bob.ends()

    assert ["[Private from Alice] the last word", SHUTTING_DOWN, DISCONNECTED] == bob.lines[-3:]


def test_killed_server(alice: Terminal, server: Server, chat: Callable[..., Process]) -> None:
    """When the server is killed, its clients say so and end with a non-zero exit code."""
    bob = chat(server, "Bob", options=STAY_AWAY)
    bob.sees("[SUCCESS] Welcome to ClassChat, Bob!")
    server.signals(signal.SIGKILL)
    codes = alice.ends() != 0, bob.ends() != 0
    of_alice = [*greeting("Alice", server.port), DISCONNECTED]
    of_bob = [*piped_greeting("Bob", server.port), DISCONNECTED]

    assert ((True, True), of_alice, of_bob, b"") == (codes, alice.screen, bob.lines, bob.err)


# The terminal after other endings.


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_terminal_is_left_as_it_was_when_the_server_is_gone(
    terminal: StartTerminal, server: Server, tmp_path: Path, number: signal.Signals
) -> None:
    """The terminal is as before when the server is stopped or killed."""
    shell = Shell(terminal, tmp_path / "report", [*PLAIN, *STAY_AWAY, server.address_of("Alice")])
    shell.terminal.is_asked()
    server.signals(number)
    report = shell.ends()

    assert (report["before"], 1) == (report["after"], report["exit code"])


@pytest.mark.shared_server
def test_terminal_is_left_as_it_was_after_a_refusal(
    terminal: StartTerminal, server: Server, connect: Connect, tmp_path: Path
) -> None:
    """The terminal is as before when the user leaves after a refused name."""
    connect(server.port, "Alice")
    shell = Shell(terminal, tmp_path / "report", [*PLAIN, server.address_of("Alice")])
    shell.terminal.is_asked(ASK_NAME)
    shell.terminal.presses("c")
    report = shell.ends()

    assert (report["before"], 0) == (report["after"], report["exit code"])


def test_terminal_is_left_as_it_was_when_nobody_listens(
    terminal: StartTerminal, free_port: int, tmp_path: Path
) -> None:
    """The terminal is as before when there is no server."""
    report = Shell(terminal, tmp_path / "report", [*PLAIN, f"Alice@127.0.0.1:{free_port}"]).ends()

    assert (report["before"], 1) == (report["after"], report["exit code"])


@pytest.mark.shared_server
def test_terminal_that_is_closed(process: StartProcess, terminal: StartTerminal, server: Server) -> None:
    """A client ends when its terminal window is closed."""
    alice = terminal(*PLAIN, server.address_of("Alice"))
    alice.is_asked()
    alice.hangs_up()
    wait_for_end(alice.pid, alice)
    server.sees("[SERVER] User 'Alice' disconnected")

    assert b"" == server.err
