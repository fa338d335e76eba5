"""Hands: the queue, its order, and turns."""

from __future__ import annotations

import pytest

from classchat.class_commands import FinishTurn, Follow, LowerHand, NextHand, RaiseHand, SetHands, SetSession
from classchat.class_events import AboutCounts, AboutHand, AboutHands, AboutTurn, HandsView
from classchat.errors import NotSaved
from classchat.messages import (
    Assist,
    Claim,
    Create,
    Error,
    Join,
    Kick,
    Leave,
    Op,
    Rename,
    SetRoom,
    Success,
    Unassist,
)
from tests.unit.core.features.helpers import Classroom, R, abouts, texts
from tests.unit.helpers import Client

HAND = RaiseHand(receiver=R)
NEXT = NextHand(receiver=R)
LIST = SetHands(receiver=R)


@pytest.fixture
def room() -> Classroom:
    """Return a class."""
    return Classroom()


def queue(room: Classroom) -> list[str]:
    """Return the names in the queue, as staff see them."""
    answer = room.answer(room.mona, LIST)
    assert isinstance(answer, Success)
    assert answer.hands is not None
    return [hand.user for hand in answer.hands.hands or []]


def helps(room: Classroom, client: Client) -> None:
    """Make the moderator help a student."""
    room.asks(client, HAND)
    room.asks(room.mona, NEXT, FinishTurn(receiver=R))
    room.forgets()


def test_a_hand_is_raised(room: Classroom) -> None:
    """The student learns the place; staff are told after two seconds."""
    room.asks(room.carol, HAND)
    answer = room.answer(room.dave, RaiseHand(receiver=R, text="pointers"))

    assert (2, 2) == (answer.place, answer.waiting)  # type: ignore[union-attr]
    assert "Your hand is up: you are 2nd" == answer.text
    room.forgets()
    room.passes(2)
    assert [AboutHand(R, 2, raised=2, next="Carol")] == abouts(room.mona) == abouts(room.ann)
    assert [] == abouts(room.carol) == abouts(room.emil)


def test_one_hand_is_told_with_its_topic(room: Classroom) -> None:
    """Staff read who it is."""
    room.asks(room.carol, RaiseHand(receiver=R, text=" pointers\n more\x07"))
    room.passes(2)

    assert ["R: Carol raises a hand: pointers more\N{REPLACEMENT CHARACTER} (1 waiting)"] == texts(room.ann)


def test_a_hand_that_is_up_gets_another_topic(room: Classroom) -> None:
    """It keeps its place, and there is no second one."""
    room.asks(room.carol, HAND)
    room.asks(room.dave, HAND)

    assert "Your hand is still up: you are 1st" == room.text(room.carol, RaiseHand(receiver=R, text="loops"))
    assert ["Carol", "Dave"] == queue(room)


def test_there_is_one_hand_on_the_server(room: Classroom) -> None:
    """It can't be up in two rooms."""
    room.asks(room.gus, Create(receiver="S"))
    room.asks(room.carol, Join(receiver="S"), HAND)

    assert "not_allowed" == room.code(room.carol, RaiseHand(receiver="S"))
    room.asks(room.carol, LowerHand(receiver=R))
    assert None is room.code(room.carol, RaiseHand(receiver="S"))


def test_a_hand_in_a_room_that_is_gone_is_none(room: Classroom) -> None:
    """Another room needed its place."""
    room.asks(room.gus, Create(receiver="S"))
    room.asks(room.emil, Join(receiver="S"), RaiseHand(receiver="S"))
    room.house.chat.rooms.remove(room.house.chat.rooms.get("S"))

    assert None is room.code(room.emil, HAND)


def test_a_hand_in_an_earlier_room_of_that_name_can_be_lowered(room: Classroom) -> None:
    """The rows of the earlier room are gone, but the hand is not."""
    room.asks(room.gus, Create(receiver="S"))
    room.asks(room.emil, Join(receiver="S"), RaiseHand(receiver="S"))
    room.house.chat.rulings.forget(room.house.chat.rooms.get("S"))

    assert "not_allowed" == room.code(room.emil, HAND)
    assert None is room.code(room.emil, LowerHand(receiver="S"))
    assert None is room.code(room.emil, HAND)


