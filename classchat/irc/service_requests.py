"""What SERVER does for clients: requests of the chat for which IRC has no command.

    -> PRIVMSG SERVER :mute #CS350 Bob 600 too loud
    <- MODE #CS350 +q Bob!*@*                            as all members see it

Everything is a request of the session, with its rights and its limits. The answers are NOTICEs.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple

from classchat.core.answer_events import HistorySent, NameClaimed, OrderUnneeded, PasswordChanged, SearchDone
from classchat.core.events import Event
from classchat.errors import RoomNotFound
from classchat.irc.client import Client
from classchat.irc.sight import seen_room
from classchat.messages import (
    LONGEST_ORDER,
    Ban,
    ChangePassword,
    Claim,
    Close,
    Command,
    Error,
    Group,
    History,
    Mute,
    Private,
    Search,
    SetRoom,
    Unban,
    Unmute,
)
from classchat.texts import counted
from classchat.wire.irc.channels import channel, is_channel

_Waiting = Coroutine[Any, Any, None] | None

_SERVER: Final = "SERVER"

MOST_LINES: Final = 50
"""Messages that one request shows."""

_LONGEST_SHOWN: Final = 300
"""Characters of a message that are shown; CHATHISTORY shows all of it."""


class ServiceRequest(NamedTuple):
    """One request."""

    usage: str
    text: str
    handler: Callable[[Client, list[str]], _Waiting]
    fewest: int
    """The words that it needs."""

    most: int
    """The words into which its text is divided; the last one has the rest."""

    secret: bool = False
    """Whether a password is among them."""


def answer(client: Client, name: str, text: str, context: str = "") -> None:
    """Send a client a NOTICE of a service; `context` is the channel that it is about.

    Some clients show it there: https://ircv3.net/specs/client-tags/channel-context.
    """
    tags = {"+draft/channel-context": context} if context and "message-tags" in client.capabilities else None
    client.notice(text, f"{name}!{name}@{client.network.server}", tags)


def _ask(client: Client, name: str, command: Command, answered: Callable[[Event], None]) -> _Waiting:
    def refused(error: Error) -> None:
        answer(client, name, error.text)

    return client.ask(command, answered=answered, refused=refused)


# Passwords.


def register(client: Client, name: str, password: str) -> _Waiting:
    """Register the name of the client's user with a password."""

    def answered(event: Event) -> None:
        if isinstance(event, NameClaimed):
            text = f"'{event.user}' is registered now. From now on, sign in with your password."
            answer(client, name, text)

    return _ask(client, name, Claim(text=password), answered)


def _claim(client: Client, words: list[str]) -> _Waiting:
    return register(client, _SERVER, words[0])


def _change_password(client: Client, words: list[str]) -> _Waiting:
    def answered(event: Event) -> None:
        if isinstance(event, PasswordChanged):
            answer(client, _SERVER, "Your password is changed. Your other devices need it to sign in again.")

    return _ask(client, _SERVER, ChangePassword(current=words[0], text=words[1]), answered)


# Rooms.


def _room_named(client: Client, target: str) -> str | None:
    """Return the name of a channel's room; tell the client if there is none that it sees."""
    found = seen_room(client.chat, client.user, target)
    if found is None:
        answer(client, _SERVER, RoomNotFound(target.removeprefix("#")).text)
        return None
    return found.name


def _restrict(kind: type[Ban | Mute]) -> Callable[[Client, list[str]], _Waiting]:
    """Return the handler of a request that has an end and a reason: `#CS350 Bob 600 too loud`."""

    def handler(client: Client, words: list[str]) -> _Waiting:
        target, nick, *rest = words
        name = _room_named(client, target)
        if name is None:
            return None
        seconds, reason = None, " ".join(rest)
        if rest and rest[0].isascii() and rest[0].isdigit():
            seconds, reason = int(rest[0][:10]), " ".join(rest[1:])
            if not 1 <= seconds <= LONGEST_ORDER:
                answer(client, _SERVER, f"The seconds must be 1 to {LONGEST_ORDER}; leave them out for ever.")
                return None
        command = kind(receiver=name, user=nick, seconds=seconds, text=reason)
        return _ask(client, _SERVER, command, _said(client))

    return handler


