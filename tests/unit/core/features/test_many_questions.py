"""Ten thousand questions: the documented errors, bounded memory, and others who are served meanwhile."""

from __future__ import annotations

from collections import Counter

import msgspec

from classchat.class_commands import Ask, Dismiss, RaiseHand, SetSession, Support
from classchat.core.features.class_questions import MOST_QUESTIONS
from classchat.core.features.question_rows import SupportsRow
from classchat.limits import Limits
from classchat.messages import Error
from tests.unit.core.features.helpers import UNLIMITED, Classroom, R
from tests.unit.helpers import Client

MANY = 10_000
HOURS = 900
THOUSAND = 1_000
BEGIN = SetSession(receiver=R, text="begin")


def a_session(limits: Limits = UNLIMITED) -> Classroom:
    """Return a class in which questions are open."""
    room = Classroom(limits)
    room.passes(60)
    room.asks(room.mona, BEGIN)
    room.forgets()
    return room


def codes(*clients: Client) -> Counter[str]:
    """Return how often each answer has come, and forget what the clients have heard."""
    heard = Counter[str]()
    for client in clients:
        heard.update(
            (one.code or "" if isinstance(one, Error) else "success")
            for one in client.hears("success", "error")
        )
        client.forgets()
    return heard


def rows(room: Classroom) -> Counter[str]:
    """Return how many rows of each kind are stored."""
    return Counter(kind for _, _, kind, _ in room.house.journal.rows)


def test_ten_thousand_questions_at_once() -> None:
    """Without rate limits three students may ask three each; all others are refused, and cost no memory."""
    room = a_session()
    students = (room.carol, room.dave, room.emil)

    for at in range(MANY):
        students[at % 3].send(Ask(receiver=R, text="Why?", id=str(at)))
    assert 9 == len(room.house.journal.pending)
    room.settles()

    assert Counter(success=9, slow_mode=MANY - 9) == codes(*students)
    assert 9 == rows(room)["question"] == rows(room)["asked"]
    assert 3 == rows(room)["asking"]
    assert None is room.code(room.dave, RaiseHand(receiver=R))


def test_too_many_questions_in_the_course_of_hours() -> None:
    """As fast as three students may ask: 500 are kept, and others refused until one of them is closed."""
    room = a_session()
    students = (room.carol, room.dave, room.emil)

    heard = Counter[str]()
    for at in range(0, HOURS, 9):
        for one in range(at, min(at + 9, HOURS)):
            students[one % 3].send(Ask(receiver=R, text="Why?", id=str(one)))
        room.house.turn()
        heard += codes(*students)
        room.passes(90)
        room.forgets()

    assert Counter(success=MOST_QUESTIONS, too_many=HOURS - MOST_QUESTIONS) == heard
    kept = rows(room)
    assert [MOST_QUESTIONS] * 3 == [kept[kind] for kind in ("question", "author", "asked")]
    assert None is room.code(room.mona, Dismiss(receiver=R, number=7))
    assert None is room.code(room.carol, Ask(receiver=R, text="Why?"))
    assert kept["question"] == rows(room)["question"]


def test_a_thousand_questions_of_one_student() -> None:
    """With the limits of a server the student is read more slowly, and may ask one in 30 seconds."""
    room = a_session(Limits())
    peer = room.carol.peer
    peer.rests_at_once = True

    for at in range(THOUSAND):
        room.carol.send(Ask(receiver=R, text="Why?", id=str(at)))
        room.passes(peer.rest)
    seconds = int(THOUSAND * peer.rest)

    granted = 3 + seconds // 30
    assert Counter(success=granted, slow_mode=THOUSAND - granted) == codes(room.carol)
    assert granted == rows(room)["question"]
    assert None is room.code(room.dave, RaiseHand(receiver=R))
    assert [] == room.dave.peer.rests


def test_each_student_supports_all_questions() -> None:
    """The rows of supports stay as small as the questions that are kept."""
    room = a_session()
    for at in range(MOST_QUESTIONS):
        room.dave.send(Ask(receiver=R, text="Why?", id=str(at)))
        room.passes(30)
    for number in range(1, MOST_QUESTIONS + 1):
        room.carol.send(Support(receiver=R, number=number))
    room.settles()

    for number in range(1, 21):
        room.asks(room.mona, Dismiss(receiver=R, number=number))
        room.passes(30)
        room.asks(room.dave, Ask(receiver=R, text="Why?", id=f"more {number}"))
        room.asks(room.carol, Support(receiver=R, number=MOST_QUESTIONS + number))
    (kept,) = [value for key, value in room.house.journal.rows.items() if key[2] == SupportsRow.kind]
    numbers = msgspec.json.decode(kept, type=SupportsRow).numbers
    assert set(range(21, MOST_QUESTIONS + 21)) == numbers
