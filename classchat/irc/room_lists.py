"""LIST: the rooms that a user is shown, chosen by name, by mask, and by the number of members (ELIST=MNU)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from classchat import names
from classchat.core.model import Room
from classchat.irc.client import Client, Entry
from classchat.irc.in_turn import has_read
from classchat.irc.masks import has_wildcards, matcher
from classchat.irc.sight import seen_room
from classchat.wire.irc import numerics
from classchat.wire.irc.channels import channel
from classchat.wire.irc.irc_lines import IRCLine

_MOST_CONDITIONS = 20
"""Conditions in one LIST. Further ones are ignored."""

_LONGEST_NUMBER = 9

_LONGEST_NAME = 260
"""Characters of a spelling of a name, see `names.may_be_spelled`: the key of a longer one takes long."""

_AT_ONCE = 50
"""Rooms that are written before the client has to read."""


@dataclass(frozen=True, slots=True)
class ListConditions:
    """The conditions of one LIST: a room has one of the names or masks, and meets all others."""

    exact: dict[str, None] = field(default_factory=dict)
    """The rooms that are asked for by their names, in this order."""

    masks: list[Callable[[str], bool]] = field(default_factory=list)
    but: list[Callable[[str], bool]] = field(default_factory=list)
    more_than: int = -1
    fewer_than: int | None = None

    @property
    def names_only(self) -> bool:
        """Whether only rooms are asked for whose names are given, so that no others have to be looked at."""
        return bool(self.exact) and not self.masks

    def meets(self, room: Room) -> bool:
        """Return whether a room is listed."""
        count = len(room.members)
        if count <= self.more_than or (self.fewer_than is not None and count >= self.fewer_than):
            return False
        shown = f"#{room.name}"
        if (self.masks or self.exact) and not (
            names.key(room.name) in self.exact or any(mask(shown) for mask in self.masks)
        ):
            return False
        return not any(mask(shown) for mask in self.but)

    def listed(self, rooms: Iterable[Room]) -> Iterator[Room]:
        """Yield the rooms that are listed."""
        return filter(self.meets, rooms)


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
        elif sign == "!":
            but.append(matcher(rest, names.key))
        elif has_wildcards(one):
            masks.append(matcher(one, names.key))
        else:  # no room has a name that is too long, and none has an empty one
            exact[names.key(one.removeprefix("#")) if len(one) <= _LONGEST_NAME else ""] = None
    return ListConditions(exact, masks, but, more_than, fewer_than)


async def list_(client: Client, line: IRCLine) -> None:
    """Answer LIST with the rooms that the user is shown, fifty at a time."""
    asked, user = conditions(line.params[0] if line.params else ""), client.user
    client.reply(numerics.RPL_LISTSTART, "Channel", "Users  Name")
    if asked.names_only:
        found = (seen_room(client.chat, user, f"#{name}") for name in asked.exact)
        rooms: list[Room] = [room for room in found if room is not None]
    else:
        rooms = list(client.chat.requests.lists.shown_to(user))
    for count, room in enumerate(asked.listed(rooms), 1):
        client.reply(numerics.RPL_LIST, channel(room.name), str(len(room.members)), room.order.topic)
        if count % _AT_ONCE == 0 and not await has_read(client):
            return
    client.reply(numerics.RPL_LISTEND, "End of /LIST")


COMMANDS: Final = {"LIST": Entry(list_)}
