"""The chat's events as lines of IRC, encoded once for all clients with the same capabilities.

    MemberKicked(room="CS350", user="Bob", by="Alice", reason="spam")

    :Alice!~user@Alice KICK #CS350 Bob :spam

`Codecs` has one codec for each set of capabilities that matters here. The codecs share the cut texts and the
lines without tags: clients that have asked for different things cost little more than those that have not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, assert_never

from classchat.core.events import (
    AboutUser,
    AccountClaimed,
    Answer,
    AwaySet,
    BroadcastReceived,
    Event,
    InvitationReceived,
    MemberBanned,
    MemberInvited,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberMuted,
    MemberUnbanned,
    MemberUnmuted,
    ModeratorAdded,
    ModeratorRemoved,
    Own,
    PersonalEvent,
    RemovedFromRoom,
    RoomEvent,
    RoomModeChanged,
    Styled,
    TopicChanged,
    TopicShown,
    UserGone,
    UserRenamed,
)
from classchat.core.manners import Manner
from classchat.errors import ChatError
from classchat.messages import Error, Group, Private, Probe, Success
from classchat.names import SERVER
from classchat.texts import lasting
from classchat.wire.irc.channels import channel
from classchat.wire.irc.cutting import cut
from classchat.wire.irc.irc_messages import BOT, LONGEST, Lookups, MessageLines, Tags
from classchat.wire.irc.rendering import line, source_of

_RELEVANT: Final = frozenset(
    (
        "account-notify",
        "account-tag",
        "away-notify",
        "batch",
        "draft/multiline",
        "extended-join",
        "invite-notify",
        "message-tags",
        "server-time",
    )
)
"""The capabilities on which the bytes of an event depend."""

AWAY: Final = "Away"
"""The away message of a user who has given none: without a text a user is back."""

_MOST_SHARED: Final = 262_144
"""Bytes of messages whose lines are kept for the next codec, about."""

_PIECE: Final = 32_768
"""Bytes of a piece of large data, about."""


_MESSAGES: Final = (Group, Private, Styled)


_Happened = RoomEvent | AboutUser | PersonalEvent | Own | Probe | Success | Error
"""The events that are no message and no answer."""


class Directions(NamedTuple):
    """What the codecs of a server ask it."""

    server: str
    """The source of what the server says."""

    now: Callable[[], str]
    """Returns the time as messages carry it."""

    real_name: Callable[[str], str]
    """Returns the real name of a user, as that client gives it."""

    away: Callable[[str], str | None]
    """Returns the away message of a user; None if the user is not away."""

    reads_wallops: Callable[[str], bool]
    """Returns whether a user has asked for WALLOPS."""

    messages: Lookups


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


_AROUND: Final = 1_024
"""Bytes that a message takes beside its text and its lines, about."""


class IRCCodec:
    """Turns events into lines, for clients with one set of capabilities."""

    personal = True

    def __init__(self, codecs: Codecs, capabilities: frozenset[str]) -> None:
        self._codecs = codecs
        self._directions = codecs.directions
        messages = "message-tags" in capabilities
        self._tags = Tags("server-time" in capabilities, messages, "account-tag" in capabilities)
        self._tagless = not any(self._tags)
        self._batches = {"batch", "draft/multiline"} <= capabilities
        self._account_notify = "account-notify" in capabilities
        self._away_notify = "away-notify" in capabilities
        self._extended_join = "extended-join" in capabilities
        self._invite_notify = "invite-notify" in capabilities

    def encode(self, events: Sequence[Event]) -> bytes:
        """Return the lines of some events, as those read them that did not cause them."""
        if len(events) == 1:
            return self._encode(events[0])
        return b"".join([self._encode(event) for event in events])

    def encode_in(self, batch: str, events: Sequence[Group | Private | Styled]) -> bytes:
        """Return the lines of some messages in a batch that the caller has begun."""
        lines_of = self._codecs.lines_of
        if self._batches:
            return b"".join([lines_of(event).batched(self._tags, batch) for event in events])
        return b"".join([lines_of(event).tagged(self._tags, batch) for event in events])

    def cut(self, data: bytes) -> list[bytes]:
        """Return pieces that each end with the line that fills them."""
        pieces = []
        start = 0
        while start < len(data):
            end = data.find(b"\n", start + _PIECE) + 1 or len(data)
            pieces.append(data[start:end])
            start = end
        return pieces

    def farewell(self, reason: ChatError | None) -> bytes:
        """Return the line that says why the connection ends; nothing if the client has asked for it."""
        return b"" if reason is None else line("", "ERROR", reason.text)

    def _encode(self, event: Event) -> bytes:
        """Return the lines of one event."""
        if isinstance(event, _MESSAGES):  # first: the others are rare
            lines = self._codecs.lines_of(event)
            if self._batches:
                return lines.batched(self._tags)
            return lines.plain if self._tagless else lines.tagged(self._tags)
        if isinstance(event, Answer):
            return b""  # the client that has asked is told in its own way: see irc/told.py
        return b"".join(self._happened(event))

    def _happened(self, event: _Happened) -> list[bytes]:
        """Return the lines of an event that is no message; none for what clients are told in other ways."""
        match event:
            case Own(event=MemberJoined(room=room, user=user)):
                return [self._joined(room, user)]
            case Own(event=own):
                return [self._encode(own)]
            case MemberJoined():
                return self._entered(event)
            case MemberLeft(room=room, user=user, reason=reason):
                if event.offline or event.gone:
                    return []  # a UserGone follows
                return [self._did(user, "PART", channel(room), *([reason] if reason else []))]
            case TopicChanged(room=room, by=by, topic=topic):
                return [self._did(by, "TOPIC", channel(room), topic)]
            case MemberKicked(room=room, user=user, by=by, reason=reason):
                return [self._did(by, "KICK", channel(room), user, reason or by)]
            case MemberBanned() | MemberUnbanned() | MemberMuted() | MemberUnmuted():
                return self._restricted(event)
            case ModeratorAdded(room=room, user=user, by=by):
                return [self._did(by, "MODE", channel(room), "+o", user)]
            case ModeratorRemoved(room=room, user=user, by=by):
                return [self._did(by, "MODE", channel(room), "-o", user)]
            case MemberInvited(room=room, user=user, by=by):
                return [self._did(by, "INVITE", user, channel(room))] if self._invite_notify else []
            case RoomModeChanged(room=room, by=by, mode=mode):
                return [] if mode == "closed" else [self._did(by, "MODE", channel(room), _MODES[mode])]
            case UserGone() | AwaySet() | AccountClaimed():
                return self._changed(event)
            case InvitationReceived(user=user, room=room, by=by):
                return [self._did(by, "INVITE", user, channel(room))]
            case RemovedFromRoom(user=user, because=RoomModeChanged(room=room, by=by)):
                return [self._did(by, "KICK", channel(room), user, "The room is closed")]
            case UserRenamed(old=old, new=new):
                return [self._did(old, "NICK", new)]
            case BroadcastReceived():
                return self._broadcast(event)
            case Probe():
                return [line("", "PING", self._directions.server)]
            case RemovedFromRoom() | TopicShown() | Success() | Error():
                return []  # it is among the room's events, or among the answers: see irc/told.py
            case _:
                assert_never(event)

    def _did(self, user: str, command: str, *params: str) -> bytes:
        """Return the line of what a user did."""
        source = self._directions.server if user == SERVER else source_of(user)
        return line(source, command, *params, tags=self._tags_of(user))

    def _tags_of(self, user: str) -> dict[str, str]:
        """Return the tags of what a user does now."""
        tags = {}
        if self._tags.time:
            tags["time"] = self._directions.now()
        if self._tags.account and self._directions.messages.is_account(user):
            tags["account"] = user
        if self._tags.msgid and self._directions.messages.is_bot(user):
            tags[BOT] = ""
        return tags

    def _joined(self, room: str, user: str) -> bytes:
        if not self._extended_join:
            return self._did(user, "JOIN", channel(room))
        account = user if self._directions.messages.is_account(user) else "*"
        return self._did(user, "JOIN", channel(room), account, self._directions.real_name(user))

    def _entered(self, event: MemberJoined) -> list[bytes]:
        """Return the lines of a user who joins: also what the others need to know of them."""
        room, user = event.room, event.user
        lines = [self._joined(room, user)]
        if event.moderator:
            lines.append(self._did(SERVER, "MODE", channel(room), "+o", user))
        away = self._directions.away(user) if self._away_notify else None
        if away is not None:
            lines.append(self._did(user, "AWAY", away or AWAY))
        return lines

    def _changed(self, event: AboutUser) -> list[bytes]:
        """Return the lines of what happens to a user in all rooms."""
        match event:
            case UserGone(user=user, reason=reason):
                return [
                    self._did(user, "QUIT", f"Quit: {reason}".removesuffix(": ") if event.quit else reason)
                ]
            case AwaySet(user=user, text=text):
                if not self._away_notify:
                    return []
                return [self._did(user, "AWAY", *([] if text is None else [text or AWAY]))]
            case AccountClaimed(user=user):
                return [self._did(user, "ACCOUNT", user)] if self._account_notify else []
            case _:
                assert_never(event)

    def _restricted(self, event: MemberBanned | MemberUnbanned | MemberMuted | MemberUnmuted) -> list[bytes]:
        """Return the lines of a ban or a mute, or of its end."""
        room, user, by = channel(event.room), event.user, event.by
        match event:
            case MemberBanned(reason=reason):
                mode, what = "+b", "banned"
            case MemberMuted(reason=reason):
                mode, what = "+q", "muted"
            case MemberUnbanned():
                return [self._did(by, "MODE", room, "-b", mask(user))]
            case MemberUnmuted():
                return [self._did(by, "MODE", room, "-q", mask(user))]
            case _:
                assert_never(event)
        lines = [self._did(by, "MODE", room, mode, mask(user))]
        if event.seconds is not None or (reason and what == "muted"):
            because = f": {reason}" if reason else ""
            text = f"{by} has {what} {user}{lasting(event.seconds)}{because}"
            lines.append(self._did(SERVER, "NOTICE", room, text))
        if isinstance(event, MemberBanned) and event.member:
            lines.append(self._did(by, "KICK", room, user, reason or "Banned"))
        return lines

    def _broadcast(self, event: BroadcastReceived) -> list[bytes]:
        """Return the lines of a message to everybody: WALLOPS for those who want it, NOTICE for others."""
        if self._directions.reads_wallops(event.user):
            command, *target = ["WALLOPS"]
        else:
            command, *target = ["NOTICE", event.user]
        text = f"To everybody: {event.text}" if target else event.text
        size = LONGEST - len(self._did(event.by, command, *target, "")) - 1
        tags = self._tags_of(event.by)
        return [
            line(source_of(event.by), command, *target, piece, tags=tags)
            for piece in cut(text, max(size, 64))
        ]


_MODES: Final = {"open": "-i", "private": "+i", "announce": "+m", "talk": "-m"}


def mask(user: str) -> str:
    """Return the mask that means a user in the lists of bans and mutes."""
    return f"{user}!*@*"
