"""Changes by another program: how the writer finds them, and what fails because of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from classchat.core.acts import Audited, Change, Empowered, Issued, PersonRecord, Secured
from classchat.core.stored import Ownership, StoredAccount
from classchat.journal.administration import Administration
from classchat.journal.elsewhere import touch, touched
from classchat.journal.store import Store
from tests.unit.journal.helpers import ALICE, BOB, said

NOW = 1_000


@pytest.fixture
def administration(store: Store, path: Path) -> Iterator[Administration]:
    """Open the file while a server has it open."""
    with closing(Administration(str(path), lambda: NOW)) as administration:
        yield administration


def _claim(store: Store, kept: str = "$one", replaces: str | None = None) -> bool:
    """Register Alice in the chat, or change the password; return whether that failed."""
    acts = [PersonRecord(1, "Alice", "alice", b"alice"), Secured("alice", "Alice", 1, kept, replaces)]
    store.append([], 5, [], [ALICE], [[*acts, Issued(1, kept.encode()), Audited("Alice", "claim")]])
    return bool(store.refused)


def _rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(statement).fetchall()


def test_changes_of_others_are_found_once(store: Store, administration: Administration) -> None:
    """They are found with the next write or on request; the server's own changes do not count."""
    _claim(store)
    own = store.look()
    administration.claim("Zoë", "$zoe")
    administration.set_operator("ALICE", True)
    store.append([said("Hello")], 6, ["CS350"])
    found = list(store.elsewhere)
    store.append([said("Hello")], 7)
    administration.release("alice")

    zoe, alice = StoredAccount("zoë", "Zoë", -1, NOW), StoredAccount("alice", "Alice", 1, None, operator=True)
    assert ([], []) == (list(own), list(store.elsewhere))
    assert [Ownership("zoë", zoe), Ownership("alice", alice)] == sorted(
        found, key=lambda one: one.key, reverse=True
    )
    assert [Ownership("alice", None)] == list(store.look())
    assert [] == list(store.look())


def test_what_a_failed_batch_found_is_found_again(store: Store, administration: Administration) -> None:
    """A change that a failed batch found is found again, since such a batch is not delivered."""
    administration.claim("Alice", "$one")
    with pytest.raises(KeyError):
        store.append([said("to a room that was never made")], 6)

    assert ["alice"] == [one.key for one in store.look()]


def test_a_claim_inserts_or_fails(store: Store, administration: Administration, path: Path) -> None:
    """A second registration of a name changes nothing, and leaves no token and no line in the audit log."""
    administration.claim("Alice", "$first")
    failed = _claim(store)

    assert failed
    assert [("$first", -1)] == _rows(path, "SELECT password, person FROM accounts")
    assert [] == _rows(path, "SELECT * FROM tokens")
    assert ["classchat admin"] == [row.actor for row in administration.audit(10)]


def test_a_password_is_changed_only_as_it_was(store: Store, administration: Administration) -> None:
    """A change of the password fails if another one was set meanwhile, or the name was released."""
    failed = [_claim(store), _claim(store, "$two", "$one")]
    administration.set_password("Alice", "$operator")
    failed.append(_claim(store, "$three", "$two"))
    administration.release("Alice")
    failed.append(_claim(store, "$three", "$operator"))

    assert [False, False, True, True] == failed
    assert [] == administration.accounts()


def test_a_token_is_for_the_password_that_was_shown(store: Store, administration: Administration) -> None:
    """A device that showed the old one gets none."""
    _claim(store)
    administration.set_password("Alice", "$operator")
    store.append([], 6, [], [], [[Issued(1, b"device", "$one")], [Issued(1, b"other", "$operator")]])

    assert [0] == list(store.refused)
    assert [(b"other",)] == _rows(store.path, "SELECT hash FROM tokens")


def test_rows_about_an_owner(store: Store, administration: Administration, path: Path) -> None:
    """They are written, and deleted, only while the name is that person's."""
    _claim(store)
    mine = [Change("#r", "alice", "moderator", "Alice", 1), Change("#r", "alice", "member", "", 1)]
    store.append([], 6, ["r"], [], [mine])
    before = _rows(path, "SELECT what FROM orders ORDER BY what")
    administration.release("Alice")
    store.append([], 7, [], [BOB], [mine, [Secured("alice", "Alice", 2, "$two")]])
    store.append([], 8, [], [], [[Change("#r", "alice", "invited", "Alice", 2)]])
    store.append([], 9, [], [], [[Change("#r", "alice", "invited", None, 1)]])

    assert [("member",), ("moderator",)] == before
    assert [("invited",)] == _rows(path, "SELECT what FROM orders")


def test_what_only_an_operator_does(store: Store, administration: Administration, path: Path) -> None:
    """After another program has removed the rights, an operator's act is not written; other entries are."""
    _claim(store)
    administration.set_operator("Alice", True)
    topic = [Empowered(1), Change("#r", "", "topic", "Exam")]
    store.append([], 6, ["r"], [], [topic])
    before, found = list(store.refused), _rows(path, "SELECT value FROM orders")
    administration.set_operator("Alice", False)
    topics = [Change("#r", "", "topic", "Mine")], [Empowered(1), Change("#r", "", "topic", "Theirs")]
    store.append([], 7, [], [], topics)

    assert ([], [("Exam",)]) == (before, found)
    assert ([1], [("Mine",)]) == (list(store.refused), _rows(path, "SELECT value FROM orders"))


def test_acts_are_written_in_their_order(store: Store, path: Path) -> None:
    """A user kicked right after registering is out, even if both are written in one batch."""
    claim = [Secured("alice", "Alice", 1, "$one"), Change("#r", "alice", "member", "")]
    kick = [Change("#r", "alice", "member", None, 1)]
    store.append([], 5, ["r"], [ALICE], [claim, kick])

    assert [] == _rows(path, "SELECT what FROM orders")


def test_the_next_owner_says_nothing_again(store: Store, administration: Administration) -> None:
    """A message with an `id` that the one before had used is a new one."""
    _claim(store)
    store.append([said("mine", "1")], 6, ["CS350"])
    administration.release("Alice")
    kept = store.append([said("theirs", "1")], 7)

    assert [(2, 7, False)] == kept


def test_a_change_is_shown(store: Store, administration: Administration, path: Path) -> None:
    """Each change touches the lock file, but never creates it or follows a link."""
    before = touched(path)
    administration.claim("Alice", "$one")
    then = touched(path)
    administration.release("Alice")
    touch(path.with_name("nowhere"))

    assert len({before, then, touched(path)}) == 3
    assert not path.with_name("nowhere-lock").exists()
    assert 0 == touched(path.with_name("nowhere"))
