"""MODE of channels: the decisions in force in a room as letters.

    i  private     m  announce     n t  always on     o  moderator     b  banned     q  muted

    -> MODE #CS350                 <- 324 Bob #CS350 +mnt     <- 329 Bob #CS350 1790000000
    -> MODE #CS350 +b Carol!*@*    as `ban`; a mask has to name one user
    -> MODE #CS350 b               <- 367 Bob #CS350 carol!*@* Alice 1790000000, for each, and 368

What has changed comes back through the room, one line for each change. Other modes of IRC networks do not
exist here: 472. No key and no limit is valid: 696. The text says what there is instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from classchat.core import permissions
from classchat.core.model import Room
from classchat.core.restriction import Restriction
from classchat.errors import InvalidName
from classchat.irc.client import Client, Entry
from classchat.irc.in_turn import is_first, request
from classchat.irc.mask_subjects import subject
from classchat.irc.mode_lines import ModeChange, mode_changes
from classchat.irc.refusals import refuse
from classchat.irc.room_orders import room_of
from classchat.irc.sight import anyone
from classchat.irc.user_modes import user_mode
from classchat.messages import Ban, Deop, Error, Mute, Op, OrderCommand, SetRoom, Unban, Unmute
from classchat.wire.irc import numerics
from classchat.wire.irc.channels import channel, is_channel
from classchat.wire.irc.irc_happenings import mask
from classchat.wire.irc.irc_lines import IRCLine

_ROOM_MODES: Final = {"+i": "private", "-i": "open", "+m": "announce", "-m": "talk"}
_ALWAYS: Final = "nt"
_MASKED: Final[Mapping[str, type[Ban | Unban | Mute | Unmute]]] = {
    "+b": Ban,
    "-b": Unban,
    "+q": Mute,
    "-q": Unmute,
}
_KNOWN: Final = frozenset("imntobq")
_LIMITS: Final = frozenset("kl")
"""Modes that exist, but take no value: no key and no limit is valid."""

_INSTEAD: Final = {
    "k": "Rooms have no passwords here: set +i and invite users",
    "l": "Rooms have no limit here: set +i and invite users",
    "s": "is no mode here: private rooms (+i) are hidden",
    "p": "is no mode here: private rooms (+i) are hidden",
    "v": "is no mode here: in a room with +m moderators speak (+o)",
    "e": "is no mode here: a ban is for one user; lift it with -b",
    "I": "is no mode here: INVITE admits a user",
}
"""What there is instead of modes that are usual elsewhere."""


async def mode(client: Client, line: IRCLine) -> None:
    """Show or change the modes of a channel, or of the client's user."""
    target = line.params[0]
    if not is_channel(target):
        user_mode(client, line)
        return
    room = room_of(client, target)
    if room is None:
        return
    changes = mode_changes(line.params[1:])
    if not changes:
        is_first(client, room, "modes")
        _show(client, room)
        return
    for change in changes:
        if change.asks:
            is_first(client, room, f"list {change.letter}")
            _list(client, room, target, change.letter)
    await _change(client, room, target, [change for change in changes if not change.asks])


