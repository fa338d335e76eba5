"""Commands: what is typed, and what it becomes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from classchat.client.commands.as_typed import as_typed
from classchat.client.commands.other_names import INSTEAD
from classchat.client.commands.parsing import is_secret, parse, parse_on_screen, usage_of
from classchat.client.commands.table import COMMANDS, SCREEN_COMMANDS
from classchat.client.commands.typed import (
    NOWHERE,
    Action,
    ClaimName,
    Clear,
    CommandError,
    DeleteMessage,
    FocusOn,
    Further,
    GetFile,
    Help,
    Ignore,
    ListConversations,
    OtherPassword,
    Placed,
    Quiet,
    Reply,
    SendFile,
    ShowHistory,
    Speech,
    TalkTo,
    Unignore,
)
from classchat.messages import (
    Away,
    Command,
    Create,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Quit,
    Rename,
    Say,
    Search,
    Tell,
)
from classchat.texts import harmless
from classchat.wire.lines import decode_command, encode_command
from tests.tables import each_case

PRIVATE = "Usage: /private <username> <message>"
GROUP = "Usage: /group <room_name> <message>"
PLAIN_TEXT = "Commands start with '/'. To talk: /group ROOM TEXT or /private NAME TEXT. All commands: /help"

wild_text = st.text(st.characters(exclude_categories=[]) | st.characters(categories=["Cc", "Cs"]))
typed_lines = wild_text | st.builds(
    "{} {}".format, st.sampled_from([usage.name for usage in COMMANDS]), wild_text
)


@each_case(
    ("line", "command"),
    [
        ("/private Bob Hey, do you have notes?", Tell(receiver="Bob", text="Hey, do you have notes?")),
        ("/group CS350 Hello everyone!", Say(receiver="CS350", text="Hello everyone!")),
        ("/create CS350", Create(receiver="CS350")),
        ("/join CS350", Join(receiver="CS350")),
        ("/leave CS350", Leave(receiver="CS350")),
        ("/rooms", ListRooms()),
        ("/users", ListUsers()),
        ("/users CS350", ListUsers(receiver="CS350")),
        ("/quit", Quit()),
        ("/search exercise 3", Search(text="exercise 3")),
        ('/search "or" OR *', Search(text='"or" OR *')),
    ],
)
def test_command(line: str, command: Command) -> None:
    """Each row of the table becomes its request."""
    assert command == parse(line)


@each_case(
    ("line", "recall"),
    [
        ("/history", ShowHistory()),
        ("/history CS350", ShowHistory("CS350")),
        ("/history 20", ShowHistory(count=20)),
        ("/history 2h", ShowHistory(ago=timedelta(hours=2))),
        ("/history CS350 1", ShowHistory("CS350", count=1)),
        ("/history CS350 1000", ShowHistory("CS350", count=1000)),
        ("/history CS350 30m", ShowHistory("CS350", ago=timedelta(minutes=30))),
        ("/history CS350 2H", ShowHistory("CS350", ago=timedelta(hours=2))),
        ("/history Bob 3d", ShowHistory("Bob", ago=timedelta(days=3))),
        ("/history 20 50", ShowHistory("20", count=50)),
        ("/history 2h 2h", ShowHistory("2h", ago=timedelta(hours=2))),
    ],
)
def test_history(line: str, recall: ShowHistory) -> None:
    """`/history` takes a name, and a number or a time; both may be left out."""
    assert recall == parse(line)


@each_case(
    ("line", "extent"),
    [
        ("/history CS350 many", "many"),
        ("/history CS350 2w", "2w"),
        ("/history CS350 ٣", "٣"),
        ("/history CS350 10000", "10000"),
        ("/history CS350 0", "0"),
        ("/history 1001", "1001"),
    ],
)
def test_history_of_what_is_no_number(line: str, extent: str) -> None:
    """An invalid number or time is refused."""
    with pytest.raises(CommandError) as caught:
        parse(line)

    assert (f"'{extent}' is not a number from 1 to 1000, or a time such as 30m, 2h or 3d") == str(
        caught.value
    )


@each_case(
    "line",
    ["/private Bob Hey, you", "/group CS350 Hello", "/create R", "/join R", "/leave R", "/rooms", "/users R"],
)
def test_as_typed(line: str) -> None:
    """A request can be shown as it was typed."""
    typed = parse(line)
    assert isinstance(typed, Tell | Say | Create | Join | Leave | ListRooms | ListUsers)

    assert line == as_typed(typed)


def test_help() -> None:
    """`/help` asks the server nothing."""
    assert isinstance(parse("/help"), Help)


@each_case("line", ["  /join CS350", "/join CS350  ", "/join \t CS350", "/JOIN CS350", "/Join CS350"])
def test_spaces_and_capitals_do_not_matter(line: str) -> None:
    """A command works in any case, with any space around its words."""
    assert Join(receiver="CS350") == parse(line)


@pytest.mark.parametrize("text", ["a   b", "/quit", "a\tb", "{}", "Zoë 🎉 愛"])
def test_message_is_kept_as_typed(text: str) -> None:
    """A message is the rest of the line, whatever it contains."""
    assert Say(receiver="CS350", text=text) == parse(f"/group CS350 {text}")


@each_case(
    ("line", "usage"),
    [
        ("/private", PRIVATE),
        ("/private Bob", PRIVATE),
        ("/private Bob  ", PRIVATE),
        ("/group", GROUP),
        ("/group CS350", GROUP),
        ("/create", "Usage: /create <room_name>"),
        ("/create CS 350", "Usage: /create <room_name>"),
        ("/join", "Usage: /join <room_name>"),
        ("/join CS350 now", "Usage: /join <room_name>"),
        ("/leave", "Which room? Usage: /leave <room>"),
        ("/leave CS350 now", "Usage: /leave [room]"),
        ("/rooms CS350", "Usage: /rooms"),
        ("/users CS350 now", "Usage: /users [room|user|*]"),
        ("/help me now", "Usage: /help [command]"),
        ("/quit now", "Usage: /quit"),
        ("/search", "Usage: /search <words>"),
        ("/history CS350 10 more", "Usage: /history [room|user] [N|2h]"),
    ],
)
def test_missing_or_surplus_arguments(line: str, usage: str) -> None:
    """A command with missing or superfluous words shows its usage."""
    with pytest.raises(CommandError) as caught:
        parse(line)

    assert usage == str(caught.value)


@pytest.mark.parametrize(
    ("line", "shown"),
    [("/xyzzy with me", "/xyzzy"), ("/", "/"), ("/\x1b[2J", "/\N{REPLACEMENT CHARACTER}[2J")],
)
def test_unknown_command(line: str, shown: str) -> None:
    """An unknown command shows where the list is."""
    with pytest.raises(CommandError) as caught:
        parse(line)

    assert f"Unknown command '{shown}'. All commands: /help" == str(caught.value)


@each_case(
    ("typed", "near"),
    [("/jo", "/join"), ("/jion", "/join"), ("/PRIVTE", "/private"), ("/serch", "/search"), ("/mgs", "/msg")],
)
def test_mistyped_command(typed: str, near: str) -> None:
    """A mistyped command names the nearest one, and is not taken for it."""
    with pytest.raises(CommandError) as caught:
        parse(f"{typed} CS350 Hello")

    assert f"Unknown command '{typed}': did you mean {near}? All commands: /help" == str(caught.value)


@each_case(
    ("typed", "meant"),
    [
        ("hello", Speech("hello")),
        ("    if x:\n        pass", Speech("    if x:\n        pass")),
        (" /quit", Quit()),
        ("  hello", Speech("  hello")),
        ("//quit", Speech("/quit")),
        ("///", Speech("//")),
        ("/focus", FocusOn()),
        ("/focus CS350", FocusOn("CS350")),
        ("/reply Yes, do", Reply("Yes, do")),
        ("/r Yes", Reply("Yes")),
        ("/me waves", Action("waves")),
        ("/ignore", Ignore()),
        ("/ignore Bob", Ignore("Bob")),
        ("/unignore Bob", Unignore("Bob")),
        ("/clear", Clear()),
        ("/msg Bob a  b\n  c", Tell(receiver="Bob", text="a  b\n  c")),
        ("/who", ListUsers()),
        ("/help join", Help("join")),
    ],
)
def test_on_screen(typed: str, meant: object) -> None:
    """On a screen plain text is said, and the screen's own commands work."""
    parsed = parse_on_screen(typed)

    assert meant == (parsed.at(NOWHERE) if isinstance(parsed, Placed) else parsed)


