"""The registry of rooms."""

from __future__ import annotations

import pytest

from classchat.core.acts import Change
from classchat.core.rooms import RoomRegistry
from classchat.errors import InvalidName, NameTooSimilar, RoomExists, RoomNotFound, TooMany
from tests.unit.helpers import user


@pytest.fixture
def rooms() -> RoomRegistry:
    """A registry of at most three rooms."""
    return RoomRegistry(64, 3)


def test_a_new_room_is_empty(rooms: RoomRegistry) -> None:
    """A new room has no members and no messages."""
    room = rooms.add("CS350")

    assert ("CS350", set(), 0) == (room.name, room.members, room.last_seq)


def test_a_room_is_found_in_any_spelling(rooms: RoomRegistry) -> None:
    """A room is found by any spelling, and shown in the first one."""
    room = rooms.add("Straße")

    assert room is rooms.get("STRASSE")
    assert "Straße" == rooms.get("strasse").name


@pytest.mark.parametrize("again", ["CS350", "cs350", "Cs350"])
def test_a_name_is_one_rooms(rooms: RoomRegistry, again: str) -> None:
    """A room's name, in any spelling, is refused with the first spelling."""
    rooms.add("CS350")

    with pytest.raises(RoomExists) as caught:
        rooms.add(again)

    assert "CS350" == caught.value.name


@pytest.mark.parametrize("name", ["", "two words", "a" * 65, "a/b"])
def test_no_room_is_called_that(rooms: RoomRegistry, name: str) -> None:
    """An invalid name is refused, and no room is created."""
    with pytest.raises(InvalidName) as caught:
        rooms.add(name)

    assert ("room name", 64) == (caught.value.what, caught.value.longest)
    assert 0 == len(rooms)


@pytest.mark.parametrize("name", ["lаb", "LАВ", "ｌａｂ", "𝐥𝐚𝐛", "laƅ"])
def test_no_room_looks_like_another_one(rooms: RoomRegistry, name: str) -> None:
    """A name similar to a room's, in any case, is refused while that room exists."""
    lab = rooms.add("lab")
    with pytest.raises(NameTooSimilar) as caught:
        rooms.add(name)
    rooms.remove(lab)

    assert ("lab", name) == (caught.value.like, rooms.add(name).name)


@pytest.mark.parametrize(
    ("name", "error"),
    [("lab\ufe0f", InvalidName), ("\u0301", InvalidName), ("ERROR", InvalidName), ("ERRОR", NameTooSimilar)],
)
def test_no_room_shows_nothing_or_is_taken_for_a_line_of_ours(
    rooms: RoomRegistry, name: str, error: type[Exception]
) -> None:
    """Invisible characters and the beginnings of our own lines are refused as room names."""
    rooms.add("lab")
    with pytest.raises(error):
        rooms.add(name)

    assert 1 == len(rooms)


def test_a_room_of_before_is_found_whatever_its_name(rooms: RoomRegistry) -> None:
    """An existing room with a name that is no longer allowed is found."""
    rooms.restore("lab\ufe0f", 3)

    with pytest.raises(RoomExists):
        rooms.add("LAB\ufe0f")
    assert ["lab\ufe0f"] == [room.name for room in rooms] == rooms.outdated()


def test_a_room_of_before_is_as_old_as_it_was(rooms: RoomRegistry) -> None:
    """When a stored room was created is known, unless it was not stored."""
    rooms.restore("lab", 3, 1_795_428_000_123)
    rooms.restore("hall", 3)

    assert [1_795_428_000_123, None] == [rooms.get(name).created for name in ("lab", "hall")]


def test_a_name_in_decomposed_form(rooms: RoomRegistry) -> None:
    """A room is found by its decomposed name, even if that has more code points than the limit."""
    room = rooms.add("é" * 40)
    second = rooms.add("a\u0301" * 50)

    assert (room, second) == (rooms.find("E\u0301" * 40), rooms.find("Á" * 50))
    assert "á" * 50 == second.name


@pytest.mark.parametrize("name", ["a", "a" * 63, "a" * 64])
def test_names_up_to_the_limit(rooms: RoomRegistry, name: str) -> None:
    """A name of at most the maximum length is accepted and found."""
    assert rooms.add(name) is rooms.get(name.upper())


@pytest.mark.parametrize("name", ["CS351", "", "x" * 65, "x" * 60_000])
def test_no_such_room(rooms: RoomRegistry, name: str) -> None:
    """An unknown room is not found."""
    rooms.add("CS350")

    with pytest.raises(RoomNotFound) as caught:
        rooms.get(name)

    assert name == caught.value.name


