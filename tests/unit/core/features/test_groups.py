"""Groups: how students are put together, and the rooms that they get."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classchat.class_commands import Follow, SetGroups, SetSession
from classchat.class_events import AboutGroups, GroupsView
from classchat.core.acts import PersonRecord, RowChange
from classchat.core.entries import Ruled
from classchat.core.features.grouping import (
    new_groups,
    number_of_groups,
    pairs,
    random_groups,
    same_groups,
    section_groups,
)
from classchat.messages import Ban, Command, History, Join, Kick, Leave, Op, Say, SetRoom, Success
from tests.unit.core.features.helpers import Classroom, R, abouts
from tests.unit.helpers import Client

STUDENTS = st.lists(st.integers(1, 99).map(str), min_size=1, max_size=30, unique=True)


def reverse(students: list[str]) -> None:
    """Bring students into some other order."""
    students.reverse()


@given(STUDENTS, st.integers(1, 40))
def test_sizes_differ_by_at_most_one(students: list[str], count: int) -> None:
    """Everybody is in one group, and no group is empty."""
    groups = random_groups(students, number_of_groups(len(students), count, None), reverse)

    assert sorted(students) == sorted(one for group in groups for one in group)
    sizes = [len(group) for group in groups]
    assert max(sizes) - min(sizes) <= 1
    assert 1 <= min(sizes)


@given(STUDENTS, st.integers(1, 40))
def test_no_group_is_larger_than_its_size(students: list[str], size: int) -> None:
    """There are as many groups as that needs."""
    groups = random_groups(students, number_of_groups(len(students), None, size), reverse)

    assert max(map(len, groups)) <= size


@given(STUDENTS, st.integers(1, 10))
def test_new_groups_are_whole(students: list[str], count: int) -> None:
    """Whatever the pairs before, everybody is in one group, and sizes differ by at most one."""
    earlier = set(map(frozenset, combinations(students[:6], 2)))
    groups = new_groups(students, number_of_groups(len(students), count, None), earlier, reverse)

    assert sorted(students) == sorted(one for group in groups for one in group)
    sizes = [len(group) for group in groups]
    assert max(sizes) - min(sizes) <= 1


def test_new_groups_avoid_earlier_pairs() -> None:
    """With room to choose, no pair meets again."""
    students = [str(number) for number in range(9)]
    before = random_groups(students, 3, reverse)
    earlier = {pair for group in before for pair in pairs(group)}

    groups = new_groups(students, 3, earlier, Random(1).shuffle)  # noqa: S311

    assert not {pair for group in groups for pair in pairs(group)} & earlier


def test_the_same_groups() -> None:
    """Those who are here; a new student goes to the smallest."""
    assert [["1", "2"], ["4", "5"]] == same_groups(["1", "2", "4", "5"], [["1", "2"], ["3", "4"]])


def test_groups_by_section() -> None:
    """A section is a group; students without a section go to the smallest."""
    sections = {"1": "B", "2": "A", "3": "B"}

    assert [["2", "4"], ["1", "3"]] == section_groups(["1", "2", "3", "4"], sections)


@pytest.fixture
def room() -> Classroom:
    """Return a class."""
    return Classroom()


def rooms_of(room: Classroom, client: Client) -> list[str]:
    """Return the names of the rooms that a user is in."""
    room.house.settles()
    user = client.session.user
    assert user is not None
    return sorted(one.name for one in user.rooms)


def seen(room: Classroom, client: Client) -> GroupsView | None:
    """Return the groups as a user sees them."""
    answer = room.answer(client, Follow(receiver=R))
    assert isinstance(answer, Success)
    assert answer.state is not None
    return answer.state.groups


def test_students_are_put_into_rooms(room: Classroom) -> None:
    """They learn which; staff see all, and may come in."""
    assert None is room.code(room.mona, SetGroups(receiver=R, count=2))

    (own, to_all) = [about for about in abouts(room.carol) if isinstance(about, AboutGroups)]
    assert (2, None) == (to_all.count, to_all.own)
    assert own.own in ("R-1", "R-2")
    assert [own.own] == list(seen(room, room.carol).rooms)  # type: ignore[union-attr]
    assert [R, own.own] == rooms_of(room, room.carol)
    members = seen(room, room.mona).rooms  # type: ignore[union-attr]
    assert ["Carol", "Dave", "Emil"] == sorted(one for group in members.values() for one in group)
    assert {1, 2} == set(map(len, members.values()))
    assert [R] == rooms_of(room, room.mona)
    assert None is room.code(room.ann, Join(receiver="R-1"))
    assert "not_invited" == room.code(room.gus, Join(receiver="R-1"))


def test_others_are_not_let_in(room: Classroom) -> None:
    """A student of one group can't join another one."""
    room.asks(room.mona, SetGroups(receiver=R, size=1))
    (own,) = [name for name in rooms_of(room, room.carol) if name != R]
    other = next(name for name in ("R-1", "R-2", "R-3") if name != own)

    assert "not_invited" == room.code(room.carol, Join(receiver=other))