def test_the_next_student(room: Classroom) -> None:
    """The first one is told, and a turn begins; the turn before was of help."""
    for client in (room.carol, room.dave):
        room.asks(client, HAND)
    room.forgets()

    assert "Next is Carol" == room.text(room.mona, NEXT)
    assert [AboutTurn(R, "Mona", "taken")] == abouts(room.carol)
    assert "Next is Dave" == room.text(room.mona, NEXT)
    assert [AboutTurn(R, "Mona", "helped")] == abouts(room.carol)
    assert "no_hand" == room.code(room.mona, NEXT)


def test_two_staff_never_get_one_student(room: Classroom) -> None:
    """Both ask in one turn of the reactor."""
    for client in (room.carol, room.dave):
        room.asks(client, HAND)
    room.forgets()
    room.mona.send(NextHand(receiver=R, id="1"))
    room.ann.send(NextHand(receiver=R, id="2"))
    room.house.turn()

    assert ["Next is Carol"] == [answer.text for answer in room.mona.answers("1")]
    assert ["Next is Dave"] == [answer.text for answer in room.ann.answers("2")]


def test_who_was_helped_comes_last(room: Classroom) -> None:
    """With the fair rule; with the other one the order of hands decides."""
    helps(room, room.carol)
    room.asks(room.carol, HAND)
    room.asks(room.dave, HAND)

    assert ["Dave", "Carol"] == queue(room)
    room.asks(room.mona, SetHands(receiver=R, text="order"))
    assert ["Carol", "Dave"] == queue(room)


def test_a_new_session_forgets_who_was_helped(room: Classroom) -> None:
    """Fairness counts by session."""
    room.asks(room.mona, SetSession(receiver=R, text="begin"))
    helps(room, room.carol)
    room.asks(room.mona, SetSession(receiver=R, text="end"), SetSession(receiver=R, text="begin"))
    room.asks(room.carol, HAND)
    room.asks(room.dave, HAND)

    assert ["Carol", "Dave"] == queue(room)


def test_a_named_student(room: Classroom) -> None:
    """Staff may choose, whatever the spelling."""
    for client in (room.carol, room.dave):
        room.asks(client, HAND)

    assert "no_hand" == room.code(room.mona, NextHand(receiver=R, user="Emil"))
    assert "user_not_found" == room.code(room.mona, NextHand(receiver=R, user="Nobody"))
    assert "Next is Dave" == room.text(room.mona, NextHand(receiver=R, user="DAVE"))


def test_absent_once_and_twice(room: Classroom) -> None:
    """A student who was absent is passed over; the second time the hand is lowered."""
    for client in (room.carol, room.dave):
        room.asks(client, HAND)
    absent = FinishTurn(receiver=R, text="absent")
    room.asks(room.mona, NEXT, absent)
    room.forgets()
    assert ["Dave", "Carol"] == queue(room)

    room.asks(room.mona, NextHand(receiver=R, user="Carol"), absent)
    assert ["Dave"] == queue(room)
    assert ["taken", "lowered"] == [about.state for about in abouts(room.carol)]  # type: ignore[union-attr]


def test_later(room: Classroom) -> None:
    """The hand is up again, at the end."""
    for client in (room.carol, room.dave):
        room.asks(client, HAND)
    room.asks(room.mona, NEXT, FinishTurn(receiver=R, text="later"))

    assert ["Dave", "Carol"] == queue(room)


def test_a_student_says_that_it_was_of_help(room: Classroom) -> None:
    """Only that, and only in a turn: the staff member is told."""
    assert "not_allowed" == room.code(room.carol, FinishTurn(receiver=R, text="helped"))
    room.asks(room.carol, HAND)
    room.asks(room.ann, NEXT)
    room.forgets()

    assert "not_allowed" == room.code(room.carol, FinishTurn(receiver=R, text="absent"))
    assert None is room.code(room.carol, FinishTurn(receiver=R, text="helped"))
    assert [AboutTurn(R, "Carol", "helped")] == abouts(room.ann)
    assert "no_hand" == room.code(room.ann, FinishTurn(receiver=R))


