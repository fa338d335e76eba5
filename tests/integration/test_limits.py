"""Every limit of docs/protocol.md, section *Limits*: one under, at, and one over."""

from __future__ import annotations

import json
from unicodedata import normalize

import pytest
from pytest_twisted import ensureDeferred

from tests.integration.helpers import Serve, Server, each_visit, in_thread, line, only_lines, texts, together

LINE = 65_536
BMP, ASTRAL = "語", "𠀀"


@pytest.fixture(params=["lines", "websocket"])
def door(request: pytest.FixtureRequest) -> str:
    """Return how the clients come in: what holds for lines holds for a WebSocket."""
    return str(request.param)


def ping_of(size: int, ending: bytes = b"\n") -> bytes:
    """Return a `ping` that is so many bytes long, its ending included."""
    bare = json.dumps({"status": "ping", "id": "long", "pad": ""}).encode() + ending
    return bare.replace(b'""', b'"' + b"x" * (size - len(bare)) + b'"')


# A line.


@ensureDeferred
@only_lines
@each_visit("ending", [b"\n", b"\r\n"])
@each_visit(("size", "answer"), [(LINE - 1, "pong"), (LINE, "pong"), (LINE + 1, "too_long")])
async def test_line(server: Server, size: int, answer: str, ending: bytes) -> None:
    """A line is at most 65 536 bytes with its ending; a longer one is refused, and the next one is read."""
    alice = await server.connect("Alice")
    alice.send(ping_of(size, ending))
    heard = await alice.catches_up()

    assert [answer] == [one.get("code", one["text"]) for one in heard]


@ensureDeferred
@only_lines
@each_visit(("size", "answer"), [(LINE, "pong"), (LINE + 1, "too_long")])
async def test_line_in_two_pieces(server: Server, size: int, answer: str) -> None:
    """A line is measured as a whole, also when none of the pieces in which it arrives is too long."""
    alice = await server.connect("Alice")
    whole = ping_of(size)
    alice.send(line("ping", id="first") + whole[:2_000])
    await alice.hears("success", id="first")
    alice.send(whole[2_000:])
    heard = await alice.catches_up()

    assert [answer] == [one.get("code", one["text"]) for one in heard]


@ensureDeferred
@only_lines
async def test_too_long_line_says_the_limit(server: Server) -> None:
    """The error about too long a line has the limit."""
    alice = await server.connect("Alice")
    alice.send(ping_of(LINE + 1))
    told = await alice.next()

    assert ("error", "too_long", True) == (told["status"], told["code"], "65536 bytes" in told["text"])


@ensureDeferred
@only_lines
async def test_too_long_lines_are_refused_one_by_one(server: Server) -> None:
    """Each line that is too long gets one error, and those between are obeyed."""
    alice = await server.connect("Alice")
    for size in [LINE + 1, 200, LINE * 3, LINE, LINE * 2 + 1]:
        alice.send(ping_of(size))
    heard = await alice.catches_up()

    assert ["too_long", "pong", "too_long", "pong", "too_long"] == [
        one.get("code", one["text"]) for one in heard
    ]


@ensureDeferred
@only_lines
async def test_too_long_first_line(server: Server) -> None:
    """A first line that is too long is refused, and the client may still sign in."""
    alice = await server.dial("Alice")
    alice.send(b"A" * (LINE * 2) + b"\n" + b"Alice\n")
    heard = [await alice.next(), await alice.next()]

    assert ["too_long", "Welcome to ClassChat, Alice!"] == [one.get("code", one["text"]) for one in heard]


# A text.


@ensureDeferred
@each_visit("letter", ["x", "é", BMP, "🙂", "\n", '"', "\\"])
@each_visit("size", [0, 9_999, 10_000])
async def test_text_that_fits(server: Server, letter: str, size: int) -> None:
    """A text of up to 10 000 characters, of however many bytes, arrives whole."""
    alice = await server.connect("Alice")
    alice.says("private", "Alice", letter * size)
    heard = await alice.next()

    assert ("private", letter * size) == (heard["status"], heard["text"])