def test_they_come_back_when_it_ends(room: Classroom) -> None:
    """The transcripts stay, for moderators who open the room again."""
    room.asks(room.mona, SetGroups(receiver=R, count=1))
    room.house.settles()
    room.asks(room.carol, Say(receiver="R-1", text="Hello"))
    room.asks(room.mona, SetGroups(receiver=R, text="close"))

    assert [R] == rooms_of(room, room.carol)
    assert None is seen(room, room.carol)
    assert "not_a_member" == room.code(room.carol, History(receiver="R-1"))
    assert "room_closed" == room.code(room.carol, Join(receiver="R-1"))
    assert 1 == room.house.chat.rooms.get("R-1").last_seq
    assert "not_allowed" == room.code(room.mona, SetGroups(receiver=R, text="close"))


def test_an_exam_closes_groups(room: Classroom) -> None:
    """Students could talk there; groups that staff open during the exam stay, whatever else they order."""
    room.asks(room.mona, SetGroups(receiver=R, count=1), SetRoom(receiver=R, text="exam"))
    room.house.settles()
    assert [R] == rooms_of(room, room.carol)
    assert AboutGroups(R, "SERVER", False) in abouts(room.carol)
    room.asks(room.mona, SetGroups(receiver=R, count=1), SetRoom(receiver=R, text="slow", seconds=5))
    room.house.settles()

    assert [R, "R-1"] == rooms_of(room, room.carol)


def test_they_end_by_themselves(room: Classroom) -> None:
    """After their time, or with the session."""
    room.asks(room.mona, SetGroups(receiver=R, count=2, seconds=600))
    assert "1970-01-01T00:10:00.000Z" == seen(room, room.carol).until  # type: ignore[union-attr]
    room.passes(600)
    assert [R] == rooms_of(room, room.carol)
    assert AboutGroups(R, "SERVER", False) in abouts(room.carol)

    room.asks(room.mona, SetSession(receiver=R, text="begin"), SetGroups(receiver=R, count=2))
    assert 2 == len(rooms_of(room, room.carol))
    room.asks(room.mona, SetSession(receiver=R, text="end"))
    assert [R] == rooms_of(room, room.carol)


def test_the_same_again(room: Classroom) -> None:
    """With the rooms of last time."""
    assert "not_allowed" == room.code(room.mona, SetGroups(receiver=R, text="same"))
    room.asks(room.mona, SetGroups(receiver=R, count=3))
    before = seen(room, room.mona)
    room.asks(room.mona, SetGroups(receiver=R, text="close"), SetGroups(receiver=R, text="same"))

    assert before == seen(room, room.mona)
    assert 2 == len(rooms_of(room, room.emil))


def test_other_groups_at_once(room: Classroom) -> None:
    """Students move, and nobody is in two groups."""
    room.asks(room.mona, SetGroups(receiver=R, size=1))
    room.house.settles()
    room.asks(room.mona, SetGroups(receiver=R, count=1))

    for client in (room.carol, room.dave, room.emil):
        assert [R, "R-1"] == rooms_of(room, client)


