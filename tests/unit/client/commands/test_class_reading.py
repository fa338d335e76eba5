"""Commands of the class layer, and which room is meant."""

from __future__ import annotations

import pytest

from classchat.class_commands import (
    AnswerQuestion,
    Approve,
    Ask,
    ClassCommand,
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
from classchat.client.commands.as_typed import as_typed
from classchat.client.commands.parsing import is_secret, parse, parse_on_screen
from classchat.client.commands.typed import CommandError, Placed, Whereabouts
from classchat.messages import Assist, Command, Mute, SetRoom, Unassist, Unmute
from classchat.wire.lines import decode_command, encode_command
from tests.tables import each_case

IN_LAB = Whereabouts(
    "Lab", {"Lab", "CS350", "twin"}.__contains__, {"dave", "eve", "twin"}.__contains__, knows_rooms=True
)
"""A user who talks in Lab, and knows these rooms and users."""

POLL = "A poll has a question and 2 to 10 options: /poll Which? | A | B | 60s"
GROUPS = "Usage: /groups [room] <4|size 3|close> [random|new|same|section] [10m]"

NO_FOCUS = Whereabouts(None, IN_LAB.is_room, IN_LAB.is_user, knows_rooms=True)


def typed(line: str, where: Whereabouts = IN_LAB) -> Command:
    """Return the request that a line becomes with this focus."""
    command = parse_on_screen(line)
    assert isinstance(command, Placed)
    return command.at(where)


COMMANDS: list[tuple[str, ClassCommand]] = [
    ("/class CS350", Follow(receiver="CS350")),
    ("/session CS350 begin", SetSession(receiver="CS350", text="begin")),
    ("/session CS350 begin Week 3", SetSession(receiver="CS350", text="begin", title="Week 3")),
    ("/session CS350 end", SetSession(receiver="CS350", text="end")),
    ("/hand CS350", RaiseHand(receiver="CS350")),
    ("/hand CS350 pointers to pointers", RaiseHand(receiver="CS350", text="pointers to pointers")),
    ("/lower CS350", LowerHand(receiver="CS350")),
    ("/lower CS350 @Carol", LowerHand(receiver="CS350", user="Carol")),
    ("/queue CS350", SetHands(receiver="CS350")),
    ("/hands CS350 Fair", SetHands(receiver="CS350", text="fair")),
    ("/next CS350", NextHand(receiver="CS350")),
    ("/next CS350 Carol", NextHand(receiver="CS350", user="Carol")),
    ("/done CS350", FinishTurn(receiver="CS350", text="helped")),
    ("/done CS350 absent", FinishTurn(receiver="CS350", text="absent")),
    ("/ask CS350 Why?", Ask(receiver="CS350", text="Why?")),
    ("/ask CS350 --named Why not?", Ask(receiver="CS350", text="Why not?", named=True)),
    ("/ask --named CS350 Why not?", Ask(receiver="CS350", text="Why not?", named=True)),
    ("/questions CS350", SetQuestions(receiver="CS350")),
    ("/questions CS350 approve", SetQuestions(receiver="CS350", text="approve")),
    ("/questions CS350 open full", SetQuestions(receiver="CS350", text="open", anonymous="full")),
    ("/questions CS350 no", SetQuestions(receiver="CS350", anonymous="no")),
    ("/up CS350 7", Support(receiver="CS350", number=7)),
    ("/up CS350 #7", Support(receiver="CS350", number=7)),
    ("/up CS350 -7", Support(receiver="CS350", number=7, value=False)),
    ("/unup CS350 7", Support(receiver="CS350", number=7, value=False)),
    ("/answer CS350 7 Because it is", AnswerQuestion(receiver="CS350", number=7, text="Because it is")),
    ("/answer CS350 7", AnswerQuestion(receiver="CS350", number=7)),
    ("/approve CS350 7", Approve(receiver="CS350", number=7)),
    ("/dismiss CS350 7", Dismiss(receiver="CS350", number=7)),
    ("/dismiss CS350 7 asked before", Dismiss(receiver="CS350", number=7, text="asked before")),
    ("/reveal CS350 7", Reveal(receiver="CS350", number=7)),
    (
        "/poll CS350 Which is stable? | quicksort |  merge  sort | 90s",
        StartPoll(receiver="CS350", text="Which is stable?", options=["quicksort", "merge sort"], seconds=90),
    ),
    ("/poll CS350 Ready? | yes | no", StartPoll(receiver="CS350", text="Ready?", options=["yes", "no"])),
    (
        "/poll CS350 Ready? | yes | no | 2m many named LIVE",
        StartPoll(
            receiver="CS350",
            text="Ready?",
            options=["yes", "no"],
            seconds=120,
            many=True,
            named=True,
            live=True,
        ),
    ),
    ("/poll CS350 How? | named | live", StartPoll(receiver="CS350", text="How?", options=["named", "live"])),
    (
        "/poll CS350 How long? | 30s | 60s",
        StartPoll(receiver="CS350", text="How long?", options=["30s", "60s"]),
    ),
    ("/vote CS350 2", Vote(receiver="CS350", choices=[1])),
    ("/vote CS350 1, 3", Vote(receiver="CS350", choices=[0, 2])),
    ("/vote CS350 #4 10", Vote(receiver="CS350", number=4, choices=[9])),
    ("/endpoll CS350", EndPoll(receiver="CS350")),
    ("/endpoll CS350 4", EndPoll(receiver="CS350", number=4)),
    ("/polls CS350", ListPolls(receiver="CS350")),
    ("/polls CS350 #4", ListPolls(receiver="CS350", number=4)),
    ("/present CS350", Present(receiver="CS350")),
    ("/present CS350 10m", Present(receiver="CS350", seconds=600)),
    ("/present CS350 end", Present(receiver="CS350", text="end")),
    ("/here CS350 k7q2m", Here(receiver="CS350", text="K7Q2M")),
    ("/mark CS350 Carol late", Mark(receiver="CS350", user="Carol", text="late")),
    ("/roster CS350", ReadRoster(receiver="CS350")),
    ("/roster CS350 add Jane Doe", ReadRoster(receiver="CS350", text="add", user="Jane Doe")),
    ("/groups CS350 4", SetGroups(receiver="CS350", count=4)),
    ("/groups CS350 4 new 10m", SetGroups(receiver="CS350", count=4, text="new", seconds=600)),
    ("/groups CS350 size 3 random", SetGroups(receiver="CS350", size=3, text="random")),
    ("/groups CS350 section", SetGroups(receiver="CS350", text="section")),
    ("/groups CS350 close", SetGroups(receiver="CS350", text="close")),
    ("/groups CS350 close 10m", SetGroups(receiver="CS350", text="close", seconds=600)),
]


@each_case(("line", "command"), COMMANDS)
def test_a_script_names_the_room(line: str, command: ClassCommand) -> None:
    """A script gives each command with its room; the server understands what goes over the wire."""
    assert command == parse(line) == decode_command(encode_command(command))


@each_case("command", [command for _, command in COMMANDS])
def test_a_request_as_typed_is_the_same_request(command: ClassCommand) -> None:
    """A request that is shown because it was not confirmed may be typed again as it stands there."""
    assert command == parse(as_typed(command))


@each_case(("line", "command"), COMMANDS)
def test_the_screen_knows_the_room(line: str, command: ClassCommand) -> None:
    """On a screen the room with the focus may be left out, and any other one is named with a #."""
    there = Whereabouts("CS350", IN_LAB.is_room, IN_LAB.is_user, knows_rooms=True)

    assert command == typed(line.replace("CS350 ", "").removesuffix(" CS350"), there)
    assert command == typed(line.replace("CS350", "#CS350"), IN_LAB)


@each_case(
    ("line", "command"),
    [
        ("/hand CS350 pointers", RaiseHand(receiver="Lab", text="CS350 pointers")),
        ("/hand lab pointers", RaiseHand(receiver="Lab", text="pointers")),
        ("/ask CS350 is hard, isn't it?", Ask(receiver="Lab", text="CS350 is hard, isn't it?")),
        ("/ask one\n  two", Ask(receiver="Lab", text="one\n  two")),
        ("/queue CS350", SetHands(receiver="CS350")),
        ("/next twin", NextHand(receiver="Lab", user="twin")),
        ("/next #twin dave", NextHand(receiver="twin", user="dave")),
        ("/mark CS350 dave late", Mark(receiver="CS350", user="dave", text="late")),
        ("/mark dave late", Mark(receiver="Lab", user="dave", text="late")),
        ("/here CS350", Here(receiver="Lab", text="CS350")),
        ("/here CS350 k7q2m", Here(receiver="CS350", text="K7Q2M")),
        ("/up 7", Support(receiver="Lab", number=7)),
        ("/vote #2 1", Vote(receiver="Lab", number=2, choices=[0])),
        ("/groups CS350 2", SetGroups(receiver="CS350", count=2)),
        ("/poll CS350? | A | B", StartPoll(receiver="Lab", text="CS350?", options=["A", "B"])),
    ],
)
def test_which_room_is_meant(line: str, command: ClassCommand) -> None:
    """A free text never loses its first word to another room; other commands take any known room."""
    assert command == typed(line)


@each_case("line", ["/hand", "/hand pointers", "/ask Why?", "/vote 2", "/queue", "/next dave"])
def test_without_a_room(line: str) -> None:
    """Outside of a room, a command says that a room has to be selected, and nothing is sent."""
    with pytest.raises(CommandError) as refused:
        typed(line, NO_FOCUS)

    assert str(refused.value).startswith("No room is selected: /focus ROOM, or name it here: /")


def test_a_known_room_without_a_focus() -> None:
    """Outside of a room, the first word is a room if one has this name."""
    assert RaiseHand(receiver="CS350", text="pointers") == typed("/hand CS350 pointers", NO_FOCUS)


@each_case(
    ("line", "refusal"),
    [
        ("/hand", "Which room? Usage: /hand <room> [topic]"),
        ("/session Lab", "Usage: /session [room] begin|end [title]"),
        ("/session Lab end it", "Usage: /session [room] begin|end [title]"),
        ("/queue Lab faster", "Usage: /queue [room] [open|closed|fair|order]"),
        ("/done Lab helped twice", "Usage: /done [room] [helped|absent|later]"),
        ("/ask Lab", "Usage: /ask [room] [--named] <text>"),
        ("/ask Lab --named", "Usage: /ask [room] [--named] <text>"),
        ("/up Lab seven", "'seven' is not a number from 1. Usage: /up [room] [-]<number>"),
        ("/up Lab 0", "'0' is not a number from 1. Usage: /up [room] [-]<number>"),
        ("/up Lab 2147483648", "'2147483648' is not a number from 1. Usage: /up [room] [-]<number>"),
        ("/up Lab", "Usage: /up [room] [-]<number>"),
        ("/answer Lab", "Usage: /answer [room] <number> [text]"),
        ("/poll Lab Which? | A", POLL),
        ("/poll Lab Which? | A | | B", POLL),
        ("/poll Lab Which? | A | B | 4s", "A poll is open from 5s to 1h"),
        ("/poll Lab Which? | A | B | 61m", "A poll is open from 5s to 1h"),
        (f"/poll Lab Which? | A | {'B' * 201}", "An option has at most 200 characters"),
        ("/vote Lab", "Usage: /vote [room] [#poll] <numbers>"),
        ("/vote Lab #2", "Usage: /vote [room] [#poll] <numbers>"),
        ("/vote Lab A", "Vote with the numbers of options, from 1 to 10, such as /vote 2"),
        ("/vote Lab 11", "Vote with the numbers of options, from 1 to 10, such as /vote 2"),
        ("/present Lab soon", "'soon' is not a time: write 30s, 5m or 1h, at most 4h"),
        ("/present Lab 5h", "'5h' is not a time: write 30s, 5m or 1h, at most 4h"),
        ("/here Lab", "Usage: /here [room] <code>"),
        ("/mark Lab Carol asleep", "Usage: /mark [room] <username> present|late|excused|absent"),
        ("/mark Lab late", "Usage: /mark [room] <username> present|late|excused|absent"),
        ("/roster Lab remove Carol", "Usage: /roster [room] [add <name>]"),
        ("/roster Lab add", "Usage: /roster [room] [add <name>]"),
        ("/groups Lab", GROUPS),
        ("/groups Lab close 4", GROUPS),
        ("/groups Lab 4 5", GROUPS),
        ("/groups Lab 501", f"'501' is not a number from 1. {GROUPS}"),
        ("/groups Lab 4 1s", "'1s' is not a time: write 10m or 1h, at most 24h"),
    ],
)  # fmt: skip
def test_wrong_words(line: str, refusal: str) -> None:
    """A command with wrong words is refused with its usage, and not sent."""
    with pytest.raises(CommandError) as refused:
        parse(line)

    assert refusal == str(refused.value)


@each_case(
    ("line", "command"),
    [
        ("/room slow 30s", SetRoom(receiver="Lab", text="slow", seconds=30)),
        ("/room CS350 Slow 5m", SetRoom(receiver="CS350", text="Slow", seconds=300)),
        ("/room slow", SetRoom(receiver="Lab", text="slow")),
        ("/room CS350 exam", SetRoom(receiver="CS350", text="exam")),
        ("/room questions", SetRoom(receiver="Lab", text="questions")),
        ("/assist dave", Assist(receiver="Lab", user="dave")),
        ("/unassist CS350 dave", Unassist(receiver="CS350", user="dave")),
        ("/mute #7", Mute(receiver="Lab", number=7)),
        ("/unmute #7", Unmute(receiver="Lab", number=7)),
    ],
)
def test_orders_of_a_class(line: str, command: Command) -> None:
    """Assistants and the modes of a class are orders, as in moderation; a slow room takes a time."""
    assert command == typed(line) == typed(as_typed(command))


@each_case(
    ("line", "command"),
    [
        ("/mute #7 30m too rude", Mute(receiver="Lab", number=7, seconds=1800, text="too rude")),
        ("/mute CS350 #7", Mute(receiver="CS350", number=7)),
        ("/mute CS350 #7 1h", Mute(receiver="CS350", number=7, seconds=3600)),
        ("/mute dave #7", Mute(receiver="dave", number=7)),
        ("/mute #seven", Mute(receiver="Lab", user="#seven")),
        ("/mute #0", Mute(receiver="Lab", user="#0")),
    ],
)
def test_unseen_authors(line: str, command: Command) -> None:
    """The author of a question is muted by its number, as no user's name has a `#`."""
    assert command == typed(line)


@pytest.mark.parametrize("line", ["/room slow 2h", "/room slow 0s", "/room Lab exam 30s"])
def test_wrong_times_of_a_slow_room(line: str) -> None:
    """Only a slow room takes a time, of at most an hour."""
    with pytest.raises(CommandError):
        typed(line)


def test_what_is_not_kept_between_runs() -> None:
    """Questions without a name, votes and codes are not kept where others may read them."""
    lines = ["/ask Why?", "/vote 2", "/here K7Q2M", "/hand pointers", "/poll Which? | A | B"]

    assert [True, True, True, False, False] == [is_secret(line) for line in lines]