@ensureDeferred
@each_visit("status", ["private", "group"])
@each_visit("letter", ["x", "🙂"])
async def test_text_that_does_not_fit(server: Server, status: str, letter: str) -> None:
    """A text of 10 001 characters is refused with the limit, and is not delivered."""
    alice = await server.connect("Alice", room="Room")
    alice.says(status, "Alice" if status == "private" else "Room", letter * 10_001)
    heard = await alice.catches_up()

    assert [("error", "too_long", True)] == [
        (one["status"], one["code"], "10000 characters" in one["text"]) for one in heard
    ]


@ensureDeferred
@each_visit("status", ["private", "group"])
async def test_control_characters(server: Server, status: str) -> None:
    """Control characters arrive as U+FFFD, but for newline and tab."""
    alice = await server.connect("Alice", room="Room")
    controls = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0)]))
    alice.says(status, "Alice" if status == "private" else "Room", f"[{controls}]")
    heard = await alice.next()

    shown = "".join(one if one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in controls)
    assert f"[{shown}]" == heard["text"]


# Names.

NAMES = ["x", "é", BMP, ASTRAL, "ش", "e\N{COMBINING ACUTE ACCENT}", "-", "9"]  # letters as they are composed


@ensureDeferred
@each_visit("letters", NAMES)
@each_visit(("size", "answer"), [(31, "success"), (32, "success"), (33, "invalid_name")])
async def test_user_name_length(server: Server, letters: str, size: int, answer: str) -> None:
    """A user's name is up to 32 characters of any script, however many code points each takes."""
    name = letters * size
    somebody = await server.dial(name)
    heard = await somebody.asks("register")

    assert (answer, normalize("NFC", name) if answer == "success" else "") == (
        heard.get("code", heard["status"]),
        heard["receiver"],
    )


@ensureDeferred
@pytest.mark.parametrize("letters", NAMES)  # two of them make the same names
@each_visit(("size", "answer"), [(63, "success"), (64, "success"), (65, "invalid_name")])
async def test_room_name_length(server: Server, letters: str, size: int, answer: str) -> None:
    """A room's name is up to 64 characters of any script, however many code points each takes."""
    name = letters * size
    alice = await server.connect("Alice")
    before = await alice.asks("rooms")
    heard = await alice.asks("create", name)
    rooms = await alice.asks("rooms")

    shown = name if len(name) <= 64 else normalize("NFC", name)
    assert (answer, {shown} if answer == "success" else set()) == (
        heard.get("code", heard["status"]),
        {room["name"] for room in rooms["rooms"]} - {room["name"] for room in before["rooms"]},
    )


@ensureDeferred
@each_visit("name", ["张伟", "عمر", "Владимир", "नमस्ते", "Zoë", "o.k_-9", "X"])
async def test_names_of_any_script(server: Server, name: str) -> None:
    """Letters, digits and marks of any script make a name, and it arrives as it was spelled."""
    somebody = await server.connect(name)
    await somebody.asks("private", name, "hello")
    users = await somebody.asks("users")

    assert [{"name": name}] == users["users"]


@ensureDeferred
@each_visit(
    ("first", "second"),
    [
        ("Alice", "ALICE"),
        ("Zoë", "ZOË"),
        ("Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}", "Zoe\N{COMBINING DIAERESIS}"),
        ("Владимир", "владимир"),
        ("Νίκος", "ΝΊΚΟΣ"),
        ("Alice", "ａｌｉｃｅ"),
        ("Kim", "\N{KELVIN SIGN}im"),
    ],
)
async def test_names_that_differ_only_in_case(server: Server, first: str, second: str) -> None:
    """A name in another spelling is taken, finds its user, and is shown as it was first spelled."""
    alice = await server.connect(first)
    other = await server.dial()
    other.send(line("register", sender=second, id="1"))
    refused = await other.next()
    answer = await alice.asks("private", second, "hello")
    users = await alice.asks("users")

    assert ("username_taken", "success", [{"name": first}]) == (
        refused["code"],
        answer["status"],
        users["users"],
    )


