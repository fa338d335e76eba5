"""A class in line mode, in pipes and in JSON mode."""

from __future__ import annotations

from typing import Any

from classchat.class_events import (
    AboutCounts,
    AboutPoll,
    ClassView,
    HandsView,
    HandView,
    QuestionsView,
    RosterView,
)
from classchat.messages import Group, Private, Success
from tests.tables import each_case
from tests.unit.client.helpers import Server, signed_in, welcome
from tests.unit.client.plain.test_json_app import Program, program, server

__all__ = ["program", "server"]

CLOSED = AboutPoll("CS350", 2, "closed", "Which?", ["A", "B"], "", counts=[1, 4], votes=5, here=6)
COUNTS = Private("SERVER", "Alice", "", about=AboutCounts("CS350", HandsView(waiting=1)))


def granted(id: str, **fields: Any) -> Success:
    """Return the answer to a request, with these fields."""
    return Success("SERVER", "Alice", "granted", id=id, **fields)


def answer_to(line: str, **fields: Any) -> list[str]:
    """Return what a script sees of the answer to a command."""
    client, server = signed_in()
    client.types(line)
    server.tells(granted(str(server.hears[-1]["id"]), **fields))
    return client.lines


def test_what_is_told() -> None:
    """A script sees the sentences, results as bars, and no line without a text."""
    client, server = signed_in()
    server.tells(
        COUNTS,
        Group("SERVER", "CS350", "Bob has begun session 3", about={"kind": "session", "room": "CS350"}),
        Private("SERVER", "Alice", "CS350: Bob comes to you", about={"kind": "later"}),
        Group("SERVER", "CS350", "Poll 2 is closed: A 1, B 4 (5 of 6 here)", about=CLOSED),
        Group("SERVER", "CS350", "", about={"kind": "later"}),
    )

    assert [
        "[CS350] Bob has begun session 3",
        "[SERVER] CS350: Bob comes to you",
        "[CS350] Poll 2 is closed: Which?",
        "    A   ████              1",
        "    B   ████████████████  4     5 of 6 here",
    ] == client.lines


def test_earlier_results() -> None:
    """An earlier result has its time, as other messages have."""
    client, server = signed_in()
    client.types("/history CS350")
    server.tells(Group("SERVER", "CS350", "…", replay=True, time="1970-01-01T00:00:00Z", about=CLOSED))

    assert "[CS350] (00:00) Poll 2 is closed: Which?" == client.lines[0]


def test_another_users_field_is_not_read() -> None:
    """Only the server tells results: what a user says is shown as it is."""
    client, server = signed_in()
    about = {"kind": "poll", "room": "CS350", "number": 1, "state": "closed", "text": "?", "options": ["A"]}
    server.tells(Group("Eve", "CS350", "Poll 1 is closed", about={**about, "until": "", "counts": [9]}))

    assert ["[CS350 - Eve] Poll 1 is closed"] == client.lines


@each_case(
    ("line", "fields", "shown"),
    [
        ("/hand CS350 pointers", {"place": 3, "waiting": 3}, ["[SUCCESS] granted"]),
        (
            "/queue CS350",
            {"hands": HandsView(True, waiting=1, hands=[HandView("Carol", "loops")])},
            ["[SUCCESS] CS350: 1 hand up", "    1   Carol   loops   first time today"],
        ),
        (
            "/questions CS350",
            {"questions": QuestionsView()},
            ["[SUCCESS] CS350: questions are off; no question yet"],
        ),
        ("/polls CS350", {"polls": []}, ["[SUCCESS] CS350: no poll yet"]),
        (
            "/roster CS350",
            {"roster": [RosterView("Carol", here=True)]},
            ["[SUCCESS] CS350: 1 of 1 here", "    Carol   here"],
        ),
        (
            "/class CS350",
            {"state": ClassView("CS350", "student")},
            [
                "[SUCCESS] CS350: no session",
                "    You are a student",
                "    Hands: no hand is up; the queue is closed",
                "    Questions: 0 open; questions are off",
            ],
        ),
    ],
)  # fmt: skip
def test_answers(line: str, fields: dict[str, Any], shown: list[str]) -> None:
    """Lists are drawn as tables; every other answer is the server's sentence."""
    assert shown == answer_to(line, **fields)


def test_a_line_that_only_the_staff_read() -> None:
    """The confirmation of a line is not shown, except where the line did not go to the room."""
    client, server = signed_in()
    client.types("/group CS350 Hello", "/group CS350 Is 3 right?")
    first, second = (str(one["id"]) for one in server.hears)
    server.tells(granted(first, seq=7), granted(second, held=True))

    assert ["[SUCCESS] granted"] == client.lines


def test_a_request_without_an_answer() -> None:
    """A request of the class that changes something is marked when its outcome is unknown; a list is not."""
    client, server = signed_in()
    client.types("/hand CS350 pointers", "/queue CS350", "/poll CS350 Which? | A | B | 30s")
    server.hangs_up()

    assert [
        "[CLIENT] Not confirmed: /hand CS350 pointers",
        "[CLIENT] Not confirmed: /poll CS350 Which? | A | B | 30s",
    ] == [line for line in client.lines if line.startswith("[CLIENT] Not")]


def test_a_request_is_sent_again_with_its_id() -> None:
    """After a lost connection a request goes over the new one with the same id."""
    client, server = signed_in(retry=300)
    client.types("/vote CS350 2")
    first = server.hears[-1]
    server.hangs_up()
    client.waits(1)
    server = client.reaches()
    server.tells(welcome())
    server.tells(granted(str(server.hears[-1]["id"])))

    assert first == server.hears[-1]


def test_a_program_reads_everything(program: Program, server: Server) -> None:
    """In JSON mode every event and answer has all its fields, also those without a text."""
    program.types('{"status":"class","receiver":"CS350","follow":true,"id":"a"}', "/hand CS350 pointers")
    asked = server.hears
    state = ClassView("CS350", "student", hands=HandsView(True, waiting=1))
    server.tells(
        granted(asked[0]["id"], state=state),
        granted(asked[1]["id"], place=1, waiting=1),
        COUNTS,
        Group("SERVER", "CS350", "Poll 2 is closed", about=CLOSED),
    )
    view, hand, counts, closed = program.events

    assert [("class", True), ("hand", None)] == [(one["status"], one.get("follow")) for one in asked]
    assert ("a", {"open": True, "waiting": 1}) == (view["id"], view["class"]["hands"])
    assert (1, 1) == (hand["place"], hand["waiting"])
    assert {"kind": "counts", "room": "CS350", "hands": {"waiting": 1}} == counts["about"]
    assert ([1, 4], "Poll 2 is closed") == (closed["about"]["counts"], closed["text"])
