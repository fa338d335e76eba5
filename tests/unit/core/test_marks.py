"""Marks: how far a client has heard each conversation, by any spelling; each name is normalized once."""

from __future__ import annotations

import pytest

from classchat import names
from classchat.core.backlog import Backlog
from classchat.core.marks import Marks, heard_up_to
from classchat.core.model import Room
from classchat.messages import Since
from tests.tables import each_case
from tests.unit.helpers import EPOCH, House

MANY = {chr(0xC0 + one) + chr(0x250 + other): 0 for one in range(100) for other in range(70)}
"""As many names as one line holds, all without ASCII."""


def room(name: str) -> Room:
    """Return a room."""
    return Room(name, f"#{names.key(name)}")


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of the names whose keys are computed from now on."""
    looked_at: list[str] = []
    for name in ("key", "user_key"):
        key = getattr(names, name)

        def counted(name: str, key: object = key) -> str:
            looked_at.append(name)
            return key(name)  # type: ignore[operator]

        monkeypatch.setattr(names, name, counted)
    return looked_at


@each_case(
    ("spelled", "seq"),
    [("Café", 1), ("CAFE\u0301", 2), ("lab", 3), ("other", None)],
)
def test_a_room_in_any_spelling(spelled: str, seq: int | None) -> None:
    """A room is found by its spelling, or else by any spelling of its name."""
    marks = Marks(Since("", 0, rooms={"Café": 1, "CAFÉ": 5, "CAFE\u0301": 2, "LAB": 3, "Lab": 4}))

    assert seq == marks.of_room(spelled, names.key(spelled))


def test_a_user_in_any_spelling() -> None:
    """A user is found by any spelling of the name; texts longer than any name are skipped."""
    marks = Marks(Since("", 0, {"Zoë": 1, "x" * 257: 2}))

    assert (True, True, False) == tuple(map(marks.names_user, ("Zoë", "ZOE\u0308", "Zoe")))
    assert {"zoë": 1} == marks.of_users()


def test_each_name_is_looked_at_once(looked_at: list[str]) -> None:
    """The cost of a line of names grows with the line, not with the number of the user's rooms."""
    rooms = [room(f"röom-{number}") for number in range(100)]
    looked_at.clear()
    marks = Marks(Since("", 0, rooms=MANY))
    for one in rooms:
        marks.of_room(one.name, one.key[1:])

    assert len(MANY) == len(looked_at)


def test_what_is_spelled_as_we_do_is_not_looked_at(looked_at: list[str]) -> None:
    """If a client spells its rooms as the server does, no name is normalized."""
    rooms = [room(f"röom-{number}") for number in range(100)]
    looked_at.clear()
    marks = Marks(Since("", 0, rooms={**{one.name: 0 for one in rooms}, **MANY}))
    for one in rooms:
        marks.of_room(one.name, one.key[1:])

    assert [] == looked_at


def test_to_catch_up_in_all_rooms_looks_at_each_name_once(looked_at: list[str]) -> None:
    """For a client that returns to a hundred rooms each name is normalized once, not once for each room."""
    house = House()
    (alice,) = house.signs_in("Alice")
    user = house.chat.users.find("Alice")
    rooms = [house.chat.rooms.add(f"röom-{number}") for number in range(100)]
    looked_at.clear()
    backlog = Backlog()
    for one in rooms:
        since = Since(EPOCH, 0, rooms=MANY)
        telling = house.chat.catch_up.member(user, alice.peer, one, since, backlog)
        house.run(telling)  # type: ignore[arg-type]

    assert len(MANY) == len(looked_at)


def test_heard_up_to() -> None:
    """A number belongs to the last bearer of the name to whom it can belong."""
    dialogs = [("bob", 5, "old"), ("carol", 2, "carol"), ("bob", 12, "middle"), ("bob", 3, "new")]

    assert [("old", 1 << 63), ("carol", 1), ("middle", 7), ("new", 0)] == heard_up_to(
        Since(EPOCH, 1, {"BOB": 7}), dialogs, {}
    )
    assert [("old", 0), ("carol", 1), ("middle", 0), ("new", 0)] == heard_up_to(
        Since(EPOCH, 1, {"bob": 99, "x" * 60_000: 3}), dialogs, {}
    )


def test_heard_under_a_former_name() -> None:
    """A number under a former name counts, unless the present name is given, or a later person has it."""
    dialogs = [("bob", 5, "first"), ("alice", 3, "second")]
    former = {"first": ["alice", "al"]}

    def heard(**seqs: int) -> list[int]:
        return [seq for _, seq in heard_up_to(Since(EPOCH, 0, seqs), dialogs, former)]

    assert [[2, 0], [4, 0]] == [heard(al=2), heard(al=2, bob=4)]
    assert [[0, 3], [5, 0]] == [heard(alice=3), heard(alice=5)]
