"""JOIN and PART. A room that does not exist is created by the client that joins it, which moderates it then.

What a client sees of its own JOIN and PART comes back through the room, in the room's order: see peer.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from classchat.core.sorted import alphabetical
from classchat.errors import RoomNotFound
from classchat.irc.client import Client, Entry
from classchat.irc.in_turn import has_read, request
from classchat.irc.missed import show_recent
from classchat.irc.sight import plain
from classchat.messages import Create, Join, Leave
from classchat.wire.irc import numerics
from classchat.wire.irc.channels import channel, room
from classchat.wire.irc.irc_lines import IRCLine


async def join(client: Client, line: IRCLine) -> None:
    """Join the channels of a list, one after the other. Keys are ignored; `0` leaves all rooms."""
    if line.params[0] == "0":
        for each in sorted(client.user.rooms, key=alphabetical):
            if not await request(client, Leave(receiver=each.name), channel(each.name)):
                return
        return
    for target in _targets(line.params[0]):
        command = _command_to_join(client, target)
        if command is not None:
            if not await request(client, command, target):
                return
            await show_recent(client, command.receiver)
        if not await has_read(client):
            return


def _command_to_join(client: Client, target: str) -> Create | Join | None:
    """Return the command that makes the client a member of a channel; None where it is one already."""
    name = _room_name(client, target)
    if name is None:
        return None
    found = client.chat.rooms.find(name)
    if found is None or client.chat.guest_rooms.gives_way(found, client.user):
        return Create(receiver=name)
    return Join(receiver=found.name) if found not in client.user.rooms else None


async def part(client: Client, line: IRCLine) -> None:
    """Leave the channels of a list."""
    reason = plain(line.params[1], client.chat.limits.topic) if len(line.params) > 1 else ""
    for target in _targets(line.params[0]):
        name = _room_name(client, target)
        if name is not None and not await request(client, Leave(receiver=name, text=reason), target):
            return


def _targets(text: str) -> Iterator[str]:
    """Yield the channels of a list, each once."""
    return iter(dict.fromkeys(filter(None, text.split(","))))


def _room_name(client: Client, target: str) -> str | None:
    """Return the name of a channel's room; tell the client if no channel can have that name."""
    try:
        return room(target)
    except RoomNotFound:
        client.reply(numerics.ERR_NOSUCHCHANNEL, target, "No such channel")
        return None


COMMANDS: Final = {"JOIN": Entry(join, 1), "PART": Entry(part, 1)}
