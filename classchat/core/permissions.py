"""Permissions in a room: one table with the reasons against each request.

docs/permissions.md has the result for each role in each kind of room. The chat itself checks that a user is a
member of a room to write or read there, and is no member to join it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from classchat.core.accounts import subject_of
from classchat.core.acts import What
from classchat.core.model import Room, User
from classchat.core.restriction import NEVER, Restriction
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
    StaffOnly,
)
from classchat.messages import (
    Assist,
    Ban,
    Close,
    Delete,
    Deop,
    Invite,
    Join,
    Kick,
    ListUsers,
    Mute,
    Op,
    Say,
    SetRoom,
    SetTopic,
    Unassist,
    Unban,
    Unmute,
)
from classchat.request import Request

Hurdle = Callable[[User, Room, float], ChatError | None]
"""Returns why a user may not do something in a room at a time in milliseconds; None if they may."""


def moderates(user: User, room: Room) -> bool:
    """Return whether a user may moderate a room."""
    return user.operator or subject_of(user) in room.order.moderators


def teaches(user: User, room: Room) -> bool:
    """Return whether a user is a moderator or an assistant of a room."""
    return moderates(user, room) or (room in user.rooms and subject_of(user) in room.order.assistants)


def sees(user: User, room: Room) -> bool:
    """Return whether a user is shown a room."""
    order = room.order
    if order.closed:
        return moderates(user, room)
    return (
        not order.private or room in user.rooms or subject_of(user) in order.invited or moderates(user, room)
    )


def refusal_to_stay(user: User, room: Room, now: float) -> ChatError | None:
    """Return why a member of a room could not join it now; None if they may stay."""
    order = room.order
    if order.private and not (subject_of(user) in order.invited or moderates(user, room)):
        return NotInvited(room.name)
    return _banned(user, room, now)


def refusal(request: type[Request], user: User, room: Room, now: float) -> ChatError | None:
    """Return why a user may not do something in a room now; None if they may."""
    return next(filter(None, (hurdle(user, room, now) for hurdle in _TABLE[request])), None)


def check(request: type[Request], user: User, room: Room, now: float) -> None:
    """Check that a user may do something in a room now.

    Raises:
        ChatError: they may not.
    """
    error = refusal(request, user, room, now)
    if error is not None:
        raise error


def muted_until(user: User, room: Room) -> float:
    """Return until when a user is muted in a room, in milliseconds; 0.0 if that was never decided."""
    return _until(user, room, "muted", room.order.muted)


def banned_until(user: User, room: Room) -> float:
    """Return until when a user is banned from a room, in milliseconds; 0.0 if that was never decided."""
    return _until(user, room, "banned", room.order.banned)


def _until(user: User, room: Room, what: What, rows: Mapping[str, Restriction]) -> float:
    """Return the later end: that of the user's name, or of a former name with which it was decided."""
    until = rows.get(user.person.key, NEVER).until
    if user.person.restrictions:
        for key in user.person.restrictions.get((room.key, what), ()):
            until = max(until, rows.get(key, NEVER).until)
    return until


def _closed(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001  as all hurdles
    return RoomClosed(room.name, may_open=moderates(user, room)) if room.order.closed else None


def _banned(user: User, room: Room, now: float) -> ChatError | None:
    until = banned_until(user, room)
    return None if until <= now or moderates(user, room) else Banned(room.name, until)


def _private(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    return None if sees(user, room) else NotInvited(room.name)


def _muted(user: User, room: Room, now: float) -> ChatError | None:
    until = muted_until(user, room)
    return None if until <= now or moderates(user, room) else Muted(room.name, until)


def _announcing(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    return AnnounceOnly(room.name) if room.order.announce and not teaches(user, room) else None


def _outside(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    return None if room in user.rooms or moderates(user, room) else NotAMember(room.name)


def _examined(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    """Return the reason against what other students would notice in an exam, as a sign."""
    return StaffOnly(room.name) if room.order.exam and not teaches(user, room) else None


def _no_moderator(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    if moderates(user, room):
        return None
    return no_moderator(room)


def _fleeting(user: User, room: Room, now: float) -> ChatError | None:  # noqa: ARG001
    """Return the reason against closing a room: it needs a moderator with an account, or an operator."""
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
    Assist: (_no_moderator,),
    Unassist: (_no_moderator,),
    Invite: (_no_moderator,),
    SetRoom: (_no_moderator,),
    Close: (_no_moderator, _fleeting),
    Delete: (_outside, _examined),
}


def check_operator(user: User) -> None:
    """Check that a user is an operator.

    Raises:
        NotAllowed: they are not.
    """
    if not user.operator:
        raise not_operator()


def not_operator() -> ChatError:
    """Return the refusal of a request that only operators may make."""
    return NotAllowed("only operators of this server can")


def no_moderator(room: Room) -> ChatError:
    """Return the refusal of a request that only moderators of a room may make."""
    return NotAllowed(f"only moderators of room '{room.name}' can")