def test_a_hand_is_lowered(room: Classroom) -> None:
    """By the student, or by staff: then the student is told."""
    assert "no_hand" == room.code(room.carol, LowerHand(receiver=R))
    room.asks(room.carol, HAND, LowerHand(receiver=R), HAND)
    room.forgets()

    assert "You have lowered the hand of Carol" == room.text(room.ann, LowerHand(receiver=R, user="carol"))
    assert [AboutTurn(R, "Ann", "lowered")] == abouts(room.carol)
    assert [] == queue(room)


def test_a_closed_queue(room: Classroom) -> None:
    """The room is told; hands that are up stay, and may get another topic."""
    room.asks(room.carol, HAND)
    room.asks(room.mona, SetHands(receiver=R, text="closed"))

    assert AboutHands(R, "Mona", False, "fair") in abouts(room.emil)
    assert "hands_closed" == room.code(room.dave, HAND)
    assert None is room.code(room.carol, RaiseHand(receiver=R, text="x"))
    assert "invalid_format" == room.code(room.mona, SetHands(receiver=R, text="ajar"))


def test_who_is_disconnected_is_passed_over(room: Classroom) -> None:
    """An owner keeps the place for ten minutes after the room was told, a guest for two."""
    for client in (room.carol, room.emil, room.dave):
        room.asks(client, HAND)
    room.carol.vanishes()
    room.emil.vanishes()
    room.passes(20)

    assert "Next is Dave" == room.text(room.mona, NEXT)
    assert "not_allowed" == room.code(room.mona, NextHand(receiver=R, user="Carol"))
    room.passes(119)
    assert ["Carol", "Emil"] == queue(room)
    room.passes(1)
    assert ["Carol"] == queue(room)
    room.passes(480)
    assert [] == queue(room)


def test_who_comes_back_has_the_place_still(room: Classroom) -> None:
    """And keeps it from then on."""
    room.asks(room.carol, HAND)
    room.asks(room.dave, HAND)
    room.carol.vanishes()
    room.passes(60)
    room.comes_back("Carol")
    room.passes(1000)

    assert ["Carol", "Dave"] == queue(room)


@pytest.mark.parametrize("by", ["leave", "kick"])
def test_who_leaves_the_room_has_no_hand(room: Classroom, by: str) -> None:
    """A user who is removed from it has left it, too."""
    room.asks(room.carol, HAND)
    if by == "leave":
        room.asks(room.carol, Leave(receiver=R))
    else:
        room.asks(room.mona, Kick(receiver=R, user="Carol"))
    room.house.turn()

    assert [] == queue(room)


@pytest.mark.parametrize("how", ["absent", "later"])
def test_no_hand_is_put_back_of_a_student_who_has_left(room: Classroom, how: str) -> None:
    """The student could not lower it, and may raise a hand elsewhere."""
    room.asks(room.emil, HAND)
    room.asks(room.mona, NEXT)
    room.asks(room.emil, Leave(receiver=R))
    room.asks(room.mona, FinishTurn(receiver=R, text=how))

    assert [] == queue(room)
    room.asks(room.gus, Create(receiver="T"))
    room.asks(room.emil, Join(receiver="T"))
    assert None is room.code(room.emil, RaiseHand(receiver="T"))


def test_a_hand_is_put_back_of_a_student_who_is_away(room: Classroom) -> None:
    """It keeps the place as long as if it had been up all along."""
    room.asks(room.carol, HAND)
    room.asks(room.mona, NEXT)
    room.carol.vanishes()
    room.passes(20)
    room.asks(room.mona, FinishTurn(receiver=R, text="absent"))

    assert ["Carol"] == queue(room)
    room.passes(601)
    assert [] == queue(room)


