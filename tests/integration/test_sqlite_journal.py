"""What the journal in a file does beyond the contract: restarts, group commits, chores, disks that fail."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.logger import LogLevel, capturedLogs

from classchat.core.acts import Change, Issued, PersonRecord, Secured
from classchat.core.entries import Created, Entry
from classchat.core.journal_port import CannotOpen, Searcher
from classchat.core.model import Account, Room, User
from classchat.core.persons import digest
from classchat.errors import HistoryUnavailable
from classchat.journal import batching, chores, reading
from classchat.journal.batch_rows import Kept
from classchat.journal.database import Uncertain
from classchat.journal.reader import Reader
from classchat.journal.sqlite import SQLiteJournal
from classchat.journal.store import Store
from classchat.journal.upkeep import LastSeen
from classchat.texts import milliseconds
from tests.integration.helpers import PATIENCE
from tests.integration.journals import DAY, Clock, Log, outcome, soon, until
from tests.integration.test_journals import claims
from tests.new_files import with_tables

OpenLog = Callable[..., Log]


def broken() -> sqlite3.Error:
    """Return a function that fails like a broken disk."""
    return sqlite3.OperationalError("disk I/O error")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the journal is."""
    return tmp_path / "classchat.sqlite"


@async_yield_fixture
async def open_log(path: Path, nothing_left_over: None) -> AsyncIterator[OpenLog]:
    """Return a function that opens the journal; open journals are closed after the test."""
    clock = Clock()
    logs: list[Log] = []

    def open_log(keep: float | None = None) -> Log:
        logs.append(Log(SQLiteJournal(with_tables(path), clock, "normal", keep, clock), clock))
        return logs[-1]

    yield open_log
    for log in logs:
        await soon(log.journal.close())


@pytest.fixture
def log(open_log: OpenLog) -> Log:
    """Open a new journal."""
    return open_log()


class Writer:
    """A gate before the file: it delays writes, or makes them fail."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        """How many messages each batch had that came here."""

        self.fails = 0
        """How many of the next batches can't be written."""

        self.error = broken()
        """The error of failing writes."""
        self._goes_on = Event()
        self._goes_on.set()
        self._append = Store.append

    def hangs(self) -> None:
        """Delay all writes from now on."""
        self._goes_on.clear()

    def goes_on(self) -> None:
        """Write again."""
        self._goes_on.set()

    async def has_batches(self, number: int) -> None:
        """Wait until the writer's thread has taken so many."""
        await until(lambda: len(self.batches) == number, f"the writer had {number} batches")

    def append(self, store: Store, messages: Sequence[Any], *arguments: Any) -> list[Kept]:
        """Replace `Store.append`."""
        self.batches.append(len(messages))
        self.wait()
        if self.fails:
            self.fails -= 1
            raise self.error
        return self._append(store, messages, *arguments)

    def wait(self) -> None:
        """Block the writer's thread until the gate is open."""
        assert self._goes_on.wait(PATIENCE)


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    """Stand before the file."""
    writer = Writer()
    monkeypatch.setattr(Store, "append", lambda *arguments: writer.append(*arguments))
    yield writer
    writer.goes_on()


def rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Query the file."""
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


def failing(monkeypatch: pytest.MonkeyPatch, of: type, name: str) -> Callable[[], None]:
    """Make a method fail until the returned function is called."""
    works = getattr(of, name)
    fails = [True]

    def call(*arguments: Any, **more: Any) -> Any:
        if fails:
            raise broken()
        return works(*arguments, **more)

    monkeypatch.setattr(of, name, call)
    return fails.clear


def take(nothing_logged: list[str]) -> list[str]:
    """Return the first line of each logged failure, and accept these failures."""
    failures, nothing_logged[:] = list(nothing_logged), []
    return [text.splitlines()[0].partition("] ")[2] for text in failures]


# Restarts.


@ensureDeferred
async def test_a_restart(log: Log, open_log: OpenLog) -> None:
    """A restart keeps the rooms, their messages and numbers, and the journal's epoch."""
    alice = log.user("Alice")
    first, second = log.room("CS350", alice), log.room("Empty", alice)
    log.say(alice, first, "one")
    said = log.say(alice, first, "two", "id")
    await soon(log.journal.close())
    again = open_log()
    alice = again.user("ALICE")
    first.last_seq = second.last_seq = 0
    repeated, new = again.say(alice, first, "two", "id"), again.say(alice, first, "three")
    await again.settled()

    assert ([("CS350", 2), ("Empty", 0)], log.journal.epoch) == (again.rooms, again.journal.epoch)
    assert ([(2, True), (3, False)], said.time) == (outcome(repeated, new), repeated.time)
    assert ["one", "two", "three"] == await again.texts(first)


@ensureDeferred
async def test_when_a_room_was_created(log: Log, open_log: OpenLog) -> None:
    """A restart keeps the time that the entry had, and so does the row about who has set the topic."""
    alice = log.user("Alice")
    room = log.room("CS350", alice)
    log.note(alice, Change(room.key, "", "topic_by", "1795428000123 Alice"))
    await log.settled()
    created = milliseconds(log.delivered[0].time)
    await soon(log.journal.close())
    again = open_log()

    assert {"CS350": created} == again.restored.created
    assert [Change(room.key, "", "topic_by", "1795428000123 Alice")] == again.restored.changes


