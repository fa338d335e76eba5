"""What every journal has to do, in memory or on disk: the one contract that all of them pass.

A journal that is new is one more line in `tests.integration.journals.KINDS`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet.defer import Deferred

from classchat.core.acts import (
    Change,
    Deletion,
    HookAdded,
    HookRemoved,
    Issued,
    PersonRecord,
    Revoked,
    RowChange,
    Secured,
    SessionOver,
)
from classchat.core.entries import Entry, Noted
from classchat.core.journal_port import store_acts
from classchat.core.model import Conversation, User
from classchat.core.persons import digest, new_token
from classchat.messages import Since
from classchat.texts import milliseconds
from tests.integration.journals import DAY, KINDS, Clock, Kind, Log, outcome, soon


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Return each kind of journal in turn."""
    return request.param


@async_yield_fixture
async def log(kind: Kind, tmp_path: Path, nothing_left_over: None) -> AsyncIterator[Log]:
    """Open a new journal."""
    clock = Clock()
    kind.prepare(tmp_path)
    log = Log(kind.make(tmp_path, clock), clock, kind.keeps)
    yield log
    await soon(log.journal.close())


# Opening and closing.


@ensureDeferred
async def test_a_new_journal_is_empty(log: Log) -> None:
    """A new journal has an epoch and no rooms, and is settled."""
    await log.settled()

    assert (True, [], False, []) == (
        len(log.journal.epoch) >= 8,
        log.rooms,
        log.journal.full,
        log.batches,
    )


@ensureDeferred
async def test_every_journal_has_its_own_name(kind: Kind, log: Log, tmp_path: Path) -> None:
    """No two journals are called the same, or numbers of one would be taken for the other's."""
    (tmp_path / "other").mkdir()
    other = Log(kind.make(tmp_path / "other", log.clock), log.clock)
    await soon(other.journal.close())

    assert log.journal.epoch != other.journal.epoch


@ensureDeferred
async def test_closing_ends_with_what_was_appended(log: Log) -> None:
    """Entries appended before `close` are committed and delivered; closing twice is harmless."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    entries = [log.say(alice, room) for _ in range(100)]
    await soon(log.journal.close())
    await soon(log.journal.close())

    assert (entries, list(range(1, 101))) == (log.delivered[1:], [entry.seq for entry in entries])


@ensureDeferred
async def test_what_was_never_opened_can_be_closed(kind: Kind, log: Log, tmp_path: Path) -> None:
    """A server that could not listen closes a journal that it never opened."""
    (tmp_path / "other").mkdir()
    await soon(kind.make(tmp_path / "other", log.clock).close())

    assert [] == list((tmp_path / "other").iterdir())


@ensureDeferred
async def test_trying_to_write_changes_nothing(log: Log) -> None:
    """An attempt to write works, several at once and beside a message, and nobody is told of it."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    await log.settled()
    trials = [Deferred.fromCoroutine(log.journal.try_to_write()) for _ in range(3)]
    alone = [await soon(each) for each in trials]
    beside = Deferred.fromCoroutine(log.journal.try_to_write())
    said = log.say(alice, room)
    both = await soon(beside)
    await log.settled()

    assert ([True] * 3, True, [(1, False)]) == (alone, both, outcome(said))
    assert (2, 0, True) == (len(log.delivered), log.journal.waiting, log.journal.writable)


# Committing.


@ensureDeferred
async def test_numbers_are_dense_in_each_conversation(log: Log) -> None:
    """Each room and each private conversation counts for itself from 1, over all batches."""
    alice, bob = log.user("Alice"), log.user("Bob")
    here, there = log.room("R", alice), log.room("S", alice)
    entries: list[list[Entry]] = [[], [], []]
    for count in (1, 3, 2):
        for _ in range(count):
            entries[0].append(log.say(alice, here))
            entries[1] += [log.say(bob, there), log.say(alice, there)]
            entries[2] += [log.tell(alice, bob), log.tell(bob, alice)]
        await log.settled()

    dialog = alice.person.dialog_with(bob.person)
    assert [list(range(1, 7)), list(range(1, 13)), list(range(1, 13))] == [
        [entry.seq for entry in one] for one in entries
    ]
    assert [6, 12, 12] == [here.last_seq, there.last_seq, dialog.last_seq]


@ensureDeferred
async def test_everything_is_delivered_once_and_in_order(log: Log) -> None:
    """All entries are delivered once, in order, in batches of any size."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    entries: list[Entry] = []
    for number in range(300):
        entries += [log.say(alice, room, str(number)), log.join(bob, room), log.leave(bob, room)]
        entries.append(log.tell(bob, alice, str(number)))
        if number % 50 == 49:
            await log.settled()

    assert entries == log.delivered[1:]


@ensureDeferred
async def test_nothing_is_delivered_at_once(log: Log) -> None:
    """`append` returns before the entry is delivered."""
    alice = log.user("Alice")
    log.say(alice, log.room("R", alice))
    before = list(log.batches)
    await log.settled()

    assert ([], 2) == (before, len(log.delivered))


@ensureDeferred
async def test_one_turn_is_one_batch(log: Log) -> None:
    """Entries of one turn of an idle journal are delivered together."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    for _ in range(9):
        log.say(alice, room)
    await log.settled()

    assert [10] == [len(batch) for batch in log.batches]


@ensureDeferred
async def test_settled_means_delivered(log: Log) -> None:
    """A waiter continues when all entries appended before are delivered, each at its own time."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    reached: list[int] = []

    def note(_: object) -> None:
        reached.append(len(log.delivered))

    waiting: list[Deferred[None]] = []
    for _ in range(3):
        log.say(alice, room)
        waiting.append(Deferred.fromCoroutine(soon(log.journal.settled())).addCallback(note))
    for one in waiting:
        await one
    await log.settled()

    assert (True, 4) == (all(number >= 4 for number in reached), len(log.delivered))


@ensureDeferred
async def test_what_happens_in_a_room_carries_its_number(log: Log) -> None:
    """An entry about creating, joining or leaving a room has the number of the room's last message."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    first = log.join(bob, room)
    log.say(alice, room)
    second = log.leave(bob, room)
    log.say(alice, room)
    log.say(alice, room)
    third = log.join(bob, room)
    await log.settled()
    log.say(alice, room)
    last = log.leave(bob, room)
    await log.settled()

    assert [0, 0, 1, 3, 4] == [entry.seq for entry in (log.delivered[0], first, second, third, last)]


