"""The operator's changes to a journal's file while a server writes to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from classchat.core.acts import Audited, Change, Issued, PersonRecord, Secured
from classchat.core.journal_port import CannotOpen
from classchat.journal import opening
from classchat.journal.administration import Administration
from classchat.journal.batch_rows import PersonRow
from classchat.journal.command_changes import NotDone, is_busy
from classchat.journal.reader import Reader
from classchat.journal.store import Store
from classchat.journal.tables import AuditRow
from tests.unit.journal.helpers import BOB, EVERYBODY, said, told

NOW = 1_000


@pytest.fixture
def administration(store: Store, path: Path) -> Iterator[Administration]:
    """Open the file while a server has it open."""
    with closing(Administration(str(path), lambda: NOW)) as administration:
        yield administration


@pytest.fixture
def alices(store: Store) -> None:
    """Register Alice, who has a device, moderates a room, and is banned from another one."""
    acts = [
        PersonRecord(1, "Alice", "alice", b"alice"),
        Secured("alice", "Alice", 1, "$old"),
        Issued(1, b"device"),
        Change("#cs350", "alice", "moderator", "Alice"),
        Change("#cs350", "alice", "member", ""),
        Change("#other", "alice", "banned", ""),
    ]
    store.append([], 5, ["CS350", "Other"], [PersonRow(1, "Alice", "alice", b"alice")], [acts])


def _rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(statement).fetchall()


def test_no_file_is_made(tmp_path: Path) -> None:
    """A missing journal is not created."""
    with pytest.raises(CannotOpen, match="There is no journal"):
        Administration(str(tmp_path / "classchat.sqlite"), lambda: NOW)

    assert [] == list(tmp_path.iterdir())


@pytest.mark.usefixtures("alices")
def test_an_operator(administration: Administration, path: Path) -> None:
    """An operator is added and removed by any spelling of the name; the audit log has both."""
    with closing(Reader(path)) as reader:
        before = reader.accounts()
        shown = administration.set_operator("ALICE", True)
        then = reader.accounts()
        administration.set_operator("alice", False)

        assert "Alice" == shown
        assert [False, True, False] == [one.operator for (one,) in (before, then, reader.accounts())]
    assert [
        AuditRow(NOW, "classchat admin", "operator", "", "Alice", "add"),
        AuditRow(NOW, "classchat admin", "operator", "", "Alice", "remove"),
    ] == administration.audit(10)


@pytest.mark.usefixtures("alices")
def test_what_can_not_be_done(administration: Administration) -> None:
    """It is told in a sentence, and leaves no line in the audit log."""
    refusals = []
    for ask in (
        lambda: administration.set_operator("Bob", True),
        lambda: administration.set_operator("Alice", False),
        lambda: administration.set_password("Bob", "$new"),
        lambda: administration.release("Bob"),
        lambda: administration.claim("alice", "$new"),
        lambda: administration.claim("Аlice", "$new"),  # with a Cyrillic А
        lambda: administration.check("Alice", claimed=False),
        lambda: administration.check("Bob", claimed=True),
    ):
        with pytest.raises(NotDone) as caught:
            ask()
        refusals.append(str(caught.value))

    not_claimed = "The name 'Bob' is not registered. To register it: classchat admin claim Bob"
    claimed = "The name 'Alice' is already registered."
    similar = "The name 'Аlice' is too similar to 'Alice', which is registered. Choose another name."
    expected = [
        not_claimed,
        "'Alice' is not an operator.",
        not_claimed,
        not_claimed,
        claimed,
        similar,
        claimed,
    ]
    assert [*expected, not_claimed] == refusals
    assert [] == administration.audit(10)


@pytest.mark.usefixtures("alices")
def test_another_password(administration: Administration, path: Path) -> None:
    """The server reads the new one at once, and knows no device of before."""
    administration.set_password("alice", "$new")

    assert [("$new", NOW)] == _rows(path, "SELECT password, changed FROM accounts")
    assert [] == _rows(path, "SELECT * FROM tokens")


@pytest.mark.usefixtures("alices")
def test_a_name_that_is_nobodys(administration: Administration, store: Store, path: Path) -> None:
    """A released name's owner loses all roles; the name stays banned. The next owner is a new person."""
    administration.release("Alice")
    rows = _rows(path, "SELECT room, what FROM orders")
    store.append(
        [], 9, [], [], [[Change("#cs350", "alice", "moderator", "Alice")]]
    )  # the server knew it still
    administration.claim("Alice", "$new")

    assert [("#other", "banned")] == rows == _rows(path, "SELECT room, what FROM orders")
    assert [("alice", -1)] == _rows(path, "SELECT key, person FROM accounts")


@pytest.mark.usefixtures("alices")
def test_a_name_claimed_again_has_no_roles(administration: Administration, store: Store, path: Path) -> None:
    """So it is if the name is registered in the chat; a new password takes no roles away."""
    store.append([], 9, [], [], [[Secured("alice", "Alice", 1, "$other", "$old")]])
    rows = _rows(path, "SELECT what FROM orders WHERE room = '#cs350'")
    administration.release("Alice")
    store.append([], 9, [], [], [[Change("#cs350", "alice", "moderator", "Alice")]])
    store.append([], 9, [], [BOB], [[Secured("alice", "Alice", 2, "$new")]])

    assert [("member",), ("moderator",)] == sorted(rows)
    assert [] == _rows(path, "SELECT what FROM orders WHERE room = '#cs350'")


def test_persons_of_the_server_and_ours(administration: Administration, store: Store, path: Path) -> None:
    """A server that runs hands out numbers that are not in the file yet: none of them is taken."""
    administration.claim("Zoë", "$zoe")
    administration.claim("Max", "$max")
    store.append([told(*EVERYBODY[:2], "Hello")], 7, [], EVERYBODY[:2])
    zoe = PersonRow(-1, "Zoë", "zoë", b"")
    store.append([told(zoe, BOB, "Hello")], 7, [], [zoe, BOB])
    store.close()

    assert [("max", -2), ("zoë", -1)] == _rows(path, "SELECT key, person FROM accounts ORDER BY key")
    with closing(Store(path, 8, "normal")) as again, closing(Reader(path)) as reader:
        assert 2 == again.last_person
        assert ["bob"] == [dialog.other for dialog in reader.dialogs(-1)]


@pytest.mark.usefixtures("alices")
def test_looking(administration: Administration, store: Store) -> None:
    """Rooms come with their order, and the audit log ends with the last act."""
    store.append([said("Hello")], 7, [], [], [[Audited("Alice", "topic", "CS350")]])
    store.append(
        [], 8, [], [], [[Change("#cs350", "", "topic", "Exam"), Audited("Bob", "op", "CS350", "Carol")]]
    )
    (cs350, other), (alice,) = administration.rooms(), administration.accounts()

    assert ("CS350", 1, "Exam", {"alice": "Alice"}) == (
        cs350.name,
        cs350.messages,
        cs350.order.topic,
        cs350.order.moderators,
    )
    assert (["alice"], "Alice") == ([*other.order.banned], alice.name)
    assert [AuditRow(8, "Bob", "op", "CS350", "Carol", "")] == administration.audit(1)


def test_somebody_else_writes_for_too_long(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change waits for the lock, but not for ever; then nothing is changed."""
    monkeypatch.setattr(opening, "_LONG_PATIENCE", 1)
    with (
        closing(Administration(str(path), lambda: NOW)) as administration,
        closing(sqlite3.connect(path)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            administration.claim("Alice", "$new")

        assert (True, False) == (is_busy(caught.value), is_busy(sqlite3.OperationalError()))
        assert [] == administration.accounts()
