"""Attendance: codes that change, and marks."""

from __future__ import annotations

import pytest

from classchat.class_commands import Follow, Here, Mark, Present, SetSession
from classchat.class_events import AboutHere, AboutMark, HereView
from classchat.core.features.attendance import HereRow, code_at
from classchat.messages import Leave, Success
from tests.unit.core.features.helpers import Classroom, R, abouts
from tests.unit.helpers import Client


@pytest.fixture
def room() -> Classroom:
    """Return a class."""
    return Classroom()


def opens(room: Classroom, seconds: int = 300) -> str:
    """Take attendance, and return the code."""
    answer = room.answer(room.ann, Present(receiver=R, seconds=seconds))
    assert isinstance(answer, Success)
    assert answer.code is not None
    return answer.code


def here(room: Classroom, client: Client) -> HereView:
    """Return what a user sees."""
    answer = room.answer(client, Follow(receiver=R))
    assert isinstance(answer, Success)
    assert answer.state is not None
    return answer.state.here


def says(room: Classroom, client: Client, code: str) -> str | None:
    """Return the refusal of a code; None if it is valid."""
    return room.code(client, Here(receiver=R, text=code))


def test_the_code_is_told_once(room: Classroom) -> None:
    """It is in the answer to the client that asks; all other clients of the staff are told."""
    other = room.comes_back("Mona")
    other.forgets()
    code = room.answer(room.mona, Present(receiver=R)).code
    told = [
        [one.code for one in abouts(client) if isinstance(one, AboutHere)]
        for client in (room.mona, other, room.ann, room.carol)
    ]

    assert [[None], [code, None], [code, None], [None]] == told


def test_a_student_is_present(room: Classroom) -> None:
    """The code is for staff; a student who says it is present."""
    code = opens(room)
    (to_room,) = abouts(room.carol)
    assert AboutHere(R, "Ann", True, "1970-01-01T00:05:00.000Z") == to_room
    assert code in [about.code for about in abouts(room.mona) if isinstance(about, AboutHere)]

    assert None is says(room, room.carol, f" {code.lower()} ")
    assert None is says(room, room.carol, "again")
    assert here(room, room.carol).seen
    assert not here(room, room.dave).seen
    assert (1, code) == (here(room, room.mona).count, here(room, room.mona).code)
    assert None is here(room, room.carol).code


def test_the_code_changes(room: Classroom) -> None:
    """Each half-minute; the one before counts as well."""
    room.passes(10)
    first = opens(room)
    room.passes(20)
    second = here(room, room.mona).code

    assert first != second
    assert "1970-01-01T00:01:00.000Z" == here(room, room.mona).changes
    assert None is says(room, room.carol, first)
    room.passes(30)
    assert "wrong_code" == says(room, room.dave, first)
    assert None is says(room, room.dave, second or "")


def test_five_wrong_codes_shut_a_student_out(room: Classroom) -> None:
    """The right one is refused then, until attendance is taken again."""
    code = opens(room)

    assert ["wrong_code"] * 5 == [says(room, room.carol, str(number)) for number in range(5)]
    assert "wrong_code" == says(room, room.carol, code)
    assert "Too many wrong codes. Ask the staff to mark you as present" == room.text(
        room.carol, Here(receiver=R, text=code)
    )
    assert None is says(room, room.dave, code)
    assert None is says(room, room.carol, opens(room))


def test_a_wrong_code_that_is_repeated(room: Classroom) -> None:
    """A client that lost its connection sends the request again, which is no further attempt."""
    code = opens(room)
    for _ in range(6):
        assert "wrong_code" == room.code(room.carol, Here(receiver=R, text="AAAAA", id="1"))
    for _ in range(3):
        says(room, room.carol, "AAAAA")

    assert None is says(room, room.carol, code)


def test_a_session_takes_over_what_is_under_way(room: Classroom) -> None:
    """Attendance goes on with its code, and who has entered it is present, but not of earlier attendance."""
    old = opens(room)
    says(room, room.dave, old)
    room.asks(room.ann, Present(receiver=R, text="end"))
    room.passes(60)
    code = opens(room)
    says(room, room.carol, code)
    room.asks(room.mona, SetSession(receiver=R, text="begin"))

    assert here(room, room.carol).seen
    assert not here(room, room.dave).seen
    assert None is says(room, room.emil, code)
    assert 2 == here(room, room.mona).count
    room.passes(300)
    assert AboutHere(R, "SERVER", False) in abouts(room.carol)
    room.asks(room.mona, SetSession(receiver=R, text="end"))
    assert not here(room, room.mona).open


