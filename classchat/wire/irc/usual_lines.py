"""Usual messages as lines: each is one line for every client, so it needs little of irc_messages.py.

    @time=...;msgid=... PRIVMSG #CS350 :Hello

Almost all messages are usual. What those from one sender to one receiver have in common is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from classchat.core.events import Event, Styled
from classchat.messages import Group, Private
from classchat.wire.irc.channels import channel
from classchat.wire.irc.cutting import WIDEST
from classchat.wire.irc.irc_messages import BOT, Lookups, Tags, head_of, id_of


class _Beginning(NamedTuple):
    """What the usual messages from one sender to one receiver begin with."""

    tags: str
    """The tags behind the time, up to what is different in each id."""

    head: str
    left: int
    """How many bytes are left for the text."""

    fitting: int
    """How many characters fit into them, whatever they are."""


_MESSAGES: Final = (Group, Private)
"""Made once: `Group | Private` would be made again for each message."""


def usual_lines(
    events: Sequence[Event], tags: Tags, lookups: Lookups, others: Callable[[Event], bytes]
) -> list[bytes]:
    """Return the lines of each event; `others` makes those of an event that is no usual message."""
    beginnings: dict[tuple[type, str, str, bool], _Beginning] = {}
    timed, numbered, _ = tags
    lines = []
    for event in events:
        message, notice = event, False
        if isinstance(event, Styled) and not event.manner.lines:
            message, notice = event.message, event.manner.notice
        if not isinstance(message, _MESSAGES) or not (message.seq and message.time) or message.replay:
            lines.append(others(event))
            continue
        key = type(message), message.sender, message.receiver, notice
        start = beginnings.get(key)
        if start is None:
            start = beginnings[key] = _beginning(message, notice, tags, lookups)
        text = message.text
        if (
            not text.isprintable()
            or text[:1] <= "*"  # it may be blank, or an action
            or (len(text) > start.fitting and len(text.encode()) > start.left)
        ):
            lines.append(others(event))
            continue
        section = f"time={message.time};{start.tags}" if timed else start.tags
        if numbered:
            ends = message.seq if isinstance(message, Group) else id_of(message, message.seq, lookups.ids)
            section = f"@{section}{ends} "
        elif section:
            section = f"@{section[:-1]} "
        lines.append(f"{section}{start.head}{text}\r\n".encode())
    return lines


def _beginning(message: Group | Private, notice: bool, tags: Tags, lookups: Lookups) -> _Beginning:
    sender, in_room = message.sender, isinstance(message, Group)
    target = channel(message.receiver) if in_room else message.receiver
    _, _, head, left = head_of(sender, target, notice)
    section = f"account={sender};" if tags.account and lookups.is_account(sender) else ""
    if tags.msgid:
        bot = f"{BOT};" if lookups.is_bot(sender) else ""
        section = f"{section}{bot}msgid={lookups.ids.of_room(message.receiver) if in_room else ''}"
    return _Beginning(section, head, left, left // WIDEST)
