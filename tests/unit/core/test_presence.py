"""Presence: returning guests, devices of an account, absent owners."""

from __future__ import annotations

from typing import Literal

import pytest

from classchat import names
from classchat.core.acts import Change, Secured
from classchat.core.entries import Noted
from classchat.core.notices import Disconnected, Outdated, Registered
from classchat.core.restored_owners import restore_owners
from classchat.core.stored import Restored, StoredAccount
from classchat.errors import NotSaved
from classchat.limits import Limits
from classchat.messages import Away, Back, History, Register
from tests.unit.core.helpers import BREAK, RIGHT, arrives, asked, device, owner, passes, token_of
from tests.unit.helpers import House, joined, left, private


def test_the_same_person_again(house: House) -> None:
    """A returning guest is the same person with the same token, and gets the missed messages."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    token = token_of(bob)
    alice.tells("Bob", "one")
    house.turn()
    bob.vanishes()
    house.turn()
    again = arrives(house, "bob", token=token, id="7")
    alice.tells("bob", "two")
    house.turn()

    assert token == token_of(again)
    assert [("two", 2, False)] == [(e.text, e.seq, e.replay) for e in again.hears("private")]  # type: ignore[union-attr]
    assert ["one", "two"] == asked(house, again, History(receiver="Alice")).texts


def test_a_connection_that_hangs_is_taken_over(house: House) -> None:
    """The holder of the token gets the name at once; the old connection is told why and closed."""
    alice, bob = house.signs_in("Alice", "Bob")
    carol = arrives(house, "Carol")
    token = token_of(carol)
    house.room("CS350", alice, bob, carol)
    again = arrives(house, "Carol", token=token)
    alice.tells("Carol", "hi")
    house.turn()
    left_the_room = house.members("CS350")
    carol.vanishes()
    house.turn()

    assert ("taken_over", True) == (carol.hears_codes()[-1], carol.peer.closed)
    assert (["hi"], []) == (again.hears_texts("private"), carol.hears("private"))
    assert (["Alice", "Bob"], ["Alice", "Bob", "Carol"]) == (left_the_room, house.users())


def test_a_peer_that_hangs_up_while_it_is_taken_over(house: House) -> None:
    """An old connection that is lost by the line about its takeover is removed once."""
    carol = arrives(house, "Carol")
    carol.vanishes_on_next_write()
    again = arrives(house, "Carol", token=token_of(carol))

    assert (["Carol"], True) == (house.users(), again.session.registered)


def test_a_name_in_use_is_not_had_without_its_token(house: House) -> None:
    """A name in use can't be taken over with a wrong token."""
    house.signs_in("Alice")
    eve = arrives(house, "Alice", token="wrong", id="7")  # noqa: S106

    assert (["username_taken"], False) == (eve.hears_codes(), eve.session.registered)
    eve.registers("Eve")
    assert ["Alice", "Eve"] == house.users()


def test_who_is_gone_while_being_recognized_leaves_no_ghost(house: House) -> None:
    """A client that vanishes while its token is looked up is not signed in."""
    house.signs_in("Alice")[0].says("nowhere", "")
    bob = house.connects()
    (carol,) = house.signs_in("Carol")
    carol.creates("R")  # an entry to wait for
    bob.send(Register(sender="Bob", token="x"))  # noqa: S106
    bob.vanishes()
    house.turn()
    house.turn()

    assert ["Alice", "Carol"] == house.users()


def test_a_name_that_is_taken_meanwhile(house: House) -> None:
    """A name may be taken while a token is looked up; then the sign-in is refused."""
    bob = house.connects()
    (carol,) = house.signs_in("Carol")
    carol.creates("R")  # an entry to wait for
    bob.send(Register(sender="Bob", token="x", id="7"))  # noqa: S106
    house.connects().registers("Bob")
    house.turn()

    assert ["username_taken"] == bob.hears_codes()


