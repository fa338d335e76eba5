"""Names that belong to somebody.

Who claims a name keeps it, with a password that only the journal knows, and is somebody also while he is
away: `User` stays, with nobody to write to.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from classchat import names
from classchat.core.acts import Act, Change
from classchat.core.model import Account, Room, User


class AccountRegistry:
    """All claimed names."""

    def __init__(self, longest_name: int) -> None:
        """Look for names of at most `longest_name` characters."""
        self._longest_name = longest_name
        self._accounts: dict[str, Account] = {}

    def __len__(self) -> int:
        return len(self._accounts)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def find(self, name: str) -> Account | None:
        """Return whose a name is, however it is spelled, if it is anybody's."""
        if not self._accounts or not names.may_be_spelled(name, self._longest_name):
            return None
        return self._accounts.get(names.user_key(name))

    @property
    def keys(self) -> Container[str]:
        """The keys of all claimed names, as they are whenever one looks."""
        return self._accounts

    def by_key(self, key: str) -> Account | None:
        """Return whose a name is, by its key."""
        return self._accounts.get(key)

    def add(self, account: Account) -> None:
        """Know that a name is claimed from now on."""
        self._accounts[account.key] = account

    def remove(self, account: Account) -> None:
        """Know that it is not any more."""
        del self._accounts[account.key]


def subject_of(user: User) -> str:
    """Return what rows of order call somebody: a claimed name is its owner's, a guest is who he is.

    For a guest's name may be somebody else's tomorrow; no name has a `~`.
    """
    return user.person.key if user.account is not None else f"~{user.person.number}"


def owner_of(user: User) -> int | None:
    """Return who has to have the account that rows about somebody are about; None for a guest."""
    return user.person.number if user.account is not None else None


def membership(user: User, room: Room, *, present: bool) -> tuple[Act, ...]:
    """Return what is kept of a membership: a guest is a member only as long as their connection lasts."""
    if user.account is None:
        return ()
    value = "" if present else None
    return (Change(room.key, user.person.key, "member", value, owner_of(user)),)
