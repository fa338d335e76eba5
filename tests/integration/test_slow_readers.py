"""A slow reader affects no other client."""

from __future__ import annotations

import json
import tracemalloc

from pytest_twisted import ensureDeferred

from tests.integration.helpers import Client, Line, RawClient, Serve, in_thread, line, texts, together

MEMBERS = 49


def parsed(data: bytes) -> list[Line]:
    """Return the complete lines."""
    return [json.loads(one) for one in data.split(b"\n")[:-1]]


@ensureDeferred
async def test_stuck_reader_delays_nobody(serve: Serve) -> None:
    """While one of fifty members does not read, the others hear everything, and that one does later."""
    server = await serve(send_buffer=4096, behind=100_000_000)
    alice = await server.connect("Alice", room="R")
    others = await together(*(server.connect(f"P{number}", room="R") for number in range(MEMBERS - 1)))
    stuck = await server.raw("Stuck", room="R")
    said = [f"{number} " + "x" * 5_000 for number in range(60)]
    for text in said:
        alice.says("group", "R", text)
    await together(*(one.hears("group", text=said[-1]) for one in others))
    heard = [[one["text"] for one in other.everything() if one.get("seq")] for other in others]
    late = await in_thread(stuck.read_lines, len(said))

    assert ([said] * len(others), said) == (heard, texts(late))


@ensureDeferred
async def test_stuck_reader_is_given_up_on(serve: Serve) -> None:
    """A client that never reads is disconnected at the limit; the others hear of it, and everything else."""
    server = await serve(send_buffer=4096, behind=65_536, goodbye=0.2)
    alice = await server.connect("Alice", room="R")
    others = await together(*(server.connect(f"P{number}", room="R") for number in range(MEMBERS - 1)))
    await server.raw("Stuck", room="R")
    said = [f"{number} " + "x" * 5_000 for number in range(50)]
    for text in said:
        alice.says("group", "R", text)
        await together(*(one.hears("group", text=text) for one in [alice, *others]))
    await server.connections(MEMBERS)
    await together(*(one.catches_up() for one in others))
    heard = [
        [one["text"] for one in other.everything() if one.get("seq") or "Stuck has left" in one["text"]]
        for other in others
    ]

    gone = "Stuck has left the chat room"
    assert ([said] * len(others), [1] * len(others), True) == (
        [[text for text in texts if text != gone] for texts in heard],
        [texts.count(gone) for texts in heard],
        heard[0].index(gone) < len(said),
    )


@ensureDeferred
async def test_given_up_on_hears_whole_lines_and_why(serve: Serve) -> None:
    """A client that reads again before it is disconnected hears whole lines in order, and the reason last."""
    server = await serve(send_buffer=4096, behind=65_536)
    alice = await server.connect("Alice", room="R")
    stuck = await server.raw("Stuck", room="R")
    for number in range(100):
        await alice.asks("group", "R", f"{number:03}" + "x" * 3_000)
    await server.without("Stuck")
    data = await in_thread(stuck.read_to_end)
    *heard, last = parsed(data)

    numbers = [int(text[:3]) for text in texts(heard)]
    assert (True, "slow_reader", list(range(len(numbers)))) == (
        data.endswith(b"\n"),
        last["code"],
        numbers,
    )


@ensureDeferred
async def test_memory_for_a_stuck_reader_is_bounded(serve: Serve) -> None:
    """The server never keeps more than the limit for a client that does not read."""
    server = await serve(send_buffer=4096, behind=262_144, goodbye=0.2)
    alice = await server.connect("Alice")
    await server.raw("Stuck")
    text = "x" * 9_900
    told, refused = 0, []
    tracemalloc.start()
    try:
        while not refused and told < 800:
            alice.says("private", "Stuck", text)
            refused = await alice.catches_up()
            told += 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    await server.connections(1)

    assert (True, ["user_not_found"]) == (peak < 1_000_000, [one["code"] for one in refused])


@ensureDeferred
async def test_name_of_the_given_up_is_free(serve: Serve) -> None:
    """A disconnected slow reader may sign in again at once under the same name, and is in no room."""
    server = await serve(send_buffer=4096, behind=65_536)
    alice = await server.connect("Alice", room="R")
    await server.raw("Stuck", room="R")
    for _ in range(60):
        await alice.asks("group", "R", "x" * 5_000)
    await server.without("Stuck")
    again = await server.connect("Stuck")
    members = await alice.asks("users", "R")
    users = await again.asks("users")

    assert ([{"name": "Alice", "moderator": True}], [{"name": "Alice"}, {"name": "Stuck"}]) == (
        members["users"],
        users["users"],
    )


