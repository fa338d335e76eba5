"""The registry of accounts, and what follows for a user who has one.

The owner of a claimed name has a password, whose hash only the journal knows. The owner's `User` stays in the
registry while they are not connected, without any clients.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from classchat import names
from classchat.core.acts import Act, Change, Seat
from classchat.core.lookalikes import LookAlikes
from classchat.core.model import Account, Room, User
from classchat.core.orders import GUEST
from classchat.core.persons import Person
from classchat.core.stored import StoredAccount
from classchat.limits import Limits


class AccountRegistry:
    """All accounts, by name."""

    def __init__(self, limits: Limits, in_use: LookAlikes) -> None:
        """Record claimed names, and those of the operators, as names `in_use`."""
        self._limits = limits
        self._in_use = in_use
        self._accounts: dict[str, Account] = {}
        self._by_person: dict[int, Account] = {}
        for key in limits.operators:
            in_use.add(key)  # also before it is claimed: a look-alike would prevent that

    def __len__(self) -> int:
        return len(self._accounts)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def find(self, name: str) -> Account | None:
        """Return the account of a name, in any spelling, if the name is claimed."""
        if not self._accounts or not names.may_be_spelled(name, self._limits.user_name):
            return None
        return self._accounts.get(names.user_key(name))

    @property
    def keys(self) -> Container[str]:
        """A live view of the keys of all claimed names."""
        return self._accounts

    def by_key(self, key: str) -> Account | None:
        """Return the account of a name by its key, if the name is claimed."""
        return self._accounts.get(key)

    def by_person(self, number: int) -> Account | None:
        """Return the account of a person by their number, if they own one."""
        return self._by_person.get(number)

    def add(self, person: Person, left: float | None, user: User | None = None) -> Account:
        """Add the account of a person who is connected as a `user`, or has left at some time."""
        user = user or User(person.name, person)
        user.visit = 0
        account = user.account = self._accounts[person.key] = Account(user, left, left)
        self._by_person[person.number] = account
        self._in_use.add(user.name)  # also while the owner is not connected
        return account

    def restore(self, row: StoredAccount, now: float) -> Account:
        """Add the account of an owner who is not connected, as the journal has it."""
        left = now if row.ended is None else row.ended / 1000
        account = self.add(Person(row.name, row.key, b"", row.person), left)
        if row.unheard is not None:
            account.unheard = min(row.unheard / 1000, left)
        account.user.operator = self.is_operator(row)
        return account

    def is_operator(self, row: StoredAccount) -> bool:
        """Return whether the owner of an account is an operator of the server."""
        return row.operator or row.key in self._limits.operators

    def remove(self, account: Account) -> None:
        """Remove an account: its user is a guest, and its name is no longer claimed."""
        user = account.user
        del self._accounts[account.key], self._by_person[user.person.number]
        self._in_use.remove(user.name)
        user.account, user.operator = None, False


def subject_of(user: User) -> str:
    """Return the subject of rows about a user: the key of a claimed name, or the number of a guest's person.

    The name of a guest may be another person's tomorrow. No name has a `~`.
    """
    return user.person.key if user.account is not None else f"{GUEST}{user.person.number}"


def owner_of(user: User) -> int | None:
    """Return the person who must own the account that rows about a user refer to; None for a guest."""
    return user.person.number if user.account is not None else None


def membership(user: User, room: Room, *, present: bool) -> tuple[Act, ...]:
    """Return the acts that store a membership.

    A guest is a member only while connected: only other nodes have to know it.
    """
    if user.account is None:
        seat = Seat(user.person.number, user.visit, room.key, present)
        return (seat,) if user.visit else ()
    value = "" if present else None
    return (Change(room.key, user.person.key, "member", value, owner_of(user)),)
