"""What another program has changed about claimed names, and what comes of it for who is here.

released            who had the name is signed out, and has no part in any room; the next owner is new
claimed             takes its password from now on; a guest who has it keeps it until the owner signs in
an operator, or not has the rights from now on, or leaves the rooms that take them
"""

from __future__ import annotations

from collections.abc import Sequence

from classchat.core import permissions
from classchat.core.accounts import membership
from classchat.core.acts import Change
from classchat.core.entrance import Entrance
from classchat.core.entries import Left
from classchat.core.journal_port import Journal
from classchat.core.model import Room, User
from classchat.core.moderation import Moderation
from classchat.core.ports import Calendar
from classchat.core.rooms import RoomRegistry
from classchat.core.stored import Ownership
from classchat.errors import ChatError
from classchat.messages import Error
from classchat.names import SERVER


class Elsewhere:
    """Takes such changes over."""

    def __init__(
        self,
        journal: Journal,
        rooms: RoomRegistry,
        entrance: Entrance,
        moderation: Moderation,
        calendar: Calendar,
    ) -> None:
        self._journal = journal
        self._rooms = rooms
        self._entrance = entrance
        self._moderation = moderation
        self._calendar = calendar

    def apply(self, owned: Sequence[Ownership]) -> None:
        """Make names whose they are now; to be told the same again is harmless."""
        for one in owned:
            account, row = self._entrance.accounts.by_key(one.key), one.account
            if account is not None and (row is None or row.person != account.user.person.number):
                self._entrance.release(account)
                self._forget(one.key)
                account = None
            if row is not None:
                user = (account or self._entrance.know(row)).user
                was, user.operator = user.operator, self._entrance.is_operator(row)
                if was and not user.operator:
                    self._put_out(user)

    def _forget(self, key: str) -> None:
        """Forget what was decided about the owner of a name: it is not about the next one."""
        for room in list(self._rooms.concerning(key)):
            for change in (Change(room.key, key, "moderator", None), Change(room.key, key, "invited", None)):
                self._moderation.apply([change])

    def _put_out(self, user: User) -> None:
        """Remove somebody from the rooms that only an operator may be in."""
        for room in list(user.rooms):
            error = permissions.refusal_to_stay(user, room, self._calendar.seconds() * 1000)
            if error is not None:
                self._remove(user, room, error)

    def _remove(self, user: User, room: Room, reason: ChatError) -> None:
        acts = membership(user, room, present=False)
        was_there = user in room.members  # else a join is on its way, and is refused when it is delivered
        room.forsake(user)
        room.members.discard(user)  # now: what is delivered next was said after that
        self._journal.append(Left(user, None, None, room, acts, put_out=was_there))
        told = Error(SERVER, user.name, reason.text, code=reason.code, room=room.name)
        for peer in list(user.peers):
            peer.tell(told)
