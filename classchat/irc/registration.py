"""Registration: NICK, USER, PASS, CAP and QUIT, in whatever order they come.

-> CAP LS 302              registration waits for CAP END
-> NICK Alice
-> USER alice 0 * :Alice
<- CAP * LS :...
-> CAP END
<- 001 Alice :...          or 433, and the client may send another NICK
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from classchat.core.events import Event
from classchat.errors import ChatError, InvalidName
from classchat.irc.client import Client, Entry
from classchat.irc.welcome import welcome
from classchat.messages import Error, Quit, Register
from classchat.wire.irc.capabilities import Answer
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.numerics import (
    ERR_ALREADYREGISTERED,
    ERR_ERRONEUSNICKNAME,
    ERR_INVALIDCAPCMD,
    ERR_NEEDMOREPARAMS,
    ERR_NICKNAMEINUSE,
    ERR_NONICKNAMEGIVEN,
    ERR_PASSWDMISMATCH,
)

_Waiting = Coroutine[Any, Any, None] | None

_LONGEST_USERNAME: Final = 10
"""Characters of a username, the `~` included: USERLEN of ISUPPORT."""


def nick(client: Client, line: IRCLine) -> _Waiting:
    """NICK: take a nickname, before registration."""
    wanted = line.params[0] if line.params else ""
    if not wanted:
        client.reply(ERR_NONICKNAMEGIVEN, "No nickname given")
        return None
    registering = client.registering
    registering.wanted, registering.nick = wanted, ""
    try:
        bearer = client.chat.users.check(wanted)
    except InvalidName as error:
        client.reply(ERR_ERRONEUSNICKNAME, wanted, error.text)
        return None
    except ChatError as error:
        client.reply(ERR_NICKNAMEINUSE, wanted, error.text)
        return None
    if bearer is not None and bearer.account is None:
        client.reply(ERR_NICKNAMEINUSE, wanted, "Nickname is already in use")
        return None
    registering.nick = client.chat.users.shown(wanted)
    return register(client)


def user(client: Client, line: IRCLine) -> _Waiting:
    """USER: take what the client says of its user."""
    if client.session.registered:
        client.reply(ERR_ALREADYREGISTERED, "You may not reregister")
        return None
    username, realname = line.params[0], line.params[3]
    if not username or not realname:
        client.reply(ERR_NEEDMOREPARAMS, "USER", "Not enough parameters")
        return None
    client.registering.username = f"~{username}"[:_LONGEST_USERNAME]
    client.registering.realname = realname
    return register(client)


def password(client: Client, line: IRCLine) -> _Waiting:
    """PASS: take the password of an account, or `name:password`."""
    if client.session.registered:
        client.reply(ERR_ALREADYREGISTERED, "You may not reregister")
    elif not client.secure:
        client.reply(ERR_PASSWDMISMATCH, "Passwords are taken only over TLS: use the same port, with TLS")
    else:
        client.registering.password = line.params[0]
    return None


def cap(client: Client, line: IRCLine) -> _Waiting:
    """CAP: negotiate capabilities."""
    subcommand, *rest = line.params
    match subcommand.upper():
        case "LS":
            _hold(client)
            _answer(client, *client.capabilities.ls(rest[0] if rest else ""))
        case "LIST":
            _answer(client, *client.capabilities.listed())
        case "REQ":
            _hold(client)
            _answer(client, client.capabilities.request(rest[0] if rest else ""))
            client.adapt()
        case "END":
            client.registering.negotiating = False
            return None if client.session.registered else register(client)
        case _:
            client.reply(ERR_INVALIDCAPCMD, subcommand, "Invalid CAP command")
    return None


def quit_(client: Client, line: IRCLine) -> _Waiting:
    """QUIT: leave the server."""
    reason = line.params[0] if line.params else ""

    def say_why(_: Event) -> None:
        client.send("ERROR", f"Closing link: {reason or 'Client quit'}", source="")

    return client.ask(Quit(), answered=say_why)


def register(client: Client) -> _Waiting:
    """Register the client if nothing is missing."""
    registering = client.registering
    if not registering.is_complete:
        return None
    command = Register(sender=registering.nick, text=registering.password, answers=True)

    def answered(event: Event) -> None:
        client.network.profiles.add(
            client.user, registering.username, registering.realname, secure=client.secure
        )
        welcome(client, event)

    def refused(error: Error) -> None:
        registering.nick = ""
        client.reply(ERR_NICKNAMEINUSE, command.sender, error.text)

    return client.ask(command, answered=answered, refused=refused)


def _hold(client: Client) -> None:
    """Hold the registration until CAP END."""
    if not client.session.registered:
        client.registering.negotiating = True


def _answer(client: Client, *answers: Answer) -> None:
    for answer in answers:
        client.send("CAP", client.nick, *answer)


COMMANDS: Final = {
    "NICK": Entry(nick, before=True),
    "USER": Entry(user, fewest=4, before=True),
    "PASS": Entry(password, fewest=1, before=True),
    "CAP": Entry(cap, fewest=1, before=True),
    "QUIT": Entry(quit_, before=True),
}
