"""Judges entries again that were granted before other nodes have changed something.

    Said, Joined, Created   the user, the room or a right may be gone
    Located, Renamed        another user may have the name
    Ordered                 is decided again, if anything in the room has changed
    Deleted                 the user may not be a member, or a moderator, any more
    Whispered               the guest whom it is for may have left
    Left, SignedOut         the owner of an account may be back on another node
    Noted                   the user who claims a name may have another one, or be back on another node

What does not hold any more is not written, and its client gets the documented error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import assert_never

from classchat.core import permissions
from classchat.core.acts import Secured
from classchat.core.directory import Directory
from classchat.core.entries import (
    Announced,
    Aside,
    Created,
    Deleted,
    Entry,
    Evicted,
    Joined,
    Left,
    Located,
    NodeLost,
    Noted,
    Ordered,
    Renamed,
    Ruled,
    Said,
    Signalled,
    SignedOut,
    Whispered,
)
from classchat.core.features import speaking
from classchat.core.features.moderation import Moderation
from classchat.core.hooks import NOBODY
from classchat.core.model import Room, User
from classchat.core.renames import Renames
from classchat.errors import (
    AlreadyMember,
    ChatError,
    NotAMember,
    NotRegistered,
    NotSaved,
    PasswordRequired,
    RoomExists,
    RoomNotFound,
    TooMany,
    UserNotFound,
)
from classchat.messages import Delete, Say
from classchat.names import SERVER


class Judge:
    """Judges the entries of this node."""

    def __init__(self, directory: Directory, moderation: Moderation, renames: Renames) -> None:
        self._users, self._rooms, self._accounts = directory.users, directory.rooms, directory.accounts
        self._limits = directory.limits
        self._moderation = moderation
        self._renames = renames

    def judge(self, batch: Sequence[Entry]) -> Mapping[int, ChatError]:
        """Return which entries do not hold any more, by their positions, and why."""
        refused = {}
        for at, entry in enumerate(batch):
            error = self._refusal(entry)
            if error is not None:
                refused[at] = error
        return refused

    def _refusal(self, entry: Entry) -> ChatError | None:
        match entry:
            case Said():
                return self._refusal_to_say(entry.user, entry.conversation)
            case Created():
                return self._refusal_to_create(entry)
            case Joined():
                return self._refusal_to_join(entry)
            case Ordered():
                if self._is_gone(entry.room):
                    return RoomNotFound(entry.room.name)
                if entry.version != entry.room.order.version:
                    entry.overtaken = True
                    return NotAMember(entry.room.name)  # of which nobody is told: it is decided again
                return None
            case Ruled():
                gone = self._is_gone(entry.room)
                return RoomNotFound(entry.room.name) if gone else entry.pending.refusal()
            case Deleted():
                return self._refusal_to_delete(entry)
            case Renamed():
                return self._renames.refusal(entry)
            case Located():
                if entry.arriving:
                    return self._refusal_to_arrive(entry)
                return NotRegistered() if self._has_left(entry.user) else None
            case Left() | SignedOut():
                user = entry.user
                back = user.account is not None and user in self._users and bool(user.elsewhere)
                leaves = isinstance(entry, SignedOut) or entry.departure is not None
                return AlreadyMember(user.name) if back and leaves else None
            case Whispered() | Aside():
                return self._refusal_to_tell(entry.user, entry.to)
            case Signalled(to=to):
                say, tell = self._refusal_to_say, self._refusal_to_tell
                return say(entry.user, to) if isinstance(to, Room) else tell(entry.user, to)
            case Noted():
                return NotSaved() if self._claims_in_vain(entry) else None
            case NodeLost() | Announced() | Evicted():
                return None
            case _:
                assert_never(entry)

    def _has_left(self, user: User) -> bool:
        """Return whether a guest is not here any more: the same person may be back on another node."""
        return user.account is None and user not in self._users

    def _claims_in_vain(self, entry: Noted) -> bool:
        """Return whether an entry makes a name an account that its user does not have any more.

        The user may have another name, or be back on another node, which does not know of the claim.
        """
        user = entry.user
        here = self._users.by_person(user.person.number) or user
        claims = [act for act in entry.acts if isinstance(act, Secured) and act.replaces is None]
        return any(here is not user or act.key != user.person.key for act in claims)

    def _is_gone(self, room: Room) -> bool:
        return self._rooms.by_key(room.key) is not room

    def _refusal_to_say(self, user: User, room: Room) -> ChatError | None:
        if self._is_gone(room):
            return RoomNotFound(room.name)
        if user.person.number == NOBODY:
            return None  # a webhook is no member
        if room not in user.rooms and user not in room.members:  # not one who has left since then
            return NotAMember(room.name)
        if room.order.hushed:
            return permissions.refusal(Say, user, room, self._moderation.now())
        return None

    def _refusal_to_delete(self, entry: Deleted) -> ChatError | None:
        user, room = entry.user, entry.conversation
        if not isinstance(room, Room):
            return None if entry.other is None else self._refusal_in_private(user, entry.other)
        if self._is_gone(room):
            return RoomNotFound(room.name)
        if entry.own:
            return permissions.refusal(Delete, user, room, self._moderation.now())
        return None if permissions.moderates(user, room) else permissions.no_moderator(room)

    def _refusal_to_tell(self, user: User, other: User) -> ChatError | None:
        """Refuse what is for a guest who has left, and is not back: whoever has the name now is another."""
        if other.ended and self._users.by_person(other.person.number) is None:
            return UserNotFound(other.name)
        return self._refusal_in_private(user, other)

    def _refusal_in_private(self, user: User, other: User) -> ChatError | None:
        if self._rooms.exams:
            try:
                speaking.check_private(self._rooms, user, other)
            except ChatError as error:
                return error
        return None

    def _refusal_to_arrive(self, entry: Located) -> ChatError | None:
        name = entry.user.name
        if self._accounts.find(name) is not None:
            return PasswordRequired(name)
        return self._users.lost_to(name)

    def _refusal_to_create(self, entry: Created) -> ChatError | None:
        if self._is_gone(entry.room):
            return RoomExists(entry.room.name)
        if not self._rooms.keep_place(entry.room):
            return TooMany("rooms on this server", self._limits.rooms)
        founder = entry.user
        return NotRegistered() if founder.name != SERVER and self._has_left(founder) else None

    def _refusal_to_join(self, entry: Joined) -> ChatError | None:
        user, room = entry.user, entry.room
        if self._is_gone(room):
            return RoomNotFound(room.name)
        if self._has_left(user):
            return NotAMember(room.name)
        if entry.peer is None or user in room.members or room not in user.rooms:
            return None
        user.rooms.discard(room)  # which counts as a member already
        try:
            return self._moderation.refusal_to_join(user, room)
        finally:
            user.rooms.add(room)
