"""Rooms, messages, listings, history and search."""

from __future__ import annotations

from tests.wire_recording.client import Client
from tests.wire_recording.scenes import scene
from tests.wire_recording.server import Server


def signed_in(server: Server, *names: str) -> list[Client]:
    """Return clients that have signed in under these names."""
    clients = []
    for name in names:
        client = server.connect(name.lower())
        client.registers(name)
        clients.append(client)
    return clients


@scene(file=True)
def requests(server: Server) -> None:
    """All that is asked about rooms and users, with an id and without, granted and refused."""
    alice, bob, carol = signed_in(server, "Alice", "Bob", "Carol")
    alice.registers("Other", id="1")
    alice.registers("Other", token="x" * 43, id="2")
    alice.asks("rooms")
    alice.asks("users")
    alice.asks("create", "CS350", id="3")
    alice.asks("create", "Second")
    alice.asks("create", "cs350", id="4")
    alice.asks("create", "С\u0405350", id="5")
    for number, name in enumerate(
        ["", "two words", "x" * 64, "x" * 65, "SERVER", "error", "\u0405ERVER", "a\u200db"]
    ):
        alice.asks("create", name, id=f"name-{number}")
    bob.asks("join", "cs350", id="1")
    bob.asks("join", "CS350", id="2")
    bob.asks("join", "Nowhere", id="3")
    bob.asks("join", id="4")
    carol.asks("join", "CS350")
    bob.asks("group", "CS350", "with an id", id="5")
    bob.asks("group", "cs350", "without")
    bob.asks("group", "Second", "not there", id="6")
    bob.asks("group", "Nowhere", "not there", id="7")
    bob.asks("group", "CS350", id="8")
    bob.asks("group", "CS350", "\x1b[31m\tred\n\x07 é 😀 \u2028 \u202e \0", id="9")
    bob.asks("group", "CS350", "x" * 10_000, id="10")
    bob.asks("group", "CS350", "x" * 10_001, id="11")
    bob.asks("group", "CS350", "said again", id="5")
    bob.asks("group", "CS350", "said again", id="5")
    bob.asks("private", "Alice", "with an id", id="12")
    bob.asks("private", "alice", "without")
    bob.asks("private", "Alice", "said again", id="12")
    bob.asks("private", "Bob", "to myself", id="13")
    bob.asks("private", "Nobody", "not there", id="14")
    bob.asks("private", "", "not there", id="15")
    bob.asks("private", "Alice", "x" * 10_001, id="16")
    bob.asks("private", "SERVER", "not there", id="17")
    bob.asks("private", "Nobody", "kept before", id="12")
    bob.asks("group", "Nowhere", "kept before", id="5")
    bob.asks("rooms", id="18")
    bob.asks("rooms", room="cs350", id="19")
    bob.asks("rooms", room="Nowhere", id="20")
    bob.asks("users", id="21")
    bob.asks("users", "CS350", id="22")
    bob.asks("users", "Second", id="23")
    bob.asks("users", "Nowhere", id="24")
    bob.asks("users", user="alice", id="25")
    bob.asks("users", user="Nobody", id="26")
    bob.asks("away", text="at  lunch\n\x1b[0m", id="27")
    alice.asks("users", user="Bob", id="6")
    alice.asks("users", "CS350", id="7")
    alice.asks("users", id="8")
    bob.asks("away", id="28")
    alice.asks("users", user="Bob", id="9")
    bob.asks("away", text="x" * 200)
    bob.asks("away", text="x" * 201, id="29")
    bob.asks("back", id="30")
    bob.asks("back")
    alice.asks("users", user="Bob", id="10")
    bob.asks("ping", id="31")
    bob.asks("ping")
    bob.asks("pong", id="32")
    bob.asks("pong")
    bob.asks("leave", "CS350", id="33")
    bob.asks("leave", "CS350", id="34")
    bob.asks("leave", "Nowhere", id="35")
    carol.asks("leave", "CS350")
    carol.asks("join", "CS350")
    carol.drop()
    bob.asks("join", "CS350", id="36")
    bob.asks("quit", id="37")
    server.wait(3)
    alice.asks("quit")
    server.wait(3)


