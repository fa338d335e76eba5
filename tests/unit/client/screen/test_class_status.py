"""What the line at the bottom says of classes."""

from __future__ import annotations

from datetime import UTC, datetime

from classchat.class_commands import Follow
from classchat.class_events import ClassView, HandsView, HereView, PollView, TurnView
from classchat.client.screen.bottom import line_at_the_bottom
from classchat.client.screen.class_status import class_parts
from classchat.client.screen.classes import Classes
from classchat.client.screen.state import Screen
from classchat.messages import Private, Success
from tests.tables import each_case

NOW = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
OPEN = PollView(2, "Which?", ["A", "B"], "open", "2026-11-29T10:00:45Z")
SOON = "2026-11-29T10:05:00Z"


def parts(*views: ClassView, focus: str | None = "CS350") -> list[str]:
    """Return what the line says with these classes."""
    classes = Classes()
    for view in views:
        classes.answered(Success("SERVER", "Alice", "", state=view), Follow(receiver=view.room))
    return class_parts(classes, focus, NOW)


def student(hands: HandsView = HandsView(), polls: tuple[PollView, ...] = (), **more: object) -> ClassView:  # noqa: B008
    """Return what a student sees."""
    return ClassView("CS350", "student", hands=hands, polls=list(polls), **more)  # type: ignore[arg-type]


@each_case(
    ("view", "shown"),
    [
        (student(), []),
        (student(HandsView(True, waiting=7)), []),
        (student(HandsView(True, waiting=7, place=3)), ["hand: 3rd of 7"]),
        (student(HandsView(True, waiting=0, place=1)), ["hand: 1st of 1"]),
        (student(HandsView(turn=TurnView("Alice", "Bob"))), ["Bob is with you"]),
        (student(polls=(OPEN,)), ["vote 2: 45 s"]),
        (student(polls=(PollView(2, "Which?", [], "open", SOON, mine=[1]),)), ["poll 2: 5 min"]),
        (student(polls=(PollView(2, "Which?", [], "closed", SOON),)), []),
        (student(polls=(PollView(2, "Which?", [], "open", "2026-11-29T09:59:45Z"),)), ["vote 2: 0 s"]),
        (student(polls=(PollView(2, "Which?", [], "open", "2026-11-29T09:59:00Z"),)), []),
        (student(here=HereView(True, SOON)), ["/here CODE"]),
        (student(here=HereView(True, SOON, seen=True)), []),
        (student(mode="exam"), ["exam: only staff read you"]),
        (
            ClassView("CS350", "moderator", hands=HandsView(True, waiting=3, turn=TurnView("Carol", "Bob"))),
            ["with Carol", "hands: 3"],
        ),
        (
            ClassView("CS350", "assistant", here=HereView(True, SOON, code="K7Q2M", count=12)),
            ["code K7Q2M (12)"],
        ),
        (
            ClassView("CS350", "moderator", "exam", polls=[PollView(1, "?", [], "open", SOON, votes=9)]),
            ["poll 1: 5 min, 9 in", "exam"],
        ),
    ],
)
def test_parts(view: ClassView, shown: list[str]) -> None:
    """The line says what concerns this user now."""
    assert shown == parts(view)


def test_other_rooms() -> None:
    """Of other rooms the line says what should not be missed, with the room."""
    here = student(HandsView(True, waiting=7, place=3))
    lab = ClassView("Lab", "student", polls=[OPEN], here=HereView(True, SOON))

    assert ["hand: 3rd of 7", "Lab: vote 2: 45 s"] == parts(lab, here)
    assert ["Lab: vote 2: 45 s", "CS350: hand: 3rd of 7"] == parts(lab, here, focus=None)


@each_case(
    ("columns", "line"),
    [
        (79, "127.0.0.1:5555 · Alice · → CS350 · hand: 3rd of 7 · 2:@Bob 1! · connected"),
        (60, "Alice · → CS350 · hand: 3rd of 7 · 2:@Bob 1! · connected"),
        (39, "→ CS350 · hand: 3rd of 7 · connected"),
        (26, "→ CS350 · hand: 3rd of 7"),
        (20, "→ CS350 · connected"),
    ],
)
def test_the_line(columns: int, line: str) -> None:
    """On a narrow terminal the user's own hand stays longer than unread messages."""
    screen = Screen("Alice")
    screen.entered("CS350")
    screen.heard(Private("Bob", "Alice", "Hello"))
    shown = line_at_the_bottom(screen, "127.0.0.1:5555", "connected", columns, ["hand: 3rd of 7"])

    assert line == shown
