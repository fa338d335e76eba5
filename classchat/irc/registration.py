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
from typing import Any, Final, NamedTuple

from classchat.core.events import Event
from classchat.core.identity import Owner
from classchat.errors import ChatError, InvalidName
from classchat.irc.client import Client, Entry
from classchat.irc.missed import missed
from classchat.irc.refusals import numeric_of_name
from classchat.irc.renaming import change_nick
from classchat.irc.sasl import show_account
from classchat.irc.welcome import show_own_rooms
from classchat.messages import Away, Error, Quit, Register
from classchat.wire.irc.capabilities import Answer
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.numerics import (
    ERR_ALREADYREGISTERED,
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
    """NICK: take a nickname, before registration or after it."""
    wanted = line.params[0] if line.params else ""
    if not wanted:
        client.reply(ERR_NONICKNAMEGIVEN, "No nickname given")
        return None
    if client.session.registered:
        return change_nick(client, wanted)
    registering = client.registering
    registering.wanted, registering.nick = wanted, ""
    refusal = _refusal(client, wanted)
    if refusal is not None:
        client.reply(refusal.numeric, wanted, refusal.text)
        return None
    registering.nick = client.chat.users.shown(wanted)
    return register(client)


class _Refusal(NamedTuple):
    """Why a client can't have a nickname, whatever it proves later."""

    numeric: str
    text: str


def _refusal(client: Client, wanted: str) -> _Refusal | None:
    try:
        bearer = client.chat.users.check(wanted)
    except InvalidName as error:
        return _Refusal(numeric_of_name(wanted), error.text)
    except ChatError as error:
        return _Refusal(ERR_NICKNAMEINUSE, error.text)
    if bearer is None or bearer.account is not None:  # the owner of an account may have several clients
        return None
    return _Refusal(ERR_NICKNAMEINUSE, "Nickname is already in use")


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

    return client.ask(Quit(text=reason), answered=say_why)


def register(client: Client) -> _Waiting:
    """Register the client if nothing is missing."""
    if not client.registering.is_complete:
        return None
    waiting = _register(client)
    return _come_away(client, waiting) if client.registering.away else waiting


async def _come_away(client: Client, waiting: _Waiting) -> None:
    """Register a client, and mark it as away."""
    if waiting is not None:
        await waiting
    text, client.registering.away = client.registering.away, ""
    if client.session.registered:
        waiting = client.ask(Away(text=text))
        if waiting is not None:
            await waiting
    else:
        client.registering.away = text  # the client may try another name


def _register(client: Client) -> _Waiting:
    """Register a client of which nothing is missing."""
    registering = client.registering
    if registering.identity is not None:
        return _enter(client, registering.identity)
    if registering.password:
        return _enter_by_password(client)
    name = registering.nick

    def refused(error: Error) -> None:
        registering.nick = ""
        _refuse_name(client, name, error)

    return client.ask(Register(sender=name, answers=True), refused=refused)


def _refuse_name(client: Client, name: str, error: Error) -> None:
    """Tell a client why it may not have a name, and how it may."""
    if error.code == "claimed_only":
        client.fail("*", "ACCOUNT_REQUIRED", error.text)
        return
    if error.code == "invalid_name":
        client.reply(numeric_of_name(name), name, error.text)
        return
    client.reply(ERR_NICKNAMEINUSE, name, error.text)
    if error.code == "password_required" and client.secure:
        client.notice(
            f"To sign in as {name}, give your client the account {name} and its password for SASL PLAIN, "
            f"or the server password {name}:<password>."
        )
    elif error.code == "password_required":
        client.notice(f"To sign in as {name}, connect to the same port with TLS, and with your password.")


async def _enter_by_password(client: Client) -> None:
    """Sign in with what PASS has said: the password of the nickname's account, or `name:password`."""
    registering = client.registering
    name, secret = registering.nick, registering.password
    other, colon, rest = secret.partition(":")
    if colon and client.chat.accounts.find(other) is not None:
        name, secret = other, rest
    registering.password = ""
    try:
        owner = await client.session.identify(name, secret)
    except ChatError as error:
        client.reply(ERR_PASSWDMISMATCH, error.text)
        client.disconnect(error)
        return
    show_account(client, owner.account.name)
    await _enter(client, owner)


async def _enter(client: Client, owner: Owner) -> None:
    """Sign in the owner of an account, under the account's name."""
    try:
        since = await client.session.enter(owner, Register(answers=True), client.registering.away or None)
    except ChatError as error:
        client.disconnect(error)
    else:
        entered = client.chat.sign_ins.time()
        if client.session.registered and await show_own_rooms(client) and since is not None:
            await missed(client, since, entered)


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
