"""The JSON codec: each event is a sentence, to the letter, with fields that say the same."""

from __future__ import annotations

import json
from typing import get_args

from classchat.core.answer_events import Answer
from classchat.core.events import (
    AboutUser,
    AccountClaimed,
    AwaySet,
    BroadcastReceived,
    Event,
    InvitationReceived,
    Own,
    PersonAbout,
    PrivateDeleted,
    RemovedFromRoom,
    SharedEvent,
    Styled,
    TopicShown,
    UserGone,
    UserRenamed,
)
from classchat.core.manners import Manner
from classchat.core.room_events import (
    AssistantAdded,
    AssistantRemoved,
    MemberBanned,
    MemberInvited,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberMuted,
    MemberUnbanned,
    MemberUnmuted,
    MessageDeleted,
    ModeratorAdded,
    ModeratorRemoved,
    Removal,
    RoomAbout,
    RoomModeChanged,
    TopicChanged,
)
from classchat.messages import Error, Group, Private, Probe, Success
from classchat.wire.json_codec import JSON, JSONCodec, line_of
from classchat.wire.lines import decode_event, encode
from tests.tables import each_case

UNTIL = 1_795_516_200_123
"""2026-11-24 10:30:00.123 UTC, in milliseconds."""

AT = "2026-11-23T10:00:00.123Z"

IN_ROOMS: list[tuple[Event, str, dict[str, object]]] = [
    (
        MessageDeleted("CS350", 42, "Bob", "Alice", AT),
        "Alice has deleted message 42 of Bob",
        {"event": "deleted", "user": "Bob", "by": "Alice", "number": 42, "deleted": AT},
    ),
    (
        MessageDeleted("CS350", 42, "Bob", "Bob", AT, replay=True),
        "Bob has deleted message 42",
        {"event": "deleted", "user": "Bob", "by": "Bob", "number": 42, "deleted": AT, "replay": True},
    ),
    (MemberJoined("CS350", "Alice"), "Alice has joined the chat room", {"event": "joined", "user": "Alice"}),
    (
        MemberJoined("CS350", "Alice", back=True),
        "Alice has joined the chat room",
        {"event": "online", "user": "Alice"},
    ),
    (MemberLeft("CS350", "Alice"), "Alice has left the chat room", {"event": "left", "user": "Alice"}),
    (
        MemberLeft("CS350", "Alice", offline=True),
        "Alice has left the chat room",
        {"event": "offline", "user": "Alice"},
    ),
    (
        TopicChanged("CS350", "Alice", "Exam"),
        "Alice has set the topic: Exam",
        {"event": "topic", "by": "Alice", "topic": "Exam"},
    ),
    (
        TopicChanged("CS350", "Alice", ""),
        "Alice has removed the topic",
        {"event": "topic", "by": "Alice", "topic": ""},
    ),
    (TopicShown("CS350", "Exam"), "The topic is: Exam", {"event": "topic", "topic": "Exam"}),
    (
        MemberKicked("CS350", "Bob", "Alice"),
        "Alice has kicked Bob",
        {"event": "kicked", "user": "Bob", "by": "Alice"},
    ),
    (
        MemberKicked("CS350", "Bob", "Alice", "too loud"),
        "Alice has kicked Bob: too loud",
        {"event": "kicked", "user": "Bob", "by": "Alice", "reason": "too loud"},
    ),
    (
        AssistantAdded("CS350", "Bob", "Alice"),
        "Alice has made Bob an assistant",
        {"event": "assistant", "user": "Bob", "by": "Alice"},
    ),
    (
        AssistantRemoved("CS350", "Bob", "Alice"),
        "Alice has removed Bob as an assistant",
        {"event": "not_assistant", "user": "Bob", "by": "Alice"},
    ),
    (
        MemberBanned("CS350", "Bob", "Alice"),
        "Alice has banned Bob",
        {"event": "banned", "user": "Bob", "by": "Alice"},
    ),
    (
        MemberBanned("CS350", "Bob", "Alice", "spam", 1800, UNTIL),
        "Alice has banned Bob for 30 minutes: spam",
        {
            "event": "banned",
            "user": "Bob",
            "by": "Alice",
            "reason": "spam",
            "until": "2026-11-24T10:30:00.123Z",
        },
    ),
    (
        MemberUnbanned("CS350", "Bob", "Alice"),
        "Alice has unbanned Bob",
        {"event": "unbanned", "user": "Bob", "by": "Alice"},
    ),
    (
        MemberMuted("CS350", "Bob", "Alice"),
        "Alice has muted Bob",
        {"event": "muted", "user": "Bob", "by": "Alice"},
    ),
    (
        MemberMuted("CS350", "Bob", "Alice", "spam", 3600, UNTIL),
        "Alice has muted Bob for 1 hour: spam",
        {
            "event": "muted",
            "user": "Bob",
            "by": "Alice",
            "reason": "spam",
            "until": "2026-11-24T10:30:00.123Z",
        },
    ),
    (
        MemberUnmuted("CS350", "Bob", "Alice"),
        "Alice has unmuted Bob",
        {"event": "unmuted", "user": "Bob", "by": "Alice"},
    ),
    (
        ModeratorAdded("CS350", "Bob", "Alice"),
        "Alice has made Bob a moderator",
        {"event": "moderator", "user": "Bob", "by": "Alice"},
    ),
    (
        ModeratorRemoved("CS350", "Bob", "Alice"),
        "Alice has removed Bob as a moderator",
        {"event": "not_moderator", "user": "Bob", "by": "Alice"},
    ),
    (
        MemberInvited("CS350", "Bob", "Alice"),
        "Alice has invited Bob",
        {"event": "invited", "user": "Bob", "by": "Alice"},
    ),
    (
        RoomModeChanged("CS350", "Alice", "open"),
        "Alice has opened the room",
        {"event": "open", "by": "Alice"},
    ),
    (
        RoomModeChanged("CS350", "Alice", "private"),
        "Alice has made the room private",
        {"event": "private", "by": "Alice"},
    ),
    (
        RoomModeChanged("CS350", "Alice", "announce"),
        "Alice has restricted speaking to moderators",
        {"event": "announce", "by": "Alice"},
    ),
    (
        RoomModeChanged("CS350", "Alice", "talk"),
        "Alice has allowed everybody to speak",
        {"event": "talk", "by": "Alice"},
    ),
    (
        RoomModeChanged("CS350", "Alice", "closed"),
        "Alice has closed the room",
        {"event": "closed", "by": "Alice"},
    ),
]