@pytest.mark.parametrize("name", ["", "Carol"])
def test_nobody_takes_the_student_of_another(room: Classroom, name: str) -> None:
    """A turn belongs to the staff member who took it, also if the student raises a hand meanwhile."""
    room.asks(room.carol, HAND)
    room.asks(room.mona, NEXT)
    room.asks(room.carol, HAND)

    refused = "not_allowed" if name else "no_hand"
    assert refused == room.code(room.ann, NextHand(receiver=R, user=name))
    assert "The turn of Carol has ended (helped)" == room.text(room.mona, FinishTurn(receiver=R))
    assert "Next is Carol" == room.text(room.ann, NextHand(receiver=R, user=name))


def test_the_turn_of_a_staff_member_who_teaches_no_longer(room: Classroom) -> None:
    """It holds up nobody: it ends when another one takes the student."""
    room.asks(room.carol, HAND)
    room.asks(room.ann, NEXT)
    room.asks(room.mona, Unassist(receiver=R, user="Ann"))
    room.asks(room.carol, HAND)

    assert "Next is Carol" == room.text(room.mona, NEXT)
    answer = room.answer(room.mona, LIST)
    assert isinstance(answer, Success)
    assert ["Mona"] == [turn.by for turn in answer.hands.turns or []]  # type: ignore[union-attr]


@pytest.mark.parametrize("order", [Assist, Op])
def test_who_teaches_from_now_on_has_no_hand(room: Classroom, order: type[Assist | Op]) -> None:
    """It is lowered, for staff can't lower their own and are in no queue."""
    for client in (room.carol, room.dave):
        room.asks(client, HAND)
    room.asks(room.mona, order(receiver=R, user="Carol"))

    assert ["Dave"] == queue(room)
    assert "Next is Dave" == room.text(room.carol, NEXT)


def test_a_hand_of_an_operator(room: Classroom) -> None:
    """An operator whose hand was up before is not taken by the staff, and may lower it like any staff."""
    room.asks(room.carol, HAND)
    user = room.carol.session.user
    assert user is not None
    user.operator = True

    assert "no_hand" == room.code(room.carol, NEXT)
    assert "not_allowed" == room.code(room.mona, NextHand(receiver=R, user="Carol"))
    assert None is room.code(room.carol, LowerHand(receiver=R, user="Carol"))
    assert [] == queue(room)


def test_a_session_takes_hands_and_turns_over(room: Classroom) -> None:
    """None is lost when it begins, and none is there again when it has ended."""
    for client in (room.carol, room.dave, room.emil):
        room.asks(client, HAND)
    room.asks(room.ann, NEXT)
    room.asks(room.mona, SetSession(receiver=R, text="begin"))

    assert ["Dave", "Emil"] == queue(room)
    assert "The turn of Carol has ended (helped)" == room.text(room.ann, FinishTurn(receiver=R))
    assert None is room.code(room.dave, LowerHand(receiver=R))
    room.asks(room.mona, SetSession(receiver=R, text="end"))
    assert [] == queue(room)


def test_another_name_is_the_same_hand(room: Classroom) -> None:
    """A guest takes another name and registers it, and is the same student."""
    room.asks(room.emil, HAND, Rename(text="Emile"))
    assert ["Emile"] == queue(room)
    room.asks(room.emil, Claim(text="correct horse"))
    room.house.turn()

    assert "Your hand is still up: you are 1st" == room.text(room.emil, HAND)
    assert ["Emile"] == queue(room)


def test_turns_and_notices_have_the_present_names(room: Classroom) -> None:
    """Also of a student who has taken another name since the hand was raised."""
    room.asks(room.emil, HAND, Rename(text="Emile"))
    room.forgets()
    room.asks(room.carol, HAND)
    room.passes(2)
    assert ["Emile"] == [about.next for about in abouts(room.ann) if isinstance(about, AboutHand)]

    room.asks(room.mona, NEXT)
    room.asks(room.emil, Rename(text="Emilie"))
    answer = room.answer(room.mona, LIST)
    assert isinstance(answer, Success)
    assert ["Emilie"] == [turn.user for turn in answer.hands.turns or []]  # type: ignore[union-attr]
    assert "The turn of Emilie has ended (helped)" == room.text(room.mona, FinishTurn(receiver=R))