def _release(kind: type[Unban | Unmute]) -> Callable[[Client, list[str]], _Waiting]:
    def handler(client: Client, words: list[str]) -> _Waiting:
        name = _room_named(client, words[0])
        if name is None:
            return None
        return _ask(client, _SERVER, kind(receiver=name, user=words[1]), _said(client))

    return handler


def _close(client: Client, words: list[str]) -> _Waiting:
    name = _room_named(client, words[0])
    return None if name is None else _ask(client, _SERVER, Close(receiver=name), _said(client))


def _open(client: Client, words: list[str]) -> _Waiting:
    name = _room_named(client, words[0])
    if name is None:
        return None
    return _ask(client, _SERVER, SetRoom(receiver=name, text="open"), _said(client))


def _said(client: Client) -> Callable[[Event], None]:
    """Return what answers a moderator, who sees what has changed as all members do."""

    def answered(event: Event) -> None:
        if isinstance(event, OrderUnneeded):
            answer(client, _SERVER, "That is already the case.")

    return answered


# Messages.


def _search(client: Client, words: list[str]) -> _Waiting:
    """Search all conversations, or one channel whose name comes first."""
    text, receiver = " ".join(words), ""
    if is_channel(words[0]) and len(words) > 1:
        name = _room_named(client, words[0])
        if name is None:
            return None
        receiver, text = name, words[1]

    def answered(event: Event) -> None:
        match event:
            case Group() | Private():
                show_stored(client, event)
            case SearchDone():
                more = ", and there are more" if event.before is not None else ""
                answer(client, _SERVER, f"Found {counted(event.count, 'message')}{more}.")

    return _ask(client, _SERVER, Search(receiver=receiver, text=text), answered)


def _history(client: Client, words: list[str]) -> _Waiting:
    """Show the last messages of a channel, or of the conversation with a user."""
    target, wanted = words[0], words[1] if len(words) > 1 else ""
    count = int(wanted[:3]) if wanted.isascii() and wanted.isdigit() else 20
    receiver: str | None = target
    if is_channel(target):
        receiver = _room_named(client, target)
    if receiver is None:
        return None

    def answered(event: Event) -> None:
        match event:
            case Group() | Private():
                show_stored(client, event)
            case HistorySent():
                answer(client, _SERVER, f"These were {counted(event.count, 'message')} of {target}.")

    command = History(
        receiver=receiver,
        limit=min(max(count, 1), MOST_LINES),
        private=None if is_channel(target) else True,
    )
    return _ask(client, _SERVER, command, answered)


def show_stored(client: Client, message: Group | Private) -> None:
    """Show a stored message in one line: `[2026-11-25 10:00] #CS350 <Alice> Hello`."""
    time = (message.time or "")[:16].replace("T", " ")
    where = channel(message.receiver) if isinstance(message, Group) else f"to {message.receiver}"
    text = " ⏎ ".join(line for line in message.text.split("\n") if line.strip())
    if len(text) > _LONGEST_SHOWN:
        text = f"{text[: _LONGEST_SHOWN - 1]}…"
    answer(client, _SERVER, f"[{time}] {where} <{message.sender}> {text}")


REQUESTS: Final[Mapping[str, ServiceRequest]] = {
    "claim": ServiceRequest("claim PASSWORD", "registers your name", _claim, 1, 1, secret=True),
    "password": ServiceRequest(
        "password OLD NEW", "changes your password", _change_password, 2, 2, secret=True
    ),
    "mute": ServiceRequest(
        "mute #CHANNEL NICK [SECONDS] [REASON]", "forbids a user to speak", _restrict(Mute), 2, 4
    ),
    "unmute": ServiceRequest("unmute #CHANNEL NICK", "lets a user speak again", _release(Unmute), 2, 2),
    "ban": ServiceRequest(
        "ban #CHANNEL NICK [SECONDS] [REASON]", "removes a user, who may not return", _restrict(Ban), 2, 4
    ),
    "unban": ServiceRequest("unban #CHANNEL NICK", "lets a user return", _release(Unban), 2, 2),
    "close": ServiceRequest("close #CHANNEL", "removes all members, and admits no others", _close, 1, 1),
    "open": ServiceRequest("open #CHANNEL", "opens a closed or private channel", _open, 1, 1),
    "search": ServiceRequest("search [#CHANNEL] WORDS", "finds messages with all these words", _search, 1, 2),
    "history": ServiceRequest("history #CHANNEL|NICK [COUNT]", "shows the last messages", _history, 1, 2),
}