@ensureDeferred
async def test_a_new_room_carries_its_time(log: Log) -> None:
    """The entry that creates a room has a time, which never runs backwards."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.say(alice, room)
    await log.settled()
    log.clock.ahead -= 60
    log.room("S", alice)
    await log.settled()
    first, said, second = log.delivered

    assert milliseconds(first.time) == milliseconds(said.time) <= milliseconds(second.time)


@ensureDeferred
async def test_appending_while_being_delivered_to(log: Log) -> None:
    """Entries appended during a delivery are delivered later, not in between."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    answers = iter(["two", "three"])

    def answer() -> None:
        for text in answers:
            log.say(bob, room, text)
            break

    log.before_delivery = answer
    log.say(alice, room, "one")
    for _ in range(3):
        await log.settled()

    assert [("one", 1), ("two", 2), ("three", 3)] == [(entry.text, entry.seq) for entry in log.delivered[1:]]
    assert 3 == len(log.batches)


@ensureDeferred
async def test_a_delivery_that_raises_holds_up_nobody(log: Log, nothing_logged: list[str]) -> None:
    """A bug in the delivery is logged; waiters continue, and the next batch is committed."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.before_delivery = lambda: 1 // 0
    log.say(alice, room)
    await log.settled()
    log.before_delivery = lambda: None
    entry = log.say(alice, room)
    await log.settled()
    failures, nothing_logged[:] = list(nothing_logged), []

    assert (2, 1, True) == (entry.seq, len(failures), "ZeroDivisionError" in failures[0])
    assert [1, 2] == [kept.seq for kept in await log.history(room)]


@ensureDeferred
async def test_times_never_run_backwards(log: Log) -> None:
    """When the clock is set back, new messages have the time of the last one before."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    entries = []
    for ahead in (0, 1, -3600, -3599, 5):
        log.clock.ahead = ahead
        entries.append(log.say(alice, room))
        await log.settled()

    times = [entry.time for entry in entries]
    assert sorted(times) == times
    assert (times[1], times[1]) == (times[2], times[3])
    assert times[1] < times[4]


# Repetitions.


@ensureDeferred
async def test_a_repetition_in_the_same_batch(log: Log) -> None:
    """The same `id` of the same user is the same message: one number, and no second line in the log."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    entries = [
        log.say(alice, room, text, id) for text, id in [("a", "1"), ("a", "1"), ("b", "2"), ("a", "1")]
    ]
    await log.settled()

    assert [(1, False), (1, True), (2, False), (1, True)] == outcome(*entries)
    assert 1 == len({entry.time for entry in entries})
    assert ["a", "b"] == await log.texts(room)


@ensureDeferred
async def test_a_repetition_in_another_batch(log: Log) -> None:
    """A repetition gets the first one's number and time; new messages of its batch get the next numbers."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    first = log.say(alice, room, "a", "1")
    await log.settled()
    log.clock.ahead += 60
    entries = [
        log.say(bob, room, "b"),
        log.say(alice, room, "a", "1"),
        log.say(alice, room, "c", "2"),
        log.tell(bob, alice, "d", "1"),
    ]
    await log.settled()

    assert [(2, False), (1, True), (3, False), (1, False)] == outcome(*entries)
    assert (first.time, True) == (entries[1].time, first.time < entries[0].time)
    assert (["a", "b", "c"], 3) == (await log.texts(room), room.last_seq)


@ensureDeferred
async def test_a_repetition_after_a_reconnect(log: Log) -> None:
    """After a reconnect, under any spelling and with or without the token, a message may be repeated."""
    alice = log.user("Zoë")
    room = log.room("R", alice)
    first = log.say(alice, room, "a", "1")
    await log.settled()
    log.journal.part(alice.person)
    again = log.say(log.user("ZOË"), room, "a", "1")
    await log.settled()

    assert ([(1, False), (1, True)], first.time) == (outcome(first, again), again.time)


@ensureDeferred
async def test_a_repetition_in_another_conversation(log: Log) -> None:
    """An `id` counts for all conversations of a user: a repetition elsewhere gets the first number."""
    alice, bob = log.user("Alice"), log.user("Bob")
    here, there = log.room("R", alice), log.room("S", alice)
    log.say(bob, here)
    entries = [
        log.say(alice, here, "a", "1"),
        log.say(alice, there, "a", "1"),
        log.tell(alice, bob, "a", "1"),
    ]
    await log.settled()
    after = log.say(alice, there, "b")
    await log.settled()

    assert [(2, False), (2, True), (2, True), (1, False)] == outcome(*entries, after)
    assert ["b"] == await log.texts(there)
    assert await soon(log.journal.dialog(alice.person, bob.person)) in (
        None,
        alice.person.dialogs[bob.person],
    )


@ensureDeferred
async def test_ids_may_have_any_characters(log: Log) -> None:
    """No `id` makes a message fail, or is taken for another one."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    ids = ["\0", "\1\2", "\1", "\1\1", "%s", "?", "'", '{"', "\\", "NULL", "日本"]
    first = [log.say(alice, room, "a", id) for id in ids]
    await log.settled()
    again = [log.say(alice, room, "a", id) for id in reversed(ids)]
    await log.settled()
    known = [await soon(log.journal.repeated("alice", id)) for id in ids]

    assert [(number, False) for number in range(1, len(ids) + 1)] == outcome(*first)
    assert [(number, True) for number in range(len(ids), 0, -1)] == outcome(*again)
    assert list(range(1, len(ids) + 1)) == [found[0] for found in known if found]


@ensureDeferred
async def test_ids_are_each_users_own(log: Log) -> None:
    """Two users may call their messages the same."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    entries = [log.say(user, room, "a", "1") for user in (alice, bob)]
    await log.settled()

    assert [(1, False), (2, False)] == outcome(*entries)


