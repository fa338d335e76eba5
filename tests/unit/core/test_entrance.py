"""Who comes in, under which name: guests, registered names, several devices, being away and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from classchat import names
from classchat.core.acts import Audited, Change, Issued, PersonRecord, Secured
from classchat.core.entries import Noted
from classchat.core.notices import Disconnected, Outdated, Registered
from classchat.core.stored import Restored, StoredAccount
from classchat.errors import NotSaved
from classchat.limits import Limits
from classchat.messages import Away, Back, ChangePassword, Claim, Kick, Register, Since
from tests.unit.helpers import EPOCH, Client, HeldPasswords, House, joined, left, private

RIGHT = "correct horse"
BREAK = Limits.absence


@pytest.fixture
def house() -> House:
    """A house that nobody is in."""
    return House()


def claims(house: House, client: Client, password: str = RIGHT) -> None:
    """Let a client claim its name, and forget what it heard of that."""
    client.send(Claim(text=password))
    house.turn()
    client.forgets()


def owner(house: House, name: str) -> Client:
    """Return a client whose name is claimed."""
    (client,) = house.signs_in(name)
    claims(house, client)
    return client


def device(house: House, name: str, password: str = RIGHT, since: Since | None = None) -> Client:
    """Return one more client that signs in with a password, and what it has heard is its welcome."""
    client = house.connects()
    client.send(Register(sender=name, text=password, since=since))
    for _ in range(4):
        house.turn()
    return client


def passes(house: House, seconds: float) -> None:
    """Let some time pass."""
    house.journal.clock.advance(seconds)
    house.turn()


GUARDED = replace(Limits(), messages=None, readings=None, requests=None)


def stranger(house: House, address: str = "") -> Client:
    """Return a client who rests when he has to, and has not signed in."""
    client = house.connects(address)
    client.peer.rests_at_once = True
    return client


# Claiming.


def test_a_name_is_claimed(house: House) -> None:
    """Who claims a name is told so once it is kept, with all that is kept of it."""
    (alice,) = house.signs_in("Alice")
    alice.send(Claim(text=RIGHT, id="1"))
    before = alice.hears()
    (entry,) = house.journal.pending
    house.turn()

    assert [] == before
    assert [
        "The name 'Alice' is now registered. From now on, sign in with your password"
    ] == alice.hears_texts("success")
    kinds = [type(act) for act in entry.acts]  # type: ignore[union-attr]
    assert [PersonRecord, Secured, Issued, Audited] == kinds
    assert RIGHT not in str([act for act in entry.acts if not isinstance(act, Secured)])  # type: ignore[union-attr]


def test_a_claimed_name_takes_a_password(house: House) -> None:
    """A bare name is refused; the right password comes in, a wrong one does not."""
    owner(house, "Alice")
    bare, wrong = house.connects(), house.connects()
    bare.registers("ALICE")
    wrong.send(Register(sender="Alice", text="wrong password"))
    right = device(house, "alice")

    assert (["password_required"], ["wrong_password"]) == (bare.hears_codes(), wrong.hears_codes())
    assert ["Welcome to ClassChat, Alice!"] == right.hears_texts()
    assert (False, False, True) == (
        bare.session.registered,
        wrong.session.registered,
        right.session.registered,
    )


def test_a_password_for_a_name_that_is_not_claimed(house: House) -> None:
    """Nobody is told whether it was the name or the password, and nobody is a guest by mistake."""
    stranger = house.connects()
    stranger.send(Register(sender="Nobody", text=RIGHT))
    nameless = house.connects()
    nameless.send(Register(sender="no name", text=RIGHT))

    assert (["wrong_password"], ["wrong_password"]) == (stranger.hears_codes(), nameless.hears_codes())
    assert [] == house.users()


@pytest.mark.parametrize("name", ["Alice", "alice", "Nobody", "no name", "x" * 40, "SERVER"])
def test_every_name_is_the_same_work(name: str) -> None:
    """One password is verified for each attempt, whether or not there is anything to compare it with."""
    passwords = HeldPasswords()
    house = House(passwords=passwords)
    owner(house, "Alice")
    passwords.verified = 0
    client = house.connects()
    client.send(Register(sender=name, text="wrong password"))

    assert (1, ["wrong_password"]) == (passwords.verified, client.hears_codes())


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "with\x00 control", "\ud800" * 9])
def test_an_unusable_password(house: House, password: str) -> None:
    """What can't be typed again is no password, nor what is quickly guessed; the name stays as it was."""
    (alice,) = house.signs_in("Alice")
    alice.send(Claim(text=password))

    assert ["unusable_password"] == alice.hears_codes()
    assert 0 == len(house.chat.accounts)


