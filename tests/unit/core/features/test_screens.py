"""Screens: a guest that only shows a room, such as a projector's page, counts as a student nowhere."""

from __future__ import annotations

import pytest

from classchat.class_commands import EndPoll, Follow, RaiseHand, ReadRoster, SetGroups, StartPoll, Vote
from classchat.class_events import AboutPoll
from classchat.messages import Claim, ListUsers, Register, Success
from tests.unit.core.features.helpers import Classroom, R, abouts
from tests.unit.helpers import Client


@pytest.fixture
def room() -> Classroom:
    """Return a class."""
    return Classroom()


def role(room: Classroom, client: Client) -> str:
    """Return the role of a client in the class."""
    answer = room.answer(client, Follow(receiver=R))
    assert isinstance(answer, Success)
    assert answer.state is not None
    return answer.state.role


def test_a_screen_is_no_student(room: Classroom) -> None:
    """Neither on the roster nor in the count of a poll, and it is put into no group."""
    room.shows("Early")
    room.asks(room.mona, StartPoll(receiver=R, text="Which?", options=["A", "B"], named=True))
    room.asks(room.carol, Vote(receiver=R, choices=[0]))
    room.forgets()
    room.asks(room.mona, EndPoll(receiver=R))
    (closed,) = [about for about in abouts(room.dave) if isinstance(about, AboutPoll)]
    roster = room.answer(room.mona, ReadRoster(receiver=R))
    room.asks(room.mona, SetGroups(receiver=R, count=2))
    room.shows("Late")
    groups = room.answer(room.mona, Follow(receiver=R))

    students = ["Carol", "Dave", "Emil"]
    assert len(students) == closed.here
    assert isinstance(roster, Success)
    assert isinstance(groups, Success)
    assert students == sorted(one.user for one in roster.roster or [])
    assert groups.state is not None
    assert groups.state.groups is not None
    assert students == sorted(name for group in groups.state.groups.rooms.values() for name in group)


def test_a_screen_reads_what_students_read(room: Classroom) -> None:
    """It is a member of the room for all others."""
    screen = room.shows()
    members = room.answer(room.carol, ListUsers(receiver=R))

    assert "screen" == role(room, screen)
    assert isinstance(members, Success)
    assert "Projector" in {one.name for one in members.users or []}


def test_an_account_is_no_screen(room: Classroom) -> None:
    """A registered name is a person's, who counts whatever a device says."""
    screen = room.shows()
    room.asks(screen, Claim(text="a long passphrase"))
    room.asks(room.carol, RaiseHand(receiver=R))

    assert "student" == role(room, screen)
    assert None is room.code(screen, RaiseHand(receiver=R))


def test_a_guest_says_it_each_time(room: Classroom) -> None:
    """The same guest comes back as a student."""
    first = room.house.connects()
    first.send(Register(sender="Zoe", screen=True))
    (welcome,) = first.hears("success")
    assert isinstance(welcome, Success)
    again = room.house.connects()
    again.send(Register(sender="Zoe", token=welcome.token))
    again.joins(R)
    room.settles()

    assert "student" == role(room, again)
