"""The position of the cursor after a terminal has wrapped its lines again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.client.screen.reflow import reflows, rows_above
from tests.tables import each_case

widths = st.lists(st.sampled_from([0, 1, 2]), max_size=60)


@each_case(
    ("rows", "x", "columns", "above"),
    [
        ([[1] * 5], 5, 20, 0),
        ([[1] * 50], 50, 20, 2),
        ([[1] * 50], 19, 20, 0),
        ([[1] * 50], 20, 20, 1),
        ([[1] * 50, [1] * 5], 5, 20, 3),
        ([[2] * 10], 19, 19, 1),
        ([[2] * 10, [1]], 0, 19, 2),
        ([[], [1]], 0, 20, 1),
        ([[1]], 30, 20, 1),
        ([], 0, 20, 0),
    ],
)
def test_rows(rows: list[list[int]], x: int, columns: int, above: int) -> None:
    """A row becomes as many as it needs; a wide character that does not fit goes to the next one."""
    assert above == rows_above(rows, x, columns)


@given(st.lists(widths, min_size=1, max_size=5))
def test_nothing_wraps_where_there_is_room(rows: list[list[int]]) -> None:
    """In a terminal that is wide enough the cursor stays."""
    assert len(rows) - 1 == rows_above(rows, sum(rows[-1]), 200)


@each_case(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-256color"}, True),
        ({"TERM": "tmux"}, True),
        ({"TERM": "xterm", "XTERM_VERSION": "XTerm(390)"}, False),
        ({"TERM": "linux"}, False),
        ({"TERM": "screen", "STY": "1.pts-0"}, False),
    ],
)
def test_which_terminals(environment: dict[str, str], expected: bool) -> None:
    """Terminals that do not wrap again are known by name."""
    assert expected == reflows(environment)
