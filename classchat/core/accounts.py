"""The registry of accounts, and what follows for a user who has one.

The owner of a claimed name has a password, whose hash only the journal knows. The owner's `User` stays in the
registry while they are not connected, without any clients.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from classchat import names
from classchat.core.acts import Act, Change
from classchat.core.model import Account, Room, User


class AccountRegistry:
    """All accounts, by name."""

    def __init__(self, longest_name: int) -> None:
        """Look up names of at most `longest_name` characters."""
        self._longest_name = longest_name
        self._accounts: dict[str, Account] = {}

    def __len__(self) -> int:
        return len(self._accounts)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def find(self, name: str) -> Account | None:
        """Return the account of a name, in any spelling, if the name is claimed."""
        if not self._accounts or not names.may_be_spelled(name, self._longest_name):
            return None
        return self._accounts.get(names.user_key(name))

    @property
    def keys(self) -> Container[str]:
        """A live view of the keys of all claimed names."""
        return self._accounts

    def by_key(self, key: str) -> Account | None:
        """Return the account of a name by its key, if the name is claimed."""
        return self._accounts.get(key)

    def add(self, account: Account) -> None:
        """Add an account."""
        self._accounts[account.key] = account

    def remove(self, account: Account) -> None:
        """Remove an account: its name is no longer claimed."""
        del self._accounts[account.key]


def subject_of(user: User) -> str:
    """Return the subject of rows about a user: the key of a claimed name, or the number of a guest's person.

    The name of a guest may be another person's tomorrow. No name has a `~`.
    """
    return user.person.key if user.account is not None else f"~{user.person.number}"


def owner_of(user: User) -> int | None:
    """Return the person who must own the account that rows about a user refer to; None for a guest."""
    return user.person.number if user.account is not None else None


def membership(user: User, room: Room, *, present: bool) -> tuple[Act, ...]:
    """Return the acts that store a membership: none for a guest, who is a member only while connected."""
    if user.account is None:
        return ()
    value = "" if present else None
    return (Change(room.key, user.person.key, "member", value, owner_of(user)),)
