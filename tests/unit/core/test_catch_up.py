"""Catch-up: what a client missed is replayed before it gets new messages."""

from __future__ import annotations

import pytest
from twisted.internet.defer import Deferred

from classchat.core.backlog import MOST_MISSED
from classchat.core.journal_port import Waits
from classchat.core.persons import Person
from classchat.core.stored import MissedMessages, StoredDeletion
from classchat.errors import HistoryUnavailable, NotSaved
from classchat.journal import memory_log
from classchat.limits import Limits
from classchat.messages import Group, Join, Private, Register, Since, Success
from tests.unit.core.helpers import BREAK, RIGHT, arrives, device, owner, passes, said, token_of
from tests.unit.helpers import EPOCH, NOW, House, joined


def test_missed_messages_come_before_the_answer(house: House) -> None:
    """A rejoining member gets all messages after the known number, then the answer, then the join."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    said(house, alice, "CS350", 2)
    bob.vanishes()
    house.turn()
    alice.says("CS350", "3")
    alice.says("CS350", "4")
    house.turn()
    (bob,) = house.signs_in("Bob")
    bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 2)))
    house.turn()

    answer = Success("SERVER", "Bob", "You have joined 'CS350'", id="7", epoch=EPOCH, seq=4)
    assert [
        Group("Alice", "CS350", "3", seq=3, time=NOW, replay=True),
        Group("Alice", "CS350", "4", seq=4, time=NOW, replay=True),
        answer,
        joined("Bob", "CS350"),
    ] == bob.hears()


def test_what_is_said_while_somebody_rejoins(house: House) -> None:
    """Messages under way during a rejoin are replayed before it takes effect, each once."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 1)
    alice.says("CS350", "2")
    bob.send(Join(receiver="CS350", since=Since(EPOCH, 0)))
    alice.says("CS350", "3")
    house.turn()
    alice.says("CS350", "4")
    house.turn()

    heard = [(event.seq, event.replay) for event in bob.hears("group") if event.sender == "Alice"]  # type: ignore[union-attr]
    assert [(1, True), (2, True), (3, False), (4, False)] == heard


def test_what_is_said_while_deletions_are_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rejoining member gets each message once, also one that is said while deletions are read."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 2)
    reading = Deferred[list[StoredDeletion]]()
    monkeypatch.setattr(house.journal, "deletions", lambda *_: reading)
    bob.send(Join(receiver="CS350", since=Since(EPOCH, 1)))
    alice.says("CS350", "3")
    house.turn()
    reading.callback([])
    house.turn()
    house.turn()

    heard = [event.seq for event in bob.hears("group") if event.sender == "Alice"]  # type: ignore[union-attr]
    assert [2, 3] == heard


@pytest.mark.parametrize(
    ("since", "texts", "gap"),
    [
        (Since("another", 3), [], (True, None)),
        (Since(EPOCH, 99), [], (True, None)),
        (Since(EPOCH, 5), [], (None, None)),
        (Since(EPOCH, 4), ["5"], (None, None)),
    ],
)
def test_numbers_that_mean_nothing_here(
    house: House, since: Since, texts: list[str], gap: tuple[object, object]
) -> None:
    """An unknown gap is reported; without missed messages nothing is reported."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 5)
    bob.send(Join(receiver="CS350", id="7", since=since))
    house.turn()
    (answer,) = bob.answers("7")

    assert texts == [event.text for event in bob.hears("group") if event.sender == "Alice"]
    assert gap == (answer.gap, answer.missed)  # type: ignore[union-attr]


def test_more_missed_than_is_told(house: House) -> None:
    """The latest thousand messages are replayed, with the number of older ones."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", MOST_MISSED + 10)
    bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 3)))
    house.turn()
    told = [event.seq for event in bob.hears("group") if event.sender == "Alice"]  # type: ignore[union-attr]
    (answer,) = bob.answers("7")

    assert list(range(11, MOST_MISSED + 11)) == told
    assert (True, 7) == (answer.gap, answer.missed)  # type: ignore[union-attr]
    assert "You have joined 'CS350'; 7 messages are missing" == answer.text


