"""The prompt and the line at the bottom, which say where the user talks, and where a name leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from classchat.client.commands.typed import CommandError
from classchat.client.display.stranger import shown_name
from classchat.client.screen.focus import Focus, RoomFocus, UserFocus
from classchat.client.screen.state import Screen
from classchat.client.screen.statusline import fitted

CONNECTED = "connected"
"""The usual state, which gives way where there is no room for more."""

_MOST_UNREAD = 9  # conversations with unread messages that are shown at the bottom


def shown_place(place: Focus | None) -> str:
    """Return a room's name, or `@` and a user's; "" if there is no place."""
    match place:
        case None:
            return ""
        case RoomFocus(name):
            return shown_name(name)
        case UserFocus(name):
            return f"@{shown_name(name)}"
        case _:
            assert_never(place)


def prompt_of(screen: Screen) -> str:
    """Return the prompt, which says where plain text goes."""
    return f"You → {shown_place(screen.focus)}: " if screen.focus else "You: "


def line_at_the_bottom(
    screen: Screen, address: str, state: str, columns: int, parts: Sequence[str] = ()
) -> str:
    """Return server, user, focus, `parts`, what is unread, and the connection's state, as far as they fit."""
    unread = [
        f"{number}:{shown_place(each.place)} {each.unread}{'!' if each.mentions else ''}"
        for number, each in screen.unread[:_MOST_UNREAD]
    ]
    if len(screen.unread) > _MOST_UNREAD:
        unread.append(f"{len(screen.unread) - _MOST_UNREAD} more")
    focus = f"→ {shown_place(screen.focus)}" if screen.focus else "no room"
    line = fitted(address, screen.me, focus, [*parts, *unread], state, columns)
    if state == CONNECTED and not all(part in line for part in parts):
        shorter = fitted(address, screen.me, focus, [*parts, *unread], "", columns)
        return shorter if parts[0] in shorter else line
    return line


def place_named(screen: Screen, name: str) -> Focus:
    """Return the room, user or conversation that a name or number stands for.

    Raises:
        CommandError: none is known by that name or number.
    """
    place = screen.find(name)
    if place is not None:
        return place
    shown = shown_name(name.removeprefix("@"))
    if name in screen.rooms:
        raise CommandError(f"You are not in '{shown}': /join {shown} first")
    if shown.isdigit():
        raise CommandError(f"No conversation {shown}. To list them: /conversations")
    raise CommandError(f"No room or user '{shown}'. To write anyway: /focus @{shown}")
