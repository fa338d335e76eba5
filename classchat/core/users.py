"""Who is here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classchat import names
from classchat.errors import InvalidName, UsernameTaken, UserNotFound

if TYPE_CHECKING:
    from classchat.core.ports import Peer
    from classchat.core.rooms import Dialog, Room


@dataclass(eq=False, slots=True)
class User:
    """A named person who is signed in."""

    name: str
    peers: list[Peer] = field(default_factory=list)
    """Where what is said to this user goes: the client of each session, and there is one for now."""

    rooms: set[Room] = field(default_factory=set)
    """The rooms that this user asked to be in and did not ask to leave.

    A room's own `members` follow when the journal has it.
    """

    dialogs: dict[User, Dialog] = field(default_factory=dict)
    """The private conversations, by the other one: they end when either of the two leaves."""


class UserRegistry:
    """The users who are signed in, by name."""

    def __init__(self, longest_name: int) -> None:
        """Take names of at most `longest_name` characters."""
        self._longest_name = longest_name
        self._users: dict[str, User] = {}
        self._spelled: dict[str, User] = {}  # by the name as it is shown, which is how most ask for it

    def __len__(self) -> int:
        return len(self._users)

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def get(self, name: str) -> User:
        """Return the user of that name, however it is spelled.

        Raises:
            UserNotFound: nobody is signed in under it.
        """
        user = self._spelled.get(name)
        if user is None and len(name) <= self._longest_name:
            user = self._users.get(names.key(name))
        if user is None:
            raise UserNotFound(name)
        return user

    def add(self, name: str) -> User:
        """Sign in a user under a name that nobody has.

        Raises:
            InvalidName: it is no name, or the server's own.
            UsernameTaken: it is somebody's, perhaps in another spelling.
        """
        if not names.is_name(name, self._longest_name) or names.is_reserved(name):
            raise InvalidName("user name", self._longest_name, names.SERVER)
        key = names.key(name)
        if key in self._users:
            raise UsernameTaken(name)
        user = self._users[key] = self._spelled[name] = User(name)
        return user

    def remove(self, user: User) -> None:
        """Sign a user out; the name is free, and the private conversations are over."""
        del self._users[names.key(user.name)], self._spelled[user.name]
        for other in user.dialogs:
            if other is not user:
                del other.dialogs[user]
        user.dialogs.clear()