def test_missed_and_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Missed messages that are deleted are a gap."""
    monkeypatch.setattr(memory_log, "_MOST_KEPT", 4)
    house = House()
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 10)
    bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 2)))
    house.turn()
    (answer,) = bob.answers("7")

    assert ["7", "8", "9", "10"] == [event.text for event in bob.hears("group") if event.sender == "Alice"]
    assert (True, 4) == (answer.gap, answer.missed)  # type: ignore[union-attr]


def test_a_client_that_disconnects_before_it_has_rejoined(house: House) -> None:
    """A client that vanishes during its catch-up is in no room, and no member hears of it."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 2)
    alice.forgets()
    bob.vanishes_on_next_write()
    bob.send(Join(receiver="CS350", since=Since(EPOCH, 0)))
    house.turn()

    assert ([], ["Alice"]) == (alice.hears(), house.members("CS350"))
    assert ({}, 1) == (house.chat.rooms.get("CS350").catching_up, house.chat.rooms.get("CS350").wanted)


def test_a_room_that_is_removed_before_a_client_has_rejoined(house: House) -> None:
    """A room that is removed during a client's catch-up in it can't be joined."""
    house = House(Limits(rooms=1))
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 2)
    alice.leaves("CS350")
    house.turn()
    bob.peer.reads = Deferred()
    bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 0)))
    alice.creates("CS450")
    bob.peer.reads.callback(None)
    house.turn()
    house.turn()

    assert ["room_not_found"] == bob.hears_codes()
    assert [] == house.members("CS450")[1:]


def test_rejoining_where_nothing_can_be_read(unreadable: House) -> None:
    """If the journal can't be read, a rejoin reports a possible gap; new messages are not lost."""
    alice, bob = unreadable.signs_in("Alice", "Bob")
    unreadable.room("CS350", alice)
    said(unreadable, alice, "CS350", 2)
    bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 0)))
    alice.says("CS350", "3")
    unreadable.turn()
    (answer,) = bob.answers("7")

    assert (True, None) == (answer.gap, answer.missed)  # type: ignore[union-attr]
    assert "You have joined 'CS350'; some messages may be missing" == answer.text


def test_a_join_that_fails_after_nothing_could_be_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that was not told of a gap gets no newer messages, so it is sent all of them the next time."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice)
    said(house, alice, "CS350", 2)
    reading: Deferred[int] = Deferred()
    with monkeypatch.context() as while_it_is_down:
        while_it_is_down.setattr(house.journal, "oldest", lambda room: reading)
        bob.send(Join(receiver="CS350", id="7", since=Since(EPOCH, 1)))
        house.turn()
        for number in range(3, 103):
            alice.says("CS350", f"{number} {'x' * 300}")
        house.turn()
        reading.errback(HistoryUnavailable())
        house.run_waiting()
        house.journal.fail(NotSaved())
        house.run_waiting()
    heard = bob.hears()
    bob.forgets()
    bob.send(Join(receiver="CS350", id="8", since=Since(EPOCH, 1)))
    house.turn()
    (answer,) = bob.answers("8")

    assert ["not_saved"] == [event.code for event in heard]  # type: ignore[union-attr]
    assert list(range(2, 103)) == [event.seq for event in bob.hears("group") if event.sender == "Alice"]  # type: ignore[union-attr]
    assert answer.gap is None  # type: ignore[union-attr]


def test_new_messages_in_a_room_that_a_device_has_never_heard(house: House) -> None:
    """A device hears what is said during its catch-up, also in a room for which it gives no number."""
    laptop = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", laptop, bob)
    bob.tells("Alice", "psst")
    said(house, bob, "CS350", 2)
    tablet = house.connects()
    tablet.peer.reads = Deferred()
    tablet.send(Register(sender="Alice", text=RIGHT, since=Since(EPOCH, 0, {"Bob": 0})))
    house.turn()
    bob.says("CS350", "3")
    house.turn()
    tablet.peer.reads.callback(None)
    house.turn()

    assert (["psst"], ["3"]) == (tablet.hears_texts("private"), tablet.hears_texts("group"))


