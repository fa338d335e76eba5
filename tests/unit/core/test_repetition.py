"""Messages and requests that a client sends twice."""

from __future__ import annotations

import pytest

from classchat.messages import History, Register
from tests.unit.core.helpers import arrives, asked, token_of
from tests.unit.helpers import NOW, House, sent


def test_what_is_said_twice_is_said_once(house: House) -> None:
    """A repeated id gets the same answer, even with another text or room, and after a return."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    house.room("other", alice, bob)
    alice.says("CS350", "once", id="7")
    alice.says("CS350", "once", id="7")
    house.turn()
    alice.says("other", "twice?", id="7")
    alice.tells("Bob", "thrice?", id="7")
    house.turn()
    alice.quits()
    house.turn()
    (again,) = house.signs_in("ALICE")
    again.joins("CS350")
    again.says("CS350", "once", id="7")
    house.turn()

    assert ["once"] == [event.text for event in bob.hears("group", "private") if event.sender == "Alice"]
    assert {("Message sent", 1, NOW)} == {
        (event.text, event.seq, event.time)  # type: ignore[union-attr]
        for client in (alice, again)
        for event in client.answers("7")
    }
    assert (4, 1) == (len(alice.answers("7")), len(again.answers("7")))
    assert 1 == house.chat.rooms.get("CS350").last_seq


def test_ids_are_each_users_own(house: House) -> None:
    """Two users may use the same id."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    alice.says("CS350", "a", id="7")
    bob.says("CS350", "b", id="7")
    house.turn()

    assert ["a", "b"] == alice.hears_texts("group")


@pytest.mark.parametrize("room", ["CS350", "nowhere"])
def test_what_was_said_in_a_room_that_one_has_left(house: House, room: str) -> None:
    """A repetition of an accepted message is answered even after leaving the room; others are refused."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    alice.says("CS350", "once", id="7")
    house.turn()
    alice.leaves("CS350")
    house.turn()
    alice.forgets()
    alice.says(room, "once", id="7")
    alice.says(room, "new", id="8")
    for _ in range(3):
        house.turn()

    assert [sent("Alice", "7", 1)] == alice.answers("7")
    assert ["not_a_member" if room == "CS350" else "room_not_found"] == alice.hears_codes()


def test_several_sign_in_with_one_token(house: House) -> None:
    """Several sign-ins with one token take over from each other, and the last one is the same person."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    token = token_of(bob)
    alice.tells("Bob", "psst")
    house.turn()
    bob.vanishes()
    alice.says("nowhere", "")  # an entry to wait for
    alice.creates("R")
    several = [house.connects() for _ in range(3)]
    for one in several:
        one.send(Register(sender="Bob", token=token))
    for _ in range(6):
        house.turn()

    welcomed = [one for one in several if not one.peer.closed]
    assert (1, ["Alice", "Bob"]) == (len(welcomed), house.users())
    assert [["taken_over"]] * 2 == [one.hears_codes() for one in several if one not in welcomed]
    assert ["psst"] == asked(house, welcomed[0], History(receiver="Alice")).texts
    assert token == token_of(arrives(house, "Bob", token=token))


def test_a_refused_request_may_be_tried_again(house: House) -> None:
    """An id whose request was refused is free."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", bob)
    alice.says("CS350", "a", id="7")
    alice.joins("CS350")
    alice.says("CS350", "a", id="7")
    house.turn()

    assert ["a"] == bob.hears_texts("group")[1:]