@ensureDeferred
async def test_many_stuck_readers_at_once(serve: Serve) -> None:
    """Several slow readers disconnected in one delivery leave all their rooms, and the others continue."""
    server = await serve(send_buffer=4096, behind=65_536, goodbye=0.2)
    alice = await server.connect("Alice", room="R")
    bob = await server.connect("Bob", room="R")
    stuck: list[RawClient] = [await server.raw(f"S{number}", room="R") for number in range(10)]
    for _ in range(100):
        alice.says("group", "R", "x" * 5_000)
        await together(*(one.hears("group", sender="Alice") for one in [alice, bob]))
    await server.connections(2)
    await alice.catches_up()
    await bob.catches_up()
    heard = texts(bob.everything())

    gone = sorted(text for text in heard if text.endswith("has left the chat room"))
    assert (sorted(f"S{number} has left the chat room" for number in range(len(stuck))), 100) == (
        gone,
        heard.count("x" * 5_000),
    )


@ensureDeferred
async def test_who_reads_may_ask_for_much_at_once(serve: Serve) -> None:
    """Many large answers to requests of one segment reach a client that reads, whatever their size."""
    server = await serve(rooms_of_user=300)
    alice = await server.connect("Alice")
    for number in range(300):
        alice.says("create", f"{number:03}" + "x" * 61)
    await alice.catches_up()
    alice.send(b'{"status":"rooms","id":"7"}\n' * 60)
    answers = [await alice.hears("success", id="7") for _ in range(60)]

    assert [300] * 60 == [len(answer["rooms"]) for answer in answers]


def seqs(lines: list[Line]) -> list[int]:
    """Return the numbers of the messages among these lines."""
    return [one["seq"] for one in lines if one["status"] in ("group", "private") and one.get("seq")]


PINGS = line("ping", id="7" * 60) * 150
"""Requests with answers larger than the kernel's buffers here, but below the limit for waiting."""


async def says_much(speaker: Client, count: int) -> None:
    """Send so many messages of maximum length to a room."""
    for _ in range(count):
        await speaker.asks("group", "R", "\u4e2d" * 9_900)


async def epoch_of(client: Client) -> str:
    """Return the name of the server's journal."""
    return str((await client.asks("create", "Other"))["epoch"])


@ensureDeferred
async def test_a_reader_who_reads_history_is_not_given_up(serve: Serve) -> None:
    """A page larger than the limit reaches a client that reads, even while other answers wait."""
    server = await serve(send_buffer=4096, behind=65_536)
    alice = await server.connect("Alice", room="R")
    modem = await server.raw("Modem", room="R")
    for _ in range(40):
        await says_much(alice, 1)
        await in_thread(modem.read_line)
    await in_thread(modem.send, PINGS + line("history", receiver="R", limit=40, id="7"))
    answers = await in_thread(modem.read_lines, 150 + 41)

    assert [*range(1, 41)] == seqs(answers)
    assert ["success"] == [one["status"] for one in answers if one.get("id") == "7"]


@ensureDeferred
async def test_a_reader_who_comes_back_is_not_given_up(serve: Serve) -> None:
    """A client that joins with `since` and reads the catch-up slowly misses nothing."""
    server = await serve(send_buffer=4096, behind=65_536)
    alice = await server.connect("Alice", room="R")
    await says_much(alice, 40)
    epoch = await epoch_of(alice)
    modem = await server.raw("Modem")
    await in_thread(modem.send, PINGS + line("join", receiver="R", since={"epoch": epoch, "seq": 0}, id="7"))
    first = await in_thread(modem.read_line)
    await says_much(alice, 5)
    heard = [first, *await in_thread(modem.read_lines, 150 + 45)]
    answer = next(one for one in heard if one.get("id") == "7")

    assert ([*range(1, 46)], None) == (seqs(heard), answer.get("gap"))
    assert [True] * 45 == [
        one.get("replay", False) for one in heard if one.get("seq") and one.get("id") is None
    ]


@ensureDeferred
async def test_what_waits_for_whoever_comes_back_is_bounded(serve: Serve) -> None:
    """While a client does not read its catch-up, only a bounded amount of new messages is kept for it."""
    server = await serve(send_buffer=4096, behind=65_536)
    alice = await server.connect("Alice", room="R")
    await says_much(alice, 20)
    epoch = await epoch_of(alice)
    modem = await server.raw("Modem")
    await in_thread(modem.send, line("join", receiver="R", since={"epoch": epoch, "seq": 0}, id="7"))
    first = await in_thread(modem.read_line)
    await says_much(alice, 60)
    (backlog,) = server.factory.rooms.get("R").catching_up.values()
    kept = backlog.size
    heard = [first]
    while heard[-1].get("id") != "7":
        heard.append(await in_thread(modem.read_line))

    assert kept <= 524_288
    assert (True, 80) == (heard[-1]["gap"], heard[-1]["missed"] + len(seqs(heard[:-1])))
