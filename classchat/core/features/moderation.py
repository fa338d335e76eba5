"""Moderation: the decisions in force in all rooms, and the checks of requests against them.

A decision is a set of rows (`Change`), which are applied when their entry is delivered. Bans and mutes are by
name, also of users who are not here: they hold for the user who has that name then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from classchat.core import permissions
from classchat.core.accounts import owner_of, subject_of
from classchat.core.acts import Act, Audited, Change
from classchat.core.directory import Directory
from classchat.core.features.decision import known
from classchat.core.model import Room, User
from classchat.core.orders import GUEST
from classchat.core.ports import Calendar
from classchat.errors import ChatError, TooMany
from classchat.messages import Join
from classchat.request import Request


class Moderation:
    """Applies decisions, and checks requests."""

    def __init__(self, directory: Directory, calendar: Calendar) -> None:
        self._rooms = directory.rooms
        self._accounts = directory.accounts
        self._limits = directory.limits
        self._calendar = calendar
        self._moderated: Counter[str] = Counter()  # rooms, by the key of the moderator's claimed name

    def apply(self, acts: Iterable[Act]) -> None:
        """Apply the changes of some acts to their rooms, if these still exist.

        A change about the former owner of a name does not hold for the next one.
        """
        for act in acts:
            if isinstance(act, Change) and self._is_current(act):
                room = self._rooms.by_key(act.room)
                if room is not None:
                    before = act.subject in room.order.moderators
                    room.order.apply(act)
                    self._rooms.changed(room, act.subject)
                    if act.what == "moderator" and not act.subject.startswith(GUEST):
                        self._moderated[act.subject] += (act.subject in room.order.moderators) - before

    def _is_current(self, change: Change) -> bool:
        """Return whether the user of a change still has the name."""
        if change.person is None:
            return True
        account = self._accounts.by_key(change.subject)
        return account is not None and account.user.person.number == change.person

    def founding(self, user: User, room: Room) -> tuple[Act, ...]:
        """Return the acts that make a user the moderator of a room that they create."""
        return (
            *known(user),
            Change(room.key, subject_of(user), "moderator", user.name, owner_of(user)),
            Audited(user.name, "create", room.name),
        )

    def check_founder(self, user: User) -> None:
        """Check that a user may create one more room.

        Raises:
            TooMany: the user moderates as many rooms as allowed, or too many rooms have to stay.
        """
        self.check_moderated(subject_of(user))
        if user.account is not None and self._rooms.keeps(self._limits.kept_rooms):
            raise TooMany("rooms that stay when everybody has left", self._limits.kept_rooms)

    def check_moderated(self, subject: str) -> None:
        """Check that a subject may moderate one more room: a room with a registered moderator stays.

        Raises:
            TooMany: it moderates as many as one may.
        """
        most = self._limits.kept_rooms_of_user
        if self._moderated[subject] >= most:
            raise TooMany("rooms with the same moderator", most)

    def refusal_to_join(self, user: User, room: Room) -> ChatError | None:
        """Return why a user may not join a room, by all that is decided so far; None if they may."""
        return permissions.refusal(Join, user, room, self.now())

    def check(self, request: type[Request], user: User, room: Room) -> None:
        """Check that a user may do something in a room now.

        Raises:
            ChatError: the user may not.
            Undecided: an order that is on its way may change that.
        """
        room.order.check_decided()
        permissions.check(request, user, room, self.now())

    def now(self) -> float:
        """Return the time of day in milliseconds, as decisions have it."""
        return self._calendar.seconds() * 1000