def test_a_claim_that_can_not_be_kept(house: House) -> None:
    """If the disk is full nobody owns the name, and it can be claimed later."""
    (alice,) = house.signs_in("Alice")
    alice.send(Claim(text=RIGHT))
    house.journal.fail(NotSaved())
    house.turn()
    refused = alice.hears_codes()
    claims(house, alice)

    assert (["not_saved"], 1) == (refused, len(house.chat.accounts))


def test_claiming_twice(house: House) -> None:
    """A name is claimed once."""
    alice = owner(house, "Alice")
    alice.send(Claim(text=RIGHT))
    stranger = house.connects()
    stranger.send(Claim(sender="alice", text=RIGHT))

    assert (["already_claimed"], ["already_claimed"]) == (alice.hears_codes(), stranger.hears_codes())


def test_claiming_and_coming_in(house: House) -> None:
    """A name that is nobody's can be claimed before signing in; one that a guest has can't."""
    house.signs_in("Bob")
    alice, bob = house.connects(), house.connects()
    alice.send(Claim(sender="Alice", text=RIGHT))
    bob.send(Claim(sender="Bob", text=RIGHT))
    for _ in range(3):
        house.turn()

    assert (["Welcome to ClassChat, Alice!"], ["username_taken"]) == (alice.hears_texts(), bob.hears_codes())
    assert ["Alice", "Bob"] == house.users()


def test_a_claim_by_who_comes_in_that_can_not_be_kept(house: House) -> None:
    """Then he is not in, and the name is nobody's."""
    alice = house.connects()
    alice.send(Claim(sender="Alice", text=RIGHT))
    house.journal.fail(NotSaved())
    house.turn()

    assert (["not_saved"], [], False) == (alice.hears_codes(), house.users(), alice.session.registered)


def test_a_server_without_claims() -> None:
    """Where claims are closed nobody claims; where only claimed names come in, guests don't."""
    closed = House(Limits(claims="closed"))
    (alice,) = closed.signs_in("Alice")
    alice.send(Claim(text=RIGHT))
    strict = House(Limits(names="claimed"))
    bob, carol = strict.connects(), strict.connects()
    bob.registers("Bob")
    carol.send(Claim(sender="Carol", text=RIGHT))
    for _ in range(3):
        strict.turn()

    assert (["claims_closed"], ["claimed_only"]) == (alice.hears_codes(), bob.hears_codes())
    assert ["Carol"] == strict.users()


def test_as_many_names_as_may_be_claimed() -> None:
    """The number of accounts has a bound."""
    house = House(Limits(accounts=1))
    owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    bob.send(Claim(text=RIGHT))

    assert ["too_many"] == bob.hears_codes()


