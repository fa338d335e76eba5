"""The chat's events as lines of IRC, encoded once for all clients with the same capabilities.

    MemberKicked(room="CS350", user="Bob", by="Alice", reason="spam")

    :Alice!~user@Alice KICK #CS350 Bob :spam

`Codecs` has one codec for each set of capabilities that matters here. The codecs share the cut texts and the
lines without tags: clients that have asked for different things cost little more than those that have not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from classchat.core.answer_events import Answer
from classchat.core.events import Event, Message, Own, Signal, Styled
from classchat.core.manners import Manner
from classchat.core.ports import Codec
from classchat.core.room_events import MemberJoined
from classchat.errors import ChatError
from classchat.messages import Group, Private
from classchat.wire.irc.irc_happenings import Directions, HappeningLines
from classchat.wire.irc.irc_messages import MessageLines, Tags, signal_line
from classchat.wire.irc.rendering import line
from classchat.wire.irc.usual_lines import usual_lines
from classchat.wire.whole_lines import in_whole_lines

_RELEVANT: Final = frozenset(
    (
        "account-notify",
        "account-tag",
        "away-notify",
        "batch",
        "draft/message-redaction",
        "draft/multiline",
        "extended-join",
        "invite-notify",
        "message-tags",
        "server-time",
    )
)
"""The capabilities on which the bytes of an event depend."""

_MOST_SHARED: Final = 262_144
"""Bytes of messages whose lines are kept for the next codec, about."""

_AROUND: Final = 1_024
"""About how many bytes a message takes besides its text and its lines."""


class Codecs:
    """The codecs of one server."""

    def __init__(self, directions: Directions) -> None:
        self.directions = directions
        self._codecs: dict[frozenset[str], IRCCodec] = {}
        self._shared: dict[int, tuple[Event, MessageLines]] = {}  # an event in it keeps its `id`
        self._size = 0

    def of(self, capabilities: frozenset[str]) -> IRCCodec:
        """Return the codec for clients with these capabilities."""
        relevant = capabilities & _RELEVANT
        codec = self._codecs.get(relevant)
        if codec is None:
            codec = self._codecs[relevant] = IRCCodec(self, relevant)
        return codec

    def lines_of(self, event: Group | Private | Styled) -> MessageLines:
        """Return the lines of a message: those of the codec before, if that was asked for the same one."""
        shared = self._shared.get(id(event))
        if shared is not None:
            return shared[1]
        message: Group | Private
        manner: Manner | None = None
        if isinstance(event, Styled):
            message, manner = event.message, event.manner
        else:
            message = event
        lines = MessageLines(message, manner, self.directions.messages)
        if self._size > _MOST_SHARED:
            self._shared.clear()
            self._size = 0
        self._shared[id(event)] = event, lines
        self._size += lines.size + _AROUND
        return lines


class IRCCodec(Codec):
    """Turns events into lines, for clients with one set of capabilities."""

    personal = True

    def __init__(self, codecs: Codecs, capabilities: frozenset[str]) -> None:
        self._codecs = codecs
        messages = "message-tags" in capabilities
        self._tags = Tags("server-time" in capabilities, messages, "account-tag" in capabilities)
        self._tagless = not any(self._tags)
        self._batches = {"batch", "draft/multiline"} <= capabilities
        self._happenings = HappeningLines(codecs.directions, capabilities, self._tags)

    def encode(self, events: Sequence[Event]) -> bytes:
        """Return the lines of some events, as those read them that did not cause them."""
        return b"".join(self.each(events))

    def each(self, events: Sequence[Event]) -> list[bytes]:
        """Return the lines of each event."""
        return usual_lines(events, self._tags, self._codecs.directions.messages, self._encode)

    def encode_in(self, batch: str, events: Sequence[Group | Private | Styled]) -> bytes:
        """Return the lines of some messages in a batch that the caller has begun."""
        return b"".join([self._in_batch(batch, event) for event in events])

    def _in_batch(self, batch: str, event: Group | Private | Styled) -> bytes:
        if isinstance(event, Group | Private) and event.deleted is not None:
            return self._happenings.redacted_before(event, batch)
        lines = self._codecs.lines_of(event)
        return lines.batched(self._tags, batch) if self._batches else lines.tagged(self._tags, batch)

    def cut(self, data: bytes) -> list[bytes]:
        """Return pieces that each end with the line that fills them."""
        return in_whole_lines(data)

    def farewell(self, reason: ChatError | None) -> bytes:
        """Return the line that says why the connection ends; nothing if the client has asked for it."""
        return b"" if reason is None else line("", "ERROR", reason.text)

    def _encode(self, event: Event) -> bytes:
        """Return the lines of one event that is no usual message."""
        if isinstance(event, Message):
            lines = self._codecs.lines_of(event)
            if self._batches:
                return lines.batched(self._tags)
            return lines.plain if self._tagless else lines.tagged(self._tags)
        if isinstance(event, Own):
            own = event.event
            if isinstance(own, MemberJoined):
                return self._happenings.joined(own.room, own.user)
            return self.encode([own])
        if isinstance(event, Signal):
            return signal_line(event, self._tags, self._codecs.directions.messages)
        if isinstance(event, Answer):
            return b""  # the client that has asked is told in its own way: see irc/told.py
        return b"".join(self._happenings.lines_of(event))
