"""Colours, times and dates around the lines, which stay as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from prompt_toolkit.output import ColorDepth

from classchat.client.display import view
from classchat.client.screen.colours import Colours, Painter, wants_colours
from classchat.client.screen.drawing import color_depth
from classchat.messages import Group, Private
from tests.tables import each_case

NOW = datetime(2026, 11, 23, 10, 4, tzinfo=UTC)
wild = st.lists(st.sampled_from(["] ", "[", " - ", "\n", "Alice", "SERVER", " to "]) | st.text()).map("".join)


def painter() -> Painter:
    """Return Alice's painter."""
    return Painter("Alice", Colours(many=True))


def text_of(pieces: list[tuple[str, str]]) -> str:
    """Return the text of a line."""
    return "".join(text for _, text in pieces)


@each_case(
    ("event", "line"),
    [
        (Group("Bob", "CS350", "Hello"), "10:04 [CS350 - Bob] Hello"),
        (
            Group("SERVER", "CS350", "Bob has joined the chat room"),
            "10:04 [CS350] Bob has joined the chat room",
        ),
        (Private("Bob", "Alice", "Hello"), "10:04 [Private from Bob] Hello"),
        (Group("Bob", "CS350", "a\n  b"), "10:04 [CS350 - Bob] a\n            b"),
    ],
)
def test_message(event: Group | Private, line: str) -> None:
    """Each line begins with the time; further lines are indented below the first."""
    assert line == text_of(painter().message(event, NOW))


def test_said() -> None:
    """A sent private message shows its receiver."""
    assert "10:04 [Private to Bob] Hi" == text_of(painter().said(Private("Alice", "Bob", "Hi"), NOW))


@given(st.builds(Group, wild, wild, wild) | st.builds(Private, wild, wild, wild))
def test_lines_stay_as_they_are(event: Group | Private) -> None:
    """The pieces of a line together are its text, to the letter."""
    line = view.heard(event, "Alice").replace("\n", "\n      ")

    assert f"10:04 {line}" == text_of(painter().message(event, NOW))


def test_date_line() -> None:
    """A line with the date stands where the day changes, and nowhere else."""
    paint = painter()
    lines = [text_of(paint.status("[CLIENT] x", NOW + timedelta(hours=hours))) for hours in (0, 13, 14, 15)]

    assert [
        "10:04 [CLIENT] x",
        "23:04 [CLIENT] x",
        "--- Tuesday, 2026-11-24 ---\n00:04 [CLIENT] x",
        "01:04 [CLIENT] x",
    ] == lines


def test_own_name_is_marked() -> None:
    """The user's name is marked in messages of others, and only there."""
    paint = painter()
    of_bob = paint.message(Group("Bob", "CS350", "Hello alice!"), NOW)
    of_alice = paint.message(Group("Alice", "CS350", "I am Alice"), NOW)

    assert ["alice"] == [text for style, text in of_bob if "reverse" in style]
    assert [] == [text for style, text in of_alice if "reverse" in style]


def test_colour_is_the_name() -> None:
    """A name has one colour in any spelling, and on any screen; names differ in colour."""
    colours = Colours(many=True)

    assert colours.of_user("Zoë") == colours.of_user("ZOË")
    assert len({colours.of_user(f"user{number}") for number in range(100)}) > 10
    assert all(Colours(many=False).of_user(f"u{n}").startswith("ansi") for n in range(20))


@each_case(
    ("environment", "option", "wanted"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "xterm"}, False, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_no_colours(environment: dict[str, str], option: bool, wanted: bool) -> None:
    """NO_COLOR, --no-color and a terminal without colours are respected."""
    assert wanted == wants_colours(environment, option)


@each_case(
    ("environment", "colours", "depth"),
    [
        ({"TERM": "xterm"}, True, ColorDepth.DEPTH_4_BIT),
        ({"TERM": "linux"}, True, ColorDepth.DEPTH_4_BIT),
        ({"TERM": "vt220"}, True, ColorDepth.DEPTH_1_BIT),
        ({"TERM": "xterm-mono"}, True, ColorDepth.DEPTH_1_BIT),
        ({"TERM": "xterm-kitty"}, True, ColorDepth.DEPTH_8_BIT),
        ({"TERM": "xterm-256color"}, True, ColorDepth.DEPTH_8_BIT),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, True, ColorDepth.DEPTH_24_BIT),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, False, ColorDepth.DEPTH_1_BIT),
    ],
)
def test_how_many_colours(environment: dict[str, str], colours: bool, depth: ColorDepth) -> None:
    """A terminal's name says how many colours it has; none are used if they are off."""
    assert depth == color_depth(colours, environment, lambda _: None)


@each_case(
    ("known", "depth"),
    [
        (-1, ColorDepth.DEPTH_1_BIT),
        (2, ColorDepth.DEPTH_1_BIT),
        (8, ColorDepth.DEPTH_4_BIT),
        (88, ColorDepth.DEPTH_4_BIT),
        (256, ColorDepth.DEPTH_8_BIT),
        (16_777_216, ColorDepth.DEPTH_8_BIT),
    ],
)
def test_how_many_colours_terminfo_knows(known: int, depth: ColorDepth) -> None:
    """The system's terminfo counts more than the terminal's name."""
    assert depth == color_depth(True, {"TERM": "xterm"}, lambda _: known)
