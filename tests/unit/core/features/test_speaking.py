"""Rooms in which students write less: exams, questions-only and slow rooms."""

from __future__ import annotations

import pytest

from classchat.class_events import AboutLine
from classchat.core.manners import Manner, Uttered
from classchat.errors import NotSaved
from classchat.messages import Assist, Error, Group, Say, SetRoom, Success, Tell, Unassist
from tests.unit.core.features.helpers import Classroom, R, abouts


@pytest.fixture
def room() -> Classroom:
    """Return a class."""
    return Classroom()


@pytest.mark.parametrize("mode", ["questions", "exam"])
def test_only_staff_read_what_students_write(room: Classroom, mode: str) -> None:
    """The student is told so; it is no message of the room."""
    room.asks(room.mona, SetRoom(receiver=R, text=mode))
    room.forgets()
    answer = room.answer(room.carol, Say(receiver=R, text="May I go out?"))

    assert isinstance(answer, Success)
    assert answer.held
    for staff in (room.mona, room.ann):
        assert [AboutLine(R, "Carol", "May I go out?")] == abouts(staff)
    assert [] == room.dave.hears()
    assert 0 == room.house.chat.rooms.get(R).last_seq
    assert 1 == room.answer(room.ann, Say(receiver=R, text="To all")).seq  # type: ignore[union-attr]
    assert ["To all"] == [event.text for event in room.dave.hears() if isinstance(event, Group)]


def test_a_line_that_is_repeated_is_told_once(room: Classroom) -> None:
    """A client whose connection was lost sends it again."""
    room.asks(room.mona, SetRoom(receiver=R, text="exam"))
    room.forgets()
    for _ in range(2):
        assert room.answer(room.carol, Say(receiver=R, text="Help", id="1")).held  # type: ignore[union-attr]

    assert 1 == len(abouts(room.ann))


def test_a_line_that_could_not_be_stored(room: Classroom) -> None:
    """It is refused, and nobody has read it."""
    room.asks(room.mona, SetRoom(receiver=R, text="exam"))
    room.forgets()
    room.carol.send(Say(receiver=R, text="Help", id="1"))
    room.house.journal.fail(NotSaved())

    assert ["not_saved"] == [one.code for one in room.carol.answers("1") if isinstance(one, Error)]
    assert [] == abouts(room.ann)


def test_students_do_not_write_to_each_other_in_an_exam(room: Classroom) -> None:
    """To staff they may, and to people who are not in the room."""
    room.asks(room.mona, SetRoom(receiver=R, text="exam"))

    assert "staff_only" == room.code(room.carol, Tell(receiver="Dave", text="Psst"))
    assert None is room.code(room.carol, Tell(receiver="Mona", text="Hello"))
    assert None is room.code(room.ann, Tell(receiver="Dave", text="Hello"))
    assert None is room.code(room.carol, Tell(receiver="Gus", text="Hello"))
    assert None is room.code(room.carol, Tell(receiver="Carol", text="a note"))
    room.asks(room.mona, SetRoom(receiver=R, text="talk"))
    assert None is room.code(room.carol, Tell(receiver="Dave", text="Done?"))


def test_nor_by_what_is_not_stored(room: Classroom) -> None:
    """What IRC clients send each other besides messages is private, too."""
    room.asks(room.mona, SetRoom(receiver=R, text="exam"))
    room.forgets()
    aside = Uttered(Tell(receiver="Dave", text="\x01PSST answer is 4\x01"), Manner(), aside=True)
    room.house.run(room.carol.session.handle(aside) or _nothing())

    assert ["staff_only"] == room.carol.hears_codes()
    assert [] == room.dave.hears()


def test_nor_by_signals(room: Classroom) -> None:
    """In an exam, and where only the staff read what students write, students' programs signal nothing."""
    room.asks(room.mona, SetRoom(receiver=R, text="exam"))
    room.forgets()
    typing = Manner(tags=(("+typing", "active"),), label="1")
    for command in (Say(receiver=R), Tell(receiver="Dave")):
        room.house.run(room.carol.session.handle(Uttered(command, typing)) or _nothing())

    assert ["staff_only", "staff_only"] == room.carol.hears_codes()


def test_nor_in_slow_rooms(room: Classroom) -> None:
    """A signal could go around the pause; one of the staff may be sent, and takes none."""
    room.asks(room.mona, SetRoom(receiver=R, text="slow", seconds=30))
    room.forgets()
    typing = Manner(tags=(("+typing", "active"),), label="1")
    for client in (room.carol, room.mona):
        room.house.run(client.session.handle(Uttered(Say(receiver=R), typing)) or _nothing())

    assert ["slow_mode"] == room.carol.hears_codes()
    assert [] == room.mona.hears_codes()


async def _nothing() -> None:
    """Wait for nothing."""


def test_rights_are_those_of_now(room: Classroom) -> None:
    """A new assistant speaks to the room, a former one to the staff."""
    room.asks(room.mona, SetRoom(receiver=R, text="exam"), Assist(receiver=R, user="Carol"))
    assert not room.answer(room.carol, Say(receiver=R, text="Hello")).held  # type: ignore[union-attr]
    room.asks(room.mona, Unassist(receiver=R, user="Carol"))

    assert room.answer(room.carol, Say(receiver=R, text="Hello")).held  # type: ignore[union-attr]


def test_a_slow_room(room: Classroom) -> None:
    """A student waits after each line; staff do not."""
    assert "invalid_format" == room.code(room.mona, SetRoom(receiver=R, text="slow"))
    room.asks(room.mona, SetRoom(receiver=R, text="slow", seconds=30))

    assert None is room.code(room.carol, Say(receiver=R, text="1"))
    room.passes(10)
    refusal = room.answer(room.carol, Say(receiver=R, text="2"))
    assert isinstance(refusal, Error)
    assert ("slow_mode", 21) == (refusal.code, refusal.seconds)
    assert None is room.code(room.dave, Say(receiver=R, text="1"))
    assert [None, None] == [room.code(room.ann, Say(receiver=R, text="x")) for _ in range(2)]
    room.passes(21)
    assert None is room.code(room.carol, Say(receiver=R, text="2"))
    room.asks(room.mona, SetRoom(receiver=R, text="talk"))
    assert None is room.code(room.carol, Say(receiver=R, text="3"))


def test_one_mode_ends_the_other(room: Classroom) -> None:
    """An exam is no announcement."""
    room.asks(room.mona, SetRoom(receiver=R, text="announce"), SetRoom(receiver=R, text="exam"))
    order = room.house.chat.rooms.get(R).order
    assert (order.announce, order.exam) == (False, True)
    room.asks(room.mona, SetRoom(receiver=R, text="questions"))

    assert (order.exam, order.questions) == (False, True)
    assert not room.house.chat.rooms.exams
