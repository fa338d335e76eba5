"""Order in rooms with the shipped commands: input, output, and persistence."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable

from tests.e2e.conftest import Connect, StartProcess, StartServer, StartTerminal
from tests.e2e.helpers import CLASSCHAT, PLAIN, Process, Server

ADMIN = (*CLASSCHAT, "admin")
BANNED = "[ERROR] You are banned from room 'CS350' until"


def test_a_ban_survives_a_killed_server(
    server: Server, serve: StartServer, terminal: StartTerminal, connect: Connect
) -> None:
    """A banned user is told so, does not rejoin after a restart of the server, and may not join.

    A classic client in the room reads everything as lines that it knows.
    """
    alice, bob = (terminal(*PLAIN, server.address_of(name)) for name in ("Alice", "Bob"))
    alice.types("/create CS350")
    alice.sees("[SUCCESS] Chat room 'CS350' created successfully")
    bob.types("/join CS350")
    bob.sees("[CS350] Bob has joined the chat room")
    classic = connect(server.port, "Classic")
    classic.asks("join", "CS350")
    heard = [classic.says() for _ in range(2)]
    alice.types("/ban CS350 Bob 2h")
    heard.append(classic.says())
    bob.sees("[CS350] Alice has banned Bob for 2 hours")
    bob.waits_for(
        lambda screen: any("[ERROR] You are banned from room 'CS350' until" in line for line in screen)
    )
    server.signals(signal.SIGKILL)
    server.ends()
    again = serve("--port", str(server.port))
    bob.sees(f"[CLIENT] Reconnected to 127.0.0.1:{again.port}")
    alice.sees(f"[CLIENT] Reconnected to 127.0.0.1:{again.port}: back in CS350")
    bob.types("/group CS350 Hello")
    bob.sees("[ERROR] You are not a member of room 'CS350'")
    before = bob.screen
    bob.types("/join CS350")
    bob.waits_for(lambda screen: any("[ERROR] You are banned from" in line for line in screen[len(before) :]))
    alice.types("/unban CS350 Bob")
    alice.sees("[SUCCESS] You have unbanned Bob from 'CS350'")
    bob.types("/join CS350")
    bob.sees("[SUCCESS] You have joined 'CS350'")

    assert [
        ["success", "SERVER", "Classic", "You have joined 'CS350'"],
        ["group", "SERVER", "CS350", "Classic has joined the chat room"],
        ["group", "SERVER", "CS350", "Alice has banned Bob for 2 hours"],
    ] == heard


def test_orders_in_a_script(server: Server, chat: Callable[..., Process]) -> None:
    """In a pipe a moderator names the room, and is answered line by line."""
    script = chat(server, "Alice")
    script.says(
        "/create CS350",
        "/topic CS350 Exam prep",
        "/mute CS350 Bob 30m",
        "/rooms",
        "/kick Bob",
        "/close CS350",
    )
    script.says_no_more()
    code = script.ends()

    assert 0 == code
    assert [
        "[SUCCESS] Chat room 'CS350' created successfully",
        "[SUCCESS] You have set the topic of 'CS350'",
        "[CS350] Alice has set the topic: Exam prep",
        "[SUCCESS] You have muted Bob in 'CS350' for 30 minutes",
        "[CS350] Alice has muted Bob for 30 minutes",
        "[SUCCESS] Chat rooms: CS350 (1 member: Exam prep)",
        "[ERROR] Which room? Usage: /kick <room> <username> [reason]",
        "[ERROR] Room 'CS350' has no registered moderator. Register your name first: /claim",
    ] == sorted(script.lines[2:-1], key=_in_order)


_ORDER = (
    "created successfully",
    "You have set the topic",
    "has set the topic",
    "You have muted",
    "has muted",
    "Chat rooms:",
    "Which room",
    "no registered moderator",
)


def _in_order(line: str) -> int:
    """Return the sort key of a line: local refusals may precede the server's answers."""
    return next((number for number, part in enumerate(_ORDER) if part in line), -1)


def test_the_operators_command(
    server: Server,
    chat: Callable[..., Process],
    process: StartProcess,
    installed: StartProcess,
    terminal: StartTerminal,
) -> None:
    """While a server runs, names are registered and made operators', and the audit log is read."""
    alice = chat(server, "Alice")
    alice.says("/create CS350")
    alice.sees("[SUCCESS] Chat room 'CS350' created successfully")
    olga = terminal(*ADMIN, "claim", "Olga")
    for prompt in ("Password: ", "Password again: "):
        olga.is_asked(prompt)
        olga.keys("correct horse\r")
    olga.sees("The name 'Olga' is now registered.")
    added = installed(*ADMIN, "operator", "add", "olga")
    codes = [olga.ends(), added.ends()]
    alice.says("/group CS350 Hello", "/topic CS350 Exam")
    alice.sees("[CS350 - Alice] Hello")
    alice.sees("[CS350] Alice has set the topic: Exam")
    rooms, audit = process(*ADMIN, "rooms"), process(*ADMIN, "audit", "--json")
    codes += [rooms.ends(), audit.ends()]

    assert [0] * 4 == codes
    assert ["CS350: 1 message, topic 'Exam', moderators Alice"] == rooms.lines
    done = [json.loads(line) for line in audit.lines]
    assert [
        ("Alice", "create", "CS350", ""),
        ("classchat admin", "claim", "", "Olga"),
        ("classchat admin", "operator", "", "Olga"),
        ("Alice", "topic", "CS350", ""),
    ] == [(one["actor"], one["action"], one["room"], one["target"]) for one in done]
    assert "correct horse" not in "".join(olga.screen)
