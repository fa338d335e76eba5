"""The requests `rooms` and `users`, and their answers."""

from __future__ import annotations

import pytest

from classchat.limits import Limits
from classchat.messages import RoomListing, UserListing
from classchat.names import key
from classchat.wire.lines import encode
from tests.tables import each_case
from tests.unit.helpers import House, user


@pytest.fixture
def house() -> House:
    """An empty house."""
    return House()


def test_the_list_of_rooms(house: House) -> None:
    """Rooms are listed by name with their members, as a sentence and for programs."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("b", alice)
    house.room("A", alice, bob)
    bob.asks_for_rooms(id="7")
    (answer,) = bob.hears()

    assert ("7", "Chat rooms: A (2 members), b (1 member)") == (answer.id, answer.text)
    assert ([RoomListing("A", 2), RoomListing("b", 1)], None) == (answer.rooms, answer.more)


def test_no_rooms_yet(house: House) -> None:
    """Without rooms the sentence says so, and the list is empty."""
    (alice,) = house.signs_in("Alice")
    alice.asks_for_rooms()
    (answer,) = alice.hears()

    assert ("There are no chat rooms yet", []) == (answer.text, answer.rooms)


def test_the_list_of_users(house: House) -> None:
    """Users are listed by name, as a sentence and for programs."""
    _, alice, _ = house.signs_in("bob", "Alice", "Carol")
    alice.asks_for_users(id="7")
    (answer,) = alice.hears()

    assert ("7", "Users online: Alice, bob, Carol") == (answer.id, answer.text)
    assert [UserListing("Alice"), UserListing("bob"), UserListing("Carol")] == answer.users


def test_the_members_of_a_room(house: House) -> None:
    """The members of a user's own room are listed, in any spelling of its name."""
    alice, bob, _ = house.signs_in("Alice", "Bob", "Carol")
    house.room("CS350", alice, bob)
    alice.asks_for_users("cs350")
    (answer,) = alice.hears()

    assert "Members of 'CS350': Alice, Bob" == answer.text
    assert [UserListing("Alice", moderator=True), UserListing("Bob")] == answer.users


@pytest.mark.parametrize(("room", "code"), [("CS350", "not_a_member"), ("nowhere", "room_not_found")])
def test_the_members_of_another_room(house: House, room: str, code: str) -> None:
    """Only a room's members can list its members."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    bob.asks_for_users(room)

    assert [code] == bob.hears_codes()


@each_case(
    ("name", "count"),
    [("aあ" * 25 + "{}", 700), ("a" * 25 + "{}", 2_000), ("aあaあ{}", 2_500), ("aa{}", 4_000)],
)
def test_a_long_list_of_rooms_is_one_line(name: str, count: int) -> None:
    """A list of many rooms is one readable line, and the other rooms are counted."""
    house = House()
    (alice,) = house.signs_in("Alice")
    for number in range(count):
        house.chat.rooms.add(name.format(number))
    alice.asks_for_rooms()
    (answer,) = alice.hears()

    assert len(encode(answer)) <= 65_536
    assert count == len(answer.rooms) + answer.more
    assert answer.text.endswith(f"and {answer.more} more")
    assert len(answer.rooms) > 100


@each_case(
    ("name", "count"), [("{}", 6_000), ("u{}", 6_000), ("あ" * 25 + "{}", 800), ("x" * 28 + "{}", 2_000)]
)
def test_a_long_list_of_users_is_one_line(name: str, count: int) -> None:
    """A list of many users of the server, or of a room, is one readable line; the others are counted."""
    house = House()
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    for number in range(count):
        house.chat.rooms.get("CS350").members.add(house.chat.users.add(user(name.format(number))))
    alice.asks_for_users()
    alice.asks_for_users("CS350")
    answers = alice.hears()

    assert ["Users online", "Members of 'CS350'"] == [answer.text.partition(":")[0] for answer in answers]
    for answer in answers:
        assert len(encode(answer)) <= 65_536
        assert count + 1 == len(answer.users) + answer.more
        assert answer.text.endswith(f"and {answer.more} more")
        assert len(answer.users) > 100


def test_a_list_is_cut_where_it_is_full() -> None:
    """A list has the first names in order, as many as fit."""
    house = House(Limits(listing=4_000))
    (alice,) = house.signs_in("Alice")
    for number in range(200):
        house.chat.users.add(user(f"{'x' * 20}{number:03}"))
    alice.asks_for_users()
    (answer,) = alice.hears()

    everybody = sorted((user.name for user in house.chat.users), key=key)
    shown = [user.name for user in answer.users]
    assert 0 < len(shown) < 201
    assert everybody[: len(shown)] == shown
