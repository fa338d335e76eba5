"""Arbitrary bytes affect only their own connection: an error of the sender, never a failure of the server.

The fixture `nothing_logged` checks that no failure is logged.
"""

from __future__ import annotations

import itertools
import random
import tracemalloc

import pytest
from pytest_twisted import ensureDeferred

from tests.integration.helpers import Client, Serve, Server, each_visit, in_thread, line, texts, together

DEEP = 60_000

NO_MESSAGE = {
    "an empty line": b"",
    "a carriage return": b"\r",
    "white space": b" \t ",
    "null": b"null",
    "a list": b"[]",
    "a list of a message": b'[{"status":"ping"}]',
    "a string": b'"ping"',
    "a number": b"17",
    "true": b"true",
    "an empty object": b"{}",
    "no status": b'{"sender":"Alice","receiver":"Bob","text":"hi"}',
    "half an object": b'{"status":"ping"',
    "two objects": b'{"status":"ping"}{"status":"ping"}',
    "something after the object": b'{"status":"ping"}x',
    "single quotes": b"{'status':'ping'}",
    "a trailing comma": b'{"status":"ping",}',
    "a comment": b'{"status":"ping"}//',
    "a bare name": b"Alice",
    "invalid UTF-8 alone": b"\xff\xfe\x80\x81",
    "invalid UTF-8 in a text": b'{"status":"private","receiver":"Mallory","text":"\xff"}',
    "invalid UTF-8 in a field nobody knows": b'{"status":"ping","other":"\xc3\x28"}',
    "invalid UTF-8 as a key": b'{"status":"ping","\xff":1}',
    "overlong UTF-8": b'{"status":"private","receiver":"Mallory","text":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"status":"private","receiver":"Mallory","text":"\xed\xa0\x80"}',
    "half a character at the end": b'{"status":"ping"}\xf0\x9f',
    "UTF-16 with a mark": '{"status":"ping"}'.encode("utf-16"),
    "UTF-16": '{"status":"ping"}'.encode("utf-16-be"),
    "UTF-32": '{"status":"ping"}'.encode("utf-32-be"),
    "open brackets": b"[" * DEEP,
    "open braces": b'{"a":' * (DEEP // 5),
    "open brackets in an object": b'{"status":"ping","a":' + b"[" * DEEP,
    "open brackets in the text": b'{"status":"group","receiver":"R","text":' + b"[" * DEEP,
    "open brackets in the status": b'{"status":' + b"[" * DEEP,
    "NaN": b'{"status":"private","receiver":"Mallory","text":NaN}',
    "NaN in a field nobody knows": b'{"status":"ping","a":NaN}',
    "Infinity": b'{"status":"ping","a":-Infinity}',
    "400 digits as a text": b'{"status":"private","receiver":"Mallory","text":' + b"7" * 400 + b"}",
    "400 digits alone": b"7" * 400,
    "400 digits as the status": b'{"status":' + b"7" * 400 + b"}",
    "duplicate statuses": b'{"status":"ping","status":"rooms"}',
    "a lone surrogate": b'{"status":"private","receiver":"Mallory","text":"\\ud800"}',
    "a lone low surrogate": b'{"status":"private","receiver":"Mallory","text":"\\udc00 ..."}',
    "a surrogate pair turned round": b'{"status":"private","receiver":"Mallory","text":"\\udc00\\ud800"}',
    "a lone surrogate in the status": b'{"status":"\\ud800"}',
    "a raw control character": b'{"status":"private","receiver":"Mallory","text":"\x00"}',
    "NUL": b"\x00",
    "a TLS client": bytes.fromhex("16030100c8010000c40303"),
    "an HTTP client": b"GET / HTTP/1.1\r",
}


@ensureDeferred
@each_visit("what", NO_MESSAGE)
async def test_noise_gets_one_error(server: Server, what: str) -> None:
    """A line that is not a message gets the documented error once, and the next line is read."""
    mallory = await server.connect("Mallory")
    mallory.send(NO_MESSAGE[what] + b"\n")
    heard = await mallory.catches_up()

    assert [("error", "invalid_format", True, True)] == [
        (
            one["status"],
            one["code"],
            one["text"].startswith("Invalid message format: "),
            len(one["text"]) < 300,
        )
        for one in heard
    ]


WRONG = {"null": "null", "a number": "1", "true": "true", "a list": '["x"]', "an object": '{"x":"y"}'}
FIELDS = [*itertools.product(["status", "sender", "receiver", "text"], WRONG), ("id", "a number")]


@ensureDeferred
@each_visit(("field", "what"), [*FIELDS, ("id", "true"), ("id", "a list"), ("id", "an object")])
async def test_wrong_types(server: Server, field: str, what: str) -> None:
    """A field of the wrong type is an error, with the `id` of the request where that could be read."""
    fields = {"status": '"group"', "sender": '"M"', "receiver": '"R"', "text": '"t"', "id": '"7"'}
    fields[field] = WRONG[what]
    mallory = await server.connect("Mallory", room="R")
    pairs = ",".join(f'"{key}":{value}' for key, value in fields.items())
    mallory.send(f"{{{pairs}}}\n".encode())
    heard = await mallory.catches_up()

    assert [("invalid_format", None if field == "id" else "7")] == [
        (one["code"], one.get("id")) for one in heard
    ]


ODD = {
    "a field nobody knows": b'{"status":"ping","other":{"a":[1,2,{"b":null}]}}',
    "400 digits in a field nobody knows": b'{"status":"ping","n":' + b"7" * 400 + b"}",
    "an exponent beyond any float": b'{"status":"ping","n":1e999}',
    "a carriage return at the end": b'{"status":"ping"}\r',
    "white space around": b'  {"status" : "ping"}\t',
    "status last": b'{"text":"","sender":"","status":"ping"}',
    "an escaped status": b'{"status":"\\u0070ing"}',
    "duplicate texts": b'{"text":"a","status":"ping","text":"b"}',
    "a surrogate pair": b'{"status":"ping","text":"\\ud83d\\ude42"}',
    "an absent id": b'{"status":"ping","id":null}',
    "2 000 fields": b'{"status":"ping"' + b"".join(b',"f%d":0' % number for number in range(2_000)) + b"}",
}


@ensureDeferred
@each_visit("what", ODD)
async def test_odd_but_valid(server: Server, what: str) -> None:
    """An odd but valid message is carried out; unknown fields are ignored."""
    mallory = await server.connect("Mallory")
    mallory.send(ODD[what] + b"\n")
    heard = await mallory.catches_up()

    assert [("success", "pong")] == [(one["status"], one["text"]) for one in heard]


FIRST_LINES = {
    "an empty line": (b"", "invalid_name"),
    "a list": (b"[]", "invalid_name"),
    "open brackets": (b"[" * DEEP, "invalid_name"),
    "a message after a space": (b' {"status":"register","sender":"Mallory"}', "invalid_name"),
    "invalid UTF-8": (b"\xff\xfe", "invalid_format"),
    "UTF-16": ("Mallory".encode("utf-16"), "invalid_format"),
    "accents without end": (b"e" + "\N{COMBINING ACUTE ACCENT}".encode() * 30_000, "invalid_name"),
    "a NUL": (b"Mall\x00ory", "invalid_name"),
    "an escape sequence": (b"\x1b[2J", "invalid_name"),
    "an HTTP client": (b"GET / HTTP/1.1\r", "invalid_name"),
}


@ensureDeferred
@each_visit("what", FIRST_LINES)
async def test_noise_as_a_bare_name(server: Server, what: str) -> None:
    """A first line without `{` that is not a valid name is refused, and the connection closes."""
    noise, code = FIRST_LINES[what]
    mallory = await server.dial()
    mallory.send(noise + b"\nMallory\n")
    heard = await mallory.closed()

    assert ([code], []) == ([one["code"] for one in heard], list(server.factory.users))


@ensureDeferred
@each_visit(
    "noise",
    [b"{", b"{}", b'{"status":"register"', b'{"a":' * 12_000, '{"status"'.encode("utf-16-le")],
)
async def test_noise_as_a_register(server: Server, noise: bytes) -> None:
    """A first line that starts with `{` and is not a message is refused, and the client may try again."""
    mallory = await server.dial("Mallory")
    mallory.send(noise + b"\n")
    refused = await mallory.next()
    welcomed = await mallory.asks("register")

    assert ("invalid_format", "success") == (refused["code"], welcomed["status"])


@ensureDeferred
@each_visit("value", ["null", "1", "[]", "{}", '"\\ud800"', '"\\u0000"', '""', '"a b"'])
async def test_register_as_nobody(server: Server, value: str) -> None:
    """A `register` with an invalid name is refused, and signs no one in."""
    mallory = await server.dial()
    mallory.send(f'{{"status":"register","sender":{value}}}\n'.encode())
    refused = await mallory.next()

    assert ("error", True, []) == (
        refused["status"],
        refused["code"] in ("invalid_name", "invalid_format"),
        list(server.factory.users),
    )


# Much of it.


@ensureDeferred
async def test_ten_megabytes_without_a_newline(server: Server) -> None:
    """An endless line is refused once, takes only the memory of one line, and the next line is read."""
    mallory = await server.raw("Mallory")

    def flood() -> int:
        block = b"x" * 65_536
        tracemalloc.start()
        try:
            for _ in range(160):
                mallory.send(block)
            mallory.send(b"\n" + line("ping"))
            heard.extend(mallory.read_lines(2))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    heard: list[dict[str, str]] = []
    await in_thread(flood)  # whatever is made only once, also by the measuring of coverage
    heard.clear()
    memory = await in_thread(flood)

    assert (["too_long", None], True) == ([one.get("code") for one in heard], memory < 1_000_000)


@ensureDeferred
async def test_megabytes_of_line_noise(server: Server) -> None:
    """Random bytes get one error for each line and nothing else."""
    mallory = await server.connect("Mallory")
    noise = random.Random(42).randbytes(200_000)  # noqa: S311 (the same dice every time)
    mallory.send(noise + b"\n")
    heard = await mallory.catches_up()

    assert [("error", "invalid_format")] * (noise.count(b"\n") + 1) == [
        (one["status"], one["code"]) for one in heard
    ]


@ensureDeferred
async def test_megabyte_of_empty_lines(serve: Serve) -> None:
    """A client that sends nonsense and reads no answers is not read from, and finally disconnected."""
    server = await serve(send_buffer=4096, goodbye=0.2, stuck=0.3)
    mallory = await server.raw("Mallory")
    await in_thread(mallory.send, b"\n" * 100_000)
    await server.connections(0)

    assert [] == list(server.factory.users)


@ensureDeferred
async def test_others_talk_on_undisturbed(server: Server) -> None:
    """While all sorts of noise arrive on many connections, two others talk as if they were alone."""
    alice, bob = await server.connect("Alice"), await server.connect("Bob")

    async def make_noise(number: int) -> None:
        mallory = await server.connect(f"Mallory{number}")
        for noise in NO_MESSAGE.values():
            mallory.send(noise + b"\n")
        mallory.send(b"y" * 1_000_000)
        await mallory.hears("error", code="too_long")
        await mallory.vanishes()

    async def talk() -> None:
        for number in range(200):
            alice.says("private", "Bob", f"to Bob {number}")
            await bob.hears("private", text=f"to Bob {number}")
            bob.says("private", "Alice", f"to Alice {number}")
            await alice.hears("private", text=f"to Alice {number}")

    heard_before = [len(alice.heard), len(bob.heard)]
    await together(talk(), *(make_noise(number) for number in range(10)))
    await together(alice.catches_up(), bob.catches_up())

    assert [200 + 2, 200 + 2] == [
        len(person.heard) - before for person, before in zip([alice, bob], heard_before, strict=True)
    ]


# Connections that vanish.


@ensureDeferred
@each_visit("half", [b"Ali", b'{"status":"register","sender":"Alice"}', b"", b"Alice\r"])
@each_visit("how", ["closes", "closes one half", "resets"])
async def test_half_open_registration(server: Server, half: bytes, how: str) -> None:
    """A client that is gone before its first line is complete was never signed in."""
    somebody = await server.raw()
    await in_thread(somebody.send, half)
    await server.connections(1)
    match how:
        case "closes":
            await in_thread(somebody.close)
        case "closes one half":
            await in_thread(somebody.stop_talking)
        case "resets":
            await in_thread(somebody.reset)
    await server.connections(0)
    users = list(server.factory.users)
    alice = await server.connect("Alice")

    assert ([], "Alice") == (users, alice.name)


@ensureDeferred
@each_visit("half", [b"Ali", b'{"status":"register","sender":"Alice"}'])
async def test_half_a_first_line_is_nobody(server: Server, half: bytes) -> None:
    """A first line without a newline is not taken for a name, not even for a moment."""
    somebody = await server.dial()
    somebody.send(half)
    somebody.stops_talking()
    heard = await somebody.closed()

    assert [] == heard


ABRUPT = {
    "registering": b"",
    "a join": line("join", receiver="R", id="1"),
    "a create": line("create", receiver="Mine", id="1"),
    "a leave": line("join", receiver="R") + line("leave", receiver="R"),
    "a burst": line("join", receiver="R") + line("group", receiver="R", text="x" * 100) * 200,
    "many joins and leaves": (line("join", receiver="R") + line("leave", receiver="R")) * 50,
    "a burst to itself": line("private", receiver="Mallory", text="x" * 1_000) * 300,
    "a half line": line("join", receiver="R") + b'{"status":"gro',
    "a quit": line("join", receiver="R") + line("quit"),
    "listings": line("users") * 500,
}


@ensureDeferred
@pytest.mark.parametrize("doing", ABRUPT.values(), ids=ABRUPT.keys())
async def test_reset_leaves_no_ghost(server: Server, doing: bytes) -> None:
    """A client with a reset connection, at any moment, is in no registry, and its name is free."""
    alice = await server.connect("Alice", room="R")

    def vanish() -> None:
        with mallory:
            mallory.send(line("register", sender="Mallory") + doing)
            mallory.reset()

    for _ in range(10):
        mallory = await server.raw()
        await server.connections(2)
        await in_thread(vanish)
        await server.connections(1)
    heard = texts(await alice.catches_up())
    users = await alice.asks("users")
    members = await alice.asks("users", "R")
    rooms = await alice.asks("rooms")

    joined, left = (heard.count(f"Mallory has {what} the chat room") for what in ("joined", "left"))
    assert ([{"name": "Alice"}], [{"name": "Alice", "moderator": True}], {("R", 1)}, 0) == (
        users["users"],
        members["users"],
        {(room["name"], room["members"]) for room in rooms["rooms"] if room["name"] != "Mine"},
        joined - left,
    )


@ensureDeferred
async def test_member_resets_while_being_told(server: Server) -> None:
    """Members with connections reset during a delivery do not affect the others."""
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob", room="R")
    doomed: list[Client] = await together(*(server.connect(f"M{number}", room="R") for number in range(20)))
    said = [f"message {number}" for number in range(200)]
    for number, text in enumerate(said):
        alice.says("group", "R", text)
        if number % 10 == 0:
            await doomed[number // 10].vanishes()
    await alice.hears("group", text=said[-1])
    await server.connections(2)
    await bob.catches_up()
    members = await bob.asks("users", "R")

    heard = [one["text"] for one in bob.everything() if one["sender"] == "Alice"]
    assert (said, [{"name": "Alice", "moderator": True}, {"name": "Bob"}]) == (heard, members["users"])


@ensureDeferred
async def test_pings_outlive_noise_split_anywhere(server: Server) -> None:
    """Noise and requests, cut at any place, give the same answers as in one piece."""
    stream = b"".join(
        noise + b"\n" + line("ping", id=str(number))
        for number, noise in enumerate(NO_MESSAGE.values())
        if len(noise) < 1_000
    )
    whole, pieces = await server.connect("Whole"), await server.raw("Pieces")
    whole.send(stream)
    expected = await whole.catches_up()

    def dribble() -> list[dict[str, str]]:
        dice = random.Random(7)  # noqa: S311 (the same dice every time)
        cuts = [0, *sorted(dice.sample(range(len(stream)), 300)), len(stream)]
        for start, end in itertools.pairwise(cuts):
            pieces.send(stream[start:end])
        return pieces.read_lines(len(expected))

    heard = await in_thread(dribble)

    def essence(lines: list[dict[str, str]]) -> list[tuple[str, str | None]]:
        return [(one["text"], one.get("id")) for one in lines]

    assert essence(expected) == essence(heard)
