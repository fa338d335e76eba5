"""Guests who take other names."""

from __future__ import annotations

from tests.wire_recording.scenes import scene
from tests.wire_recording.scenes.order import PASSWORD
from tests.wire_recording.scenes.rooms import signed_in
from tests.wire_recording.server import Server


@scene(file=True, later=True)
def other_names(server: Server) -> None:
    """A guest takes another name; partners and members are told, and the guest comes back under it."""
    alice, bob, carol = signed_in(server, "Alice", "Bob", "Carol")
    stranger = server.connect("stranger")
    stranger.asks("rename", text="Zoe", id="0")
    alice.asks("create", "R")
    bob.asks("join", "R")
    carol.asks("private", "Alice", "hello", id="1")
    bob.asks("mute", "R", user="Alice")
    alice.asks("mute", "R", user="Bob")
    bob.asks("rename", text="Bert", id="1")
    bob.asks("rename", text="bert", id="2")
    bob.asks("rename", text="bert", id="3")
    bob.asks("group", "R", "muted", id="4")
    alice.asks("rename", text="Anna")
    alice.asks("topic", "R", "Exam", id="2")
    alice.asks("users", "R", id="3")
    carol.asks("private", "Anna", "who are you?", id="2")
    carol.asks("private", "Alice", "anyone?", id="3")
    carol.asks("history", "Anna", id="4")
    for number, name in enumerate(["", "two words", "Carol", "\u0421arol", "SERVER", "x" * 33]):
        alice.asks("rename", text=name, id=f"refused-{number}")
    carol.asks("claim", text=PASSWORD, id="5")
    carol.asks("rename", text="Cara", id="6")
    token = alice.token
    alice.drop()
    other = server.connect("other")
    other.registers("Alice", token=token, id="1")
    other.asks("history", "Carol", id="2")


@scene("--max-renames", "1", guarded=True, later=True)
def too_many_names(server: Server) -> None:
    """A guest changes the name only so often."""
    (alice,) = signed_in(server, "Alice")
    alice.asks("rename", text="Anna", id="1")
    alice.asks("rename", text="Annie", id="2")
