"""The roster in a room, and students who are added late."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classchat.class_commands import Here, Mark, Present, ReadRoster
from classchat.class_events import RosterView
from classchat.core.acts import Audited, Enrolling
from classchat.core.features import roster_requests
from classchat.messages import Claim, Leave, Success, Unassist
from classchat.rosters.join_codes import code_digest
from classchat.rosters.students import Student
from tests.unit.core.features.helpers import UNLIMITED, Classroom, R
from tests.unit.core.helpers import RIGHT
from tests.unit.helpers import Client, House

READ = ReadRoster(receiver=R)


@pytest.fixture
def room() -> Classroom:
    """Return a class in which two students are on the roster, of whom one is Carol."""
    room = Classroom()
    _enrols(room.house, Student("Carol Ng", section="A"), "Carol.Ng", b"c", person="Carol")
    _enrols(room.house, Student("Zoe Quux"), "Zoe.Quux", b"z")
    return room


def _enrols(house: House, student: Student, user: str, code: bytes, person: str = "") -> None:
    house.journal.keeps(Enrolling(student, user, code))
    if person:
        account = house.chat.accounts.find(person)
        assert account is not None
        assert house.journal._accounts.roster.use(code, person.lower(), account.user.person.number, person)


def _adds(name: str) -> ReadRoster:
    return ReadRoster(receiver=R, text="add", user=name)


def _added(room: Classroom, client: Client, name: str) -> tuple[str | None, str]:
    """Return the user name and the code that staff get for a student."""
    answer = room.answer(client, _adds(name))
    assert isinstance(answer, Success), answer
    return answer.user, answer.code or ""


def test_a_student_on_the_roster_is_marked_from_anywhere(room: Classroom) -> None:
    """A student who did not come can be excused."""
    room.asks(room.carol, Leave(receiver=R))

    assert None is room.code(room.ann, Mark(receiver=R, user="Carol", text="excused"))


def test_the_roster(room: Classroom) -> None:
    """Staff see who is on it, who of them is here, and which students are here without being on it."""
    answer = room.answer(room.ann, READ)

    assert isinstance(answer, Success)
    assert [
        RosterView("Carol Ng", "Carol", "A", here=True),
        RosterView("Zoe Quux"),
        RosterView("Dave", "Dave", here=True, listed=False),
        RosterView("Emil", "Emil", here=True, listed=False),
    ] == answer.roster
    assert "Roster: 2 students, 1 of them in 'R'; not on the roster: Dave, Emil" == answer.text


def test_attendance(room: Classroom) -> None:
    """Whether a student has entered a code in this session, and what staff have set, is there as well."""
    code = room.answer(room.mona, Present(receiver=R)).code or ""
    room.asks(room.carol, Here(receiver=R, text=code))
    room.asks(room.mona, Mark(receiver=R, user="Dave", text="late"))
    answer = room.answer(room.ann, READ)

    assert isinstance(answer, Success)
    assert [("Carol", True, None), ("", None, None), ("Dave", None, "late"), ("Emil", None, None)] == [
        (one.user, one.seen, one.mark) for one in answer.roster or []
    ]


def test_several_names_at_one_address(room: Classroom) -> None:
    """They are shown to staff, the first five; it is refused to nobody."""
    code = room.answer(room.mona, Present(receiver=R)).code or ""
    room.asks(room.carol, Here(receiver=R, text=code))
    for number in range(8):
        phone = room.house.connects("192.0.2.7")
        phone.registers(f"G{number}")
        phone.joins(R)
        room.asks(phone, Here(receiver=R, text=code))
    answer = room.answer(room.ann, READ)

    assert isinstance(answer, Success)
    shown = {one.user: (one.same_address, one.same_more) for one in answer.roster or []}
    assert (None, None) == shown["Carol"]
    assert (["G1", "G2", "G3", "G4", "G5"], 2) == shown["G0"]
    assert (["G0", "G1", "G2", "G3", "G4"], 2) == shown["G7"]


def test_who_is_away(room: Classroom) -> None:
    """A student with an account who has disconnected is not here."""
    room.carol.quits()
    room.house.turn()
    answer = room.answer(room.mona, READ)

    assert isinstance(answer, Success)
    assert RosterView("Carol Ng", "Carol", "A") == (answer.roster or [])[0]


def test_students_see_nothing(room: Classroom) -> None:
    """Students, and users who are not in the room, read and add nothing."""
    refused = [
        room.code(client, command) for client in (room.carol, room.gus) for command in (READ, _adds("X"))
    ]

    assert ["not_allowed"] * 4 == refused


def test_a_late_student(room: Classroom) -> None:
    """An assistant adds a student, who registers with the code, even where no claims are taken."""
    user, code = _added(room, room.ann, " Jane  Doe ")
    room.house.chat.limits = replace(room.house.chat.limits, claims="closed")
    jane = room.house.connects()
    jane.send(Claim(sender=user or "", text=RIGHT, code=code))
    for _ in range(4):
        room.house.turn()
    answer = room.answer(room.ann, READ)

    assert "Jane.Doe" == user
    assert ["Welcome to ClassChat, Jane.Doe!"] == jane.hears_texts("success")
    assert isinstance(answer, Success)
    assert RosterView("Jane Doe", "Jane.Doe") in (answer.roster or [])


def test_a_code_is_shown_and_only_its_digest_is_stored(room: Classroom) -> None:
    """The answer has the code; the entry has its digest, and the audit log the name."""
    room.ann.send(_adds("Jane Doe"))
    (entry,) = room.house.journal.pending
    room.house.turn()
    (answer,) = [event for event in room.ann.hears("success") if isinstance(event, Success)]

    act, audited = entry.acts  # type: ignore[union-attr]
    assert Enrolling(Student("Jane Doe"), "Jane.Doe", code_digest(answer.code or "") or b"") == act
    assert Audited("Ann", "roster add", "R", "Jane.Doe") == audited
    assert (
        f"Jane Doe is on the roster. The join code for the user name Jane.Doe is {answer.code}" == answer.text
    )


def test_a_student_who_is_on_the_roster_gets_another_code(room: Classroom) -> None:
    """The student is found by name; the earlier code is no longer valid."""
    user, first = _added(room, room.mona, "zoe quux")
    again, second = _added(room, room.mona, "Zoe.Quux")
    codes = [code_digest(code) or b"" for code in (first, second)]

    assert "Zoe.Quux" == user == again
    assert [False, True] == [room.house.journal._accounts.roster.by_code(code) is not None for code in codes]


def test_who_is_not_added(room: Classroom) -> None:
    """A student who has registered, or shares a name, is not added; nor is an empty name."""
    _enrols(room.house, Student("Zoe Quux"), "Zoe.Quux2", b"y")

    assert "not_allowed" == room.code(room.mona, _adds("Carol Ng"))
    assert room.text(room.mona, _adds("Zoe Quux")).endswith("'Zoe Quux': use one of Zoe.Quux, Zoe.Quux2.")
    assert ["invalid_format", "too_long"] == [room.code(room.mona, _adds(name)) for name in (" ", "x" * 201)]
    assert "invalid_format" == room.code(room.mona, ReadRoster(receiver=R, text="drop"))


def test_a_name_that_is_registered_is_not_proposed(room: Classroom) -> None:
    """The proposal is a name that is free; that of a guest is, because the guest may be the student."""
    assert ("Dave2", "Emil", "emil2") == tuple(
        _added(room, room.mona, name)[0] for name in ("Dave", "Emil", "emil!")
    )


def test_a_name_that_another_program_takes_meanwhile(room: Classroom) -> None:
    """The next name is proposed."""
    room.mona.send(_adds("Jane Doe"))
    room.house.journal.is_claimed("Jane.Doe", -1)
    room.house.turn()
    room.house.turn()
    (answer,) = [event for event in room.mona.hears("success") if isinstance(event, Success)]

    assert "Jane.Doe2" == answer.user


def test_a_former_assistant(room: Classroom) -> None:
    """Rights are checked when they are used."""
    room.asks(room.mona, Unassist(receiver=R, user="Ann"))

    assert "not_allowed" == room.code(room.ann, READ)


def test_a_long_roster(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is one line: it says how many students are left out; the roster itself is limited."""
    room = Classroom(replace(UNLIMITED, listing=1_000))
    for number in range(30):
        _enrols(room.house, Student(f"S{number:02}"), f"S{number:02}", b"%d" % number)
    answer = room.answer(room.mona, READ)
    monkeypatch.setattr(roster_requests, "MOST_STUDENTS", 30)

    assert isinstance(answer, Success)
    assert (33, True) == (len(answer.roster or []) + (answer.more or 0), len(answer.roster or []) < 10)
    assert "too_many" == room.code(room.mona, _adds("One more"))
