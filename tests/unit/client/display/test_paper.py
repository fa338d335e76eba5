"""The terminal as tables see it."""

from __future__ import annotations

from classchat.client.display.paper import Paper, has_utf8, table
from tests.tables import each_case


@each_case(
    ("environment", "utf8"),
    [
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LANG": "C.UTF-8"}, True),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "de_DE"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "C", "LC_ALL": ""}, False),
        ({}, True),
    ],
)
def test_has_utf8(environment: dict[str, str], utf8: bool) -> None:
    """The locale says whether the terminal shows UTF-8; without a locale it does."""
    assert utf8 == has_utf8(environment)


def test_table() -> None:
    """Cells are aligned by columns on the screen; what is empty in all rows takes no place."""
    rows = [("1", "Zoë", "", "4 min"), ("10", "名前", "", "now")]

    assert [" 1   Zoë    4 min", "10   名前   now"] == table(rows, 80, [0])
    assert None is table(rows, 16, [0])


def test_inside() -> None:
    """An indent takes its columns; even the narrowest terminal has one."""
    assert [70, 1] == [Paper().inside(10).columns(), Paper().inside(100).columns()]


def test_listed() -> None:
    """On a terminal what continues an entry of a list has an indent; in a pipe each entry is one line."""
    entries = ["CS350: 2 hands up; the queue is closed", "1 Carol, recursion, first time today"]

    assert "CS350: 2 hands up; the queue is closed\n1 Carol, recursion,\n  first time today" == Paper(
        lambda: 20, wraps=True
    ).listed(entries)
    assert "\n".join(entries) == Paper(lambda: 20).listed(entries)
