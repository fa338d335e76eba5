"""Moderators and operators."""

from __future__ import annotations

from tests.wire_recording.client import Client
from tests.wire_recording.scenes import scene
from tests.wire_recording.scenes.rooms import signed_in
from tests.wire_recording.server import Server

PASSWORD = "correct horse"  # noqa: S105


def room_of(server: Server, *names: str) -> list[Client]:
    """Return clients with these names in the room R; the first is its moderator."""
    first, *others = clients = signed_in(server, *names)
    first.asks("create", "R")
    for other in others:
        other.asks("join", "R")
    return clients


@scene(file=True)
def granted(server: Server) -> None:
    """A moderator does everything that a moderator may do, with an id and without."""
    alice, bob, carol = room_of(server, "Alice", "Bob", "Carol")
    alice.asks("claim", text=PASSWORD, id="0")
    for number, (status, fields) in enumerate(
        [
            ("topic", {"text": "Exam \x1b[1m on\n Monday"}),
            ("topic", {"text": "Exam on Monday"}),
            ("mute", {"user": "bob"}),
            ("mute", {"user": "Bob", "seconds": 1, "text": "a  reason"}),
            ("mute", {"user": "Bob", "seconds": 3600}),
            ("unmute", {"user": "Bob"}),
            ("unmute", {"user": "Bob"}),
            ("mute", {"user": "Nobody", "seconds": 172_800, "text": "not here"}),
            ("op", {"user": "Bob"}),
            ("op", {"user": "bob"}),
            ("deop", {"user": "Bob"}),
            ("deop", {"user": "Bob"}),
            ("invite", {"user": "Bob"}),
            ("kick", {"user": "Bob", "text": "too loud"}),
            ("kick", {"user": "Carol"}),
            ("ban", {"user": "bob", "seconds": 1800, "text": "spam"}),
            ("ban", {"user": "Bob", "seconds": 90}),
            ("ban", {"user": "Bob"}),
            ("unban", {"user": "Bob"}),
            ("unban", {"user": "Bob"}),
            ("ban", {"user": "Nobody", "text": "not here"}),
            ("room", {"text": "private"}),
            ("room", {"text": "PRIVATE"}),
            ("invite", {"user": "Carol"}),
            ("invite", {"user": "carol"}),
            ("room", {"text": "announce"}),
            ("room", {"text": "announce"}),
            ("room", {"text": "talk"}),
            ("room", {"text": "talk"}),
            ("room", {"text": "open"}),
            ("room", {"text": "open"}),
            ("close", {}),
            ("close", {}),
            ("room", {"text": "private"}),
            ("close", {}),
            ("room", {"text": "open"}),
            ("topic", {"text": ""}),
            ("topic", {"text": ""}),
        ]
    ):
        alice.asks(status, "r", id=f"{number}", **fields)
        if status in ("kick", "ban"):
            bob.asks("join", "R", id=f"join-{number}")
            carol.asks("join", "R", id=f"join-{number}")
        bob.asks("group", "R", "here?", id=f"say-{number}")
    alice.asks("join", "R")
    alice.asks("topic", "R", "without an id")
    alice.asks("topic", "R", "")
    alice.asks("topic", "R", "without an id")
    bob.asks("leave", "R")
    bob.asks("join", "R", id="topic")
    alice.asks("kick", "R", user="Bob")
    alice.asks("users", "R", id="users")


@scene(file=True)
def members(server: Server) -> None:
    """All members hear of a removal; the removed user hears it last, and then the reason."""
    alice, bob, carol, dave = room_of(server, "Alice", "Bob", "Carol", "Dave")
    alice.asks("claim", text=PASSWORD)
    alice.asks("ban", "R", "spam", user="Bob", seconds=1800, id="1")
    alice.asks("kick", "R", user="Carol")
    alice.asks("mute", "R", "loud", user="Dave", seconds=60, id="2")
    dave.asks("group", "R", "muted", id="1")
    dave.asks("group", "R", "muted")
    alice.asks("users", "R")
    dave.asks("users", "R")
    carol.asks("join", "R")
    bob.asks("join", "R", id="1")
    server.wait(60)
    dave.asks("group", "R", "not muted", id="2")
    server.wait(1740)
    bob.asks("join", "R", id="2")
    alice.asks("mute", "R", user="Dave")
    dave.asks("group", "R", "muted", id="3")
    alice.asks("op", "R", user="Dave", id="3")
    dave.asks("group", "R", "a moderator", id="4")
    dave.asks("topic", "R", "mine", id="5")
    dave.asks("deop", "R", user="Alice", id="6")
    dave.asks("op", "R", user="Alice", id="7")
    alice.asks("room", "R", "announce")
    carol.asks("group", "R", "hushed", id="1")
    alice.asks("room", "R", "private")
    bob.asks("leave", "R")
    bob.asks("join", "R", id="3")
    alice.asks("kick", "R", user="Carol")
    carol.asks("join", "R", id="2")
    carol.asks("rooms", id="3")
    carol.asks("rooms", room="R", id="4")
    bob.asks("rooms", id="4")
    alice.asks("invite", "R", user="Carol")
    carol.asks("join", "R", id="5")
    alice.asks("close", "R", id="4")
    bob.asks("join", "R", id="5")
    alice.asks("join", "R", id="5")
    alice.asks("ban", "R", user="Carol", id="banned")
    carol.asks("join", "R", id="banned")
    alice.asks("unban", "R", user="Carol")
    bob.asks("rooms", id="6")
    alice.asks("rooms", id="6")
    bob.asks("group", "R", "closed", id="7")
    bob.asks("history", "R", id="8")
    alice.asks("invite", "R", user="Bob", id="7")
    alice.asks("users", "R", id="8")
    alice.asks("room", "R", "open")
    bob.asks("join", "R")
    alice.asks("ban", "R", user="Dave", id="9")
    alice.asks("deop", "R", user="Dave", id="10")
    alice.asks("ban", "R", user="Dave", id="11")
    alice.asks("invite", "R", user="Dave", id="12")
    alice.asks("op", "R", user="Dave", id="13")
    dave.asks("join", "R", id="8")


