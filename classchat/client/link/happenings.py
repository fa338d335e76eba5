"""Events in a room, or about this user, read from the fields that the server sends."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

import msgspec

from classchat.class_events import About
from classchat.client.link.old_sentences import user_and_event
from classchat.messages import Group, Private
from classchat.names import SERVER

JOINED = frozenset({"joined", "online"})
"""The events of a user who is in a room from now on."""

LEFT = frozenset({"left", "offline"})
"""The events of a user who is not in a room, or not connected, from now on."""

EVENTS = frozenset(
    {
        *JOINED,
        *LEFT,
        "topic",
        "kicked",
        "banned",
        "unbanned",
        "muted",
        "unmuted",
        "moderator",
        "not_moderator",
        "invited",
        "private",
        "open",
        "announce",
        "talk",
        "questions",
        "slow",
        "exam",
        "assistant",
        "not_assistant",
        "closed",
        "deleted",
        "broadcast",
        "renamed",
    }
)
"""The events of docs/protocol.md."""

KINDS = frozenset(str(kind.__struct_config__.tag) for kind in get_args(About))
"""The kinds of what the class layer tells, each an event of this name."""


@dataclass(frozen=True)
class Happening:
    """An event that the server tells a room, or this user; fields that do not apply are None."""

    event: str
    """The kind of event: one of `EVENTS` or `KINDS`, or one of a later server."""

    room: str | None
    """The room in which it happened, or to which this user is invited."""

    user: str | None
    """The user to whom it happened; the former name of a user who has another one now."""

    by: str | None
    """The moderator or operator who did it."""

    reason: str | None
    """Why, where a reason was given."""

    until: datetime | None
    """Until when a user is banned or muted, where that ends."""

    topic: str | None
    """The room's topic; `""` where it was removed."""

    text: str
    """The sentence for people."""

    replay: bool
    """Whether it happened while this client was not connected."""

    name: str | None = None
    """The name from now on of a user who has another one; of a deleted private message: the other user."""

    about: About | None = None
    """What the class layer tells: the fields of this kind of event."""

    number: int | None = None
    """The number of the message that was deleted, which `user` had sent."""


def about_of(message: Group | Private) -> About | None:
    """Return what the class layer tells, or None for other messages and for kinds of a later server."""
    if message.sender != SERVER or message.about is None:
        return None
    about: About | None = None
    with suppress(msgspec.ValidationError):
        about = msgspec.convert(message.about, About, str_keys=True)
    return about


def is_counts(message: Group | Private) -> bool:
    """Return whether a message is only for followers of a class, with nothing to read."""
    return message.sender == SERVER and not message.text


def happening_of(message: Group | Private) -> Happening | None:
    """Return what has happened, or None for a user's message and for a sentence without fields."""
    if message.sender != SERVER:
        return None
    about = about_of(message)
    if about is not None:
        return _in_class(message, about)
    match message:
        case Group(event=None, text=text):
            user, event = user_and_event(text)
            return None if event is None else _in_room(message, event, user)
        case Group(event=str(event), user=None, text=text) if event in JOINED | LEFT:
            return _in_room(message, event, user_and_event(text)[0])
        case Group(event=str(event)):
            return _in_room(message, event, message.user)
        case Private(event=str(event)):
            return Happening(
                event,
                message.room,
                message.user,
                message.by,
                None,
                None,
                None,
                message.text,
                message.replay,
                message.name,
                number=message.number,
            )
        case _:
            return None


def _in_room(message: Group, event: str, user: str | None) -> Happening:
    return Happening(
        event,
        message.receiver,
        user or None,
        message.by,
        message.reason,
        _time(message.until),
        message.topic,
        message.text,
        message.replay,
        number=message.number,
    )


def _in_class(message: Group | Private, about: About) -> Happening:
    return Happening(
        str(about.__struct_config__.tag),
        about.room,
        getattr(about, "user", None) or None,
        getattr(about, "by", None) or None,
        None,
        _time(getattr(about, "until", None)),
        None,
        message.text,
        message.replay,
        None,
        about,
    )


def _time(text: str | None) -> datetime | None:
    """Return a time of the protocol, or None if the server sent something else."""
    try:
        time = None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if time is None or time.tzinfo is None else time
