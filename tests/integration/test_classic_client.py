"""The client of 2025 works unchanged: its exact bytes, from a blocking socket in a thread."""

from __future__ import annotations

import json

import pytest
from pytest_twisted import ensureDeferred

from tests.integration.classic import ClassicClient
from tests.integration.helpers import Line, Serve, Server, in_thread, line


async def classic(server: Server, name: str) -> ClassicClient:
    """Return a connected classic client that has sent nothing yet."""
    client = await in_thread(ClassicClient, server.address, name)
    server.keep(client)
    return client


def shown(one: Line) -> str:
    """Return the line that the classic client's screen has for a message."""
    match one:
        case {"status": "success", "text": text}:
            return f"[SUCCESS] {text}"
        case {"status": "error", "text": text}:
            return f"[ERROR] {text}"
        case {"status": "private", "sender": sender, "text": text}:
            return f"[Private from {sender}] {text}"
        case {"status": "group", "sender": "SERVER", "receiver": room, "text": text}:
            return f"[{room}] {text}"
        case {"status": "group", "sender": sender, "receiver": room, "text": text}:
            return f"[{room} - {sender}] {text}"
    raise AssertionError(one)


@ensureDeferred
async def test_welcome_is_one_recv(server: Server) -> None:
    """One `recv(1024)` after the bare name is exactly one JSON object, the welcome."""
    alice = await classic(server, "Alice")
    welcome = await in_thread(alice.sign_in)

    assert ("success", "SERVER", "Alice", "Welcome to ClassChat, Alice!") == (
        welcome["status"],
        welcome["sender"],
        welcome["receiver"],
        welcome["text"],
    )


@ensureDeferred
async def test_longest_welcome_is_one_recv(server: Server) -> None:
    """The welcome of the longest name of the widest characters is shorter than 1 024 bytes."""
    name = "𠀀" * 32
    alice = await classic(server, name)
    await in_thread(alice.say_name)
    data = await in_thread(alice.recv, 4096)

    assert (True, name) == (len(data) < 1024, json.loads(data)["receiver"])


@ensureDeferred
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
async def test_name_line_endings(server: Server, ending: bytes) -> None:
    """A bare name ends with a newline, or with a carriage return and a newline."""
    somebody = await server.dial()
    somebody.send(b"Alice" + ending)
    welcome = await somebody.next()

    assert "Alice" == welcome["receiver"]


@ensureDeferred
async def test_welcome_travels_alone_for_a_second(server: Server) -> None:
    """A client reads the welcome alone, whatever happens meanwhile; the rest comes a second later."""
    bob = await server.connect("Bob")
    alice = await classic(server, "Alice")
    await in_thread(alice.say_name)
    await server.registered("Alice")
    for text in ["one", "two"]:
        await bob.asks("private", "Alice", text)
    welcome = await in_thread(alice.take_welcome)
    held = await in_thread(alice.hears_nothing_until, 0.9)
    told = await in_thread(alice.read_lines, 2)
    waited = await in_thread(alice.seconds_since_name)

    assert ("success", True, ["one", "two"], True) == (
        welcome["status"],
        held,
        [one["text"] for one in told],
        waited >= 0.99,
    )


@ensureDeferred
async def test_welcome_travels_alone_until_the_next_line(serve: Serve) -> None:
    """Events held back for a classic client arrive, in order, as soon as it sends its next line."""
    server = await serve(welcome_alone=3600.0)
    bob = await server.connect("Bob")
    alice = await classic(server, "Alice")
    await in_thread(alice.say_name)
    await server.registered("Alice")
    for text in ["one", "two"]:
        await bob.asks("private", "Alice", text)
    welcome = await in_thread(alice.take_welcome)
    await in_thread(alice.request, "create", "CS350")
    heard = await in_thread(alice.read_lines, 3)

    assert ["Welcome to ClassChat, Alice!", "one", "two", "Chat room 'CS350' created successfully"] == [
        one["text"] for one in [welcome, *heard]
    ]


@ensureDeferred
async def test_half_a_line_holds_on(serve: Serve) -> None:
    """Half a line does not count as the next line: nothing follows the welcome before the newline."""
    server = await serve(welcome_alone=3600.0)
    bob = await server.connect("Bob")
    alice = await server.dial("Alice")
    alice.send(b"Alice\n" + b'{"status":"pi')
    welcome = await alice.next()
    await bob.asks("private", "Alice", "hello")
    await bob.catches_up()
    before = len(alice.heard)
    alice.send(b'ng"}\n')
    heard = [await alice.next(), await alice.next()]

    assert ("success", 1, ["hello", "pong"]) == (welcome["status"], before, [one["text"] for one in heard])


