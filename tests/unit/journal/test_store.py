"""The journal's writer: numbers, repeats, and that a batch is kept whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classchat.core.acts import Act, Change, Deletion
from classchat.journal import numbering as module
from classchat.journal import repetitions
from classchat.journal.batch_rows import Kept, Message
from classchat.journal.reader import Reader
from classchat.journal.store import Store
from classchat.journal.upkeep import LastSeen
from tests.unit.journal.helpers import ALICE, BOB, CAROL, DAY, EVERYBODY, fresh, open_store, said, told


def _texts(reader: Reader, conversation: str = "#cs350") -> list[tuple[int, str]]:
    """Return numbers and texts of all that was said somewhere."""
    return [(message.seq, message.text) for message in reader.page(conversation, 1000).messages]


def number(reader: Reader, token_hash: bytes, key: str, since: int) -> int | None:
    """Return the number of the person who is known by a token and a name."""
    found = reader.person(token_hash, key, since)
    return None if found is None else found.number


# Numbers.


def test_numbers_are_dense_in_each_conversation(store: Store, reader: Reader) -> None:
    """Messages are numbered from 1 in every room and private conversation, across batches."""
    store.append([], 1, ["CS350", "Other"], EVERYBODY)
    first = store.append([said("a"), said("b", room="Other"), told(ALICE, BOB, "c"), said("d")], 10)
    second = store.append([told(BOB, ALICE, "e"), told(ALICE, CAROL, "f"), said("g")], 20)

    assert (fresh(1, 1, 1, 2, time=10), fresh(2, 1, 3, time=20)) == (first, second)
    assert [(1, "a"), (2, "d"), (3, "g")] == _texts(reader)
    assert [(1, "c"), (2, "e")] == _texts(reader, "1:2")


def test_numbers_go_on_after_a_restart(store: Store, path: Path) -> None:
    """A store that is opened again goes on where it ended."""
    store.append([said("a"), said("b")], 10, ["CS350"])
    store.close()
    with closing(open_store(path)) as again:
        opened = again.epoch, again.last_time
        kept = again.append([said("c")], 20)

    assert ((store.epoch, 10), fresh(3, time=20)) == (opened, kept)


def test_numbers_go_on_where_they_are_not_remembered(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """With more conversations than are remembered the last numbers are read from the file."""
    monkeypatch.setattr(module, "_MOST_CONVERSATIONS", 1)
    rooms = ["A", "B", "C"]
    store.append([], 1, rooms)
    for _ in range(3):
        kept = store.append([said("x", room=room) for room in rooms], 10)

    assert (fresh(3, 3, 3, time=10), 3) == (kept, len(store._numbering._cached))


def test_a_room_keeps_its_log(store: Store, reader: Reader) -> None:
    """A room that is made again, in another spelling, is the same one, and shown as it is spelled now."""
    store.append([said("a")], 10, ["CS350"])
    kept = store.append([said("b")], 20, ["cs350"])

    assert (fresh(2, time=20), [("cs350", 2)]) == (kept, reader.rooms())


def test_when_rooms_were_created(store: Store, reader: Reader) -> None:
    """The time is kept; a room that is made again is as old as that."""
    store.append([told(ALICE, BOB, "a")], 10, ["B", "A"], EVERYBODY)
    store.append([], 20, ["a"])

    assert {"B": 10, "a": 20} == reader.created()


def test_rooms_without_messages(store: Store, reader: Reader) -> None:
    """A room without messages is kept; private conversations are not rooms."""
    store.append([told(ALICE, BOB, "a")], 10, ["B", "A"], EVERYBODY)

    assert [("B", 0), ("A", 0)] == reader.rooms()


def test_no_such_room(store: Store, reader: Reader) -> None:
    """A message for an unknown room is a bug, and nothing of its batch is kept."""
    store.append([], 1, ["CS350"])
    with pytest.raises(KeyError, match="#nowhere"):
        store.append([said("a"), said("b", room="Nowhere")], 10)

    assert (fresh(1, time=20), [(1, "c")]) == (store.append([said("c")], 20), _texts(reader))


def test_an_empty_batch(store: Store) -> None:
    """A batch without rows, for example of joins, changes nothing."""
    store.append([said("a")], 10, ["CS350"])

    assert ([], 10) == (store.append([], 20), store.last_time)


# The same id.


@pytest.mark.parametrize("elsewhere", [said("b", "1", room="Other"), told(ALICE, BOB, "b", "1")])
def test_the_same_id_is_the_same_message(store: Store, reader: Reader, elsewhere: Message) -> None:
    """A repeated `id`, for any receiver, gets the first message's number and time; no message is added."""
    store.append([], 1, ["CS350", "Other"], EVERYBODY)
    store.append([said("a"), said("b", "1")], 10)
    kept = store.append([said("c"), said("b", "1"), elsewhere, said("d", "2")], 20)

    assert [(3, 20, False), (2, 10, True), (2, 10, True), (4, 20, False)] == kept
    assert [(1, "a"), (2, "b"), (3, "c"), (4, "d")] == _texts(reader)