@ensureDeferred
async def test_an_id_is_known_for_a_day(log: Log) -> None:
    """A day later the same `id` is a new message, and is known from then on."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    entries = []
    for later in (0, DAY - 60, 120, DAY - 60):
        log.clock.ahead += later
        entries.append(log.say(alice, room, "a", "1"))
        await log.settled()

    assert [(1, False), (1, True), (2, False), (2, True)] == outcome(*entries)


@ensureDeferred
async def test_what_a_repetition_would_repeat(log: Log) -> None:
    """It can be asked which message has an `id`, for a day: by the sender's name, in any conversation."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    log.say(bob, room)
    said, told = log.say(alice, room, "a", "1"), log.tell(alice, bob, "b", "2")
    await log.settled()
    asked = [("alice", "1"), ("alice", "2"), ("bob", "1"), ("alice", "3")]
    found = [await soon(log.journal.repeated(*one)) for one in asked]
    log.clock.ahead += DAY + 60

    assert [(2, said.time), (1, told.time), None, None] == found
    assert None is await soon(log.journal.repeated("alice", "1"))


# Reading.


@ensureDeferred
async def test_what_is_read_is_what_was_said(log: Log) -> None:
    """All fields of a message are kept, for any text."""
    alice, bob = log.user("Zoë"), log.user("Bob")
    room = log.room("Über", alice)
    text = "Grüße\n\t日本 🎉 '\"%_\\"
    said, told = log.say(alice, room, text, "1"), log.tell(alice, bob, text)
    await log.settled()
    (in_room,) = await log.history(room)
    (in_private,) = await log.history(told.conversation)

    assert (1, said.time, "Zoë", "Über", text, False) == (
        in_room.seq,
        in_room.time,
        in_room.sender,
        in_room.receiver,
        in_room.text,
        in_room.private,
    )
    assert ("Zoë", "Bob", text, True) == (
        in_private.sender,
        in_private.receiver,
        in_private.text,
        in_private.private,
    )


@ensureDeferred
async def test_a_part_of_a_conversation(log: Log) -> None:
    """A part of a conversation has the room's messages between two numbers, oldest first."""
    alice = log.user("Alice")
    room, other = log.room("R", alice), log.room("S", alice)
    for number in range(1, 11):
        log.say(alice, room, str(number))
        log.say(alice, other, "elsewhere")
    await log.settled()
    parts = [await log.texts(room, *span) for span in [(0, 3), (3, 7), (8, 99), (10, 10), (12, 20)]]

    assert [["1", "2", "3"], ["4", "5", "6", "7"], ["9", "10"], [], []] == parts


@ensureDeferred
async def test_nothing_was_said_yet(log: Log) -> None:
    """In a room without messages the oldest message is the next one."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    await log.settled()

    assert (1, 1, []) == (
        await soon(log.journal.oldest(room)),
        await soon(log.journal.first_since(room, 0)),
        await log.history(room),
    )


@ensureDeferred
async def test_the_oldest_message_that_is_kept(log: Log) -> None:
    """Whatever a journal forgets is its oldest; all the rest can be read, however many pages that is."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    for number in range(1, 1011):
        log.say(alice, room, str(number))
    await log.settled()
    oldest = 1 if log.keeps is None else 1011 - log.keeps

    assert oldest == await soon(log.journal.oldest(room))
    assert list(map(str, range(oldest, 1011))) == await log.texts(room)


