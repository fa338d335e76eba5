"""What happens while something else takes a while."""

from __future__ import annotations

from tests.wire_recording.scenes import scene
from tests.wire_recording.scenes.order import PASSWORD, room_of
from tests.wire_recording.scenes.rooms import signed_in
from tests.wire_recording.server import Server


@scene(memory=False, file=True)
def rejoining(server: Server) -> None:
    """Messages during a guest's catch-up come after it, once."""
    alice, bob = room_of(server, "Alice", "Bob")
    alice.asks("group", "R", "one")
    token, epoch = bob.token, bob.epoch
    since = {"epoch": epoch, "seq": 0}
    bob.drop()
    alice.asks("group", "R", "two")
    alice.asks("private", "Bob", "two")
    for text in ("little", "x" * 9_000):
        again = server.connect(f"again-{len(text)}")
        server.hold("journal-history")
        again.registers("Bob", token=token, since=since, id="1")
        alice.asks("private", "Bob", f"meanwhile {text}")
        alice.asks("private", "Bob", f"meanwhile, too {text}")
        server.let_go()
        server.hold("journal-history")
        again.asks("join", "R", since=since, id="2")
        alice.asks("group", "R", f"meanwhile {text}")
        alice.asks("group", "R", f"meanwhile, too {text}")
        server.let_go()
        again.asks("leave", "R")
        again.drop()
    again = server.connect("again")
    again.registers("Bob", token=token, since=since, id="1")
    server.hold("journal-history")
    again.asks("join", "R", since=since, id="2")
    alice.asks("ban", "R", user="Bob", id="1")
    server.let_go()
    server.hold("journal-history")
    again.asks("history", "Alice", id="3")
    again.drop()
    server.let_go()


@scene(memory=False, file=True)
def several_devices(server: Server) -> None:
    """Messages during a device's catch-up come after it, once."""
    alice, bob = room_of(server, "Alice", "Bob")
    alice.asks("claim", text=PASSWORD)
    bob.asks("group", "R", "one")
    since = {"epoch": bob.epoch, "seq": 0, "rooms": {"R": 0, "r": 9}}
    phone = server.connect("phone")
    server.hold("journal-history")
    phone.registers("Alice", text=PASSWORD, since=since, id="1")
    bob.asks("group", "R", "meanwhile")
    bob.asks("private", "Alice", "meanwhile")
    alice.asks("private", "Bob", "an answer")
    server.let_go()
    alice.asks("create", "S")  # not before: the welcome lists several rooms in no order
    phone.asks("users", "S", id="2")
    with server.one_turn():
        bob.asks("group", "S", "not there")
        bob.asks("join", "S")
        phone.asks("leave", "S")
    with server.one_turn():
        bob.asks("group", "S", "before")
        phone.asks("join", "S", id="3")
        bob.asks("group", "S", "between")
        alice.asks("leave", "S", id="3")
        bob.asks("group", "S", "after")
    tablet = server.connect("tablet")
    server.hold("journal-history")
    tablet.registers("Alice", text=PASSWORD, since=since, id="1")
    bob.asks("group", "R", "before the kick")
    alice.asks("op", "R", user="Bob")
    alice.asks("deop", "R", user="Alice")
    bob.asks("kick", "R", user="Alice", id="1")
    bob.asks("group", "R", "after the kick")
    server.let_go()
    server.hold("journal-history")
    bob.asks("create", "T")
    bob.asks("group", "T", "one")
    server.let_go()
    server.hold("journal-history")
    tablet.asks("join", "T", since={"epoch": bob.epoch, "seq": 0}, id="2")
    phone.asks("join", "T", id="4")
    bob.asks("group", "T", "two")
    server.let_go()
    for client in (alice, phone, tablet):
        client.drop()
    late = server.connect("late")
    server.hold("journal-history")
    late.registers("Alice", text=PASSWORD, since=since, id="1")
    late.drop()
    server.let_go()
    server.wait(25)


@scene(memory=False, file=True)
def taking_over(server: Server) -> None:
    """A client that is still coming in is closed when the same guest comes in with another one."""
    (bob,) = signed_in(server, "Bob")
    since = {"epoch": bob.epoch, "seq": 0}
    server.hold("journal-history")
    first, second = server.connect("first"), server.connect("second")
    first.registers("Bob", token=bob.token, since=since, id="1")
    second.registers("Bob", token=bob.token, since=since, id="1")
    server.let_go()
    server.wait(3)


@scene()
def passwords(server: Server) -> None:
    """Several clients want the same name while passwords take a while."""
    alice, bob = signed_in(server, "Alice", "Bob")
    clients = [server.connect(f"client{number}") for number in range(4)]
    server.hold("passwords")
    clients[0].asks("claim", sender="Carol", text=PASSWORD, id="1")
    clients[1].asks("claim", sender="Carol", text=PASSWORD, id="1")
    clients[2].registers("Carol", id="1")
    alice.asks("claim", text=PASSWORD, id="1")
    bob.asks("claim", text=PASSWORD, id="1")
    bob.drop()
    server.let_go()
    clients[3].registers("Bob", id="1")
    server.hold("passwords")
    alice.asks("password", text="battery staple", current=PASSWORD, id="2")
    other = server.connect("other")
    other.registers("Alice", text=PASSWORD, id="1")
    gone = server.connect("gone")
    gone.registers("Alice", text=PASSWORD, id="1")
    gone.drop()
    server.let_go()


@scene(memory=False, file=True)
def writing(server: Server) -> None:
    """The operator changes something while a request is on its way to the disk."""
    alice, bob, carol = room_of(server, "Alice", "Bob", "Carol")
    alice.asks("claim", text=PASSWORD)
    bob.asks("claim", text=PASSWORD)
    server.claim_beside("Otto", PASSWORD, operator=True)
    server.wait(2)
    otto = server.connect("otto")
    otto.registers("Otto", text=PASSWORD)
    server.hold("journal-writer")
    otto.asks("kick", "R", user="Bob", id="1")
    otto.asks("broadcast", text="Lunch", id="2")
    carol.asks("claim", text=PASSWORD, id="1")
    with server.administration("operator remove Otto") as administration:
        administration.set_operator("Otto", False)
    server.claim_beside("Carol", PASSWORD)
    server.let_go()
    server.wait(2)
    bob.asks("group", "R", "still here", id="1")
    server.hold("journal-writer")
    alice.asks("mute", "R", user="Bob", id="1")
    bob.asks("group", "R", "muted by then", id="2")
    carol.asks("leave", "R", id="2")
    alice.asks("topic", "R", "after that", id="2")
    server.let_go()


@scene(memory=False, file=True)
def stopping(server: Server) -> None:
    """Requests while the server stops are refused, and accepted messages are still delivered."""
    alice, bob = room_of(server, "Alice", "Bob")
    alice.asks("claim", text=PASSWORD)
    server.hold("journal-writer")
    alice.asks("group", "R", "the last words", id="1")
    server.begin_stopping()
    for status in ("create", "join", "leave", "group", "kick"):
        bob.asks(status, "R", "text", user="Alice", id=status)
    bob.asks("private", "Alice", "too late", id="private")
    server.connect("late").send(b"Late\n")
    server.let_go()
