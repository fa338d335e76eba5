"""Who and what is there: the answers to `rooms` and `users`, each of which is one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from classchat.core.accounts import subject_of
from classchat.core.rooms import Room
from classchat.core.users import User
from classchat.messages import RoomListing, Success, UserListing
from classchat.names import SERVER

_LISTED_AROUND = 64
"""Bytes around a name in a listing, at most: it stands there once in the text, and once for programs."""

_MARKS = 16
"""Half the bytes that say of a member what it is: all that is listed counts twice."""


def list_rooms(user: User, id: str | None, rooms: Iterable[Room], longest: int) -> Success:
    """Answer with these rooms, or as many as a line of `longest` bytes holds."""
    ordered = sorted(rooms, key=lambda room: room.name.casefold())
    shown = _fitting([room.name + room.order.topic for room in ordered], longest)
    more = len(ordered) - shown
    listing = [_listed(room) for room in ordered[:shown]]
    words = [_described(room) for room in listing]
    text = f"Chat rooms: {_enumerated(words, more)}" if ordered else "There are no chat rooms yet"
    return Success(SERVER, user.name, text, id=id, rooms=listing, more=more or None)


def list_users(user: User, id: str | None, users: Iterable[User], longest: int) -> Success:
    """Answer with these users, or as many as a line of `longest` bytes holds."""
    everybody = sorted((UserListing(other.name, other.away) for other in users), key=_by_name)
    shown = everybody[: _fitting([_with_absence(one) for one in everybody], longest)]
    more = len(everybody) - len(shown)
    text = f"Users online: {_enumerated([_with_absence(one) for one in shown], more)}"
    return Success(SERVER, user.name, text, id=id, users=shown, more=more or None)


def list_members(user: User, id: str | None, room: Room, now: float, longest: int) -> Success:
    """Answer with the members of a room, or as many as a line of `longest` bytes holds.

    Those who are here, with what holds for each at a time in milliseconds; then the absent ones, whom the
    sentence does not name: it says who hears what is said.
    """
    here = sorted((_member(other, room, now) for other in room.members), key=_by_name)
    absent = sorted((_member(other, room, now) for other in room.enlisted - room.members), key=_by_name)
    everybody = [*here, *absent]
    shown = _fitting([_with_absence(one) + "-" * _MARKS * _is_marked(one) for one in everybody], longest)
    more = len(everybody) - shown
    listing, absent = here[:shown], absent[: max(0, shown - len(here))]
    named = _enumerated([_with_absence(one) for one in listing], len(here) - len(listing))
    text = f"Members of '{room.name}': {named}"
    return Success(SERVER, user.name, text, id=id, users=listing, absent=absent or None, more=more or None)


def _member(user: User, room: Room, now: float) -> UserListing:
    moderates = subject_of(user) in room.order.moderators
    muted = not moderates and room.order.is_muted(user.person.key, now)
    return UserListing(user.name, user.away, moderator=moderates or None, muted=muted or None)


def _is_marked(listed: UserListing) -> bool:
    return bool(listed.moderator or listed.muted)


def _listed(room: Room) -> RoomListing:
    order = room.order
    return RoomListing(
        room.name,
        len(room.members),
        topic=order.topic or None,
        private=order.private or None,
        closed=order.closed or None,
    )


def show_user(user: User, id: str | None, other: User, *, offline: bool) -> Success:
    """Answer whether one person is online."""
    listed = UserListing(other.name, other.away, offline=offline or None)
    state = "offline" if offline else "online" if listed.away is None else _absence(listed.away)
    return Success(SERVER, user.name, f"{other.name} is {state}", id=id, users=[listed])


def _fitting(listed: Sequence[str], longest: int) -> int:
    """Return how many of the names one line holds."""
    for count, name in enumerate(listed):
        escaped = name.count('"') + name.count("\\")
        longest -= 2 * (len(name.encode()) + escaped) + _LISTED_AROUND
        if longest < 0:
            return count
    return len(listed)


def _described(room: RoomListing) -> str:
    topic = f": {room.topic}" if room.topic else ""
    topic = f", closed{topic}" if room.closed else topic
    return f"{room.name} ({_counted(room.members, 'member')}{topic})"


def _by_name(listed: UserListing) -> str:
    return listed.name.casefold()


def _with_absence(listed: UserListing) -> str:
    if listed.away is None:
        return listed.name
    return f"{listed.name} ({_absence(listed.away)})"


def _absence(text: str) -> str:
    return f"away: {text}" if text else "away"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _enumerated(words: Sequence[str], more: int) -> str:
    rest = [f"and {more} more"] if more else []
    return ", ".join([*words, *rest])
