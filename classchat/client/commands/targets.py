"""Commands whose room may be left out: moderation, members, topics.

This module decides which words are the room, the user, a duration and a reason, with what the screen knows:

    /kick dave being rude       the room with the focus
    /kick lab dave being rude   another one: `lab` is known as a room, and `dave` as a user
    /kick @lab being rude       the user, even if a room has that name
"""

from __future__ import annotations

import re
from collections.abc import Callable

from classchat.class_commands import LONGEST_SLOW
from classchat.class_words import duration, unadorned
from classchat.client.commands.typed import CommandError, Placed, Whereabouts
from classchat.client.spelling import room_key
from classchat.messages import (
    LONGEST_ORDER,
    Assist,
    Ban,
    Close,
    Deop,
    Invite,
    Kick,
    Leave,
    ListRooms,
    ListUsers,
    Mute,
    Op,
    SetRoom,
    SetTopic,
    Unassist,
    Unban,
    Unmute,
)
from classchat.request import Request
from classchat.texts import quoted

_Words = tuple[str, ...]
_AboutUser = Unban | Unmute | Op | Deop | Assist | Unassist | Invite
Read = Callable[[Whereabouts, _Words], Request]

EVERYBODY = "*"
"""A word that stands for all users on the server, in place of a room."""

NOTHING = "-"
"""A word that removes a topic."""

SLOW = "slow"
"""The kind of room with a time between two lines of a student."""

_LIKE_DURATION = re.compile(r"[+-]?\d[\d.,]*\w{0,8}")


def placed(read: Read) -> Callable[..., Placed]:
    """Return a function that keeps words until the focus is known."""
    return lambda *words: Placed(read, words)


def about_user(kind: type[_AboutUser], usage: str) -> Read:
    """Return a function that reads `[room] <username>`."""

    def read(where: Whereabouts, words: _Words) -> Request:
        room, user, rest = _room_and_user(where, words, usage)
        if rest:
            raise CommandError(f"Usage: {usage}")
        if kind is Unmute and (number := _author_of(user)):
            return Unmute(receiver=room, number=number)
        return kind(receiver=room, user=user)

    return read


def read_kick(where: Whereabouts, words: _Words) -> Request:
    """Read `[room] <username> [reason]`."""
    room, user, reason = _room_and_user(where, words, "/kick [room] <username> [reason]")
    return Kick(receiver=room, user=user, text=" ".join(reason))


def keeping_out(kind: type[Ban | Mute], usage: str) -> Read:
    """Return a function that reads `[room] <username> [30m] [reason]`; a duration begins with a digit.

    `/mute #7` mutes the author of question 7, whoever it is: no user's name has a `#`.
    """

    def read(where: Whereabouts, words: _Words) -> Request:
        if _lasts(words[1:2]) and not _lasts(words[2:3]):  # the room is left out
            words = (f"@{unadorned(words[0])}", *words[1:])
            _seconds_of(words[1])
        room, user, rest = _room_and_user(where, words, usage)
        seconds = _seconds_of(rest[0]) if _lasts(rest) else None
        text = " ".join(rest if seconds is None else rest[1:])
        if kind is Mute and (number := _author_of(user)):
            return Mute(receiver=room, number=number, seconds=seconds, text=text)
        return kind(receiver=room, user=user, seconds=seconds, text=text)

    return read


def read_topic(where: Whereabouts, words: _Words) -> Request:
    """Read `[room] [text]`: without text the topic is shown, `-` removes it.

    The first word is the room if no room has the focus, or this one has; a single word may be any room.
    """
    room, text = where.focus, words
    if words and (room is None or _is_same(words[0], room) or (len(words) == 1 and where.is_room(words[0]))):
        room, text = words[0], words[1:]
    if room is None:
        raise _which_room("/topic [room] [text]")
    if not text:
        return ListRooms(room=room)
    return SetTopic(receiver=room, text="" if text == (NOTHING,) else " ".join(text))


def read_room(where: Whereabouts, words: _Words) -> Request:
    """Read `[room] <kind> [30s]`; only a slow room takes a time."""
    usage = "/room [room] <kind> [30s]"
    seconds = None
    if len(words) > 1 and words[-2].lower() == SLOW and _lasts(words[-1:]):
        seconds = duration(words[-1])
        if seconds is None or not 1 <= seconds <= LONGEST_SLOW:
            raise CommandError(f"'{quoted(words[-1])}' is not a duration: write 30s or 5m, at most 1h")
        words = words[:-1]
    if len(words) > 2:
        raise CommandError(f"Usage: {usage}")
    room = _room_or_focus(where, words[:-1], usage)
    return SetRoom(receiver=room, text=words[-1], seconds=seconds)


def read_close(where: Whereabouts, words: _Words) -> Request:
    """Read `[room]`."""
    return Close(receiver=_room_or_focus(where, words, "/close [room]"))


def read_leave(where: Whereabouts, words: _Words) -> Request:
    """Read `[room]`."""
    return Leave(receiver=_room_or_focus(where, words, "/leave [room]"))


def read_users(where: Whereabouts, words: _Words) -> Request:
    """Read `[room|user|*]`: without a word, the room with the focus, or else all users.

    A word is a user's name if it has an `@`, or if it is known as one, and not as a room.
    """
    word = words[0] if words else where.focus or EVERYBODY
    if word == EVERYBODY:
        return ListUsers()
    if word.startswith("@") or (where.is_user(word) and not where.is_room(word)):
        return ListUsers(user=unadorned(word))
    return ListUsers(receiver=word)


def _author_of(user: str) -> int | None:
    """Return the number of the question whose author is meant; None if it is a user's name."""
    number = user.removeprefix("#")
    is_number = number != user and number.isascii() and number.isdigit() and len(number) < 10
    return (int(number) or None) if is_number else None


def _room_and_user(where: Whereabouts, words: _Words, usage: str) -> tuple[str, str, _Words]:
    """Return the room, the user and the words that are left."""
    if len(words) > 1 and _begins_with_room(where, *words[:2]):
        return words[0], unadorned(words[1]), words[2:]
    if where.focus is None:
        raise _which_room(usage)
    return where.focus, unadorned(words[0]), words[1:]


def _begins_with_room(where: Whereabouts, first: str, second: str) -> bool:
    """Return whether the first word is a room, and the second one a user."""
    if first.startswith("@") or second.startswith("@"):
        return not first.startswith("@")
    if _author_of(first) or _author_of(second):
        return not _author_of(first)
    if where.focus is None:
        return True
    is_room = where.is_room(first) or _is_same(first, where.focus)
    return where.is_user(second) if is_room == where.is_user(first) else is_room


def _lasts(words: _Words) -> bool:
    """Return whether the first word is meant as a duration."""
    return bool(words) and _LIKE_DURATION.fullmatch(words[0]) is not None


def _room_or_focus(where: Whereabouts, words: _Words, usage: str) -> str:
    room = words[0] if words else where.focus
    if room is None:
        raise _which_room(usage)
    return room


def _seconds_of(word: str) -> int:
    """Return how many seconds a duration has.

    Raises:
        CommandError: it is not one that a server takes.
    """
    seconds = duration(word)
    if seconds is None or not 1 <= seconds <= LONGEST_ORDER:
        raise CommandError(f"'{quoted(word)}' is not a duration: write 30s, 30m, 2h or 7d, at most a year")
    return seconds


def _which_room(usage: str) -> CommandError:
    return CommandError(f"Which room? Usage: {usage.replace('[room]', '<room>')}")


def _is_same(one: str, other: str) -> bool:
    return room_key(one) == room_key(other)
