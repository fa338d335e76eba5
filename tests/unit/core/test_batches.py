"""Taking back: entries that could not be kept, and the state that the journal restores."""

from __future__ import annotations

import pytest

from classchat.errors import InternalError
from classchat.messages import Ban, Kick
from tests.unit.helpers import House, error, group, sent


@pytest.fixture
def house() -> House:
    """Return an empty house."""
    return House()


def refused(name: str, id: str | None = None) -> object:
    """Return the error about a request that was not kept."""
    return error(name, "internal_error", InternalError().text, id=id)


def test_what_was_said_and_not_kept_is_heard_by_nobody(house: House) -> None:
    """The sender of a message that was not kept is told, with its id; the next message gets its number."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("R", alice, bob)
    alice.says("R", "lost", id="7")
    alice.tells("Bob", "lost")
    house.journal.fail(InternalError())
    alice.says("R", "kept")
    house.turn()

    assert [refused("Alice", "7"), refused("Alice"), group("Alice", "R", "kept", seq=1)] == alice.hears()
    assert [group("Alice", "R", "kept", seq=1)] == bob.hears()


def test_a_room_that_was_not_kept_is_not_there(house: House) -> None:
    """The name of a room that could not be kept is free, and no user is in it."""
    (alice,) = house.signs_in("Alice")
    alice.creates("R", id="1")
    house.journal.fail(InternalError())
    alice.creates("R", id="2")
    house.turn()

    assert [refused("Alice", "1")] == alice.answers("1")
    assert ["success"] == [event.__struct_config__.tag for event in alice.answers("2")]
    assert ["Alice"] == house.members("R")


def test_who_could_not_join_may_try_again(house: House) -> None:
    """A user whose join was not kept is not a member, and may try again."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("R", alice)
    bob.joins("R", id="1")
    house.journal.fail(InternalError())
    bob.joins("R")
    house.turn()

    assert [refused("Bob", "1")] == bob.answers("1")
    assert ["Alice", "Bob"] == house.members("R")


def test_who_could_not_leave_is_still_there(house: House) -> None:
    """A user whose leave was not kept is still a member."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("R", alice, bob)
    bob.leaves("R", id="1")
    house.journal.fail(InternalError())
    bob.says("R", "still here")
    house.turn()

    assert [refused("Bob", "1")] == bob.answers("1")
    assert ["still here"] == alice.hears_texts("group")


def test_who_is_gone_stays_gone(house: House) -> None:
    """A lost connection is final: if it can't be kept, no one is told, and the user does not return."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("R", alice, bob)
    bob.vanishes()
    house.journal.fail(InternalError())

    assert (["Alice"], ["Alice"]) == (house.users(), house.members("R"))
    assert 1 == house.chat.rooms.get("R").wanted


def test_rooms_of_before(house: House) -> None:
    """Rooms from the journal exist after the start, and their numbers continue."""
    house = House(rooms=[("CS350", 41)])
    (alice,) = house.signs_in("Alice")
    alice.joins("cs350")
    house.turn()
    alice.forgets()
    alice.says("CS350", "Where were we?")
    house.turn()

    assert [group("Alice", "CS350", "Where were we?", seq=42)] == alice.hears()


def test_what_was_told_before_its_receiver_left(house: House) -> None:
    """A repeated message to a user who has left is answered with its number, because it was kept."""
    alice, bob = house.signs_in("Alice", "Bob")
    alice.tells("Bob", "kept", id="7")
    house.turn()
    bob.vanishes()
    alice.forgets()
    alice.tells("Bob", "kept", id="7")
    alice.tells("Bob", "new", id="8")
    alice.tells("Bob", "nameless")

    assert [sent("Alice", "7", 1)] == alice.answers("7")
    assert ["user_not_found"] * 2 == alice.hears_codes()


def test_what_was_told_just_before_its_receiver_left(house: House) -> None:
    """A repetition is looked up only after all earlier messages are committed."""
    alice, bob = house.signs_in("Alice", "Bob")
    alice.tells("Bob", "kept", id="7")
    bob.vanishes()
    alice.tells("Bob", "kept", id="7")
    house.turn()

    assert [sent("Alice", "7", 1)] * 2 == alice.answers("7")


def test_who_was_put_out_and_was_not_is_still_there(house: House) -> None:
    """An order that was not kept has no effect: only its sender is told."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("R", alice, bob)
    alice.send(Ban(receiver="R", user="Bob", id="1"))
    house.journal.fail(InternalError())
    house.turn()
    bob.says("R", "still here")
    house.turn()

    said = group("Bob", "R", "still here", seq=1)
    assert ([refused("Alice", "1"), said], [said]) == (alice.hears(), bob.hears())
    assert {} == house.chat.rooms.get("R").order.banned


def test_who_was_put_out_and_has_gone_stays_gone(house: House) -> None:
    """A kicked user who hangs up before the kick fails is no longer in the room."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("R", alice, bob)
    alice.send(Kick(receiver="R", user="Bob"))
    bob.vanishes()
    house.journal.fail(InternalError())
    house.turn()

    assert (["Alice"], 1) == (house.members("R"), house.chat.rooms.get("R").wanted)


def test_what_was_granted_last_is_taken_back_first(house: House) -> None:
    """After a kick and a rejoin that both fail, the user is a member as before."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("R", alice, bob)
    alice.send(Kick(receiver="R", user="Bob"))
    bob.joins("R")
    house.journal.fail(InternalError())
    house.turn()
    bob.says("R", "still here")
    house.turn()

    assert (["Alice", "Bob"], 2) == (house.members("R"), house.chat.rooms.get("R").wanted)
    assert "still here" in alice.hears_texts("group")
