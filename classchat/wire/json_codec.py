"""The chat's events as JSON lines: the sentence of each for people, and the same in fields for programs.

    MemberKicked(room="CS350", user="Bob", by="Alice", reason="spam")

    {"status":"group","sender":"SERVER","receiver":"CS350","text":"Alice has kicked Bob: spam",
     "event":"kicked","user":"Bob","by":"Alice","reason":"spam"}

Programs of the first version read the sentences: those of the first version stay as they are, to the letter.
The fields are in docs/protocol.md.
"""

from __future__ import annotations

from typing import Final, assert_never

import msgspec

from classchat.core.answer_events import AnswerEvent
from classchat.core.events import (
    BroadcastReceived,
    Event,
    InvitationReceived,
    Own,
    PersonAbout,
    PrivateDeleted,
    RemovedFromRoom,
    SharedEvent,
    Signal,
    Styled,
    TopicShown,
    UnsharedEvent,
    UserRenamed,
)
from classchat.core.ports import Codec
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
    OrderEvent,
    Removal,
    RoomAbout,
    RoomMode,
    RoomModeChanged,
    TopicChanged,
)
from classchat.errors import Banned, ChatError, Kicked, RoomClosed
from classchat.messages import Error, Group, Private, Probe, Success
from classchat.names import SERVER
from classchat.texts import lasting, stamp
from classchat.wire.class_sentences import SPEAKING, told, told_alone
from classchat.wire.json_answers import answer
from classchat.wire.whole_lines import in_whole_lines

Line = Success | Error | Group | Private | Probe
"""An event as it stands on a line."""


class JSONCodec(Codec):
    """Turns events into JSON lines."""

    personal = False

    def encode(self, events: list[Event]) -> bytes:
        """Return the lines of some events, their newlines included.

        Raises:
            UnicodeEncodeError: a lone surrogate; no decoded message holds one.
        """
        if _LINES.issuperset(map(type, events)):  # almost always: messages need no sentence
            return _encode_lines(events)
        return _encode_lines([line_of(event) for event in events if not isinstance(event, UnsharedEvent)])

    def cut(self, data: bytes) -> list[bytes]:
        """Return pieces that each end with the line that fills them."""
        return in_whole_lines(data)

    def farewell(self, reason: ChatError | None) -> bytes:  # noqa: ARG002
        """Return nothing: lines end with the stream."""
        return b""


JSON: Final = JSONCodec()
"""The one of them: clients that share a codec share the bytes."""

_encode_lines: Final = msgspec.json.Encoder().encode_lines

_LINES: Final = frozenset((Success, Error, Group, Private, Probe))


def line_of(event: SharedEvent) -> Line:
    """Return an event as it stands on a line."""
    match event:  # the frequent ones first, and without patterns for their fields: each costs a little
        case MemberJoined():
            kind = "online" if event.back else "joined"
            return _presence(event, f"{event.user} has joined the chat room", kind)
        case MemberLeft():
            kind = "offline" if event.offline else "left"
            return _presence(event, f"{event.user} has left the chat room", kind)
        case AnswerEvent():
            return answer(event)
        case Group() | Private() | Success() | Error() | Probe():
            return event
        case Styled(message=message):
            return message
        case Own(event=own):
            assert not isinstance(own, Signal)  # noqa: S101  # it is for personal codecs alone, as `Own` is
            return line_of(own)
        case MessageDeleted() | PrivateDeleted():
            return _deleted(event)
        case RoomAbout(room, about):
            return Group(SERVER, room, told(about), about=about)
        case PersonAbout(user, about):
            return Private(SERVER, user, told_alone(about), about=about)
        case TopicShown() | InvitationReceived() | BroadcastReceived() | UserRenamed() | RemovedFromRoom():
            return _personal(event)
        case _:
            return _order(event)


def _presence(event: MemberJoined | MemberLeft, text: str, kind: str) -> Group:
    return Group(SERVER, event.room, text, event=kind, user=event.user)


def _deleted(event: MessageDeleted | PrivateDeleted) -> Group | Private:
    """Return a deletion. It has no `seq` and no `time`, because it is no message."""
    number, by, user = event.number, event.by, event.user
    if isinstance(event, MessageDeleted):
        text = f"{by} has deleted message {number}" + (f" of {user}" if by != user else "")
        text += _because(event.reason)
        return Group(
            SERVER,
            event.room,
            text,
            replay=event.replay,
            event="deleted",
            user=user,
            by=by,
            reason=event.reason or None,
            number=number,
            deleted=event.time,
        )
    to = f" to {event.other}" if by == event.to else ""
    return Private(
        SERVER,
        event.to,
        f"{by} has deleted message {number}{to}",
        replay=event.replay,
        event="deleted",
        user=user,
        by=by,
        name=event.other,
        number=number,
        deleted=event.time,
    )


