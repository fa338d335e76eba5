"""TOPIC, KICK and INVITE: the requests `topic`, `kick` and `invite`, with the rights that these have.

What is refused here is refused by the chat as well, which is asked for everything else: looking first only
leads to the numeric that clients know.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Final

from classchat.core import permissions
from classchat.core.accounts import subject_of
from classchat.core.answer_events import OrderUnneeded
from classchat.core.events import Event
from classchat.core.model import Room
from classchat.core.sorted import alphabetical
from classchat.irc.client import Client, Entry
from classchat.irc.in_turn import request
from classchat.irc.member_lists import show_topic
from classchat.irc.sight import anyone, plain, seen_room
from classchat.messages import Deop, Invite, Kick, SetTopic
from classchat.wire.irc import numerics
from classchat.wire.irc.channels import channel
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.isupport import MOST_TARGETS


def room_of(client: Client, target: str, *, inside: bool = False) -> Room | None:
    """Return the room of a channel; None if the client sees none or must be `inside`, which it is told."""
    room = seen_room(client.chat, client.user, target)
    if room is None:
        client.reply(numerics.ERR_NOSUCHCHANNEL, target, "No such channel")
    elif inside and not (room in client.user.rooms or permissions.moderates(client.user, room)):
        client.reply(numerics.ERR_NOTONCHANNEL, target, "You're not on that channel")
    else:
        return room
    return None


def topic(client: Client, line: IRCLine) -> Coroutine[Any, Any, None] | None:
    """Show the topic of a room, or set it; an empty one removes it."""
    target = line.params[0]
    room = room_of(client, target, inside=len(line.params) > 1)
    if room is None:
        return None
    if len(line.params) > 1:
        text = plain(line.params[1], client.chat.limits.topic)
        return client.ask(SetTopic(receiver=room.name, text=text), target=target)
    if room.order.topic:
        show_topic(client, room)
    else:
        client.reply(numerics.RPL_NOTOPIC, channel(room.name), "No topic is set")
    return None


async def kick(client: Client, line: IRCLine) -> None:
    """Remove users from a room, or one user from each of several rooms."""
    targets, nicks = line.params[0].split(","), line.params[1].split(",")
    if len(targets) == 1:
        targets *= len(nicks)
    if len(targets) != len(nicks):
        client.reply(numerics.ERR_NEEDMOREPARAMS, "KICK", "Give one channel, or one for each user")
        return
    reason = plain(line.params[2], client.chat.limits.topic) if len(line.params) > 2 else ""
    for target, nick in list(zip(targets, nicks, strict=True))[:MOST_TARGETS]:
        if not await _kick_one(client, target, nick, reason):
            return
    if len(nicks) > MOST_TARGETS:
        text = f"Only the first {MOST_TARGETS} were kicked"
        client.reply(numerics.ERR_TOOMANYTARGETS, nicks[MOST_TARGETS], text)


async def _kick_one(client: Client, target: str, nick: str, reason: str) -> bool:
    """Remove one user from a room; return whether the client is still there.

    Another moderator is made a usual member first: the chat asks for both steps, other IRC networks for one.
    """
    room = room_of(client, target, inside=True)
    if room is None:
        return True
    user, me = anyone(client.chat, nick), client.user
    if permissions.moderates(me, room):
        if user is None:
            client.reply(numerics.ERR_NOSUCHNICK, nick, "No such nick/channel")
            return True
        if room not in user.rooms:
            client.reply(numerics.ERR_USERNOTINCHANNEL, nick, target, "They aren't on that channel")
            return True
        if subject_of(user) in room.order.moderators and user is not me and not user.operator:
            if not await request(client, Deop(receiver=room.name, user=user.name), target):
                return False
            room = room_of(client, target, inside=True)
            if room is None:
                return True
    return await request(client, Kick(receiver=room.name, user=nick, text=reason), target)


def invite(client: Client, line: IRCLine) -> Coroutine[Any, Any, None] | None:
    """Invite a user to a room; without parameters, list the rooms to which the client's user is invited."""
    if not line.params:
        _list_invitations(client)
        return None
    if len(line.params) < 2:
        client.reply(numerics.ERR_NEEDMOREPARAMS, "INVITE", "Not enough parameters")
        return None
    nick, target = line.params[:2]
    room = room_of(client, target, inside=True)
    if room is None:
        return None
    user = anyone(client.chat, nick)
    if user is None:
        client.reply(numerics.ERR_NOSUCHNICK, nick, "No such nick/channel")
        return None
    name, shown = user.name, channel(room.name)
    if room in user.rooms and room in client.user.rooms:
        client.reply(numerics.ERR_USERONCHANNEL, name, shown, "is already on channel")
        return None

    def answered(event: Event) -> None:
        if isinstance(event, OrderUnneeded):
            client.reply(numerics.ERR_USERONCHANNEL, name, shown, "is already on channel")
        else:
            client.reply(numerics.RPL_INVITING, name, shown)

    return client.ask(Invite(receiver=room.name, user=name), target=target, answered=answered)


def _list_invitations(client: Client) -> None:
    user = client.user
    subject = subject_of(user)
    invited: Sequence[Room] = sorted(client.chat.rooms.concerning(subject), key=alphabetical)
    for room in invited:
        if subject in room.order.invited and room not in user.rooms:
            client.reply(numerics.RPL_INVITELIST, channel(room.name))
    client.reply(numerics.RPL_ENDOFINVITELIST, "End of /INVITE list")


COMMANDS: Final = {"TOPIC": Entry(topic, 1), "KICK": Entry(kick, 2), "INVITE": Entry(invite)}