def test_who_is_gone_before_his_claim_is_kept(house: House) -> None:
    """The name is his anyhow, and he is back in his rooms when he signs in."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    alice.send(Claim(text=RIGHT))
    alice.vanishes()
    house.turn()
    again = device(house, "Alice")

    assert (["Welcome to ClassChat, Alice!"], ["Alice"]) == (again.hears_texts(), house.members("CS350"))


def test_who_is_gone_while_his_password_is_hashed() -> None:
    """Nothing was claimed; and not the name of who has taken it meanwhile."""
    passwords = HeldPasswords()
    house = House(passwords=passwords)
    (alice,) = house.signs_in("Alice")
    gate = passwords.holds_next()
    alice.send(Claim(text=RIGHT))
    alice.vanishes()
    (other,) = house.signs_in("alice")
    gate.is_open = True
    house.turn()
    house.turn()

    assert (0, ["alice"], []) == (len(house.chat.accounts), house.users(), other.hears())


def test_two_who_claim_one_name(house: House) -> None:
    """What was claimed first counts; who has taken the name before that was kept has to go."""
    (alice,) = house.signs_in("Alice")
    alice.send(Claim(text=RIGHT))
    alice.vanishes()
    (other,) = house.signs_in("Alice")
    other.send(Claim(text="another one"))
    before = other.hears_codes()
    house.turn()
    first, second = device(house, "Alice"), device(house, "Alice", "another one")

    assert (["already_claimed"], ["already_claimed", "taken_over"]) == (before, other.hears_codes())
    assert (["Welcome to ClassChat, Alice!"], ["wrong_password"]) == (
        first.hears_texts(),
        second.hears_codes(),
    )


def test_a_look_alike_of_what_is_being_claimed(house: House) -> None:
    """From the moment of the claim on nobody takes a name that looks like it, whoever is here."""
    (alice,) = house.signs_in("Alice")
    alice.send(Claim(text=RIGHT))
    alice.vanishes()
    similar = house.connects()
    similar.registers("\u0410lice")
    house.turn()
    similar.registers("\u0410lice")
    back = device(house, "Alice")

    assert ["name_too_similar"] * 2 == similar.hears_codes()
    assert back.session.registered


def test_a_claim_that_is_not_kept_reserves_nothing(house: House) -> None:
    """A look-alike of a name that could not be claimed may come in when its bearer has gone."""
    (alice,) = house.signs_in("Alice")
    alice.send(Claim(text=RIGHT))
    house.journal.fail(NotSaved())
    house.turn()
    alice.vanishes()
    (similar,) = house.signs_in("\u0410lice")

    assert similar.session.registered


# Passwords.


def test_an_old_password_that_is_looked_at_while_it_is_changed() -> None:
    """Who began to sign in with it before does not come in, and is not given a token."""
    passwords = HeldPasswords()
    house = House(passwords=passwords)
    alice, thief = owner(house, "Alice"), house.connects()
    gate = passwords.holds_next()
    thief.send(Register(sender="Alice", text=RIGHT))
    alice.send(ChangePassword(text="another one", current=RIGHT))
    house.turn()
    gate.is_open = True
    for _ in range(3):
        house.turn()

    assert ["Your password has been changed"] == alice.hears_texts()
    assert (["wrong_password"], False) == (thief.hears_codes(), thief.session.registered)


def test_passwords_are_changed_now_and_then() -> None:
    """Each change is work for the server: ten an hour are enough for everybody."""
    house = House(GUARDED)
    alice = owner(house, "Alice")
    for _ in range(11):
        alice.send(ChangePassword(text=RIGHT, current=RIGHT))
        house.turn()
    refused = alice.hears_codes()
    passes(house, 3601)
    alice.forgets()
    alice.send(ChangePassword(text=RIGHT, current=RIGHT))
    house.turn()

    assert (["too_many"], ["Your password has been changed"]) == (refused, alice.hears_texts())


def test_another_password(house: House) -> None:
    """It takes the present one; afterwards only the new one comes in, and one token: of who changed it."""
    alice = owner(house, "Alice")
    other = device(house, "Alice")
    token = other.hears()[0].token  # type: ignore[union-attr]
    alice.send(ChangePassword(text="another one", current="not this"))
    alice.send(ChangePassword(text="another one", current=RIGHT, id="1"))
    house.turn()
    old, new, with_token = device(house, "Alice"), device(house, "Alice", "another one"), house.connects()
    with_token.send(Register(sender="Alice", token=token))

    assert (["wrong_password"], ["Your password has been changed"]) == (
        alice.hears_codes(),
        alice.hears_texts("success"),
    )
    assert (["wrong_password"], []) == (old.hears_codes(), new.hears_codes())
    assert ["password_required"] == with_token.hears_codes()


def test_a_guest_has_no_password_to_change(house: House) -> None:
    """Without an account there is nothing to be changed."""
    (bob,) = house.signs_in("Bob")
    bob.send(ChangePassword(text="another one", current=RIGHT))

    assert ["not_claimed"] == bob.hears_codes()


def test_a_new_password_that_is_none(house: House) -> None:
    """The old one stays."""
    alice = owner(house, "Alice")
    alice.send(ChangePassword(text="short", current=RIGHT))

    assert (["unusable_password"], []) == (alice.hears_codes(), device(house, "Alice").hears_codes())


def test_guessing_takes_longer_and_longer() -> None:
    """Five wrong passwords a minute are tried at once, the next ones wait; a minute later all is well."""
    house = House(GUARDED)
    owner(house, "Alice")
    guesser = stranger(house)
    for _ in range(8):
        guesser.send(Register(sender="Alice", text="wrong password"))
    rests = list(guesser.peer.rests)
    passes(house, 61)
    guesser.peer.rests.clear()
    guesser.send(Register(sender="Alice", text="wrong password"))

    assert ([1.0, 2.0, 4.0], []) == (rests, guesser.peer.rests)


def test_right_passwords_don_t_count() -> None:
    """Who knows his password may sign in as often as he likes."""
    house = House(GUARDED)
    owner(house, "Alice")
    devices = [device(house, "Alice") for _ in range(30)]

    assert [] == [rest for one in devices for rest in one.peer.rests]


def test_an_address_that_guesses() -> None:
    """From one address twenty wrong ones a minute are tried at once, whatever the names."""
    house = House(GUARDED)
    guesser = stranger(house, "192.0.2.1")
    for number in range(22):
        guesser.send(Register(sender=f"name{number}", text="wrong password"))
    elsewhere = stranger(house, "192.0.2.2")
    elsewhere.send(Register(sender="name", text="wrong password"))

    assert ([1.0, 2.0], []) == (guesser.peer.rests, elsewhere.peer.rests)


def test_who_is_gone_while_he_waits() -> None:
    """Nothing is tried for him."""
    house = House(GUARDED)
    owner(house, "Alice")
    guesser = stranger(house)
    guesser.peer.closed = True
    for _ in range(6):
        guesser.send(Register(sender="Alice", text="wrong password"))

    assert [1.0] == guesser.peer.rests


def test_who_guesses_on_many_connections_guesses_no_faster() -> None:
    """From the sixth wrong password on, one after the other is looked at: the others wait for their turn."""
    house = House(GUARDED)
    owner(house, "Alice")
    guessers = [house.connects("192.0.2.1") for _ in range(10)]
    for guesser in guessers:
        guesser.send(Register(sender="Alice", text="wrong password"))
    rests = [guesser.peer.rest for guesser in guessers]

    assert [0.0] * 5 + [1.0] + [0.5] * 4 == rests


def test_who_waits_for_his_turn_gets_it() -> None:
    """When the one before has been looked at, the next one waits as long as he has to, and is looked at."""
    house = House(GUARDED)
    owner(house, "Alice")
    guessers = [house.connects("192.0.2.1") for _ in range(7)]
    for guesser in guessers:
        guesser.send(Register(sender="Alice", text="wrong password"))
    last, before = guessers[-1], guessers[-2]
    passes(house, 0.5)
    last.peer.resting.callback(True)
    house.turn()
    still = last.peer.rest
    before.peer.resting.callback(True)
    house.turn()
    last.peer.resting.callback(True)
    house.turn()

    assert ([0.5, 0.5, 2.0], 0.5) == (last.peer.rests, still)


def test_whoever_knows_his_password_waits_for_nobody_else() -> None:
    """Guesses from one address slow down who signs in from another one, but never hold him up."""
    house = House(GUARDED)
    owner(house, "Alice")
    for _ in range(30):
        house.connects("192.0.2.1").send(Register(sender="Alice", text="wrong password"))
    alice = stranger(house, "192.0.2.2")
    alice.send(Register(sender="Alice", text=RIGHT))
    for _ in range(3):
        house.turn()

    assert ([2.0], True) == (alice.peer.rests, alice.session.registered)


def test_a_whole_class_behind_one_address() -> None:
    """Who waits for others from his address, who all know their passwords, waits only until they are done."""
    passwords = HeldPasswords()
    house = House(GUARDED, passwords=passwords)
    for number in range(22):
        owner(house, f"name{number}")
    gates, pupils = [], [house.connects("192.0.2.1") for _ in range(22)]
    for number, pupil in enumerate(pupils):
        gates.append(passwords.holds_next())
        pupil.send(Register(sender=f"name{number}", text=RIGHT))
    waiting = [pupil.peer.rest for pupil in pupils]
    for gate in gates:
        gate.is_open = True
    for _ in range(3):
        house.turn()
    for pupil in pupils[20:]:
        pupil.peer.resting.callback(True)
    for _ in range(3):
        house.turn()

    assert [0.0] * 20 + [0.5] * 2 == waiting
    assert all(pupil.session.registered for pupil in pupils)


def test_many_claims_from_one_address() -> None:
    """Nobody claims all names there are."""
    house = House(GUARDED)
    codes = []
    for number in range(21):
        client = stranger(house, "192.0.2.1")
        client.send(Claim(sender=f"name{number}", text=RIGHT))
        for _ in range(3):
            house.turn()
        codes += client.hears_codes()

    assert (["too_many"], 20) == (codes, len(house.chat.accounts))


# Devices.


def test_each_device_hears_everything(house: House) -> None:
    """What is said to a room and in private reaches each device; what one says shows on the others."""
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
    """Who makes a room, joins or leaves one does so on all devices, and they are told; once each."""
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
    """A note to oneself is heard once everywhere."""
    laptop = owner(house, "Alice")
    phone = device(house, "Alice")
    phone.forgets()
    phone.tells("Alice", "remember the milk")
    house.turn()

    expected = [private("Alice", "Alice", "remember the milk", 1)]
    assert (expected, expected) == (laptop.hears(), phone.hears())


def test_the_name_leaves_with_the_last_device(house: House) -> None:
    """One device that is gone changes nothing for the others."""
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
    """The welcome says so, so that no client asks for a password in vain; who has an account is not told."""
    house = House(Limits(claims=claims))
    guest = house.connects()
    guest.registers("Bob")
    (welcome,) = guest.hears("success")

    assert (told, None) == (welcome.claims, welcome.rooms)  # type: ignore[union-attr]


def test_who_is_offline_has_not_left(house: House) -> None:
    """A classic client reads that the owner of an account has left; a field says that this is not so."""
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


def test_a_token_of_a_device(house: House) -> None:
    """The token of its welcome brings a device back without a password, one that is none does not."""
    owner(house, "Alice")
    phone = device(house, "Alice")
    token = phone.hears()[0].token  # type: ignore[union-attr]
    phone.vanishes()
    again, other = house.connects(), house.connects()
    again.send(Register(sender="Alice", token=token))
    other.send(Register(sender="Alice", token="x" * 43))
    house.turn()

    assert (["Welcome to ClassChat, Alice!"], ["password_required"]) == (
        again.hears_texts(),
        other.hears_codes(),
    )
    assert token == again.hears()[0].token  # type: ignore[union-attr]


def test_the_token_of_who_claims(house: House) -> None:
    """The connection that claimed the name comes back with the token that it had as a guest's."""
    alice = house.connects()
    alice.registers("Alice")
    token = alice.hears()[0].token  # type: ignore[union-attr]
    claims(house, alice)
    alice.vanishes()
    again = house.connects()
    again.send(Register(sender="Alice", token=token))
    house.turn()

    assert ["Welcome to ClassChat, Alice!"] == again.hears_texts()


