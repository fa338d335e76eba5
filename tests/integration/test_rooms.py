"""Messages in rooms and in private: their receivers, their order, and the server's events."""

from __future__ import annotations

import re

import pytest
from pytest_twisted import ensureDeferred

from tests.integration.helpers import Client, Line, Server, line, texts, together

PEOPLE, ROOMS, MESSAGES = 500, 50, 4


@ensureDeferred
async def test_500_people_in_50_rooms(server: Server) -> None:
    """Each message reaches every member once; all read the same log, numbered from 1 without a gap."""
    names = {room: [f"P{number}" for number in range(room, PEOPLE, ROOMS)] for room in range(ROOMS)}
    people: dict[int, list[Client]] = {}
    for room, members in names.items():
        people[room] = await together(*(server.connect(name, f"R{room}") for name in members))

    async def chat(person: Client, room: int) -> list[Line]:
        for number in range(MESSAGES):
            person.says("group", f"R{room}", f"{person.name} says {number}", id=str(number))
        said = PEOPLE // ROOMS * MESSAGES
        return [await person.hears("group", receiver=f"R{room}", seq=seq + 1) for seq in range(said)]

    logs: list[list[Line]] = await together(
        *(chat(person, room) for room in range(ROOMS) for person in people[room])
    )
    unexpected = await together(*(one.catches_up() for room in range(ROOMS) for one in people[room]))

    size = PEOPLE // ROOMS
    in_rooms = [logs[room * size : room * size + size] for room in range(ROOMS)]
    said = {
        room: sorted(f"{name} says {number}" for name in names[room] for number in range(MESSAGES))
        for room in range(ROOMS)
    }
    assert (True, said, []) == (
        all(log == logs_of_room[0] for logs_of_room in in_rooms for log in logs_of_room),
        {room: sorted(texts(in_rooms[room][0])) for room in range(ROOMS)},
        [one for lines in unexpected for one in lines if one["status"] != "success"],
    )


@ensureDeferred
async def test_one_order_for_all_readers(server: Server) -> None:
    """When many speak at once, all read the same order, and each speaker's own order in it."""
    people = await together(*(server.connect(f"P{number}") for number in range(10)))
    await people[0].asks("create", "R")
    await together(*(person.asks("join", "R") for person in people[1:]))
    for number in range(50):
        for person in people:
            person.says("group", "R", f"{number}")
    await together(*(person.catches_up() for person in people))
    logs = [
        [one for one in person.everything() if one["status"] == "group" and "seq" in one] for person in people
    ]

    own = [[int(one["text"]) for one in logs[0] if one["sender"] == person.name] for person in people]
    assert (1, list(range(1, 501)), [list(range(50))] * 10) == (
        len({str(log) for log in logs}),
        [one["seq"] for one in logs[0]],
        own,
    )


@ensureDeferred
async def test_group_message(server: Server) -> None:
    """A message to a room is heard by every member, the speaker too, with its number and its time."""
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob", room="R")
    await alice.catches_up()
    alice.says("group", "R", "Hello 🙂")
    heard = [*await alice.catches_up(), *await bob.catches_up()]

    time = heard[0]["time"]
    message = {"status": "group", "sender": "Alice", "receiver": "R", "text": "Hello 🙂", "seq": 1}
    assert ([{**message, "time": time}] * 2, True) == (
        heard,
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time) is not None,
    )


@ensureDeferred
@pytest.mark.parametrize(("status", "receiver"), [("group", "R"), ("private", "Bob")])
async def test_answer_to_what_was_said(server: Server, status: str, receiver: str) -> None:
    """The answer to a message with an `id` carries the number and the time that its hearers read."""
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob", room="R")
    answers = [await alice.asks(status, receiver, text) for text in ["one", "two"]]
    heard = [one for one in await bob.catches_up() if one["sender"] == "Alice"]

    assert [("success", 1, heard[0]["time"]), ("success", 2, heard[1]["time"])] == [
        (one["status"], one["seq"], one["time"]) for one in answers
    ]


