"""`classchat --json`: programs in any language, as processes that read and write lines of the protocol."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.e2e.conftest import StartProcess, StartServer, StartTerminal
from tests.e2e.helpers import CLASSCHAT, Process, Server


def events(program: Process) -> list[dict[str, Any]]:
    """Return the events that a program has received so far."""
    return [json.loads(line) for line in program.lines]


def hears(program: Process, **fields: str) -> dict[str, Any]:
    """Wait for an event with these fields, and return it."""

    def found() -> list[dict[str, Any]]:
        return [event for event in events(program) if fields.items() <= event.items()]

    program.wait(lambda: bool(found()), fields)
    return found()[0]


def asks(program: Process, status: str, **fields: str) -> None:
    """Send a program's request."""
    program.says(json.dumps({"status": status, **fields}))


@pytest.fixture
def program(chat: Callable[..., Process]) -> Callable[[Server, str], Process]:
    """Start the client for a program: `program(server, "Alice")`."""
    return partial(chat, options=["--json"])


def test_two_programs(
    server: Server, program: Callable[[Server, str], Process], installed: StartProcess
) -> None:
    """A program and a client with typed commands meet in a room, and both exit with 0."""
    alice = installed(*CLASSCHAT, "--json", server.address_of("Alice"))
    bob = program(server, "Bob")
    asks(alice, "create", receiver="CS350", id="1")
    created = hears(alice, id="1")
    bob.says("/join CS350", "/group CS350 I am a program: 愛")
    heard = hears(alice, status="group", sender="Bob")
    asks(alice, "private", receiver="Bob", text="So am I", id="2")
    hears(bob, status="private", sender="Alice", text="So am I")
    answer = hears(alice, id="2")
    for each in (alice, bob):
        each.says_no_more()

    assert "Chat room 'CS350' created successfully" == created["text"]
    assert ("I am a program: 愛", 1) == (heard["text"], heard["seq"])
    assert ("success", 1) == (answer["status"], answer["seq"])
    assert [(0, b""), (0, b"")] == [(each.ends(), each.err) for each in (alice, bob)]


def test_everything_is_json(server: Server, program: Callable[[Server, str], Process]) -> None:
    """For any input, each output line is an object with the protocol's fields."""
    alice = program(server, "Alice")
    alice.writes(
        b'{\n\xff\xfe\nHello\n/jion\n/help\n[]\n{"status":"x","id":"7"}\n\n' + b"x" * 100_000 + b"\n"
    )
    alice.says_no_more()
    code = alice.ends()
    told = events(alice)

    assert (0, b"") == (code, alice.err)
    assert {"status", "sender", "receiver", "text"} == set.intersection(*map(set, told))
    assert [None, "invalid_format", *["invalid_command"] * 3, None, "invalid_command"] == [
        event.get("code") for event in told[:7]
    ]
    assert [("unknown_status", "7"), ("too_long", None)] == [
        (event["code"], event.get("id")) for event in told[7:9]
    ]


def test_server_that_comes_back(
    server: Server, serve: StartServer, program: Callable[[Server, str], Process]
) -> None:
    """After a kill and restart of the server a program is in its room, and all its messages arrive."""
    alice, bob = (program(server, name) for name in ("Alice", "Bob"))
    asks(alice, "create", receiver="CS350", id="1")
    hears(alice, id="1")
    bob.says("/join CS350")
    hears(bob, text="You have joined 'CS350'")
    server.signals(signal.SIGKILL)
    server.ends()
    for each in (alice, bob):
        hears(each, code="connection_lost")
    asks(alice, "group", receiver="CS350", text="meanwhile", id="2")
    serve("--port", str(server.port))
    hears(bob, status="group", text="meanwhile")
    answer = hears(alice, id="2")

    assert "success" == answer["status"]
    assert hears(alice, sender="CLIENT", status="success")["text"].startswith("Reconnected to 127.0.0.1:")


def test_server_that_is_gone(server: Server, chat: Callable[..., Process]) -> None:
    """If the server does not return, that is reported, and the exit code is 1."""
    alice = chat(server, "Alice", ["--json", "--retry", "0"])
    hears(alice, text="Welcome to ClassChat, Alice!")
    server.signals(signal.SIGKILL)
    code = alice.ends()

    assert (1, "closed", b"") == (code, events(alice)[-1]["code"], alice.err)


def test_nobody_is_there(process: StartProcess, free_port: int) -> None:
    """Without a server that is reported in one line, and the exit code is 1."""
    alice = process(*CLASSCHAT, "--json", f"Alice@127.0.0.1:{free_port}", stdin=subprocess.DEVNULL)

    assert 1 == alice.ends()
    assert ["unreachable"] == [event["code"] for event in events(alice)]


def test_in_a_terminal(terminal: StartTerminal, server: Server) -> None:
    """In a terminal there is no editor and no prompt either."""
    alice = terminal(*CLASSCHAT, "--json", server.address_of("Alice"))
    alice.waits_for(lambda screen: any("Welcome to ClassChat, Alice!" in line for line in screen))
    alice.keys("/quit\r")

    assert 0 == alice.ends()
    assert alice.screen[0].startswith('{"status":"success","sender":"SERVER","receiver":"Alice"')


def test_sigterm(server: Server, program: Callable[[Server, str], Process]) -> None:
    """SIGTERM ends the client in good order."""
    alice = program(server, "Alice")
    hears(alice, text="Welcome to ClassChat, Alice!")
    alice.signals(signal.SIGTERM)

    assert 0 == alice.ends()
    server.sees("[SERVER] User 'Alice' disconnected")