# Away and back.


def test_a_short_break_is_not_announced(house: House) -> None:
    """Who is back in a moment has never left; he hears what was said meanwhile, once."""
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
    """After a longer break the rooms are told that he left and came; he is back in them at once."""
    alice = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", alice, bob)
    alice.vanishes()
    passes(house, BREAK + 1)
    away = house.members("CS350")
    bob.says("CS350", "she is gone")
    house.turn()
    back = device(house, "Alice")

    assert (["Bob"], ["Alice", "Bob"]) == (away, house.members("CS350"))
    assert [
        "Alice has left the chat room",
        "she is gone",
        "Alice has joined the chat room",
    ] == bob.hears_texts()
    assert ["she is gone"] == back.hears_texts("group")
    (welcome,) = back.hears("success")
    assert [("CS350", 2, 1)] == [(room.name, room.members, room.seq) for room in welcome.rooms]  # type: ignore[union-attr]


def test_who_has_left_a_room_is_not_back_in_it(house: House) -> None:
    """Leaving is for good."""
    alice = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", alice, bob)
    alice.leaves("CS350")
    house.turn()
    alice.vanishes()
    device(house, "Alice")

    assert ["Bob"] == house.members("CS350")


def test_a_message_for_who_is_away(house: House) -> None:
    """It is kept, and the sender is told so, with an id or without; it is there when he is back."""
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


