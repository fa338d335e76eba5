"""What one types about the order in a room, and which room is meant."""

from __future__ import annotations

import pytest

from classchat.client.commands import CommandError, as_typed, in_room, parse, parse_on_screen
from classchat.messages import (
    Ban,
    Broadcast,
    Close,
    Command,
    Deop,
    Invite,
    Join,
    Kick,
    Mute,
    Op,
    SetRoom,
    SetTopic,
    Unban,
    Unmute,
)

DAY = 86_400


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/topic CS350 Exam prep", SetTopic(receiver="CS350", text="Exam prep")),
        ("/topic CS350", SetTopic(receiver="CS350")),
        ("/kick CS350 Bob", Kick(receiver="CS350", user="Bob")),
        ("/ban CS350 Bob", Ban(receiver="CS350", user="Bob")),
        ("/ban CS350 Bob 30s", Ban(receiver="CS350", user="Bob", seconds=30)),
        ("/ban CS350 Bob 30M", Ban(receiver="CS350", user="Bob", seconds=1800)),
        ("/ban CS350 30m 2h", Ban(receiver="CS350", user="30m", seconds=7200)),
        ("/ban CS350 Bob 366d", Ban(receiver="CS350", user="Bob", seconds=366 * DAY)),
        ("/ban CS350 7w", Ban(receiver="CS350", user="7w")),
        ("/unban CS350 Bob", Unban(receiver="CS350", user="Bob")),
        ("/mute CS350 Bob 7d", Mute(receiver="CS350", user="Bob", seconds=7 * DAY)),
        ("/unmute CS350 Bob", Unmute(receiver="CS350", user="Bob")),
        ("/op CS350 Bob", Op(receiver="CS350", user="Bob")),
        ("/deop CS350 Bob", Deop(receiver="CS350", user="Bob")),
        ("/invite CS350 Bob", Invite(receiver="CS350", user="Bob")),
        ("/room CS350 private", SetRoom(receiver="CS350", text="private")),
        ("/close CS350", Close(receiver="CS350")),
        ("/broadcast Lunch is ready", Broadcast(text="Lunch is ready")),
    ],
)
def test_orders(line: str, command: Command) -> None:
    """With the room named, a line is the same in scripts and on the screen, wherever one talks."""
    typed = parse_on_screen(line)

    assert command == parse(line)
    if isinstance(command, SetTopic):
        assert command == in_room(typed, None) == in_room(typed, "cs350")  # type: ignore[arg-type]
    else:
        assert command == in_room(typed, "Other")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/topic Exam prep", SetTopic(receiver="R", text="Exam prep")),
        ("/topic", SetTopic(receiver="R")),
        ("/kick Bob", Kick(receiver="R", user="Bob")),
        ("/ban Bob 30m", Ban(receiver="R", user="Bob", seconds=1800)),
        ("/mute Bob", Mute(receiver="R", user="Bob")),
        ("/room announce", SetRoom(receiver="R", text="announce")),
        ("/close", Close(receiver="R")),
    ],
)
def test_the_room_one_talks_in(line: str, command: Command) -> None:
    """Who talks in a room need not name it."""
    assert command == in_room(parse_on_screen(line), "R")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "usage"),
    [
        ("/topic", "/topic <room> [text]"),
        ("/kick Bob", "/kick <room> <username>"),
        ("/ban Bob 30m", "/ban <room> <username> [30m]"),
        ("/room private", "/room <room> <kind>"),
        ("/close", "/close <room>"),
    ],
)
def test_no_room(line: str, usage: str) -> None:
    """In a script, and where one talks in no room, the room has to be named."""
    with pytest.raises(CommandError) as caught:
        parse(line)

    assert f"Which room? Usage: {usage}" == str(caught.value)


@pytest.mark.parametrize("word", ["30", "m", "0m", "1w", "367d", "99999999d", "1.5h", "-1m", "٣m"])
def test_no_time(word: str) -> None:
    """What is no time that a server takes is told."""
    with pytest.raises(CommandError) as caught:
        parse(f"/ban CS350 Bob {word}")

    assert f"'{word}' is no time such as 30s, 30m, 2h or 7d, of a year at most" == str(caught.value)


@pytest.mark.parametrize("line", ["/kick", "/kick CS350 Bob now", "/room", "/broadcast", "/close a b"])
def test_usage(line: str) -> None:
    """Too little, or too much, is told with the usage."""
    with pytest.raises(CommandError, match="Usage: "):
        parse(line)


def test_nothing_else_is_about_a_room() -> None:
    """Other requests are as they were typed."""
    assert Join(receiver="CS350") == in_room(Join(receiver="CS350"), "R")


def test_shown_again() -> None:
    """An order of which nobody knows what became is shown as it was typed, as far as that tells which."""
    assert "/ban CS350 Bob" == as_typed(Ban(receiver="CS350", user="Bob", seconds=5))
