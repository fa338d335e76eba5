"""The line at the bottom, in terminals of any width."""

from __future__ import annotations

from classchat.client.display.paper import width
from classchat.client.screen.statusline import fitted
from tests.tables import each_case

PLACE = "chat.cs350.example.org:5555"
UNREAD = ["2:lab1 3", "3:@Bob 1!"]


@each_case(
    ("columns", "line"),
    [
        (99, f"{PLACE} · Alice · → CS350 · 2:lab1 3 · 3:@Bob 1! · connected"),
        (59, "chat.… · Alice · → CS350 · 2:lab1 3 · 3:@Bob 1! · connected"),
        (53, "Alice · → CS350 · 2:lab1 3 · 3:@Bob 1! · connected"),
        (44, "→ CS350 · 2:lab1 3 · 3:@Bob 1! · connected"),
        (40, "→ CS350 · 2:lab1 3 · connected"),
        (20, "→ CS350 · connected"),
        (17, "→ CS… · connected"),
        (12, "connected"),
        (5, "conn…"),
        (0, ""),
    ],
)
def test_what_is_cut(columns: int, line: str) -> None:
    """The address is cut first, then the name, then unread counts; the focus and the state stay longest."""
    shown = fitted(PLACE, "Alice", "→ CS350", UNREAD, "connected", columns)

    assert width(shown) <= columns
    assert line == shown


@each_case("columns", range(100))
def test_wide_characters(columns: int) -> None:
    """It is never too long, whatever the names are, and the state is shown if there is room."""
    shown = fitted("学校:5555", "王小明", "→ 计算机网络", ["2:@李雷 3"], "reconnecting", columns)

    assert width(shown) <= columns
    assert columns < 12 or shown.endswith("reconnecting")