@given(typed_lines)
def test_on_screen_only_plain_text_is_said(line: str) -> None:
    """A line that begins with one slash is never said."""
    try:
        typed = parse_on_screen(line)
    except CommandError:
        return

    start = line if "\n" in line else line.lstrip()
    assert isinstance(typed, Speech) == (not start.startswith("/") or start.startswith("//"))


def test_names_are_used_once() -> None:
    """No two commands have a name in common."""
    names = [name for usage in SCREEN_COMMANDS for name in (usage.name, *usage.aliases)]

    assert sorted(set(names)) == sorted(names)
    assert {usage.name for usage in COMMANDS} <= set(names)


def test_help_for_one_command() -> None:
    """A command is found by each of its names, with or without the slash."""
    assert ["/private", "/private", "/users"] == [usage_of(name).name for name in ("msg", "/PRIVATE", "who")]


@each_case("line", ["hello", "join CS350", "{}", "\\quit"])
def test_plain_text(line: str) -> None:
    """A line without a slash shows how to talk."""
    with pytest.raises(CommandError) as caught:
        parse(line)

    assert PLAIN_TEXT == str(caught.value)


@pytest.mark.parametrize("line", ["", "  ", "\t"])
def test_blank_line(line: str) -> None:
    """An empty line is not a command, either."""
    with pytest.raises(CommandError):
        parse(line)


