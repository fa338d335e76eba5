"""The answers to `rooms` and `users`. Each is one line, with as many names as fit into it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from classchat.core.accounts import subject_of
from classchat.core.model import Room, User
from classchat.core.permissions import muted_until
from classchat.core.sorted import Sorted
from classchat.messages import RoomListing, Success, UserListing
from classchat.names import SERVER
from classchat.texts import counted

_LISTED_AROUND = 64
"""Bytes around a name in a listing, at most. The name stands once in the text and once for programs."""

_MARKS = 16
"""Half the bytes for the marks of a member, because all that is listed counts twice."""


def list_rooms(user: User, id: str | None, rooms: Iterable[Room], count: int, longest: int) -> Success:
    """Return the answer with these rooms, in this order: as many as fit into a line of `longest` bytes.

    `count` is the number of all rooms: those that do not fit are not looked at.
    """
    listing: list[RoomListing] = []
    words: list[str] = []
    for room in rooms:
        topic = room.order.topic
        longest -= _length(room.name) + (_length(topic) if topic else 0) + _LISTED_AROUND
        if longest < 0:
            break
        listed = _listed(room)
        listing.append(listed)
        words.append(_described(listed))
    more = count - len(listing)
    text = f"Chat rooms: {_enumerated(words, more)}" if count else "There are no chat rooms yet"
    return Success(SERVER, user.name, text, id=id, rooms=listing, more=more or None)


def list_room(user: User, id: str | None, room: Room) -> Success:
    """Return the answer with one room."""
    return list_rooms(user, id, [room], 1, sys.maxsize)


def list_users(user: User, id: str | None, users: Sorted[User], longest: int) -> Success:
    """Return the answer with these users: as many as fit into a line of `longest` bytes."""
    listing, words, _ = _as_many((UserListing(other.name, other.away) for other in users), longest)
    more = len(users) - len(listing)
    text = f"Users online: {_enumerated(words, more)}"
    return Success(SERVER, user.name, text, id=id, users=listing, more=more or None)


def list_members(user: User, id: str | None, room: Room, now: float, longest: int) -> Success:
    """Return the answer with the members of a room: as many as fit into a line of `longest` bytes.

    First the members who are online, with what holds for each at a time in milliseconds; then the absent
    ones, whom the sentence does not name: it says who gets the room's messages.
    """
    here = room.members
    listing, words, longest = _as_many((_member(other, room, now) for other in here.ordered), longest)
    more = len(here) - len(listing)
    text = f"Members of '{room.name}': {_enumerated(words, more)}"
    absent: list[UserListing] = []
    missing = len(room.enlisted - here)
    if missing and not more:
        others = (_member(other, room, now) for other in room.enlisted.ordered if other not in here)
        absent, _, _ = _as_many(others, longest)
    more += missing - len(absent)
    return Success(SERVER, user.name, text, id=id, users=listing, absent=absent or None, more=more or None)


def _as_many(users: Iterable[UserListing], longest: int) -> tuple[list[UserListing], list[str], int]:
    """Return the users that fit into so many bytes, their words in the text, and the bytes that are left."""
    listing: list[UserListing] = []
    words: list[str] = []
    for listed in users:
        shown = _with_absence(listed)
        length = _length(shown) + _LISTED_AROUND + 2 * _MARKS * _is_marked(listed)
        if length > longest:
            break
        longest -= length
        listing.append(listed)
        words.append(shown)
    return listing, words, longest


def _member(user: User, room: Room, now: float) -> UserListing:
    moderates = subject_of(user) in room.order.moderators
    muted = not moderates and muted_until(user, room) > now
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
        announce=order.announce or None,
    )


def show_user(user: User, id: str | None, other: User, *, offline: bool) -> Success:
    """Return the answer whether one user is online."""
    listed = UserListing(other.name, other.away, offline=offline or None)
    state = "offline" if offline else "online" if listed.away is None else _absence(listed.away)
    return Success(SERVER, user.name, f"{other.name} is {state}", id=id, users=[listed])


def _length(listed: str) -> int:
    """Return how many bytes a text has that stands twice in a line of JSON."""
    if listed.isascii() and listed.isprintable() and '"' not in listed and "\\" not in listed:
        return 2 * len(listed)
    return 2 * (len(listed.encode()) + listed.count('"') + listed.count("\\"))


def _described(room: RoomListing) -> str:
    topic = f": {room.topic}" if room.topic else ""
    topic = f", closed{topic}" if room.closed else topic
    return f"{room.name} ({counted(room.members, 'member')}{topic})"


def _with_absence(listed: UserListing) -> str:
    if listed.away is None:
        return listed.name
    return f"{listed.name} ({_absence(listed.away)})"


def _absence(text: str) -> str:
    return f"away: {text}" if text else "away"


def _enumerated(words: Sequence[str], more: int) -> str:
    rest = [f"and {more} more"] if more else []
    return ", ".join([*words, *rest])
