"""Lists of rooms and conversations on a screen, one per line, with the numbers that lead there."""

from __future__ import annotations

from classchat.client.display.stranger import shown, shown_name
from classchat.client.screen.focus import Focus, RoomFocus
from classchat.client.screen.state import Screen
from classchat.client.spelling import room_key
from classchat.messages import RoomListing, Success


def rooms(answer: Success, screen: Screen) -> str:
    """Return the rooms of a server, with the numbers of those that the user is in."""
    listed = answer.rooms or []
    if not listed:
        return answer.text
    numbers = {
        room_key(each.place.name): number
        for number, each in enumerate(screen.conversations, 1)
        if isinstance(each.place, RoomFocus)
    }
    lines = [_room(room, numbers.get(room_key(room.name)), screen) for room in listed]
    if answer.more:
        lines.append(f"and {answer.more} more")
    return "\n".join(["Chat rooms (/focus N or Alt+N goes to a numbered one):", *lines])


def conversations(screen: Screen) -> str:
    """Return the user's rooms and private conversations, with their numbers and unread counts."""
    if not screen.conversations:
        return "No conversations yet: /join ROOM, or /msg NAME TEXT"
    lines = []
    for number, each in enumerate(screen.conversations, 1):
        unread = f" · {each.unread} unread{'!' if each.mentions else ''}" if each.unread else ""
        lines.append(f"{_place(number, each.place, screen)}{unread}")
    return "\n".join(["Conversations (/focus N or Alt+N goes to one):", *lines])


def _room(room: RoomListing, number: int | None, screen: Screen) -> str:
    kinds = [kind for kind in ("private", "closed") if getattr(room, kind)]
    members = "1 member" if room.members == 1 else f"{room.members} members"
    topic = [shown(room.topic)] if room.topic else []
    return " · ".join([_place(number, RoomFocus(room.name), screen), members, *kinds, *topic])


def _place(number: int | None, place: Focus, screen: Screen) -> str:
    name = shown_name(place.name) if isinstance(place, RoomFocus) else f"@{shown_name(place.name)}"
    here = "→" if screen.is_focus(place) else " "
    return f"{'' if number is None else number:>3} {here} {name}"
