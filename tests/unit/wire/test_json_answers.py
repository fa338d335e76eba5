"""The JSON codec: each answer is a `success` with a sentence, to the letter, and fields for programs."""

from __future__ import annotations

import json
from typing import Any, get_args

from classchat.class_events import HandRaised, HandsView, HandView, LineHeld
from classchat.core.answer_events import (
    Answer,
    AwayChanged,
    BroadcastSent,
    ClassGranted,
    ClassShown,
    DeletionDone,
    Gap,
    HistorySent,
    MessageHeld,
    NameChanged,
    NameClaimed,
    OrderDone,
    OrderUnneeded,
    PasswordChanged,
    RoomCreated,
    RoomJoined,
    RoomLeft,
    SearchDone,
    SignedIn,
)
from classchat.core.room_events import (
    AssistantAdded,
    AssistantRemoved,
    IdempotentOrder,
    MemberBanned,
    MemberInvited,
    MemberKicked,
    MemberMuted,
    MemberUnbanned,
    MemberUnmuted,
    ModeratorAdded,
    ModeratorRemoved,
    OrderEvent,
    RoomModeChanged,
    TopicChanged,
)
from classchat.messages import RoomListing
from classchat.wire.json_codec import JSON
from tests.tables import each_case

NOW = "2026-11-23T10:00:00.123Z"

WELCOME: dict[str, Any] = {"server": "ClassChat 0.1", "token": "t", "epoch": "e", "time": NOW}

ANSWERS: list[tuple[Answer, str, dict[str, Any]]] = [
    (SignedIn("Alice", "7", "ClassChat 0.1", "t", "e", NOW), "Welcome to ClassChat, Alice!", WELCOME),
    (
        SignedIn("Alice", "7", "ClassChat 0.1", "t", "e", NOW, lobby="Hall", claims=False),
        "Welcome to ClassChat, Alice!",
        {**WELCOME, "lobby": "Hall", "claims": False},
    ),
    (
        SignedIn("Alice", "7", "ClassChat 0.1", "t", "e", NOW, operator=True),
        "Welcome to ClassChat, Alice!",
        {**WELCOME, "operator": True},
    ),
    (
        SignedIn("Alice", "7", "ClassChat 0.1", "t", "e", NOW, rooms=[]),
        "Welcome to ClassChat, Alice!",
        {**WELCOME, "rooms": []},
    ),
    (
        SignedIn(
            "Alice", "7", "ClassChat 0.1", "t", "e", NOW, rooms=[RoomListing("R", 3, seq=42)], gap=Gap(3)
        ),
        "Welcome to ClassChat, Alice; 3 messages are missing",
        {**WELCOME, "rooms": [{"name": "R", "members": 3, "seq": 42}], "gap": True, "missed": 3},
    ),
    (
        SignedIn("Alice", "7", "ClassChat 0.1", "t", "e", NOW, gap=Gap(None)),
        "Welcome to ClassChat, Alice; some messages may be missing",
        {**WELCOME, "gap": True},
    ),
    (
        RoomCreated("Alice", "R", "7", "e", 0),
        "Chat room 'R' created successfully",
        {"epoch": "e", "seq": 0},
    ),
    (RoomJoined("Alice", "R", "7", "e", 42), "You have joined 'R'", {"epoch": "e", "seq": 42}),
    (
        RoomJoined("Alice", "R", "7", "e", 42, Gap(2)),
        "You have joined 'R'; 2 messages are missing",
        {"epoch": "e", "seq": 42, "gap": True, "missed": 2},
    ),
    (
        RoomJoined("Alice", "R", "7", "e", 42, Gap(None)),
        "You have joined 'R'; some messages may be missing",
        {"epoch": "e", "seq": 42, "gap": True},
    ),
    (RoomLeft("Alice", "R", "7"), "You have left 'R'", {}),
    (BroadcastSent("Alice", "7", 1), "Sent to 1 user", {}),
    (BroadcastSent("Alice", "7", 30), "Sent to 30 users", {}),
    (
        MessageHeld("Alice", "Bob", "7", 3, NOW),
        "Bob is away; your message will be delivered when they return",
        {"seq": 3, "time": NOW, "away": True},
    ),
    (
        NameClaimed("Alice", "7"),
        "The name 'Alice' is now registered. From now on, sign in with your password",
        {},
    ),
    (NameChanged("Alice", "7", "Bob"), "You are now called Alice", {}),
    (NameChanged("Alice", "7", "Alice"), "You are already called Alice", {}),
    (PasswordChanged("Alice", "7"), "Your password has been changed", {}),
    (HistorySent("Alice", "7", "R", 1, False, None), "1 message of 'R'", {"more": False}),
    (
        HistorySent("Alice", "7", "R", 20, True, 5),
        "20 messages of 'R'; messages before number 5 have been deleted",
        {"more": True, "oldest": 5},
    ),
    (DeletionDone("Alice", "7", "CS350", 42), "Message 42 of 'CS350' is deleted", {"number": 42}),
    (
        DeletionDone("Alice", "7", "CS350", 42, before=True),
        "Message 42 of 'CS350' had been deleted already",
        {"number": 42},
    ),
    (SearchDone("Alice", "7", 0, None), "0 messages found", {"more": False}),
    (
        SearchDone("Alice", "7", 20, 99),
        "20 messages found, and there may be more",
        {"more": True, "before": 99},
    ),
    (
        ClassGranted("Alice", "7", "R", HandRaised(2, 3)),
        "Your hand is up: you are 2nd",
        {"place": 2, "waiting": 3},
    ),
    (
        ClassGranted("Alice", "7", "R", LineHeld()),
        "Only the staff of this room read what you write now; it was sent to them",
        {"held": True},
    ),
    (
        ClassShown("Alice", "7", "R", hands=HandsView(True, waiting=1, hands=[HandView("Carol", "loops")])),
        "The queue in 'R': 1 hand up\n1. Carol: loops",
        {"hands": {"open": True, "waiting": 1, "list": [{"user": "Carol", "topic": "loops"}]}},
    ),
    (AwayChanged("Alice", "7", away=True), "You are away", {}),
    (AwayChanged("Alice", "7", away=False), "You are back", {}),
]

