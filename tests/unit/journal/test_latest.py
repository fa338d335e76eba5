"""The latest message of each conversation: the order, the bounds and the names of a page."""

from __future__ import annotations

from classchat.journal.latest import LatestRow, between
from tests.tables import each_case

FOUND = [
    LatestRow("R", None, 1, 3),
    LatestRow("Bob", "bob", 2, 1),
    LatestRow("bob", "bob", 3, 4),
    LatestRow("Bob", None, 4, 2),
    LatestRow("Carol", "carol", 5, 5),
]


@each_case(
    ("after", "before", "limit", "newest", "seqs"),
    [
        (0, 9, 9, False, [4, 1, 3, 5]),
        (0, 9, 9, True, [5, 3, 1, 4]),
        (0, 9, 2, False, [4, 1]),
        (0, 9, 2, True, [5, 3]),
        (2, 5, 9, False, [1, 3]),
        (0, 2, 9, False, []),
    ],
)
def test_a_page(after: int, before: int, limit: int, newest: bool, seqs: list[int]) -> None:
    """Both times are excluded; an older conversation with a user of the same name never counts."""
    assert seqs == [one.seq for one in between(FOUND, after, before, limit, newest=newest)]
