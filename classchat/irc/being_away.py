"""AWAY, ISON and USERHOST: whether users are here, and whether they are away.

https://modern.ircdocs.horse/#away-message. A user with several clients is away only if all of them are.
"""

from __future__ import annotations

from collections.abc import Coroutine
from itertools import islice
from typing import Any, Final

from classchat.core.answer_events import AwayChanged
from classchat.core.events import Event
from classchat.irc.client import Client, Entry
from classchat.irc.sight import packed, plain
from classchat.messages import Away, Back
from classchat.wire.irc import numerics
from classchat.wire.irc.irc_lines import IRCLine

_MOST_HOSTS: Final = 5
"""Users of one USERHOST."""


def away(client: Client, line: IRCLine) -> Coroutine[Any, Any, None] | None:
    """Mark this client as away with a text, or as back without one.

    With draft/pre-away a client says so before it is registered, and comes away: it is then not taken for a
    user who is here. https://ircv3.net/specs/extensions/pre-away
    """
    text = plain(line.params[0], client.chat.limits.away) if line.params else ""
    if not client.session.registered:
        if "draft/pre-away" in client.capabilities:
            client.registering.away = text
            _confirm(client, away=bool(text))
        else:
            client.reply(numerics.ERR_NOTREGISTERED, "You have not registered")
        return None

    def answered(event: Event) -> None:
        _confirm(client, away=isinstance(event, AwayChanged) and event.away)

    return client.ask(Away(text=text) if text else Back(), answered=answered)


def _confirm(client: Client, *, away: bool) -> None:
    if away:
        client.reply(numerics.RPL_NOWAWAY, "You have been marked as being away")
    else:
        client.reply(numerics.RPL_UNAWAY, "You are no longer marked as being away")


def ison(client: Client, line: IRCLine) -> None:
    """Answer ISON with the named users who are connected."""
    around = len(f":{client.network.server} 303 {client.nick} :".encode())
    wanted = dict.fromkeys(name for param in line.params for name in param.split(" "))
    found = (client.chat.users.find(name) for name in wanted)
    here = packed((user.name for user in found if user is not None), around)
    client.reply(numerics.RPL_ISON, next(here, ""))


def userhost(client: Client, line: IRCLine) -> None:
    """Answer USERHOST: `Alice*=-~alice@Alice` for an operator who is away."""
    profiles = client.network.profiles
    found = [client.chat.users.find(nick) for nick in islice(line.params, _MOST_HOSTS)]
    shown = (
        f"{user.name}{'*' if user.operator else ''}={'+' if user.away is None else '-'}"
        f"{profiles.of(user).username}@{user.name}"
        for user in found
        if user is not None
    )
    client.reply(numerics.RPL_USERHOST, " ".join(shown))


COMMANDS: Final = {"AWAY": Entry(away, before=True), "ISON": Entry(ison, 1), "USERHOST": Entry(userhost, 1)}
