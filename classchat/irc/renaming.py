"""NICK after registration: a guest takes another name that is free. A registered name stays as it is."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from classchat.core.answer_events import NameChanged
from classchat.core.events import Event, UserRenamed
from classchat.irc.client import Client
from classchat.irc.refusals import numeric_of_name
from classchat.messages import Error, Rename
from classchat.wire.irc.numerics import ERR_NICKNAMEINUSE, ERR_NONICKCHANGE

_NUMERICS: Final = {
    "username_taken": ERR_NICKNAMEINUSE,
    "name_too_similar": ERR_NICKNAMEINUSE,
    "password_required": ERR_NICKNAMEINUSE,
    "claimed_only": ERR_NICKNAMEINUSE,
}
"""Why another name can't be had; with all other codes the client keeps the one that it has."""


def change_nick(client: Client, wanted: str) -> Coroutine[Any, Any, None] | None:
    """Give the client's user another name. The same name again has no answer."""
    if wanted == client.nick:
        return None

    def answered(event: Event) -> None:
        if isinstance(event, NameChanged) and event.user != event.old:
            client.peer.put(client.peer.codec.encode([UserRenamed(event.old, event.user, event.user)]))
            client.nick = event.user

    def refused(error: Error) -> None:
        if error.code == "invalid_name":
            numeric = numeric_of_name(wanted)
        else:
            numeric = _NUMERICS.get(error.code or "", ERR_NONICKCHANGE)
        client.reply(numeric, wanted, error.text)

    return client.ask(Rename(text=wanted), answered=answered, refused=refused)