DONE: list[tuple[OrderEvent, str]] = [
    (AssistantAdded("R", "Bob", "Alice"), "You have made Bob an assistant of 'R'"),
    (AssistantRemoved("R", "Bob", "Alice"), "Bob is no longer an assistant of 'R'"),
    (TopicChanged("R", "Alice", "Exam"), "You have set the topic of 'R'"),
    (TopicChanged("R", "Alice", ""), "You have set the topic of 'R'"),
    (MemberKicked("R", "Bob", "Alice", "spam"), "You have kicked Bob from 'R'"),
    (MemberBanned("R", "Bob", "Alice", "spam"), "You have banned Bob from 'R'"),
    (MemberBanned("R", "Bob", "Alice", "spam", 1800, 1), "You have banned Bob from 'R' for 30 minutes"),
    (MemberUnbanned("R", "Bob", "Alice"), "You have unbanned Bob from 'R'"),
    (MemberMuted("R", "Bob", "Alice"), "You have muted Bob in 'R'"),
    (MemberMuted("R", "Bob", "Alice", "", 3600, 1), "You have muted Bob in 'R' for 1 hour"),
    (MemberUnmuted("R", "Bob", "Alice"), "You have unmuted Bob in 'R'"),
    (ModeratorAdded("R", "Bob", "Alice"), "You have made Bob a moderator of 'R'"),
    (ModeratorRemoved("R", "Bob", "Alice"), "Bob is no longer a moderator of 'R'"),
    (MemberInvited("R", "Bob", "Alice"), "You have invited Bob to 'R'"),
    (RoomModeChanged("R", "Alice", "open"), "'R' is open"),
    (RoomModeChanged("R", "Alice", "private"), "'R' is private"),
    (RoomModeChanged("R", "Alice", "announce"), "Only moderators can speak in 'R'"),
    (RoomModeChanged("R", "Alice", "talk"), "Everybody can speak in 'R'"),
    (RoomModeChanged("R", "Alice", "closed"), "You have closed 'R'. To open it again: /room R open"),
]

UNNEEDED: list[tuple[IdempotentOrder, str]] = [
    (AssistantAdded("R", "Bob", "Alice"), "Bob is already an assistant of 'R'"),
    (AssistantRemoved("R", "Bob", "Alice"), "Bob is not an assistant of 'R'"),
    (TopicChanged("R", "Alice", "Exam"), "This is already the topic of 'R'"),
    (TopicChanged("R", "Alice", ""), "'R' has no topic"),
    (MemberUnbanned("R", "Bob", "Alice"), "Bob is not banned from 'R'"),
    (MemberUnmuted("R", "Bob", "Alice"), "Bob is not muted in 'R'"),
    (ModeratorAdded("R", "Bob", "Alice"), "Bob is already a moderator of 'R'"),
    (ModeratorRemoved("R", "Bob", "Alice"), "Bob is not a moderator of 'R'"),
    (MemberInvited("R", "Bob", "Alice"), "Bob is already in 'R'"),
    (RoomModeChanged("R", "Alice", "open"), "'R' is already open"),
    (RoomModeChanged("R", "Alice", "private"), "'R' is already private"),
    (
        RoomModeChanged("R", "Alice", "announce"),
        "'R' is already for announcements: only moderators can speak",
    ),
    (RoomModeChanged("R", "Alice", "talk"), "Everybody can already speak in 'R'"),
    (RoomModeChanged("R", "Alice", "closed"), "'R' is already closed"),
]


def success(text: str, **fields: object) -> dict[str, object]:
    """Return Alice's answer to request 7."""
    common = {"status": "success", "sender": "SERVER", "receiver": "Alice", "id": "7"}
    return {**common, "text": text, **fields}


@each_case(("event", "text", "fields"), ANSWERS)
def test_an_answer_is_a_sentence_with_fields(event: Answer, text: str, fields: dict[str, Any]) -> None:
    """A request is answered with a sentence, and with fields that say the same, of which none is empty."""
    assert success(text, **fields) == json.loads(JSON.encode([event]))


@each_case(("order", "text"), DONE)
def test_a_moderator_is_told_what_was_done(order: OrderEvent, text: str) -> None:
    """A request about the order in a room is answered with what was done."""
    assert success(text) == json.loads(JSON.encode([OrderDone("Alice", "7", order)]))


@each_case(("order", "text"), UNNEEDED)
def test_a_moderator_is_told_that_it_is_so_already(order: IdempotentOrder, text: str) -> None:
    """A request that would change nothing is answered with the present state."""
    assert success(text) == json.loads(JSON.encode([OrderUnneeded("Alice", "7", order)]))


def test_every_answer_has_its_sentence() -> None:
    """No answer, and no order, is left out above."""
    assert set(get_args(Answer)) == {type(event) for event, _, _ in ANSWERS} | {OrderDone, OrderUnneeded}
    assert set(get_args(OrderEvent)) == {type(order) for order, _ in DONE}
    assert set(get_args(IdempotentOrder)) == {type(order) for order, _ in UNNEEDED}