def _show(client: Client, room: Room) -> None:
    order, shown = room.order, channel(room.name)
    modes = f"+{'i' if order.private else ''}{'m' if order.announce else ''}{_ALWAYS}"
    client.reply(numerics.RPL_CHANNELMODEIS, shown, modes)
    if room.created is not None:
        client.reply(numerics.RPL_CREATIONTIME, shown, str(room.created // 1000))


def _list(client: Client, room: Room, target: str, letter: str) -> None:
    """Show the bans or mutes that are in force."""
    if room_of(client, target, inside=True) is None:
        return
    now, shown = client.network.profiles.now() * 1000, channel(room.name)
    if letter == "b":
        for row in _rows(room.order.banned, now):
            client.reply(numerics.RPL_BANLIST, shown, *row)
        client.reply(numerics.RPL_ENDOFBANLIST, shown, "End of channel ban list")
    else:
        for row in _rows(room.order.muted, now):
            client.reply(numerics.RPL_QUIETLIST, shown, "q", *row)
        client.reply(numerics.RPL_ENDOFQUIETLIST, shown, "q", "End of channel mute list")


def _rows(rows: Mapping[str, Restriction], now: float) -> Iterator[list[str]]:
    """Yield the mask of each ban or mute in force, with who has set it and when, where that is known."""
    for key, row in rows.items():
        if row.until > now:
            known = [] if row.at is None else [row.by, str(row.at // 1000)]
            yield [mask(key), *known]


async def _change(client: Client, room: Room, target: str, changes: list[ModeChange]) -> None:
    """Change the modes of a room one after the other, as far as the user may.

    A line with a mode that does not exist here changes nothing: irssi, which does not know the mode either,
    sends `+v Bob` as `+vBob`, and the letters of a name must not be taken for modes.
    """
    strange = next((change for change in changes if change.letter not in _KNOWN | _LIMITS), None)
    if strange is not None:
        _refuse_mode(client, target, strange)
        return
    allowed = True
    for change in changes:
        if change.letter not in _KNOWN:
            _refuse_mode(client, target, change)
            continue
        if not allowed:
            continue
        allowed = permissions.moderates(client.user, room)
        if not allowed:
            _refuse_unprivileged(client, room, target)
            continue
        command = _command(client, room, target, change)
        if command is not None and not await _ordered(client, command, target, change):
            return


def _refuse_mode(client: Client, target: str, change: ModeChange) -> None:
    """Say that a mode does not exist here, or that its argument is not valid, and what there is instead."""
    text = _INSTEAD.get(change.letter, "is unknown mode char to me")
    if str(change) in ("+k", "+l"):
        client.reply(
            numerics.ERR_INVALIDMODEPARAM, target, change.letter, "*", text
        )  # a key is shown to nobody
    else:
        client.reply(numerics.ERR_UNKNOWNMODE, change.letter, text)


async def _ordered(client: Client, command: OrderCommand, target: str, change: ModeChange) -> bool:
    """Ask the chat for a change, and wait for it; return whether the client is still there."""

    def refused(error: Error) -> None:
        if error.code == InvalidName.code:
            _refuse_argument(client, target, change, error.text)
        elif error.code == "too_many":
            client.reply(numerics.ERR_BANLISTFULL, target, change.argument or "*", error.text)
        else:
            refuse(client, error, "MODE", target, message=False)

    return await request(client, command, target, refused=refused)


def _refuse_unprivileged(client: Client, room: Room, target: str) -> None:
    if room in client.user.rooms:
        client.reply(numerics.ERR_CHANOPRIVSNEEDED, target, "You're not channel operator")
    else:
        client.reply(numerics.ERR_NOTONCHANNEL, target, "You're not on that channel")


def _command(client: Client, room: Room, target: str, change: ModeChange) -> OrderCommand | None:
    """Return the command that makes a change; None if there is none, which the client is told."""
    letter = str(change)
    if letter in _ROOM_MODES:
        return SetRoom(receiver=room.name, text=_ROOM_MODES[letter])
    if change.letter in _ALWAYS:
        if not change.adds:
            text = "is always on here: only moderators set the topic, and only members speak"
            client.reply(numerics.ERR_UNKNOWNMODE, change.letter, text)
        return None
    if not change.argument:
        _refuse_argument(client, target, change, "You must name a user")
        return None
    if change.letter == "o":
        return _rank(client, room, target, change)
    name = subject(client, room, change.letter, change.argument)
    if name is None:
        _refuse_argument(client, target, change, "A mask must name one user, by nick or host: Bob!*@*")
        return None
    return _MASKED[letter](receiver=room.name, user=name)


def _rank(client: Client, room: Room, target: str, change: ModeChange) -> Op | Deop | None:
    """Return the command that makes a user a moderator, or no longer one."""
    nick = change.argument or ""
    user = anyone(client.chat, nick)
    if user is None:
        client.reply(numerics.ERR_NOSUCHNICK, nick, "No such nick/channel")
        return None
    if not change.adds:
        return Deop(receiver=room.name, user=user.name)
    if room not in user.rooms:
        client.reply(numerics.ERR_USERNOTINCHANNEL, nick, target, "They aren't on that channel")
        return None
    return Op(receiver=room.name, user=user.name)


def _refuse_argument(client: Client, target: str, change: ModeChange, text: str) -> None:
    client.reply(numerics.ERR_INVALIDMODEPARAM, target, change.letter, change.argument or "*", text)


COMMANDS: Final = {"MODE": Entry(mode, 1)}