@scene(file=True)
def refused(server: Server) -> None:
    """A request without the right for it is refused, and changes nothing."""
    alice, bob = room_of(server, "Alice", "Bob")
    requests = {
        "topic": {"text": "mine"},
        "kick": {"user": "Alice"},
        "ban": {"user": "Alice"},
        "unban": {"user": "Alice"},
        "mute": {"user": "Alice"},
        "unmute": {"user": "Alice"},
        "op": {"user": "Bob"},
        "deop": {"user": "Alice"},
        "invite": {"user": "Bob"},
        "room": {"text": "private"},
        "close": {},
    }
    for status, fields in requests.items():
        bob.asks(status, "R", id=status, **fields)
        bob.asks(status, "Nowhere", id=f"no-{status}", **fields)
    bob.asks("broadcast", text="Lunch", id="broadcast")
    for status in ("kick", "ban", "unban", "mute", "unmute", "op", "deop", "invite"):
        for number, user in enumerate(("Nobody", "two words", "", "SERVER", "Alice")):
            if status == "deop" and user == "Alice":
                continue
            alice.asks(status, "R", user=user, id=f"{status}-{number}")
    alice.asks("op", "R", user="Alice", id="self")
    alice.asks("room", "R", "secret", id="1")
    alice.asks("room", "R", id="2")
    alice.asks("close", "R", id="4")
    alice.asks("topic", "R", "x" * 201, id="5")
    alice.asks("ban", "R", "x" * 201, user="Bob", id="6")
    alice.asks("claim", text=PASSWORD)
    alice.asks("room", "R", "private", id="7")
    alice.asks("op", "R", user="Bob", id="8")
    for status in ("kick", "ban", "mute"):
        alice.asks(status, "R", user="Bob", id=f"of-{status}")
    alice.asks("deop", "R", user="Bob", id="10")
    alice.asks("deop", "R", user="Alice", id="11")
    alice.asks("close", "R", id="12")
    alice.asks("deop", "R", user="Alice", id="13")


@scene(file=True)
def under_way(server: Server) -> None:
    """What is asked while an order is on its way is answered as the order has it."""
    alice, bob, carol = room_of(server, "Alice", "Bob", "Carol")
    alice.asks("claim", text=PASSWORD)
    with server.one_turn():
        alice.asks("mute", "R", user="Bob", id="1")
        bob.asks("group", "R", "before or after?", id="1")
        bob.asks("private", "Alice", "not held up", id="2")
        carol.asks("group", "R", "of another", id="1")
    with server.one_turn():
        alice.asks("unmute", "R", user="Bob", id="2")
        alice.asks("kick", "R", user="Carol", id="3")
        carol.asks("group", "R", "put out", id="2")
        carol.asks("join", "R", id="3")
        bob.asks("group", "R", "heard", id="3")
    with server.one_turn():
        alice.asks("ban", "R", user="Carol", id="4")
        carol.asks("join", "R", id="4")
        carol.asks("leave", "R", id="5")
        alice.asks("topic", "R", "next", id="5")
    with server.one_turn():
        alice.asks("close", "R", id="6")
        bob.asks("quit", id="4")
        alice.asks("room", "R", "open", id="7")