def test_what_is_said_while_somebody_is_told_what_he_missed(house: House) -> None:
    """Whatever is said between comes once, and after what was said before."""
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
    """What is said in a room that one has joined with another device is not lost either."""
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


def test_more_devices_than_there_may_be() -> None:
    """The number of devices has a bound."""
    house = House(Limits(devices=2))
    owner(house, "Alice")
    device(house, "Alice")

    assert ["too_many"] == device(house, "Alice").hears_codes()


def test_a_full_disk_keeps_nobody_out(house: House) -> None:
    """Who knows his password comes in, though his new token can't be kept."""
    owner(house, "Alice")
    phone = house.connects()
    phone.send(Register(sender="Alice", text=RIGHT))
    house.journal.fail(NotSaved())
    for _ in range(3):
        house.turn()

    assert ["Welcome to ClassChat, Alice!"] == phone.hears_texts()


def test_a_device_says_what_it_has(house: House) -> None:
    """With the numbers it has, a client is told what it missed in each room, and no more."""
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
    """The rooms of which a client says how far it has got may be spelled as one likes."""
    laptop = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", laptop, bob)
    for text in "abc":
        bob.says("CS350", text)
    house.turn()
    back = device(house, "Alice", since=Since(EPOCH, 0, {}, {"x" * 300: 9, "cs350": 2}))

    assert ["c"] == back.hears_texts("group")


