"""Claimed names, their devices, and coming back to them."""

from __future__ import annotations

from tests.wire_recording.scenes import scene
from tests.wire_recording.scenes.order import PASSWORD
from tests.wire_recording.scenes.rooms import signed_in
from tests.wire_recording.server import Server

OTHER = "battery staple"


@scene(file=True)
def claiming(server: Server) -> None:
    """A name is claimed, signed in with, and given another password."""
    alice, _ = signed_in(server, "Alice", "Bob")
    alice.asks("create", "R")
    alice.asks("password", text=OTHER, current=PASSWORD, id="1")
    for number, password in enumerate(["", "short", "x" * 257, "a\0control", "\ud7ff\u0378unassigned"]):
        alice.asks("claim", text=password, id=f"unusable-{number}")
    alice.asks("claim", text=PASSWORD, id="2")
    alice.asks("claim", text=PASSWORD, id="3")
    for number, text in enumerate([None, "wrong password", "x", PASSWORD, "\uff43orrect horse"]):
        other = server.connect(f"other{number}")
        other.registers("alice", text=text, id="1")
        other.asks("ping", id="2")
    bare = server.connect("bare")
    bare.send(b"Alice\n")
    stranger = server.connect("stranger")
    stranger.registers("Nobody", text=PASSWORD, id="1")
    stranger.registers("two words", text=PASSWORD, id="2")
    stranger.registers("Alice", token="x" * 43, id="3")
    stranger.asks("claim", sender="Alice", text=PASSWORD, id="4")
    stranger.asks("claim", sender="Bob", text=PASSWORD, id="5")
    stranger.asks("claim", sender="two words", text=PASSWORD, id="6")
    stranger.asks("claim", sender="\u0410lice", text=PASSWORD, id="7")
    stranger.asks("claim", sender="Carol", text="short", id="8")
    stranger.asks("claim", sender="Carol", text=PASSWORD, answers=True, id="9")
    stranger.asks("password", text="short", current=PASSWORD, id="10")
    stranger.asks("password", text=OTHER, current="wrong password", id="11")
    stranger.asks("password", text=OTHER, current=PASSWORD, id="12")
    token = stranger.token
    second = server.connect("second")
    second.registers("Carol", text=PASSWORD, id="1")
    second.registers("Carol", text=OTHER, id="2")
    second.asks("password", text=PASSWORD, current=OTHER)
    third = server.connect("third")
    third.registers("Carol", token=token, id="1")
    third.registers("Carol", token=second.token, id="2")


@scene(file=True)
def devices(server: Server) -> None:
    """All devices of a name hear everything, and are in its rooms."""
    alice, bob = signed_in(server, "Alice", "Bob")
    alice.asks("claim", text=PASSWORD)
    alice.asks("create", "R")
    bob.asks("join", "R")
    phone = server.connect("phone")
    phone.registers("Alice", text=PASSWORD, id="1")
    phone.asks("group", "R", "from the phone", id="2")
    phone.asks("private", "Bob", "from the phone", id="3")
    phone.asks("private", "Bob", "without an id")
    phone.asks("private", "Alice", "to myself", id="4")
    bob.asks("private", "Alice", "to all devices")
    bob.asks("create", "S")
    alice.asks("join", "S", id="1")
    phone.asks("join", "S", id="5")
    phone.asks("create", "T", id="6")
    alice.asks("leave", "T", id="2")
    alice.asks("leave", "S")
    bob.asks("create", "U")
    bob.asks("topic", "U", "Exam")
    phone.asks("join", "U", since={"epoch": phone.epoch, "seq": 0}, id="7")
    bob.asks("kick", "U", "both", user="Alice", id="1")
    bob.asks("topic", "U", "invite", id="2")
    bob.asks("invite", "U", user="Alice", id="3")
    alice.asks("away", text="at lunch")
    bob.asks("users", id="4")
    phone.asks("back")
    alice.asks("quit", id="3")
    phone.asks("users", "R")
    token = phone.token
    phone.drop()
    server.wait(5)
    again = server.connect("again")
    again.registers("Alice", token=token, since={"epoch": phone.epoch, "seq": 9, "rooms": {"R": 0}}, id="1")
    new = server.connect("new")
    new.registers("Alice", text=PASSWORD, since={"epoch": "other", "seq": 0, "rooms": {"R": 0}}, id="1")


@scene(file=True)
def away(server: Server) -> None:
    """A registered user stays in the rooms, which are told of a longer absence, and hears missed messages."""
    alice, bob = signed_in(server, "Alice", "Bob")
    alice.asks("claim", text=PASSWORD)
    alice.asks("create", "R")
    bob.asks("join", "R")
    alice.drop()
    server.wait(10)
    bob.asks("users", "R")
    alice = server.connect("short")
    alice.registers("Alice", token=alice.token or "", text=PASSWORD)
    alice.asks("ping")
    alice.drop()
    server.wait(25)
    bob.asks("users", "R", id="1")
    bob.asks("users", user="Alice", id="2")
    bob.asks("users", id="3")
    bob.asks("group", "R", "while Alice is away")
    bob.asks("private", "Alice", "while away", id="4")
    bob.asks("private", "Alice", "without an id")
    bob.asks("create", "Q")
    bob.asks("invite", "Q", user="Alice", id="5")
    late = server.connect("late")
    late.registers("Alice", text=PASSWORD, id="1")
    other = server.connect("other")
    other.registers("Alice", text=PASSWORD, id="1")
    late.asks("ping", id="2")
    third = server.connect("third")
    third.registers("Alice", text=PASSWORD, id="1")
    for client in (late, other, third):
        client.drop()
    server.wait(21)
    bob.asks("group", "R", "away again")
    bob.asks("kick", "R", user="Alice", id="6")
    back = server.connect("back")
    back.registers("Alice", text=PASSWORD, since={"epoch": bob.epoch, "seq": 1, "rooms": {"R": 1}}, id="1")
    back.asks("group", "R", "put out", id="2")
    with server.one_turn():
        more = server.connect("more")
        more.registers("Alice", text=PASSWORD, id="1")
        bob.asks("private", "Alice", "meanwhile")
        bob.asks("quit")


