"""WHO, with the fields of WHOX: the members of a room, one user, or all users whose names match a mask.

    -> WHO #CS350               <- 352 Bob #CS350 ~user Alice server Alice H@ :0 Alice, for each, and 315
    -> WHO #CS350 %tna,42       <- 354 Bob 42 Alice Alice

https://modern.ircdocs.horse/#who-message and https://ircv3.net/specs/extensions/whox. The host is the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from classchat import names
from classchat.core.model import Room, User
from classchat.irc.client import Client, Entry
from classchat.irc.in_turn import count_reading, goes_on, is_first
from classchat.irc.masks import has_wildcards, matcher
from classchat.irc.sight import prefix, seen_room, sees_members, shares_room
from classchat.wire.irc import numerics
from classchat.wire.irc.channels import channel, is_channel
from classchat.wire.irc.irc_lines import IRCLine

_FIELDS = "tcuihsnfdlaor"
"""WHOX's fields, in the order in which they are answered."""

_HIDDEN_ADDRESS = "255.255.255.255"
"""What stands for an address that is not shown."""

_AT_ONCE = 100
"""Lines that are written before the client has to read."""

_LOOKED_AT = 500
"""Names that are compared with a mask before others have their turn."""

_LONGEST_PATTERN = 256
"""Characters of a mask; a longer one matches nothing."""

_TOKEN = re.compile(r"[0-9]{1,3}", re.ASCII)


class WhoFields(NamedTuple):
    """The second parameter of a WHO: `o`, or `%` with fields, or both."""

    operators: bool = False
    fields: str = ""
    """WHOX's fields, each once and in their order; empty for a usual WHO."""

    token: str = "0"  # noqa: S105  it identifies the question


def fields_of(text: str) -> WhoFields:
    """Return what the second parameter of a WHO asks for; unknown letters ask for nothing."""
    flags, _, rest = text.partition("%")
    letters, _, token = rest.partition(",")
    fields = "".join(field for field in _FIELDS if field in letters)
    return WhoFields("o" in flags, fields, token if _TOKEN.fullmatch(token) else "0")


async def who(client: Client, line: IRCLine) -> None:
    """Answer a WHO, a hundred lines at a time."""
    target = line.params[0] if line.params else "*"
    asked = fields_of(line.params[1] if len(line.params) > 1 else "")
    if has_wildcards(target) and target.strip("*") and not await count_reading(client):
        return
    count = 0
    for user, room in _found(client, target):
        if user is None:
            if not await client.peer.rested(0.0):
                return
            continue
        if asked.operators and not user.operator:
            continue
        _reply(client, asked, user, room)
        count += 1
        if count % _AT_ONCE == 0 and not await goes_on(client):
            return
    client.reply(numerics.RPL_ENDOFWHO, target, "End of WHO list")


def _found(client: Client, target: str) -> Iterator[tuple[User | None, Room | None]]:
    """Yield the users whom a target means, each with the room where it was found; None for a pause."""
    if is_channel(target):
        room = seen_room(client.chat, client.user, target)
        if room is not None and sees_members(client.user, room):
            is_first(client, room, "who")
            yield from ((user, room) for user in list(room.members.ordered))
    elif target == "0" or has_wildcards(target):
        yield from ((user, None) for user in _matching(client, "*" if target == "0" else target))
    else:
        user = client.chat.users.find(target)
        if user is not None:
            yield user, None


def _matching(client: Client, pattern: str) -> Iterable[User | None]:
    """Yield the users whose names match a pattern; an invisible one only to members of the same rooms.

    None stands between so many names that were looked at.
    """
    matches, profiles, asker = matcher(_key(pattern)), client.network.profiles, client.user
    for number, user in enumerate(list(client.chat.users.ordered), 1):
        if matches(user.person.key) and (not profiles.of(user).invisible or shares_room(asker, user)):
            yield user
        if number % _LOOKED_AT == 0:
            yield None


def _key(pattern: str) -> str:
    """Return a pattern as names are compared; one that is too long for any name is empty."""
    return names.user_key(pattern) if len(pattern) <= _LONGEST_PATTERN else ""


def _reply(client: Client, asked: WhoFields, user: User, room: Room | None) -> None:
    profile, server = client.network.profiles.of(user), client.network.server
    where = "*" if room is None else channel(room.name)
    flags = _flags(client, user, room)
    if not asked.fields:
        real = f"0 {profile.realname}"
        client.reply(
            numerics.RPL_WHOREPLY, where, profile.username, user.name, server, user.name, flags, real
        )
        return
    values = {
        "t": asked.token,
        "c": where,
        "u": profile.username,
        "i": _HIDDEN_ADDRESS,
        "h": user.name,
        "s": server,
        "n": user.name,
        "f": flags,
        "d": "0",
        "l": str(client.network.profiles.idle(user)),
        "a": user.name if user.account is not None else "0",
        "o": "n/a",
        "r": profile.realname,
    }
    client.reply(numerics.RPL_WHOSPCRPL, *(values[field] for field in asked.fields))


def _flags(client: Client, user: User, room: Room | None) -> str:
    """Return the flags of a user: here or gone, operator, moderator of the room, bot."""
    away = "H" if user.away is None else "G"
    operator = "*" if user.operator else ""
    moderator = "" if room is None else prefix(user, room)
    return f"{away}{operator}{moderator}{'B' if client.network.profiles.of(user).bot else ''}"


COMMANDS: Final = {"WHO": Entry(who)}