def test_it_ends(room: Classroom) -> None:
    """After its time, by hand, or with the session; the room is told."""
    code = opens(room, 60)
    room.passes(60)
    assert AboutHere(R, "SERVER", False) in abouts(room.carol)
    assert "here_closed" == says(room, room.carol, code)

    code = opens(room)
    room.asks(room.mona, Present(receiver=R, text="end"))
    assert "here_closed" == says(room, room.carol, code)
    assert "here_closed" == room.code(room.mona, Present(receiver=R, text="end"))

    room.asks(room.mona, SetSession(receiver=R, text="begin"))
    code = opens(room)
    room.asks(room.mona, SetSession(receiver=R, text="end"))
    assert "here_closed" == says(room, room.carol, code)


def test_the_time_can_be_made_longer(room: Classroom) -> None:
    """The last request counts."""
    opens(room, 60)
    room.passes(30)
    opens(room, 60)
    room.passes(30)

    assert here(room, room.carol).open
    room.passes(30)
    assert not here(room, room.carol).open


def test_followers_see_the_next_code(room: Classroom) -> None:
    """Staff are told when it changes, students nothing."""
    room.asks(room.mona, Follow(receiver=R, follow=True))
    room.asks(room.carol, Follow(receiver=R, follow=True))
    opens(room)
    room.passes(1)
    room.forgets()
    room.passes(29)
    room.passes(0)

    (told,) = abouts(room.mona)
    assert here(room, room.mona).code == told.here.code  # type: ignore[union-attr]
    assert [] == abouts(room.carol)


def test_names_at_one_address_are_shown(room: Classroom) -> None:
    """The rows say which came from one address, and not from which."""
    code = opens(room)
    for client, address in ((room.carol, "10.0.0.1"), (room.dave, "10.0.0.2"), (room.emil, "10.0.0.1")):
        client.session._address = address
        says(room, client, code)
    rows = room.house.chat.rulings._state._of_rooms[room.house.chat.rooms.get(R)]
    places = [row.row.place for row in rows.of(0, HereRow, expected=False).values()]  # type: ignore[attr-defined]

    assert places[0] == places[2] != places[1]
    assert not [place for place in places if "10.0.0" in place]


@pytest.mark.parametrize("mark", ["present", "late", "excused", "absent"])
def test_staff_set_it(room: Classroom, mark: str) -> None:
    """The student is told, and sees it."""
    assert None is room.code(room.ann, Mark(receiver=R, user="carol", text=mark.upper()))

    assert [AboutMark(R, "Ann", mark)] == abouts(room.carol)  # type: ignore[arg-type]
    assert mark == here(room, room.carol).mark


def test_nobody_else_is_marked(room: Classroom) -> None:
    """Only a user who is, or has been, in the room can be marked, and only as one of the four words."""
    room.asks(room.ann, Mark(receiver=R, user="Dave", text="present"))
    room.asks(room.dave, Leave(receiver=R))
    assert None is room.code(room.ann, Mark(receiver=R, user="Dave", text="late"))
    assert "not_on_roster" == room.code(room.ann, Mark(receiver=R, user="Nobody", text="late"))
    assert "not_on_roster" == room.code(room.ann, Mark(receiver=R, user="Gus", text="late"))
    assert "invalid_format" == room.code(room.ann, Mark(receiver=R, user="Carol", text="asleep"))


def test_attendance_without_a_session_is_forgotten_after_hours(room: Classroom) -> None:
    """Who was present yesterday has to say it again."""
    says(room, room.carol, opens(room))
    room.passes(6 * 3600 + 1)
    opens(room)

    assert not here(room, room.carol).seen


def test_codes_are_unambiguous() -> None:
    """They differ from one half-minute to the next, and have no letter that looks like another."""
    codes = [code_at("key", number * 30_000) for number in range(200)]

    assert 200 == len(set(codes))
    assert {5} == set(map(len, codes))
    assert not set("01ILOU") & set("".join(codes))
    assert codes[0] == code_at("key", 29_999) != code_at("other key", 0)
