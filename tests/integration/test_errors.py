"""Every error of docs/protocol.md, section *Errors*, as a client reads it."""

from __future__ import annotations

import pytest
from pytest_twisted import ensureDeferred

from tests.integration.helpers import Serve, Server, each_visit, line, only_lines


@pytest.fixture(params=["lines", "websocket"])
def door(request: pytest.FixtureRequest) -> str:
    """Return how the clients come in: what holds for lines holds for a WebSocket."""
    return str(request.param)


@ensureDeferred
@only_lines
async def test_welcome(server: Server) -> None:
    """The welcome has the user's name, and the server's name and version."""
    alice = await server.dial("Alice")
    alice.send(b"Alice\n")
    welcome = await alice.next()

    assert {
        "status": "success",
        "sender": "SERVER",
        "receiver": "Alice",
        "text": "Welcome to ClassChat, Alice!",
        "server": "ClassChat 0.1",
        "token": welcome["token"],
        "epoch": server.epoch,
        "time": welcome["time"],
    } == welcome
    assert len(welcome["token"]) >= 40


@ensureDeferred
@only_lines
async def test_username_taken_closes_after_a_bare_name(server: Server) -> None:
    """A bare name that is taken is refused to the letter, and the connection closes."""
    await server.connect("Alice")
    second = await server.dial()
    second.send(b"Alice\n")
    heard = await second.closed()

    assert [
        {
            "status": "error",
            "sender": "SERVER",
            "receiver": "Alice",
            "text": "Username already taken. Please try another.",
            "code": "username_taken",
        }
    ] == heard


@ensureDeferred
async def test_refused_register_may_try_again(server: Server) -> None:
    """After a refusal to `register` the same connection may sign in under another name."""
    await server.connect("Alice")
    second = await server.dial("Alice")
    refused = await second.asks("register")
    second.name = "Bob"
    welcomed = await second.asks("register")

    assert ("username_taken", "Welcome to ClassChat, Bob!") == (refused["code"], welcomed["text"])


@ensureDeferred
@only_lines
@each_visit("name", ["", "two words", "semi;colon", "a\tb", "Alice!", "🙂", "server"])
async def test_invalid_bare_name_closes(server: Server, name: str) -> None:
    """An invalid bare name is refused with the rule for names, and the connection closes."""
    somebody = await server.dial()
    somebody.send(name.encode() + b"\n")
    heard = await somebody.closed()

    assert [("error", "invalid_name", True)] == [
        (one["status"], one["code"], "1 to 32" in one["text"]) for one in heard
    ]


@ensureDeferred
@only_lines
async def test_refused_bare_name_signs_nobody_in(server: Server) -> None:
    """Lines after a refused bare name on the same connection are ignored."""
    alice = await server.connect("Alice")
    second = await server.dial()
    second.send(b"Alice\n" + line("register", sender="Bob") + line("private", receiver="Alice", text="boo"))
    refusals = await second.closed()
    heard = await alice.catches_up()
    users = await alice.asks("users")

    assert (["username_taken"], [], [{"name": "Alice"}]) == (
        [one["code"] for one in refusals],
        heard,
        users["users"],
    )


GRANTABLE = [
    ("private", "Bob", "user_not_found", "User 'Bob' not found or offline"),
    ("group", "Nowhere", "room_not_found", "Chat room 'Nowhere' does not exist"),
    ("join", "Nowhere", "room_not_found", "Chat room 'Nowhere' does not exist"),
    ("leave", "Nowhere", "room_not_found", "Chat room 'Nowhere' does not exist"),
    ("users", "Nowhere", "room_not_found", "Chat room 'Nowhere' does not exist"),
    ("create", "Mine", "room_exists", "Chat room 'Mine' already exists"),
    ("create", "Carols", "room_exists", "Chat room 'Carols' already exists"),
    ("group", "Carols", "not_a_member", "You are not a member of room 'Carols'"),
    ("leave", "Carols", "not_a_member", "You are not a member of room 'Carols'"),
    ("users", "Carols", "not_a_member", "You are not a member of room 'Carols'"),
    ("join", "Mine", "already_member", "Already a member of room 'Mine'"),
    ("frobnicate", "Mine", "unknown_status", "Unknown message type 'frobnicate'"),
    ("", "Mine", "unknown_status", "Unknown message type ''"),
    ("success", "Mine", "unknown_status", "Unknown message type 'success'"),
]


@ensureDeferred
@each_visit(("status", "receiver", "code", "text"), GRANTABLE)
async def test_refusals_to_the_letter(
    server: Server, status: str, receiver: str, code: str, text: str
) -> None:
    """A refusal has the protocol's sentence, comes once, and does not end the connection."""
    await server.connect("Carol", room="Carols")
    alice = await server.connect("Alice", room="Mine")
    alice.says(status, receiver, "hello", id="7")
    alice.says(status, receiver, "hello")
    heard = await alice.catches_up()

    told = {"status": "error", "sender": "SERVER", "receiver": "Alice", "text": text, "code": code}
    assert [{**told, "id": "7"}, told] == heard


