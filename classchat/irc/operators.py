"""OPER, WALLOPS and KILL: what operators of the server do.

    -> OPER root secret      <- 381 Bob :You are now an IRC operator      <- MODE Bob +o
    -> WALLOPS :Lunch        as `broadcast`
    -> KILL Bob :spam        <- ERROR to Bob, who is disconnected

https://modern.ircdocs.horse/#oper-message. An operator is a registered name that the server was started with.
A guest who knows the password acts with the operator's rights, until the guest leaves. A user who is
disconnected by KILL may come back: to keep users out of a room, operators ban them there.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from classchat.core.steering import Steering
from classchat.errors import ChatError, NotAllowed, UserNotFound
from classchat.irc.client import Client, Entry
from classchat.irc.refusals import refuse
from classchat.irc.sight import plain
from classchat.messages import Broadcast, Error
from classchat.wire.irc import numerics
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.rendering import source_of


async def oper(client: Client, line: IRCLine) -> None:
    """Give the client's user the rights of an operator, whose name and password it knows."""
    if not client.secure:
        text = "Passwords are taken only over TLS: use the same port, with TLS"
        client.reply(numerics.ERR_NOOPERHOST, text)
        return
    name, password = line.params[:2]
    try:
        await client.session.empower(name, password)
    except NotAllowed as error:
        client.reply(numerics.ERR_NOOPERHOST, error.text)
    except ChatError as error:
        client.reply(numerics.ERR_PASSWDMISMATCH, error.text)
    else:
        if client.session.registered:
            client.reply(numerics.RPL_YOUREOPER, "You are now an IRC operator")
            client.send("MODE", client.nick, "+o", source=source_of(client.nick))


def wallops(client: Client, line: IRCLine) -> Coroutine[Any, Any, None] | None:
    """Send a message to all users of the server."""
    if not client.user.operator:
        client.reply(numerics.ERR_NOPRIVILEGES, "Permission Denied- You're not an IRC operator")
        return None

    def refused(error: Error) -> None:
        if error.code == NotAllowed.code:  # the rights have ended meanwhile
            client.reply(numerics.ERR_NOPRIVILEGES, error.text)
        else:
            refuse(client, error, "WALLOPS", "", message=False)

    return client.ask(Broadcast(text=line.params[0]), refused=refused)


async def kill(client: Client, line: IRCLine) -> None:
    """Disconnect a user from the server."""
    nick, reason = line.params[0], line.params[1] if len(line.params) > 1 else ""
    if not client.user.operator:
        client.reply(numerics.ERR_NOPRIVILEGES, "Permission Denied- You're not an IRC operator")
        return
    try:
        await Steering(client.chat).evict(nick, plain(reason, client.chat.limits.topic), client.user)
    except UserNotFound:
        client.reply(numerics.ERR_NOSUCHNICK, nick, "No such nick/channel")
    except NotAllowed as error:  # the rights have ended meanwhile
        client.reply(numerics.ERR_NOPRIVILEGES, error.text)
    except ChatError as error:
        client.send("NOTICE", client.nick, error.text)


def privileged(client: Client, line: IRCLine) -> None:
    """Refuse what operators of other servers do here with `classchat admin`, or by starting the server."""
    if client.user.operator:
        client.reply(numerics.ERR_NOPRIVILEGES, f"{line.command} is done on the server itself")
    else:
        client.reply(numerics.ERR_NOPRIVILEGES, "Permission Denied- You're not an IRC operator")


COMMANDS: Final = {
    "OPER": Entry(oper, 2),
    "WALLOPS": Entry(wallops, 1),
    "KILL": Entry(kill, 1),
    "REHASH": Entry(privileged),
    "RESTART": Entry(privileged),
    "DIE": Entry(privileged),
}
