"""The journal's upkeep: old messages are deleted, damage is found, and unused space is returned."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from classchat.core.journal_port import CannotOpen
from classchat.journal import upkeep
from classchat.journal.reader import Reader
from classchat.journal.schema import MIGRATIONS
from classchat.journal.store import Store
from tests.unit.journal.helpers import ALICE, BOB, EVERYBODY, fresh, open_store, said, told


def _say(store: Store, count: int = 10, size: int = 7) -> None:
    store.append([], 0, ["CS350"])
    for number in range(1, count + 1):
        store.append([said(f"text {number}".ljust(size), f"id {number}")], number * 100)


def _numbers(reader: Reader) -> list[int]:
    return [message.seq for message in reader.page("#cs350", 1000).messages]


def test_deleting_in_steps(store: Store, reader: Reader) -> None:
    """The oldest messages from before a time are deleted, some at a time, until none are left."""
    _say(store)
    steps = [store.delete_older(800, 3) for _ in range(4)]

    assert ([3, 3, 1, 0], [8, 9, 10], []) == (steps, _numbers(reader), store.check())


def test_deleting_long_messages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step deletes so many characters at most, but one message at least."""
    monkeypatch.setattr(upkeep, "_MOST_DELETED", 15)
    _say(store)

    assert [3, 1, 3] == [store.delete_older(5000, limit) for limit in (9, 1, 9)]


def test_numbers_are_never_used_again(store: Store, reader: Reader, path: Path) -> None:
    """When everything is deleted the next message has the next number, also after a restart."""
    _say(store)
    store.index_some()
    store.delete_older(5000)
    store.close()
    with closing(open_store(path)) as again:
        kept = again.append([said("new text")], 6000)
        indexed = again.index_some()
        wrong = again.check()
    (found,) = reader.search("text", ["#cs350"], 20).messages

    assert (fresh(11, time=6000), 1, [], (11, "new text")) == (kept, indexed, wrong, (found.id, found.text))


def test_a_sound_file(store: Store, reader: Reader) -> None:
    """A sound journal has no damage to report, whether or not the index is filled."""
    _say(store)
    store.append([told(ALICE, BOB, "psst")], 2000, persons=EVERYBODY)
    store.index_some(3)
    half = store.check(), reader.check()
    store.index_some()

    assert (([], []), ([], [])) == (half, (store.check(), reader.check()))


def test_a_missing_number(store: Store, reader: Reader) -> None:
    """A missing message is reported, in the middle and at the end."""
    _say(store, 5)
    store._db.execute("DELETE FROM messages WHERE seq = 3")
    middle = reader.check()
    store._db.execute("DELETE FROM messages WHERE seq = 5")
    sentence = "'CS350' should have the messages from 1 to 5, and has {} up to {}."

    assert ([sentence.format(4, 5)], [sentence.format(3, 4)]) == (middle, reader.check())


def test_an_index_of_something_else(store: Store) -> None:
    """A search index that does not agree with the messages is reported."""
    _say(store)
    store.index_some()
    store._db.execute("UPDATE messages SET text = 'changed' WHERE seq = 3")

    assert ["The search index does not agree with the messages."] == store.check()


@pytest.mark.parametrize("page", ["messages", "messages_by_number", "messages_by_request"])
def test_overwritten_in_the_middle(store: Store, path: Path, page: str) -> None:
    """Bytes that were overwritten in the middle are found by a check, by writer and reader alike."""
    _say(store, 200)
    (root,) = store._db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (page,)).fetchone()
    store.close()
    with open(path, "r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 200)
    with closing(Reader(path)) as reader:
        seen = reader.check()
    try:
        with closing(open_store(path)) as again:
            wrong = again.check()
    except CannotOpen as error:
        wrong = [str(error)]

    assert (True, True) == (bool(seen), bool(wrong))


def test_a_summary(store: Store, reader: Reader) -> None:
    """A summary counts the contents of the file."""
    empty = reader.summary()
    _say(store)
    store.append([told(ALICE, BOB, "psst")], 2000, persons=EVERYBODY)
    store.index_some(4)
    store.delete_older(300)
    found = reader.summary()

    assert (0, 0, 0, None, None, 0) == empty[3:9]
    assert (store.epoch, len(MIGRATIONS), 1, 1, 9, 300, 2000, 7) == (found.epoch, found.version, *found[3:9])
    assert (True, 0) == (found.size % 4096 == 0 < found.size, found.unused)


def test_vacuum(store: Store, reader: Reader, path: Path) -> None:
    """Deleted messages take no space afterwards, and nothing else is lost."""
    _say(store, 100, 5000)
    store.index_some()
    while store.delete_older(9900):
        pass
    before = reader.summary().size
    store.vacuum()

    assert (True, 0) == (path.stat().st_size < before / 3, Path(f"{path}-wal").stat().st_size)
    assert ([99, 100], [], [100, 99]) == (
        _numbers(reader),
        store.check(),
        [message.seq for message in reader.search("text", ["#cs350"], 20).messages],
    )


def test_a_step_that_fails(store: Store, reader: Reader) -> None:
    """A failed step changes nothing, and the next one succeeds."""
    _say(store)
    store._db.set_authorizer(
        lambda action, argument, *_: int((action, argument) == (sqlite3.SQLITE_TRANSACTION, "COMMIT"))
    )
    for step in (store.index_some, lambda: store.delete_older(500)):
        with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
            step()
    store._db.set_authorizer(None)
    after = _numbers(reader), reader.summary().unindexed

    assert ((list(range(1, 11)), 10), 10, 4) == (after, store.index_some(), store.delete_older(500))