def test_a_device_is_not_told_what_is_older_than_itself(house: House) -> None:
    """What was said before a device signed in first, with people it has never heard of, it has not missed."""
    laptop = owner(house, "Alice")
    bob, carol = house.signs_in("Bob", "Carol")
    for one in (bob, carol):
        one.tells("Alice", f"old, from {len(house.users())}")
    house.turn()
    house.journal.clock.advance(4e9)  # what is said has one time for ever
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
    """A client that counts as another journal did is told that something may be missing."""
    alice = owner(house, "Alice")
    house.room("CS350", alice)
    back = device(house, "Alice", since=Since("another", 5, {}, {"CS350": 3}))

    assert ["Welcome to ClassChat, Alice; some messages may be missing"] == back.hears_texts("success")


def test_gone_while_being_told(house: House) -> None:
    """Who goes while he reads what he missed leaves nothing behind."""
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


def test_what_is_said_about_being_away_is_one_line(house: House) -> None:
    """In a list nothing may look like a line of its own, nor make the list longer than a line."""
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
    """What one says about being away stands in the list of users, harmless, until one is back."""
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
    """Accounts and the rooms they are in are known again; nobody is told that they came back."""
    house.journal.rooms = [("CS350", 3)]
    house.journal.accounts = [StoredAccount("alice", "Alice", 7, 1000)]
    house.journal.changes = [Change("#cs350", "alice", "member", ""), Change("#gone", "alice", "member", "")]
    house.journal.keeps(Secured("alice", "Alice", 7, f"hash of {RIGHT}"))
    restored = house.journal.open(house.chat.deliver, house.chat.take_back)
    house.chat.rooms.add("CS350").last_seq = 3
    house.chat.presence.restore(restored)
    back = device(house, "Alice")

    assert isinstance(restored, Restored)
    (welcome,) = back.hears("success")
    assert [("CS350", 3)] == [(room.name, room.seq) for room in welcome.rooms]  # type: ignore[union-attr]
    assert [Registered("Alice")] == [one for one in house.notices if isinstance(one, Registered)]
    assert ["Alice"] == house.members("CS350")