@ensureDeferred
@each_visit("name", ["Zoe\N{COMBINING DIAERESIS}", "Ｚｏë"])
async def test_a_user_is_told_how_he_is_shown(server: Server, name: str) -> None:
    """An accent of its own, and letters of another width, are shown as they are usually written."""
    zoe = await server.dial()
    zoe.send(line("register", sender=name, id="1"))
    welcome = await zoe.next()
    users = await zoe.asks("users")

    assert ("Zoë", "Welcome to ClassChat, Zoë!") == (welcome["receiver"], welcome["text"])
    assert [{"name": "Zoë"}] == users["users"]


@ensureDeferred
@each_visit(
    ("taken", "name"), [("Alice", "Аlice"), ("Alice", "alıce"), ("Bob", "Serνer"), ("Straße", "STRASSE")]
)
async def test_names_that_look_alike(server: Server, taken: str, name: str) -> None:
    """A name too similar to one in use, or to the server's, is refused while that one is in use."""
    somebody = await server.connect(taken)
    other = await server.dial()
    other.send(line("register", sender=name, id="1"))
    refused = await other.next()
    await somebody.asks("quit")
    await somebody.closed()
    other.send(line("register", sender=name, id="2"))
    again = await other.next()

    assert ("name_too_similar", "1") == (refused["code"], refused["id"])
    assert ("success" if taken != "Bob" else "error") == again["status"]


@ensureDeferred
async def test_rooms_that_differ_only_in_case(server: Server) -> None:
    """A room in another spelling exists, can be joined and spoken in, and is shown as first spelled."""
    alice = await server.connect("Alice", room="CS350")
    bob = await server.connect("Bob")
    heard = [await bob.asks("create", "cs350"), await bob.asks("join", "cS350")]
    bob.says("group", "Cs350", "hello")
    said = await alice.hears("group", sender="Bob")
    heard.append(await bob.asks("join", "cs350"))
    heard.append(await bob.asks("leave", "cs350"))
    heard.append(await bob.asks("group", "cs350"))

    assert [
        "Chat room 'CS350' already exists",
        "You have joined 'CS350'",
        "Already a member of room 'CS350'",
        "You have left 'CS350'",
        "You are not a member of room 'CS350'",
        "CS350",
    ] == [*(one["text"] for one in heard), said["receiver"]]


@ensureDeferred
@each_visit("name", ["SERVER", "server", "SeRvEr", "\N{LATIN SMALL LETTER LONG S}erver"])
async def test_server_is_nobodys_name(server: Server, name: str) -> None:
    """No user can have the name `SERVER`, in any spelling, so no message can be sent to it."""
    somebody = await server.dial(name)
    refused = await somebody.asks("register")
    alice = await server.connect("Alice")
    told = await alice.asks("private", name, "hello")

    assert ("invalid_name", "user_not_found") == (refused["code"], told["code"])


# Rooms.


@ensureDeferred
async def test_rooms_of_a_user(serve: Serve) -> None:
    """A user in the maximum number of rooms can neither create nor join another one before leaving one."""
    server = await serve(rooms_of_user=2)
    await server.connect("Bob", room="B1")
    alice = await server.connect("Alice")
    asked = [("create", "A1"), ("join", "B1"), ("create", "A2"), ("join", "B1"), ("leave", "A1")]
    heard = [await alice.asks(*request) for request in asked]
    await server.connect("Carol", room="C1")
    heard += [await alice.asks("join", "C1"), await alice.asks("create", "A3")]

    assert ["success", "success", "too_many", "already_member", "success", "success", "too_many"] == [
        one.get("code", one["status"]) for one in heard
    ]