@ensureDeferred
@pytest.mark.parametrize(("away", "known"), [(DAY - 60, True), (DAY + 60, False)])
async def test_persons_after_a_restart(log: Log, open_log: OpenLog, away: float, known: bool) -> None:
    """A person who was connected when the server ended is remembered for a day after its next start."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(bob, alice, "one")
    await log.settled()
    await soon(log.journal.close())
    again = open_log()
    again.tokens = log.tokens
    again.clock.ahead += away
    person = await again.recognized(alice)

    assert known is (person is not None)
    assert person is None or ["one"] == await again.finds("one", private=person.person)


@ensureDeferred
async def test_who_left_before_a_restart(log: Log, open_log: OpenLog) -> None:
    """A person who left before the server ended is remembered for a day since then, not since the restart."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(bob, alice, "one")
    await log.settled()
    log.journal.part(alice.person)
    await soon(log.journal.close())
    log.clock.ahead += DAY - 60
    await soon(open_log().journal.close())
    log.clock.ahead += 120
    again = open_log()
    again.tokens = log.tokens

    assert None is await again.recognized(alice)
    assert await again.recognized(bob) is not None


@ensureDeferred
@pytest.mark.parametrize(("away", "known"), [(DAY - 60, True), (DAY + 60, False)])
async def test_accounts_after_a_restart(log: Log, open_log: OpenLog, away: float, known: bool) -> None:
    """Claimed names, order and passwords are for ever; a device is known for a day after its person left."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("CS350", alice)
    for user in (alice, bob):
        person, token = user.person, digest(log.tokens[user])
        log.note(
            user,
            PersonRecord(person.number, user.name, person.key, person.token),
            Secured(person.key, user.name, person.number, "hash"),
            Issued(person.number, token),
            Change(room.key, person.key, "member", ""),
        )
    log.note(bob, Change(room.key, "bob", "member", None))
    await log.settled()
    log.journal.arrive(alice.person)
    log.journal.arrive(bob.person)
    log.journal.part(alice.person)
    left = int(log.clock.seconds() * 1000)
    await soon(log.journal.close())
    log.clock.ahead += away
    again = open_log()
    accounts = {account.key: account for account in again.restored.accounts}

    assert [Change(room.key, "alice", "member", "")] == again.restored.changes
    assert ["Alice", "Bob"] == sorted(account.name for account in accounts.values())
    assert left - 1000 <= (accounts["alice"].ended or 0) <= left + 1000
    assert "hash" == (await soon(again.journal.secured("alice"))).password  # type: ignore[union-attr]
    assert known is (await soon(again.journal.issued(alice.person, log.tokens[alice])) is not None)


@ensureDeferred
async def test_whispering_with_who_is_away(log: Log, open_log: OpenLog) -> None:
    """Private messages to an absent user are kept: after a restart the user gets all of them."""
    alice, bob = log.user("Alice"), log.user("Bob")
    person = alice.person
    log.note(
        alice,
        PersonRecord(person.number, "Alice", "alice", person.token),
        Secured("alice", "Alice", person.number, "hash"),
    )
    await log.settled()
    alice.account = Account(alice)
    log.journal.part(person)
    left = int(log.clock.seconds() * 1000)
    for text in "abc":
        log.clock.ahead += 60
        log.tell(bob, alice, text)
        await log.settled()
    await soon(log.journal.close())
    again = open_log()
    (account,) = again.restored.accounts
    missed = await soon(again.journal.missed_since(person, account.ended or 0))

    assert left - 1000 <= (account.ended or 0) <= left + 1000
    assert ["a", "b", "c"] == [kept.text for kept in missed.messages]


@ensureDeferred
async def test_persons_are_never_mixed_up(log: Log, open_log: OpenLog) -> None:
    """A new person after a restart is never taken for an earlier one, whatever the name."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(bob, alice, "one")
    await soon(log.journal.close())
    again = open_log()
    other, bobby = again.user("Alice"), again.user("Bob")
    entry = again.tell(bobby, other, "two")
    await again.settled()

    assert 1 == entry.seq
    assert ["two"] == await again.finds("o", private=other.person)


@ensureDeferred
async def test_a_room_that_is_made_again(log: Log) -> None:
    """A room that the server had forgotten goes on with its numbers, and is spelled as it was made last."""
    alice = log.user("Alice")
    room = log.room("CS350", alice)
    log.say(alice, room, "one")
    await log.settled()
    again = log.room("cs350", alice)
    joined = log.join(log.user("Bob"), again)
    await log.settled()
    said = log.say(alice, again, "two")
    await log.settled()

    assert [1, 2] == [joined.seq, said.seq]
    assert [("CS350", "one"), ("cs350", "two")][1:] == [
        (kept.receiver, kept.text) for kept in await log.history(again, 1)
    ]


# Persons in the file.