def test_who_comes_late_goes_to_the_smallest(room: Classroom) -> None:
    """And who comes back, to the group from before."""
    room.asks(room.mona, SetGroups(receiver=R, count=2))
    room.asks(room.gus, Join(receiver=R))
    room.house.settles()
    members = seen(room, room.mona).rooms  # type: ignore[union-attr]
    assert [2, 2] == [len(group) for group in members.values()]
    (own,) = [name for name in rooms_of(room, room.gus) if name != R]

    room.asks(room.gus, Leave(receiver=R), Leave(receiver=own))
    room.asks(room.gus, Join(receiver=R))
    assert [R, own] == rooms_of(room, room.gus)


def test_who_comes_late_changes_one_group(room: Classroom) -> None:
    """The other groups stay as they are: a student who was removed from one of them is not put back."""
    room.asks(room.mona, SetGroups(receiver=R, count=3))
    first = min(seen(room, room.mona).rooms)  # type: ignore[union-attr]
    students = {"Carol": room.carol, "Dave": room.dave, "Emil": room.emil}
    name, out = next(one for one in students.items() if first not in rooms_of(room, one[1]))
    (other,) = [group for group in rooms_of(room, out) if group != R]
    room.asks(room.mona, Kick(receiver=other, user=name))
    room.asks(room.gus, Join(receiver=R))
    room.house.settles()

    assert [R, first] == rooms_of(room, room.gus)
    assert [R] == rooms_of(room, out)


def made_known(room: Classroom, client: Client, command: Command) -> list[list[str]]:
    """Return the names of the guests in each entry that changes groups after a command."""
    client.send(command)
    changes = []
    while pending := list(room.house.journal.pending):
        changes += [entry.acts for entry in pending if isinstance(entry, Ruled)]
        room.house.turn()
    return [
        [act.name for act in acts if isinstance(act, PersonRecord)]
        for acts in changes
        if any(isinstance(act, RowChange) and act.kind == "groups" for act in acts)
    ]


def test_guests_are_known_with_their_groups(room: Classroom) -> None:
    """A server that is killed after groups are stored knows their guests when they come back."""
    assert [["Emil"]] == made_known(room, room.mona, SetGroups(receiver=R, count=2))
    assert [["Gus"]] == made_known(room, room.gus, Join(receiver=R))


@pytest.mark.parametrize("order", [Kick, Ban])
def test_who_is_removed_from_the_room_is_in_no_group(room: Classroom, order: type[Kick | Ban]) -> None:
    """Nor may they come back into it by themselves."""
    room.asks(room.mona, SetGroups(receiver=R, count=1))
    room.asks(room.mona, order(receiver=R, user="Carol"))

    assert [] == rooms_of(room, room.carol)
    assert "not_invited" == room.code(room.carol, Join(receiver="R-1"))
    assert [R, "R-1"] == rooms_of(room, room.dave)


def test_who_is_banned_from_a_group_is_not_put_into_it(room: Classroom) -> None:
    """Groups do not undo what a moderator has decided."""
    room.asks(room.mona, SetGroups(receiver=R, count=1))
    room.house.settles()
    room.asks(room.mona, Ban(receiver="R-1", user="Carol"))
    room.asks(room.gus, Join(receiver=R))

    assert [R] == rooms_of(room, room.carol)
    assert [R, "R-1"] == rooms_of(room, room.gus)


def test_a_room_of_that_name_is_left_alone(room: Classroom) -> None:
    """Groups take the next number."""
    room.house.room("R-1", room.gus)
    room.asks(room.mona, SetGroups(receiver=R, count=1))

    assert [R, "R-2"] == rooms_of(room, room.carol)
    assert ["R-1"] == rooms_of(room, room.gus)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (SetGroups(receiver=R, text="random"), "invalid_format"),
        (SetGroups(receiver=R, count=2, size=2), "invalid_format"),
        (SetGroups(receiver=R, count=2, text="alike"), "invalid_format"),
        (SetGroups(receiver=R, text="section"), "not_allowed"),
    ],
)
def test_what_is_refused(room: Classroom, command: SetGroups, code: str) -> None:
    """With nothing changed."""
    assert code == room.code(room.mona, command)
    assert None is seen(room, room.mona)


def test_without_students_there_are_no_groups(room: Classroom) -> None:
    """Staff are in none."""
    room.asks(room.mona, *(Op(receiver=R, user=name) for name in ("Carol", "Dave", "Emil")))

    assert "not_allowed" == room.code(room.mona, SetGroups(receiver=R, count=2))
