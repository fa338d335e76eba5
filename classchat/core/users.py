"""The registry of users."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from classchat import names
from classchat.core.lookalikes import LookAlikes
from classchat.core.model import User
from classchat.core.sorted import Sorted
from classchat.errors import ChatError, InvalidName, NameTooSimilar, UsernameTaken


class Onlooker(Protocol):
    """What is told which users are signed in."""

    def arrived(self, user: User) -> None:
        """Take note of a user who is signed in from now on."""

    def renamed(self, user: User, old: str) -> None:
        """Take note of a user who has another name from now on, and had an `old` one."""

    def left(self, user: User) -> None:
        """Take note of a user who is no longer signed in."""


class UserRegistry:
    """The users who are signed in, by name."""

    def __init__(self, longest_name: int, in_use: LookAlikes | None = None) -> None:
        """Accept names of at most `longest_name` characters that do not look like one `in_use`."""
        self._longest_name = longest_name
        self.in_use = LookAlikes(names.RESERVED_FOR_USERS) if in_use is None else in_use
        """The names of signed-in users, and all others that a new name must not look like."""
        self._users: dict[str, User] = {}
        self._spelled: dict[str, User] = {}  # by the name as it is shown, which most requests use
        self.ordered: Sorted[User] = Sorted()
        """The same users, in the order of their names."""
        self.onlookers: list[Onlooker] = []
        """What is told at once of each user who arrives, takes another name or leaves."""
        self._persons: dict[int, User] = {}  # by the number of the person
        self._renamed: dict[bytes, User] = {}  # those with former names, by the digest of their token
        self.renaming: dict[str, User] = {}
        """The users who are about to take another name, by its key: it is theirs already."""

    def __len__(self) -> int:
        return len(self._users)

    def __contains__(self, user: User) -> bool:
        return self._users.get(user.person.key) is user

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def find(self, name: str) -> User | None:
        """Return the signed-in user of a name in any spelling, or None."""
        user = self._spelled.get(name)
        if user is None and names.may_be_spelled(name, self._longest_name):
            user = self._users.get(names.user_key(name))
        return user

    def by_person(self, number: int) -> User | None:
        """Return the signed-in user who is the person with a number, or None."""
        return self._persons.get(number)

    def by_former_name(self, name: str, token: bytes) -> User | None:
        """Return the signed-in guest who had a name before and has this token, by its digest; or None."""
        user = self._renamed.get(token)
        if user is None or user.account is not None:  # an account's devices have tokens of their own
            return None
        return user if names.user_key(name) in user.person.former else None

    def key_of(self, name: str) -> str | None:
        """Return the key of a name, which need be no user's; None for what is too long for a name."""
        return names.user_key(name) if names.may_be_spelled(name, self._longest_name) else None

    def may_be(self, name: str) -> bool:
        """Return whether a user may have this name."""
        shown = names.user_name(name, self._longest_name)
        return shown is not None and names.reserved_for_users(shown) is None

    def may_have_been(self, name: str) -> bool:
        """Return whether a user may have had this name, by the rules of any version."""
        return names.was_name(name, self._longest_name)

    def shown(self, name: str) -> str:
        """Return a name as it is shown.

        Raises:
            InvalidName: a user can't have it, or it is reserved.
        """
        shown = names.user_name(name, self._longest_name)
        if shown is None or names.reserved_for_users(shown):
            in_order = shown is None and names.is_name(name, self._longest_name)
            other = names.SERVER if shown is None else names.reserved_for_users(shown)
            raise InvalidName("user name", self._longest_name, other, in_order)
        return shown

    def check(self, name: str) -> User | None:
        """Return the signed-in user who has a name, or is about to take it; or None.

        Raises:
            InvalidName: a user can't have it, or it is reserved.
            NameTooSimilar: it is free, but looks like one that is in use or reserved.
        """
        return self._bearer(self.shown(name))

    def _bearer(self, shown: str) -> User | None:
        """Return the user who has a name, or is about to take it; or None if it is free."""
        key = names.user_key(shown)
        bearer = self._users.get(key) or self.renaming.get(key)
        if bearer is None:
            like = self.in_use.find(shown)
            if like is not None:
                raise NameTooSimilar(shown, like)
        return bearer

    def add(self, user: User) -> User:
        """Add a user with a name that is free.

        Raises:
            InvalidName: a user can't have the name, or it is reserved.
            NameTooSimilar: the name looks like one that is in use or reserved.
            UsernameTaken: the name is in use, perhaps in another spelling.
        """
        self.check_free(user.name)
        self.admit(user)
        return user

    def check_free(self, name: str) -> str:
        """Return a name that a new user may have, as it is shown.

        Raises:
            InvalidName: a user can't have the name, or it is reserved.
            NameTooSimilar: the name looks like one that is in use or reserved.
            UsernameTaken: the name is in use, perhaps in another spelling.
        """
        shown = self.shown(name)
        if self._bearer(shown) is not None:
            raise UsernameTaken(name)
        return shown

    def lost_to(self, name: str) -> ChatError | None:
        """Return why a name that is reserved can't be had: a user of another node was faster."""
        if self._users.get(names.user_key(name)) is not None:
            return UsernameTaken(name)
        self.in_use.remove(name)
        like = self.in_use.find(name)
        self.in_use.add(name)
        return None if like is None else NameTooSimilar(name, like)

    def admit(self, user: User) -> None:
        """Add a user with a name that was just checked, or that belongs to an account."""
        self._put(user)
        for onlooker in self.onlookers:
            onlooker.arrived(user)

    def _put(self, user: User) -> None:
        self._users[user.person.key] = self._spelled[user.name] = user
        self.ordered.add(user)
        self.in_use.add(user.name)
        self._persons[user.person.number] = user
        if user.person.former:
            self._renamed[user.person.token] = user

    def remove(self, user: User) -> None:
        """Remove a user, whose name is free then."""
        self._take(user)
        for onlooker in self.onlookers:
            onlooker.left(user)

    def _take(self, user: User) -> None:
        del self._users[user.person.key], self._spelled[user.name]
        self.ordered.discard(user)
        self.in_use.remove(user.name)
        del self._persons[user.person.number]
        self._renamed.pop(user.person.token, None)

    def reserve(self, name: str, user: User) -> None:
        """Keep a name that is free for a user who is about to take it."""
        self.renaming[names.user_key(name)] = user
        self.in_use.add(name)

    def release(self, name: str) -> None:
        """Keep a name no longer that a user was about to take."""
        del self.renaming[names.user_key(name)]
        self.in_use.remove(name)

    def rename(self, user: User, name: str) -> None:
        """Give a user another name, which is free."""
        old = user.name
        self._take(user)
        user.name = name
        user.person.take_name(name, names.user_key(name))
        self._put(user)
        for onlooker in self.onlookers:
            onlooker.renamed(user, old)
