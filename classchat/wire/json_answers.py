"""The chat's answers as they stand on JSON lines: `Success` with a sentence, and fields for programs."""

from __future__ import annotations

from typing import Final, assert_never

import msgspec

from classchat.class_events import LineHeld
from classchat.core.answer_events import (
    Answer,
    AwayChanged,
    BroadcastSent,
    ClassGranted,
    ClassShown,
    DeletionDone,
    Gap,
    HistorySent,
    MessageHeld,
    NameChanged,
    NameClaimed,
    OrderDone,
    OrderUnneeded,
    PasswordChanged,
    RoomCreated,
    RoomJoined,
    RoomLeft,
    SearchDone,
    SignedIn,
)
from classchat.core.room_events import (
    AssistantAdded,
    AssistantRemoved,
    IdempotentOrder,
    MemberBanned,
    MemberInvited,
    MemberKicked,
    MemberMuted,
    MemberUnbanned,
    MemberUnmuted,
    ModeratorAdded,
    ModeratorRemoved,
    OrderEvent,
    RoomMode,
    RoomModeChanged,
    TopicChanged,
)
from classchat.messages import Success
from classchat.names import SERVER
from classchat.texts import counted, lasting
from classchat.wire.class_answer_sentences import granted, shown, shown_roster


def answer(event: Answer) -> Success:
    """Return an answer as it stands on a line."""
    match event:
        case RoomJoined():
            return _joined(event)
        case RoomLeft():
            return Success(SERVER, event.user, f"You have left '{event.room}'", id=event.id)
        case RoomCreated():
            text = f"Chat room '{event.room}' created successfully"
            return Success(SERVER, event.user, text, id=event.id, epoch=event.epoch, seq=event.seq)
        case SignedIn():
            return _welcome(event)
        case OrderDone(user, id, order):
            return Success(SERVER, user, _done(order), id=id)
        case OrderUnneeded(user, id, order):
            return Success(SERVER, user, _unneeded(order), id=id)
        case DeletionDone():
            return _deleted(event)
        case BroadcastSent(user, id, users):
            return Success(SERVER, user, f"Sent to {counted(users, 'user')}", id=id)
        case MessageHeld(user, to, id, seq, time):
            text = f"{to} is away; your message will be delivered when they return"
            return Success(SERVER, user, text, id=id, seq=seq, time=time, away=True)
        case NameClaimed(user, id):
            text = f"The name '{user}' is now registered. From now on, sign in with your password"
            return Success(SERVER, user, text, id=id)
        case NameChanged(user, id, old):
            text = f"You are {'already' if user == old else 'now'} called {user}"
            return Success(SERVER, user, text, id=id)
        case PasswordChanged(user, id):
            return Success(SERVER, user, "Your password has been changed", id=id)
        case HistorySent():
            return _history(event)
        case SearchDone():
            return _found(event)
        case ClassGranted():
            return _granted(event)
        case ClassShown():
            return _shown(event)
        case AwayChanged(user, id, away):
            return Success(SERVER, user, "You are away" if away else "You are back", id=id)
        case _:
            assert_never(event)


def _joined(event: RoomJoined) -> Success:
    text, gap = f"You have joined '{event.room}'", event.gap
    if gap is None:
        return Success(SERVER, event.user, text, id=event.id, epoch=event.epoch, seq=event.seq)
    return Success(
        SERVER,
        event.user,
        text + _missing(gap),
        id=event.id,
        epoch=event.epoch,
        seq=event.seq,
        gap=True,
        missed=gap.missed,
    )


def _welcome(event: SignedIn) -> Success:
    gap = event.gap
    end = "!" if gap is None else _missing(gap)
    return Success(
        SERVER,
        event.user,
        f"Welcome to ClassChat, {event.user}{end}",
        id=event.id,
        server=event.server,
        token=event.token,
        epoch=event.epoch,
        time=event.time,
        lobby=event.lobby,
        claims=None if event.claims else False,
        rooms=event.rooms,
        gap=None if gap is None else True,
        missed=None if gap is None else gap.missed,
        operator=True if event.operator else None,
    )


def _deleted(event: DeletionDone) -> Success:
    done = "had been deleted already" if event.before else "is deleted"
    text = f"Message {event.number} of '{event.conversation}' {done}"
    return Success(SERVER, event.user, text, id=event.id, number=event.number)


def _found(event: SearchDone) -> Success:
    more = event.before is not None
    text = f"{counted(event.count, 'message')} found" + (", and there may be more" if more else "")
    return Success(SERVER, event.user, text, id=event.id, more=more, before=event.before)


def _history(event: HistorySent) -> Success:
    text = f"{counted(event.count, 'message')} of '{event.conversation}'"
    if event.oldest is not None:
        text += f"; messages before number {event.oldest} have been deleted"
    return Success(SERVER, event.user, text, id=event.id, more=event.more, oldest=event.oldest)