@ensureDeferred
async def test_since_a_time(log: Log) -> None:
    """The first message that is not older than a time is found, or the next one that will be."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    times = []
    for _ in range(3):
        log.clock.ahead += 60
        log.say(alice, room)
        log.say(alice, room)
        await log.settled()
        times.append(int(log.clock.seconds() * 1000))
    found = [await soon(log.journal.first_since(room, time - 30_000)) for time in (0, *times)]
    after = await soon(log.journal.first_since(room, times[-1] + 1000))

    assert ([1, 1, 3, 5], 7) == (found, after)


@ensureDeferred
async def test_the_private_conversation_of_two(log: Log) -> None:
    """A private conversation is the same from both sides, begins with a message, and may be with oneself."""
    alice, bob, carol = log.user("Alice"), log.user("Bob"), log.user("Carol")
    before = await soon(log.journal.dialog(alice.person, bob.person))
    log.tell(alice, bob, "one")
    log.tell(bob, alice, "two")
    log.tell(carol, carol, "myself")
    await log.settled()
    dialogs = [
        await soon(log.journal.dialog(*pair))
        for pair in [
            (alice.person, bob.person),
            (bob.person, alice.person),
            (carol.person, carol.person),
            (alice.person, carol.person),
        ]
    ]

    assert (None, None) == (before, dialogs[3])
    assert dialogs[0] is dialogs[1]
    assert [["one", "two"], ["myself"]] == [await log.texts(dialog) for dialog in dialogs[::2] if dialog]


@ensureDeferred
async def test_the_last_conversation_with_a_name(log: Log) -> None:
    """If several persons had a name, it means the last one with a conversation."""
    alice, first = log.user("Alice"), log.user("Bob")
    log.tell(alice, first, "to the first")
    await log.settled()
    second = log.user("Bob")
    log.tell(second, alice, "from the second")
    await log.settled()
    third = log.user("Bob")
    log.tell(third, third, "nobody else's")
    await log.settled()
    dialog = await soon(log.journal.last_dialog(alice.person, "bob"))

    assert dialog is not None
    assert (1, ["from the second"]) == (dialog.last_seq, await log.texts(dialog))
    assert None is await soon(log.journal.last_dialog(alice.person, "carol"))


@ensureDeferred
async def test_the_last_conversation_with_a_former_name(log: Log) -> None:
    """A former name means its bearer of then, unless there is a conversation with a later bearer."""
    alice, bob, carol = log.user("Alice"), log.user("Bob"), log.user("Carol")
    log.tell(bob, alice, "as Bob")
    await log.settled()
    log.clock.ahead += 60
    log.rename(bob, "Robert")
    log.rename(alice, "Alicia")
    await log.settled()
    log.clock.ahead += 60
    log.tell(carol, bob, "to Robert")
    await log.settled()
    former = await soon(log.journal.last_dialog(alice.person, "bob"))
    asked = ((carol.person, "bob"), (bob.person, "bob"), (alice.person, "alice"))
    others = [await soon(log.journal.last_dialog(*one)) for one in asked]
    second = log.user("Bob")
    log.tell(second, alice, "from the second")
    await log.settled()
    later = await soon(log.journal.last_dialog(alice.person, "bob"))

    assert former is not None
    assert later is not None
    assert (["as Bob"], ["from the second"]) == (await log.texts(former), await log.texts(later))
    assert [None] * 3 == others


# Persons.


@ensureDeferred
async def test_the_latest_of_each_conversation(log: Log) -> None:
    """A page has the latest messages of rooms and private conversations between two times, in one order."""
    alice, bob, carol, dave = (log.user(name) for name in ("Alice", "Bob", "Carol", "Dave"))
    room, other = log.room("R", alice), log.room("Other", alice)
    log.room("Empty", alice)
    times = []
    for append in (
        lambda: (log.say(alice, room, "1"), log.tell(bob, alice, "1")),
        lambda: (log.say(bob, room, "2"), log.say(bob, other, "1"), log.tell(carol, dave, "theirs")),
        lambda: log.tell(alice, bob, "2"),
        lambda: log.tell(alice, alice, "note"),
        lambda: log.tell(carol, alice, "1"),
    ):
        append()
        await log.settled()
        times.append(milliseconds(log.delivered[-1].time))
        log.clock.ahead += 1
    rooms = [room, other]

    async def latest(after: int, before: int, limit: int = 10, *, newest: bool = False) -> list[str]:
        found = await soon(log.journal.latest(alice.person, rooms, after, before, limit, newest=newest))
        assert [one.time for one in found] == sorted((one.time for one in found), reverse=newest)
        return [f"{one.name} {one.seq} {one.private}" for one in found]

    in_rooms, private = ["R 2 False", "Other 1 False"], ["Bob 2 True", "Alice 1 True", "Carol 1 True"]
    assert [*in_rooms, *private] == await latest(0, times[-1] + 1)
    assert [*in_rooms, *private[:2]] == await latest(0, times[-1])
    assert private[1:] == await latest(times[2], times[-1] + 1)
    assert private[:0:-1] == await latest(0, times[-1] + 1, 2, newest=True)
    assert in_rooms == await latest(0, times[-1] + 1, 2)
    assert [] == await latest(times[-1], times[0])
    rooms.clear()
    assert private == await latest(0, times[-1] + 1)


@ensureDeferred
async def test_conversations_with_several_users_of_one_name(log: Log) -> None:
    """Only the one with the newest message counts, under the name that the user has now."""
    alice, first, second = log.user("Alice"), log.user("Bob"), log.user("BOB")
    for bob in (first, second):
        log.tell(bob, alice)
        await log.settled()
        log.clock.ahead += 1
    log.tell(first, alice)
    await log.settled()
    end = milliseconds(log.delivered[-1].time) + 1
    found = await soon(log.journal.latest(alice.person, [], 0, end, 10, newest=True))
    assert [("Bob", 2)] == [(one.name, one.seq) for one in found]

    log.rename(first, "Robert")
    await log.settled()
    found = await soon(log.journal.latest(alice.person, [], 0, end, 10, newest=True))
    assert [("Robert", 2), ("BOB", 1)] == [(one.name, one.seq) for one in found]


@ensureDeferred
async def test_the_same_person_again(log: Log) -> None:
    """A user who returns with the token, in another spelling, continues their private conversations."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(bob, alice, "one")
    await log.settled()
    again = await log.back(alice, "ALICE")
    assert again is not None
    log.tell(bob, again, "two")
    log.tell(again, bob, "three")
    await log.settled()
    dialog = await soon(log.journal.dialog(again.person, bob.person))

    assert dialog is not None
    assert (["one", "two", "three"], 3) == (await log.texts(dialog), dialog.last_seq)


@ensureDeferred
async def test_both_come_back(log: Log) -> None:
    """A private conversation exists after both users have left and returned, in either order."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(bob, alice, "one")
    await log.settled()
    log.journal.part(alice.person)
    log.journal.part(bob.person)
    bob, alice = await log.recognized(bob), await log.recognized(alice)
    dialog = await soon(log.journal.dialog(alice.person, bob.person))
    entry = log.tell(alice, bob, "two")
    await log.settled()

    assert dialog is not None
    assert (2, ["one", "two"]) == (entry.seq, await log.texts(dialog))


@ensureDeferred
async def test_who_is_nobody_known(log: Log) -> None:
    """A token is valid only with its name; a wrong attempt changes nothing."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(alice, bob)
    await log.settled()
    wrong = await log.back(alice, "Bob")
    stranger = await soon(log.journal.recognize("Alice", "x" * 43))
    right = await log.recognized(alice)

    assert (None, None, "Alice") == (wrong, stranger, right and right.name)


@ensureDeferred
async def test_who_has_been_away_for_a_day(log: Log) -> None:
    """A day after a person has left, the token is no longer valid."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(alice, bob)
    await log.settled()
    log.journal.part(alice.person)
    await log.at_rest()
    log.clock.ahead += DAY - 60
    in_time = await log.recognized(alice)
    await log.at_rest()
    log.clock.ahead += 2 * DAY
    log.journal.part(in_time.person)
    await log.at_rest()
    log.clock.ahead += DAY + 120

    assert None is await log.recognized(alice)


@ensureDeferred
async def test_who_takes_a_name_is_somebody_else(log: Log) -> None:
    """A new person under the same name has no private conversations."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(alice, bob, "a secret")
    await log.settled()
    log.journal.part(alice.person)
    other = log.user("Alice")

    assert None is await soon(log.journal.dialog(other.person, bob.person))
    assert None is await soon(log.journal.last_dialog(other.person, "bob"))
    assert [] == await log.finds("secret", private=other.person)
    assert [] == (await soon(log.journal.missed(other.person, Since(log.journal.epoch, 0)))).messages


