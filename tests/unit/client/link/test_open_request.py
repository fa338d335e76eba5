"""Requests that are not answered yet: which of them matter, and which are not repeated."""

from __future__ import annotations

from itertools import count

import pytest

from classchat.class_commands import (
    Ask,
    Follow,
    ListPolls,
    NextHand,
    RaiseHand,
    ReadRoster,
    SetHands,
    SetQuestions,
    StartPoll,
    Vote,
)
from classchat.client.link.exchange import Exchange
from classchat.client.link.open_request import OpenRequest
from classchat.messages import Assist, Command, Error, ListUsers, Say, Success
from tests.tables import each_case
from tests.unit.client.link.test_exchange import Ears


@each_case(
    ("command", "counts"),
    [
        (Say(receiver="R", text="x"), True),
        (Assist(receiver="R", user="Bob"), True),
        (ListUsers(), False),
        (RaiseHand(receiver="R"), True),
        (SetHands(receiver="R"), False),
        (SetHands(receiver="R", text="open"), True),
        (SetQuestions(receiver="R"), False),
        (SetQuestions(receiver="R", anonymous="full"), True),
        (ReadRoster(receiver="R"), False),
        (ReadRoster(receiver="R", text="add", user="Jane"), True),
        (ListPolls(receiver="R"), False),
        (Follow(receiver="R", follow=True), False),
    ],
)
def test_what_matters(command: Command, counts: bool) -> None:
    """A request that changes something is reported when its outcome is unknown; one that reads is not."""
    assert counts == OpenRequest(command).counts


def welcome(epoch: str) -> Success:
    """Return the welcome of a server with this journal."""
    return Success("SERVER", "Alice", "Welcome", server="ClassChat 0.1", epoch=epoch)


@pytest.mark.parametrize(("epoch", "withdrawn"), [("e1", []), ("e2", ["ask", "poll", "next"])])
def test_a_new_journal(epoch: str, withdrawn: list[str]) -> None:
    """A server without the old journal is not asked twice for what it would do twice."""
    ears = Ears()
    exchange = Exchange("Alice", map(str, count(1)), ears)
    sent: list[Command] = []
    exchange.welcomed(welcome("e1"), sent.append)
    for command in (
        Ask(receiver="R", text="Why?"),
        StartPoll(receiver="R", text="Which?", options=["A", "B"]),
        NextHand(receiver="R"),
        RaiseHand(receiver="R"),
        Vote(receiver="R", choices=[0]),
    ):
        exchange.ask(command)
    exchange.lost()
    exchange.welcomed(welcome(epoch), sent.append)

    assert withdrawn == [one.command.__struct_config__.tag for one in ears.doubtful]


def test_a_refusal_to_follow_does_not_count() -> None:
    """An old server refuses to follow a class, which the user has not asked for."""
    exchange = Exchange("Alice", map(str, count(1)), Ears())
    exchange.welcomed(welcome("e1"), lambda _: None)
    ids = [exchange.ask(one).id for one in (Follow(receiver="R", follow=True), RaiseHand(receiver="R"))]
    for id in ids:
        exchange.heard(Error("SERVER", "Alice", "Unknown message type", code="unknown_status", id=id))

    assert 1 == exchange.refused