@scene(memory=False, file=True)
def restart(server: Server) -> None:
    """Accounts, their rooms and missed messages survive a restart of the server."""
    alice, bob, carol = signed_in(server, "Alice", "Bob", "Carol")
    for client in (alice, bob):
        client.asks("claim", text=PASSWORD)
    alice.asks("create", "R")
    bob.asks("join", "R")
    carol.asks("join", "R")
    alice.asks("op", "R", user="Bob")
    alice.asks("op", "R", user="Carol")
    alice.asks("mute", "R", user="Carol", seconds=600)
    alice.asks("topic", "R", "Exam")
    server.restart()
    again = server.connect("again")
    again.registers("Alice", text=PASSWORD, id="1")
    again.asks("group", "R", "after the restart", id="2")
    again.asks("private", "Bob", "after the restart", id="3")
    again.asks("users", "R", id="4")
    late = server.connect("late")
    late.registers("Bob", token=bob.token, id="1")
    late.asks("deop", "R", user="Alice", id="2")
    guest = server.connect("guest")
    guest.registers("Carol", token=carol.token, id="1")
    guest.asks("join", "R", id="2")
    guest.asks("topic", "R", "mine", id="3")


@scene("--max-devices", "2", "--max-accounts", "2", file=True)
def few(server: Server) -> None:
    """There are only so many accounts, and devices of each."""
    alice, bob, carol = signed_in(server, "Alice", "Bob", "Carol")
    for client in (alice, bob, carol):
        client.asks("claim", text=PASSWORD, id="1")
    for name in ("second", "third"):
        server.connect(name).registers("Alice", text=PASSWORD, id="1")
    dave = server.connect("dave")
    dave.asks("claim", sender="Dave", text=PASSWORD, id="1")


@scene("--max-claims-per-address", "1", "--max-password-changes", "1", guarded=True)
def attempts(server: Server) -> None:
    """After some wrong passwords the next ones take longer, and claims and changes are only so many."""
    alice, _ = signed_in(server, "Alice", "Bob")
    alice.asks("claim", text=PASSWORD, id="1")
    alice.asks("password", text=OTHER, current=PASSWORD, id="2")
    alice.asks("password", text=PASSWORD, current=OTHER, id="3")
    thief = server.connect("thief")
    for number in range(8):
        thief.registers("Alice", text="wrong password", id=f"{number}")
    server.wait(20)
    owner = server.connect("owner")
    owner.registers("Alice", text=OTHER, id="1")
    server.wait(20)


@scene("--max-claims-per-address", "1", guarded=True)
def claims_of_address(server: Server) -> None:
    """An address can claim only so many names in an hour."""
    from tests.wire_recording.scenes.endings import ELSEWHERE

    for name in ("Alice", "Bob"):
        client = server.connect(name.lower(), ELSEWHERE)
        client.registers(name)
        client.asks("claim", text=PASSWORD, id="1")


@scene("--claims", "closed", file=True)
def claims_closed(server: Server) -> None:
    """Where no names may be claimed, the welcome says so."""
    alice = server.connect("alice")
    alice.send(b"Alice\n")
    alice.asks("claim", text=PASSWORD, id="1")
    bob = server.connect("bob")
    bob.asks("claim", sender="Bob", text=PASSWORD, id="1")


@scene("--names", "claimed")
def claimed_only(server: Server) -> None:
    """Where only owners of accounts may sign in, guests are refused."""
    server.connect("bare").send(b"Alice\n")
    alice = server.connect("alice")
    alice.registers("Alice", id="1")
    alice.registers("Alice", token="x" * 43, id="2")
    alice.asks("claim", sender="Alice", text=PASSWORD, id="3")
    again = server.connect("again")
    again.registers("Alice", token=alice.token, id="1")


@scene("--operator", "Olga")
def operator_names(server: Server) -> None:
    """The name of an operator is not claimed over the network."""
    olga = server.connect("olga")
    olga.asks("claim", sender="Olga", text=PASSWORD, id="1")
    olga.registers("Olga", id="2")
    olga.asks("claim", text=PASSWORD, id="3")
    like = server.connect("like")
    like.registers("\u041elga", id="1")


@scene()
def busy(server: Server) -> None:
    """Where too many passwords wait, the next one is refused."""
    server.hold("passwords")
    clients = [server.connect(f"client{number}") for number in range(51)]
    for client in clients:
        client.registers("Nobody", text=PASSWORD, id="1")
    clients[0].drop()
    server.let_go()
