"""Messages of users as lines: cut, with tags, and in batches.

    PRIVMSG #CS350 :Hello                           for plain clients
    @time=...;msgid=... PRIVMSG #CS350 :Hello       for others
    @...;+typing=active TAGMSG #CS350               a signal, for those with `message-tags`

A text of several lines is several messages to most clients; the first of them has the id. Clients with
`draft/multiline` get one batch: https://ircv3.net/specs/extensions/multiline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from classchat.core.events import Signal
from classchat.core.manners import Manner
from classchat.messages import Group, Private
from classchat.names import SERVER
from classchat.texts import REPLACEMENT
from classchat.wire.irc.channels import channel
from classchat.wire.irc.ctcp import DELIMITER, action_of
from classchat.wire.irc.cutting import JOINED, MOST_LINES, cut, pieces, split
from classchat.wire.irc.message_ids import MessageIds
from classchat.wire.irc.rendering import LONGEST, one_line_of, source_of, tag_section, word_of
from classchat.wire.irc.rendering import line as rendered

MOST_IN_BATCH: Final = 256
"""Lines of a text that are lines of one batch; the rest of it is joined."""

CONCAT: Final = "draft/multiline-concat"
"""The tag of a line that goes on with the line before it."""

BOT: Final = "bot;draft/bot"
"""The tags of what a bot says: https://ircv3.net/specs/extensions/bot-mode, and as it was called before."""

_UNSAFE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""All but tab and newline that a client could take for the end of a line, or for formatting."""

_AROUND_ACTION: Final = len("\x01ACTION \x01")

_MOST_REPEATED: Final = 4_096
"""Characters of clients' tags in all lines of a message together; longer ones are on the first line alone."""


class Lookups(NamedTuple):
    """What the lines of a message say about its sender, and what its id is made of."""

    is_account: Callable[[str], bool]
    is_bot: Callable[[str], bool]
    ids: MessageIds


class Tags(NamedTuple):
    """Which tags a client is sent."""

    time: bool
    msgid: bool
    account: bool


