"""What one types about the order in a room, and which room is meant."""

from __future__ import annotations

import re

from msgspec.structs import replace

from classchat.messages import (
    LONGEST_ORDER,
    Ban,
    Broadcast,
    Command,
    Mute,
    Ordering,
    SetTopic,
)
from classchat.names import key

_DURATION = re.compile(r"(\d{1,8})([smhd])", re.ASCII | re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONGEST_NAME = 255  # characters that are compared


def is_duration(word: str) -> bool:
    """Tell whether this is a time such as 30s, 30m, 2h or 7d that a server takes."""
    found = _DURATION.fullmatch(word)
    return found is not None and 1 <= int(found[1]) * _SECONDS[found[2].lower()] <= LONGEST_ORDER


def seconds_of(word: str) -> int | None:
    """Return how many seconds that is; None for no time at all, which is for ever."""
    found = _DURATION.fullmatch(word)
    return None if found is None else int(found[1]) * _SECONDS[found[2].lower()]


def lasting(kind: type[Ban | Mute], first: str, second: str, third: str) -> Ban | Mute | None:
    """Read `[room] <user> [30m]`, where two words are a user and a time if they can be.

    Returns None where the last one is no time.
    """
    if second and not third and is_duration(second):
        return kind(user=first, seconds=seconds_of(second))
    if third and not is_duration(third):
        return None
    room, user = (first, second) if second else ("", first)
    return kind(receiver=room, user=user, seconds=seconds_of(third))


def with_room(command: Command, focus: str | None) -> Command | None:
    """Return a request about order with the room that is meant; None where nobody said which.

    That is the one that one talks in, `focus`, if none was named. A topic is the rest of the line, so its
    first word is the room if one talks in no room, or in that one.
    """
    if not isinstance(command, Ordering) or isinstance(command, Broadcast) or command.receiver:
        return command
    if isinstance(command, SetTopic):
        room, _, topic = command.text.partition(" ")
        if room and (focus is None or key(room[:_LONGEST_NAME]) == key(focus[:_LONGEST_NAME])):
            return replace(command, receiver=room, text=topic)
    return None if focus is None else replace(command, receiver=focus)
