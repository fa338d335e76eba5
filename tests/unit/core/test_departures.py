"""Departures: clients with a personal codec are told once that a user is gone for good."""

from __future__ import annotations

import pytest

from classchat.core.departures import Ending
from classchat.errors import InternalError, NotSaved, ShuttingDown, Silent, SlowReader, TakenOver
from classchat.limits import Limits
from classchat.messages import Kick, Leave, Quit, Register
from tests.tables import each_case
from tests.unit.core.helpers import RIGHT, owner, passes
from tests.unit.core.personal import Words, connects, reads, signs_in
from tests.unit.helpers import Client, House


@pytest.fixture
def house() -> House:
    """Return a house with nobody in it."""
    return House()


def goes(house: House, client: Client, text: str = "") -> None:
    """Send a client's `quit`, and close its connection."""
    client.send(Quit(text=text))
    house.turn()
    client.vanishes()


def test_a_watcher_is_told_once_after_its_rooms(house: House) -> None:
    """A client in three rooms with the user reads one event, behind all that the rooms are told."""
    words = Words()
    alice, bob = signs_in(house, words, "Alice", "Bob")
    for room in ("A", "B", "C"):
        house.room(room, alice, bob)
    bob.says("A", "bye")
    house.turn(0)
    goes(house, bob, "so long")
    alice.says("C", "later")
    house.turn()
    lines = reads(alice)

    assert "UserGone Bob so long True" == lines[-1]
    assert 1 == sum(line.startswith("UserGone") for line in lines)
    assert 3 == sum(line.startswith("MemberLeft") for line in lines)
    assert "own Alice>C: later" in lines


def test_a_departure_over_several_batches(house: House) -> None:
    """Each client is told once, and one that shares only the last room is told then."""
    words = Words()
    alice, bob, carol = signs_in(house, words, "Alice", "Bob", "Carol")
    for room, members in (("A", (alice, bob)), ("B", (alice, bob, carol)), ("C", (carol, bob))):
        house.room(room, *members)
    bob.vanishes()
    told = []
    for _ in range(3):
        house.turn(1)
        told.append([sum("UserGone" in line for line in reads(client)) for client in (alice, carol)])

    assert [1, 1] == [sum(counts) for counts in zip(*told, strict=True)]
    assert ["Carol"] == house.members("C")


def test_a_name_that_is_back_in_the_same_batch(house: House) -> None:
    """The former user's end is told before the next one with the name joins, in whatever room that is."""
    words = Words()
    alice, bob = signs_in(house, words, "Alice", "Bob")
    house.room("A", alice, bob)
    house.room("B", alice)
    bob.vanishes()
    (again,) = signs_in(house, words, "bob")
    again.joins("B")
    again.says("B", "Hi")
    again.joins("A")
    house.turn()

    assert [
        "MemberLeft A Bob True",
        "UserGone Bob Connection closed",
        "MemberJoined B bob",
        "bob>B: Hi",
        "MemberJoined A bob",
    ] == reads(alice)
    assert not any("UserGone" in line for line in reads(again))


def test_a_name_that_creates_a_room_in_the_same_batch(house: House) -> None:
    """Also where the next one with the name enters a room by creating it."""
    words = Words()
    alice, bob = signs_in(house, words, "Alice", "Bob")
    house.room("A", alice, bob)
    bob.vanishes()
    (again,) = signs_in(house, words, "Bob")
    again.creates("B")
    alice.joins("B")
    house.turn()
    lines = reads(alice)

    assert lines.index("UserGone Bob Connection closed") < lines.index("own MemberJoined B Alice")