class MessageLines:
    """One message as lines; what the lines of all clients have in common is done once."""

    __slots__ = (
        "_account",
        "_bot",
        "_client_tags",
        "_head",
        "_lines",
        "_manner",
        "_msgid",
        "_notice",
        "_number",
        "_parts",
        "_plain",
        "_room_left",
        "_source",
        "_target",
        "_text",
        "_time",
        "size",
    )

    def __init__(self, message: Group | Private, manner: Manner | None, lookups: Lookups) -> None:
        """Take a message, and the manner in which it was sent if that is known."""
        sender, receiver, text = message.sender, message.receiver, message.text
        target = channel(receiver) if isinstance(message, Group) else receiver
        self._notice = manner is not None and manner.notice
        self._source, self._target, self._head, self._room_left = head_of(sender, target, self._notice)
        self._time = message.time
        self._number = message.seq
        self._msgid = None if message.seq is None else id_of(message, message.seq, lookups.ids)
        live = not message.replay  # earlier the name may have been another person's
        self._account = sender if live and lookups.is_account(sender) else None
        self._bot = lookups.is_bot(sender)
        self._manner = manner
        self._client_tags = _client_tags(manner)
        self._text = text if text.isprintable() else _UNSAFE.sub(REPLACEMENT, text)
        self._lines = self._cut(sender, text)
        self._parts: list[tuple[bool, str]] | None = None
        self._plain: bytes | None = None
        self.size = len(self._head) + 2 * len(text)
        """About how many bytes it has."""

    @property
    def plain(self) -> bytes:
        """The lines without tags."""
        if self._plain is None:
            self._plain = "".join([f"{self._head}{line}\r\n" for line in self._lines]).encode()
        return self._plain

    def tagged(self, tags: Tags, batch: str = "") -> bytes:
        """Return the lines with tags; the id of the message is on the first of them."""
        first, other = self._tags(tags, batch)
        if len(self._lines) == 1:
            return f"{first}{self._head}{self._lines[0]}\r\n".encode()
        sections = [first] + [other] * len(self._lines)
        lines = zip(sections, self._lines, strict=False)
        return "".join([f"{section}{self._head}{line}\r\n" for section, line in lines]).encode()

    def batched(self, tags: Tags, batch: str = "") -> bytes:
        """Return the lines as one batch, in another batch if that is named; one line needs none."""
        if self._parts is None:
            self._parts = list(self._in_parts())
        if len(self._parts) < 2:
            return self.tagged(tags, batch)
        reference = f"m{self._number}"
        first, _ = self._tags(tags, batch)
        last = f"@batch={batch} " if batch else ""
        start = f"{first}:{self._source} BATCH +{reference} draft/multiline {self._target}\r\n"
        end = f"{last}:{self._source} BATCH -{reference}\r\n"
        inner = [
            f"@batch={reference}{f';{CONCAT}' if concat else ''} {self._head}{line}\r\n"
            for concat, line in self._parts
        ]
        return "".join([start, *inner, end]).encode()

    def _tags(self, tags: Tags, batch: str) -> tuple[str, str]:
        """Return the tags of the first line and those of all others, with the spaces behind them."""
        shared = f"batch={batch};" if batch else ""
        if tags.time and self._time is not None:
            shared += f"time={self._time};"
        if tags.account and self._account is not None:
            shared += f"account={self._account};"
        if tags.msgid and self._bot:
            shared += f"{BOT};"
        first = f"{shared}msgid={self._msgid};" if tags.msgid and self._msgid is not None else shared
        if tags.msgid and self._client_tags:
            first += self._client_tags
            if len(self._client_tags) * len(self._lines) <= _MOST_REPEATED:
                shared += self._client_tags
        return f"@{first[:-1]} " if first else "", f"@{shared[:-1]} " if shared else ""

    def _cut(self, sender: str, text: str) -> list[str]:
        """Return the texts of the lines, for clients that read several messages."""
        if self._number is None and text.startswith(DELIMITER):  # for one program, see `Uttered.aside`
            inside = next(pieces(one_line_of(text.strip(DELIMITER)), self._room_left - 2), "")
            return [f"{DELIMITER}{inside}{DELIMITER}"]
        doing = None if self._notice else action_of(sender, self._text)
        if doing is not None:
            first, *others = cut(doing, self._room_left - _AROUND_ACTION) or [""]
            return [f"{DELIMITER}ACTION {first}{DELIMITER}", *others]
        sent = self._manner.lines if self._manner is not None else ()
        if sent and len(sent) <= MOST_LINES:
            return [piece for line in sent for piece in pieces(line, self._room_left) if not piece.isspace()]
        return cut(self._text, self._room_left)

    def _in_parts(self) -> Iterator[tuple[bool, str]]:
        """Yield the lines of a batch: whether each goes on with the one before it, and its text."""
        if self._number is None or not self._lines or self._lines[0].startswith(DELIMITER):
            return  # for one program, blank, or an action
        lines = list(self._as_sent())
        if len(lines) > MOST_IN_BATCH:
            rest = [line for _, line in lines[MOST_IN_BATCH - 1 :] if line and not line.isspace()]
            lines[MOST_IN_BATCH - 1 :] = [(False, JOINED.join(rest))]
        for goes_on, line in lines:
            for place, piece in enumerate(split(line, self._room_left)):
                yield goes_on or place > 0, piece

    def _as_sent(self) -> Iterator[tuple[bool, str]]:
        """Yield the lines in which the text was sent: its own, and cuts inside them where they are known."""
        sent = self._manner.lines if self._manner is not None else ()
        if not sent:
            for line in self._text.split("\n"):
                yield False, line
        end = 0
        for place, line in enumerate(sent):
            goes_on = place > 0 and self._text[end : end + 1] != "\n"
            end += len(line) + (place > 0 and not goes_on)
            yield goes_on, line


def _client_tags(manner: Manner | None) -> str:
    """Return the tags that the sender's program has given a message, as they stand among others."""
    if manner is None or not manner.tags:
        return ""
    return f"{tag_section(dict(manner.tags))[1:-1]};"


def signal_line(signal: Signal, tags: Tags, lookups: Lookups) -> bytes:
    """Return the line of a signal; nothing for clients that read no tags."""
    if not tags.msgid:
        return b""
    sender, label = signal.sender, signal.manner.label
    told = {"time": signal.time} if tags.time else {}
    if tags.account and lookups.is_account(sender):
        told["account"] = sender
    if lookups.is_bot(sender):
        told[BOT] = ""
    if label is not None:
        told["msgid"] = lookups.ids.of_signal(label)
    target = channel(signal.receiver) if signal.in_room else signal.receiver
    return rendered(source_of(word_of(sender)), "TAGMSG", target, tags={**told, **dict(signal.manner.tags)})


def id_of(message: Group | Private, seq: int, ids: MessageIds) -> str:
    """Return the id of the message with this number."""
    if isinstance(message, Group):
        return f"{ids.of_room(message.receiver)}{seq}"
    return ids.between(message.sender, message.receiver, message.time, seq)


@lru_cache(4_096)
def head_of(sender: str, target: str, notice: bool) -> tuple[str, str, str, int]:
    """Return the source, the target and the beginning of lines, and how many bytes are left."""
    source = sender if sender == SERVER else source_of(word_of(sender))
    target = word_of(target)
    head = f":{source} {'NOTICE' if notice else 'PRIVMSG'} {target} :"
    return source, target, head, LONGEST - len(head.encode()) - 2