@ensureDeferred
async def test_invalid_format_says_what_is_wrong(server: Server) -> None:
    """A line that is not a message is refused; the reason follows a colon."""
    alice = await server.connect("Alice")
    alice.send(b"{not json\n")
    [heard] = await alice.catches_up()

    prefix, colon, reason = heard["text"].partition(": ")
    assert ("invalid_format", "Invalid message format", ": ", True) == (
        heard["code"],
        prefix,
        colon,
        len(reason) > 0,
    )


@ensureDeferred
@each_visit("name", ["", "two words", "a/b", "x" * 65])
async def test_invalid_room_name(server: Server, name: str) -> None:
    """An invalid room name is refused with the rule for names."""
    alice = await server.connect("Alice")
    answer = await alice.asks("create", name)

    assert ("invalid_name", True) == (answer["code"], "1 to 64" in answer["text"])


@ensureDeferred
@each_visit("status", ["create", "join", "leave", "group", "private", "rooms", "users", "ping"])
async def test_not_registered(server: Server, status: str) -> None:
    """Each request before sign-in is refused, and the client can still sign in."""
    somebody = await server.dial("Alice")
    refused = await somebody.asks(status, "CS350", "hello")
    welcomed = await somebody.asks("register")

    assert ("not_registered", "success") == (refused["code"], welcomed["status"])


@ensureDeferred
async def test_already_registered(server: Server) -> None:
    """A signed-in client can't sign in again, and keeps its name."""
    alice = await server.connect("Alice")
    alice.send(line("register", sender="Bob"))
    refused = await alice.next()
    users = await alice.asks("users")

    assert ("already_registered", [{"name": "Alice"}]) == (refused["code"], users["users"])


@ensureDeferred
async def test_quit_before_signing_in(server: Server) -> None:
    """A client that quits before sign-in is answered and disconnected."""
    somebody = await server.dial()
    somebody.says("quit", id="1")
    heard = await somebody.closed()

    assert [("success", "1")] == [(one["status"], one["id"]) for one in heard]


@ensureDeferred
async def test_timeout(serve: Serve) -> None:
    """A connection that does not sign in in time is told so and closed."""
    server = await serve(sign_in=0.1)
    somebody = await server.dial()
    heard = await somebody.closed()

    assert [("error", "timeout", True)] == [
        (one["status"], one["code"], "0.1 seconds" in one["text"]) for one in heard
    ]


@ensureDeferred
@only_lines
async def test_timeout_whatever_was_sent(serve: Serve) -> None:
    """Half a name and refused requests do not stop the clock."""
    server = await serve(sign_in=0.2)
    somebody = await server.dial()
    somebody.send(line("ping") + b"Ali")
    heard = await somebody.closed()

    assert ["not_registered", "timeout"] == [one["code"] for one in heard]


@ensureDeferred
async def test_no_timeout_for_who_signed_in(serve: Serve) -> None:
    """Who signed in in time is not told off when the time is over."""
    server = await serve(sign_in=0.2)
    alice = await server.connect("Alice")
    later = await server.dial()
    await later.closed()
    heard = await alice.catches_up()

    assert [] == heard


@ensureDeferred
async def test_shutting_down(server: Server) -> None:
    """Everybody, signed in or not, hears that the server is shutting down, and is hung up on."""
    alice = await server.connect("Alice")
    somebody = await server.dial()
    await server.connections(2)
    await server.stop_politely()
    last_words = [*await alice.closed(), *await somebody.closed()]

    assert [("error", "shutting_down", "Alice"), ("error", "shutting_down", "")] == [
        (one["status"], one["code"], one["receiver"]) for one in last_words
    ]


@ensureDeferred
async def test_exactly_one_answer_to_each_request(server: Server) -> None:
    """A request with an `id` gets exactly one answer, be it success or error, and it carries the `id`."""
    alice = await server.connect("Alice")
    requests = [
        ("create", "R", "success"),
        ("create", "R", "error"),
        ("group", "R", "success"),
        ("group", "S", "error"),
        ("private", "Alice", "success"),
        ("private", "Bob", "error"),
        ("join", "R", "error"),
        ("rooms", "", "success"),
        ("users", "", "success"),
        ("users", "R", "success"),
        ("leave", "R", "success"),
        ("leave", "R", "error"),
        ("join", "R", "success"),
        ("ping", "", "success"),
        ("register", "", "error"),
        ("nonsense", "", "error"),
        ("quit", "", "success"),
    ]
    for number, (status, receiver, _) in enumerate(requests):
        alice.says(status, receiver, "hello", id=str(number))
    heard = await alice.closed()

    answers = [(one["id"], one["status"]) for one in heard if "id" in one]
    expected = [(str(number), answer) for number, (_, _, answer) in enumerate(requests)]
    assert sorted(expected) == sorted(answers)


@ensureDeferred
async def test_ids_of_any_length_allowed(server: Server) -> None:
    """An `id` has 1 to 64 characters of any kind, and comes back as it was; others are no `id`."""
    alice = await server.connect("Alice")
    for id in ["x", "é" * 64, "𝕏\n\"'", "", "y" * 65]:
        alice.says("ping", id=id)
    heard = await alice.catches_up()

    assert ["x", "é" * 64, "𝕏\n\"'", "invalid_format", "invalid_format"] == [
        one.get("id", one.get("code")) for one in heard
    ]