@scene()
def quick(server: Server) -> None:
    """Many lines arrive at once, from one client and from several."""
    alice, bob, carol = signed_in(server, "Alice", "Bob", "Carol")
    alice.send(
        b'{"status":"create","receiver":"R","id":"1"}\n{"status":"group","receiver":"R","text":"a","id":"2"}\n'
        b'{"status":"ping","id":"3"}\n{"status":"leave","receiver":"R","id":"4"}\n'
        b'{"status":"join","receiver":"R","id":"5"}\n{"status":"group","receiver":"R","text":"b"}\n'
        b'{"status":"history","receiver":"R","id":"6"}\n{"status":"users","receiver":"R","id":"7"}\n'
    )
    with server.one_turn():
        bob.asks("join", "R", id="1")
        alice.asks("group", "R", "c", id="8")
        alice.asks("private", "Bob", "d", id="9")
        carol.asks("join", "R")
    with server.one_turn():
        alice.asks("group", "R", "e")
        bob.asks("group", "R", "f", id="2")
        carol.asks("group", "R", "g")
        alice.asks("private", "Bob", "h")
        bob.asks("private", "Alice", "i")
        carol.asks("leave", "R", id="1")
        bob.asks("group", "R", "j")
        alice.asks("quit")
    with server.one_turn():
        bob.asks("group", "R", "k")
        bob.drop()
    with server.one_turn():
        carol.asks("group", "R", "l", id="2")
        carol.asks("quit", id="3")


@scene(file=True)
def crowd(server: Server) -> None:
    """Much is said, and users come and go, in one batch."""
    clients = signed_in(server, "Alice", "Bob", "Carol", "Dave", "Erin")
    alice, bob, carol, dave, erin = clients
    alice.asks("create", "R")
    for client in (bob, carol):
        client.asks("join", "R")
    alice.asks("topic", "R", "Exam")
    with server.one_turn():
        alice.asks("group", "R", "one", id="1")
        dave.asks("join", "R", id="1")
        bob.asks("group", "R", "two")
        carol.asks("leave", "R", id="1")
        alice.asks("group", "R", "three")
        erin.asks("join", "R")
        dave.asks("group", "R", "after the answer", id="2")
    with server.one_turn():
        bob.asks("group", "R", "before the order", id="1")
        alice.asks("kick", "R", "quick", user="Dave", id="2")
        dave.asks("group", "R", "too late", id="3")
        erin.asks("group", "R", "after the order", id="1")
    with server.one_turn():
        for client in (alice, bob, erin):
            for letter in "abc":
                client.asks("group", "R", letter * 10_000)
    with server.one_turn():
        for client in clients:
            client.asks("private", "Bob", f"from {client.name}", id="p")
        bob.asks("quit", id="2")
        erin.drop()


@scene(file=True)
def history(server: Server) -> None:
    """What was said before is read page by page, in both directions."""
    alice, bob, carol = signed_in(server, "Alice", "Bob", "Carol")
    alice.asks("create", "R")
    bob.asks("join", "R")
    alice.asks("history", "R", id="empty")
    alice.asks("history", "Bob", id="none")
    for number in range(1, 8):
        server.wait(1)
        alice.asks("group", "R", f"message {number}")
        bob.asks("private", "Alice", f"in private {number}")
    alice.asks("private", "Bob", "an answer")
    alice.asks("create", "Bob")
    alice.asks("history", "r", id="all")
    alice.asks("history", "R", limit=3, id="latest")
    alice.asks("history", "R", limit=3, before=5, id="before")
    alice.asks("history", "R", limit=3, before=1, id="before-1")
    alice.asks("history", "R", limit=3, before=99)
    alice.asks("history", "R", limit=3, after=0, id="after-0")
    alice.asks("history", "R", limit=3, after=5, id="after-5")
    alice.asks("history", "R", after=99, id="after-99")
    alice.asks("history", "R", since="2026-11-23T10:00:04Z", limit=2, id="since")
    alice.asks("history", "R", since="2026-11-23T11:00:04.125+01:00", id="since-2")
    alice.asks("history", "R", since="2027-01-01T00:00:00Z", id="future")
    alice.asks("history", "R", since="0001-01-01T00:00:00+14:00", limit=1, id="past")
    alice.asks("history", "R", before=3, after=1, id="both")
    alice.asks("history", "bob", limit=2, id="room")
    alice.asks("history", "BOB", limit=2, private=True, id="person")
    bob.asks("history", "Alice", id="person")
    carol.asks("history", "R", id="not-there")
    carol.asks("history", "Alice", id="nothing")
    carol.asks("history", "Nobody", id="nobody")
    carol.asks("history", "", id="empty")
    carol.asks("history", "two words", id="words")
    bob.drop()
    alice.asks("history", "Bob", private=True, limit=1, id="gone")
    alice.asks("leave", "R")
    alice.asks("history", "R", id="left")


