"""Results of polls as bars."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from classchat.class_events import AboutPoll, PollView
from classchat.client.display.paper import Paper, width
from classchat.client.display.poll_results import Result, bars, result_of
from tests.tables import each_case

SORTING = Result(["quicksort", "mergesort"], [9, 41], (), 50, 58)


def lines(result: Result, columns: int = 80, *, utf8: bool = True) -> list[str]:
    """Return the lines of a result on a terminal of some width."""
    return bars(result, Paper(lambda: columns, utf8)).split("\n")


def test_bars() -> None:
    """Each option has a bar of eighth blocks and its count; the last line says how many have voted."""
    assert [
        "quicksort   ███▌               9",
        "mergesort   ████████████████  41     50 of 58 here",
    ] == lines(SORTING)


def test_bars_in_ascii() -> None:
    """A terminal without UTF-8 shows bars of ASCII."""
    assert [
        "quicksort   ####               9",
        "mergesort   ################  41     50 of 58 here",
    ] == lines(SORTING, utf8=False)


def test_on_a_narrow_terminal() -> None:
    """Where it does not fit, the note stands below, then bars get shorter, and last stand below."""
    assert "50 of 58 here" == lines(SORTING, 40)[-1]
    assert ["quicksort   ██▎          9", "mergesort   ██████████  41", "50 of 58 here"] == lines(SORTING, 26)
    assert [
        "quicksort",
        "  ██▋            9",
        "mergesort",
        "  ████████████  41",
        "50 of 58 here",
    ] == lines(SORTING, 18)


def test_guests_and_no_votes() -> None:
    """Guests are counted apart; an option without votes has no bar; without members votes are counted."""
    result = Result(["yes", "no", "maybe"], [4, 1, 0], [1, 0, 0], 5, 0, 1)

    assert [
        "yes     ████████████████  4 (1 guest)",
        "no      ████              1",
        "maybe                     0               5 votes, 1 guest",
    ] == lines(result)


def test_only_guests() -> None:
    """Where all who have voted are guests, or none, they are not told apart."""
    poll = PollView(1, "?", ["A", "B"], "closed", counts=[5, 1], guests=[5, 1], votes=6, here=7)
    results = [result_of(replace(poll, guest_votes=guests)) for guests in (0, 1, 6)]

    assert [(), [5, 1], ()] == [result.guests for result in results if result is not None]


def test_nobody_has_voted() -> None:
    """A poll without votes has no bars."""
    assert ["A     0", "B     0     0 votes"] == [
        line.replace(" " * 16, "") for line in lines(Result(["A", "B"], [0, 0]))
    ]


def test_what_is_not_told() -> None:
    """There is no result where the server tells no counts, or not one for each option."""
    few = AboutPoll("CS350", 2, "closed", "Which?", ["A", "B"], "", votes=3)
    wrong = PollView(2, "Which?", ["A", "B"], "closed", counts=[1])

    assert [None, None] == [result_of(few), result_of(wrong)]


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=20), st.integers(0, 10_000)), min_size=2, max_size=10),
    st.integers(30, 120),
    st.booleans(),
)
def test_fits(votes: list[tuple[str, int]], columns: int, utf8: bool) -> None:
    """No line with a bar is wider than the terminal, and only harmless texts are shown."""
    result = Result([option for option, _ in votes], [count for _, count in votes], (), 1, 2)
    shown = lines(result, columns, utf8=utf8)

    assert all(width(line) <= max(columns, 40) for line in shown)
    assert not any(character < " " for character in "".join(shown))


@each_case("part", range(1, 100))
def test_a_bar_of_any_length(part: int) -> None:
    """A vote is never invisible, and no bar is longer than that of the largest count."""
    bar = Paper().bar(part, 99, 4)

    assert 1 <= len(bar) <= 4
