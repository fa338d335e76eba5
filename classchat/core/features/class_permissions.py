"""Who may do what in a class: one table, by role, which docs/permissions.md shows and a test reads."""

from __future__ import annotations

from collections.abc import Mapping

from classchat.class_commands import (
    AnswerQuestion,
    Approve,
    Ask,
    Dismiss,
    EndPoll,
    FinishTurn,
    Follow,
    Here,
    ListPolls,
    LowerHand,
    Mark,
    NextHand,
    Present,
    RaiseHand,
    ReadRoster,
    Reveal,
    SetGroups,
    SetHands,
    SetQuestions,
    SetSession,
    StartPoll,
    Support,
    Vote,
)
from classchat.class_events import Role
from classchat.core import permissions
from classchat.core.accounts import subject_of
from classchat.core.features.feature import STAFF, ClassRequest
from classchat.core.model import Room, User
from classchat.errors import Muted, NotAllowed, NotAMember
from classchat.messages import Mute, Unmute


def role_of(user: User, room: Room) -> Role | None:
    """Return the role of a user in a room; None for a user who is not in it, and no moderator of it."""
    if user.operator:
        return "operator"
    subject = subject_of(user)
    if subject in room.order.moderators:
        return "moderator"
    if room not in user.rooms:
        return None
    if subject in room.order.assistants:
        return "assistant"
    return "student" if user.takes_part else "screen"


_READ = "read"
_STUDENTS = "students"
_MEMBERS = "members who may speak"
_STAFF = "staff"
_MODERATORS = "moderators"

_TABLE: Mapping[type[ClassRequest], str] = {
    Follow: _READ,
    RaiseHand: _STUDENTS,
    LowerHand: _STUDENTS,
    Vote: _STUDENTS,
    Here: _STUDENTS,
    Ask: _MEMBERS,
    Support: _MEMBERS,
    NextHand: _STAFF,
    FinishTurn: _STAFF,
    AnswerQuestion: _STAFF,
    Approve: _STAFF,
    Dismiss: _STAFF,
    Mark: _STAFF,
    ReadRoster: _STAFF,
    Present: _STAFF,
    SetSession: _MODERATORS,
    SetHands: _MODERATORS,
    SetQuestions: _MODERATORS,
    StartPoll: _MODERATORS,
    EndPoll: _MODERATORS,
    SetGroups: _MODERATORS,
    Reveal: _MODERATORS,
    Mute: _MODERATORS,
    Unmute: _MODERATORS,
    ListPolls: _READ,
}


def check(user: User, room: Room, role: Role | None, command: ClassRequest, now: float) -> None:
    """Check that a user may do something in a class.

    Raises:
        NotAMember: only members of the room may.
        NotAllowed: it is for staff, or for moderators, or for students.
        Muted: a muted user may not.
    """
    needed = _TABLE[type(command)]
    if is_reading(command):
        needed = _READ
    elif isinstance(command, LowerHand) and command.user and (role in STAFF or command.user != user.name):
        needed = _STAFF
    elif (
        isinstance(command, FinishTurn)
        and role == "student"
        and command.text.strip().lower() in ("", "helped")
    ):
        needed = _STUDENTS  # students end their own turns
    elif isinstance(command, ReadRoster) and command.text:
        needed = _STAFF
    _check(needed, user, room, role, now)


def is_reading(command: ClassRequest) -> bool:
    """Return whether a request only reads."""
    match command:
        case SetHands() | SetQuestions(anonymous=None) | SetGroups(count=None, size=None):
            return not command.text
        case ReadRoster():
            return False
        case Follow() | ListPolls():
            return True
        case _:
            return False


def _check(needed: str, user: User, room: Room, role: Role | None, now: float) -> None:
    if needed == _READ:
        if role is None:
            raise NotAMember(room.name)
    elif needed == _STUDENTS:
        if role is None:
            raise NotAMember(room.name)
        if role != "student":
            raise NotAllowed(f"only students of room '{room.name}' can")
    elif needed == _MEMBERS:
        if role is None:
            raise NotAMember(room.name)
        if role == "screen":
            raise NotAllowed(f"only people in room '{room.name}' can, and you are signed in as a screen")
        until = permissions.muted_until(user, room)
        if until > now and role not in STAFF:
            raise Muted(room.name, until)
    elif needed == _STAFF:
        if role not in STAFF:
            raise NotAllowed(f"only staff of room '{room.name}' can")
    elif role not in ("moderator", "operator"):
        raise permissions.no_moderator(room)