def test_the_same_id_in_one_batch(store: Store, reader: Reader) -> None:
    """A message that comes twice in one batch is said once."""
    kept = store.append([said("a", "1"), said("b"), said("a", "1")], 10, ["CS350"])

    assert [(1, 10, False), (2, 10, False), (1, 10, True)] == kept
    assert [(1, "a"), (2, "b")] == _texts(reader)


def test_the_same_id_of_somebody_else(store: Store) -> None:
    """Two users may use the same `id`; messages without an `id` are never repetitions."""
    kept = store.append([said("a", "1"), said("a", "1", "Bob"), said("a"), said("a")], 10, ["CS350"])

    assert fresh(1, 2, 3, 4, time=10) == kept


def test_the_same_id_after_a_restart(store: Store, path: Path) -> None:
    """A message is known again by a store that was opened again."""
    store.append([said("a", "1")], 10, ["CS350"])
    store.close()
    with closing(open_store(path)) as again:
        kept = again.append([said("a", "1"), said("b")], 20)

    assert [(1, 10, True), (2, 20, False)] == kept


@pytest.mark.parametrize(("later", "repeated"), [(DAY - 1, True), (DAY, False)])
def test_the_same_id_a_day_later(store: Store, later: int, repeated: bool) -> None:
    """An `id` is known for 24 hours; then it is that of a new message."""
    store.append([said("a", "1")], 10, ["CS350"])
    (kept,) = store.append([said("b", "1")], 10 + later)
    (again,) = store.append([said("b", "1")], 10 + later)

    assert ((1, 10, True) if repeated else (2, 10 + later, False)) == kept
    assert (kept[0], kept[1], True) == again


def test_the_same_id_many_messages_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """An `id` is remembered for a number of the sender's own messages; those of others do not count."""
    monkeypatch.setattr(repetitions, "REMEMBERED_IDS", 3)
    store.append([said(id, id) for id in "abcd"], 10, ["CS350"])
    store.append([said(id, id, "Bob") for id in "efgh"], 10)
    kept = store.append([said("b", "b"), said("a", "a")], 20)

    assert [(2, 10, True), (9, 20, False)] == kept


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(
    batches=st.lists(
        st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["1", "2", "3", None]))), max_size=5
    )
)
def test_any_batches(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[str, str | None]]]
) -> None:
    """However messages come, numbers are dense, and each `id` of each sender is said once."""
    path = tmp_path_factory.mktemp("any") / "classchat.sqlite"
    first: dict[tuple[str, str], Kept] = {}
    last = 0
    with closing(open_store(path)) as store, closing(Reader(path)) as reader:
        store.append([], 0, ["CS350"])
        for time, batch in enumerate(batches, 1):
            expected = []
            for sender, id in batch:
                known = first.get((sender, id)) if id else None
                if known is None:
                    last += 1
                    known = last, time, True
                    expected.append((last, time, False))
                    if id:
                        first[sender, id] = known
                else:
                    expected.append(known)

            assert expected == store.append([said("x", id, sender) for sender, id in batch], time)
        assert ([], list(range(1, last + 1))) == (store.check(), [seq for seq, _ in _texts(reader)])


# Failures.


@pytest.fixture
def full(store: Store) -> Callable[[int], None]:
    """Limit the growth of the file to so many pages."""

    def bound(pages: int) -> None:
        size = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count = {size + pages}")

    return bound


def _many(count: int) -> list[Message]:
    return [said("x" * 1000, str(number)) for number in range(count)]


@pytest.mark.parametrize("pages", [0, 5])
def test_a_full_disk(store: Store, reader: Reader, full: Callable[[int], None], pages: int) -> None:
    """Of a batch that does not fit no room, person or number is kept; the next batch is kept."""
    store.append([said("a")], 10, ["CS350"])
    full(pages)
    batch = [told(ALICE, BOB, "b"), *_many(50), said("c", room="New")]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        store.append(batch, 20, ["New"], EVERYBODY)
    after = [_texts(reader), reader.rooms(), number(reader, b"Alice", "alice", 0), store.last_time]
    full(10_000)
    kept = store.append(batch, 30, ["New"], EVERYBODY)

    assert [[(1, "a")], [("CS350", 1)], None, 10] == after
    assert fresh(1, *range(2, 52), 1, time=30) == kept
    assert ([], [("CS350", 51), ("New", 1)]) == (store.check(), reader.rooms())