@scene(file=True)
def search(server: Server) -> None:
    """What was said before is searched, page by page, newest first."""
    alice, bob, carol = signed_in(server, "Alice", "Bob", "Carol")
    alice.asks("create", "R")
    alice.asks("create", "S")
    bob.asks("join", "R")
    for number in range(1, 6):
        server.wait(1)
        alice.asks("group", "R", f"exercise {number}")
        bob.asks("private", "Alice", f"an exercise, {number}")
        bob.asks("group", "R", f"Straße, café {number}")
    alice.asks("group", "S", "exercise elsewhere")
    carol.asks("private", "Alice", "exercise of Carol")
    server.wait(61)
    alice.asks("search", text="exercise", id="all")
    alice.asks("search", text="exercise", limit=2, id="page-1")
    alice.asks("search", text="exercise", limit=2, before=12, id="page-2")
    alice.asks("search", text="exercise", limit=2, before=1, id="page-3")
    alice.asks("search", "r", text="exercise", limit=2, id="room")
    alice.asks("search", "Bob", text="exercise", limit=2, id="person")
    alice.asks("search", "Bob", text="exercise", private=True, limit=1, id="private")
    alice.asks("search", text="ex 3", id="words")
    alice.asks("search", text="strasse CAFÉ", limit=2, id="folded")
    alice.asks("search", user="bob", limit=3, id="user")
    alice.asks("search", "R", text="caf", user="Bob", limit=1, id="user-in-room")
    alice.asks("search", text="nowhere", id="none")
    alice.asks("search", text="", id="empty")
    alice.asks("search", text=" \n", id="white")
    alice.asks("search", text="x", user="two words", id="nobody")
    alice.asks("search", text="x", user="Nobody", id="unknown")
    alice.asks("search", "Nowhere", text="x", id="nowhere")
    alice.asks("search", text=" ".join(map(str, range(33))), id="many")
    alice.asks("search", text="x" * 10_001, id="long")
    alice.asks("search", text="exercise")
    carol.asks("search", "R", text="exercise", id="not-there")
    carol.asks("search", text="exercise", id="mine")


@scene("--max-rooms", "3", "--max-rooms-per-user", "2", "--max-text", "5", "--max-topic", "3")
def limits(server: Server) -> None:
    """There are only so many rooms, and characters of a text."""
    alice, bob = signed_in(server, "Alice", "Bob")
    for number in range(3):
        alice.asks("create", f"A{number}", id=f"{number}")
    bob.asks("create", "B", id="1")
    bob.asks("create", "C", id="2")
    bob.asks("join", "A0", id="3")
    bob.asks("join", "A1", id="4")
    alice.asks("group", "A0", "12345", id="5")
    alice.asks("group", "A0", "123456", id="6")
    alice.asks("topic", "A0", "long", id="7")
    alice.asks("kick", "A0", "long", user="Bob", id="8")
    alice.asks("topic", "A0", "  a\n b ", id="9")
    alice.asks("leave", "A1", id="10")
    bob.asks("leave", "A0", id="5")
    bob.asks("create", "C", id="6")
    bob.asks("rooms", id="7")


@scene("--max-topic", "1000")
def long_listings(server: Server) -> None:
    """A listing has as many names as a line holds, and says how many it left out."""
    (alice,) = signed_in(server, "Alice")
    for number in range(20):
        alice.asks("create", f"room-{number}", id="1")
        alice.asks("topic", f"room-{number}", "\u0439" * 1000)
    alice.asks("rooms", id="2")
    for number in range(75):
        other = server.connect(f"other-{number}")
        other.send(b"x" * 20 + f"{number:03}\n".encode())
        other.asks("away", text="\u0439" * 200)
    alice.asks("users", id="3")
    alice.asks("users", "room-1", id="4")


