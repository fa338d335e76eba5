"""The numeric of a request that the chat refuses."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from classchat.irc.asked import ClientRequest
from classchat.irc.client import Client
from classchat.irc.wording import for_irc
from classchat.messages import Error
from classchat.names import reserved_for_users
from classchat.wire.irc.channels import channel
from classchat.wire.irc.numerics import (
    ERR_BANNEDFROMCHAN,
    ERR_CANNOTSENDTOCHAN,
    ERR_CANNOTSENDTOUSER,
    ERR_CHANOPRIVSNEEDED,
    ERR_ERRONEUSNICKNAME,
    ERR_INPUTTOOLONG,
    ERR_INVITEONLYCHAN,
    ERR_NICKNAMEINUSE,
    ERR_NOSUCHCHANNEL,
    ERR_NOSUCHNICK,
    ERR_NOTONCHANNEL,
    ERR_PASSWDMISMATCH,
    ERR_TOOMANYCHANNELS,
    ERR_UNKNOWNERROR,
    ERR_USERNOTINCHANNEL,
)

_LONGEST_RESERVED: Final = 32
"""Characters of a nickname that may be a spelling of a reserved one."""

_WITH_TARGET: Final = {
    "room_not_found": ERR_NOSUCHCHANNEL,
    "room_closed": ERR_NOSUCHCHANNEL,
    "invalid_name": ERR_NOSUCHCHANNEL,
    "name_too_similar": ERR_NOSUCHCHANNEL,
    "user_not_found": ERR_NOSUCHNICK,
    "muted": ERR_CANNOTSENDTOCHAN,
    "announce_only": ERR_CANNOTSENDTOCHAN,
    "slow_mode": ERR_CANNOTSENDTOCHAN,
    "staff_only": ERR_CANNOTSENDTOUSER,
    "banned": ERR_BANNEDFROMCHAN,
    "not_invited": ERR_INVITEONLYCHAN,
    "not_allowed": ERR_CHANOPRIVSNEEDED,
    "needs_claim": ERR_CHANOPRIVSNEEDED,
}
"""Numerics that name the target of the request."""


def refuse(client: Client, error: Error, command: str, target: str, *, message: bool) -> None:
    """Tell a client that its request is refused, and why.

    `message` says whether it was a message, to a target; `command` is the line's.
    """
    code = error.code or ""
    if code == "not_a_member":
        _refuse_member(client, error, target, message=message)
    elif code == "not_saved" and message:
        client.reply(ERR_CANNOTSENDTOCHAN, target, error.text)
    elif code in _WITH_TARGET and target:
        client.reply(_WITH_TARGET[code], target, error.text)
    elif code == "too_many" and command == "JOIN":
        client.reply(ERR_TOOMANYCHANNELS, target, error.text)
    elif code == "too_long":
        client.reply(ERR_INPUTTOOLONG, error.text)
    elif code == "wrong_password":
        client.reply(ERR_PASSWDMISMATCH, error.text)
    elif code == "claimed_only":
        client.fail("*", "ACCOUNT_REQUIRED", error.text)
    else:
        client.reply(ERR_UNKNOWNERROR, command, error.text)


def numeric_of_name(wanted: str) -> str:
    """Return the numeric for a nickname that is not allowed: a reserved one counts as in use."""
    reserved = len(wanted) <= _LONGEST_RESERVED and reserved_for_users(wanted) is not None
    return ERR_NICKNAMEINUSE if reserved else ERR_ERRONEUSNICKNAME


def refuse_asked(client: Client, error: Error, asked: ClientRequest) -> None:
    """Tell a client that what it has asked the chat for is refused."""
    error = replace(error, text=for_irc(error.text))
    if asked.refused is not None:
        asked.refused(error)
    else:
        target = asked.target or (asked.line.params[0] if asked.line.params else "")
        refuse(client, error, asked.line.command, target, message=asked.is_message)


def refuse_usual(client: Client, error: Error) -> None:
    """Tell a client that its usual message is refused right now, or that it could not be stored later."""
    target = channel(client.said.receiver if error.room is None else error.room)
    refuse(client, replace(error, text=for_irc(error.text)), "PRIVMSG", target, message=True)


def _refuse_member(client: Client, error: Error, target: str, *, message: bool) -> None:
    """Say which of the two is not in the channel: the client, or the user that its request names."""
    if message:
        client.reply(ERR_CANNOTSENDTOCHAN, target, error.text)
        return
    inside = {room.name for room in client.user.rooms} if client.session.registered else set()
    room = client.chat.rooms.find(target.removeprefix("#"))
    if room is not None and room.name in inside and len(client.line.params) > 1:
        client.reply(ERR_USERNOTINCHANNEL, client.line.params[1], target, error.text)
    else:
        client.reply(ERR_NOTONCHANNEL, target, error.text)