def test_a_full_disk_in_the_slow_path(store: Store, reader: Reader, full: Callable[[int], None]) -> None:
    """A batch with a repeat in it that does not fit is taken back as well."""
    store.append([said("a", "0")], 10, ["CS350"])
    full(5)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        store.append(_many(50), 20)
    after = _texts(reader)
    full(10_000)
    kept = store.append(_many(50), 30)

    assert ([(1, "a")], [(1, 10, True), *fresh(*range(2, 51), time=30)]) == (after, kept)


def test_locked(store: Store, path: Path, reader: Reader) -> None:
    """While another program writes to the file no batch is kept; afterwards all are."""
    store.append([said("a")], 10, ["CS350"])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            store.append([said("b")], 20)
    after = _texts(reader)

    assert ([(1, "a")], fresh(2, time=30)) == (after, store.append([said("b")], 30))


def test_a_commit_that_fails(store: Store, reader: Reader) -> None:
    """Where the rows went in but could not be committed, they are taken back."""
    store.append([said("a")], 10, ["CS350"])
    store._db.set_authorizer(
        lambda action, argument, *_: int((action, argument) == (sqlite3.SQLITE_TRANSACTION, "COMMIT"))
    )
    with pytest.raises(sqlite3.DatabaseError, match="not authorized"):
        store.append([said("b", "1")], 20)
    store._db.set_authorizer(None)

    assert ([(1, "a")], fresh(2, time=30)) == (_texts(reader), store.append([said("b", "1")], 30))


# Persons.


def test_a_person_is_known_by_token_and_name(store: Store, reader: Reader) -> None:
    """A token identifies a person, together with the name."""
    store.append([told(ALICE, BOB, "a")], 10, persons=[ALICE, BOB])
    store.append([told(ALICE, BOB, "b")], 20, persons=[ALICE, BOB])

    assert (1, 2) == (number(reader, b"Alice", "alice", 0), number(reader, b"Bob", "bob", 0))
    assert [None] * 3 == [
        number(reader, *who, 0) for who in [(b"Alice", "bob"), (b"", "alice"), (b"Carol", "carol")]
    ]


def test_a_person_who_has_gone(store: Store, reader: Reader) -> None:
    """A person who left is remembered for a while, and one who is back for as long as they stay."""
    store.append([], 10, persons=[ALICE])
    store.set_ended({1: LastSeen(50)})
    gone = [number(reader, b"Alice", "alice", since) for since in (50, 51)]
    store.set_ended({1: LastSeen(None)})

    assert ([1, None], 1) == (gone, number(reader, b"Alice", "alice", 51))


def test_persons_of_a_server_that_ended(store: Store, reader: Reader, path: Path) -> None:
    """A restart after a kill records that connected persons left; others keep their times."""
    store.append([], 10, persons=[ALICE, BOB])
    store.set_ended({2: LastSeen(20)})
    store.close()
    with closing(open_store(path, now=100)):
        known = [
            number(reader, one.token_hash, one.key, since)
            for one, since in [(ALICE, 100), (ALICE, 101), (BOB, 21)]
        ]

    assert [1, None, None] == known


def test_tokens_are_forgotten(store: Store, reader: Reader, path: Path) -> None:
    """An expired token is deleted; the person's number is never reused."""
    store.append([told(ALICE, BOB, "a")], 10, persons=[ALICE, BOB, CAROL])
    store.set_ended({2: LastSeen(20)})
    store.set_ended({3: LastSeen(30)})
    forgotten = [store.forget_persons(30), store.forget_persons(30)]
    known = [number(reader, one.token_hash, one.key, 0) for one in EVERYBODY]
    store.close()
    with closing(open_store(path)) as again:
        last = again.last_person

    assert ([1, 0], [1, None, 3], 3) == (forgotten, known, last)


