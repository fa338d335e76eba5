"""The users, rooms and accounts of a server, found by their names."""

from __future__ import annotations

from dataclasses import dataclass, field

from classchat.core.accounts import AccountRegistry
from classchat.core.model import User
from classchat.core.notices import Outdated
from classchat.core.rooms import RoomRegistry
from classchat.core.users import UserRegistry
from classchat.core.watchers import Watchers
from classchat.errors import UserNotFound
from classchat.limits import Limits


@dataclass(eq=False, slots=True)
class Directory:
    """The registries that all parts of the chat share."""

    limits: Limits
    users: UserRegistry = field(init=False)
    rooms: RoomRegistry = field(init=False)
    accounts: AccountRegistry = field(init=False)
    watchers: Watchers = field(init=False)

    def __post_init__(self) -> None:
        """Create empty registries."""
        self.users = UserRegistry(self.limits.user_name)
        self.rooms = RoomRegistry(self.limits.room_name, self.limits.rooms)
        self.accounts = AccountRegistry(self.limits, self.users.in_use)
        self.watchers = Watchers()

    def user_or_owner(self, name: str) -> User:
        """Return the user of a name, in any spelling: one who is signed in, or the owner of an account.

        Raises:
            UserNotFound: there is neither.
        """
        user = self.users.find(name)
        if user is not None:
            return user
        account = self.accounts.find(name)
        if account is None:
            raise UserNotFound(name)
        return account.user

    def outdated(self) -> list[Outdated]:
        """Return the stored names that are no longer valid, because the rules have become stricter."""
        accounts = [account.name for account in self.accounts if not self.users.may_be(account.name)]
        found = (("rooms", self.rooms.outdated()), ("accounts", accounts))
        return [Outdated(what, tuple(names)) for what, names in found if names]