def test_coming_back_where_nothing_can_be_read(unreadable: House) -> None:
    """If the journal can't be read, only a user who still seems to be here can return, with a gap."""
    carol = arrives(unreadable, "Carol")
    again = arrives(unreadable, "Carol", token=token_of(carol), since=Since(EPOCH, 0), id="7")
    stranger = arrives(unreadable, "Dave", token=token_of(carol), id="8")

    assert (True, None) == (again.hears("success")[0].gap, again.hears("success")[0].missed)  # type: ignore[union-attr]
    assert (["history_unavailable"], False) == (stranger.hears_codes(), stranger.session.registered)
    stranger.registers("Dave")
    assert ["Carol", "Dave"] == unreadable.users()


def test_private_messages_that_were_missed(house: House) -> None:
    """Private messages to a hanging connection are replayed, oldest first, before the welcome."""
    alice, carol = house.signs_in("Alice", "Carol")
    bob = arrives(house, "Bob")
    token = token_of(bob)
    for text in ("a1", "a2", "a3"):
        alice.tells("Bob", text)
    carol.tells("Bob", "c1")
    bob.tells("Alice", "mine")
    house.turn()
    alice.tells("Bob", "under way")
    again = house.connects()
    again.send(Register(sender="Bob", token=token, since=Since(EPOCH, 0, {"ALICE": 2}), id="7"))
    alice.tells("Bob", "later")
    for _ in range(3):
        house.turn()

    told = [event for event in again.hears() if isinstance(event, Private)]
    by_sender = [
        [(event.text, event.replay) for event in told if event.sender == name] for name in ("Alice", "Carol")
    ]
    assert [[("a3", True), ("under way", True), ("later", True)], [("c1", True)]] == by_sender
    assert "Welcome to ClassChat, Bob!" == again.hears_texts()[-1]


