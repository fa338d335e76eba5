"""The README's Quick Start, its commands one by one, and the server's console."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.e2e.conftest import StartTerminal
from tests.e2e.helpers import (
    ASK_HOST,
    ASK_NAME,
    ASK_PORT,
    BANNER,
    CLASSCHAT,
    DISCONNECTED,
    PLAIN,
    PROMPT,
    PYTHON_M_CLASSCHAT,
    STARTED,
    Server,
    Terminal,
    greeting,
    sign_in,
    without_ports,
)

SignIn = Callable[[str], Terminal]


@pytest.fixture
def person(terminal: StartTerminal, server: Server) -> SignIn:
    """Sign a user in at a terminal."""

    def start(name: str) -> Terminal:
        person = terminal(*PLAIN, server.address_of(name))
        person.is_asked()
        return person

    return start


def said_since(name: str, server: Server, *lines: str) -> list[str]:
    """Return the whole screen of a client without questions, with the lines after the banner."""
    return [*greeting(name, server.port), *lines]


def clients_without_ports(lines: list[str]) -> list[str]:
    """Return the console's lines with NNNN for the clients' ports."""
    shown = [re.sub(r"', \d+", "', NNNN", text) for text in lines]
    later = ("sha256:", "Browser: ", "IRC clients", "Only this machine", "Journal: ")
    return [
        text for text in shown if text.startswith("[SERVER] ") and not any(word in text for word in later)
    ]


def test_quick_start_with_all_defaults(terminal: StartTerminal) -> None:
    """`classchat serve`, `classchat`, Enter, Enter and a name are enough: both are at 127.0.0.1:5555."""
    console = terminal(*CLASSCHAT, "serve")
    started = ["[SERVER] Server started on 127.0.0.1:5555", "[SERVER] Waiting for connections..."]

    def begun(lines: list[str]) -> list[str]:
        return [text for text in lines if "already in use" in text] or clients_without_ports(lines)

    if started != console.comes_to(started, begun) and "already in use" in str(console.screen):
        pytest.skip("port 5555 of this machine is in use")
    alice = terminal(*PLAIN)
    alice.types("", ASK_HOST)
    alice.types("", ASK_PORT)
    alice.types("Alice", ASK_NAME)
    asked = [ASK_HOST.rstrip(), ASK_PORT.rstrip(), f"{ASK_NAME}Alice"]
    of_alice = [*asked, *greeting("Alice", 5555), PROMPT]
    of_server = [
        *started,
        "[SERVER] New connection from ('127.0.0.1', NNNN)",
        "[SERVER] User 'Alice' registered successfully",
    ]

    assert (of_alice, of_server) == (
        alice.comes_to(of_alice),
        console.comes_to(of_server, clients_without_ports),
    )


@pytest.mark.shared_server
def test_server_given_a_host_by_name(terminal: StartTerminal, server: Server) -> None:
    """The server may be given by name, which is shown as it was typed."""
    alice = terminal(*PLAIN)
    alice.types("localhost", ASK_HOST)
    alice.types(str(server.port), ASK_PORT)
    alice.types("Alice", ASK_NAME)
    expected = [
        f"{ASK_HOST}localhost",
        *sign_in("Alice", server.port)[1:3],
        f"[CLIENT] Connected to server at localhost:{server.port}",
        *greeting("Alice", server.port)[1:],
        PROMPT,
    ]

    assert expected == alice.comes_to(expected)


@pytest.mark.parametrize("command", [CLASSCHAT, PYTHON_M_CLASSCHAT], ids=["classchat", "python -m classchat"])
@pytest.mark.shared_server
def test_nothing_is_asked_that_was_given(
    terminal: StartTerminal, server: Server, command: tuple[str, ...]
) -> None:
    """With `NAME@HOST:PORT`, or all three options, the client connects at once."""
    alice = terminal(*command, "--plain", server.address_of("Alice"))
    bob = terminal(*PLAIN, "--host", "127.0.0.1", "--port", str(server.port), "--name", "Bob")
    of_alice, of_bob = said_since("Alice", server, PROMPT), said_since("Bob", server, PROMPT)

    assert (of_alice, of_bob) == (alice.comes_to(of_alice), bob.comes_to(of_bob))


@pytest.mark.shared_server
def test_only_what_is_missing_is_asked(terminal: StartTerminal, server: Server) -> None:
    """If the port is given, only the other two questions are asked, in order."""
    alice = terminal(*PLAIN, "--port", str(server.port))
    alice.types("", ASK_HOST)
    alice.types("Alice", ASK_NAME)
    expected = [ASK_HOST.rstrip(), f"{ASK_NAME}Alice", *said_since("Alice", server, PROMPT)]

    assert expected == alice.comes_to(expected)


@pytest.mark.shared_server
def test_person_is_asked_again_after_a_wrong_answer(terminal: StartTerminal, server: Server) -> None:
    """An invalid port, and an empty name, are asked for again."""
    alice = terminal(*PLAIN, "--host", "127.0.0.1")
    alice.types("many", ASK_PORT)
    alice.types(str(server.port), ASK_PORT)
    alice.types("", ASK_NAME)
    alice.types("Alice", ASK_NAME)
    expected = [
        f"{ASK_PORT}many",
        "[ERROR] 'many' is not a port: give a number from 1 to 65535",
        f"{ASK_PORT}{server.port}",
        ASK_NAME.rstrip(),
        "[ERROR] A user name is needed: letters, digits, '.', '_' or '-', without spaces",
        f"{ASK_NAME}Alice",
        *said_since("Alice", server, PROMPT),
    ]

    assert expected == alice.comes_to(expected)


def test_create(person: SignIn, server: Server) -> None:
    """`/create` is answered with the README's sentence."""
    alice = person("Alice")
    alice.types("/create Networking")
    expected = said_since(
        "Alice",
        server,
        "You: /create Networking",
        "[SUCCESS] Chat room 'Networking' created successfully",
        PROMPT,
    )

    assert expected == alice.comes_to(expected)