@ensureDeferred
async def test_signing_in_writes_nothing(log: Log, path: Path, writer: Writer) -> None:
    """Only the two persons of a private message are written to the file, with that message."""
    alice, bob, carol = log.user("Alice"), log.user("Bob"), log.user("Carol")
    room = log.room("R", carol)
    log.say(alice, room)
    log.journal.part(log.user("Dora").person)
    await log.at_rest()
    before = rows(path, "SELECT name FROM persons")
    log.tell(alice, bob)
    log.tell(bob, alice)
    await log.at_rest()

    assert ([], [("Alice", None), ("Bob", None)]) == (before, rows(path, "SELECT name, ended FROM persons"))
    assert [1, 2] == writer.batches


@ensureDeferred
async def test_who_leaves_while_his_first_whisper_is_written(log: Log, path: Path, writer: Writer) -> None:
    """A person who leaves while being written to the file is recorded as having left."""
    alice, bob = log.user("Alice"), log.user("Bob")
    writer.hangs()
    log.tell(alice, bob)
    await writer.has_batches(1)
    log.journal.part(alice.person)
    writer.goes_on()
    await log.at_rest()

    assert [("Alice", 0), ("Bob", 1)] == rows(path, "SELECT name, ended IS NULL FROM persons")


@ensureDeferred
async def test_who_is_back_is_here(log: Log, path: Path) -> None:
    """Leaving is recorded, returning clears it, and other persons stay as they were."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(alice, bob)
    await log.settled()
    log.journal.part(alice.person)
    await log.at_rest()
    left = rows(path, "SELECT name, ended IS NULL FROM persons")
    await log.recognized(alice)
    await log.at_rest()

    assert [("Alice", 0), ("Bob", 1)] == left
    assert [("Alice", 1), ("Bob", 1)] == rows(path, "SELECT name, ended IS NULL FROM persons")


@ensureDeferred
async def test_chores_that_follow_each_other(
    log: Log, path: Path, monkeypatch: pytest.MonkeyPatch, writer: Writer
) -> None:
    """Work that becomes due during another step gets its own step; none is forgotten."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    log.tell(alice, bob)
    await log.at_rest()
    index_some, steps = Store.index_some, []

    def index(store: Store, limit: int) -> int:
        steps.append(index_some(store, limit))
        writer.wait()
        return steps[-1]

    monkeypatch.setattr(Store, "index_some", index)
    monkeypatch.setattr(chores, "_STEP", 1)
    for number in range(3):
        log.say(alice, room, str(number))
    await log.settled()
    writer.hangs()
    await until(lambda: bool(steps), "the index was begun")
    log.journal.part(bob.person)
    await until(lambda: log.journal._chores.due, "the next step was due")
    writer.goes_on()
    await log.at_rest()

    assert [1, 1, 1, 0] == steps
    assert [("Alice", 1), ("Bob", 0)] == rows(path, "SELECT name, ended IS NULL FROM persons")
    assert [(4,)] == rows(path, "SELECT indexed FROM journal")


