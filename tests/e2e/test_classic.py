"""Compatibility: our client with a server of the first version, and its client with our server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import Connect, StartFirstServer, StartProcess, StartTerminal
from tests.e2e.helpers import (
    CLASSCHAT,
    DISCONNECTED,
    PLAIN,
    PROMPT,
    STARTED,
    Process,
    Server,
    greeting,
    line,
    piped_greeting,
    without_ports,
)

REFUSED = "[ERROR] This server is too old for that command"


# Our client, a server of the first version.


@pytest.mark.parametrize("newline", [b"\n", b""], ids=["lines", "no newlines"])
def test_welcome_of_a_first_server(
    process: StartProcess, first_server: StartFirstServer, newline: bytes
) -> None:
    """A welcome without `server` is a welcome, with or without a newline."""
    double = first_server(newline=newline)
    alice = process(*CLASSCHAT, double.address_of("Alice"))
    alice.says("/quit")
    code = alice.ends()
    double.is_left_by("Alice")

    assert (0, [*piped_greeting("Alice", double.port), DISCONNECTED]) == (code, alice.lines)
    assert [{"status": "quit", "sender": "Alice", "receiver": "", "text": ""}] == [
        {"receiver": "", "text": "", **message} for message in double.received
    ]


def test_script_at_a_first_server(process: StartProcess, first_server: StartFirstServer) -> None:
    """Each request is a separate read, in order and with our name; we leave after the last answer."""
    double = first_server()
    alice = process(*CLASSCHAT, double.address_of("Alice"))
    texts = [f"message {number}" for number in range(10)]
    alice.says(
        "/create CS350",
        "/create CS350",
        *[f"/group CS350 {text}" for text in texts],
        "/rooms",
        "/leave CS350",
        "/private Alice hello",
        "/join Nowhere",
        "/private Bob hello",
    )
    alice.says_no_more()
    code = alice.ends()
    double.is_left_by("Alice")
    sent = [(message["status"], message["sender"], message["receiver"]) for message in double.received]
    expected = [
        ("create", "Alice", "CS350"),
        ("create", "Alice", "CS350"),
        *[("group", "Alice", "CS350")] * 10,
        ("private", "Alice", "Alice"),
        ("join", "Alice", "Nowhere"),
        ("private", "Alice", "Bob"),
    ]
    shown = alice.lines[len(piped_greeting("Alice", double.port)) :]
    heard = [
        "[SUCCESS] Chat room 'CS350' created successfully",
        "[ERROR] Chat room 'CS350' already exists",
        *[f"[CS350 - Alice] {text}" for text in texts],
        "[Private from Alice] hello",
        "[ERROR] Chat room 'Nowhere' does not exist",
        "[ERROR] User 'Bob' not found or offline",
        DISCONNECTED,
    ]

    assert ([], expected, texts) == (
        double.broken,
        sent[: len(expected)],
        [message["text"] for message in double.received[2:12]],
    )
    assert (0, [REFUSED] * 2, heard) == (
        code,
        [text for text in shown if text == REFUSED],
        [text for text in shown if text != REFUSED],
    )


def test_terminal_at_a_first_server(
    terminal: StartTerminal, process: StartProcess, first_server: StartFirstServer
) -> None:
    """At a terminal, too, all five commands of the first version work, and `/rooms` is refused here."""
    double = first_server()
    bob = process(*CLASSCHAT, double.address_of("Bob"))
    bob.says("/create CS350")
    bob.sees("[SUCCESS] Chat room 'CS350' created successfully")
    alice = terminal(*PLAIN, double.address_of("Alice"))
    alice.types("/rooms")
    alice.types("/join CS350")
    alice.sees("[CS350] Alice has joined the chat room")
    alice.types("/group CS350 Hello")
    alice.sees("[CS350 - Alice] Hello")
    alice.types("/private Bob psst")
    bob.sees("[Private from Alice] psst")
    alice.types("/quit")
    code = alice.ends()
    double.is_left_by("Alice")
    expected = [
        *greeting("Alice", double.port),
        "You: /rooms",
        REFUSED,
        "You: /join CS350",
        "[SUCCESS] You have joined 'CS350'",
        "[CS350] Alice has joined the chat room",
        "You: /group CS350 Hello",
        "[CS350 - Alice] Hello",
        "You: /private Bob psst",
        "You: /quit",
        DISCONNECTED,
    ]

    assert (0, [], expected) == (code, double.broken, alice.screen)
    assert ["create", "join", "group", "private", "quit"] == double.heard


def test_requests_that_are_answered_by_nothing(process: StartProcess, first_server: StartFirstServer) -> None:
    """A server of the first version does not answer a private message, which does not delay the next one."""
    double = first_server()
    bob = process(*CLASSCHAT, double.address_of("Bob"))
    bob.sees("[SUCCESS] Welcome to ClassChat, Bob!")
    alice = process(*CLASSCHAT, double.address_of("Alice"))
    texts = [f"message {number}" for number in range(5)]
    for text in texts:  # one by one: nothing tells the client how long a slow server takes to read
        alice.says(f"/private Bob {text}")
        bob.sees(f"[Private from Alice] {text}")
    alice.says("/quit")
    code = alice.ends()
    double.is_left_by("Alice")

    assert (0, [], texts) == (code, double.broken, [message["text"] for message in double.received[:5]])


def test_typing_ahead_at_a_first_server(terminal: StartTerminal, first_server: StartFirstServer) -> None:
    """Lines pasted into a terminal at once are still sent one for each read."""
    double = first_server()
    alice = terminal(*PLAIN, double.address_of("Alice"))
    alice.is_asked(PROMPT)
    alice.pastes("/create CS350", *[f"/group CS350 {number}" for number in range(5)], "/quit")
    code = alice.ends()
    double.is_left_by("Alice")

    assert (0, [], ["create", *["group"] * 5]) == (code, double.broken, double.heard[:6])


def test_first_server_is_asked_no_more_than_it_reads(
    process: StartProcess, first_server: StartFirstServer
) -> None:
    """A request above 4 096 bytes is refused by the client, because the server would fail on it."""
    double = first_server()
    alice = process(*CLASSCHAT, double.address_of("Alice"))
    alice.says(f"/private Alice {'x' * 4_096}", "/quit")
    code = alice.ends()
    double.is_left_by("Alice")

    assert (0, [], ["quit"], True) == (
        code,
        double.broken,
        double.heard,
        alice.lines[-2].startswith("[ERROR] ") and "4096" in alice.lines[-2],
    )


def test_first_server_that_hangs_up(process: StartProcess, first_server: StartFirstServer) -> None:
    """When a server of the first version is gone, the client says so and exits with 1."""
    double = first_server()
    alice = process(*CLASSCHAT, double.address_of("Alice"))
    alice.sees("[SUCCESS] Welcome to ClassChat, Alice!")
    double.hangs_up()
    code = alice.ends()

    assert (1, [*piped_greeting("Alice", double.port), DISCONNECTED]) == (code, alice.lines)


# A client of the first version, our server.


def test_conversation_of_a_first_client(server: Server, connect: Connect) -> None:
    """The client of 2025 can sign in, create, join, talk and leave."""
    alice, bob = connect(server.port, "Alice"), connect(server.port, "Bob")
    alice.asks("create", "CS350")
    created = alice.says()
    bob.asks("join", "CS350")
    joined = [bob.says(), bob.says(), alice.says()]
    alice.asks("group", "CS350", "Hello everyone!")
    heard = [alice.says(), bob.says()]
    bob.asks("private", "Alice", "psst")
    private = alice.says()
    bob.quits()
    left = alice.says()
    arrival = ["group", "SERVER", "CS350", "Bob has joined the chat room"]

    assert ["Welcome to ClassChat, Alice!", "Welcome to ClassChat, Bob!"] == [
        alice.welcome["text"],
        bob.welcome["text"],
    ]
    assert ["success", "SERVER", "Alice", "Chat room 'CS350' created successfully"] == created
    assert [["success", "SERVER", "Bob", "You have joined 'CS350'"], arrival, arrival] == joined
    assert [["group", "Alice", "CS350", "Hello everyone!"]] * 2 == heard
    assert ["private", "Bob", "Alice", "psst"] == private
    assert ["group", "SERVER", "CS350", "Bob has left the chat room"] == left


def test_first_client_is_refused_and_hung_up_on(server: Server, connect: Connect) -> None:
    """A taken name is refused in one object, and the connection is closed."""
    connect(server.port, "Alice")
    late = connect(server.port, "Alice")

    assert ("error", "Username already taken. Please try another.", b"") == (
        late.welcome["status"],
        late.welcome["text"],
        late.socket.recv(1024),
    )


def test_requests_of_a_first_client_in_any_pieces(server: Server, connect: Connect) -> None:
    """Requests that arrive together, or byte by byte, are handled in the same way."""
    alice = connect(server.port, "Alice")
    joined = line("create", "A") + line("create", "B") + line("private", "Alice", "Grüße 🙂")
    alice.socket.sendall(joined[:-9])
    for byte in joined[-9:]:
        alice.socket.sendall(bytes([byte]))

    assert [
        "Chat room 'A' created successfully",
        "Chat room 'B' created successfully",
        "Grüße 🙂",
    ] == [alice.hears()["text"] for _ in range(3)]


def test_first_client_quits_without_a_newline(server: Server, connect: Connect) -> None:
    """A `quit` without a newline, closed at once, frees the name and is not a failure."""
    connect(server.port, "Alice").quits()
    server.sees("[SERVER] User 'Alice' disconnected")
    again = connect(server.port, "Alice")
    expected = [
        *STARTED,
        "[SERVER] New connection from ('127.0.0.1', NNNN)",
        "[SERVER] User 'Alice' registered successfully",
        "[SERVER] User 'Alice' disconnected",
        "[SERVER] New connection from ('127.0.0.1', NNNN)",
        "[SERVER] User 'Alice' registered successfully",
    ]

    assert ("success", expected, b"") == (
        again.welcome["status"],
        server.comes_to(expected, without_ports),
        server.err,
    )


def test_first_client_and_ours_in_one_room(
    server: Server, connect: Connect, chat: Callable[..., Process]
) -> None:
    """In one room the two kinds of clients see the same."""
    alice, bob = connect(server.port, "Alice"), chat(server, "Bob")
    alice.asks("create", "CS350")
    alice.says()
    bob.says("/join CS350")
    alice.says()
    bob.says("/group CS350 Hello from a terminal")
    heard = alice.says()
    alice.asks("group", "CS350", "Hello from 2025")
    bob.sees("[CS350 - Alice] Hello from 2025")
    alice.quits()
    bob.sees("[CS350] Alice has left the chat room")

    assert ["group", "Bob", "CS350", "Hello from a terminal"] == heard