def test_the_owner_of_an_account(house: House) -> None:
    """The owner is gone after the usual break, for the reason of the last device, and joins when back."""
    words = Words()
    (alice,), bob = signs_in(house, words, "Alice"), owner(house, "Bob")
    house.room("R", alice, bob)
    goes(house, bob, "home")
    assert [] == reads(alice)

    passes(house, Limits.absence)
    assert ["MemberLeft R Bob True True", "UserGone Bob home True"] == reads(alice)

    phone = connects(house, words)
    phone.send(Register(sender="Bob", text=RIGHT))
    house.settles()
    assert ["MemberJoined R Bob True"] == [line for line in reads(alice) if "Bob" in line]


def test_an_owner_who_is_back_in_a_moment(house: House) -> None:
    """Nobody is told of an owner who was away for a moment."""
    (alice,), bob = signs_in(house, Words(), "Alice"), owner(house, "Bob")
    house.room("R", alice, bob)
    bob.vanishes()
    phone = house.connects()
    phone.send(Register(sender="Bob", text=RIGHT))
    house.settles()
    passes(house, Limits.absence)

    assert [] == reads(alice)


def test_who_was_kicked_is_not_gone_as_well(house: House) -> None:
    """A client whose only common room has removed the user is told of no departure."""
    alice, bob = signs_in(house, Words(), "Alice", "Bob")
    house.room("R", alice, bob)
    alice.send(Kick(receiver="R", user="Bob"))
    bob.vanishes()
    house.settles()

    assert not any("UserGone" in line for line in reads(alice))


def test_a_departure_that_cannot_be_stored(house: House) -> None:
    """The user is gone all the same, and clients are told, each once."""
    alice, bob = signs_in(house, Words(), "Alice", "Bob")
    house.room("A", alice, bob)
    house.room("B", alice, bob)
    bob.vanishes()
    house.journal.fail(NotSaved())

    assert ["UserGone Bob Connection closed"] == reads(alice)
    assert ["Alice"] == house.members("A") == house.members("B")


def test_clients_that_read_json_are_told_by_each_room(house: House) -> None:
    """They read what they always did: who has left, in each room."""
    (alice, bob), _ = house.signs_in("Alice", "Bob"), signs_in(house, Words(), "Carol")
    house.room("A", alice, bob)
    house.room("B", alice, bob)
    goes(house, bob, "so long")
    house.turn()

    assert ["Bob has left the chat room"] * 2 == alice.hears_texts()


def test_a_reason_for_leaving_a_room(house: House) -> None:
    """A text on leaving is a reason, on one line and not too long."""
    alice, bob = signs_in(house, Words(), "Alice", "Bob")
    house.room("R", alice, bob)
    bob.send(Leave(receiver="R", text="to\nlunch" + "x" * 300))
    house.turn()
    reason = ("to\N{REPLACEMENT CHARACTER}lunch" + "x" * 300)[:199] + "…"

    assert f"MemberLeft R Bob {reason}" == reads(alice)[-1]
    assert f"own MemberLeft R Bob {reason}" == reads(bob)[-1]


def test_a_quit_in_one_line(house: House) -> None:
    """What a client says on leaving is on one line and not too long."""
    alice, bob = signs_in(house, Words(), "Alice", "Bob")
    house.room("R", alice, bob)
    goes(house, bob, "a\r\nb" + "x" * 300)
    house.turn()
    (gone,) = [line for line in reads(alice) if "UserGone" in line]

    assert "UserGone Bob a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b" + "x" * 195 + "… True" == gone


@each_case(
    ("ending", "words"),
    [
        (Ending(), "Connection closed"),
        (Ending(said=""), ""),
        (Ending(said="bye"), "bye"),
        (Ending(TakenOver()), "Signed in from another connection"),
        (Ending(Silent(150.0)), "Timed out"),
        (Ending(SlowReader(1_048_576)), "Reads too slowly"),
        (Ending(InternalError()), "An error of the server"),
        (Ending(ShuttingDown()), "Disconnected"),
    ],
)
def test_why_a_connection_has_ended(ending: Ending, words: str) -> None:
    """Others are told why in words that say nothing about the client's own limits or place."""
    assert words == ending.words