def test_an_account_whose_name_is_no_longer_allowed(house: House) -> None:
    """It stays its owner's, the operator is told, and nobody else is shown as the server."""
    old = [(7, "Lea\U00016fe4"), (8, "SERVER\U00016fe4"), (9, "Error")]
    house.journal.rooms = [("lab\ufe0f", 3), ("CS350", 1)]
    house.journal.accounts = [StoredAccount(names.user_key(name), name, number, 1000) for number, name in old]
    for number, name in old:
        house.journal.keeps(Secured(names.user_key(name), name, number, f"hash of {RIGHT}"))
    house.chat.open()
    signed_in = [device(house, name) for _, name in old]

    assert [True, False, True] == [one.session.registered for one in signed_in]
    assert ["name_too_similar"] == signed_in[1].hears_codes()
    assert [
        Outdated("rooms", ("lab\ufe0f",)),
        Outdated("accounts", tuple(name for _, name in old)),
    ] == [one for one in house.notices if isinstance(one, Outdated)]


def test_an_account_from_another_program(house: House) -> None:
    """A name claimed with `classchat admin` is known at its first sign-in; a guest makes way."""
    (guest,) = house.signs_in("Alice")
    house.journal.keeps(Secured("alice", "Alice", -1, f"hash of {RIGHT}"))
    alice = device(house, "Alice")

    assert (["taken_over"], True) == (guest.hears_codes(), guest.peer.closed)
    assert ["Welcome to ClassChat, Alice!"] == alice.hears_texts()


def test_a_server_that_stops(house: House) -> None:
    """Then nobody's leaving is waited for, and no room is told."""
    alice = owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    house.room("CS350", alice, bob)
    alice.vanishes()
    house.chat.close()
    bob.vanishes()

    assert ([], []) == (house.journal.clock.getDelayedCalls(), house.journal.pending)


@pytest.mark.parametrize("leaves", [True, False])
def test_who_is_put_out_while_the_claim_is_on_its_way(house: House, leaves: bool) -> None:
    """A claim writes down where its owner is; an order that follows it in the log still holds."""
    alice, bob = house.signs_in("Alice", "Bob")
    house.room("CS350", alice, bob)
    house.room("other", bob)
    bob.send(Claim(text=RIGHT))
    alice.send(Kick(receiver="CS350", user="Bob"))
    if leaves:
        bob.vanishes()
    house.settles()
    rows: dict[str, str | None] = {}
    for entry in house.notices:
        for act in getattr(entry, "acts", ()):
            if isinstance(act, Change) and (act.subject, act.what) == ("bob", "member"):
                rows[act.room] = act.value
    account = house.chat.accounts.find("Bob")

    assert account is not None
    assert (["other"], {"#cs350": None, "#other": ""}) == ([room.name for room in account.user.rooms], rows)


@pytest.mark.parametrize(
    "order",
    [
        [Change("#cs350", "alice", "banned", "")],
        [Change("#cs350", "", "closed", "")],
        [Change("#cs350", "", "private", ""), Change("#cs350", "bob", "moderator", "Bob")],
    ],
)
def test_a_membership_that_the_order_forbids(house: House, order: list[Change]) -> None:
    """What an earlier version wrote behind an order that forbids it is deleted when the server starts."""
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
