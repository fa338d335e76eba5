"""Usual messages as lines: each is one line for every client, so it needs little of irc_messages.py.

    @time=...;msgid=... PRIVMSG #CS350 :Hello

Almost all messages are usual. What those from one sender to one receiver have in common is made once, and
used again until another one follows: a client's messages often come several at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from classchat.core.events import Event, Styled
from classchat.messages import Group, Private
from classchat.wire.irc.channels import channel
from classchat.wire.irc.cutting import WIDEST
from classchat.wire.irc.irc_messages import BOT, Lookups, Tags, head_of, id_of


class _Beginning(NamedTuple):
    """What the usual messages of one time from one sender to one receiver begin with."""

    tags: str
    """The tags with all around them; where there is an id, up to what is different in each."""

    head: str
    left: int
    """How many bytes are left for the text."""

    fitting: int
    """How many characters fit into them, whatever they are."""


_Key = tuple[type, str, str, str, bool]
"""The type of a message, its sender, receiver and time, and whether it is a notice."""


def usual_lines(
    events: Sequence[Event], tags: Tags, lookups: Lookups, others: Callable[[Event], bytes]
) -> list[bytes]:
    """Return the lines of each event; `others` makes those of an event that is no usual message."""
    beginnings: dict[_Key, _Beginning] = {}
    latest: _Key | None = None
    section, head, left, fitting = _Beginning("", "", 0, 0)
    numbered = tags.msgid
    lines = []
    for event in events:
        message, notice = event, False
        if type(event) is Styled and not event.manner.lines and not event.manner.tags:
            message, notice = event.message, event.manner.notice
        if type(message) is not Group and type(message) is not Private:
            lines.append(others(event))
            continue
        text, when = message.text, message.time
        if not message.seq or not when or message.replay or text < "+" or not text.isprintable():
            lines.append(others(event))  # a text below "+" may be blank, or an action
            continue
        key = type(message), message.sender, message.receiver, when, notice
        if key != latest:
            latest, found = key, beginnings.get(key)
            if found is None:
                found = beginnings[key] = _beginning(message, when, notice, tags, lookups)
            section, head, left, fitting = found
        if len(text) > fitting and len(text.encode()) > left:
            lines.append(others(event))
        elif numbered:
            ends = message.seq if type(message) is Group else id_of(message, message.seq, lookups.ids)
            lines.append(f"{section}{ends} {head}{text}\r\n".encode())
        else:
            lines.append(f"{section}{head}{text}\r\n".encode())
    return lines


def _beginning(message: Group | Private, time: str, notice: bool, tags: Tags, lookups: Lookups) -> _Beginning:
    sender, in_room = message.sender, isinstance(message, Group)
    target = channel(message.receiver) if in_room else message.receiver
    _, _, head, left = head_of(sender, target, notice)
    told = [f"time={time}"] if tags.time else []
    if tags.account and lookups.is_account(sender):
        told.append(f"account={sender}")
    if tags.msgid:
        if lookups.is_bot(sender):
            told.append(BOT)
        told.append(f"msgid={lookups.ids.of_room(message.receiver) if in_room else ''}")
    section = f"@{';'.join(told)}" if told else ""
    return _Beginning(section if tags.msgid or not told else f"{section} ", head, left, left // WIDEST)
