"""What happens in rooms and to users, apart from messages, as lines of IRC.

MemberKicked(room="CS350", user="Bob", by="Alice", reason="spam")

:Alice!~user@Alice KICK #CS350 Bob :spam
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, assert_never

from classchat.class_events import AboutQuestion
from classchat.core.events import (
    AboutUser,
    AccountClaimed,
    AwaySet,
    BroadcastReceived,
    InvitationReceived,
    PersonAbout,
    PersonalEvent,
    PrivateDeleted,
    RemovedFromRoom,
    TopicShown,
    UserGone,
    UserRenamed,
)
from classchat.core.room_events import (
    AssistantAdded,
    AssistantRemoved,
    MemberBanned,
    MemberInvited,
    MemberJoined,
    MemberKicked,
    MemberLeft,
    MemberMuted,
    MemberUnbanned,
    MemberUnmuted,
    MessageDeleted,
    ModeratorAdded,
    ModeratorRemoved,
    RoomAbout,
    RoomEvent,
    RoomModeChanged,
    TopicChanged,
)
from classchat.messages import Error, Group, Private, Probe, Success
from classchat.names import SERVER
from classchat.texts import lasting
from classchat.wire.class_sentences import IRC, SPEAKING, told
from classchat.wire.irc.channels import about as about_room
from classchat.wire.irc.channels import channel
from classchat.wire.irc.cutting import cut
from classchat.wire.irc.irc_messages import BOT, Lookups, Tags, id_of
from classchat.wire.irc.rendering import LONGEST, line, source_of

AWAY: Final = "Away"
"""The away message of a user who has given none: without a text a user is back."""

_GOES_ON: Final = "… "
"""Stands before the further lines of what the server says."""

Happened = RoomEvent | AboutUser | PersonalEvent | Probe | Success | Error
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


class HappeningLines:
    """Turns events into lines, for clients with one set of capabilities."""

    def __init__(self, directions: Directions, capabilities: frozenset[str], tags: Tags) -> None:
        self._directions = directions
        self._tags = tags
        self._account_notify = "account-notify" in capabilities
        self._away_notify = "away-notify" in capabilities
        self._extended_join = "extended-join" in capabilities
        self._invite_notify = "invite-notify" in capabilities
        self._redaction = "draft/message-redaction" in capabilities

    def lines_of(self, event: Happened) -> list[bytes]:
        """Return the lines of an event that is no message; none for what clients are told in other ways."""
        match event:
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
            case ModeratorAdded() | ModeratorRemoved() | AssistantAdded() | AssistantRemoved():
                return self._appointed(event)
            case MemberInvited(room=room, user=user, by=by):
                return [self._did(by, "INVITE", user, channel(room))] if self._invite_notify else []
            case RoomModeChanged():
                return self._mode_changed(event)
            case RoomAbout() | PersonAbout():
                return self._of_class(event)
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
            case MessageDeleted() | PrivateDeleted():
                return self._redacted(event)
            case RemovedFromRoom() | TopicShown() | Success() | Error():
                return []  # it is among the room's events, or among the answers: see irc/told.py
            case _:
                assert_never(event)

    def _did(self, user: str, command: str, *params: str) -> bytes:
        """Return the line of what a user did."""
        source = self._directions.server if user == SERVER else source_of(user)
        return line(source, command, *params, tags=self._tags_of(user))

    def _notices(self, target: str, text: str, *, timed: bool = True) -> list[bytes]:
        """Return the lines of what the server says to a room or a user; none for an empty text.

        A text may hold what a user has written: all lines but the first begin with an ellipsis, so none of
        them can be taken for another sentence of the server.
        """
        tags = self._tags_of(SERVER) if timed else {}
        around = len(line(self._directions.server, "NOTICE", target, "", tags=tags)) + 1
        lines = cut(text, max(LONGEST - around - len(_GOES_ON.encode()), 64))
        marked = [*lines[:1], *(_GOES_ON + further for further in lines[1:])]
        return [line(self._directions.server, "NOTICE", target, text, tags=tags) for text in marked]

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

    def joined(self, room: str, user: str) -> bytes:
        """Return the line of a user who joins."""
        if not self._extended_join:
            return self._did(user, "JOIN", channel(room))
        account = user if self._directions.messages.is_account(user) else "*"
        return self._did(user, "JOIN", channel(room), account, self._directions.real_name(user))

    def _entered(self, event: MemberJoined) -> list[bytes]:
        """Return the lines of a user who joins: also what the others need to know of them."""
        room, user = event.room, event.user
        lines = [self.joined(room, user)]
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

    def _redacted(self, event: MessageDeleted | PrivateDeleted) -> list[bytes]:
        """Return the line of a deletion, for clients that understand it."""
        if not self._redaction:
            return []
        ids = self._directions.messages.ids
        if isinstance(event, MessageDeleted):
            reason = [event.reason] if event.reason else []
            msgid = f"{ids.of_room(event.room)}{event.number}"
            return [self._did(event.by, "REDACT", channel(event.room), msgid, *reason)]
        msgid = ids.between(event.user, event.receiver, event.sent, event.number)
        target = event.other if event.by == event.to else event.to
        return [self._did(event.by, "REDACT", target, msgid)]

    def redacted_before(self, message: Group | Private, batch: str) -> bytes:
        """Return what stands in a history in place of a deleted message; nothing for most clients."""
        if not self._redaction or message.seq is None:
            return b""
        target = channel(message.receiver) if isinstance(message, Group) else message.receiver
        tags = {"batch": batch} if batch else {}
        if self._tags.time and message.deleted is not None:
            tags["time"] = message.deleted
        msgid = id_of(message, message.seq, self._directions.messages.ids)
        return line(source_of(message.by or ""), "REDACT", target, msgid, tags=tags)

    def _appointed(
        self, event: ModeratorAdded | ModeratorRemoved | AssistantAdded | AssistantRemoved
    ) -> list[bytes]:
        """Return the lines of a user who has got an office in a room, or has lost it."""
        room, user, by = channel(event.room), event.user, event.by
        match event:
            case ModeratorAdded():
                return [self._did(by, "MODE", room, "+o", user)]
            case ModeratorRemoved():
                return [self._did(by, "MODE", room, "-o", user)]
            case AssistantAdded():
                return self._notices(room, f"{by} has made {user} an assistant")
            case AssistantRemoved():
                return self._notices(room, f"{by} has removed {user} as an assistant")
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

    def _mode_changed(self, event: RoomModeChanged) -> list[bytes]:
        """Return the lines of a room's new mode; none for a closed one, whose members are removed."""
        room, by = channel(event.room), event.by
        match event.mode:
            case "questions" | "exam" | "slow" as mode:
                return self._notices(room, f"{by} {SPEAKING[mode].format(event.seconds)}")
            case "closed":
                return []
            case mode:
                return [self._did(by, "MODE", room, _MODES[mode])]

    def _of_class(self, event: RoomAbout | PersonAbout) -> list[bytes]:
        """Return the lines of what happens in a class: a question, a poll, a hand."""
        match event:
            case RoomAbout(room=room, about=about):
                timed = not isinstance(about, AboutQuestion)  # the server tells the minute of a question only
                return self._notices(channel(room), told(about, IRC), timed=timed)
            case PersonAbout(user=user, about=about):
                sentence = told(about, IRC)
                return self._notices(user, about_room(about.room, sentence) if sentence else "")
            case _:
                assert_never(event)

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