def test_the_end_of_a_session_lowers_all_hands(room: Classroom) -> None:
    """And ends all turns."""
    room.asks(room.mona, SetSession(receiver=R, text="begin"))
    for client in (room.carol, room.dave):
        room.asks(client, HAND)
    room.asks(room.ann, NEXT)
    room.asks(room.mona, SetSession(receiver=R, text="end"))

    assert [] == queue(room)
    assert "no_hand" == room.code(room.ann, FinishTurn(receiver=R))


def test_a_request_that_is_repeated(room: Classroom) -> None:
    """It gets the first answer, and is not decided again."""
    for client in (room.carol, room.dave):
        room.asks(client, HAND)
    first = room.text(room.mona, NextHand(receiver=R, id="once"))

    assert "Next is Carol" == first
    assert first == room.text(room.mona, NextHand(receiver=R, id="once"))
    assert ["Dave"] == queue(room)


def test_what_could_not_be_saved_has_not_happened(room: Classroom) -> None:
    """All that was decided on it is refused as well."""
    room.carol.send(RaiseHand(receiver=R, id="1"))
    room.mona.send(NextHand(receiver=R, id="2"))
    room.house.journal.fail(NotSaved())

    assert ["not_saved"] == [answer.code for answer in room.carol.answers("1") if isinstance(answer, Error)]
    assert ["not_saved"] == [answer.code for answer in room.mona.answers("2") if isinstance(answer, Error)]
    assert [] == queue(room)
    assert "Your hand is up: you are 1st" == room.text(room.carol, HAND)


def test_another_node_was_faster(room: Classroom) -> None:
    """The journal refuses the request, and it is decided again on the present state."""
    for client in (room.carol, room.dave):
        room.asks(client, HAND)
    room.mona.send(NextHand(receiver=R, id="1"))
    hand = next(place for place in room.house.journal.rows if place[2] == "hand")
    kept = room.house.journal.rows.pop(hand)
    room.house.journal.commit()
    room.house.journal.rows[hand] = kept
    room.house.turn()

    assert ["Next is Carol"] == [answer.text for answer in room.mona.answers("1")]
    assert ["Dave"] == queue(room)


def test_followers_are_told_of_places(room: Classroom) -> None:
    """At most once a second, and only of what has changed for them."""
    for client in (room.carol, room.dave, room.mona):
        room.asks(client, Follow(receiver=R, follow=True))
    room.forgets()
    room.asks(room.carol, HAND)
    room.asks(room.dave, HAND)
    assert [] == abouts(room.dave)
    room.passes(1)

    assert [AboutCounts(R, HandsView(True, waiting=2, place=2, topic=""))] == abouts(room.dave)
    (told,) = abouts(room.mona)
    assert ["Carol", "Dave"] == [hand.user for hand in told.hands.hands or []]  # type: ignore[union-attr]
    room.asks(room.dave, Follow(receiver=R, follow=False))
    room.asks(room.mona, NEXT)
    room.forgets()
    room.passes(1)
    assert [] == abouts(room.dave)


def test_followers_are_told_of_modes_and_roles(room: Classroom) -> None:
    """Who teaches and what may be written is in the state, so a change of it is told as other changes are."""
    room.asks(room.carol, Follow(receiver=R, follow=True))
    for order in (SetRoom(receiver=R, text="exam"), SetRoom(receiver=R, text="slow", seconds=5)):
        room.asks(room.mona, order)
    room.forgets()
    room.passes(1)
    assert [AboutCounts(R, mode="exam", slow=5)] == abouts(room.carol)
    for order in (SetRoom(receiver=R, text="talk"), Assist(receiver=R, user="Carol")):
        room.asks(room.mona, order)
    room.forgets()
    room.passes(1)

    (told,) = abouts(room.carol)
    assert ("assistant", "talk", 0) == (told.role, told.mode, told.slow)  # type: ignore[union-attr]


def test_a_follower_who_has_left_is_told_nothing(room: Classroom) -> None:
    """Rights are checked when they are used."""
    room.asks(room.carol, Follow(receiver=R, follow=True), Leave(receiver=R))
    room.forgets()
    room.asks(room.dave, HAND)
    room.passes(1)

    assert [] == abouts(room.carol)