def test_join(person: SignIn, server: Server) -> None:
    """`/join` is answered, and every member is told, including the new one."""
    bob, alice = person("Bob"), person("Alice")
    bob.types("/create Networking")
    bob.sees("[SUCCESS] Chat room 'Networking' created successfully")
    alice.types("/join Networking")
    of_alice = said_since(
        "Alice",
        server,
        "You: /join Networking",
        "[SUCCESS] You have joined 'Networking'",
        "[Networking] Alice has joined the chat room",
        PROMPT,
    )
    of_bob = said_since(
        "Bob",
        server,
        "You: /create Networking",
        "[SUCCESS] Chat room 'Networking' created successfully",
        "[Networking] Alice has joined the chat room",
        PROMPT,
    )

    assert (of_alice, of_bob) == (alice.comes_to(of_alice), bob.comes_to(of_bob))


def test_group(person: SignIn, server: Server) -> None:
    """`/group` is seen by every member, including the sender."""
    alice = person("Alice")
    alice.types("/create Networking")
    alice.sees("[SUCCESS] Chat room 'Networking' created successfully")
    alice.types("/group Networking Hello everyone! Anyone studying for the CCNA?")
    expected = said_since(
        "Alice",
        server,
        "You: /create Networking",
        "[SUCCESS] Chat room 'Networking' created successfully",
        "You: /group Networking Hello everyone! Anyone studying for the CCNA?",
        "[Networking - Alice] Hello everyone! Anyone studying for the CCNA?",
        PROMPT,
    )

    assert expected == alice.comes_to(expected)


@pytest.mark.shared_server
def test_private(person: SignIn, server: Server) -> None:
    """`/private` is seen by its receiver, and has no answer."""
    alice, bob = person("Alice"), person("Bob")
    alice.types("/private Bob Hey, do you have notes from last class?")
    of_alice = said_since(
        "Alice", server, "You: /private Bob Hey, do you have notes from last class?", PROMPT
    )
    of_bob = said_since("Bob", server, "[Private from Alice] Hey, do you have notes from last class?", PROMPT)

    assert (of_bob, of_alice) == (bob.comes_to(of_bob), alice.comes_to(of_alice))


@pytest.mark.shared_server
def test_private_to_oneself(person: SignIn, server: Server) -> None:
    """A private message to oneself arrives."""
    alice = person("Alice")
    alice.types("/private Alice buy milk")
    expected = said_since(
        "Alice", server, "You: /private Alice buy milk", "[Private from Alice] buy milk", PROMPT
    )

    assert expected == alice.comes_to(expected)


@pytest.mark.shared_server
def test_quit(person: SignIn, server: Server) -> None:
    """`/quit` disconnects and ends the client with exit code 0, and the console says so."""
    alice = person("Alice")
    alice.types("/quit")
    code = alice.ends()
    expected = said_since("Alice", server, "You: /quit", DISCONNECTED)
    server.sees("[SERVER] User 'Alice' disconnected")

    assert (0, expected) == (code, alice.screen)


def test_commands_beyond_the_banner(person: SignIn, server: Server) -> None:
    """Commands beyond the first version are answered with readable lines."""
    alice = person("Alice")
    alice.types("/create CS350")
    alice.sees("[SUCCESS] Chat room 'CS350' created successfully")
    parts = {"/rooms": "CS350", "/users": "Alice", "/users CS350": "Alice", "/leave CS350": "CS350"}
    for typed, part in parts.items():
        alice.types(typed)
        alice.waits_for(
            lambda screen, typed=typed, part=part: (
                [screen[-3], screen[-1]] == [PROMPT + typed, PROMPT] and part in screen[-2]
            )
        )
    shown = alice.screen[len(greeting("Alice", server.port)) + 2 :]

    assert [*[PROMPT + typed for typed in parts], PROMPT] == shown[::2]
    assert "[SUCCESS] You have left 'CS350'" == shown[-2]
    assert [True] * 4 == [
        answer.startswith("[SUCCESS] ") and part in answer
        for part, answer in zip(parts.values(), shown[1::2], strict=True)
    ]