IN_PRIVATE: list[tuple[Event, str, dict[str, object]]] = [
    (
        PrivateDeleted("Bob", "Alice", 42, "Alice", "Bob", AT, "Alice", AT),
        "Alice has deleted message 42",
        {"event": "deleted", "user": "Alice", "by": "Alice", "name": "Alice", "number": 42, "deleted": AT},
    ),
    (
        PrivateDeleted("Bob", "Alice", 42, "Bob", "Alice", AT, "Bob", AT, replay=True),
        "Bob has deleted message 42 to Alice",
        {
            "event": "deleted",
            "user": "Bob",
            "by": "Bob",
            "name": "Alice",
            "number": 42,
            "deleted": AT,
            "replay": True,
        },
    ),
    (
        InvitationReceived("Bob", "CS350", "Alice"),
        "Alice has invited you to room 'CS350'",
        {"event": "invited", "by": "Alice", "room": "CS350"},
    ),
    (
        BroadcastReceived("Bob", "Alice", "Lunch"),
        "Alice to everybody: Lunch",
        {"event": "broadcast", "by": "Alice"},
    ),
    (
        BroadcastReceived("Bob", "Alice", "Lunch", replay=True),
        "Alice to everybody: Lunch",
        {"event": "broadcast", "by": "Alice", "replay": True},
    ),
    (
        UserRenamed("Alice", "Carol", "Bob"),
        "Alice is now called Carol",
        {"event": "renamed", "user": "Alice", "name": "Carol"},
    ),
    (
        UserRenamed("Alice", "Carol", "Bob", replay=True),
        "Alice is now called Carol",
        {"event": "renamed", "user": "Alice", "name": "Carol", "replay": True},
    ),
]


REMOVALS: list[tuple[Removal, str, dict[str, str]]] = [
    (
        MemberKicked("CS350", "Bob", "Alice"),
        "You have been kicked from room 'CS350' by Alice",
        {"code": "kicked"},
    ),
    (
        MemberKicked("CS350", "Bob", "Alice", "too loud"),
        "You have been kicked from room 'CS350' by Alice: too loud",
        {"code": "kicked", "reason": "too loud"},
    ),
    (
        MemberBanned("CS350", "Bob", "Alice"),
        "You are banned from room 'CS350', by Alice",
        {"code": "banned"},
    ),
    (
        MemberBanned("CS350", "Bob", "Alice", "spam", 1800, UNTIL),
        "You are banned from room 'CS350' until 2026-11-24 10:30:00 UTC, by Alice: spam",
        {"code": "banned", "reason": "spam"},
    ),
    (RoomModeChanged("CS350", "Alice", "closed"), "Chat room 'CS350' is closed", {"code": "room_closed"}),
]