@ensureDeferred
async def test_hundred_rooms_of_a_user(server: Server) -> None:
    """A user is in up to 100 rooms; the hundred and first is refused with the limit."""
    alice = await server.connect("Alice")
    heard = [await alice.asks("create", f"R{number}") for number in range(101)]

    assert (["success"] * 100, "too_many", True) == (
        [one["status"] for one in heard[:100]],
        heard[100]["code"],
        "100" in heard[100]["text"],
    )


@ensureDeferred
async def test_rooms_of_a_server(serve: Serve) -> None:
    """A server has a maximum number of rooms; existing ones can still be joined."""
    server = await serve(rooms=2)
    alice = await server.connect("Alice", room="R1")
    bob = await server.connect("Bob", room="R2")
    heard = [
        await alice.asks("create", "R3"),
        await bob.asks("create", "R3"),
        await bob.asks("create", "R1"),
        await bob.asks("join", "R1"),
    ]

    assert ["too_many", "too_many", "room_exists", "success"] == [
        one.get("code", one["status"]) for one in heard
    ]


@ensureDeferred
async def test_long_listings_fit_in_a_line(serve: Serve) -> None:
    """A listing that does not fit into one line is cut, and says how many entries are left out."""
    server = await serve(rooms_of_user=300)
    alice = await server.connect("Alice")
    for number in range(300):
        alice.says("create", f"{number:03}" + ASTRAL * 61)
    await alice.catches_up()
    before = len(alice.heard)
    rooms = await alice.asks("rooms")

    size = max(map(len, alice.heard[before:])) + 1
    assert (True, 300) == (size <= LINE, len(rooms["rooms"]) + rooms["more"])


# How far a reader may be behind. Nothing is sent to a classic client before its next line, or for a second;
# until then it is behind by exactly the bytes of its events.


@ensureDeferred
@only_lines
@pytest.mark.parametrize(("excess", "expected"), [(-1, ["private"]), (0, ["private"]), (1, ["slow_reader"])])
async def test_behind(serve: Serve, excess: int, expected: list[str]) -> None:
    """A reader may be behind by exactly the limit; with one byte more it is told so and disconnected."""
    server = await serve(behind=1_000, welcome_alone=3600.0)
    alice, carl = await server.connect("Alice"), await server.connect("Carl")
    dora = await server.dial("Dora")
    dora.send(b"Dora\n")
    await dora.next()
    await alice.asks("private", "Carl", "")
    await carl.next()
    empty = len(carl.heard[-1]) + 1
    await alice.asks("private", "Dora", "x" * (1_000 + excess - empty))
    dora.says("quit")
    heard = await dora.closed()

    assert expected == [one.get("code", one["status"]) for one in heard]


@ensureDeferred
async def test_stuck_reader_is_told_why_last(serve: Serve) -> None:
    """A reader behind by more than the limit is told so in its last line, and disconnected."""
    server = await serve(send_buffer=4096, behind=65_536)
    alice = await server.connect("Alice", room="R")
    bob = await server.raw("Bob", room="R")
    for number in range(60):
        alice.says("private", "Bob", f"{number:02}" + "x" * 9_000)
    left = await alice.hears("group", text="Bob has left the chat room")
    *heard, last = map(json.loads, (await in_thread(bob.read_to_end)).splitlines())

    numbers = [int(text[:2]) for text in texts(heard, "private")]
    assert ("R", "slow_reader", True, list(range(len(numbers)))) == (
        left["receiver"],
        last["code"],
        "65536 bytes" in last["text"],
        numbers,
    )


@ensureDeferred
@only_lines
async def test_bounds_at_the_same_time(server: Server) -> None:
    """Limits of lines and texts hold for each client separately."""
    people = await together(*(server.connect(f"P{number}") for number in range(5)))
    for person in people:
        person.send(ping_of(LINE + 1)[:40_000])
    for person in people:
        person.send(ping_of(LINE)[40_000:])
    heard = await together(*(person.catches_up() for person in people))

    assert [["pong"]] * 5 == [[one["text"] for one in lines] for lines in heard]
