"""Requests as users type them."""

from __future__ import annotations

from classchat.class_commands import ClassCommand
from classchat.client.commands import targets
from classchat.client.commands.class_as_typed import class_as_typed
from classchat.client.commands.past import search_as_typed
from classchat.messages import (
    Away,
    Back,
    ChangePassword,
    Claim,
    Create,
    Delete,
    History,
    Join,
    Leave,
    ListRooms,
    ListUsers,
    Mute,
    Ordering,
    Quit,
    Rename,
    Say,
    Search,
    SetRoom,
    SetTopic,
    Tell,
    Unmute,
)
from classchat.request import Request

_TYPED = {
    Tell: "/private",
    Say: "/group",
    Create: "/create",
    Join: "/join",
    Leave: "/leave",
    ListRooms: "/rooms",
    ListUsers: "/users",
    History: "/history",
    Search: "/search",
    Claim: "/claim",
    ChangePassword: "/password",
    Rename: "/nick",
    Away: "/away",
    Back: "/back",
    Quit: "/quit",
}


def as_typed(command: Request) -> str:
    """Return a request as users type it, without a password."""
    if isinstance(command, Claim | ChangePassword):
        return _TYPED[type(command)]
    if isinstance(command, Search):
        return search_as_typed(command)
    if isinstance(command, ListRooms) and command.room:
        return f"/topic {command.room}"
    if isinstance(command, SetTopic) and not command.text:
        return f"/topic {command.receiver} {targets.NOTHING}"
    if isinstance(command, ListUsers) and command.user:
        return f"/users @{command.user}"
    if isinstance(command, Delete):
        return f"/delete {'@' if command.private else ''}{command.receiver} {command.seq}"
    if isinstance(command, ClassCommand):
        return class_as_typed(command)
    if isinstance(command, SetRoom) and command.seconds is not None:
        return f"/room {command.receiver} {command.text} {command.seconds}s"
    if isinstance(command, Mute | Unmute) and command.number is not None:
        return f"/{command.__struct_config__.tag} {command.receiver} #{command.number}"
    tag = str(command.__struct_config__.tag)
    name = _TYPED.get(type(command), f"/{tag}" if isinstance(command, Ordering) else tag)
    return " ".join(filter(None, [name, command.receiver, getattr(command, "user", ""), command.text]))
