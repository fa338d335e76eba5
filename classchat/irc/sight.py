"""What one user may see of others and of rooms: the same as in the answers to `rooms` and `users`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from classchat.core import permissions
from classchat.core.accounts import subject_of
from classchat.core.chat import Chat
from classchat.core.model import Room, User
from classchat.errors import RoomNotFound
from classchat.wire.irc import channels
from classchat.wire.irc.cutting import beginning
from classchat.wire.irc.formatting import stripped

LINE = 510
"""Bytes of a line without its end and its tags, which every client can read."""


def seen_room(chat: Chat, user: User, target: str) -> Room | None:
    """Return the room of a channel if there is one that a user is shown, or None."""
    try:
        room = chat.rooms.find(channels.room(target))
    except RoomNotFound:
        return None
    return room if room is not None and permissions.sees(user, room) else None


def sees_members(user: User, room: Room) -> bool:
    """Return whether a user may see the members of a room: as a member, a moderator or an operator."""
    return room in user.rooms or permissions.moderates(user, room)


def shares_room(user: User, other: User) -> bool:
    """Return whether two users are in one room, or are the same."""
    return user is other or not user.rooms.isdisjoint(other.rooms)


def anyone(chat: Chat, name: str) -> User | None:
    """Return the user of a name, who is signed in or owns an account; None if there is neither."""
    user = chat.users.find(name)
    if user is None:
        account = chat.accounts.find(name)
        user = None if account is None else account.user
    return user


def prefix(user: User, room: Room) -> str:
    """Return the sign before the name of a member: `@` for a moderator."""
    return "@" if subject_of(user) in room.order.moderators else ""


def plain(text: str, longest: int) -> str:
    """Return a client's text without formatting codes, at most `longest` characters of it."""
    return beginning(stripped(text), longest)


def packed(words: Iterable[str], around: int, separator: str = " ") -> Iterator[str]:
    """Yield words joined to texts that fit into lines, with so many bytes around them."""
    longest = LINE - around
    line, length = list[str](), 0
    for word in words:
        size = len(separator) + (len(word) if word.isascii() else len(word.encode()))
        if line and length + size > longest:
            yield separator.join(line)
            line, length = [], 0
        line.append(word)
        length += size
    if line:
        yield separator.join(line)