@given(typed_lines.filter(str.strip))
def test_any_line_is_a_command_or_a_command_error(line: str) -> None:
    """Any typed line is a command, or refused with one line that is harmless to show."""
    refusal = ""
    try:
        parse(line)
    except CommandError as error:
        refusal = str(error)

    assert harmless(refusal).replace("\n", " ") == refusal


@given(typed_lines.filter(str.strip))
def test_server_reads_what_was_typed(line: str) -> None:
    """A command survives its way to the server, except for characters that no terminal should show."""
    try:
        typed = parse(line)
    except CommandError:
        return
    local = Help | ShowHistory | DeleteMessage | Further | SendFile | GetFile | ClaimName | OtherPassword
    if isinstance(typed, local):
        return
    said = {name: getattr(typed, name) for name in typed.__struct_fields__}
    expected = replace(
        typed, **{name: harmless(value) for name, value in said.items() if isinstance(value, str)}
    )

    assert expected == decode_command(encode_command(typed))


@each_case(
    ("line", "command"),
    [
        ("/private @Bob Hi", Tell(receiver="Bob", text="Hi")),
        ("/msg @Bob @Carol?", Tell(receiver="Bob", text="@Carol?")),
        ("/ignore @Bob", Ignore("Bob")),
        ("/unignore @Bob", Unignore("Bob")),
        ("/msg @ Hi", Tell(receiver="@", text="Hi")),
        ("/group @Bob Hi", Say(receiver="@Bob", text="Hi")),
        ("/focus @Bob", FocusOn("@Bob")),
    ],
)
def test_names_as_the_prompt_shows_them(line: str, command: Command | Ignore | Unignore | FocusOn) -> None:
    """A user's name may be typed with `@`, which no name contains."""
    assert command == parse_on_screen(line)


def test_what_is_for_one_person_is_secret() -> None:
    """Secret commands are secret by each of their names; so are unknown ones, which may be mistyped."""
    secret = [name for usage in SCREEN_COMMANDS if usage.secret for name in (usage.name, *usage.aliases)]

    assert {"/private", "/msg", "/w", "/claim", "/password", "/query", "/reply", "/r", "/ignore"} <= {*secret}
    assert all(is_secret(f"{name.upper()} Bob x") for name in secret)
    assert all(map(is_secret, ["/privat Bob x", "/mgs", "/"]))
    assert not any(map(is_secret, ["/group CS350 x", "/join CS350", "/help msg", "/who"]))


