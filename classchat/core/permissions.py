"""Who may do what in a room: one table of what stands in the way of each request.

What comes of it for everybody, in every kind of room, is docs/permissions.md. That one has to be in a room to
speak or read there, and not in it to join it, the chat looks after itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from classchat.core.accounts import subject_of
from classchat.core.model import Room, User
from classchat.errors import (
    AnnounceOnly,
    Banned,
    ChatError,
    Muted,
    NeedsClaim,
    NotAllowed,
    NotAMember,
    NotInvited,
    RoomClosed,
)
from classchat.messages import (
    Ban,
    Close,
    Deop,
    Invite,
    Join,
    Kick,
    ListUsers,
    Mute,
    Op,
    Request,
    Say,
    SetRoom,
    SetTopic,
    Unban,
    Unmute,
)

Hurdle = Callable[[User, Room, float], ChatError | None]
"""Returns why somebody may not do something in a room, at a time in milliseconds; None if he may."""


def moderates(user: User, room: Room) -> bool:
    """Tell whether somebody keeps order in a room."""
    return user.operator or subject_of(user) in room.order.moderators


def sees(user: User, room: Room) -> bool:
    """Tell whether a room is among those that somebody is shown."""
    order = room.order
    if order.closed:
        return moderates(user, room)
    return (
        not order.private or room in user.rooms or subject_of(user) in order.invited or moderates(user, room)
    )


def refusal_to_stay(user: User, room: Room, now: float) -> ChatError | None:
    """Return why somebody who is in a room would not come in now; None if they may stay."""
    order = room.order
    if order.private and not (subject_of(user) in order.invited or moderates(user, room)):
        return NotInvited(room.name)
    return _banned(user, room, now)


def refusal(request: type[Request], user: User, room: Room, now: float) -> ChatError | None:
    """Return why somebody may not do something in a room now; None if he may."""
    return next(filter(None, (hurdle(user, room, now) for hurdle in _TABLE[request])), None)


def check(request: type[Request], user: User, room: Room, now: float) -> None:
    """See whether somebody may do something in a room now.

    Raises:
        ChatError: he may not.
    """
    error = refusal(request, user, room, now)
    if error is not None:
        raise error


def _closed(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001  as all hurdles
    return RoomClosed(room.name, may_open=moderates(user, room)) if room.order.closed else None


def _banned(user: User, room: Room, now: float) -> ChatError | None:
    if not room.order.is_banned(user.person.key, now) or moderates(user, room):
        return None
    return Banned(room.name, room.order.banned[user.person.key])


def _private(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    return None if sees(user, room) else NotInvited(room.name)


def _muted(user: User, room: Room, now: float) -> ChatError | None:
    if not room.order.is_muted(user.person.key, now) or moderates(user, room):
        return None
    return Muted(room.name, room.order.muted[user.person.key])


def _announcing(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    return AnnounceOnly(room.name) if room.order.announce and not moderates(user, room) else None


def _outside(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    return None if room in user.rooms or moderates(user, room) else NotAMember(room.name)


def _no_moderator(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    if moderates(user, room):
        return None
    return no_moderator(room)


def _fleeting(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    """A room that has to stay for ever is for those who are known again tomorrow."""
    return None if user.operator or room.order.claimed else NeedsClaim(room.name)


_TABLE: Mapping[type[Request], tuple[Hurdle, ...]] = {
    Join: (_closed, _banned, _private),
    Say: (_muted, _announcing),
    ListUsers: (_outside,),
    SetTopic: (_no_moderator,),
    Kick: (_no_moderator,),
    Ban: (_no_moderator,),
    Unban: (_no_moderator,),
    Mute: (_no_moderator,),
    Unmute: (_no_moderator,),
    Op: (_no_moderator,),
    Deop: (_no_moderator,),
    Invite: (_no_moderator,),
    SetRoom: (_no_moderator,),
    Close: (_no_moderator, _fleeting),
}


def check_lasting(user: User, room: Room) -> None:
    """See whether a room may become one that stays.

    Raises:
        NeedsClaim: nobody who keeps order in it will be known again tomorrow.
    """
    error = _fleeting(user, room, 0.0)
    if error is not None:
        raise error


def check_operator(user: User) -> None:
    """See whether somebody is an operator.

    Raises:
        NotAllowed: he is not.
    """
    if not user.operator:
        raise not_operator()


def not_operator() -> ChatError:
    """Return what somebody is told who asks for what only operators may."""
    return NotAllowed("only operators of this server can")


def no_moderator(room: Room) -> ChatError:
    """Return what somebody is told who asks for what only moderators of a room may."""
    return NotAllowed(f"only moderators of room '{room.name}' can")