@each_case(("because", "text", "fields"), REMOVALS)
def test_a_removed_member_is_told_by_whom_and_why(
    because: Removal, text: str, fields: dict[str, str]
) -> None:
    """A client that is removed from a room reads an error that answers nothing."""
    line = json.loads(JSON.encode([RemovedFromRoom("Bob", because)]))

    common = {"status": "error", "sender": "SERVER", "receiver": "Bob", "room": "CS350", "by": "Alice"}
    assert {**common, "text": text, **fields} == line


@each_case(("event", "text", "fields"), IN_ROOMS)
def test_what_happens_in_a_room_is_told_by_the_server(
    event: Event, text: str, fields: dict[str, str]
) -> None:
    """The room is told a sentence by `SERVER`, and the same in fields, of which none is empty."""
    line = json.loads(JSON.encode([event]))

    assert {"status": "group", "sender": "SERVER", "receiver": "CS350", "text": text, **fields} == line


@each_case(("event", "text", "fields"), IN_PRIVATE)
def test_what_one_user_is_told_by_the_server(event: Event, text: str, fields: dict[str, str | bool]) -> None:
    """One user is told a sentence by `SERVER` in private, and the same in fields."""
    line = json.loads(JSON.encode([event]))

    assert {"status": "private", "sender": "SERVER", "receiver": "Bob", "text": text, **fields} == line


@each_case(
    "event",
    [
        Group("Alice", "CS350", "Hello", seq=1, time="2026-11-23T10:00:00.123Z"),
        Private("Alice", "Bob", "Hello", seq=1, time="2026-11-23T10:00:00.123Z", replay=True),
        Success("SERVER", "Alice", "pong", id="1"),
        Error("SERVER", "Alice", "User 'Bob' not found or offline", code="user_not_found"),
        Probe("SERVER", "Alice", ""),
    ],
)
def test_what_is_a_line_already_stays_as_it_is(event: Group | Private | Success | Error | Probe) -> None:
    """Messages, answers and refusals are encoded as they are."""
    assert (event, encode(event)) == (line_of(event), JSON.encode([event]))


def test_several_events_are_their_lines_in_order() -> None:
    """The bytes of several events are the lines of each, one after the other."""
    events = [event for event, _, _ in IN_ROOMS + IN_PRIVATE]

    assert b"".join(JSON.encode([event]) for event in events) == JSON.encode(events)


def test_a_client_reads_what_the_codec_writes() -> None:
    """Each line is decoded to the same event with the same fields."""
    for event, _, _ in IN_ROOMS + IN_PRIVATE:
        assert line_of(event) == decode_event(JSON.encode([event]).removesuffix(b"\n"))


def test_every_event_has_its_line() -> None:
    """No event is left out above."""
    tested = {type(event) for event, _, _ in IN_ROOMS + IN_PRIVATE} | {
        RemovedFromRoom,
        RoomAbout,
        PersonAbout,
    }

    lines = {Success, Error, Group, Private, Probe}
    assert set(get_args(SharedEvent)) == tested | lines | {Styled, Own} | set(get_args(Answer))


def test_what_happens_to_a_user_in_all_rooms_is_no_line() -> None:
    """Clients that read JSON are told of it by each room, or ask."""
    told: list[Event] = [UserGone("Bob", "bye"), AwaySet("Bob", None), AccountClaimed("Bob")]

    assert set(get_args(AboutUser)) == set(map(type, told))
    assert b"" == JSON.encode(told)


def test_of_a_manner_and_of_own_events_nothing_is_told() -> None:
    """A message that was sent in a manner of its own, and a client's own event, are as any other."""
    message = Group("Alice", "CS350", "Hello", seq=1, time="2026-11-23T10:00:00.123Z")
    styled = Styled(message, Manner(notice=True, lines=("Hel", "lo"), label="7"))

    assert encode(message) * 3 == JSON.encode([message, styled, Own(styled)])


def test_codecs_are_told_apart_by_identity() -> None:
    """Two codecs are two, whatever they have in common: bytes are shared by those who share one."""
    assert {JSON: 1}[JSON]
    assert JSONCodec() != JSON
