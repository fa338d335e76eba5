"""Events in a room, read from the server's fields."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from classchat.client.link.happenings import EVENTS, Happening, happening_of
from classchat.core import events as core
from classchat.core import room_events as rooms
from classchat.messages import Group, Private
from classchat.wire.json_codec import line_of
from tests.tables import each_case


def happening(event: str, room: str | None, text: str, **fields: object) -> Happening:
    """Return a happening; the fields that are not named are None."""
    every: dict[str, object] = {"user": None, "by": None, "reason": None, "until": None, "topic": None}
    return Happening(event=event, room=room, text=text, **{"replay": False, **every, **fields})  # type: ignore[arg-type]


@each_case(
    ("message", "expected"),
    [
        (
            Group("SERVER", "R", "whatever", event="joined", user="Bob"),
            happening("joined", "R", "whatever", user="Bob"),
        ),
        (
            Group(
                "SERVER",
                "R",
                "whatever",
                event="banned",
                user="Bob",
                by="Alice",
                reason="spam",
                until="2026-11-23T10:30:00.123Z",
                replay=True,
            ),
            happening(
                "banned",
                "R",
                "whatever",
                user="Bob",
                by="Alice",
                reason="spam",
                until=datetime(2026, 11, 23, 10, 30, 0, 123_000, UTC),
                replay=True,
            ),
        ),
        (
            Group("SERVER", "R", "whatever", event="topic", topic="", by="Alice"),
            happening("topic", "R", "whatever", topic="", by="Alice"),
        ),
        (
            Private("SERVER", "Bob", "whatever", event="invited", room="R", by="Alice"),
            happening("invited", "R", "whatever", by="Alice"),
        ),
        (
            Private("SERVER", "Bob", "whatever", event="broadcast", by="Root"),
            happening("broadcast", None, "whatever", by="Root"),
        ),
        (Group("SERVER", "R", "whatever", event="tomorrow"), happening("tomorrow", "R", "whatever")),
    ],
)
def test_fields(message: Group | Private, expected: Happening) -> None:
    """The fields say what happened, whatever the sentence says."""
    assert expected == happening_of(message)


@each_case(
    ("message", "event", "user"),
    [
        (Group("SERVER", "R", "Bob has joined the chat room"), "joined", "Bob"),
        (Group("SERVER", "R", "Bob has left the chat room"), "left", "Bob"),
        (Group("SERVER", "R", "Bob has left the chat room", event="offline"), "offline", "Bob"),
        (Group("SERVER", "R", "Bob has joined the chat room", event="online"), "online", "Bob"),
        (Group("SERVER", "R", "", event="online"), "online", None),
    ],
)
def test_sentences_of_old_servers(message: Group, event: str, user: str | None) -> None:
    """If an old server sends no fields, its sentence says who joined or left."""
    told = happening_of(message)

    assert told == happening(event, "R", message.text, user=user)


@each_case(
    "message",
    [
        Group("Bob", "R", "SERVER has joined the chat room"),
        Group("Bob", "R", "Alice has joined the chat room", event="joined", user="Alice"),
        Group("SERVER", "R", "Alice has kicked Bob"),
        Private("SERVER", "Bob", "Alice has invited you to room 'R'"),
        Private("Alice", "Bob", "Hello"),
    ],
)
def test_no_happening(message: Group | Private) -> None:
    """A user's message is not a happening, and neither is an unknown sentence."""
    assert happening_of(message) is None


@each_case("until", ["tomorrow", "", "2026-11-23", "2026-11-23T10:30:00"])
def test_a_time_that_is_none(until: str) -> None:
    """A time that is invalid, or has no time zone, is left out; the rest still says what happened."""
    told = happening_of(Group("SERVER", "R", "text", event="muted", user="Bob", until=until))

    assert happening("muted", "R", "text", user="Bob") == told


def test_every_event_of_the_server_is_known() -> None:
    """A bot can register for exactly the events that the server sends."""
    members = [rooms.MemberJoined, rooms.MemberLeft]
    orders = [
        rooms.TopicChanged("R", "A", "t"),
        rooms.MemberKicked("R", "B", "A"),
        rooms.MemberBanned("R", "B", "A"),
        rooms.MemberUnbanned("R", "B", "A"),
        rooms.MemberMuted("R", "B", "A"),
        rooms.MemberUnmuted("R", "B", "A"),
        rooms.ModeratorAdded("R", "B", "A"),
        rooms.ModeratorRemoved("R", "B", "A"),
        rooms.MemberInvited("R", "B", "A"),
        rooms.AssistantAdded("R", "B", "A"),
        rooms.AssistantRemoved("R", "B", "A"),
        *[rooms.RoomModeChanged("R", "A", mode) for mode in get_args(rooms.RoomMode)],
    ]
    moves = [member("R", "B", flag) for member in members for flag in (False, True)]
    told = [
        core.TopicShown("R", "t"),
        rooms.MessageDeleted("R", 42, "B", "A", "t"),
        core.PrivateDeleted("B", "A", 42, "A", "B", "t", "A", "t"),
        core.InvitationReceived("B", "R", "A"),
        core.BroadcastReceived("B", "A", "text"),
        core.UserRenamed("B", "C", "A"),
    ]
    sent = {getattr(line_of(event), "event", None) for event in [*moves, *orders, *told]}

    assert EVENTS == sent
