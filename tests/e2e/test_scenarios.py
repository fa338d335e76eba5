"""The testing scenarios of the README, with each screen to the letter."""

from __future__ import annotations

import re

import pytest

from tests.e2e.conftest import StartTerminal
from tests.e2e.helpers import CLASSCHAT, PLAIN, PROMPT, STARTED, Terminal, sign_in, without_ports


@pytest.fixture
def console(terminal: StartTerminal) -> Terminal:
    """Start the server in a terminal."""
    console = terminal(*CLASSCHAT, "serve", "--port", "0")
    console.sees("[SERVER] Waiting for connections...")
    return console


@pytest.fixture
def port(console: Terminal) -> int:
    """Return the port from the server's screen."""
    started = re.search(r"Server started on 127\.0\.0\.1:(\d+)", "\n".join(console.screen))
    assert started
    return int(started[1])


def joined(name: str) -> list[str]:
    """Return the console's lines about a new user."""
    return [
        "[SERVER] New connection from ('127.0.0.1', NNNN)",
        f"[SERVER] User '{name}' registered successfully",
    ]


@pytest.mark.for_real
def test_two_user_private_chat(terminal: StartTerminal, console: Terminal, port: int) -> None:
    """Two users who talk in private see the first scenario's screens, and the console shows no texts."""
    alice, bob = terminal(*PLAIN), terminal(*PLAIN)
    alice.signs_in("Alice", port)
    bob.signs_in("Bob", port)
    alice.types("/private Bob Hey Bob, how are you?")
    bob.sees("[Private from Alice] Hey Bob, how are you?")
    bob.types("/private Alice I'm good! How about you?")
    of_alice = [
        *sign_in("Alice", port),
        "You: /private Bob Hey Bob, how are you?",
        "[Private from Bob] I'm good! How about you?",
        PROMPT,
    ]
    of_bob = [
        *sign_in("Bob", port),
        "[Private from Alice] Hey Bob, how are you?",
        "You: /private Alice I'm good! How about you?",
        PROMPT,
    ]
    of_server = [
        *STARTED,
        *joined("Alice"),
        *joined("Bob"),
        "[SERVER] Private message from Alice to Bob",
        "[SERVER] Private message from Bob to Alice",
    ]
    screens = alice.comes_to(of_alice), bob.comes_to(of_bob), console.comes_to(of_server, without_ports)

    assert (of_alice, of_bob, of_server) == screens


def test_group_chat(terminal: StartTerminal, console: Terminal, port: int) -> None:
    """Three users in a room see all messages and joins in one order, as in the second scenario."""
    alice, bob, charlie = terminal(*PLAIN), terminal(*PLAIN), terminal(*PLAIN)
    alice.signs_in("Alice", port)
    alice.types("/create CS350")
    alice.sees("[SUCCESS] Chat room 'CS350' created successfully")
    alice.types("/group CS350 Welcome to the CS350 study group!")
    alice.sees("[CS350 - Alice] Welcome to the CS350 study group!")
    bob.signs_in("Bob", port)
    bob.types("/join CS350")
    bob.sees("[CS350] Bob has joined the chat room")
    bob.types("/group CS350 Thanks Alice! Excited to study together.")
    bob.sees("[CS350 - Bob] Thanks Alice! Excited to study together.")
    charlie.signs_in("Charlie", port)
    charlie.types("/join CS350")
    charlie.sees("[CS350] Charlie has joined the chat room")
    charlie.types("/group CS350 Hey everyone!")
    since_charlie = [
        "[CS350] Charlie has joined the chat room",
        "[CS350 - Charlie] Hey everyone!",
        PROMPT,
    ]
    of_alice = [
        *sign_in("Alice", port),
        "You: /create CS350",
        "[SUCCESS] Chat room 'CS350' created successfully",
        "You: /group CS350 Welcome to the CS350 study group!",
        "[CS350 - Alice] Welcome to the CS350 study group!",
        "[CS350] Bob has joined the chat room",
        "[CS350 - Bob] Thanks Alice! Excited to study together.",
        *since_charlie,
    ]
    of_bob = [
        *sign_in("Bob", port),
        "You: /join CS350",
        "[SUCCESS] You have joined 'CS350'",
        "[CS350] Bob has joined the chat room",
        "You: /group CS350 Thanks Alice! Excited to study together.",
        "[CS350 - Bob] Thanks Alice! Excited to study together.",
        *since_charlie,
    ]
    of_charlie = [
        *sign_in("Charlie", port),
        "You: /join CS350",
        "[SUCCESS] You have joined 'CS350'",
        "[CS350] Charlie has joined the chat room",
        "You: /group CS350 Hey everyone!",
        "[CS350 - Charlie] Hey everyone!",
        PROMPT,
    ]
    of_server = [
        *STARTED,
        *joined("Alice"),
        "[SERVER] Chat room 'CS350' created by Alice",
        "[SERVER] Group message from Alice to CS350",
        *joined("Bob"),
        "[SERVER] User 'Bob' joined chat room 'CS350'",
        "[SERVER] Group message from Bob to CS350",
        *joined("Charlie"),
        "[SERVER] User 'Charlie' joined chat room 'CS350'",
        "[SERVER] Group message from Charlie to CS350",
    ]
    people = [alice.comes_to(of_alice), bob.comes_to(of_bob), charlie.comes_to(of_charlie)]

    assert [of_alice, of_bob, of_charlie, of_server] == [*people, console.comes_to(of_server, without_ports)]