@ensureDeferred
async def test_no_answer_without_an_id(server: Server) -> None:
    """A successful `private` without an `id` has no answer."""
    alice, bob = await server.connect("Alice"), await server.connect("Bob")
    alice.says("private", "Bob", "hello")
    heard = [await alice.catches_up(), texts(await bob.catches_up(), "private")]

    assert [[], ["hello"]] == heard


@ensureDeferred
async def test_joining_is_announced(server: Server) -> None:
    """Every member hears who has joined; the new member does, too, after the answer."""
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob")
    bob.says("join", "R")
    heard = [await bob.catches_up(), await alice.catches_up()]

    joined = {
        "status": "group",
        "sender": "SERVER",
        "receiver": "R",
        "text": "Bob has joined the chat room",
        "event": "joined",
        "user": "Bob",
    }
    answer = {
        "status": "success",
        "sender": "SERVER",
        "receiver": "Bob",
        "text": "You have joined 'R'",
        "epoch": server.epoch,
        "seq": 0,
    }
    assert [[answer, joined], [joined]] == heard


@ensureDeferred
async def test_creating_makes_the_first_member(server: Server) -> None:
    """The creator of a room gets one answer, and is its only member."""
    alice, bob = await server.connect("Alice"), await server.connect("Bob")
    alice.says("create", "R")
    heard = [*await alice.catches_up(), *await bob.catches_up()]
    members = await alice.asks("users", "R")

    answer = {
        "status": "success",
        "sender": "SERVER",
        "receiver": "Alice",
        "text": "Chat room 'R' created successfully",
        "epoch": server.epoch,
        "seq": 0,
    }
    assert ([answer], [{"name": "Alice", "moderator": True}]) == (heard, members["users"])


@ensureDeferred
async def test_leaving_is_announced(server: Server) -> None:
    """A user who leaves gets an answer and hears nothing else of the room; the others hear of the leave."""
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob", room="R")
    await alice.catches_up()
    bob.says("leave", "R")
    left = await alice.hears("group", sender="SERVER", receiver="R")
    await alice.asks("group", "R", "is Bob gone?")
    heard = await bob.catches_up()

    assert ("Bob has left the chat room", [("success", "You have left 'R'")]) == (
        left["text"],
        [(one["status"], one["text"]) for one in heard],
    )


@ensureDeferred
@pytest.mark.parametrize("how", ["quit", "quit with an id", "close", "half-close", "reset"])
async def test_going_away_is_announced(server: Server, how: str) -> None:
    """However a connection ends, each of its rooms hears once that its user has left."""
    alice = await server.connect("Alice", room="R1")
    carol = await server.connect("Carol", room="R2")
    bob = await server.connect("Bob", room="R1")
    await bob.asks("join", "R2")
    await together(alice.catches_up(), carol.catches_up())
    match how:
        case "quit":
            bob.says("quit")
        case "quit with an id":
            bob.says("quit", id="bye")
        case "close":
            bob.hangs_up()
        case "half-close":
            bob.stops_talking()
        case "reset":
            await bob.vanishes()
    await bob.closed()
    await server.connections(2)
    heard = [texts(await alice.catches_up()), texts(await carol.catches_up())]

    assert [["Bob has left the chat room"], ["Bob has left the chat room"]] == heard


@ensureDeferred
async def test_quit_after_requests(server: Server) -> None:
    """Requests before `quit` are carried out and answered before the connection closes."""
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob")
    bob.send(
        line("join", receiver="R", id="1")
        + line("group", receiver="R", text="bye", id="2")
        + line("quit", id="3")
        + line("group", receiver="R", text="never", id="4")
    )
    heard = await bob.closed()
    await server.connections(1)
    told = texts(await alice.catches_up())

    assert (
        ["1", "2", "3"],
        ["Bob has joined the chat room", "bye", "Bob has left the chat room"],
    ) == ([one["id"] for one in heard if "id" in one], told)


