"""Moderation commands, and which room is meant."""

from __future__ import annotations

import pytest

from classchat.client.commands.as_typed import as_typed
from classchat.client.commands.parsing import parse, parse_on_screen
from classchat.client.commands.typed import NOWHERE, CommandError, Placed, Whereabouts
from classchat.messages import (
    Ban,
    Close,
    Command,
    Deop,
    Invite,
    Kick,
    Leave,
    ListRooms,
    ListUsers,
    Mute,
    Op,
    SetRoom,
    SetTopic,
    Unban,
    Unmute,
)
from tests.tables import each_case

DAY = 86_400

IN_LAB = Whereabouts("Lab", {"Lab", "CS350", "twin"}.__contains__, {"dave", "eve", "twin"}.__contains__)
"""A user who talks in Lab, and knows these rooms and users."""


def typed(line: str, where: Whereabouts) -> Command:
    """Return the request that a line becomes with this focus."""
    command = parse_on_screen(line)
    assert isinstance(command, Placed)
    return command.at(where)


@each_case(
    ("line", "command"),
    [
        ("/topic CS350 Exam prep", SetTopic(receiver="CS350", text="Exam prep")),
        ("/topic CS350 -", SetTopic(receiver="CS350")),
        ("/topic CS350", ListRooms(room="CS350")),
        ("/kick CS350 Bob", Kick(receiver="CS350", user="Bob")),
        ("/kick CS350 Bob being  rude", Kick(receiver="CS350", user="Bob", text="being rude")),
        ("/kick CS350 @Bob 30m", Kick(receiver="CS350", user="Bob", text="30m")),
        ("/ban CS350 Bob", Ban(receiver="CS350", user="Bob")),
        ("/ban CS350 Bob 30s", Ban(receiver="CS350", user="Bob", seconds=30)),
        ("/ban CS350 Bob 30M", Ban(receiver="CS350", user="Bob", seconds=1800)),
        ("/ban CS350 Bob 30m too loud", Ban(receiver="CS350", user="Bob", seconds=1800, text="too loud")),
        ("/ban CS350 Bob too loud", Ban(receiver="CS350", user="Bob", text="too loud")),
        ("/ban CS350 30m 2h", Ban(receiver="CS350", user="30m", seconds=7200)),
        ("/ban CS350 Bob 366d", Ban(receiver="CS350", user="Bob", seconds=366 * DAY)),
        ("/ban CS350 @7w", Ban(receiver="CS350", user="7w")),
        ("/unban CS350 @Bob", Unban(receiver="CS350", user="Bob")),
        ("/mute CS350 Bob 7d", Mute(receiver="CS350", user="Bob", seconds=7 * DAY)),
        ("/unmute CS350 Bob", Unmute(receiver="CS350", user="Bob")),
        ("/op CS350 Bob", Op(receiver="CS350", user="Bob")),
        ("/deop CS350 Bob", Deop(receiver="CS350", user="Bob")),
        ("/invite CS350 @Bob", Invite(receiver="CS350", user="Bob")),
        ("/room CS350 private", SetRoom(receiver="CS350", text="private")),
        ("/close CS350", Close(receiver="CS350")),
        ("/leave CS350", Leave(receiver="CS350")),
        ("/users CS350", ListUsers(receiver="CS350")),
        ("/users @Bob", ListUsers(user="Bob")),
        ("/users *", ListUsers()),
    ],
)
def test_orders(line: str, command: Command) -> None:
    """With the room named, a line means the same in scripts and on a screen."""
    assert [command] * 3 == [parse(line), typed(line, NOWHERE), typed(line, Whereabouts("CS350"))]