@ensureDeferred
async def test_parting_is_harmless_for_who_never_whispered(log: Log) -> None:
    """A person without private messages comes and goes without a trace."""
    for number in range(50):
        log.journal.part(log.user(f"U{number}").person)
    await log.at_rest()

    assert [] == log.batches


@ensureDeferred
async def test_what_was_missed(log: Log) -> None:
    """A returning user gets the newer messages of others, oldest first, and not their own."""
    alice, bob, carol = log.user("Alice"), log.user("Bob"), log.user("Carol")
    for text in ("b1", "b2"):
        log.tell(bob, alice, text)
    log.tell(alice, bob, "a3")
    log.tell(carol, alice, "c1")
    await log.settled()
    log.tell(bob, alice, "b4")
    log.tell(carol, bob, "not for Alice")
    log.tell(carol, alice, "c2")
    await log.settled()
    again = await log.back(alice)
    epoch = log.journal.epoch
    missed = [
        await soon(log.journal.missed(again.person, since))
        for since in [
            Since(epoch, 0),
            Since(epoch, 2),
            Since(epoch, 0, {"BOB": 2}),
            Since(epoch, 1, {"Bob": 0, "Carol": 2}),
            Since(epoch, 9),
        ]
    ]

    assert [["b1", "b2", "c1", "b4", "c2"], ["b4"], ["c1", "b4", "c2"], ["b1", "b2", "b4"], []] == [
        [kept.text for kept in one.messages] for one in missed
    ]
    assert {0} == {one.left_out for one in missed}


@ensureDeferred
async def test_more_missed_than_is_told(log: Log) -> None:
    """The newest thousand are told, and how many are left out that could still be read."""
    alice, bob = log.user("Alice"), log.user("Bob")
    for number in range(1, 1011):
        log.tell(bob, alice, str(number))
    await log.settled()
    missed = await soon(log.journal.missed(alice.person, Since(log.journal.epoch, 0)))
    left_out = 10 if log.keeps is None else max(min(1010, log.keeps) - 1000, 0)

    assert (list(map(str, range(11, 1011))), left_out) == (
        [kept.text for kept in missed.messages],
        missed.left_out,
    )


# Renames.


@ensureDeferred
async def test_a_person_with_another_name_comes_back(log: Log) -> None:
    """A renamed person is recognized under the new name, and under the former ones, by the token."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(bob, alice)
    log.rename(alice, "Carol")
    await log.settled()
    log.rename(alice, "Dave")
    await log.settled()
    found = []
    for name in ("Dave", "dave", "Alice", "Carol", "Bob"):
        again = await log.back(alice, name)
        found.append(None if again is None else (again.person.key, again.person.number))
        if again is not None:
            alice = again
    known = ("dave", alice.person.number)

    assert [known, known, known, known, None] == found
    assert bob.person.number in alice.person.all_partners()


@ensureDeferred
async def test_messages_keep_the_name_under_which_they_were_sent(log: Log) -> None:
    """What was said before a rename is read, and found, under the old name."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    log.say(alice, room, "first")
    log.tell(alice, bob, "second")
    log.tell(bob, alice, "third")
    log.rename(alice, "Carol")
    await log.settled()
    log.say(alice, room, "fourth")
    log.tell(bob, alice, "fifth")
    await log.settled()
    dialog = alice.person.dialog_with(bob.person)
    said = [*await log.history(room), *await log.history(dialog)]
    by = [
        [one.text for one in (await soon(log.journal.search([], [room], None, 9, None, sender=key))).messages]
        for key in ("alice", "carol")
    ]

    assert [("Alice", "R"), ("Carol", "R"), ("Alice", "Bob"), ("Bob", "Alice"), ("Bob", "Carol")] == [
        (one.sender, one.receiver) for one in said
    ]
    assert [["first"], ["fourth"]] == by


@ensureDeferred
async def test_a_repetition_under_another_name(log: Log) -> None:
    """A message with an `id` that was sent under a former name is a repetition, but not the next user's."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    first = log.say(alice, room, "first", id="1")
    log.rename(alice, "Carol")
    await log.settled()
    log.clock.ahead += 1
    other = log.user("Alice")
    log.say(other, room, "second", id="2")
    await log.settled()
    again, fresh = log.say(alice, room, "first", id="1"), log.say(alice, room, "third", id="2")
    await log.settled()
    known = await soon(log.journal.repeated("carol", "1"))

    assert ([True, False], [1, 3]) == ([again.repeated, fresh.repeated], [again.seq, fresh.seq])
    assert (first.seq, first.time) == known
    assert ["first", "second", "third"] == await log.texts(room)


@ensureDeferred
async def test_what_was_missed_of_a_user_with_another_name(log: Log) -> None:
    """A client that gives the number of a conversation under the former name gets only what is new."""
    alice, bob = log.user("Alice"), log.user("Bob")
    log.tell(bob, alice, "first")
    log.tell(bob, alice, "second")
    await log.settled()
    log.rename(bob, "Carol")
    await log.settled()
    log.tell(bob, alice, "third")
    await log.settled()
    missed = [
        await soon(log.journal.missed(alice.person, Since(log.journal.epoch, 0, seqs)))
        for seqs in ({"Bob": 1}, {"Carol": 2})
    ]

    assert [["second", "third"], ["third"]] == [[one.text for one in each.messages] for each in missed]


@ensureDeferred
async def test_a_claimed_name_is_not_taken(log: Log) -> None:
    """A rename fails in the transaction in which it would be written, if the name has an owner by then."""
    alice = log.user("Alice")
    await claims(log, "Bob")
    refused = log.rename(alice, "bob")
    await log.settled()
    granted = log.rename(alice, "Carol")
    await log.settled()

    assert (True, False) == (refused.refused, granted.refused)
    assert "carol" == alice.person.key


# Searching.

SAID = [
    "I like C and C++",
    "ein Gruß aus Köln",
    "今日は良い天気ですね",
    'say "hello" to AND OR NOT NEAR(a b)',
    "50% of a_b* is (c)",
    "HELLO again, Köln",
]


FOUND = {
    "hello": [5, 3],
    "hello again": [5],
    "again HELLO": [5],
    "ello": [5, 3],
    "c": [4, 0],
    "C++": [0],
    "天気": [2],
    "日": [2],
    "良い天気": [2],
    "KÖLN": [5, 1],
    '"hello"': [3],
    "AND": [3, 0],
    "NOT NEAR(a": [3],
    "hello OR again": [],
    "a_b*": [4],
    "50% (c)": [4],
    "hel*": [],
    "'": [],
    '"': [3],
    "text:hello": [],
    "-hello": [],
    "nowhere": [],
}
"""Words, and which of SAID have them all, the newest first."""


@ensureDeferred
@pytest.mark.parametrize("indexed", [False, True], ids=["at once", "later"])
async def test_words_that_occur(log: Log, indexed: bool) -> None:
    """All words must occur in the text, in any case and however short; no character is an operator."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    for text in SAID:
        log.say(alice, room, text)
    await (log.at_rest() if indexed else log.settled())
    found = {words: await log.finds(words, room) for words in FOUND}

    assert {words: [SAID[number] for number in numbers] for words, numbers in FOUND.items()} == found


