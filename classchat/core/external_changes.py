"""Applies what another program has changed about accounts while the server runs.

released             the former owner is signed out and leaves all rooms; the next owner is a new person
claimed              the name needs its password from now on; a guest keeps it until the owner signs in
an operator, or not  has the rights from now on, or leaves the rooms that only operators may be in
"""

from __future__ import annotations

from collections.abc import Sequence

from classchat.core.acts import Change
from classchat.core.directory import Directory
from classchat.core.features.moderation import Moderation
from classchat.core.guest_rights import ROLES
from classchat.core.model import Account
from classchat.core.people import People
from classchat.core.persons import Person
from classchat.core.ports import Calendar
from classchat.core.stored import Ownership, StoredAccount


class ExternalChanges:
    """Applies such changes."""

    def __init__(
        self,
        directory: Directory,
        people: People,
        moderation: Moderation,
        calendar: Calendar,
    ) -> None:
        self._users = directory.users
        self._rooms = directory.rooms
        self._accounts = directory.accounts
        self._presence = people.presence
        self._moderation = moderation
        self._empowering = people.empowering
        self._calendar = calendar

    def apply(self, ownerships: Sequence[Ownership]) -> None:
        """Give names to their present owners. Harmless twice."""
        for one in ownerships:
            account, row = self._accounts.by_key(one.key), one.account
            if account is not None and (row is None or row.person != account.user.person.number):
                self._presence.release(account)
                self._disempower(account.user.person)
                self._forget(one.key)
                account = None
            if row is not None:
                user = (account or self._new(row)).user
                was, user.operator = user.operator, self._accounts.is_operator(row)
                if was and not user.operator:
                    self._empowering.remove_from_rooms(user)
                    self._disempower(user.person)

    def _new(self, row: StoredAccount) -> Account:
        """Return the new account of a name; its owner may be here, who has claimed it on another node."""
        bearer = self._users.by_person(row.person)
        if bearer is not None and bearer.account is None:
            return self._accounts.add(bearer.person, None, bearer)
        return self._accounts.restore(row, self._calendar.seconds())

    def _forget(self, key: str) -> None:
        """Remove what was decided about the owner of a name: it is not about the next one."""
        for room in list(self._rooms.concerning(key)):
            self._moderation.apply([Change(room.key, key, what, None) for what in ROLES])

    def _disempower(self, operator: Person) -> None:
        """Take the rights of a former operator from the guests who act as this operator."""
        for user in list(self._users):
            if user.empowered_by is operator:
                self._empowering.end(user)
