"""Limits, timeouts, troubles, TLS, and the end of the server."""

from __future__ import annotations

from twisted.internet.address import IPv4Address, IPv6Address

from tests.wire_recording.scenes import scene
from tests.wire_recording.scenes.order import PASSWORD, room_of
from tests.wire_recording.scenes.rooms import signed_in
from tests.wire_recording.server import Server

ELSEWHERE = IPv4Address("TCP", "192.0.2.1", 50_000)
BESIDE = IPv6Address("TCP", "2001:db8::1", 50_000)


@scene(
    "--message-burst", "2", "--message-rate", "2", "--request-burst", "3", "--request-rate", "4", guarded=True
)
def paces(server: Server) -> None:
    """A client that is faster than it may be is read more slowly."""
    alice, bob = room_of(server, "Alice", "Bob")
    server.wait(10)
    for number in range(4):
        alice.asks("group", "R", f"{number}", id=f"{number}")
    server.wait(5)
    for number in range(5):
        alice.asks("ping", id=f"{number}")
    server.wait(5)
    alice.send(b"nonsense\n" * 5)
    server.wait(5)
    for _ in range(3):
        bob.asks("leave", "R")
        bob.asks("join", "R")
    server.wait(10)
    bob.send(b'{"status":"ping"}\n' * 9 + b'{"status":"quit","id":"1"}\n')
    server.wait(5)
    carol = server.connect("carol")
    carol.send(b'{"status":"ping"}\n' * 5 + b"Carol\n")
    carol.registers("Carol")
    server.wait(5)


@scene("--history-burst", "1", "--history-rate", "0.5", guarded=True)
def readings(server: Server) -> None:
    """History and search have a pace of their own."""
    (alice,) = room_of(server, "Alice")
    alice.asks("history", "R", id="1")
    alice.asks("search", text="x", id="2")
    alice.asks("history", "R", id="3")
    server.wait(10)


@scene(
    *("--max-connections", "4", "--max-connections-per-address", "2", "--max-new-per-address", "3"),
    "--no-web",
    "--no-irc",
    guarded=True,
)
def connections(server: Server) -> None:
    """There are only so many connections, and so many of one address.

    Where clients may speak anything else, a connection too many has a second to say what it speaks first.
    """
    first = server.connect("first", ELSEWHERE)
    second = server.connect("second", ELSEWHERE)
    server.connect("third", ELSEWHERE)
    first.drop()
    server.connect("fourth", ELSEWHERE)
    second.drop()
    server.connect("fifth", ELSEWHERE)
    server.wait(11)
    server.connect("sixth", ELSEWHERE)
    server.connect("seventh", BESIDE)
    server.connect("eighth")
    server.connect("ninth")
    server.connect("tenth", encrypted=True)


@scene()
def timeouts(server: Server) -> None:
    """A connection has 30 seconds to sign in."""
    silent, wrong = server.connect("silent"), server.connect("wrong")
    secret = server.connect("secret", encrypted=True)
    wrong.registers("two words", id="1")
    server.wait(29)
    in_time = server.connect("late")
    wrong.registers("two words", id="2")
    server.wait(2)
    in_time.registers("Late")
    silent.send(b"Silent\n")
    server.wait(60)
    secret.drop()


@scene()
def probes(server: Server) -> None:
    """A client that answers is asked when it was silent, and disconnected when it does not answer."""
    alice, bob, _ = signed_in(server, "Alice", "Bob", "Carol")
    alice.asks("ping", answers=True, id="1")
    bob.asks("ping", answers=False, id="1")
    dave = server.connect("dave")
    dave.registers("Dave", answers=True)
    server.wait(70)
    alice.asks("pong")
    server.wait(60)
    alice.send(b" ")
    server.wait(30)
    server.wait(120)
    server.wait(10)


@scene("--max-behind", "65536")
def slow_readers(server: Server) -> None:
    """A client that reads too slowly is told so, and disconnected; its requests wait until it has read."""
    alice, bob, carol = room_of(server, "Alice", "Bob", "Carol")
    bob.stop_reading()
    carol.stop_reading()
    alice.asks("group", "R", "a" * 10_000)
    alice.asks("group", "R", "b" * 10_000)
    bob.asks("ping", id="1")
    bob.asks("group", "R", "said while behind", id="2")
    bob.read_on()
    bob.stop_reading()
    for letter in "cdefghi":
        alice.asks("group", "R", letter * 10_000)
    carol.read_on()
    bob.read_on()
    server.wait(5)
    dave = server.connect("dave")
    dave.registers("Dave")
    dave.stop_reading()
    alice.asks("private", "Dave", "x")
    server.wait(35)
    dave.read_on()
    server.wait(5)