@each_case(
    ("line", "command"),
    [
        ("/topic", ListRooms(room="Lab")),
        ("/topic -", SetTopic(receiver="Lab")),
        ("/topic Exam prep", SetTopic(receiver="Lab", text="Exam prep")),
        ("/topic CS350", ListRooms(room="CS350")),
        ("/topic CS350 is full", SetTopic(receiver="Lab", text="CS350 is full")),
        ("/topic - or not", SetTopic(receiver="Lab", text="- or not")),
        ("/kick dave", Kick(receiver="Lab", user="dave")),
        ("/kick @dave", Kick(receiver="Lab", user="dave")),
        ("/kick dave being rude", Kick(receiver="Lab", user="dave", text="being rude")),
        ("/kick gone being rude", Kick(receiver="Lab", user="gone", text="being rude")),
        ("/kick dave eve said so", Kick(receiver="Lab", user="dave", text="eve said so")),
        ("/kick CS350 dave rude", Kick(receiver="CS350", user="dave", text="rude")),
        ("/kick lab dave rude", Kick(receiver="lab", user="dave", text="rude")),
        ("/kick unlisted dave rude", Kick(receiver="unlisted", user="dave", text="rude")),
        ("/kick unlisted @gone rude", Kick(receiver="unlisted", user="gone", text="rude")),
        ("/kick twin rude", Kick(receiver="Lab", user="twin", text="rude")),
        ("/kick twin dave rude", Kick(receiver="twin", user="dave", text="rude")),
        ("/kick @twin dave rude", Kick(receiver="Lab", user="twin", text="dave rude")),
        ("/ban dave 30m", Ban(receiver="Lab", user="dave", seconds=1800)),
        ("/ban @dave 30m being rude", Ban(receiver="Lab", user="dave", seconds=1800, text="being rude")),
        ("/ban gone 30m being rude", Ban(receiver="Lab", user="gone", seconds=1800, text="being rude")),
        ("/ban dave being rude", Ban(receiver="Lab", user="dave", text="being rude")),
        ("/mute dave", Mute(receiver="Lab", user="dave")),
        ("/op @dave", Op(receiver="Lab", user="dave")),
        ("/invite dave", Invite(receiver="Lab", user="dave")),
        ("/room announce", SetRoom(receiver="Lab", text="announce")),
        ("/close", Close(receiver="Lab")),
        ("/leave", Leave(receiver="Lab")),
        ("/users", ListUsers(receiver="Lab")),
        ("/who", ListUsers(receiver="Lab")),
        ("/who *", ListUsers()),
        ("/who dave", ListUsers(user="dave")),
        ("/who @dave", ListUsers(user="dave")),
        ("/who twin", ListUsers(receiver="twin")),
        ("/who unlisted", ListUsers(receiver="unlisted")),
    ],
)
def test_the_room_one_talks_in(line: str, command: Command) -> None:
    """With a focus the room may be left out; known names decide whether the first word is a room."""
    assert command == typed(line, IN_LAB)


@each_case(
    ("line", "usage"),
    [
        ("/topic", "/topic <room> [text]"),
        ("/kick Bob", "/kick <room> <username> [reason]"),
        ("/kick @Bob being rude", "/kick <room> <username> [reason]"),
        ("/ban Bob 30m", "/ban <room> <username> [30m] [reason]"),
        ("/mute Bob 30m too loud", "/mute <room> <username> [30m] [reason]"),
        ("/unban Bob", "/unban <room> <username>"),
        ("/room private", "/room <room> <kind> [30s]"),
        ("/close", "/close <room>"),
        ("/leave", "/leave <room>"),
    ],
)
def test_no_room(line: str, usage: str) -> None:
    """In a script, and without a focus, the room has to be named."""
    with pytest.raises(CommandError) as caught:
        parse(line)

    assert f"Which room? Usage: {usage}" == str(caught.value)


def test_everybody_where_there_is_no_room() -> None:
    """Without a focus, `/users` lists all users of the server."""
    assert ListUsers() == parse("/users") == typed("/who", NOWHERE)


@each_case("word", ["30", "30x", "0m", "1w", "367d", "99999999d", "1.5h", "-1m", "٣m", "30min"])
@each_case("line", ["/ban CS350 Bob {}", "/mute Bob {}", "/ban @Bob {}", "/ban Bob {} too loud"])
def test_no_duration(line: str, word: str) -> None:
    """A word that begins as a duration, and is not a valid one, is refused, with any focus."""
    told = []
    for where in (NOWHERE, IN_LAB):
        with pytest.raises(CommandError) as caught:
            typed(line.format(word), where)
        told.append(str(caught.value))

    assert [f"'{word}' is not a duration: write 30s, 30m, 2h or 7d, at most a year"] * 2 == told


@each_case("line", ["/kick", "/op CS350 Bob now", "/room", "/room a b c", "/broadcast", "/close a b"])
def test_usage(line: str) -> None:
    """Missing or superfluous words show the usage."""
    with pytest.raises(CommandError, match="Usage: "):
        parse(line)


@each_case(
    "line",
    [
        "/ban CS350 Bob",
        "/kick CS350 Bob rude",
        "/topic CS350",
        "/topic CS350 -",
        "/topic CS350 Exam",
        "/users @Bob",
    ],
)
def test_shown_again(line: str) -> None:
    """A moderation request with an unknown outcome is shown as it was typed."""
    command = parse(line)
    assert isinstance(command, Ban | Kick | ListRooms | SetTopic | ListUsers)

    assert line == as_typed(command)
