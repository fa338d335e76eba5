"""Messages of IRC clients, on their way to the session."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Final

from classchat.core.model import User
from classchat.errors import ChatError
from classchat.irc.asked import Refused
from classchat.irc.class_lines import class_line, obey
from classchat.irc.client import Client
from classchat.irc.refusals import refuse
from classchat.irc.services import service
from classchat.messages import Error, Say, Tell
from classchat.names import SERVER
from classchat.wire.irc.channels import is_channel, room
from classchat.wire.irc.irc_happenings import AWAY
from classchat.wire.irc.numerics import RPL_AWAY
from classchat.wire.irc.usual_messages import POSSIBLE

OFFLINE: Final = "is offline, and gets messages on return"


def utter(
    client: Client,
    target: str,
    text: str,
    *,
    notice: bool,
    lines: tuple[str, ...] = (),
    tags: tuple[tuple[str, str], ...] = (),
    refused: Refused | None = None,
) -> Coroutine[Any, Any, None] | None:
    """Send a message to a channel or a nickname through the session; return what to wait for.

    A service answers at once, and nothing that it is told gets further. What is wrong with a notice is not
    answered. `refused` is called instead of the usual numeric.
    """
    to_room = is_channel(target)
    asked = None if to_room else service(target)
    if asked is not None:
        return None if notice else asked(client, text)
    if notice:
        refused = unanswered
    elif to_room and (lines or text[:1] in POSSIBLE):
        command_line = class_line(text)
        if command_line is not None:
            return obey(client, target, command_line)
    try:
        command = (
            Say(receiver=room(target), text=text) if to_room else Tell(receiver=nick_of(target), text=text)
        )
    except ChatError as error:
        if not notice:
            refuse(client, Error(SERVER, client.nick, error.text, code=error.code), "", target, message=True)
        return None
    client.profile.active = client.network.profiles.now()
    waiting = client.utter(command, target=target, notice=notice, lines=lines, tags=tags, refused=refused)
    if isinstance(command, Tell) and not notice:
        _show_absence(client, command.receiver)
    return waiting


def nick_of(target: str) -> str:
    """Return the nickname of a target, which may be a whole source such as `Bob!~user@Bob`."""
    return target.partition("!")[0]


def _show_absence(client: Client, name: str) -> None:
    """Tell the sender of a private message that its receiver is away, or gets it later."""
    chat = client.chat
    user = chat.users.find(name)
    if user is None:
        account = chat.accounts.find(name)
        if account is None:
            return  # which is refused
        user = account.user
    if user.away is not None:
        client.reply(RPL_AWAY, user.name, user.away or AWAY)
    elif is_offline(user):
        client.reply(RPL_AWAY, user.name, OFFLINE)


def is_offline(user: User) -> bool:
    """Return whether the owner of an account is not signed in: messages to them are kept."""
    return user.account is not None and not user.connected


def unanswered(_: Error) -> None:
    """Write nothing."""