@scene(memory=False, file=True)
def disk(server: Server) -> None:
    """Messages that can't be kept are refused, and so is history that can't be read."""
    alice, bob = room_of(server, "Alice", "Bob")
    alice.asks("claim", text=PASSWORD)
    alice.asks("group", "R", "kept", id="1")
    token, epoch = bob.token, bob.epoch
    server.wait(2)
    server.fail("writer")
    with server.one_turn():
        alice.asks("group", "R", "not kept", id="2")
        bob.asks("private", "Alice", "not kept")
        alice.asks("create", "S", id="3")
        bob.asks("join", "S", id="1")
        bob.asks("leave", "R", id="2")
        bob.asks("claim", text=PASSWORD, id="3")
    server.wait(2)
    alice.asks("topic", "R", "not kept", id="4")
    alice.asks("password", text="battery staple", current=PASSWORD, id="5")
    alice.asks("leave", "R", id="6")
    alice.asks("kick", "R", user="Bob", id="6")
    server.connect("claimer").asks("claim", sender="Claimer", text=PASSWORD, id="1")
    server.wait(5)
    server.mend()
    server.wait(5)
    alice.asks("group", "R", "kept again", id="7")
    for part in ("history", "search", "look-ups", "journal"):
        server.fail(part)
        alice.asks("history", "R", id=f"history-{part}")
        alice.asks("search", text="kept", id=f"search-{part}")
        other = server.connect(f"other-{part}")
        other.registers("Alice", text=PASSWORD, id="1")
        guest = server.connect(f"guest-{part}")
        guest.registers("Bob", token=token, since={"epoch": epoch, "seq": 0}, id="1")
        guest.asks("join", "R", since={"epoch": epoch, "seq": 0}, id="2")
        server.mend()
        server.wait(2)


@scene(memory=False, file=True)
def our_bug(server: Server) -> None:
    """What goes wrong by our fault is said to be that, and the connection closed."""
    _, bob = room_of(server, "Alice", "Bob")
    bob.asks("group", "R", "x")
    server.fail("journal", RuntimeError("a bug"))
    bob.asks("history", "R", id="1")
    server.mend()
    server.wait(3)


@scene()
def too_many_searches(server: Server) -> None:
    """One user searches only so often at the same time."""
    (alice,) = signed_in(server, "Alice")
    alice.asks("claim", text=PASSWORD)
    others = []
    for number in range(5):
        other = server.connect(f"device{number}")
        other.registers("Alice", text=PASSWORD)
        others.append(other)
    with server.one_turn():
        for other in others:
            other.asks("search", text="x", id="1")


@scene(memory=False, file=True)
def too_many_searches_at_once(server: Server) -> None:
    """One user searches only so often at the same time, where that takes a while."""
    too_many_searches(server)
    server.hold("journal")
    with server.one_turn():
        for client in server.clients:
            client.asks("search", text="x", id="2")
    server.let_go()
    server.wait(2)


@scene(file=True)
def stopping(server: Server) -> None:
    """All clients are told that the server stops, and no further requests are granted."""
    alice, bob, carol = room_of(server, "Alice", "Bob", "Carol")
    alice.asks("claim", text=PASSWORD)
    server.connect("unnamed")
    server.connect("secret", encrypted=True).registers("Dave")
    bob.send(b'{"status":"group","receiver":"R","text":"not ended')
    carol.stop_reading()
    alice.asks("group", "R", "the last words", id="1")
    server.stop()


@scene("--plaintext", "never")
def encrypted_only(server: Server) -> None:
    """A server that takes no plain text says so."""
    server.connect("plain").send(b"Alice\n")
    server.connect("json").registers("Alice", id="1")
    alice = server.connect("alice", encrypted=True)
    alice.registers("Alice", id="1")
    server.wait(3)


@scene("--plaintext", "local")
def encrypted_from_elsewhere(server: Server) -> None:
    """A server can take plain text from its own machine only."""
    server.connect("near").send(b"Alice\n")
    server.connect("far", ELSEWHERE).send(b"Bob\n")
    server.connect("secret", ELSEWHERE, encrypted=True).send(b"Carol\n")
    server.wait(3)


@scene("--no-tls")
def plain_only(server: Server) -> None:
    """A server without TLS says so to a client that begins with it."""
    server.connect("alice").send(b"Alice\n")
    server.connect("raw").send(b"\x16\x03\x01\x00\x05hello")
    server.wait(3)


@scene()
def encrypted(server: Server) -> None:
    """The same lines are said in TLS."""
    alice = server.connect("alice", encrypted=True)
    alice.send(b"Alice\n")
    server.wait(1)
    bob = server.connect("bob")
    bob.send(b"Bob\n")
    alice.asks("create", "R", id="1")
    bob.asks("join", "R")
    alice.asks("group", "R", "x" * 40_000 + "!", id="2")
    alice.asks("group", "R", "x" * 9_000 + "é", id="3")
    alice.send(b"z" * 70_000)
    alice.send(b'\n{"status":"ping","id":"4"}\n{"status":"pi')
    alice.send(b'ng","id":"5"}')
    alice.close_half()
    server.wait(3)
    carol = server.connect("carol", encrypted=True)
    carol.registers("Carol")
    carol.send_raw(b"no record\n")
    server.wait(3)
    dave = server.connect("dave", encrypted=True)
    dave.registers("Dave", id="1")
    dave.asks("quit", id="2")
    server.wait(3)
