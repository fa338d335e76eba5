"""Signals: what the program of a user tells other programs, without a text, such as that the user is typing.

A signal needs the rights of a message, reaches the same users, and is not stored.
"""

from __future__ import annotations

from collections.abc import Callable

from classchat.core import permissions
from classchat.core.directory import Directory
from classchat.core.entries import Signalled
from classchat.core.events import Signal
from classchat.core.features import speaking
from classchat.core.features.moderation import Moderation
from classchat.core.journal_port import Journal
from classchat.core.manners import Manner
from classchat.core.memberships import Memberships
from classchat.core.model import Room, User
from classchat.core.ports import Peer
from classchat.errors import SlowMode, StaffOnly, UserNotFound
from classchat.messages import Say, Tell


class Signalling:
    """Grants signals."""

    def __init__(
        self,
        journal: Journal,
        directory: Directory,
        memberships: Memberships,
        moderation: Moderation,
        time: Callable[[], str],
    ) -> None:
        self._journal = journal
        self._users, self._rooms, self._accounts = directory.users, directory.rooms, directory.accounts
        self._memberships = memberships
        self._moderation = moderation
        self._time = time

    def send(self, user: User, peer: Peer, command: Say | Tell, manner: Manner) -> None:
        """Send the tags of a manner to a room or a user.

        Raises:
            ChatError: the user may not speak there now, or nobody has that name.
            Undecided: an order that is on its way may change that.
        """
        to = self._room(user, command) if isinstance(command, Say) else self._user(user, command)
        told = Signal(user.name, to.name, isinstance(to, Room), self._time(), manner)
        self._journal.append(Signalled(user, peer, manner.label, to=to, told=told))

    def _room(self, user: User, command: Say) -> Room:
        room = self._memberships.room_of(user, command.receiver)
        if room.order.hushed:
            self._moderation.check(Say, user, room)
            if speaking.goes_to_staff(user, room):
                raise StaffOnly(room.name)
            if room.order.slow and not permissions.teaches(user, room):
                raise SlowMode(room.name, room.order.slow)
        return room

    def _user(self, user: User, command: Tell) -> User:
        to = self._users.find(command.receiver)
        if to is None:
            account = self._accounts.find(command.receiver)
            if account is None:
                raise UserNotFound(command.receiver)
            to = account.user
        if self._rooms.exams:
            speaking.check_private(self._rooms, user, to)
        return to
