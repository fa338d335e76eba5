"""Transactions: a failed write is not there after a restart either, or its failure is not reported yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from classchat.journal.database import Uncertain
from classchat.journal.opening import open_to_write
from classchat.journal.transactions import Transactions

CHANGE = "UPDATE journal SET last_id = last_id + 1"
OVERWRITE = "UPDATE journal SET created = created + 1"


def broken(code: int) -> sqlite3.Error:
    """Return SQLite's error for a disk that fails in this way."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


UNCONFIRMED = broken(sqlite3.SQLITE_IOERR_FSYNC)
FULL = broken(sqlite3.SQLITE_FULL)


class Disk:
    """A connection whose commits or transactions fail on command."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self.done: list[str] = []
        self.commits: list[sqlite3.Error | None] = []
        """The results of the next commits; later ones succeed."""

        self.begins: list[sqlite3.Error | None] = []

    @property
    def in_transaction(self) -> bool:
        """Whether one has begun and not ended."""
        return self.db.in_transaction

    def execute(self, statement: str) -> Any:
        """Execute a statement, or fail."""
        planned = {"COMMIT": self.commits, "BEGIN IMMEDIATE": self.begins}.get(statement)
        error = planned.pop(0) if planned else None
        if error is not None:
            if statement == "COMMIT":
                self.db.execute("ROLLBACK")
            raise error
        self.done.append(statement)
        return self.db.execute(statement)

    @property
    def changed(self) -> int:
        """How often the change was made for good."""
        count: int = self.db.execute("SELECT last_id FROM journal").fetchone()[0]
        return count

    @property
    def overwritten(self) -> int:
        """The number of writes that change nothing."""
        return self.done.count(OVERWRITE)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A new journal on a disk that works."""
    db, lock = open_to_write(tmp_path / "classchat.sqlite")
    with closing(db), closing(lock):
        yield Disk(db)


@pytest.fixture
def transactions(disk: Disk) -> Transactions:
    """The transactions on it."""
    return Transactions(disk)  # type: ignore[arg-type]


def change(disk: Disk, transactions: Transactions) -> None:
    """Change something."""
    with transactions.one():
        disk.execute(CHANGE)


def test_what_succeeds_is_written_once(disk: Disk, transactions: Transactions) -> None:
    """On a working disk each write happens once."""
    change(disk, transactions)

    assert ["BEGIN IMMEDIATE", CHANGE, "COMMIT"] == disk.done
    assert 1 == disk.changed


def test_a_commit_that_is_not_confirmed_is_overwritten(disk: Disk, transactions: Transactions) -> None:
    """A commit that only the disk did not confirm may be complete in the log."""
    disk.commits = [UNCONFIRMED]
    with pytest.raises(sqlite3.OperationalError):
        change(disk, transactions)

    assert (0, 1) == (disk.changed, disk.overwritten)


def test_an_overwriting_that_is_not_confirmed_has_overwritten(disk: Disk, transactions: Transactions) -> None:
    """On a disk that confirms nothing at all, a failed write is refused at once."""
    disk.commits = [UNCONFIRMED, UNCONFIRMED]
    with pytest.raises(sqlite3.OperationalError) as caught:
        change(disk, transactions)

    assert not isinstance(caught.value, Uncertain)
    assert 1 == disk.overwritten


def test_a_full_disk_leaves_nothing(disk: Disk, transactions: Transactions) -> None:
    """A commit that could not write all its pages is complete nowhere."""
    disk.commits = [FULL]
    with pytest.raises(sqlite3.OperationalError):
        change(disk, transactions)

    assert (0, 0) == (disk.changed, disk.overwritten)


@pytest.mark.parametrize("failing", ["commits", "begins"])
def test_nobody_knows_while_nothing_can_be_written(
    disk: Disk, transactions: Transactions, failing: str
) -> None:
    """If the remains of a failed write can't be overwritten, its result stays uncertain until they can."""
    disk.commits = [UNCONFIRMED]
    getattr(disk, failing).extend([None, FULL, FULL] if failing == "begins" else [FULL, FULL])
    with pytest.raises(Uncertain):
        change(disk, transactions)
    with pytest.raises(Uncertain):
        transactions.make_certain()
    transactions.make_certain()
    transactions.make_certain()

    assert (0, "COMMIT") == (disk.changed, disk.done[-1])


def test_nothing_is_written_over_what_nobody_knows(disk: Disk, transactions: Transactions) -> None:
    """While a result is uncertain no other transaction begins, not even one without writes."""
    disk.commits = [UNCONFIRMED, FULL, FULL]
    with pytest.raises(Uncertain):
        change(disk, transactions)
    with pytest.raises(Uncertain):
        change(disk, transactions)
    with transactions.one():
        pass
    change(disk, transactions)

    assert (1, 3) == (disk.changed, disk.overwritten)
    assert 2 == disk.done.count(CHANGE)


def test_what_is_left_undone_by_us_is_undone(disk: Disk, transactions: Transactions) -> None:
    """A bug in the middle of a transaction undoes all of it."""
    with suppress(ZeroDivisionError), transactions.one():
        disk.execute(CHANGE)
        raise ZeroDivisionError

    assert (0, False) == (disk.changed, disk.in_transaction)
