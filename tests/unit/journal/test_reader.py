"""Reading while the journal is written: pages, and missed messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from classchat.core.marks import heard_up_to
from classchat.journal.batch_rows import PersonRow
from classchat.journal.read_rows import HistoryPage, KeptMessage
from classchat.journal.reader import Reader
from classchat.journal.store import Store
from classchat.messages import Since
from tests.tables import each_case
from tests.unit.journal.helpers import ALICE, BOB, CAROL, EVERYBODY, said, told

TEN = [said(f"text {number}") for number in range(1, 11)]


def _numbers(page: HistoryPage) -> tuple[list[int], bool, int]:
    return [message.seq for message in page.messages], page.more, page.oldest


def _say(store: Store, count: int = 10) -> None:
    """Keep a message every hundred milliseconds, in another room as well."""
    store.append([], 0, ["Other", "CS350"])
    for number in range(1, count + 1):
        store.append([said("elsewhere", room="Other"), said(f"text {number}")], number * 100)


def test_a_message_in_a_room(store: Store, reader: Reader) -> None:
    """A message comes back with all its fields."""
    store.append([said("Grüße\n\t日本 🎉", "1")], 10, ["CS350"])

    assert [KeptMessage(1, "CS350", 1, 10, "Alice", None, "Grüße\n\t日本 🎉")] == reader.page(
        "#cs350", 1
    ).messages


def test_a_message_to_one(store: Store, reader: Reader) -> None:
    """A private message comes back with its receiver."""
    store.append([told(ALICE, BOB, "psst")], 10, persons=EVERYBODY)

    assert [KeptMessage(1, None, 1, 10, "Alice", "Bob", "psst")] == reader.page("1:2", 1).messages


@pytest.mark.parametrize(
    ("sender", "request_", "since", "found"),
    [("alice", "7", 10, (1, 10)), ("alice", "7", 11, None), ("bob", "7", 9, None), ("alice", "8", 9, None)],
)
def test_a_request(
    store: Store, reader: Reader, sender: str, request_: str, since: int, found: tuple[int, int] | None
) -> None:
    """A message is found by its sender and request `id`, if it is not too old."""
    store.append([said("Hello", "7")], 10, ["CS350"])

    assert found == reader.request(sender, request_, since)


@pytest.fixture
def talk(store: Store, reader: Reader) -> Reader:
    """Return a reader of ten messages."""
    _say(store)
    return reader


@each_case(
    ("limit", "where", "numbers", "more"),
    [
        (50, {}, range(1, 11), False),
        (10, {}, range(1, 11), False),
        (3, {}, [8, 9, 10], True),
        (3, {"before": 8}, [5, 6, 7], True),
        (3, {"before": 4}, [1, 2, 3], False),
        (3, {"before": 1}, [], False),
        (3, {"before": 0}, [], False),
        (3, {"before": 2**63 - 1}, [8, 9, 10], True),
        (3, {"after": 0}, [1, 2, 3], True),
        (3, {"after": 7}, [8, 9, 10], False),
        (3, {"after": 10}, [], False),
        (3, {"after": 2**63 - 1}, [], False),
        (3, {"since": 0}, [1, 2, 3], True),
        (3, {"since": 700}, [7, 8, 9], True),
        (3, {"since": 701}, [8, 9, 10], False),
        (3, {"since": 1001}, [], False),
        (3, {"since": -(2**70)}, [1, 2, 3], True),
        (3, {"since": 2**70}, [], False),
        (3, {"after": 2, "before": 9}, [6, 7, 8], True),
        (7, {"after": 2, "before": 9}, [3, 4, 5, 6, 7, 8], False),
    ],
)
def test_a_page(talk: Reader, limit: int, where: dict[str, int], numbers: list[int], more: bool) -> None:
    """A page has the messages nearest to its start, oldest first, and says whether there are more."""
    assert (list(numbers), more, 1) == _numbers(talk.page("#cs350", limit, **where))


@pytest.mark.parametrize("where", [{}, {"before": 5}, {"after": 5}, {"since": 5}])
def test_a_page_of_nothing(store: Store, reader: Reader, where: dict[str, int]) -> None:
    """A conversation without messages, or an unknown one, has an empty page."""
    store.append([], 0, ["CS350"])

    assert [([], False, 1)] * 2 == [_numbers(reader.page(key, 10, **where)) for key in ("#cs350", "7:8")]


@pytest.mark.parametrize(
    ("most_bytes", "where", "numbers"),
    [
        (36, {}, [7, 8, 9, 10]),
        (35, {}, [8, 9, 10]),
        (35, {"after": 2}, [3, 4, 5]),
        (0, {}, [10]),
        (0, {"after": 2}, [3]),
    ],
)
def test_a_page_is_bounded_in_bytes(
    store: Store, reader: Reader, most_bytes: int, where: dict[str, int], numbers: list[int]
) -> None:
    """A page holds texts of so many bytes at most, but one message at least."""
    store.append([said("日本 ü") for _ in range(10)], 10, ["CS350"])
    page = reader.page("#cs350", 50, most_bytes=most_bytes, **where)

    assert (numbers, True, 1) == _numbers(page)


@pytest.mark.parametrize(
    ("where", "numbers", "more"),
    [
        ({}, range(5, 11), False),
        ({"before": 7}, [5, 6], False),
        ({"before": 3}, [], False),
        ({"after": 1}, range(5, 11), False),
        ({"since": 100}, range(5, 11), False),
        ({"since": 600}, range(6, 11), False),
    ],
)
def test_a_page_that_reaches_into_what_was_deleted(
    store: Store, reader: Reader, where: dict[str, int], numbers: list[int], more: bool
) -> None:
    """Deleted messages are missing, and the page has the number of the oldest remaining one."""
    _say(store)
    store.delete_older(500)

    assert (list(numbers), more, 5) == _numbers(reader.page("#cs350", 50, **where))


def test_a_page_where_all_was_deleted(store: Store, reader: Reader) -> None:
    """If all messages are deleted, the oldest number is that of the next message."""
    _say(store)
    while store.delete_older(5000):
        pass

    assert [([], False, 11)] * 2 == [
        _numbers(reader.page("#cs350", 50, **where)) for where in ({}, {"after": 2})
    ]


# Missed messages.


def _missed(
    reader: Reader, person: PersonRow, seq: int = 0, seqs: Any = None, **bounds: int
) -> tuple[list[str], int]:
    heard = heard_up_to(Since("", seq, seqs or {}), reader.dialogs(person.number), {})
    missed = reader.missed(person.number, [(dialog, after) for dialog, after in heard], **bounds)
    return [message.text for message in missed.messages], missed.left_out


@pytest.fixture
def whispers(store: Store) -> None:
    """Keep private messages between three persons."""
    lines = [
        told(BOB, ALICE, "bob 1"),
        told(CAROL, ALICE, "carol 1"),
        told(ALICE, BOB, "bob 2, mine"),
        told(BOB, ALICE, "bob 3"),
        told(BOB, CAROL, "not mine"),
        told(ALICE, ALICE, "self 1"),
        told(CAROL, ALICE, "carol 2"),
        said("in a room"),
    ]
    store.append(lines, 10, ["CS350"], EVERYBODY)


@pytest.mark.usefixtures("whispers")
@pytest.mark.parametrize(
    ("seq", "seqs", "texts"),
    [
        (0, {}, ["bob 1", "carol 1", "bob 3", "self 1", "carol 2"]),
        (1, {}, ["bob 3", "carol 2"]),
        (3, {}, []),
        (0, {"bob": 1}, ["carol 1", "bob 3", "self 1", "carol 2"]),
        (2, {"bob": 0, "alice": 0}, ["bob 1", "bob 3", "self 1"]),
        (0, {"nobody": 9, "bob": 3, "carol": 2}, ["self 1"]),
    ],
)
def test_what_was_missed(reader: Reader, seq: int, seqs: dict[str, int], texts: list[str]) -> None:
    """A person gets the newer messages of each conversation, in the order in which they were sent."""
    assert (texts, 0) == _missed(reader, ALICE, seq, seqs)


@pytest.mark.usefixtures("whispers")
@pytest.mark.parametrize(
    ("bounds", "texts"),
    [
        ({"limit": 2}, ["self 1", "carol 2"]),
        ({"limit": 5}, ["bob 1", "carol 1", "bob 3", "self 1", "carol 2"]),
        ({"most_bytes": 13}, ["self 1", "carol 2"]),
        ({"most_bytes": 0}, ["carol 2"]),
    ],
)
def test_more_was_missed_than_is_told(reader: Reader, bounds: dict[str, int], texts: list[str]) -> None:
    """If there are too many messages, the newest are returned, with the number of the others."""
    assert (texts, 5 - len(texts)) == _missed(reader, ALICE, **bounds)


def test_nothing_was_missed(store: Store, reader: Reader) -> None:
    """A person without private messages has missed nothing."""
    assert ([], 0) == _missed(reader, ALICE)


@pytest.mark.usefixtures("whispers")
def test_what_is_said_while_it_is_read(store: Store, reader: Reader) -> None:
    """Missed messages are read from one snapshot: exactly those that were counted."""
    new = [told(BOB, ALICE, "bob 4")]

    def append_after_counting(statement: str) -> None:
        if new and "count(*)" not in statement and "to_person" in statement:
            store.append([new.pop()], 20)

    reader._db.set_trace_callback(append_after_counting)
    missed = [_missed(reader, ALICE) for _ in range(2)]
    old = ["bob 1", "carol 1", "bob 3", "self 1", "carol 2"]

    assert [(old, 0), ([*old, "bob 4"], 0)] == missed


def test_closing_twice(reader: Reader) -> None:
    """To close a reader again is harmless."""
    reader.close()
    reader.close()


def test_the_plans(store: Store, path: Path, reader: Reader) -> None:
    """Pages and missed messages are found by index, without sorting or scanning."""
    statements: list[str] = []
    store.append([told(ALICE, BOB, "a")], 10, ["CS350"], EVERYBODY)
    reader._db.set_trace_callback(statements.append)
    reader.page("1:2", 50)
    reader.page("1:2", 50, since=10)
    reader.missed(1, [("1:2", 0)])
    reader._db.set_trace_callback(None)
    plans = [row[3] for one in statements for row in reader._db.execute(f"EXPLAIN QUERY PLAN {one}")]

    assert (True, []) == (len(plans) > 10, [plan for plan in plans if "SCAN" in plan or "B-TREE" in plan])


def test_only_so_many_private_conversations_are_listed(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person with very many gets those that have begun last."""
    monkeypatch.setattr("classchat.journal.dialog_rows.MOST_LISTED", 1)
    store.append([told(BOB, ALICE, "old")], 10, persons=EVERYBODY)
    store.append([told(CAROL, ALICE, "new")], 20)
    store.append([told(BOB, ALICE, "newest")], 30)

    assert [("Carol", "carol", 1, 20)] == list(reader.latest_in_private(1))


def test_a_conversation_whose_messages_are_deleted(store: Store, reader: Reader) -> None:
    """It has no latest message, whether it is a room or private; neither has a room without messages."""
    store.append([told(BOB, ALICE, "a"), said("b")], 10, ["CS350", "Empty"], EVERYBODY)
    before = [*reader.latest_in_rooms(["#cs350", "#empty"]), *reader.latest_in_private(1)]
    store.delete_older(20)
    after = [*reader.latest_in_rooms(["#cs350", "#empty"]), *reader.latest_in_private(1)]

    assert ([("CS350", None, 1, 10), ("Bob", "bob", 1, 10)], []) == (before, after)
