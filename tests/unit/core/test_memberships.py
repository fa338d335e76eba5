"""Memberships: creating, joining and leaving rooms."""

from __future__ import annotations

import pytest

from classchat.limits import Limits
from tests.tables import each_case
from tests.unit.helpers import Client, House, entered, joined, left, of_room, success


@pytest.fixture
def house() -> House:
    """An empty house."""
    return House()


def test_a_creator_is_the_first_member(house: House) -> None:
    """The creator of a room is a member and gets the answer; no other client hears of it."""
    alice, bob = house.signs_in("Alice", "Bob")
    alice.creates("CS350")
    house.turn()

    assert [entered("Alice", "Chat room 'CS350' created successfully")] == alice.hears()
    assert ([], ["Alice"]) == (bob.hears(), house.members("CS350"))


def test_all_members_hear_who_joins(house: House) -> None:
    """A joining user gets the answer first, then hears the same as every member."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    bob.joins("CS350")
    house.turn()

    assert [entered("Bob", "You have joined 'CS350'"), joined("Bob", "CS350")] == bob.hears()
    assert [joined("Bob", "CS350")] == alice.hears()


def test_the_remaining_members_hear_who_leaves(house: House) -> None:
    """A leaving user gets the answer, and the remaining members hear of it."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    bob.leaves("CS350")
    house.turn()

    assert [success("Bob", "You have left 'CS350'")] == bob.hears()
    assert [left("Bob", "CS350")] == alice.hears()
    assert ["Alice"] == house.members("CS350")


def test_a_room_stays_when_all_have_left(house: House) -> None:
    """An empty room still exists, and may be joined."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    alice.leaves("CS350")
    bob.joins("CS350")
    house.turn()

    assert ["Bob"] == house.members("CS350")


def test_who_joins_in_the_middle_of_a_batch_hears_what_follows(house: House) -> None:
    """A member who joins within a batch hears the join and everything after it, and nothing before."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    alice.says("CS350", "before")
    bob.joins("CS350")
    alice.says("CS350", "after")
    house.turn()

    assert ["You have joined 'CS350'", "Bob has joined the chat room", "after"] == bob.hears_texts()
    assert ["before", "Bob has joined the chat room", "after"] == alice.hears_texts()


def test_who_leaves_in_the_middle_of_a_batch_hears_what_came_before(house: House) -> None:
    """A member who leaves within a batch hears everything before, then the answer, and nothing else."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    alice.says("CS350", "before")
    bob.leaves("CS350")
    alice.says("CS350", "after")
    house.turn()

    assert ["before", "You have left 'CS350'"] == bob.hears_texts()
    assert ["before", "Bob has left the chat room", "after"] == alice.hears_texts()


def test_what_is_granted_counts_at_once(house: House) -> None:
    """A granted join allows messages before it is committed; a granted leave ends them."""
    (alice,) = house.signs_in("Alice")
    alice.creates("CS350")
    alice.says("CS350", "first")
    alice.leaves("CS350")
    alice.says("CS350", "refused")
    house.turn()

    assert ["not_a_member"] == alice.hears_codes()
    assert ["first"] == of_room(alice.hears(), "CS350")


@each_case(("rooms", "codes"), [(2, []), (3, []), (4, ["too_many"])])
@each_case("verb", [Client.creates, Client.joins])
def test_the_rooms_of_one_user(rooms: int, codes: list[str], verb: object) -> None:
    """A user is in at most so many rooms; one more is refused, whether it exists or not."""
    house = House(Limits(rooms_of_user=3))
    alice, *creators = house.signs_in("Alice", *[f"creator{number}" for number in range(rooms)])
    for number, creator in enumerate(creators):
        if verb is Client.joins:
            house.room(str(number), creator)
        verb(alice, str(number))  # type: ignore[operator]
        house.turn()

    assert codes == alice.hears_codes()


def test_a_room_that_one_left_counts_no_more() -> None:
    """After leaving a room a user may join another."""
    house = House(Limits(rooms_of_user=1))
    (alice,) = house.signs_in("Alice")
    alice.creates("one")
    alice.leaves("one")
    alice.creates("two")
    house.turn()

    assert ([], ["Alice"]) == (alice.hears_codes(), house.members("two"))


def test_a_refused_room_is_not_made() -> None:
    """A refused `create` at the limit of rooms creates no room."""
    house = House(Limits(rooms_of_user=1))
    (alice,) = house.signs_in("Alice")
    alice.creates("one")
    alice.creates("two")

    assert ["one"] == [room.name for room in house.chat.rooms]


def test_when_a_room_was_created(house: House) -> None:
    """A room knows when its creation was committed."""
    (alice,) = house.signs_in("Alice")
    alice.creates("New")
    before = house.chat.rooms.get("New").created
    house.turn()

    assert (None, 1_795_428_000_123) == (before, house.chat.rooms.get("New").created)