@pytest.mark.shared_server
def test_help(person: SignIn, server: Server) -> None:
    """`/help` lists every command, in two columns as the banner does."""
    alice = person("Alice")
    alice.types("/help")
    alice.is_asked()
    listed = alice.screen[len(greeting("Alice", server.port)) + 2 : -1]
    commands = ["/private", "/group", "/create", "/join", "/leave", "/rooms", "/users", "/whois"]
    commands += ["/send", "/get"]
    commands += ["/topic", "/kick", "/ban", "/unban", "/mute", "/unmute", "/op", "/deop"]
    commands += ["/assist", "/unassist", "/invite", "/room", "/close", "/broadcast", "/delete"]
    commands += ["/class", "/session", "/hand", "/lower", "/queue", "/next", "/done", "/ask", "/questions"]
    commands += ["/up", "/unup", "/answer", "/approve", "/dismiss", "/reveal", "/poll", "/vote", "/endpoll"]
    commands += ["/polls", "/present", "/here", "/mark", "/roster", "/groups"]
    commands += ["/claim", "/password", "/nick", "/away", "/back"]
    commands += ["/help", "/quit", "/history", "/search"]
    column = BANNER[3].index(" - ")

    assert commands == [text.split()[0] for text in listed if text.startswith("  /")]
    assert len(commands) == [text[column : column + 3] for text in listed].count(" - ")
    assert {""} == {text[:column].strip() for text in listed if not text.startswith("  /")}


def test_errors_are_shown(person: SignIn, server: Server) -> None:
    """A wrong command is answered with `[ERROR]` and the usage, or the README's reason."""
    alice = person("Alice")
    answers = {
        "/join": "[ERROR] Usage: /join <room_name>",
        "/create": "[ERROR] Usage: /create <room_name>",
        "/group CS350": "[ERROR] Usage: /group <room_name> <message>",
        "/private Bob": "[ERROR] Usage: /private <username> <message>",
        "/private Bob Hello": "[ERROR] User 'Bob' not found or offline",
        "/group CS350 Hello": "[ERROR] Chat room 'CS350' does not exist",
        "/join CS350": "[ERROR] Chat room 'CS350' does not exist",
    }
    for typed, answer in answers.items():
        alice.types(typed)
        alice.waits_for(lambda screen, answer=answer: screen[-2:] == [answer, PROMPT])
    lines = [text for typed, answer in answers.items() for text in (PROMPT + typed, answer)]
    expected = said_since("Alice", server, *lines, PROMPT)

    assert expected == alice.comes_to(expected)


def test_errors_about_rooms(person: SignIn, server: Server) -> None:
    """Errors about rooms have the README's words."""
    alice, bob = person("Alice"), person("Bob")
    alice.types("/create CS350")
    alice.sees("[SUCCESS] Chat room 'CS350' created successfully")
    alice.types("/join CS350")
    alice.sees("[ERROR] Already a member of room 'CS350'")
    bob.types("/create CS350")
    bob.sees("[ERROR] Chat room 'CS350' already exists")
    bob.types("/group CS350 Hello")
    expected = said_since(
        "Bob",
        server,
        "You: /create CS350",
        "[ERROR] Chat room 'CS350' already exists",
        "You: /group CS350 Hello",
        "[ERROR] You are not a member of room 'CS350'",
        PROMPT,
    )

    assert expected == bob.comes_to(expected)


def test_server_monitoring(person: SignIn, server: Server) -> None:
    """The console has the README's lines, in order, with a connection for each of the two users."""
    alice, bob = person("Alice"), person("Bob")
    alice.types("/private Bob Hey, do you have notes from last class?")
    bob.sees("[Private from Alice] Hey, do you have notes from last class?")
    alice.types("/create CS350")
    alice.sees("[SUCCESS] Chat room 'CS350' created successfully")
    bob.types("/join CS350")
    alice.sees("[CS350] Bob has joined the chat room")
    alice.types("/group CS350 Welcome to the CS350 study group!")
    bob.sees("[CS350 - Alice] Welcome to the CS350 study group!")
    alice.types("/quit")
    expected = [
        *STARTED,
        "[SERVER] New connection from ('127.0.0.1', NNNN)",
        "[SERVER] User 'Alice' registered successfully",
        "[SERVER] New connection from ('127.0.0.1', NNNN)",
        "[SERVER] User 'Bob' registered successfully",
        "[SERVER] Private message from Alice to Bob",
        "[SERVER] Chat room 'CS350' created by Alice",
        "[SERVER] User 'Bob' joined chat room 'CS350'",
        "[SERVER] Group message from Alice to CS350",
        "[SERVER] User 'Alice' disconnected",
    ]

    assert expected == server.comes_to(expected, without_ports)