@ensureDeferred
async def test_requests_that_arrive_with_the_name(server: Server) -> None:
    """Requests in the same segment as the bare name are obeyed after it."""
    alice = await server.dial("Alice")
    alice.send(b"Alice\n" + line("create", receiver="R") + line("group", receiver="R", text="hi"))
    heard = [await alice.next() for _ in range(3)]

    assert ["Welcome to ClassChat, Alice!", "Chat room 'R' created successfully", "hi"] == [
        one["text"] for one in heard
    ]


@ensureDeferred
async def test_register_message_is_not_held(serve: Serve) -> None:
    """Only the welcome to a bare name is kept alone: after `register` everything arrives at once."""
    server = await serve(welcome_alone=3600.0)
    alice, bob = await server.connect("Alice"), await server.connect("Bob")
    await bob.asks("private", "Alice", "hello")
    heard = await alice.next()

    assert "hello" == heard["text"]


@ensureDeferred
async def test_byte_by_byte(server: Server) -> None:
    """A conversation that arrives byte by byte, cut inside UTF-8 sequences, is understood."""
    alice = await classic(server, "Zoë")

    def speak() -> list[Line]:
        heard = []
        for said in ["Zoë\n".encode(), line("private", receiver="Zoë", text="🙂 ça va?"), line("ping")]:
            for byte in said:
                alice.send(bytes([byte]))
            heard.append(alice.read_line())
        return heard

    heard = await in_thread(speak)

    assert ["Welcome to ClassChat, Zoë!", "🙂 ça va?", "pong"] == [one["text"] for one in heard]


@ensureDeferred
async def test_cut_inside_a_character(server: Server) -> None:
    """A request that the network cuts in the middle of a character is one request."""
    alice = await server.connect("Alice")
    request = line("private", receiver="Alice", text="🙂")
    cut = request.index("🙂".encode()) + 2
    alice.send(line("ping", id="1") + request[:cut])
    await alice.hears("success", id="1")
    alice.send(request[cut:])
    heard = await alice.next()

    assert "🙂" == heard["text"]


@ensureDeferred
async def test_many_requests_in_one_segment(server: Server) -> None:
    """Several requests in one segment are carried out in order, even after one that must wait."""
    alice = await server.connect("Alice")
    alice.send(
        line("create", receiver="R")
        + b"".join(line("group", receiver="R", text=f"R {number}") for number in range(50))
        + line("leave", receiver="R")
        + line("group", receiver="R", text="too late")
        + line("join", receiver="R")
        + line("group", receiver="R", text="back")
    )
    heard = [await alice.next() for _ in range(56)]

    assert [
        "Chat room 'R' created successfully",
        *[f"R {number}" for number in range(50)],
        "You have left 'R'",
        "You are not a member of room 'R'",
        "You have joined 'R'",
        "Alice has joined the chat room",
        "back",
    ] == [one["text"] for one in heard]


@ensureDeferred
async def test_quit_without_a_newline(server: Server) -> None:
    """`quit` without a newline just before closing is a `quit`: the rooms hear of it, once."""
    alice = await server.connect("Alice", room="CS350")
    bob = await classic(server, "Bob")
    await in_thread(bob.sign_in)
    await in_thread(bob.request, "join", "CS350")
    await in_thread(bob.read_lines, 2)
    await in_thread(bob.quit)
    await alice.hears("group", text="Bob has joined the chat room")
    left = await alice.next()
    await server.connections(1)
    heard = await alice.catches_up()

    assert ("group", "SERVER", "CS350", "Bob has left the chat room", []) == (
        left["status"],
        left["sender"],
        left["receiver"],
        left["text"],
        heard,
    )


@ensureDeferred
async def test_last_request_without_a_newline(server: Server) -> None:
    """A last line without a newline, before the client closes its half, counts and is answered."""
    alice = await server.connect("Alice")
    alice.send(line("private", receiver="Alice", text="last words").rstrip(b"\n"))
    alice.stops_talking()
    heard = await alice.closed()

    assert ["last words"] == [one["text"] for one in heard]


@ensureDeferred
async def test_closing_one_half_hears_all_answers(server: Server) -> None:
    """A client that sends all requests and closes its half at once still gets every answer, then the end."""
    alice = await server.connect("Alice")
    alice.says("create", "R", id="create")
    for number in range(100):
        alice.says("group", "R", "hello", id=str(number))
    alice.stops_talking()
    heard = await alice.closed()

    assert ["create", *map(str, range(100))] == [one["id"] for one in heard if "id" in one]


