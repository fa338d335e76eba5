"""The operator's queries and changes on a journal, with or without a running server.

The server reads passwords from the journal each time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from classchat import names
from classchat.core.lookalikes import LookAlikes
from classchat.core.model import room_log_key
from classchat.core.orders import Order
from classchat.journal import enrolment, tables
from classchat.journal.command_changes import CommandChanges, NotDone
from classchat.journal.tables import AccountRow, AuditRow
from classchat.limits import Limits
from classchat.texts import quoted

_STEP = 1_000
"""Messages that are changed in one transaction; more would make a running server wait too long."""


def new_name(name: str) -> str:
    """Return a name that can be registered, as it is shown.

    Raises:
        NotDone: it can't be.
    """
    shown = names.user_name(name, Limits.user_name)
    if shown is None or names.reserved_for_users(shown):
        raise NotDone(f"'{quoted(name)}' is not allowed as a user name.")
    return shown


def known_name(name: str) -> str:
    """Return a name that may be registered, perhaps by older rules, as it is shown.

    Raises:
        NotDone: it can't be one.
    """
    shown = names.user_name(name, Limits.user_name)
    if shown is None and not names.was_name(name, Limits.user_name):
        raise NotDone(f"'{quoted(name)}' is not allowed as a user name.")
    return shown or name


class RoomRow(NamedTuple):
    """A room, with its order."""

    name: str
    messages: int
    """The number of the room's last message."""

    order: Order


class Administration(CommandChanges):
    """A connection for the commands of `classchat admin`."""

    # Queries.

    def audit(self, last: int) -> list[AuditRow]:
        """Return the last lines of the audit log, oldest first."""
        return tables.audit(self._db, last)

    def accounts(self) -> list[AccountRow]:
        """Return all registered names, the oldest first."""
        return tables.accounts(self._db)

    def rooms(self) -> list[RoomRow]:
        """Return all rooms, including those that the server no longer keeps in memory."""
        orders: dict[str, Order] = {}
        for change in tables.changes(self._db):
            orders.setdefault(change.room, Order()).apply(change)
        rows = self._db.execute(
            "SELECT name, last_seq FROM conversations WHERE name IS NOT NULL ORDER BY name"
        )
        return [RoomRow(name, last, orders.get(room_log_key(name), Order())) for name, last in rows]

    def check(self, name: str, *, claimed: bool) -> None:
        """Check that a name is, or is not, registered.

        Raises:
            NotDone: the opposite is true.
        """
        account = self._account(name)
        if claimed and account is None:
            raise _not_claimed(name)
        if not claimed and account is not None:
            raise _claimed(account)

    def _account(self, name: str) -> AccountRow | None:
        return tables.account(self._db, names.user_key(name))

    # Changes. All raise NotDone, and change nothing, if the request can't be carried out.

    def set_operator(self, name: str, operator: bool) -> str:
        """Make the owner of a name an operator, or remove that right; return the name as it is shown."""
        with self._change("operator", name, "add" if operator else "remove") as account:
            if account is None:
                raise _not_claimed(name)
            if bool(account.operator) is operator:
                raise NotDone(
                    f"'{account.name}' is {'already an operator' if operator else 'not an operator'}."
                )
            self._db.execute("UPDATE accounts SET operator = ? WHERE key = ?", (int(operator), account.key))
            return account.name

    def set_password(self, name: str, hash: str) -> str:
        """Change the password of a registered name, and make its devices' tokens invalid."""
        with self._change("password", name) as account:
            if account is None:
                raise _not_claimed(name)
            self._db.execute(
                "UPDATE accounts SET password = ?, changed = ? WHERE key = ?",
                (hash, self._now(), account.key),
            )
            self._db.execute("DELETE FROM tokens WHERE person = ?", (account.person,))
            return account.name

    def claim(self, name: str, hash: str) -> str:
        """Register a name with this password for a new person.

        Raises:
            NotDone: it is registered, or too similar to a registered name.
        """
        with self._change("claim", name) as account:
            if account is not None:
                raise _claimed(account)
            self._check_look(name)
            key, now = names.user_key(name), self._now()
            tables.forget_subject(self._db, key)
            # A running server numbers persons upwards from 1 and does not know ours, which are below.
            (number,) = self._db.execute(
                "SELECT coalesce(min(id), 0) - 1 FROM persons WHERE id < 0"
            ).fetchone()
            self._db.execute("INSERT INTO persons VALUES(?, ?, ?, NULL, ?)", (number, name, key, now))
            self._db.execute(
                "INSERT INTO accounts(key, name, person, password, created, changed)"
                " VALUES(?, ?, ?, ?, ?, ?)",
                (key, name, number, hash, now, now),
            )
            return name

    def release(self, name: str) -> str:
        """Release a name; its owner's roles, invitations and memberships end.

        The request ids of the name are deleted as well: otherwise a message of the next owner could count as
        a repetition.
        """
        key = names.user_key(name)
        while self._account(name) is not None and self._forget_requests(key) == _STEP:
            pass  # the rest goes with the release itself, which has to be short
        with self._change("release", name) as account:
            if account is None:
                raise _not_claimed(name)
            self._db.execute("DELETE FROM tokens WHERE person = ?", (account.person,))
            self._db.execute("DELETE FROM accounts WHERE key = ?", (account.key,))
            tables.forget_subject(self._db, account.key)
            enrolment.unlink(self._db, account.person)
            self._forget_requests(account.key)
            return account.name

    def _forget_requests(self, key: str) -> int:
        """Delete some request ids from the messages of a name's owner; return how many."""
        return self._db.execute(
            "UPDATE messages SET request = NULL WHERE id IN"
            " (SELECT id FROM messages WHERE sender_key = ? AND request IS NOT NULL LIMIT ?)",
            (key, _STEP),
        ).rowcount

    def _check_look(self, name: str) -> None:
        """Raise NotDone if a name is too similar to a registered one."""
        claimed = LookAlikes(names.RESERVED_FOR_USERS)
        for row in tables.accounts(self._db):
            claimed.add(row.name)
        like = claimed.find(name)
        if like is not None:
            raise NotDone(
                f"The name '{name}' is too similar to '{like}', which is registered. Choose another name."
            )

    @contextmanager
    def _change(self, action: str, name: str, detail: str = "") -> Iterator[AccountRow | None]:
        """Change something about a name in one transaction; yields its account, if it is registered."""
        with self._transaction():
            account = self._account(name)
            yield account
            self._record(action, name if account is None else account.name, detail)


def _not_claimed(name: str) -> NotDone:
    return NotDone(f"The name '{name}' is not registered. To register it: classchat admin claim {name}")


def _claimed(account: AccountRow) -> NotDone:
    return NotDone(f"The name '{account.name}' is already registered.")
