"""Permissions in a class: each cell of docs/permissions.md is tried, and must have the documented result."""

from __future__ import annotations

from pathlib import Path

from classchat.class_commands import (
    AnswerQuestion,
    Approve,
    Ask,
    Dismiss,
    EndPoll,
    FinishTurn,
    Follow,
    Here,
    ListPolls,
    LowerHand,
    Mark,
    NextHand,
    Present,
    RaiseHand,
    ReadRoster,
    Reveal,
    SetGroups,
    SetHands,
    SetQuestions,
    SetSession,
    StartPoll,
    Support,
    Vote,
)
from classchat.messages import Assist, Command, Error, Mute, Register, SetRoom, Unassist, Unmute
from tests.tables import each_case
from tests.unit.core.features.helpers import Classroom, R
from tests.unit.helpers import Client

PAGE = Path(__file__).parents[4] / "docs" / "permissions.md"

REQUESTS: dict[str, Command] = {
    "class": Follow(receiver=R),
    "hands": SetHands(receiver=R),
    "here": Here(receiver=R),
    "present": Present(receiver=R),
    "mark": Mark(receiver=R, user="Dave", text="late"),
    "hand": RaiseHand(receiver=R),
    "lower": LowerHand(receiver=R),
    "done helped": FinishTurn(receiver=R, text="helped"),
    "lower USER": LowerHand(receiver=R, user="Dave"),
    "next": NextHand(receiver=R),
    "roster": ReadRoster(receiver=R),
    "roster add": ReadRoster(receiver=R, text="add", user="Zoe"),
    "done": FinishTurn(receiver=R, text="absent"),
    "questions": SetQuestions(receiver=R),
    "ask": Ask(receiver=R, text="Why?"),
    "support": Support(receiver=R, number=1),
    "answer": AnswerQuestion(receiver=R, number=1),
    "approve": Approve(receiver=R, number=1),
    "dismiss": Dismiss(receiver=R, number=1),
    "polls": ListPolls(receiver=R),
    "vote": Vote(receiver=R, choices=[0]),
    "poll": StartPoll(receiver=R, text="Which?", options=["A", "B"]),
    "endpoll": EndPoll(receiver=R),
    "questions off": SetQuestions(receiver=R, text="off"),
    "reveal": Reveal(receiver=R, number=1),
    "mute NUMBER": Mute(receiver=R, number=1),
    "unmute NUMBER": Unmute(receiver=R, number=1),
    "session": SetSession(receiver=R, text="begin"),
    "hands closed": SetHands(receiver=R, text="closed"),
    "groups 2": SetGroups(receiver=R, count=2),
    "assist": Assist(receiver=R, user="Dave"),
    "unassist": Unassist(receiver=R, user="Ann"),
    "room exam": SetRoom(receiver=R, text="exam"),
}


def _table() -> dict[tuple[str, str], str]:
    """Return the documented result of each request of each role."""
    text = PAGE.read_text(encoding="utf-8")
    lines = text[text.index("## In a class") :].split("\n## ")[0].splitlines()
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|") and not line.startswith("| ---")
    ]
    head, *body = rows
    return {
        (request, role): result
        for request, *results in body
        for role, result in zip(head[1:], results, strict=True)
    }


TABLE = _table()
ROLES = ("not in the room", "student", "muted", "assistant", "moderator", "operator", "screen")


def _client(room: Classroom, role: str) -> Client:
    """Return a client with a role, for whom each request has something to do."""
    if role == "operator":
        (olga,) = room.house.signs_in("Olga")
        room.house.claims(olga, operator=True)
        return olga
    if role == "screen":
        return room.shows()
    if role == "muted":
        room.asks(room.mona, Mute(receiver=R, user="Carol"))
    return {
        "not in the room": room.gus,
        "student": room.carol,
        "muted": room.carol,
        "assistant": room.ann,
        "moderator": room.mona,
    }[role]


def test_the_table_is_whole() -> None:
    """Each request is there, for each role."""
    assert {(request, role) for request in REQUESTS for role in ROLES} == set(TABLE)


def _busy_class(role: str) -> tuple[Classroom, Client]:
    """Return a class with a raised hand, a question and a poll, and a client with a role."""
    room = Classroom()
    client = _client(room, role)
    room.asks(room.dave, RaiseHand(receiver=R))
    room.asks(room.mona, SetQuestions(receiver=R, text="open"))
    room.asks(room.dave, Ask(receiver=R, text="How?"))
    room.asks(room.mona, StartPoll(receiver=R, text="Which?", options=["A", "B"]))
    return room, client


def _prepare(room: Classroom, client: Client, request: str, role: str) -> None:
    """Do what has to be done for a request to have something to do."""
    if request.startswith("done"):
        if role in ("student", "muted"):
            room.asks(client, RaiseHand(receiver=R))
            room.asks(room.mona, NextHand(receiver=R, user="Carol"))
        else:
            room.asks(client, NextHand(receiver=R))
    if request == "lower" or (request == "next" and role == "student"):
        room.asks(client, RaiseHand(receiver=R))


@each_case("role", ROLES)
def test_every_cell(role: str) -> None:
    """Each request has the result that the page documents.

    A request that is granted has changed the class, so that the next one gets a new class. A refusal changes
    nothing: the next one gets the same class, unless something was done to prepare it.
    """
    results: dict[str, str | None] = {}
    fresh = None
    for name, request in REQUESTS.items():
        room, client = fresh or _busy_class(role)
        _prepare(room, client, name, role)
        if isinstance(request, Here):
            opened = room.answer(room.mona, Present(receiver=R))
            request = Here(receiver=R, text=opened.code or "")  # type: ignore[union-attr]
        code = room.code(client, request)
        results[name] = code or "yes"
        fresh = (room, client) if code and not name.startswith(("done", "lower", "next", "here")) else None

    assert {name: TABLE[name, role] for name in REQUESTS} == results


def test_a_former_assistant_is_a_student_at_once() -> None:
    """Rights are checked when they are used."""
    room = Classroom()
    room.asks(room.dave, RaiseHand(receiver=R))
    room.asks(room.mona, Unassist(receiver=R, user="Ann"))

    assert "not_allowed" == room.code(room.ann, NextHand(receiver=R))
    assert None is room.code(room.ann, RaiseHand(receiver=R))


def test_nobody_is_anybody_before_signing_in() -> None:
    """The class is for users."""
    room = Classroom()
    stranger = room.house.connects()
    stranger.send(Follow(receiver=R, id="1"))
    stranger.send(Register(sender="Zoe"))
    room.house.turn()

    assert ["not_registered"] == [one.code for one in stranger.answers("1") if isinstance(one, Error)]
