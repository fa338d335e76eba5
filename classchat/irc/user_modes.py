"""MODE of users: what a client says about its own user.

B   the user is a bot
i   a mask finds the user only for members of the same rooms
o   the user is an operator of the server; OPER sets it, and -o gives up what OPER has given
w   what operators tell everybody comes as WALLOPS; by default it is a NOTICE, and with -w it does not come
"""

from __future__ import annotations

from classchat import names
from classchat.irc.client import Client
from classchat.irc.mode_lines import mode_changes
from classchat.wire.irc import numerics
from classchat.wire.irc.irc_lines import IRCLine
from classchat.wire.irc.rendering import source_of


def user_mode(client: Client, line: IRCLine) -> None:
    """Show or change the modes of the client's own user."""
    nick, user = line.params[0], client.user
    if not names.may_be_spelled(nick, client.chat.limits.user_name) or (
        names.user_key(nick) != user.person.key
    ):
        if client.chat.users.find(nick) is None:
            client.reply(numerics.ERR_NOSUCHNICK, nick, "No such nick/channel")
        else:
            client.reply(numerics.ERR_USERSDONTMATCH, "Can't change mode for other users")
        return
    if len(line.params) < 2:
        client.reply(numerics.RPL_UMODEIS, modes_of(client))
        return
    done, unknown = list[tuple[bool, str]](), False
    for change in mode_changes(line.params[1:2]):
        if change.letter == "o":
            if _set_operator(client, on=change.adds):
                done.append((change.adds, "o"))
        elif change.letter not in "Biw":
            unknown = True
        elif _set(client, change.letter, change.adds):
            done.append((change.adds, change.letter))
    if unknown:
        client.reply(numerics.ERR_UMODEUNKNOWNFLAG, "Unknown MODE flag")
    if done:
        client.send("MODE", user.name, _joined(done), source=source_of(user.name))


def modes_of(client: Client) -> str:
    """Return the modes of the client's user: `+iw`."""
    profile = client.network.profiles.of(client.user)
    flags = {
        "B": profile.bot,
        "i": profile.invisible,
        "o": client.user.operator,
        "w": profile.wallops is True,
    }
    return f"+{''.join(letter for letter, on in flags.items() if on)}"


def _set(client: Client, letter: str, on: bool) -> bool:
    """Set or remove a mode; return whether that changes it."""
    profiles, user = client.network.profiles, client.user
    profile = profiles.own(user)
    match letter:
        case "B":
            before = profile.bot
            profiles.mark_bot(user, on)
        case "i":
            before, profile.invisible = profile.invisible, on
        case _:
            before, profile.wallops = profile.wallops is True, on
    return before != on


def _set_operator(client: Client, *, on: bool) -> bool:
    """Give up the rights that OPER has given; return whether that changes anything.

    Nobody becomes an operator by MODE, and the owner of an operator's account always is one: what cannot be
    done is answered 481.
    """
    operator = client.user.operator
    if on and not operator:
        text = "Permission Denied- Use OPER with an operator's name and password"
        client.reply(numerics.ERR_NOPRIVILEGES, text)
    elif operator and not on:
        if client.session.give_up_rights():
            return True
        text = "Permission Denied- Your account is an operator's, which is changed on the server itself"
        client.reply(numerics.ERR_NOPRIVILEGES, text)
    return False


def _joined(done: list[tuple[bool, str]]) -> str:
    """Return changes as one word: `+Bi-w`."""
    word, sign = "", ""
    for adds, letter in done:
        new = "+" if adds else "-"
        word += letter if new == sign else f"{new}{letter}"
        sign = new
    return word