@ensureDeferred
async def test_pages_of_what_is_found(log: Log) -> None:
    """A page has as many as asked for at most; the next one goes on where it ended, also after new ones."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    for number in range(25):
        log.say(alice, room, f"hit {number}" if number % 2 else f"miss {number}")
    await log.settled()
    first = await soon(log.journal.search(["hit"], [room], None, 5, None))
    log.say(alice, room, "hit again")
    await log.settled()
    second = await soon(log.journal.search(["hit"], [room], None, 5, first.before))
    third = await soon(log.journal.search(["hit"], [room], None, 5, second.before))
    pages = [[kept.text for kept in page.messages] for page in (first, second, third)]

    hits = [f"hit {number}" for number in range(23, 0, -2)]
    assert [hits[:5], hits[5:10], hits[10:]] == pages
    assert None is third.before
    assert ["hit again", *hits] == await log.finds("hit", room, limit=5)


@ensureDeferred
async def test_only_what_may_be_read_is_found(log: Log) -> None:
    """A search looks into the rooms that it is given, and into all private conversations, one, or none."""
    alice, bob, carol = log.user("Alice"), log.user("Bob"), log.user("Carol")
    here, there = log.room("R", alice), log.room("S", alice)
    log.say(alice, here, "word in R")
    log.say(alice, there, "word in S")
    log.tell(alice, bob, "word to Bob")
    log.tell(carol, alice, "word from Carol")
    log.tell(carol, bob, "word of others")
    await log.settled()
    dialog = await soon(log.journal.dialog(alice.person, bob.person))
    found = [
        await log.finds("word", here),
        await log.finds("word", here, there),
        await log.finds("word", private=alice.person),
        await log.finds("word", here, private=alice.person),
        await log.finds("word", private=dialog),
        await log.finds("word"),
    ]

    assert [
        ["word in R"],
        ["word in S", "word in R"],
        ["word from Carol", "word to Bob"],
        ["word from Carol", "word to Bob", "word in R"],
        ["word to Bob"],
        [],
    ] == found


# Accounts.

HASH = "$argon2id$v=19$m=65536,t=3,p=4$x$y"


async def claims(log: Log, name: str = "Alice") -> User:
    """Register a user's name, with one device."""
    user = log.user(name)
    person, token = user.person, digest(log.tokens[user])
    log.note(
        user,
        PersonRecord(person.number, name, person.key, person.token),
        Secured(person.key, name, person.number, HASH),
        Issued(person.number, token),
    )
    await log.settled()
    return user


async def device(log: Log, user: User) -> str:
    """Add a device to a user, and return its token."""
    token = new_token()
    log.note(user, Issued(user.person.number, digest(token)))
    await log.settled()
    return token


@ensureDeferred
async def test_whose_a_name_is(log: Log) -> None:
    """A claimed name is known by its key, with the hash of its password, and no other name is."""
    alice = await claims(log)
    found = await soon(log.journal.secured("alice"))
    nobody = await soon(log.journal.secured("bob"))

    assert (Secured("alice", "Alice", alice.person.number, HASH), None) == (found, nobody)


@ensureDeferred
async def test_another_password(log: Log) -> None:
    """After a change the new password is valid, and the name has the same owner."""
    alice = await claims(log)
    log.note(alice, Secured("alice", "Alice", alice.person.number, "$argon2id$another", HASH))
    await log.settled()

    found = await soon(log.journal.secured("alice"))
    assert ("$argon2id$another", alice.person.number) == (found.password, found.person)  # type: ignore[union-attr]


@ensureDeferred
async def test_tokens_of_devices(log: Log) -> None:
    """Each device's token counts, for its own person only, and it is known since when."""
    alice, bob = await claims(log), await claims(log, "Bob")
    before = int(log.clock.seconds() * 1000)
    token = await device(log, alice)
    issued = await soon(log.journal.issued(alice.person, token))

    assert issued is not None
    assert before - 1 <= issued <= log.clock.seconds() * 1000 + 1
    assert await soon(log.journal.issued(alice.person, log.tokens[alice])) is not None
    assert await soon(log.journal.issued(bob.person, token)) is None
    assert await soon(log.journal.issued(alice.person, "no token")) is None


@ensureDeferred
async def test_tokens_that_are_revoked(log: Log) -> None:
    """After a change of the password only the changing device's token is valid."""
    alice = await claims(log)
    tokens = [await device(log, alice) for _ in range(3)]
    log.note(alice, Revoked(alice.person.number, digest(tokens[1])))
    await log.settled()

    counting = [await soon(log.journal.issued(alice.person, token)) is not None for token in tokens]
    assert [False, True, False] == counting
    assert await soon(log.journal.issued(alice.person, log.tokens[alice])) is None


