"""The sentences of the class layer."""

from __future__ import annotations

import json

from classchat.class_events import (
    About,
    AboutCounts,
    AboutGroups,
    AboutHand,
    AboutHands,
    AboutHere,
    AboutLine,
    AboutMark,
    AboutSession,
    AboutTurn,
    ClassAnswer,
    GroupsSet,
    HandLowered,
    HandRaised,
    HandsSet,
    HereSet,
    Marked,
    SaidHere,
    SessionSet,
    TurnDone,
    TurnTaken,
)
from classchat.core.events import PersonAbout
from classchat.core.room_events import RoomAbout
from classchat.wire.class_answer_sentences import granted
from classchat.wire.class_sentences import ordinal
from classchat.wire.json_codec import JSON
from tests.tables import each_case

ROOM: list[tuple[About, str]] = [
    (AboutSession("R", "Bob", "begun", 3, "Loops"), "Bob has begun session 3: Loops"),
    (AboutSession("R", "Bob", "ended", 3), "Bob has ended session 3"),
    (
        AboutHands("R", "Bob", False, "fair"),
        "Bob: the queue is closed; students who were not helped yet come first",
    ),
    (
        AboutHands("R", "Bob", True, "order"),
        "Bob: the queue is open; hands are taken in the order in which they were raised",
    ),
]

ROOM += [
    (AboutHere("R", "Bob", True, "2026-11-29T10:00:00.000Z"), "Bob takes attendance. Say /here CODE"),
    (AboutGroups("R", "Bob", True, 4), "Bob has opened 4 groups"),
    (AboutGroups("R", "SERVER", False), "SERVER has closed the groups"),
    (AboutHere("R", "SERVER", False), "SERVER: attendance is closed"),
]

PERSON: list[tuple[About, str]] = [
    (AboutHand("R", 3, "Alice", "pointers"), "R: Alice raises a hand: pointers (3 waiting)"),
    (AboutHand("R", 3, raised=2), "R: 2 hands raised (3 waiting)"),
    (AboutTurn("R", "Bob", "taken"), "R: Bob comes to you"),
    (AboutTurn("R", "Bob", "lowered"), "R: Bob has lowered your hand"),
    (AboutLine("R", "Carol", "May I?"), "R: Carol to the staff: May I?"),
    (AboutHere("R", "Bob", True, "", "K7Q2M"), "R: The code is K7Q2M; it changes every 30 seconds"),
    (AboutGroups("R", "Bob", True, 4, "R-2"), "R: you are in group room 'R-2'"),
    (AboutMark("R", "Bob", "late"), "R: Bob has marked you as late"),
    (AboutCounts("R", stale=True), ""),
]

ANSWERS: list[tuple[ClassAnswer, str]] = [
    (HandRaised(3, 3), "Your hand is up: you are 3rd"),
    (HandRaised(1, 3, again=True), "Your hand is still up: you are 1st"),
    (HandLowered(), "Your hand is down"),
    (HandLowered("Carol"), "You have lowered the hand of Carol"),
    (TurnTaken("Carol", "recursion"), "Next is Carol: recursion"),
    (TurnTaken("Carol"), "Next is Carol"),
    (TurnDone("Carol", "absent"), "The turn of Carol has ended (absent)"),
    (HandsSet(False, "order"), "The queue is closed; hands are taken in the order in which they were raised"),
    (HereSet(True, "K7Q2M"), "The code is K7Q2M; it changes every 30 seconds"),
    (HereSet(False), "Attendance is closed"),
    (GroupsSet(True, 4), "4 groups opened"),
    (GroupsSet(False), "The groups are closed"),
    (SaidHere(), "You are marked as present"),
    (Marked("Carol", "late"), "Carol is marked as late"),
    (SessionSet("begun", 2), "You have begun session 2"),
]


@each_case(("about", "text"), ROOM)
def test_what_a_room_is_told(about: About, text: str) -> None:
    """It is a line of the server, and has the same in `about`."""
    line = json.loads(JSON.encode([RoomAbout("R", about)]))

    kind = str(about.__struct_config__.tag)
    assert ("group", "SERVER", "R", text, kind) == (
        line["status"],
        line["sender"],
        line["receiver"],
        line["text"],
        line["about"]["kind"],
    )


@each_case(("about", "text"), PERSON)
def test_what_a_person_is_told(about: About, text: str) -> None:
    """It begins with the name of the room; counts have no sentence."""
    line = json.loads(JSON.encode([PersonAbout("Carol", about)]))

    assert ("private", "SERVER", "Carol", text) == (
        line["status"],
        line["sender"],
        line["receiver"],
        line["text"],
    )
    assert "R" == line["about"]["room"]


@each_case(("answer", "text"), ANSWERS)
def test_answers(answer: ClassAnswer, text: str) -> None:
    """A request is answered with a sentence."""
    assert text == granted(answer, "Alice")


def test_the_end_of_a_turn_of_ones_own() -> None:
    """A student who ends a turn is addressed as such."""
    assert "Your turn has ended (helped)" == granted(TurnDone("Alice", "helped"), "Alice")


@each_case(
    ("number", "word"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (13, "13th"), (22, "22nd")],
)
def test_ordinals(number: int, word: str) -> None:
    """Places are said as people say them."""
    assert word == ordinal(number)