@pytest.mark.parametrize("known", [False, True])
def test_a_look_alike_comes_meanwhile(house: House, known: bool) -> None:
    """A similar name may sign in while a token is looked up; then the sign-in is refused, and works later."""
    (bob,) = house.signs_in("Bob")
    alice = arrives(house, "Alice")
    token = token_of(alice) if known else "x"
    alice.tells("Bob", "hi")
    house.turn()
    alice.vanishes()
    again, other = house.connects(), house.connects()
    bob.creates("R")  # an entry to wait for
    again.send(Register(sender="Alice", token=token, id="7"))
    other.registers("Аlice")
    house.turn()
    refused, here = again.hears_codes(), house.users()
    other.vanishes()
    again.send(Register(sender="Alice", token=token, id="8"))
    house.turn()

    assert (["name_too_similar"], ["Bob", "Аlice"]) == (refused, here)
    assert known == (token_of(again) == token)


def test_each_device_hears_everything(house: House) -> None:
    """Messages to rooms and in private reach each device; sent ones show on the user's other devices."""
    laptop = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", laptop, bob)
    phone = device(house, "Alice")
    phone.forgets()
    bob.says("CS350", "to the room")
    bob.tells("Alice", "to you")
    phone.says("CS350", "from my phone")
    laptop.tells("Bob", "psst")
    house.turn()

    heard = ["to you", "to the room", "from my phone"]
    assert heard == laptop.hears_texts()
    assert ["to you", "psst", "to the room", "from my phone"] == phone.hears_texts()
    assert ["psst", "to the room", "from my phone"] == bob.hears_texts()


