"""LIST: the rooms that a user is shown, chosen by name, by mask, and by the number of members (ELIST=MNU)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from classchat import names
from classchat.core.model import Room
from classchat.irc.client import Client, Entry
from classchat.irc.in_turn import count_reading, goes_on
from classchat.irc.masks import has_wildcards, matcher
from classchat.irc.sight import seen_room
from classchat.wire.irc import numerics
from classchat.wire.irc.channels import channel
from classchat.wire.irc.irc_lines import IRCLine

_MOST_CONDITIONS = 20
"""Conditions in one LIST. Further ones are ignored."""

_MOST_MASKS = 4
"""Masks among them, each of which is compared with the names of all rooms. Further ones are ignored."""

_LONGEST_NUMBER = 9

_LONGEST_NAME = 260
"""Characters of a spelling of a name, see `names.may_be_spelled`: the key of a longer one takes long."""

_LOOKED_AT = 200
"""Rooms that are compared with the conditions before others have their turn."""

_AT_ONCE = 100
"""Rooms that are written before the client has to read."""


@dataclass(frozen=True, slots=True)
class ListConditions:
    """The conditions of one LIST: a room has one of the names or masks, and meets all others."""

    exact: dict[str, None] = field(default_factory=dict)
    """The keys of the channels that are asked for by their names, in this order."""

    masks: list[Callable[[str], bool]] = field(default_factory=list)
    but: list[Callable[[str], bool]] = field(default_factory=list)
    more_than: int = -1
    fewer_than: int | None = None

    @property
    def names_only(self) -> bool:
        """Whether only rooms are asked for whose names are given, so that no others have to be looked at."""
        return bool(self.exact) and not self.masks

    @property
    def has_masks(self) -> bool:
        """Whether the names of all rooms are compared with masks."""
        return bool(self.masks or self.but)

    def meets(self, room: Room) -> bool:
        """Return whether a room is listed."""
        count = len(room.members)
        if count <= self.more_than or (self.fewer_than is not None and count >= self.fewer_than):
            return False
        key = room.key  # it begins with a `#`, as a channel does
        if (self.masks or self.exact) and not (key in self.exact or any(mask(key) for mask in self.masks)):
            return False
        return not any(mask(key) for mask in self.but)


def conditions(text: str) -> ListConditions:
    """Return the conditions of a LIST's parameter: `#CS350,>3` or `*exam*,!#old-*`."""
    exact, masks, but = dict[str, None](), list[Callable[[str], bool]](), list[Callable[[str], bool]]()
    more_than, fewer_than = -1, None
    for one in list(filter(None, text.split(",")))[:_MOST_CONDITIONS]:
        sign, rest = one[0], one[1:]
        if sign in "<>" and rest.isascii() and rest.isdigit():
            number = int(rest[:_LONGEST_NUMBER])
            if sign == ">":
                more_than = number
            else:
                fewer_than = number
        elif sign == "!" or has_wildcards(one):
            chosen = but if sign == "!" else masks
            if len(but) + len(masks) < _MOST_MASKS:
                chosen.append(matcher(_key(one.removeprefix("!"))))
        else:
            exact[_key(one)] = None
    return ListConditions(exact, masks, but, more_than, fewer_than)


def _key(text: str) -> str:
    """Return a name or a mask as channels are compared; one that is too long for any is empty."""
    return names.key(text) if len(text) <= _LONGEST_NAME else ""


async def list_(client: Client, line: IRCLine) -> None:
    """Answer LIST with the rooms that the user is shown, a hundred at a time."""
    asked, user = conditions(line.params[0] if line.params else ""), client.user
    if asked.has_masks and not await count_reading(client):
        return
    client.reply(numerics.RPL_LISTSTART, "Channel", "Users  Name")
    if asked.names_only:
        found = (seen_room(client.chat, user, key) for key in asked.exact)
        rooms: list[Room] = [room for room in found if room is not None]
    else:
        rooms = list(client.chat.requests.lists.shown_to(user))
    count = 0
    for number, room in enumerate(rooms, 1):
        if asked.meets(room):
            client.reply(numerics.RPL_LIST, channel(room.name), str(len(room.members)), room.order.topic)
            count += 1
            if count % _AT_ONCE == 0 and not await goes_on(client):
                return
        if number % _LOOKED_AT == 0 and not await client.peer.rested(0.0):
            return
    client.reply(numerics.RPL_LISTEND, "End of /LIST")


COMMANDS: Final = {"LIST": Entry(list_)}
