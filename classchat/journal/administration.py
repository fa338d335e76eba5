"""What the operator looks up and changes in a journal's file, beside a running server or without one.

Each change is one short transaction with its line in the audit log, by which a running server finds it, see
`elsewhere.py`. Passwords it reads each time it needs one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from classchat import names
from classchat.core.acts import Audited
from classchat.core.lookalikes import LookAlikes
from classchat.core.model import room_log_key
from classchat.core.orders import Order
from classchat.journal import tables
from classchat.journal.elsewhere import ACTOR, touch
from classchat.journal.schema import open_to_change
from classchat.journal.tables import AccountRow, Row

_STEP = 1_000
"""Messages that are changed in one transaction: with more, a running server would wait too long for it."""


class NotDone(Exception):
    """What was asked can't be done, and its text is the sentence that says why."""


class RoomRow(NamedTuple):
    """A room, and what was decided there."""

    name: str
    messages: int
    """The number of its last message."""

    order: Order


class Administration:
    """A connection of its own to the file; none of this makes one, or needs the server to stop."""

    def __init__(self, path: Path, now: Callable[[], int]) -> None:
        """Open the file; `now` is the time of day in milliseconds.

        Raises:
            CannotOpen: there is none, or no writing to it.
        """
        self._db = open_to_change(path)
        self._path = path.resolve()
        self._now = now

    def close(self) -> None:
        """Close the file. Harmless twice."""
        self._db.close()

    # Looking.

    def audit(self, last: int) -> list[Row]:
        """Return the last lines of the audit log, oldest first."""
        return tables.audit(self._db, last)

    def accounts(self) -> list[AccountRow]:
        """Return all claimed names, the oldest first."""
        return tables.accounts(self._db)

    def rooms(self) -> list[RoomRow]:
        """Return all rooms, also those that the server has let go."""
        orders: dict[str, Order] = {}
        for change in tables.changes(self._db):
            orders.setdefault(change.room, Order()).apply(change)
        rows = self._db.execute(
            "SELECT name, last_seq FROM conversations WHERE name IS NOT NULL ORDER BY name"
        )
        return [RoomRow(name, last, orders.get(room_log_key(name), Order())) for name, last in rows]

    def check(self, name: str, *, claimed: bool) -> None:
        """See whether a name is claimed, or is not.

        Raises:
            NotDone: it is the other way round.
        """
        account = self._account(name)
        if claimed and account is None:
            raise _not_claimed(name)
        if not claimed and account is not None:
            raise _claimed(account)

    def _account(self, name: str) -> AccountRow | None:
        return tables.account(self._db, names.user_key(name))

    # Changing. All raise NotDone where it can't be done, and change nothing then.

    def set_operator(self, name: str, operator: bool) -> str:
        """Make who has claimed a name an operator, or one no more; return the name as it is shown."""
        with self._change("operator", name, "add" if operator else "remove") as account:
            if account is None:
                raise _not_claimed(name)
            if bool(account.operator) is operator:
                raise NotDone(
                    f"'{account.name}' is {'already an operator' if operator else 'not an operator'}."
                )
            self._db.execute("UPDATE accounts SET operator = ? WHERE key = ?", (operator, account.key))
            return account.name

    def set_password(self, name: str, hash: str) -> str:
        """Give a claimed name another password; no device is known by its token any more."""
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
        """Give a name to the owner of this password: somebody who was never here before.

        Raises:
            NotDone: it is claimed, or looks like a name that is.
        """
        with self._change("claim", name) as account:
            if account is not None:
                raise _claimed(account)
            self._check_look(name)
            key, now = names.user_key(name), self._now()
            tables.forget_subject(self._db, key)
            # A running server counts persons upwards from 1, and does not know of ours: they are below.
            (number,) = self._db.execute("SELECT min(coalesce(min(id), 0), 0) - 1 FROM persons").fetchone()
            self._db.execute("INSERT INTO persons VALUES(?, ?, ?, NULL, ?)", (number, name, key, now))
            self._db.execute(
                "INSERT INTO accounts(key, name, person, password, created, changed)"
                " VALUES(?, ?, ?, ?, ?, ?)",
                (key, name, number, hash, now, now),
            )
            return name

    def release(self, name: str) -> str:
        """Free a name; its owner has no part in any room from then on.

        Nor is what the next owner says taken for a repetition of what this one has said.
        """
        key = names.user_key(name)
        while self._account(name) is not None and self._forget_requests(key) == _STEP:
            pass  # the rest with the release itself, which has to be short
        with self._change("release", name) as account:
            if account is None:
                raise _not_claimed(name)
            self._db.execute("DELETE FROM tokens WHERE person = ?", (account.person,))
            self._db.execute("DELETE FROM accounts WHERE key = ?", (account.key,))
            tables.forget_subject(self._db, account.key)
            self._forget_requests(account.key)
            return account.name

    def _forget_requests(self, key: str) -> int:
        """Forget by which `id`s messages of a name's owner are known again, a step of it; return how many."""
        return self._db.execute(
            "UPDATE messages SET request = NULL WHERE id IN"
            " (SELECT id FROM messages WHERE sender_key = ? AND request IS NOT NULL LIMIT ?)",
            (key, _STEP),
        ).rowcount

    def _check_look(self, name: str) -> None:
        """Raise NotDone if a name looks like one that is claimed."""
        claimed = LookAlikes()
        for row in tables.accounts(self._db):
            claimed.add(row.name)
        like = claimed.find(name)
        if like is not None:
            raise NotDone(
                f"The name '{name}' is too similar to '{like}', which is registered. Choose another name."
            )

    @contextmanager
    def _change(self, action: str, name: str, detail: str = "") -> Iterator[AccountRow | None]:
        """Change something about a name in one transaction; who has claimed it is what is yielded."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            account = self._account(name)
            yield account
            shown = name if account is None else account.name
            tables.write(self._db, [Audited(ACTOR, action, target=shown, detail=detail)], self._now())
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        touch(self._path)


def _not_claimed(name: str) -> NotDone:
    return NotDone(f"The name '{name}' is not registered. To register it: classchat admin claim {name}")


def _claimed(account: AccountRow) -> NotDone:
    return NotDone(f"The name '{account.name}' is already registered.")


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether somebody else was writing for too long."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