def test_a_private_conversation_is_that_of_two_persons(store: Store, reader: Reader) -> None:
    """A private conversation is found by its two persons, in either direction, and by no one else."""
    store.append(
        [told(BOB, ALICE, "a"), told(ALICE, BOB, "b"), told(ALICE, ALICE, "c")], 10, persons=EVERYBODY
    )

    of_each = [[dialog.conversation for dialog in reader.dialogs(number)] for number in (1, 2, 3)]
    assert [["1:2", "1:1"], ["1:2"], []] == of_each
    assert ([(1, "a"), (2, "b")], [(1, "c")]) == (_texts(reader, "1:2"), _texts(reader, "1:1"))


def test_closing_twice(store: Store) -> None:
    """To close a store again is harmless."""
    store.close()
    store.close()

    with pytest.raises(sqlite3.ProgrammingError):
        store.append([], 10)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_was_deleted(store: Store, path: Path, replaced: bool) -> None:
    """Writing to a deleted or replaced file is refused."""
    store.append([said("kept")], 10, ["CS350"])
    path.rename(path.with_name("away"))
    if replaced:
        path.write_bytes(b"")
    with pytest.raises(sqlite3.OperationalError, match="was deleted"):
        store.append([said("lost")], 11)
    path.with_name("away").replace(path)

    assert [(2, 12, False)] == store.append([said("kept")], 12)


# Deleted texts.


def delete(seq: int) -> list[Sequence[Act]]:
    """Return the acts that delete a message of the room."""
    return [[Deletion("#cs350", seq, "Alice", None)]]


def _left(path: Path) -> list[bytes]:
    """Return which parts of "quetzal ꙮꙮꙮꙮ" stand in the file or beside it.

    The index leaves out the beginning of a trigram if it is that of the one before. Two bytes would be too
    few: checksums, which are random, contain them once in some thousand files.
    """
    files = b"".join(file.read_bytes() for file in path.parent.iterdir())
    return [word for word in (b"quetzal", b"uet", "ꙮꙮ".encode()[1:]) if word in files]


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("indexed", [False, True])
def test_nothing_is_left_of_a_deleted_text(path: Path, store: Store, indexed: bool, long: bool) -> None:
    """Neither in the file nor in its log, nor in the search index, whose parts are merged in small steps."""
    text = "quetzal ꙮꙮꙮꙮ words" + " and more" * (400 if long else 0)
    store.append([said("before"), said(text), said("after")], 1, ["CS350"])
    for _ in range(5 if indexed else 0):  # each time one more part of the index
        store.index_some()
        store.append([said("another one")], 2)
    store.append([], 3, acts=delete(2))
    assert (store.erased, 0) == (True, store.index_some())
    while store.erase_deleted():
        pass
    while store.index_some():
        pass

    assert [] == _left(path)
    assert [] == store.check()


@pytest.mark.parametrize("indexed", [False, True])
def test_nothing_is_left_of_a_private_room_that_ended(path: Path, indexed: bool) -> None:
    """Its messages are nowhere in the files when its name is used again, and new ones are still indexed."""
    with closing(open_store(path)) as store:
        store.append([said("before", room="Other")], 1, ["CS350", "Other"])
        store.append([said("quetzal ꙮꙮꙮꙮ words") for _ in range(1_001)], 2)
        while indexed and store.index_some():
            pass
        store.append([], 3, acts=[[Change("#cs350", "", "private", "guests")]])
        store.append([], 4, ["CS350"])
        assert store.erased
        while store.erase_deleted():
            pass
        left = _left(path)
    with closing(open_store(path)) as store:  # which may give the ids of the deleted messages again
        store.append([said("words again")], 5)
        while store.index_some():
            pass
        (indexed,) = store._db.execute("SELECT indexed = max(id) FROM journal, messages").fetchone()

    assert [] == left
    with closing(open_store(path)) as store, closing(Reader(path)) as reader:
        assert ([], 1, [(1_002, "words again")]) == (store.check(), indexed, _texts(reader))


def test_killed_before_it_is_overwritten(path: Path) -> None:
    """The next start overwrites what is left."""
    with closing(open_store(path)) as store:
        store.append([said("quetzal ꙮꙮꙮꙮ words")], 1, ["CS350"])
        store.index_some()
        store.append([], 2, acts=delete(1))
    with closing(open_store(path)) as store:
        assert store.index_some() == 0
        while store.erase_deleted():
            pass

    assert [] == _left(path)


def test_a_deleted_message_that_has_its_text(store: Store) -> None:
    """A check of the file finds it."""
    store.append([said("Hello")], 1, ["CS350"])
    store.append([], 2, acts=delete(1))
    store._db.execute("UPDATE messages SET text = 'Hello'")

    assert "1 deleted message should have no text, and still has it." in store.check()