@ensureDeferred
async def test_name_is_free_again(server: Server) -> None:
    """After a quit the name is free for another user, who is in none of the former one's rooms."""
    alice = await server.connect("Alice", room="R")
    await alice.asks("quit")
    await alice.closed()
    await server.connections(0)
    again = await server.connect("Alice")
    answer = await again.asks("group", "R", "hello")

    assert "not_a_member" == answer["code"]


@ensureDeferred
async def test_room_stays_when_all_have_left(server: Server) -> None:
    """A room that everybody has left still exists, and its numbers continue."""
    alice = await server.connect("Alice", room="R")
    await alice.asks("group", "R", "one")
    await alice.asks("leave", "R")
    rooms = await alice.asks("rooms")
    await alice.asks("join", "R")
    answer = await alice.asks("group", "R", "two")

    assert ([{"name": "R", "members": 0}], 2) == (rooms["rooms"], answer["seq"])


@ensureDeferred
async def test_only_members_hear(server: Server) -> None:
    """Only a room's members hear its messages."""
    alice = await server.connect("Alice", room="R")
    bob, carol = await server.connect("Bob", room="S"), await server.connect("Carol")
    await alice.asks("group", "R", "secret")
    heard = [await bob.catches_up(), await carol.catches_up()]

    assert [[], []] == heard


@ensureDeferred
async def test_joining_does_not_show_the_past(server: Server) -> None:
    """A new member hears later messages only, even if all requests arrive at once."""
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob")
    carol = await server.connect("Carol", room="R")
    spoken = b"".join(line("group", receiver="R", text=str(number)) for number in range(20))
    alice.send(spoken)
    bob.send(line("join", receiver="R"))
    carol.send(spoken)
    await together(*(person.catches_up() for person in [alice, carol, bob]))
    heard = [one["text"] for one in bob.everything() if "id" not in one]

    log = texts(alice.everything())
    assert ["You have joined 'R'", *log[log.index("Bob has joined the chat room") :]] == heard


@ensureDeferred
async def test_requests_see_what_was_done_before(server: Server) -> None:
    """A request that arrives together with others sees the changes of those before it."""
    alice = await server.connect("Alice")
    steps = [("create", "1"), ("users", "2"), ("leave", "3"), ("rooms", "4"), ("join", "5"), ("users", "6")]
    alice.send(b"".join(line(status, receiver="R", id=id) for status, id in steps))
    answers = {one["id"]: one for one in await alice.catches_up() if "id" in one}

    alone = [{"name": "Alice", "moderator": True}]
    assert (alone, [{"name": "R", "members": 0}], alone) == (
        answers["2"]["users"],
        answers["4"]["rooms"],
        answers["6"]["users"],
    )


@ensureDeferred
async def test_sender_is_who_is_connected(server: Server) -> None:
    """The sender in a message is ignored: no user can speak as another one."""
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob")
    alice.send(line("group", sender="Bob", receiver="R", text="I am Bob"))
    alice.send(line("private", sender="SERVER", receiver="Bob", text="I am SERVER"))
    heard = [(await alice.next())["sender"], (await bob.next())["sender"]]

    assert ["Alice", "Alice"] == heard


@ensureDeferred
async def test_private_message(server: Server) -> None:
    """A private message is heard only by its receiver."""
    alice, bob, carol = await together(*(server.connect(name) for name in ["Alice", "Bob", "Carol"]))
    alice.says("private", "Bob", "Hey Bob, how are you?")
    heard = [await alice.catches_up(), await bob.catches_up(), await carol.catches_up()]

    heard[1][0].pop("time")
    assert [
        [],
        [
            {
                "status": "private",
                "sender": "Alice",
                "receiver": "Bob",
                "text": "Hey Bob, how are you?",
                "seq": 1,
            }
        ],
        [],
    ] == heard