def _missing(gap: Gap) -> str:
    """Return what a sentence ends with where messages are missing."""
    if gap.missed is None:
        return "; some messages may be missing"
    return f"; {gap.missed} messages are missing"


_DONE: Final[dict[RoomMode, str]] = {
    "open": "'{0}' is open",
    "private": "'{0}' is private",
    "announce": "Only moderators can speak in '{0}'",
    "talk": "Everybody can speak in '{0}'",
    "questions": "Only the staff of '{0}' read what students write",
    "exam": "The exam in '{0}' has begun: only the staff read what students write",
    "slow": "'{0}' is slow: students must wait after each line",
    "closed": "You have closed '{0}'. To open it again: /room {0} open",
}

_UNNEEDED: Final[dict[RoomMode, str]] = {
    "open": "'{0}' is already open",
    "private": "'{0}' is already private",
    "announce": "'{0}' is already for announcements: only moderators can speak",
    "talk": "Everybody can already speak in '{0}'",
    "questions": "Only the staff of '{0}' already read what students write",
    "exam": "The exam in '{0}' has begun already",
    "slow": "'{0}' is already as slow as that",
    "closed": "'{0}' is already closed",
}


def _done(order: OrderEvent) -> str:
    """Return what a moderator is answered whose request is granted."""
    room = order.room
    match order:
        case TopicChanged():
            return f"You have set the topic of '{room}'"
        case RoomModeChanged(mode=mode):
            return _DONE[mode].format(room)
        case MemberKicked(user=user):
            return f"You have kicked {user} from '{room}'"
        case MemberBanned(user=user, seconds=seconds):
            return f"You have banned {user} from '{room}'{lasting(seconds)}"
        case MemberUnbanned(user=user):
            return f"You have unbanned {user} from '{room}'"
        case MemberMuted(user=user, seconds=seconds):
            return f"You have muted {user} in '{room}'{lasting(seconds)}"
        case MemberUnmuted(user=user):
            return f"You have unmuted {user} in '{room}'"
        case ModeratorAdded(user=user):
            return f"You have made {user} a moderator of '{room}'"
        case ModeratorRemoved(user=user):
            return f"{user} is no longer a moderator of '{room}'"
        case AssistantAdded(user=user):
            return f"You have made {user} an assistant of '{room}'"
        case AssistantRemoved(user=user):
            return f"{user} is no longer an assistant of '{room}'"
        case MemberInvited(user=user):
            return f"You have invited {user} to '{room}'"
        case _:
            assert_never(order)


def _unneeded(order: IdempotentOrder) -> str:
    """Return the answer to an order that would change nothing."""
    room = order.room
    match order:
        case TopicChanged(topic=topic):
            return f"This is already the topic of '{room}'" if topic else f"'{room}' has no topic"
        case RoomModeChanged(mode=mode):
            return _UNNEEDED[mode].format(room)
        case MemberUnbanned(user=user):
            return f"{user} is not banned from '{room}'"
        case MemberUnmuted(user=user):
            return f"{user} is not muted in '{room}'"
        case ModeratorAdded(user=user):
            return f"{user} is already a moderator of '{room}'"
        case ModeratorRemoved(user=user):
            return f"{user} is not a moderator of '{room}'"
        case AssistantAdded(user=user):
            return f"{user} is already an assistant of '{room}'"
        case AssistantRemoved(user=user):
            return f"{user} is not an assistant of '{room}'"
        case MemberInvited(user=user):
            return f"{user} is already in '{room}'"
        case _:
            assert_never(order)


_FIELDS: Final = ("place", "waiting", "user", "number", "code", "until")


def _granted(event: ClassGranted) -> Success:
    """Return the answer to a request of the class layer: its data stand in fields of the same names."""
    data = msgspec.structs.asdict(event.answer)
    fields = {name: data[name] for name in _FIELDS if data.get(name)}
    held = True if isinstance(event.answer, LineHeld) else None
    return Success(SERVER, event.user, granted(event.answer, event.user), id=event.id, held=held, **fields)


def shown_text(event: ClassShown) -> str:
    """Return the sentence, or the lines, of what a user may see of a class."""
    if event.roster is not None:
        return shown_roster(event.room, event.roster, event.more)
    return shown(event.room, event.state, event.hands, event.questions, event.polls)


def _shown(event: ClassShown) -> Success:
    """Return what a user may see of a class."""
    return Success(
        SERVER,
        event.user,
        shown_text(event),
        id=event.id,
        state=event.state,
        hands=event.hands,
        questions=event.questions,
        polls=event.polls,
        roster=event.roster,
        more=event.more,
    )
