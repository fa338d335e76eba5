"""The decisions on the requests of moderators: topics, removals, bans, mutes, moderators and invitations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple, assert_never

from classchat import names
from classchat.core.accounts import owner_of, subject_of
from classchat.core.acts import Change, What
from classchat.core.directory import Directory
from classchat.core.features.decision import Asked, Decision, shown_line
from classchat.core.features.room_modes import RoomModes
from classchat.core.model import Room, User
from classchat.core.permissions import banned_until
from classchat.core.ports import Calendar
from classchat.core.restriction import FOR_EVER, Restriction
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
    TopicChanged,
)
from classchat.errors import InvalidName, NotAllowed, NotAMember, RoomClosed, TooMany, UserNotFound
from classchat.messages import (
    Assist,
    Ban,
    Close,
    Deop,
    Invite,
    Kick,
    Mute,
    Op,
    RoomOrder,
    SetRoom,
    SetTopic,
    Unassist,
    Unban,
    Unmute,
)
from classchat.names import SERVER
from classchat.texts import lasting


class _Target(NamedTuple):
    """The user that a request is about."""

    name: str
    """The name as it is shown, if its user is known, or else as the request has it."""

    key: str
    user: User | None
    """The user of the name: its owner, if it is claimed."""

    guest: User | None = None
    """The guest who has been signed in with the name since before another program claimed it."""

    @property
    def users(self) -> Collection[User]:
        """The users who are removed with the name."""
        return [user for user in (self.user, self.guest) if user is not None]


class Decisions:
    """Decides what a request changes; `OrderRequests` carries it out."""

    def __init__(
        self, directory: Directory, calendar: Calendar, check_moderated: Callable[[str], None]
    ) -> None:
        """Call `check_moderated` with a subject that is to moderate one more room; it may raise TooMany."""
        self._users = directory.users
        self._accounts = directory.accounts
        self._limits = directory.limits
        self._calendar = calendar
        self._check_moderated = check_moderated
        self._modes = RoomModes(self._limits, directory.rooms)

    def decide(self, asked: Asked, command: RoomOrder) -> Decision | IdempotentOrder:
        """Return the decision on a permitted request; only its event where nothing would change.

        Raises:
            ChatError: it can't be granted.
        """
        match command:
            case SetTopic():
                return self._set_topic(asked, command)
            case Kick():
                return self._kick(asked, self._target(command.user), self._reason(command))
            case Ban():
                return self._ban(asked, self._target(command.user), command)
            case Unban():
                return self._unban(asked, self._target(command.user))
            case Mute():
                return self._mute(asked, self._target(command.user), command)
            case Unmute():
                return self._unmute(asked, self._target(command.user))
            case Op():
                return self._op(asked, *self._present(command.user))
            case Deop():
                return self._deop(asked, self._target(command.user))
            case Assist():
                return self._assist(asked, *self._present(command.user))
            case Unassist():
                return self._unassist(asked, self._target(command.user))
            case Invite():
                return self._invite(asked, *self._present(command.user))
            case SetRoom():
                return self._modes.set(asked, command)
            case Close():
                return self._modes.close(asked)
            case _:
                assert_never(command)

    # One function for each request.

    def _set_topic(self, asked: Asked, command: SetTopic) -> Decision | IdempotentOrder:
        topic, room = shown_line(command.text, "topic", self._limits.topic), asked.room
        event = TopicChanged(room.name, asked.user.name, topic)
        if topic == room.order.topic:
            return event
        by = f"{int(self._now())} {asked.user.name}" if topic else None
        changes = [Change(room.key, "", "topic", topic or None), Change(room.key, "", "topic_by", by)]
        return Decision(changes, event)

    def _kick(self, asked: Asked, target: _Target, reason: str) -> Decision:
        room = asked.room
        self._check_target(asked, target)
        changes = self._uninvite(room, target)
        if not changes and not any(room in user.rooms for user in target.users):
            raise NotAMember(room.name, target.name)
        event = MemberKicked(room.name, target.name, asked.user.name, reason)
        return Decision(changes, event, about=target.name, out=target.users)

    def _ban(self, asked: Asked, target: _Target, command: Ban) -> Decision:
        room, reason = asked.room, self._reason(command)
        self._check_target(asked, target)
        until = self._until(command.seconds)
        changes = [
            *self._pruned(room, "banned", room.order.banned, target.key, "banned users in a room"),
            Change(room.key, target.key, "banned", self._restriction(asked, until)),
            *_rows(room, "moderator", room.order.moderators, target.key),
            *self._uninvite(room, target),
        ]
        event = MemberBanned(room.name, target.name, asked.user.name, reason, command.seconds, until)
        detail = lasting(command.seconds).strip()
        return Decision(changes, event, about=target.name, detail=detail, out=target.users)

    def _unban(self, asked: Asked, target: _Target) -> Decision | IdempotentOrder:
        room = asked.room
        event = MemberUnbanned(room.name, target.name, asked.user.name)
        lifted = _lifted(room, "banned", room.order.banned, target)
        if not any(room.order.is_banned(one.subject, self._now()) for one in lifted):
            return event
        return Decision(lifted, event, about=target.name)

    def _mute(self, asked: Asked, target: _Target, command: Mute) -> Decision:
        room, reason = asked.room, self._reason(command)
        self._check_target(asked, target)
        until = self._until(command.seconds)
        changes = [
            *self._pruned(room, "muted", room.order.muted, target.key, "muted users in a room"),
            Change(room.key, target.key, "muted", self._restriction(asked, until)),
            *_rows(room, "moderator", room.order.moderators, target.key),
        ]
        event = MemberMuted(room.name, target.name, asked.user.name, reason, command.seconds, until)
        return Decision(changes, event, about=target.name, detail=lasting(command.seconds).strip())

    def _unmute(self, asked: Asked, target: _Target) -> Decision | IdempotentOrder:
        room = asked.room
        event = MemberUnmuted(room.name, target.name, asked.user.name)
        lifted = _lifted(room, "muted", room.order.muted, target)
        if not any(room.order.is_muted(one.subject, self._now()) for one in lifted):
            return event
        return Decision(lifted, event, about=target.name)

    def _op(self, asked: Asked, target: _Target, user: User) -> Decision | IdempotentOrder:
        room, subject = asked.room, subject_of(user)
        event = ModeratorAdded(room.name, target.name, asked.user.name)
        if subject in room.order.moderators:
            return event
        self._check_moderated(subject)
        self._check_rows(room.order.moderators, subject, "moderators in a room")
        changes = [Change(room.key, subject, "moderator", target.name, owner_of(user))]
        changes += _lifted(room, "banned", room.order.banned, target)
        changes += _lifted(room, "muted", room.order.muted, target)
        return Decision(changes, event, about=target.name, known=user)

    def _deop(self, asked: Asked, target: _Target) -> Decision | IdempotentOrder:
        room, user = asked.room, target.user
        event = ModeratorRemoved(room.name, target.name, asked.user.name)
        changes = _rows(room, "moderator", room.order.moderators, target.key)
        if not changes:
            return event
        last = len(changes) == len(room.order.moderators) and not asked.user.operator
        if last and (room.order.private or room.order.closed) and not room.order.of_guests:
            raise NotAllowed(
                f"'{target.name}' is the last moderator; first: /op another user, or /room {room.name} open"
            )
        known = None
        if room.order.private and user is not None and room in user.rooms:
            known = user  # stays a member, as all members do when a room becomes private
            changes.append(Change(room.key, subject_of(user), "invited", user.name, owner_of(user)))
        return Decision(changes, event, about=target.name, known=known)

    def _assist(self, asked: Asked, target: _Target, user: User) -> Decision | IdempotentOrder:
        room, subject = asked.room, subject_of(user)
        event = AssistantAdded(room.name, target.name, asked.user.name)
        if subject in room.order.assistants:
            return event
        if user.operator or subject in room.order.moderators:
            raise NotAllowed(f"'{target.name}' is a moderator, who may do more than assistants")
        self._check_rows(room.order.assistants, subject, "assistants in a room")
        changes = [Change(room.key, subject, "assistant", target.name, owner_of(user))]
        return Decision(changes, event, about=target.name, known=user)

    def _unassist(self, asked: Asked, target: _Target) -> Decision | IdempotentOrder:
        room = asked.room
        event = AssistantRemoved(room.name, target.name, asked.user.name)
        changes = _rows(room, "assistant", room.order.assistants, target.key)
        return Decision(changes, event, about=target.name) if changes else event

    def _invite(self, asked: Asked, target: _Target, user: User) -> Decision | IdempotentOrder:
        room = asked.room
        event = MemberInvited(room.name, target.name, asked.user.name)
        if room in user.rooms:
            return event
        if room.order.closed:
            raise RoomClosed(room.name)
        if banned_until(user, room) > self._now():
            raise NotAllowed(
                f"'{target.name}' is banned from room '{room.name}'; first: /unban {target.name}"
            )
        self._check_rows(room.order.invited, subject_of(user), "invited users in a room")
        changes = [Change(room.key, subject_of(user), "invited", user.name, owner_of(user))]
        return Decision(changes, event, about=target.name, known=user, invited=user)

    # What the requests have in common.

    def _target(self, name: str) -> _Target:
        """Return the user that a name means, whether it is in use or not."""
        account, bearer = self._accounts.find(name), self._users.find(name)
        user = account.user if account is not None else bearer
        if user is None and not self._users.may_be(name):
            raise InvalidName("user name", self._limits.user_name, SERVER)
        if user is None:
            return _Target(name, names.user_key(name), None)
        return _Target(user.name, user.person.key, user, bearer if bearer is not user else None)

    def _present(self, name: str) -> tuple[_Target, User]:
        """Return the user that a name means, which has to be in use or claimed."""
        target = self._target(name)
        if target.user is None:
            raise UserNotFound(name)
        return target, target.user

    def _uninvite(self, room: Room, target: _Target) -> list[Change]:
        return _rows(room, "invited", room.order.invited, target.key)

    def _check_target(self, asked: Asked, target: _Target) -> None:
        """Check that a moderator does not act against an operator or another moderator."""
        if asked.user.operator:
            return
        if target.user is not None and target.user.operator:
            raise NotAllowed(f"'{target.name}' is an operator of this server")
        if _rows(asked.room, "moderator", asked.room.order.moderators, target.key):
            raise NotAllowed(
                f"'{target.name}' is a moderator of room '{asked.room.name}'; first: /deop {target.name}"
            )

    def _check_rows(self, rows: Mapping[str, object], subject: str, what: str) -> None:
        if subject not in rows and len(rows) >= self._limits.orders:
            raise TooMany(what, self._limits.orders)

    def _pruned(
        self, room: Room, what: What, rows: Mapping[str, Restriction], key: str, of: str
    ) -> Sequence[Change]:
        """Return the changes that make place for one more row: they remove the rows that have ended."""
        if key in rows or len(rows) < self._limits.orders:
            return ()
        now = self._now()
        over = [Change(room.key, subject, what, None) for subject, row in rows.items() if row.until <= now]
        if not over:
            raise TooMany(of, self._limits.orders)
        return over

    def _reason(self, command: Kick | Ban | Mute) -> str:
        """Return the reason that a request gives, in one line."""
        return shown_line(command.text, "reason", self._limits.topic)

    def _until(self, seconds: int | None) -> int | None:
        return None if seconds is None else int(self._now() + seconds * 1000)

    def _restriction(self, asked: Asked, until: int | None) -> str:
        """Return the value of the row of a ban or mute that a user has asked for."""
        end = FOR_EVER if until is None else until
        return Restriction(end, int(self._now()), asked.user.name).value

    def _now(self) -> float:
        return self._calendar.seconds() * 1000


def _rows(room: Room, what: What, rows: Mapping[str, str], key: str) -> list[Change]:
    """Return the changes that remove all rows about a name: several persons may have had it."""
    return [
        Change(room.key, subject, what, None)
        for subject, shown in rows.items()
        if names.user_key(shown) == key
    ]


def _lifted(room: Room, what: What, rows: Mapping[str, Restriction], target: _Target) -> list[Change]:
    """Return the changes that remove all mutes, or bans, that hold for a user: also those of former names."""
    keys = {target.key}
    for user in target.users:
        keys |= user.person.restrictions.get((room.key, what), frozenset())
    return [Change(room.key, key, what, None) for key in sorted(keys) if key in rows]
