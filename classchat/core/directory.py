"""The users, rooms and accounts of a server, found by their names."""

from __future__ import annotations

from dataclasses import dataclass, field

from classchat.core.accounts import AccountRegistry
from classchat.core.notices import Outdated
from classchat.core.rooms import RoomRegistry
from classchat.core.users import UserRegistry
from classchat.limits import Limits


@dataclass(eq=False, slots=True)
class Directory:
    """The registries that all parts of the chat share."""

    limits: Limits
    users: UserRegistry = field(init=False)
    rooms: RoomRegistry = field(init=False)
    accounts: AccountRegistry = field(init=False)

    def __post_init__(self) -> None:
        """Create empty registries."""
        self.users = UserRegistry(self.limits.user_name)
        self.rooms = RoomRegistry(self.limits.room_name, self.limits.rooms)
        self.accounts = AccountRegistry(self.limits, self.users.in_use)

    def outdated(self) -> list[Outdated]:
        """Return the stored names that are no longer valid, because the rules have become stricter."""
        accounts = [account.name for account in self.accounts if not self.users.may_be(account.name)]
        found = (("rooms", self.rooms.outdated()), ("accounts", accounts))
        return [Outdated(what, tuple(names)) for what, names in found if names]