@ensureDeferred
async def test_many_who_leave_are_noted_together(
    log: Log, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a whole class leaves at once, that is one transaction, and a failure is retried later."""
    users = [log.user(f"U{number}") for number in range(50)]
    for user in users:
        log.tell(user, user)
    await log.at_rest()
    noted: list[int] = []
    set_ended = Store.set_ended

    def note(store: Store, times: dict[int, LastSeen]) -> int:
        noted.append(len(times))
        if len(noted) == 1:
            raise broken()
        return set_ended(store, times)

    monkeypatch.setattr(Store, "set_ended", note)
    monkeypatch.setattr("classchat.journal.worker.Trouble.met", lambda *_: None)
    for user in users[:49]:
        log.journal.part(user.person)
    await log.at_rest()
    log.journal.part(users[49].person)
    await log.at_rest()

    assert [49, 50] == noted
    assert [(0,)] == rows(path, "SELECT count(*) FROM persons WHERE ended IS NULL")


# Chores.


@ensureDeferred
async def test_search_is_complete_while_the_index_is_filled(
    log: Log, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new message is found at once, and at every moment until the index has it."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    index_some, steps = Store.index_some, Semaphore(0)

    def index(store: Store, limit: int) -> int:
        assert steps.acquire(timeout=PATIENCE)
        return index_some(store, limit)

    monkeypatch.setattr(Store, "index_some", index)
    monkeypatch.setattr("classchat.journal.store._INDEXING", PATIENCE)
    for number in range(1, 1001):
        log.say(alice, room, f"needle {number}" if number % 200 == 0 else "hay")
    await log.settled()
    found = []
    for indexed in (0, 300, 600, 900, 1000):
        await until(
            lambda at=(indexed,): rows(path, "SELECT indexed FROM journal") == [at], f"{indexed} were"
        )
        found.append(await log.finds("needle", room))
        steps.release()
    await log.at_rest()

    assert [[f"needle {number}" for number in range(1000, 0, -200)]] * 5 == found


@ensureDeferred
async def test_old_messages_are_deleted(log: Log, open_log: OpenLog, path: Path) -> None:
    """With `keep` older messages are deleted in the background; history reports it, and numbers continue."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    for _ in range(700):
        log.say(alice, room, "old")
    whisper = log.tell(alice, bob, "old")
    await log.settled()
    log.clock.ahead += 20 * DAY
    log.say(alice, room, "newer")
    await soon(log.journal.close())
    log.clock.ahead += 11 * DAY
    again = open_log(keep=30 * DAY)
    await again.at_rest()
    new = again.say(again.user("Carol"), room, "new")
    await again.settled()

    assert (701, 702, ["newer", "new"]) == (
        await soon(again.journal.oldest(room)),
        new.seq,
        await again.texts(room),
    )
    assert (701, 2) == (
        await soon(again.journal.first_since(room, 0)),
        await soon(again.journal.oldest(whisper.conversation)),
    )
    assert ([], ["new", "newer"]) == (await again.finds("old", room), await again.finds("new", room))
    assert ([("R", 701)], ["newer"]) == (again.rooms, await again.texts(room, 0, 701))


@ensureDeferred
async def test_without_keep_nothing_is_deleted(log: Log, open_log: OpenLog) -> None:
    """For ever means for ever."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.say(alice, room, "old")
    await soon(log.journal.close())
    log.clock.ahead += 10_000 * DAY
    again = open_log()
    await again.at_rest()

    assert ["old"] == await again.texts(room)


@ensureDeferred
async def test_deleting_does_not_wait_for_the_index(
    log: Log, open_log: OpenLog, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chores take turns, so that none waits until another one has finished all its work."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    for _ in range(900):
        log.say(alice, room, "old")
    await soon(log.journal.close())
    log.clock.ahead += 31 * DAY
    monkeypatch.setattr(Store, "index_some", lambda *_: 1)
    again = open_log(keep=30 * DAY)
    await until(lambda: rows(path, "SELECT count(*) FROM messages") == [(0,)], "all were deleted")

    assert 901 == await soon(again.journal.oldest(room))


@ensureDeferred
async def test_a_chore_that_fails(
    log: Log, monkeypatch: pytest.MonkeyPatch, nothing_logged: list[str], path: Path
) -> None:
    """A failure in the background is logged once, affects no user, and is retried after the next batch."""
    await log.at_rest()
    mend = failing(monkeypatch, Store, "index_some")
    alice = log.user("Alice")
    room = log.room("R", alice)
    for text in ("one", "two", "three"):
        log.say(alice, room, text)
        await log.at_rest()
    logged = take(nothing_logged)
    mend()
    log.say(alice, room, "four")
    await log.at_rest()

    assert [f"Can't update the search index of {path}"] == logged
    assert (["three", "two"], [(4,)]) == (
        await log.finds("t", room),
        rows(path, "SELECT indexed FROM journal"),
    )


# Group commit.


@ensureDeferred
async def test_what_is_said_meanwhile_is_one_batch(log: Log, writer: Writer) -> None:
    """While one batch is being written the next one gathers, over any number of the reactor's turns."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    writer.hangs()
    log.say(alice, room, "1")
    await writer.has_batches(1)
    for number in range(2, 7):
        log.say(alice, room, str(number))
        await deferLater(reactor, 0)
    before = list(log.batches)
    writer.goes_on()
    await log.settled()

    assert ([], [1, 5], [2, 5]) == (before, writer.batches, [len(batch) for batch in log.batches])
    assert ["1", "2", "3", "4", "5", "6"] == await log.texts(room)


@ensureDeferred
async def test_what_is_delivered_is_on_disk(log: Log, path: Path) -> None:
    """When a message is delivered, another program can read it in the file."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    seen: list[list[tuple[Any, ...]]] = []
    log.before_delivery = lambda: seen.append(rows(path, "SELECT text FROM messages"))
    log.say(alice, room, "one")
    await log.settled()

    assert [[("one",)]] == seen


@ensureDeferred
@pytest.mark.parametrize(
    ("bound", "value", "text"), [("_MOST_WAITING", 10, "x"), ("_MOST_CHARACTERS", 99, "x" * 10)]
)
async def test_a_writer_who_is_behind(
    log: Log, writer: Writer, monkeypatch: pytest.MonkeyPatch, bound: str, value: int, text: str
) -> None:
    """The journal reports when too much waits, still accepts entries, and reports when it is written."""
    monkeypatch.setattr(batching, bound, value)
    alice = log.user("Alice")
    room = log.room("R", alice)
    writer.hangs()
    log.say(alice, room, text)
    await writer.has_batches(1)
    full = []
    for _ in range(12):
        log.say(alice, room, text)
        full.append(log.journal.full)
    writer.goes_on()
    await log.settled()

    at = 10 if bound == "_MOST_WAITING" else 9
    assert ([False] * at + [True] * (12 - at), False, 14) == (full, log.journal.full, len(log.delivered))


@ensureDeferred
async def test_a_flood_is_committed_in_portions(path: Path, nothing_left_over: None) -> None:
    """Entries from a stall are delivered in portions, in order; waiters continue after them."""
    clock = Clock()
    log = Log(SQLiteJournal(path, clock, "normal", calendar=clock, portion=1_000), clock)
    try:
        alice = log.user("Alice")
        room = log.room("R", alice)
        said = [log.say(alice, room, "x" * 200, str(number)) for number in range(20)]
        await log.settled()
        sizes = [len(batch) for batch in log.batches]
    finally:
        await soon(log.journal.close())

    assert [*range(1, 21)] == [entry.seq for entry in said]
    assert (21, True) == (sum(sizes), max(sizes) <= 4)


# Disks that fail.


@ensureDeferred
async def test_what_could_not_be_written(
    log: Log, writer: Writer, nothing_logged: list[str], path: Path
) -> None:
    """After a failed write messages are refused, joins and leaves happen, and numbers have no gap."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    log.say(alice, room, "one")
    await log.settled()
    writer.fails = 1
    lost: list[Entry] = [log.say(alice, room, "two", "2"), log.tell(alice, bob, "psst")]
    happened = [log.join(bob, room), log.leave(bob, room)]
    await log.settled()
    failures, writable = take(nothing_logged), [log.journal.writable]
    again = [log.say(alice, room, "two", "2"), log.tell(alice, bob, "psst")]
    await log.settled()
    writable.append(log.journal.writable)

    assert [False, True] == writable
    assert [f"Can't write to {path}: messages are refused until it can be written to again"] == failures
    assert [(entry, "not_saved") for entry in lost] == log.taken_back
    assert (happened, [1, 1]) == (log.batches[1], [entry.seq for entry in happened])
    assert ([(2, False), (1, False)], ["one", "two"]) == (outcome(*again), await log.texts(room))


@ensureDeferred
async def test_nobody_is_told_what_nobody_knows(
    log: Log, writer: Writer, monkeypatch: pytest.MonkeyPatch, nothing_logged: list[str]
) -> None:
    """While a restart could still find a failed write, it is neither refused nor delivered."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    await log.settled()
    monkeypatch.setattr(batching, "_AGAIN", 0.0)
    attempts: list[tuple[int, int, int]] = []

    def make_certain(_: Store) -> None:
        attempts.append((len(log.taken_back), len(log.batches), len(writer.batches)))
        if len(attempts) == 1:
            log.journal._reactor.callFromThread(log.say, alice, room, "three")
        if len(attempts) < 3:
            raise Uncertain("nobody knows")

    monkeypatch.setattr(Store, "make_certain", make_certain)
    writer.error = Uncertain("nobody knows")
    writer.fails = 1
    lost = log.say(alice, room, "two", "2")
    await until(lambda: len(log.batches) == 2, "it goes on")
    await log.settled()
    take(nothing_logged)

    assert [(0, 1, 2)] * 3 == attempts
    assert [(lost, "not_saved")] == log.taken_back
    assert ["three"] == await log.texts(room)


@ensureDeferred
async def test_closing_while_nobody_knows(
    open_log: OpenLog, writer: Writer, monkeypatch: pytest.MonkeyPatch, nothing_logged: list[str]
) -> None:
    """A server that stops then says how much is not saved, and leaves no timer behind."""
    log = open_log()
    alice = log.user("Alice")
    room = log.room("R", alice)
    await log.settled()
    monkeypatch.setattr(batching, "_PATIENCE", 0.05)
    writer.error = Uncertain("nobody knows")
    writer.fails = 1
    log.say(alice, room, "two")
    await soon(log.journal.close())

    assert "1 entries could not be saved in time" == take(nothing_logged)[-1]
    assert [] == log.taken_back


@ensureDeferred
async def test_a_room_that_could_not_be_made(log: Log, writer: Writer, nothing_logged: list[str]) -> None:
    """Who joined it goes with it, in the same batch or in the one that gathered meanwhile; others don't."""
    alice, bob, carol = log.user("Alice"), log.user("Bob"), log.user("Carol")
    there = log.room("There", alice)
    await log.settled()
    writer.fails = 1
    writer.hangs()
    room = log.room("R", alice)
    lost: list[Entry] = [log.join(bob, room)]
    happened: list[Entry] = [log.join(bob, there)]
    await writer.has_batches(2)
    lost += [log.join(carol, room), log.leave(carol, room)]
    happened += [log.join(carol, there), log.say(alice, there)]
    writer.goes_on()
    await log.settled()
    take(nothing_logged)
    made, *gone = [entry for entry, _ in log.taken_back]

    assert (True, lost, happened) == (isinstance(made, Created), gone, log.delivered[1:])


@ensureDeferred
async def test_trouble_is_logged_once(log: Log, writer: Writer, nothing_logged: list[str]) -> None:
    """However long the disk fails, that is one line, and one more when it works again."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    await log.settled()
    with capturedLogs() as events:
        for fails, later in ((1, 0), (1, 99), (0, 0), (0, 0), (1, 99), (1, 0), (0, 0)):
            log.clock.ahead += later
            writer.fails = fails
            log.say(alice, room)
            await log.settled()
    take(nothing_logged)

    assert [LogLevel.error, LogLevel.warn] * 2 == [event["log_level"] for event in events if "path" in event]


@ensureDeferred
async def test_trouble_that_comes_and_goes(log: Log, writer: Writer, nothing_logged: list[str]) -> None:
    """A disk that takes one batch and refuses the next is told once a minute, and at last as it is."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    await log.settled()
    with capturedLogs() as events:
        for _ in range(20):
            for fails in (1, 0):
                writer.fails = fails
                log.say(alice, room)
                await log.settled()
        log.clock.ahead += 60
        writer.fails = 2
        for _ in range(2):
            log.say(alice, room)
            await log.settled()
    take(nothing_logged)

    assert [LogLevel.error, LogLevel.warn, LogLevel.error] == [
        event["log_level"] for event in events if "path" in event
    ]


@ensureDeferred
async def test_a_repetition_is_no_recovery(log: Log, writer: Writer, nothing_logged: list[str]) -> None:
    """A repetition, which is not written, does not show that the disk works again."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.say(alice, room, "kept", "1")
    await log.settled()
    with capturedLogs() as events:
        writer.fails = 1
        log.say(alice, room, "lost")
        await log.settled()
        log.say(alice, room, "kept", "1")
        await log.settled()
    take(nothing_logged)

    assert [LogLevel.error] == [event["log_level"] for event in events if "path" in event]


@ensureDeferred
async def test_who_comes_and_goes_is_no_recovery(log: Log, writer: Writer, nothing_logged: list[str]) -> None:
    """A batch without writes does not show that the disk works again."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    await log.settled()
    with capturedLogs() as events:
        for fails in (True, False, True):
            writer.fails = int(fails)
            if fails:
                log.say(alice, room)
            log.join(alice, room)
            await log.settled()
    take(nothing_logged)

    assert [LogLevel.error] == [event["log_level"] for event in events if "path" in event]


@ensureDeferred
async def test_trying_to_write_to_a_file_that_is_gone(
    log: Log, path: Path, nothing_logged: list[str]
) -> None:
    """Attempts fail while the file is not in its place, which is logged once, and work again afterwards."""
    await log.settled()
    path.rename(f"{path}-elsewhere")
    failed = [await soon(log.journal.try_to_write()) for _ in range(2)]
    told, writable = take(nothing_logged), log.journal.writable
    Path(f"{path}-elsewhere").rename(path)
    worked = await soon(log.journal.try_to_write())

    assert ([False, False], False) == (failed, writable)
    assert (True, True) == (worked, log.journal.writable)
    assert [f"Can't write to {path}: messages are refused until it can be written to again"] == told


@ensureDeferred
async def test_trying_to_write_after_the_end(log: Log) -> None:
    """A journal that is closed can't be written to, also for those who asked before."""
    asked = Deferred.fromCoroutine(log.journal.try_to_write())
    await soon(log.journal.close())

    assert (True, False) == (await soon(asked) in (True, False), await soon(log.journal.try_to_write()))


@ensureDeferred
async def test_taking_back_that_fails_holds_up_nobody(
    log: Log, writer: Writer, nothing_logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in taking back is logged; entries without writes are delivered, and waiters continue."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    await log.settled()
    monkeypatch.setattr(log.journal, "_take_back", lambda *_: 1 // 0)
    writer.fails = 1
    log.say(alice, room)
    joined = log.join(log.user("Bob"), room)
    await log.settled()

    assert (2, [joined]) == (len(take(nothing_logged)), log.batches[-1])


@ensureDeferred
async def test_what_can_not_be_read(
    log: Log, monkeypatch: pytest.MonkeyPatch, nothing_logged: list[str], path: Path
) -> None:
    """An unreadable file is reported to the client, and logged once; a new connection may succeed."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.say(alice, room, "one")
    await log.at_rest()
    before = await log.texts(room)
    mend = failing(monkeypatch, Reader, "page")
    opened: list[Path] = []
    reopen = partial(lambda place: opened.append(place) or Reader(place), path)
    monkeypatch.setattr(log.journal._history, "_open_reader", reopen)  # type: ignore[attr-defined]
    for _ in range(3):
        with pytest.raises(HistoryUnavailable):
            await log.texts(room)
    mend()
    with capturedLogs() as events:
        after = [await log.texts(room), await log.texts(room)]

    assert [f"Can't read {path}"] == take(nothing_logged)
    assert (["one"], [["one"]] * 2, 1, [path] * 3) == (before, after, len(events), opened)


@ensureDeferred
async def test_reading_does_not_wait_for_the_writer(log: Log, writer: Writer) -> None:
    """While the disk hangs, saved messages can be read."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.say(alice, room, "one")
    await log.settled()
    writer.hangs()
    log.say(alice, room, "two")
    await writer.has_batches(2)

    assert ["one"] == await log.texts(room)


@ensureDeferred
async def test_nobody_waits_for_a_search(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """During a long search, with others waiting, users can sign in and read history."""
    alice = await claims(log)
    room = log.room("R", alice)
    log.say(alice, room, "one")
    await log.settled()
    goes_on, search = Event(), Reader.search

    def slow(reader: Reader, *arguments: Any) -> Any:
        goes_on.wait(PATIENCE)
        return search(reader, *arguments)

    monkeypatch.setattr(Reader, "search", slow)
    searches = [
        Deferred.fromCoroutine(log.journal.search(["one"], [room], None, 20, None)) for _ in range(50)
    ]
    secured = await soon(log.journal.secured("alice"))
    issued = await soon(log.journal.issued(alice.person, log.tokens[alice]))
    texts = await log.texts(room)
    begun = [search.called for search in searches]
    goes_on.set()
    found = [len((await soon(search)).messages) for search in searches]

    assert (True, True, ["one"]) == (secured is not None, issued is not None, texts)
    assert ([False] * 50, [1] * 50) == (begun, found)


@ensureDeferred
async def test_sign_ins_do_not_wait_for_history(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """During a long read of history, passwords and tokens can be looked up."""
    alice = await claims(log)
    room = log.room("R", alice)
    log.say(alice, room, "one")
    await log.settled()
    goes_on, page = Event(), Reader.page

    def slow(reader: Reader, *arguments: Any, **more: Any) -> Any:
        goes_on.wait(PATIENCE)
        return page(reader, *arguments, **more)

    monkeypatch.setattr(Reader, "page", slow)
    history = Deferred.fromCoroutine(log.texts(room))
    secured = await soon(log.journal.secured("alice"))
    known = await soon(log.journal.recognize("Nobody", "no token"))
    begun = history.called
    goes_on.set()

    assert (True, None, False, ["one"]) == (
        secured is not None,
        known,
        begun,
        await soon(history),
    )


@ensureDeferred
async def test_look_ups_that_nobody_waits_for(
    log: Log, monkeypatch: pytest.MonkeyPatch, nothing_logged: list[str]
) -> None:
    """What a sign-in needs is not looked up for clients that have disconnected before it is their turn."""
    alice = await claims(log)
    goes_on, secured, looked_up = Event(), Reader.secured, []

    def slow(reader: Reader, key: str) -> Any:
        looked_up.append(key)
        goes_on.wait(PATIENCE)
        return secured(reader, key)

    monkeypatch.setattr(Reader, "secured", slow)
    here = True
    journal, person, token = log.journal, alice.person, log.tokens[alice]
    asked = [
        Deferred.fromCoroutine(one)
        for one in (
            journal.secured("alice"),
            journal.secured("alice", lambda: here),
            journal.issued(person, token, lambda: here),
            journal.recognize("Alice", token, lambda: here),
        )
    ]
    here = False
    goes_on.set()
    first = await soon(asked[0])
    for one in asked[1:]:
        with pytest.raises(HistoryUnavailable):
            await soon(one)

    assert (alice.person.number, ["alice"]) == (first.person, looked_up)
    assert [] == nothing_logged


@ensureDeferred
async def test_a_search_that_nobody_waits_for(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a client leaves while its search waits, the search does not run."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    log.say(alice, room, "one")
    await log.settled()
    goes_on, search, words = Event(), Reader.search, []

    def slow(reader: Reader, text: str, *arguments: Any) -> Any:
        words.append(text)
        goes_on.wait(PATIENCE)
        return search(reader, text, *arguments)

    monkeypatch.setattr(Reader, "search", slow)
    here = {alice, bob}
    searches = [
        Deferred.fromCoroutine(
            log.journal.search(
                [user.name],
                [room],
                None,
                20,
                None,
                asker=Searcher(user, lambda user=user: user in here),  # type: ignore[misc]
            )
        )
        for user in (alice, bob)
    ]
    here.discard(bob)
    goes_on.set()
    found = [await soon(search) for search in searches]

    assert (["Alice"], [0, 0]) == (words, [len(one.messages) for one in found])


@ensureDeferred
async def test_a_search_is_answered_in_time(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long search is answered with the results so far, and can be continued to the end."""
    monkeypatch.setattr(reading, "_SEARCHING", 0.0)
    monkeypatch.setattr("classchat.journal.search._WINDOW", 10)
    monkeypatch.setattr("classchat.journal.reader._SEARCHING", 0.0)
    alice = log.user("Alice")
    room = log.room("R", alice)
    for text in ["a needle", *["hay"] * 30]:
        log.say(alice, room, text)
    await log.at_rest()
    pages = [await soon(log.journal.search(["ne"], [room], None, 20, None))]
    while (before := pages[-1].before) is not None:
        pages.append(await soon(log.journal.search(["ne"], [room], None, 20, before)))

    assert (True, ["a needle"]) == (
        len(pages) > 3,
        [kept.text for page in pages for kept in page.messages],
    )


# The end.


@ensureDeferred
async def test_closing_while_something_is_written(log: Log, open_log: OpenLog, writer: Writer) -> None:
    """Before the file is closed, all queued entries are on disk and delivered."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    writer.hangs()
    log.say(alice, room, "one")
    await writer.has_batches(1)
    log.say(alice, room, "two")
    closing = Deferred.fromCoroutine(log.journal.close())
    writer.goes_on()
    await soon(closing)

    assert (["one", "two"], 3) == (await open_log().texts(room), len(log.delivered))


@ensureDeferred
@pytest.mark.parametrize("hanging", ["append", "index_some"])
async def test_a_disk_that_hangs(
    log: Log,
    open_log: OpenLog,
    monkeypatch: pytest.MonkeyPatch,
    nothing_logged: list[str],
    hanging: str,
) -> None:
    """Closing gives up on a hanging disk; unwritten entries are not delivered."""
    monkeypatch.setattr(batching, "_PATIENCE", 0.05)
    works, hangs, mended = getattr(Store, hanging), Event(), Event()
    await log.at_rest()

    def hang(*arguments: Any) -> Any:
        hangs.set()
        assert mended.wait(PATIENCE)
        return works(*arguments)

    monkeypatch.setattr(Store, hanging, hang)
    alice = log.user("Alice")
    log.say(alice, log.room("R", alice), "one")
    await until(hangs.is_set, "the disk hung")
    if hanging == "append":
        log.join(alice, log.room("S", alice))
    await soon(log.journal.close())
    delivered = len(log.delivered)
    logged = take(nothing_logged)
    with pytest.raises(CannotOpen):
        open_log()
    mended.set()
    await until(lambda: _can_be_opened(open_log), "the file was closed at last")
    await until(lambda: len(log.delivered) == 2, "what was written was delivered")

    expected = (0, ["4 entries could not be saved in time"]) if hanging == "append" else (2, [])
    assert (*expected, []) == (delivered, logged, log.taken_back)


def _can_be_opened(open_log: OpenLog) -> bool:
    try:
        open_log()
    except CannotOpen:
        return False
    return True


@ensureDeferred
async def test_reading_after_the_end(log: Log) -> None:
    """Who still asks when the journal is closed is told that it can't be read."""
    room = log.room("R", log.user("Alice"))
    await soon(log.journal.close())

    with pytest.raises(HistoryUnavailable):
        await log.texts(room)


@ensureDeferred
@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (sqlite3.DatabaseError("database disk image is malformed"), "is damaged"),
        (CannotOpen("It rains."), "It rains."),
    ],
)
async def test_a_file_whose_rooms_can_not_be_read(
    open_log: OpenLog, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    """A file with unreadable rooms is refused in a sentence, and is closed for other programs."""

    def fail(_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Reader, "rooms", fail)
        with pytest.raises(CannotOpen, match=sentence):
            open_log()

    assert [] == open_log().rooms


@ensureDeferred
async def test_a_search_goes_on_until_it_has_a_page(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search in pieces, between which others read, continues to the end."""
    monkeypatch.setattr("classchat.journal.search._WINDOW", 10)
    monkeypatch.setattr("classchat.journal.reader._SEARCHING", 0.0)
    alice = log.user("Alice")
    room = log.room("R", alice)
    for text in ["a needle", *["hay"] * 50]:
        log.say(alice, room, text)
    await log.at_rest()
    found = await soon(log.journal.search(["ne"], [room], None, 20, None))

    assert (["a needle"], None) == ([kept.text for kept in found.messages], found.before)


# Renames.


@ensureDeferred
async def test_a_rename_lasts(open_log: OpenLog, path: Path) -> None:
    """After a restart a renamed guest is recognized under both names, with rights, bans and message ids."""
    log = open_log()
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    subject = f"~{alice.person.number}"
    log.note(
        alice,
        Change(room.key, "alice", "banned", "99"),
        Change(room.key, subject, "moderator", "Alice"),
        Change(room.key, subject, "invited", "Alice"),
        Change(room.key, subject, "assistant", "Alice"),
    )
    log.tell(bob, alice)
    log.say(alice, room, "once", id="1")
    log.rename(alice, "Carol")
    await log.settled()
    token = log.tokens[alice]
    await soon(log.journal.close())
    again = open_log()
    found = [await soon(again.journal.recognize(name, token)) for name in ("Carol", "Alice")]
    carol = User("Carol", found[0])
    repeated = again.say(carol, Room("R", room.key), "once", id="1")
    await again.settled()

    assert ["Carol", "Carol"] == [person and person.name for person in found]
    assert [("alice",), {(room.key, "banned"): {"alice"}}, {bob.person.number}] == [
        carol.person.former,
        carol.person.restrictions,
        carol.person.partners,
    ]
    assert repeated.repeated
    rows = {(change.subject, change.what): change.value for change in again.restored.changes}
    assert {
        ("alice", "banned"): "99",
        (subject, "moderator"): "Carol",
        (subject, "invited"): "Carol",
        (subject, "assistant"): "Carol",
    } == rows


@ensureDeferred
async def test_what_a_rename_leaves_is_forgotten(log: Log, path: Path) -> None:
    """A day after a guest has left, no former name and no restriction of theirs is in the file."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.note(alice, Change(room.key, "alice", "muted", ""))
    log.rename(alice, "Carol")
    await log.settled()
    log.journal.part(alice.person)
    await log.at_rest()
    log.clock.ahead += 2 * DAY
    log.journal._chores._look_around()
    await log.at_rest()
    with closing(sqlite3.connect(path)) as db:
        counts = [
            db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
            for table in ("former_names", "restrictions")
        ]

    assert [0, 0] == counts