def test_what_is_told_while_somebody_comes_back(house: House) -> None:
    """Private messages during the catch-up come after the welcome, once."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    alice.tells("Bob", "missed")
    house.turn()
    again = house.connects()
    alice.tells("Bob", "under way")  # to the old connection
    again.send(Register(sender="Bob", token=token_of(bob), since=Since(EPOCH, 0)))
    again.peer.reads = Deferred()
    house.turn()
    alice.tells("Bob", "new")
    house.turn()
    again.peer.reads.callback(None)
    house.turn()

    assert ["missed", "under way", "Welcome to ClassChat, Bob!", "new"] == again.hears_texts()
    assert [True, True, False] == [event.replay for event in again.hears("private")]  # type: ignore[union-attr]


def test_what_is_on_disk_and_was_not_delivered_yet(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that is committed during the catch-up arrives once."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    alice.tells("Bob", "missed")
    house.turn()
    missed = house.journal.missed

    async def committed_meanwhile(person: Person, since: Since, waits: Waits) -> MissedMessages:
        alice.tells("Bob", "just now")
        batch = list(house.journal.pending)
        house.journal._keep(batch)  # and not delivered yet
        monkeypatch.setattr(house.journal, "_keep", lambda batch: None)
        return await missed(person, since, waits)

    monkeypatch.setattr(house.journal, "missed", committed_meanwhile)
    again = house.connects()
    again.send(Register(sender="Bob", token=token_of(bob), since=Since(EPOCH, 0)))
    for _ in range(3):
        house.turn()

    assert ["missed", "just now", "Welcome to ClassChat, Bob!"] == again.hears_texts()


def test_another_journal_says_nothing_of_what_was_missed(house: House) -> None:
    """Numbers of another epoch are meaningless: the welcome reports a possible gap."""
    bob = house.connects()
    bob.send(Register(sender="Bob", since=Since("another", 7)))
    house.turn()
    (welcome,) = bob.hears()

    assert ("Welcome to ClassChat, Bob; some messages may be missing", True, None) == (
        welcome.text,
        welcome.gap,  # type: ignore[union-attr]
        welcome.missed,  # type: ignore[union-attr]
    )


def test_new_messages_during_the_catch_up(house: House) -> None:
    """Messages during a catch-up come once, after the replayed ones."""
    alice = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", alice, bob)
    alice.vanishes()
    passes(house, BREAK + 1)
    bob.says("CS350", "1")
    bob.tells("Alice", "a")
    house.turn()
    back = house.connects()
    back.send(Register(sender="Alice", text=RIGHT))
    for number in range(2, 8):
        bob.says("CS350", str(number))
        bob.tells("Alice", "abcdefgh"[number - 1])
        house.turn()

    assert list("1234567") == back.hears_texts("group")
    assert list("abcdefg") == back.hears_texts("private")


def test_a_room_that_one_joins_meanwhile(house: House) -> None:
    """Messages in a room that another device has just joined are not lost either."""
    laptop = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", bob)
    phone = house.connects()
    phone.send(Register(sender="Alice", text=RIGHT))
    house.turn(1)
    laptop.joins("CS350")
    bob.says("CS350", "Hello")
    for _ in range(4):
        house.turn()

    assert ["Hello"] == [text for text in phone.hears_texts("group") if "joined" not in text]


def test_a_device_says_what_it_has(house: House) -> None:
    """With its numbers a client gets exactly the messages that it missed in each room."""
    laptop = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", laptop, bob)
    for number in range(1, 6):
        bob.says("CS350", str(number))
        bob.tells("Alice", f"private {number}")
    house.turn()
    since = Since(EPOCH, 0, {"Bob": 4}, {"CS350": 3})
    back = device(house, "Alice", since=since)

    assert (["4", "5"], ["private 5"]) == (back.hears_texts("group"), back.hears_texts("private"))


def test_a_room_in_any_spelling(house: House) -> None:
    """A client may name its rooms in any spelling."""
    laptop = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", laptop, bob)
    for text in "abc":
        bob.says("CS350", text)
    house.turn()
    back = device(house, "Alice", since=Since(EPOCH, 0, {}, {"x" * 300: 9, "cs350": 2}))

    assert ["c"] == back.hears_texts("group")


def test_a_device_is_not_told_what_is_older_than_itself(house: House) -> None:
    """A device has not missed private messages from before its first sign-in."""
    laptop = owner(house, "Alice")
    bob, carol = house.signs_in("Bob", "Carol")
    for one in (bob, carol):
        one.tells("Alice", f"old, from {len(house.users())}")
    house.turn()
    house.journal.clock.advance(4e9)  # all messages have the same time
    phone = device(house, "Alice")
    (welcome,) = phone.hears("success")
    back, other = house.connects(), house.connects()
    since = Since(EPOCH, 0, {"Bob": 0})
    back.send(Register(sender="Alice", token=welcome.token, since=since))  # type: ignore[union-attr]
    other.send(Register(sender="Alice", text=RIGHT, since=Since(EPOCH, 0)))
    for _ in range(4):
        house.turn()

    assert (["Bob"], []) == ([event.sender for event in back.hears("private")], other.hears("private"))
    assert laptop.hears("private")


def test_numbers_of_another_journal(house: House) -> None:
    """A client with numbers of another journal is told that messages may be missing."""
    alice = owner(house, "Alice")
    house.room("CS350", alice)
    back = device(house, "Alice", since=Since("another", 5, {}, {"CS350": 3}))

    assert ["Welcome to ClassChat, Alice; some messages may be missing"] == back.hears_texts("success")


def test_gone_while_being_told(house: House) -> None:
    """A client that leaves during its catch-up leaves nothing behind."""
    alice = owner(house, "Alice")
    house.room("CS350", alice)
    alice.vanishes()
    passes(house, BREAK + 1)
    back = house.connects()
    back.send(Register(sender="Alice", text=RIGHT))
    back.vanishes()
    for _ in range(4):
        house.turn()
    passes(house, BREAK + 1)
    room = house.chat.rooms.get("CS350")
    user = house.chat.accounts.find("Alice").user  # type: ignore[union-attr]

    assert ([], [], {}, {}, []) == (
        house.users(),
        user.peers,
        user.catching_up,
        room.catching_up,
        house.members("CS350"),
    )
