"""NAMES, and what a client is told of a room that it joins: the topic and the members.

    <- JOIN #CS350
    <- 332 Bob #CS350 :Exam on Monday     <- 333 Bob #CS350 Alice 1790000000
    <- 353 Bob = #CS350 :@Alice Bob       <- 366 Bob #CS350 :End of /NAMES list

https://modern.ircdocs.horse/#names-message. The members of a room are shown to those whom the command `users`
shows them: to its members, its moderators and the operators of the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from classchat.core.model import Room
from classchat.core.sorted import alphabetical
from classchat.irc.client import Client, Entry
from classchat.irc.in_turn import goes_on, has_read
from classchat.irc.sight import packed, prefix, seen_room, sees_members
from classchat.wire.irc import numerics
from classchat.wire.irc.channels import channel
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.isupport import MOST_TARGETS

_AT_ONCE: Final = 100
"""Lines that are written before the client has to read."""


async def names_of(client: Client, line: IRCLine) -> None:
    """Answer a NAMES: of some rooms, or of all rooms that the user is in, one after the other."""
    if line.params and line.params[0]:
        targets = list(dict.fromkeys(line.params[0].split(",")))[:MOST_TARGETS]
        for target in targets:
            room = seen_room(client.chat, client.user, target)
            if room is not None and sees_members(client.user, room) and not await _show_all(client, room):
                return
        end_of_names(client, ",".join(targets))
        return
    user = client.user
    for room in sorted(user.rooms, key=alphabetical):
        if room in user.rooms and not await _show_all(client, room):
            return
    end_of_names(client, "*")


async def _show_all(client: Client, room: Room) -> bool:
    """Tell a client the members of a room as fast as it reads; return whether it is still there."""
    for count, params in enumerate(list(_member_lines(client, room)), 1):
        client.reply(numerics.RPL_NAMREPLY, *params)
        if count % _AT_ONCE == 0 and not await goes_on(client):
            return False
    return await has_read(client)


def show_room(client: Client, room: Room) -> None:
    """Tell a client that has joined a room what its topic is, and who is there."""
    if room.order.topic:
        show_topic(client, room)
    if "no-implicit-names" not in client.capabilities:
        for params in _member_lines(client, room):
            client.reply(numerics.RPL_NAMREPLY, *params)
        end_of_names(client, channel(room.name))


def show_topic(client: Client, room: Room) -> None:
    """Tell a client the topic of a room, and who has set it and when."""
    shown, order = channel(room.name), room.order
    client.reply(numerics.RPL_TOPIC, shown, order.topic)
    if order.topic_by and order.topic_at is not None:
        client.reply(numerics.RPL_TOPICWHOTIME, shown, order.topic_by, str(order.topic_at // 1000))


def _member_lines(client: Client, room: Room) -> Iterator[tuple[str, str, str]]:
    """Yield the parameters of the lines with the members of a room, as many on a line as fit."""
    shown = channel(room.name)
    symbol = "*" if room.order.private else "="
    around = len(f":{client.network.server} 353 {client.nick} {symbol} {shown} :".encode())
    whole, profiles = "userhost-in-names" in client.capabilities, client.network.profiles
    members = (
        f"{prefix(user, room)}{user.name}" + (f"!{profiles.of(user).username}@{user.name}" if whole else "")
        for user in room.members.ordered
    )
    for some in packed(members, around):
        yield symbol, shown, some


def end_of_names(client: Client, target: str) -> None:
    """Tell a client that a list of members is complete."""
    client.reply(numerics.RPL_ENDOFNAMES, target, "End of /NAMES list")


COMMANDS: Final = {"NAMES": Entry(names_of)}