@ensureDeferred
async def test_so_many_devices_are_known(log: Log) -> None:
    """Of more than 32 devices, those that signed in last are known again."""
    alice = await claims(log)
    tokens = []
    for _ in range(34):
        log.clock.ahead += 0.01
        tokens.append(await device(log, alice))

    counting = [await soon(log.journal.issued(alice.person, token)) is not None for token in tokens]
    assert [False] * 2 + [True] * 32 == counting


@ensureDeferred
async def test_an_account_is_no_guest(log: Log) -> None:
    """The owner of a registered name is not recognized as the former guest, with any token."""
    alice = await claims(log)
    bob = log.user("Bob")
    log.tell(alice, bob)
    await log.settled()

    assert await log.back(alice) is None


@ensureDeferred
async def test_what_was_missed_since_a_time(log: Log) -> None:
    """A returning user gets the messages of all others since a time, and not their own."""
    alice = await claims(log)
    bob, carol = log.user("Bob"), log.user("Carol")
    log.tell(bob, alice, "before")
    await log.settled()
    log.clock.ahead += 10
    left = int(log.clock.seconds() * 1000)
    log.journal.part(alice.person)
    for sender, to, text in ((bob, alice, "1"), (carol, alice, "2"), (alice, bob, "mine"), (bob, carol, "-")):
        log.clock.ahead += 1
        log.tell(sender, to, text)
        await log.settled()
    log.journal.arrive(alice.person)
    missed = await soon(log.journal.missed_since(alice.person, left))

    assert (["1", "2"], 0) == ([kept.text for kept in missed.messages], missed.left_out)


@ensureDeferred
async def test_more_missed_since_a_time_than_is_told(log: Log) -> None:
    """Of more than a thousand messages the latest are told, and how many there were before them."""
    alice = await claims(log)
    bob = log.user("Bob")
    for number in range(1010):
        log.tell(bob, alice, str(number))
    await log.settled()
    missed = await soon(log.journal.missed_since(alice.person, 0))
    told = [kept.text for kept in missed.messages]

    assert ([str(number) for number in range(10, 1010)], 1000 if log.keeps else 1010) == (
        told,
        len(told) + missed.left_out,
    )


# The rows of classes.


def row(
    key: str, value: str | None, replaces: str | None = None, *, secret: bool = False, unordered: bool = False
) -> RowChange:
    """Return a change of a row of a session."""
    return RowChange("#r", 5, "vote", key, value, replaces, secret=secret, unordered=unordered)


@pytest.mark.parametrize("secret", [False, True])
@pytest.mark.parametrize("unordered", [False, True])
@ensureDeferred
async def test_a_row_is_written_if_it_was_not_changed_meanwhile(
    log: Log, secret: bool, unordered: bool
) -> None:
    """Else the whole entry is refused, also if it is the last of its rows, or one that it only holds."""
    alice = log.user("Alice")
    log.room("R", alice)

    def change(key: str, value: str | None, replaces: str | None = None) -> RowChange:
        return row(key, value, replaces, secret=secret, unordered=unordered)

    entries = [
        log.note(alice, change("a", "1")),
        log.note(alice, change("a", "2")),
        log.note(alice, change("b", "1"), change("a", "2", "0")),
        log.note(alice, change("b", "1"), change("a", "1", "1")),
        log.note(alice, change("a", "2", "1"), change("c", None, None)),
        log.note(alice, change("a", "1", "1"), change("b", "2", "1")),
        log.note(alice, change("a", None, "2"), change("b", "2", "1")),
        log.note(alice, change("a", "3"), change("b", "2", "2")),
    ]
    await log.settled()

    assert [False, True, True, False, False, True, False, False] == [entry.refused for entry in entries]


@ensureDeferred
async def test_the_end_of_a_session_deletes_its_secrets(log: Log) -> None:
    """Those of other sessions stay."""
    alice = log.user("Alice")
    log.room("R", alice)
    other = RowChange("#r", 6, "vote", "a", "1", None, secret=True)
    log.note(alice, row("a", "1", secret=True), other)
    log.note(alice, SessionOver("#r", 5))
    gone = log.note(alice, row("a", "2", secret=True))
    kept = log.note(alice, RowChange("#r", 6, "vote", "a", "2", "1", secret=True))
    await log.settled()

    assert (False, False) == (gone.refused, kept.refused)


# Deleted messages.


def deletes(log: Log, by: User, conversation: Conversation, seq: int, author: User | None = None) -> Noted:
    """Append the deletion of a message, which must be of an author if one is named."""
    number = None if author is None else author.person.number
    return log.note(by, Deletion(conversation.key, seq, by.name, number))


