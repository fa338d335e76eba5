"""Lists as people read them: rooms and conversations, one a line, and the members of a room."""

from __future__ import annotations

from classchat.client.mentions import room_key
from classchat.client.screen import Focus, Room, Screen
from classchat.client.stranger import shown, shown_name
from classchat.messages import RoomListing, Success, UserListing

_INDENT = "    "


def rooms(answer: Success, screen: Screen) -> str:
    """Return the rooms of a server, with the numbers of those that one is in."""
    listed = answer.rooms or []
    if not listed:
        return answer.text
    numbers = {
        room_key(each.place.name): number
        for number, each in enumerate(screen.conversations, 1)
        if isinstance(each.place, Room)
    }
    lines = [_room(room, numbers.get(room_key(room.name)), screen) for room in listed]
    if answer.more:
        lines.append(f"and {answer.more} more")
    return "\n".join(["Chat rooms; the numbers are those of /focus and Alt:", *lines])


def conversations(screen: Screen) -> str:
    """Return the rooms and people one talks with, with their numbers and what is unread."""
    if not screen.conversations:
        return "No conversations yet: /join a room, or /private somebody"
    lines = []
    for number, each in enumerate(screen.conversations, 1):
        unread = f" · {each.unread} unread{'!' if each.mentions else ''}" if each.unread else ""
        lines.append(f"{_place(number, each.place, screen)}{unread}")
    return "\n".join(["Conversations; /focus and the number, or Alt and the number, goes there:", *lines])


def members(answer: Success, room: str) -> str:
    """Return who is in a room, what each of them is there, and which members are not connected."""
    users, absent = answer.users or [], answer.absent or []
    if not (absent or any(user.moderator or user.muted for user in users)):
        return answer.text
    text = f"Members of '{shown_name(room)}': {', '.join(map(_member, users)) or 'nobody is here'}"
    if absent:
        text += f"; offline: {', '.join(map(_member, absent))}"
    return f"{text} and {answer.more} more" if answer.more else text


def _room(room: RoomListing, number: int | None, screen: Screen) -> str:
    kinds = [kind for kind in ("private", "closed") if getattr(room, kind)]
    members = "1 member" if room.members == 1 else f"{room.members} members"
    topic = [shown(room.topic)] if room.topic else []
    return " · ".join([_place(number, Room(room.name), screen), members, *kinds, *topic])


def _place(number: int | None, place: Focus, screen: Screen) -> str:
    name = shown_name(place.name) if isinstance(place, Room) else f"@{shown_name(place.name)}"
    here = "→" if screen.is_focus(place) else " "
    return f"{'' if number is None else number:>3} {here} {name}"


def _member(user: UserListing) -> str:
    marks = [mark for mark in ("moderator", "muted") if getattr(user, mark)]
    if user.away is not None:
        marks.append(f"away: {shown(user.away)}" if user.away else "away")
    return f"{shown_name(user.name)} ({', '.join(marks)})" if marks else shown_name(user.name)