@scene(file=True)
def coming_back(server: Server) -> None:
    """A guest returns with a token, and is sent missed messages, or told that some are missing."""
    alice, bob = signed_in(server, "Alice", "Bob")
    alice.asks("create", "R", id="1")
    bob.asks("join", "R", id="1")
    alice.asks("group", "R", "one")
    alice.asks("private", "Bob", "one")
    token, epoch = bob.token, bob.epoch
    bob.drop()
    alice.asks("group", "R", "two")
    alice.asks("private", "Bob", "two")
    alice.asks("group", "R", "three", id="2")
    thief = server.connect("thief")
    thief.registers("Bob", token="x" * 43, id="1")
    alice.asks("private", "Bob", "for the thief")
    bob = server.connect("bob2")
    bob.registers("Bob", token=token, id="1")
    thief.asks("quit")
    server.wait(3)
    bob.registers("Bob", token=token, since={"epoch": epoch, "seq": 0, "seqs": {"Alice": 1}}, id="2")
    bob.asks("join", "R", since={"epoch": epoch, "seq": 1}, id="3")
    bob.asks("join", "R", since={"epoch": epoch, "seq": 1}, id="4")
    alice.asks("group", "R", "four")
    again = server.connect("bob3")
    again.registers("Bob", token=token, since={"epoch": epoch, "seq": 9}, id="1")
    again.asks("join", "R", since={"epoch": "other", "seq": 1}, id="2")
    again.asks("leave", "R")
    again.asks("join", "R", since={"epoch": epoch, "seq": 99}, id="3")
    again.asks("leave", "R")
    again.asks("join", "R", since={"epoch": epoch, "seq": 4}, id="4")
    again.asks("join", "Nowhere", since={"epoch": epoch, "seq": 4}, id="5")
    third = server.connect("bob4")
    third.registers("Bob", token=token, since={"epoch": "other", "seq": 0})
    fourth = server.connect("bob5")
    fourth.registers("bob", token=token)
    server.wait(3)
    carol = server.connect("carol")
    carol.registers("Carol", since={"epoch": epoch, "seq": 0}, id="1")
    dave = server.connect("dave")
    dave.registers("Dave", token="", answers=True)
    fourth.drop()
    server.skip(86_401)
    late = server.connect("bob6")
    late.registers("Bob", token=token, since={"epoch": epoch, "seq": 0}, id="1")


@scene(file=True)
def much_missed(server: Server) -> None:
    """Of more than 1,000 messages that were missed, the latest are told."""
    alice, bob = signed_in(server, "Alice", "Bob")
    alice.asks("create", "R")
    bob.asks("join", "R")
    token, epoch = bob.token, bob.epoch
    bob.drop()
    line = b'{"status":"group","receiver":"R","text":"x"}\n'
    private = b'{"status":"private","receiver":"Bob","text":"y"}\n'
    alice.send(line * 501)
    alice.send(line * 501)
    again = server.connect("again")
    again.registers("Bob", token=token)
    alice.send(private * 3)
    again.asks("join", "R", since={"epoch": epoch, "seq": 0}, id="1")


@scene("--lobby", "Lobby", file=True)
def lobby(server: Server) -> None:
    """With a lobby, every welcome names it."""
    alice = server.connect("alice")
    alice.send(b"Alice\n")
    alice.asks("rooms")
    alice.asks("join", "lobby", id="1")
    alice.asks("users", "Lobby")
    alice.asks("topic", "Lobby", "mine", id="2")
    alice.asks("leave", "Lobby")
    alice.asks("create", "Lobby", id="3")


@scene("--keep", "1d", memory=False, file=True)
def deleted(server: Server) -> None:
    """Messages that are too old are deleted, and a request for them is told so."""
    alice, bob = signed_in(server, "Alice", "Bob")
    alice.asks("create", "R", id="1")
    bob.asks("join", "R", id="1")
    for number in range(3):
        alice.asks("group", "R", f"old {number}")
        alice.asks("private", "Bob", f"old {number}")
    server.skip(86_000)
    token, epoch = bob.token, bob.epoch
    alice.asks("group", "R", "new")
    bob.drop()
    server.skip(1_000)
    server.wait(130)
    alice.asks("history", "R", id="2")
    alice.asks("history", "R", before=3, id="3")
    alice.asks("history", "R", after=0, id="4")
    alice.asks("history", "R", since="2026-11-23T00:00:00Z", id="5")
    alice.asks("history", "R", limit=1, id="6")
    again = server.connect("again")
    again.registers("Bob", token=token, since={"epoch": epoch, "seq": 0}, id="1")
    again.asks("join", "R", since={"epoch": epoch, "seq": 1}, id="2")


@scene(memory=False, file=True)
def restart(server: Server) -> None:
    """Rooms, numbers, tokens and ids are known after the server has started again."""
    alice, bob = signed_in(server, "Alice", "Bob")
    alice.asks("create", "R", id="1")
    bob.asks("join", "R", id="1")
    alice.asks("topic", "R", "Exam", id="2")
    alice.asks("group", "R", "one", id="3")
    alice.asks("private", "Bob", "one", id="4")
    token, epoch = bob.token, bob.epoch
    server.wait(1)
    server.restart()
    again = server.connect("again")
    again.registers("Bob", token=token, since={"epoch": epoch, "seq": 0}, id="1")
    again.asks("join", "R", since={"epoch": epoch, "seq": 0}, id="2")
    again.asks("group", "R", "two", id="3")
    other = server.connect("other")
    other.registers("Alice", token=alice.token, id="1")
    other.asks("join", "R", id="2")
    other.asks("group", "R", "again", id="3")
    other.asks("private", "Bob", "again", id="4")