def test_devices_hear_which_rooms_one_is_in(house: House) -> None:
    """Creating, joining and leaving a room applies to all devices, and each is told once."""
    laptop = owner(house, "Alice")
    phone = device(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("B", bob)
    phone.forgets()
    laptop.creates("A")
    laptop.joins("B")
    house.turn()
    laptop.leaves("A")
    laptop.leaves("B")
    house.turn()

    assert [told("Alice", room) for told in (joined, left) for room in "AB"] == phone.hears()
    assert [joined("Alice", "B")] == laptop.hears("group")
    assert [joined("Alice", "B"), left("Alice", "B")] == bob.hears("group")


def test_what_one_tells_oneself_comes_once_to_each_device(house: House) -> None:
    """A message to oneself reaches each device once."""
    laptop = owner(house, "Alice")
    phone = device(house, "Alice")
    phone.forgets()
    phone.tells("Alice", "remember the milk")
    house.turn()

    expected = [private("Alice", "Alice", "remember the milk", 1)]
    assert (expected, expected) == (laptop.hears(), phone.hears())


def test_the_name_leaves_with_the_last_device(house: House) -> None:
    """Losing one device does not affect the others."""
    laptop = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", laptop, bob)
    phone = device(house, "Alice")
    house.notices.clear()
    laptop.vanishes()
    passes(house, BREAK + 1)
    one_gone = house.users(), bob.hears_texts()
    phone.quits()
    house.turn()
    passes(house, BREAK + 1)

    assert ((["Alice", "Bob"], []), ["Bob"]) == (one_gone, house.users())
    assert ["Alice has left the chat room"] == bob.hears_texts()
    assert [Disconnected("Alice")] == [one for one in house.notices if isinstance(one, Disconnected)]


@pytest.mark.parametrize(("claims", "told"), [("open", None), ("closed", False)])
def test_a_guest_is_told_where_claims_are_closed(
    claims: Literal["open", "closed"], told: bool | None
) -> None:
    """A guest's welcome says if claims are closed, so that clients do not ask for a password in vain."""
    house = House(Limits(claims=claims))
    guest = house.connects()
    guest.registers("Bob")
    (welcome,) = guest.hears("success")

    assert (told, None) == (welcome.claims, welcome.rooms)  # type: ignore[union-attr]


def test_who_is_offline_has_not_left(house: House) -> None:
    """For classic clients a disconnected owner has left; a field says that they are only offline."""
    laptop = owner(house, "Alice")
    bob, carol = house.signs_in("Bob", "Carol")
    house.room("CS350", laptop, bob, carol)
    laptop.quits()
    passes(house, BREAK + 1)
    device(house, "Alice").leaves("CS350")
    carol.quits()
    house.turn()
    house.turn()

    assert [
        ("Alice has left the chat room", "offline"),
        ("Alice has joined the chat room", "online"),
        ("Alice has left the chat room", "left"),
        ("Carol has left the chat room", "left"),
    ] == [(event.text, event.event) for event in bob.hears("group")]  # type: ignore[union-attr]


def test_a_short_break_is_not_announced(house: House) -> None:
    """A short break is not announced, and the user gets the messages of that time, once."""
    alice = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", alice, bob)
    alice.vanishes()
    passes(house, BREAK - 1)
    bob.says("CS350", "are you there?")
    house.turn()
    bob.forgets()
    back = device(house, "Alice")
    bob.says("CS350", "welcome back")
    house.turn()
    passes(house, BREAK + 1)

    assert ["welcome back"] == bob.hears_texts()
    texts = [text for text in back.hears_texts() if not text.startswith("Welcome to")]
    assert ["are you there?", "welcome back"] == texts


def test_rooms_are_kept(house: House) -> None:
    """A longer break is announced to the rooms, and the user is in them at once on return."""
    alice = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", alice, bob)
    alice.vanishes()
    passes(house, BREAK + 1)
    away = house.members("CS350")
    bob.says("CS350", "Alice is gone")
    house.turn()
    back = device(house, "Alice")

    assert (["Bob"], ["Alice", "Bob"]) == (away, house.members("CS350"))
    assert [
        "Alice has left the chat room",
        "Alice is gone",
        "Alice has joined the chat room",
    ] == bob.hears_texts()
    assert ["Alice is gone"] == back.hears_texts("group")
    (welcome,) = back.hears("success")
    assert [("CS350", 2, 1)] == [(room.name, room.members, room.seq) for room in welcome.rooms]  # type: ignore[union-attr]


def test_who_has_left_a_room_is_not_back_in_it(house: House) -> None:
    """A user who left a room is not in it on return."""
    alice = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", alice, bob)
    alice.leaves("CS350")
    house.turn()
    alice.vanishes()
    device(house, "Alice")

    assert ["Bob"] == house.members("CS350")


def test_a_message_for_who_is_away(house: House) -> None:
    """A message to an absent user is kept, the sender is told so, and it arrives on return."""
    alice = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    alice.vanishes()
    passes(house, BREAK + 1)
    bob.tells("Alice", "read this")
    bob.tells("alice", "and this", id="7")
    bob.tells("Nobody", "not this")
    house.turn()
    back = device(house, "Alice")

    text = "Alice is away; your message will be delivered when they return"
    answers = [(one.text, one.id, one.away) for one in bob.hears("success")]  # type: ignore[union-attr]
    assert [(text, None, True), (text, "7", True)] == answers
    assert ["User 'Nobody' not found or offline"] == bob.hears_texts("error")
    assert ["read this", "and this"] == back.hears_texts("private")


def test_more_devices_than_there_may_be() -> None:
    """The number of devices is limited."""
    house = House(Limits(devices=2))
    owner(house, "Alice")
    device(house, "Alice")

    assert ["too_many"] == device(house, "Alice").hears_codes()


def test_a_full_disk_keeps_nobody_out(house: House) -> None:
    """With a full disk a sign-in with the password still works, although the token can't be kept."""
    owner(house, "Alice")
    phone = house.connects()
    phone.send(Register(sender="Alice", text=RIGHT))
    house.journal.fail(NotSaved())
    for _ in range(3):
        house.turn()

    assert ["Welcome to ClassChat, Alice!"] == phone.hears_texts()


def test_what_is_said_about_being_away_is_one_line(house: House) -> None:
    """An away message is one harmless line of limited length."""
    everybody = house.signs_in(*(f"name{number}" for number in range(200)))
    for one in everybody:
        one.send(Away(text='"\\' * 100))
    everybody[0].send(Away(text=" a\n\tb "))
    everybody[0].forgets()
    everybody[0].asks_for_users()
    (line,) = everybody[0].peer.lines

    assert "Users online: name0 (away: a b), name1 (away: " in everybody[0].hears_texts()[0]
    assert 30_000 < len(line) < 65_536


def test_away_is_shown(house: House) -> None:
    """An away message is shown in the list of users until the user is back."""
    alice, bob = house.signs_in("Alice", "Bob")
    alice.send(Away(text="at \x1blunch"))
    bob.asks_for_users()
    alice.send(Back())
    bob.asks_for_users()
    alice.send(Away(text="x" * 201))

    first, second = bob.hears()
    assert ("Users online: Alice (away: at \ufffdlunch), Bob", "Users online: Alice, Bob") == (
        first.text,
        second.text,
    )
    assert [("Alice", "at \ufffdlunch"), ("Bob", None)] == [(one.name, one.away) for one in first.users]  # type: ignore[union-attr]
    assert (["You are away", "You are back"], ["too_long"]) == (
        alice.hears_texts("success"),
        alice.hears_codes(),
    )


def test_after_a_restart(house: House) -> None:
    """After a restart accounts and their rooms are known, and their return is not announced."""
    house.journal.rooms = [("CS350", 3)]
    house.journal.accounts = [StoredAccount("alice", "Alice", 7, 1000)]
    house.journal.changes = [Change("#cs350", "alice", "member", ""), Change("#gone", "alice", "member", "")]
    house.journal.keeps(Secured("alice", "Alice", 7, f"hash of {RIGHT}"))
    restored = house.journal.open(house.chat.batches.deliver, house.chat.undoing.take_back)
    house.chat.rooms.add("CS350").last_seq = 3
    restore_owners(restored, house.chat._ground.directory, house.journal, house.journal.clock)
    back = device(house, "Alice")

    assert isinstance(restored, Restored)
    (welcome,) = back.hears("success")
    assert [("CS350", 3)] == [(room.name, room.seq) for room in welcome.rooms]  # type: ignore[union-attr]
    assert [Registered("Alice")] == [one for one in house.notices if isinstance(one, Registered)]
    assert ["Alice"] == house.members("CS350")


def test_an_account_whose_name_is_no_longer_allowed(house: House) -> None:
    """An account with a name that is no longer allowed stays, and is reported to the operator."""
    old = [(7, "Lea\U00016fe4"), (8, "SERVER\U00016fe4"), (9, "Error"), (10, "Global")]
    house.journal.rooms = [("lab\ufe0f", 3), ("CS350", 1)]
    house.journal.accounts = [StoredAccount(names.user_key(name), name, number, 1000) for number, name in old]
    for number, name in old:
        house.journal.keeps(Secured(names.user_key(name), name, number, f"hash of {RIGHT}"))
    house.chat.open()
    signed_in = [device(house, name) for _, name in old]

    assert [True, False, True, True] == [one.session.registered for one in signed_in]
    assert ["name_too_similar"] == signed_in[1].hears_codes()
    assert [
        Outdated("rooms", ("lab\ufe0f",)),
        Outdated("accounts", tuple(name for _, name in old)),
    ] == [one for one in house.notices if isinstance(one, Outdated)]


def test_an_account_from_another_program(house: House) -> None:
    """A name registered with `classchat admin` is known at its first sign-in; a guest makes way."""
    (guest,) = house.signs_in("Alice")
    house.journal.keeps(Secured("alice", "Alice", -1, f"hash of {RIGHT}"))
    alice = device(house, "Alice")

    assert (["taken_over"], True) == (guest.hears_codes(), guest.peer.closed)
    assert ["Welcome to ClassChat, Alice!"] == alice.hears_texts()


def test_a_server_that_stops(house: House) -> None:
    """During a shutdown no absence is announced."""
    alice = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", alice, bob)
    alice.vanishes()
    house.chat.close()
    bob.vanishes()

    assert ([], []) == (house.journal.clock.getDelayedCalls(), house.journal.pending)


@pytest.mark.parametrize(
    "order",
    [
        [Change("#cs350", "alice", "banned", "")],
        [Change("#cs350", "", "closed", "")],
        [Change("#cs350", "", "private", ""), Change("#cs350", "bob", "moderator", "Bob")],
    ],
)
def test_a_membership_that_the_order_forbids(house: House, order: list[Change]) -> None:
    """A membership that contradicts an order, from an earlier version, is deleted at the start."""
    house.journal.rooms = [("CS350", 3), ("other", 1)]
    house.journal.accounts = [StoredAccount("alice", "Alice", 7, 1000)]
    members = [Change(room, "alice", "member", "") for room in ("#cs350", "#other")]
    house.journal.changes = [*members, *order]
    house.chat.open()
    house.settles()
    (noted,) = [entry for entry in house.notices if isinstance(entry, Noted)]
    account = house.chat.accounts.find("Alice")

    assert account is not None
    assert ["other"] == [room.name for room in account.user.rooms]
    assert (Change("#cs350", "alice", "member", None, 7),) == noted.acts
