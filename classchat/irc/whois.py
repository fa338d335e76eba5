"""WHOIS and WHOWAS: what the server knows of a user who is, or was, connected.

https://modern.ircdocs.horse/#whois-message. The rooms that are shown are those whose members the asking
client may see. No address is shown: where other networks show a host, the server stands.
"""

from __future__ import annotations

import time
from itertools import islice
from typing import Final

from classchat import names
from classchat.core.model import User
from classchat.core.sorted import alphabetical
from classchat.irc.client import Client, Entry
from classchat.irc.masks import matcher
from classchat.irc.sight import packed, prefix, sees_members
from classchat.irc.uttering import OFFLINE, is_offline
from classchat.wire.irc import numerics
from classchat.wire.irc.channels import channel
from classchat.wire.irc.irc_lines import IRCLine

_MOST_SHOWN = 10
"""Users whom one WHOWAS shows, where it does not ask for fewer."""


def whois(client: Client, line: IRCLine) -> None:
    """Answer `WHOIS nick`, or `WHOIS server nick`, whose first parameter may also be the nickname."""
    params = [param for param in line.params if param]
    if not params:
        client.reply(numerics.ERR_NONICKNAMEGIVEN, "No nickname given")
        return
    if len(params) > 1 and not is_this_server(client, params[0]):
        client.reply(numerics.ERR_NOSUCHSERVER, params[0], "No such server")
        return
    nick = params[min(len(params), 2) - 1].split(",")[0]
    user = client.chat.users.find(nick)
    if user is None:
        client.reply(numerics.ERR_NOSUCHNICK, nick, "No such nick/channel")
    else:
        _describe(client, user)
    client.reply(numerics.RPL_ENDOFWHOIS, nick if user is None else user.name, "End of /WHOIS list")


def is_this_server(client: Client, target: str) -> bool:
    """Return whether a target of a question means this server: by its name, a mask, or a user who is here."""
    return (
        matcher(target.lower())(client.network.server.lower()) or client.chat.users.find(target) is not None
    )


def _describe(client: Client, user: User) -> None:
    network, nick = client.network, user.name
    profile = network.profiles.of(user)
    client.reply(numerics.RPL_WHOISUSER, nick, profile.username, network.server, "*", profile.realname)
    shown = sorted((room for room in user.rooms if sees_members(client.user, room)), key=alphabetical)
    around = len(f":{network.server} 319 {client.nick} {nick} :".encode())
    for rooms in packed((f"{prefix(user, room)}{channel(room.name)}" for room in shown), around):
        client.reply(numerics.RPL_WHOISCHANNELS, nick, rooms)
    client.reply(numerics.RPL_WHOISSERVER, nick, network.server, network.description or network.name)
    if user.operator:
        client.reply(numerics.RPL_WHOISOPERATOR, nick, "is an operator of this server")
    if user.away is not None:
        client.reply(numerics.RPL_AWAY, nick, user.away or "away")
    elif is_offline(user):
        client.reply(numerics.RPL_AWAY, nick, OFFLINE)
    if user.account is not None:
        client.reply(numerics.RPL_WHOISACCOUNT, nick, nick, "is logged in as")
    if profile.bot:
        client.reply(numerics.RPL_WHOISBOT, nick, "is a bot")
    if profile.secure:
        client.reply(numerics.RPL_WHOISSECURE, nick, "is using a secure connection")
    if profile.since is not None:
        idle, since = str(network.profiles.idle(user)), str(int(profile.since))
        client.reply(numerics.RPL_WHOISIDLE, nick, idle, since, "seconds idle, signon time")


def whowas(client: Client, line: IRCLine) -> None:
    """Answer `WHOWAS nick`, or `WHOWAS nick 3` for at most three."""
    nick = line.params[0] if line.params else ""
    if not nick:
        client.reply(numerics.ERR_NONICKNAMEGIVEN, "No nickname given")
        return
    server, found = client.network.server, False
    if client.chat.users.may_have_been(nick):
        for one in islice(client.network.profiles.were(names.user_key(nick)), _count(line)):
            found = True
            client.reply(numerics.RPL_WHOWASUSER, one.name, one.username, server, "*", one.realname)
            left = time.strftime("%a %b %d %H:%M:%S %Y UTC", time.gmtime(one.left))
            client.reply(numerics.RPL_WHOISSERVER, one.name, server, left)
    if not found:
        client.reply(numerics.ERR_WASNOSUCHNICK, nick, "There was no such nickname")
    client.reply(numerics.RPL_ENDOFWHOWAS, nick, "End of WHOWAS")


def _count(line: IRCLine) -> int:
    """Return how many users a WHOWAS asks for; a number below one, or none, asks for all."""
    wanted = line.params[1] if len(line.params) > 1 else ""
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 4 else 0
    return min(number or _MOST_SHOWN, _MOST_SHOWN)


COMMANDS: Final = {"WHOIS": Entry(whois), "WHOWAS": Entry(whowas)}