def test_as_many_rooms_as_there_may_be(rooms: RoomRegistry) -> None:
    """The last allowed room is created, one more is refused, and the others stay."""
    for name in ("a", "b", "c"):
        rooms.add(name).wanted = 1
    with pytest.raises(TooMany) as caught:
        rooms.add("d")

    assert 3 == caught.value.most
    assert ["a", "b", "c"] == [room.name for room in rooms]


def test_an_empty_room_makes_place(rooms: RoomRegistry) -> None:
    """At the limit the oldest empty room is removed, so that one user can't block all others."""
    a, b, _ = (rooms.add(name) for name in ("a", "b", "c"))
    a.wanted = 1
    rooms.add("d")

    assert ["a", "c", "d"] == [room.name for room in rooms]
    with pytest.raises(RoomNotFound):
        rooms.get(b.name)


def test_a_room_that_still_has_to_hear_who_left_stays(rooms: RoomRegistry) -> None:
    """A room is not removed before pending leaves are done."""
    for name in ("a", "b", "c"):
        rooms.add(name).members.add(user("Alice"))

    with pytest.raises(TooMany):
        rooms.add("d")


@pytest.mark.parametrize(
    "change",
    [
        Change("#a", "", "private", ""),
        Change("#a", "", "closed", ""),
        Change("#a", "alice", "moderator", "Alice"),
    ],
)
def test_a_room_whose_order_matters_stays(rooms: RoomRegistry, change: Change) -> None:
    """A room with an order stays: otherwise any user could create it again and read its history."""
    for name in ("a", "b", "c"):
        rooms.add(name)
    rooms.get("a").order.apply(change)
    rooms.add("d")

    assert ["a", "c", "d"] == [room.name for room in rooms]


@pytest.mark.parametrize(
    "change",
    [
        Change("#a", "", "topic", "Exam"),
        Change("#a", "~17", "moderator", "Alice"),
        Change("#a", "bob", "banned", ""),
        Change("#a", "bob", "muted", ""),
        Change("#a", "", "announce", ""),
    ],
)
def test_a_room_that_is_everybodys_goes(rooms: RoomRegistry, change: Change) -> None:
    """An open room without a registered moderator may be removed."""
    for name in ("a", "b", "c"):
        rooms.add(name)
    rooms.get("a").order.apply(change)
    rooms.add("d")

    assert ["b", "c", "d"] == [room.name for room in rooms]


def test_more_rooms_than_there_may_be_now(rooms: RoomRegistry) -> None:
    """Of too many kept rooms the oldest are removed, except those that must stay."""
    for name in ("a", "b", "c", "d", "e"):
        rooms.restore(name, 7)
    rooms.get("a").order.apply(Change("#a", "", "private", ""))
    rooms.trim()
    left = [room.name for room in rooms]
    for room in rooms:
        room.order.apply(Change(room.key, "", "closed", ""))
    rooms.restore("f", 1)
    rooms.get("f").wanted = 1
    rooms.trim()

    assert (["a", "d", "e"], 7) == (left, rooms.get("d").last_seq)
    assert ["a", "d", "e", "f"] == [room.name for room in rooms]


def test_a_full_house_still_says_what_is_wrong_with_a_name(rooms: RoomRegistry) -> None:
    """At the limit an existing name is still refused as existing."""
    for name in ("a", "b", "c"):
        rooms.add(name)

    with pytest.raises(RoomExists):
        rooms.add("A")


def test_many_rooms_of_before_go_at_once() -> None:
    """Of very many kept rooms the newest remain, in order."""
    rooms = RoomRegistry(64, 3)
    for number in range(5_000):
        rooms.restore(f"r{number}", 1)
    rooms.changed(rooms.get("r5"), "")
    rooms.trim()
    rooms.add("a")

    assert ["r4998", "r4999", "a"] == [room.name for room in rooms]
    assert ["a", "r4998", "r4999"] == [room.name for room in rooms.open]


def test_a_room_that_is_hidden_is_not_among_those_that_all_are_shown(rooms: RoomRegistry) -> None:
    """A private room moves to the hidden ones and back, and is found by the users it concerns."""
    room = rooms.add("a")
    rooms.add("b")
    for change in (Change("#a", "", "private", ""), Change("#a", "bob", "invited", "Bob")):
        room.order.apply(change)
        rooms.changed(room, change.subject)
    hidden = [one.name for one in rooms.open], [one.name for one in rooms.hidden]
    concerning = set(rooms.concerning("bob"))
    for change in (Change("#a", "", "private", None), Change("#a", "bob", "invited", None)):
        room.order.apply(change)
        rooms.changed(room, change.subject)

    assert ((["b"], ["a"]), {room}) == (hidden, concerning)
    assert (["a", "b"], [], ()) == (
        [one.name for one in rooms.open],
        list(rooms.hidden),
        rooms.concerning("bob"),
    )