@scene("--max-orders", "1")
def few(server: Server) -> None:
    """There are only so many moderators, invited, banned and muted people of a room."""
    alice, *_ = room_of(server, "Alice", "Bob", "Carol")
    alice.asks("claim", text=PASSWORD)
    alice.asks("op", "R", user="Bob", id="1")
    alice.asks("ban", "R", user="Nobody", seconds=10, id="2")
    alice.asks("ban", "R", user="Carol", id="3")
    alice.asks("mute", "R", user="Nobody", seconds=10, id="4")
    alice.asks("mute", "R", user="Carol", id="5")
    alice.asks("room", "R", "private", id="6")
    server.wait(10)
    alice.asks("ban", "R", user="Carol", id="7")
    alice.asks("mute", "R", user="Carol", id="8")
    alice.asks("room", "R", "private", id="9")
    dave, erin = signed_in(server, "Dave", "Erin")
    alice.asks("invite", "R", user="Dave", id="10")
    alice.asks("invite", "R", user="Erin", id="11")
    alice.asks("kick", "R", user="Bob", id="12")
    alice.asks("invite", "R", user="Dave", id="13")
    dave.asks("join", "R")
    erin.asks("join", "R", id="1")


@scene("--max-rooms", "4", "--max-rooms-per-user", "3")
def lasting(server: Server) -> None:
    """A name keeps only so many rooms, and so do all of them together."""
    alice, bob = signed_in(server, "Alice", "Bob")
    alice.asks("claim", text=PASSWORD)
    alice.asks("create", "A", id="1")
    alice.asks("create", "B", id="2")
    bob.asks("create", "B", id="1")
    bob.asks("op", "B", user="Alice", id="2")
    bob.asks("claim", text=PASSWORD)
    for name in ("Carol", "Dave"):
        (client,) = signed_in(server, name)
        client.asks("claim", text=PASSWORD)
        client.asks("create", name, id="1")
        client.asks("leave", name, id="2")
    (erin,) = signed_in(server, "Erin")
    for name in ("E", "F", "G"):
        erin.asks("create", name, id=name)


@scene("--operator", "Olga", memory=False, file=True)
def operators(server: Server) -> None:
    """An operator may do everything everywhere, and no one can act against an operator."""
    alice, _, olga = room_of(server, "Alice", "Bob", "Olga")
    olga.asks("claim", text=PASSWORD, id="1")
    olga.drop()
    server.claim_beside("Olga", PASSWORD)
    server.claim_beside("Otto", PASSWORD, operator=True)
    server.wait(2)
    olga, otto = server.connect("olga2"), server.connect("otto")
    olga.registers("Olga", text=PASSWORD, id="1")
    otto.registers("Otto", text=PASSWORD, id="1")
    alice.asks("kick", "R", user="Olga", id="1")
    alice.asks("ban", "R", user="Otto", id="2")
    olga.asks("topic", "R", "from outside", id="2")
    olga.asks("room", "R", "private", id="3")
    olga.asks("kick", "R", user="Alice", id="4")
    otto.asks("join", "R", id="2")
    otto.asks("close", "R", id="3")
    otto.asks("rooms", id="4")
    otto.asks("users", "R", id="5")
    otto.asks("room", "R", "open", id="6")
    otto.asks("broadcast", text="Lunch\n\x1b[1m!", id="7")
    otto.asks("broadcast", text="  ", id="8")
    otto.asks("broadcast", text="x" * 10_001, id="9")
    otto.asks("broadcast", text="without an id")
    alice.asks("broadcast", text="no", id="3")
    with server.administration("operator remove Otto") as administration:
        administration.set_operator("Otto", False)
    server.wait(2)
    otto.asks("broadcast", text="no", id="10")
    otto.asks("topic", "R", "no", id="11")
    olga.asks("deop", "R", user="Alice", id="5")
    olga.asks("deop", "R", user="Alice", id="6")


@scene(memory=False, file=True)
def beside(server: Server) -> None:
    """Changes by `classchat admin` take effect in the running server, and affected users are told."""
    alice, bob, otto = room_of(server, "Alice", "Bob", "Otto")
    alice.asks("claim", text=PASSWORD)
    otto.asks("claim", text=PASSWORD)
    alice.asks("room", "R", "private")
    alice.asks("kick", "R", user="Otto")
    with server.administration("operator add Otto") as administration:
        administration.set_operator("Otto", True)
    server.wait(2)
    otto.asks("join", "R", id="1")
    otto.asks("group", "R", "an operator", id="2")
    with server.administration("operator remove Otto") as administration:
        administration.set_operator("Otto", False)
    server.wait(2)
    otto.asks("group", "R", "none", id="3")
    server.claim_beside("Bob", PASSWORD)
    server.wait(2)
    bob.asks("claim", text=PASSWORD, id="1")
    bob.asks("group", "R", "still here", id="2")
    alice.asks("private", "Bob", "for the owner", id="1")
    owner = server.connect("owner")
    owner.registers("Bob", text=PASSWORD, id="1")
    server.wait(3)
    with server.administration("release Alice") as administration:
        administration.release("Alice")
    server.wait(5)
    new = server.connect("new")
    new.registers("Alice", id="1")
    new.asks("join", "R", id="2")
    with server.administration("password Otto") as administration:
        administration.set_password("Otto", "")
    late = server.connect("late")
    late.registers("Otto", text=PASSWORD, id="1")
