"""The prompt, the line at the bottom, and the place of a name."""

from __future__ import annotations

import pytest

from classchat.client.commands.typed import CommandError
from classchat.client.screen.bottom import line_at_the_bottom, place_named, prompt_of, shown_place
from classchat.client.screen.focus import Focus, RoomFocus, UserFocus
from classchat.client.screen.state import Screen
from tests.tables import each_case


@each_case(
    ("place", "shown", "prompt"),
    [
        (None, "", "You: "),
        (RoomFocus("CS350"), "CS350", "You → CS350: "),
        (UserFocus("Bob"), "@Bob", "You → @Bob: "),
        (RoomFocus("a\x1bb"), "a\ufffdb", "You → a\ufffdb: "),
    ],
)
def test_prompt(place: Focus | None, shown: str, prompt: str) -> None:
    """The prompt names the room or user with the focus, harmlessly."""
    screen = Screen("Alice")
    screen.focus_on(place)

    assert (shown, prompt) == (shown_place(place), prompt_of(screen))


def test_line_at_the_bottom() -> None:
    """It has the server, the user, the focus and the state."""
    screen = Screen("Alice")
    without = line_at_the_bottom(screen, "h:1", "connected", 80)
    screen.entered("CS350")

    assert "h:1 · Alice · no room · connected" == without
    assert "h:1 · Alice · → CS350 · connected" == line_at_the_bottom(screen, "h:1", "connected", 80)


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("bob", "No room or user 'bob'. To write anyway: /focus @bob"),
        ("lab", "You are not in 'lab': /join lab first"),
        ("7", "No conversation 7. To list them: /conversations"),
    ],
)
def test_names_without_a_place(name: str, refusal: str) -> None:
    """An unknown name is refused with what to do next."""
    screen = Screen("Alice")
    screen.rooms.add("lab")
    with pytest.raises(CommandError) as caught:
        place_named(screen, name)

    assert refusal == str(caught.value)