@ensureDeferred
async def test_private_message_to_oneself(server: Server) -> None:
    """A private message to oneself arrives once."""
    alice = await server.connect("Alice")
    alice.says("private", "alice", "note to self")
    heard = await alice.catches_up()

    assert [("private", "Alice", "Alice", "note to self", 1)] == [
        (one["status"], one["sender"], one["receiver"], one["text"], one["seq"]) for one in heard
    ]


@ensureDeferred
async def test_private_conversation_keeps_its_order(server: Server) -> None:
    """Both sides of a private conversation are numbered together, in the order in which they are heard."""
    alice, bob = await server.connect("Alice"), await server.connect("Bob")
    for number in range(100):
        alice.says("private", "Bob", str(number))
        bob.says("private", "Alice", str(number))
    heard = [await alice.catches_up(), await bob.catches_up()]

    numbers = [[one["seq"] for one in lines] for lines in heard]
    said = list(map(str, range(100)))
    assert ([said, said], [sorted(one) for one in numbers], list(range(1, 201))) == (
        [texts(lines, "private") for lines in heard],
        numbers,
        sorted(numbers[0] + numbers[1]),
    )


@ensureDeferred
async def test_conversations_are_numbered_apart(server: Server) -> None:
    """Every room and every private conversation counts for itself, from 1."""
    alice = await server.connect("Alice", room="R")
    await alice.asks("create", "S")
    await server.connect("Bob")
    await server.connect("Carol")
    said = [
        ("group", "R"),
        ("group", "S"),
        ("private", "Bob"),
        ("private", "Carol"),
        ("private", "Alice"),
        ("group", "R"),
        ("private", "Bob"),
    ]
    answers = [await alice.asks(*message, "hello") for message in said]

    assert [1, 1, 1, 1, 1, 2, 2] == [one["seq"] for one in answers]


@ensureDeferred
async def test_listing_users(server: Server) -> None:
    """`users` lists the signed-in users, or the members of a room, for people and for programs."""
    alice = await server.connect("Alice", room="R")
    await server.connect("Carol")
    await server.connect("bob", room="R")
    await server.dial("nobody")
    everybody, members = await alice.asks("users"), await alice.asks("users", "R")

    assert [
        ("success", "Users online: Alice, bob, Carol", ["Alice", "bob", "Carol"]),
        ("success", "Members of 'R': Alice, bob", ["Alice", "bob"]),
    ] == [
        (one["status"], one["text"], [user["name"] for user in one["users"]]) for one in (everybody, members)
    ]


@ensureDeferred
async def test_listing_rooms(server: Server) -> None:
    """`rooms` lists all rooms with how many are in them, whether one is in them or not."""
    alice = await server.connect("Alice")
    before = await alice.asks("rooms")
    await server.connect("Bob", room="CS350")
    await server.connect("Carol", room="CS350")
    await server.connect("Dora", room="art")
    after = await alice.asks("rooms")

    assert ([], [{"name": "art", "members": 1}, {"name": "CS350", "members": 2}], True, True) == (
        before["rooms"],
        after["rooms"],
        "CS350" in after["text"],
        "art" in after["text"],
    )


@ensureDeferred
async def test_everything_a_batch_may_hold(server: Server) -> None:
    """Joining, speaking and leaving again and again in one go is heard as if it were done one by one."""
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob")
    once = ["Bob has joined the chat room", "hi", "Bob has left the chat room"]
    bob.send(
        (line("join", receiver="R") + line("group", receiver="R", text="hi") + line("leave", receiver="R"))
        * 20
    )
    heard_by_bob = [one["text"] for one in await bob.catches_up()]
    heard_by_alice = texts(await alice.catches_up())

    own = ["You have joined 'R'", "Bob has joined the chat room", "hi", "You have left 'R'"]
    assert (once * 20, own * 20) == (heard_by_alice, heard_by_bob)