@each_case(
    ("typed", "meant"),
    [
        *[
            (f"/{name} Bob hi", Tell(receiver="Bob", text="hi"))
            for name in ("dm", "w", "whisper", "tell", "pm", "M")
        ],
        ("/j CS350", Join(receiver="CS350")),
        ("/part CS350", Leave(receiver="CS350")),
        ("/list", ListRooms()),
        ("/channels", ListRooms()),
        ("/names CS350", ListUsers(receiver="CS350")),
        ("/n", ListUsers()),
        ("/whois @Bob", ListUsers(user="Bob")),
        ("/EXIT", Quit()),
        ("/bye", Quit()),
        ("/? join", Help("join")),
        ("/afk lunch", Away(text="lunch")),
        ("/find exercise", Search(text="exercise")),
        ("/query @Bob", TalkTo("Bob")),
        ("/query Bob hi there", TalkTo("Bob", "hi there")),
        ("/say /etc", Speech("/etc")),
        ("/buffer 3", FocusOn("3")),
        ("/chats", ListConversations()),
        ("/block @Bob", Ignore("Bob")),
        ("/quiet", Quiet()),
        ("/quiet off", Quiet(off=True)),
        ("/quiet lab", Quiet("lab")),
        ("/quiet all", Quiet("*")),
        ("/quiet * off", Quiet("*", off=True)),
        ("/cls", Clear()),
        ("/nick Bob", Rename(text="Bob")),
        ("/NAME Bob", Rename(text="Bob")),
        ("/rename Bob", Rename(text="Bob")),
    ],
)
def test_names_from_elsewhere(typed: str, meant: object) -> None:
    """Commands of other chat programs work if they mean the same here."""
    parsed = parse_on_screen(typed)

    assert meant == (parsed.at(NOWHERE) if isinstance(parsed, Placed) else parsed)


@each_case(
    ("typed", "told"),
    [
        ("/register hunter2", "/claim registers your name"),
        ("/mode +m", "/room sets who may join"),
        ("/connect irc.example.org", "then run classchat NAME@HOST:PORT"),
        ("/dcc x.png", "/send shares a file"),
        ("/q", "/quit leaves ClassChat"),
        ("/l", "/leave leaves a room"),
    ],
)
def test_suggestions_by_meaning(typed: str, told: str) -> None:
    """A command that does not exist here shows what to do instead."""
    with pytest.raises(CommandError) as caught:
        parse(typed)

    assert str(caught.value).startswith(f"Unknown command '{typed.split()[0].lower()}': ")
    assert told in str(caught.value)


def test_no_suggestion_hides_a_command() -> None:
    """Each suggested command exists, and no suggestion hides a real command."""
    names = {name for usage in SCREEN_COMMANDS for name in (usage.name, *usage.aliases)}

    assert not names & set(INSTEAD)
    assert {word for text in INSTEAD.values() for word in re.findall(r"(?<!\w)/[a-z]+", text)} <= names


@each_case(
    ("typed", "search"),
    [
        ("/search from:@Bob in:lab ex 3", Search(text="ex 3", user="Bob", receiver="lab")),
        ("/search ex in:@Bob 3 FROM:Bob", Search(text="ex 3", user="Bob", receiver="Bob", private=True)),
        ("/search from:Bob", Search(user="Bob")),
        ("/search in:#lab x", Search(text="x", receiver="lab")),
        ("/search http://x from", Search(text="http://x from")),
        ('/search "more"', Search(text="more")),
        ("/search more or less", Search(text="more or less")),
    ],
)
def test_search_filters(typed: str, search: Search) -> None:
    """The filters of a search may stand anywhere, and are shown as they were typed."""
    parsed = parse(typed)

    assert search == parsed
    if '"' not in typed:
        assert search == parse(as_typed(search))


@each_case(
    ("typed", "told"),
    [
        ("/search in:lab", "No words to search for"),
        ("/search from: x", "'from:' has no name"),
        ("/search in:@ x", "'in:@' has no name"),
        ("/search from:Bob from:Eve x", "'from:' only once in a search"),
    ],
)
def test_search_filters_that_mean_nothing(typed: str, told: str) -> None:
    """An invalid filter is refused before anything is sent."""
    with pytest.raises(CommandError, match=re.escape(told)):
        parse(typed)


@each_case("line", ["/focus CS350", "/me waves", "/r yes", "/CLEAR"])
def test_what_is_only_on_the_screen(line: str) -> None:
    """In line mode a command of the screen says where it works."""
    with pytest.raises(CommandError, match="needs the screen: run classchat in a terminal, without --plain"):
        parse(line)