_Personal = TopicShown | InvitationReceived | BroadcastReceived | UserRenamed | RemovedFromRoom


def _personal(event: _Personal) -> Group | Private | Error:
    match event:
        case TopicShown(room, topic):
            return Group(SERVER, room, f"The topic is: {topic}", event="topic", topic=topic)
        case InvitationReceived(user, room, by):
            text = f"{by} has invited you to room '{room}'"
            return Private(SERVER, user, text, event="invited", room=room, by=by)
        case BroadcastReceived(user, by, text):
            sentence = f"{by} to everybody: {text}"
            return Private(SERVER, user, sentence, replay=event.replay, event="broadcast", by=by)
        case UserRenamed(old, new, to, replay):
            text = f"{old} is now called {new}"
            return Private(SERVER, to, text, replay=replay, event="renamed", user=old, name=new)
        case RemovedFromRoom(user, because):
            return _removed(user, because)
        case _:
            assert_never(event)


def _removed(user: str, because: Removal) -> Error:
    error: Kicked | Banned | RoomClosed
    room, by, reason = because.room, because.by, ""
    match because:
        case MemberKicked(reason=reason):
            error = Kicked(room, by, reason)
        case MemberBanned(reason=reason, until=until):
            error = Banned(room, float("inf") if until is None else until, by, reason)
        case RoomModeChanged():
            error = RoomClosed(room)
        case _:
            assert_never(because)
    return Error(SERVER, user, error.text, code=error.code, room=room, by=by, reason=reason or None)


_MODES: Final[dict[RoomMode, str]] = {
    "open": "has opened the room",
    "private": "has made the room private",
    "announce": "has restricted speaking to moderators",
    "talk": "has allowed everybody to speak",
    "questions": SPEAKING["questions"],
    "exam": SPEAKING["exam"],
    "slow": SPEAKING["slow"],
    "closed": "has closed the room",
}


def _order(event: OrderEvent) -> Group:
    room, by = event.room, event.by
    match event:
        case TopicChanged(topic=topic):
            text = f"{by} has set the topic: {topic}" if topic else f"{by} has removed the topic"
            return Group(SERVER, room, text, event="topic", by=by, topic=topic)
        case RoomModeChanged(mode=mode):
            return Group(SERVER, room, f"{by} {_MODES[mode].format(event.seconds)}", event=mode, by=by)
        case MemberKicked(user=user, reason=reason):
            text = f"{by} has kicked {user}{_because(reason)}"
            return Group(SERVER, room, text, event="kicked", user=user, by=by, reason=reason or None)
        case MemberBanned():
            return _silenced(event, "banned")
        case MemberMuted():
            return _silenced(event, "muted")
        case MemberUnbanned(user=user):
            return Group(SERVER, room, f"{by} has unbanned {user}", event="unbanned", user=user, by=by)
        case MemberUnmuted(user=user):
            return Group(SERVER, room, f"{by} has unmuted {user}", event="unmuted", user=user, by=by)
        case ModeratorAdded(user=user):
            text = f"{by} has made {user} a moderator"
            return Group(SERVER, room, text, event="moderator", user=user, by=by)
        case ModeratorRemoved(user=user):
            text = f"{by} has removed {user} as a moderator"
            return Group(SERVER, room, text, event="not_moderator", user=user, by=by)
        case AssistantAdded(user=user):
            text = f"{by} has made {user} an assistant"
            return Group(SERVER, room, text, event="assistant", user=user, by=by)
        case AssistantRemoved(user=user):
            text = f"{by} has removed {user} as an assistant"
            return Group(SERVER, room, text, event="not_assistant", user=user, by=by)
        case MemberInvited(user=user):
            return Group(SERVER, room, f"{by} has invited {user}", event="invited", user=user, by=by)
        case _:
            assert_never(event)


def _silenced(event: MemberBanned | MemberMuted, what: str) -> Group:
    """Return a ban or a mute, which may last for ever or for a while."""
    return Group(
        SERVER,
        event.room,
        f"{event.by} has {what} {event.user}{lasting(event.seconds)}{_because(event.reason)}",
        event=what,
        user=event.user,
        by=event.by,
        reason=event.reason or None,
        until=None if event.until is None else stamp(event.until),
    )


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""