@ensureDeferred
async def test_name_taken(server: Server) -> None:
    """A classic client with a taken name reads one error with one `recv`, and then the end."""
    await server.connect("Alice")
    second = await classic(server, "Alice")
    refused = await in_thread(second.sign_in)
    rest = await in_thread(second.recv, 1024)

    assert ("error", "Username already taken. Please try another.", b"") == (
        refused["status"],
        refused["text"],
        rest,
    )


@ensureDeferred
async def test_every_event_has_what_a_classic_client_looks_up(server: Server) -> None:
    """Every message to a classic client has `status`, `sender`, `receiver` and `text`, all strings."""
    bob = await server.connect("Bob")
    alice = await classic(server, "Alice")
    heard = [await in_thread(alice.sign_in)]
    for status, receiver in [("create", "R"), ("group", "R"), ("private", "Alice"), ("join", "S"), ("x", "")]:
        await in_thread(alice.request, status, receiver, "hi")
        heard.append(await in_thread(alice.read_line))
    await bob.asks("join", "R")
    heard.append(await in_thread(alice.read_line))

    needed = ["status", "sender", "receiver", "text"]
    assert [[str] * 4] * 7 == [[type(one.get(field)) for field in needed] for one in heard]


@ensureDeferred
async def test_scenario_1_two_user_private_chat(server: Server) -> None:
    """The README's first scenario: Alice writes to Bob, and Bob replies."""
    alice, bob = await classic(server, "Alice"), await classic(server, "Bob")
    screens: dict[str, list[str]] = {"Alice": [], "Bob": []}

    def scene() -> None:
        for person in (alice, bob):
            screens[person.name].append(shown(person.sign_in()))
        alice.request("private", "Bob", "Hey Bob, how are you?")
        screens["Bob"].append(shown(bob.read_line()))
        bob.request("private", "Alice", "I'm good! How about you?")
        screens["Alice"].append(shown(alice.read_line()))

    await in_thread(scene)

    assert {
        "Alice": ["[SUCCESS] Welcome to ClassChat, Alice!", "[Private from Bob] I'm good! How about you?"],
        "Bob": ["[SUCCESS] Welcome to ClassChat, Bob!", "[Private from Alice] Hey Bob, how are you?"],
    } == screens


@ensureDeferred
async def test_scenario_2_group_chat(server: Server) -> None:
    """The README's second scenario: three users in CS350 each see all messages sent while they are there."""
    people = [await classic(server, name) for name in ("Alice", "Bob", "Charlie")]
    alice, bob, charlie = people
    screens: dict[str, list[str]] = {person.name: [] for person in people}

    def see(number: int, *readers: ClassicClient) -> None:
        for reader in readers:
            screens[reader.name] += [shown(one) for one in reader.read_lines(number)]

    def scene() -> None:
        for person in people:
            screens[person.name].append(shown(person.sign_in()))
        alice.request("create", "CS350")
        see(1, alice)
        alice.request("group", "CS350", "Welcome to the CS350 study group!")
        see(1, alice)
        bob.request("join", "CS350")
        see(2, bob)
        see(1, alice)
        bob.request("group", "CS350", "Thanks Alice! Excited to study together.")
        see(1, alice, bob)
        charlie.request("join", "CS350")
        see(2, charlie)
        see(1, alice, bob)
        charlie.request("group", "CS350", "Hey everyone!")
        see(1, alice, bob, charlie)

    await in_thread(scene)

    from_bob = [
        "[CS350 - Bob] Thanks Alice! Excited to study together.",
        "[CS350] Charlie has joined the chat room",
        "[CS350 - Charlie] Hey everyone!",
    ]
    assert {
        "Alice": [
            "[SUCCESS] Welcome to ClassChat, Alice!",
            "[SUCCESS] Chat room 'CS350' created successfully",
            "[CS350 - Alice] Welcome to the CS350 study group!",
            "[CS350] Bob has joined the chat room",
            *from_bob,
        ],
        "Bob": [
            "[SUCCESS] Welcome to ClassChat, Bob!",
            "[SUCCESS] You have joined 'CS350'",
            "[CS350] Bob has joined the chat room",
            *from_bob,
        ],
        "Charlie": [
            "[SUCCESS] Welcome to ClassChat, Charlie!",
            "[SUCCESS] You have joined 'CS350'",
            *from_bob[1:],
        ],
    } == screens