@ensureDeferred
async def test_a_deleted_message_has_no_text(log: Log) -> None:
    """Its number, its author and its time stay, and who has deleted it; searches do not find it."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    log.say(bob, room, "a secret word")
    log.say(bob, room, "another word")
    log.tell(alice, bob, "a secret word")
    await log.at_rest()
    dialog = alice.person.dialog_with(bob.person)
    done = [deletes(log, alice, room, 1), deletes(log, alice, dialog, 1, alice)]
    await log.at_rest()
    said, told = await log.history(room), await log.history(dialog)

    assert [False, False] == [entry.refused for entry in done]
    assert [("Bob", 1, "", "Alice"), ("Bob", 2, "another word", None)] == [
        (one.sender, one.seq, one.text, one.tombstone and one.tombstone.by) for one in said
    ]
    assert [("Alice", "Bob", "")] == [(one.sender, one.receiver, one.text) for one in told]
    assert ["another word"] == await log.finds("word", room, private=alice.person)


@ensureDeferred
@pytest.mark.parametrize("private", [True, False])
async def test_a_room_that_is_created_again(log: Log, private: bool) -> None:
    """What was said in a private room is gone when its name is used again; what was said elsewhere is not."""
    alice, bob = log.user("Alice"), log.user("Bob")
    former, other = log.room("R", alice), log.room("Other", alice)
    if private:
        log.note(alice, Change(former.key, "", "private", "guests"))
    log.say(alice, other, "no secret word")
    for number in range(3):
        log.say(alice, former, f"a secret word {number}")
    await log.at_rest()
    room = log.room("R", bob)
    await log.settled()
    room.last_seq = former.last_seq  # as of a room that was here before
    before = await log.texts(room), await log.finds("secret", room, other)
    log.say(bob, room, "a word again")
    await log.at_rest()

    if private or log.keeps is not None:  # in memory, a new room has no past in any case
        assert ([], ["no secret word"]) == before
        assert ["a word again"] == await log.texts(room)
        assert ["a word again", "no secret word"] == await log.finds("word", room, other)
    else:
        assert 3 == len(before[0])


@ensureDeferred
async def test_a_message_is_deleted_once_and_by_its_author(log: Log) -> None:
    """A deletion fails if the message is not there, was deleted before, or is another person's."""
    alice, bob = log.user("Alice"), log.user("Bob")
    namesake = log.user("Bob")
    room = log.room("R", alice)
    log.say(bob, room)
    await log.settled()
    entries = [
        deletes(log, namesake, room, 1, namesake),
        deletes(log, bob, room, 2, bob),
        deletes(log, bob, room, 1, bob),
        deletes(log, alice, room, 1),
    ]
    await log.settled()
    found = await soon(log.journal.authorship(room, 1))

    assert [True, True, False, True] == [entry.refused for entry in entries]
    assert found is not None
    assert ("Bob", "R", bob.person.number, True) == (
        found.sender,
        found.receiver,
        found.person,
        found.deleted,
    )
    assert await soon(log.journal.authorship(room, 2)) is None


@ensureDeferred
async def test_a_deletion_fails_with_all_other_acts(log: Log) -> None:
    """Where an entry is refused, the message keeps its text, and is still found."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.say(alice, room, "a word")
    await log.at_rest()
    refused = log.note(alice, row("a", "2", "1"), Deletion(room.key, 1, "Alice", None))
    await log.at_rest()

    assert (True, ["a word"], ["a word"]) == (
        refused.refused,
        await log.texts(room),
        await log.finds("word", room),
    )


@ensureDeferred
async def test_the_deletions_that_a_client_missed(log: Log) -> None:
    """Those of messages up to a number that were deleted after that one was sent, in rooms and in private."""
    alice, bob = log.user("Alice"), log.user("Bob")
    room = log.room("R", alice)
    for number in range(1, 5):
        log.say(bob, room, str(number))
        log.tell(bob, alice, str(number))
        await log.settled()
        log.clock.ahead += 1
        if number == 2:
            for seq in (1, 2):
                deletes(log, bob, room, seq)
                deletes(log, bob, bob.person.dialog_with(alice.person), seq)
            await log.settled()
            log.clock.ahead += 1

    def since(seq: int) -> Since:
        return Since(log.journal.epoch, seq)

    missed = [await soon(log.journal.missed(alice.person, since(seq))) for seq in (1, 2, 3)]
    assert [[1], [1, 2], []] == [
        [gone.seq for gone in await soon(log.journal.deletions(room, seq))] for seq in (1, 2, 3)
    ]
    assert [[1], [1, 2], []] == [[gone.deletion.seq for gone in one.deletions] for one in missed]
    assert {("Bob", "Bob", "Alice")} == {
        (gone.other, gone.deletion.sender, gone.deletion.receiver) for gone in missed[1].deletions
    }


@ensureDeferred
async def test_a_message_is_repeated_that_was_deleted(log: Log) -> None:
    """It is still recognized by its request `id`, and not said again."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    log.say(alice, room, "oops", "7")
    await log.settled()
    deletes(log, alice, room, 1)
    again = log.say(alice, room, "oops", "7")
    await log.settled()

    assert ([(1, True)], [""]) == (outcome(again), await log.texts(room))


# Webhooks.


@ensureDeferred
async def test_webhooks_are_found_by_the_digests_of_their_tokens(log: Log) -> None:
    """A webhook is found by the digest of its token until it is removed; no number is used again."""
    alice = log.user("Alice")
    room = log.room("R", alice)
    for added in (
        HookAdded(room.key, "Grafana", digest("token")),
        HookAdded(room.key, "CI", None, "http://example.org/", "!ci", "secret"),
    ):
        assert await soon(store_acts(log.journal, alice, added))
    found = await soon(log.journal.hook(digest("token")))
    unknown = await soon(log.journal.hook(digest("other")))
    listed = await soon(log.journal.hooks())
    assert await soon(store_acts(log.journal, alice, HookRemoved(listed[0].number)))
    again = await soon(store_acts(log.journal, alice, HookRemoved(listed[0].number)))
    await soon(store_acts(log.journal, alice, HookAdded(room.key, "New", digest("new"))))
    new = await soon(log.journal.hook(digest("new")))

    assert found == listed[0]
    assert [("Grafana", "", "", ""), ("CI", "http://example.org/", "!ci", "secret")] == [
        (one.name, one.url, one.word, one.secret) for one in listed
    ]
    assert (room.key, True) == (listed[0].room, listed[0].added > 0)
    assert (None, False, None) == (unknown, again, await soon(log.journal.hook(digest("token"))))
    assert new is not None
    assert new.number > listed[1].number


@ensureDeferred
async def test_webhooks_end_with_their_room(log: Log) -> None:
    """When a new room takes the name of one that is gone, the webhooks of that end; those of others stay."""
    alice = log.user("Alice")
    rooms = [log.room("R", alice), log.room("S", alice)]
    for room in rooms:
        await soon(store_acts(log.journal, alice, HookAdded(room.key, "CI", digest(room.name))))
    log.room("R", alice)
    await log.settled()

    assert [rooms[1].key] == [one.room for one in await soon(log.journal.hooks())]
