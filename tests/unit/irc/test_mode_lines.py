"""The modes of a MODE line, one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.irc.mode_lines import ModeChange, mode_changes
from tests.tables import each_case


@each_case(
    ("params", "changes"),
    [
        (["+m"], ["+m"]),
        (["m"], ["+m"]),
        (["+m-i"], ["+m", "-i"]),
        (["+bo-q", "Bob!*@*", "Carol", "Dave"], ["+b Bob!*@*", "+o Carol", "-q Dave"]),
        (["+kb", "key", "Bob"], ["+k key", "+b Bob"]),
        (["+l-l", "5"], ["+l 5", "-l"]),
        (["-lb", "Bob"], ["-l", "-b Bob"]),
        (["+mm"], ["+m"]),
        (["+--i"], ["-i"]),
        (["+o"], ["+o"]),
        ([""], []),
        ([], []),
        (["+"], []),
    ],
)
def test_each_mode_takes_its_argument(params: list[str], changes: list[str]) -> None:
    """Signs hold until the next one; the modes with an argument take the next parameter each."""
    shown = [
        f"{one} {one.argument}" if one.argument is not None else str(one) for one in mode_changes(params)
    ]

    assert changes == shown


@each_case("params", [["b"], ["+b"], ["q"], ["-b"]])
def test_a_list_mode_without_an_argument_asks(params: list[str]) -> None:
    """`b` and `q` alone ask for their lists."""
    (change,) = mode_changes(params)

    assert change.asks


def test_other_modes_never_ask() -> None:
    """A moderator mode without an argument asks for no list, and neither does a ban with a mask."""
    assert [False, False] == [change.asks for change in mode_changes(["+ob", "Bob", "Carol"])]


def test_no_more_than_twenty_changes() -> None:
    """The rest of a long line is ignored."""
    changes = mode_changes([f"+{'o' * 30}", *map(str, range(30))])

    assert [ModeChange(True, "o", str(number)) for number in range(20)] == changes


@given(st.lists(st.text(max_size=40), max_size=40))
def test_any_parameters_are_read(params: list[str]) -> None:
    """Whatever stands there, there are at most twenty changes, each once."""
    changes = mode_changes(params)

    assert len(set(changes)) == len(changes) <= 20
