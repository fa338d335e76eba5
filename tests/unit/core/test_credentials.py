"""Credentials: passwords and tokens show who a client is."""

from __future__ import annotations

import pytest

from classchat.messages import (
    ChangePassword,
    History,
    Register,
)
from tests.unit.core.helpers import (
    GUARDED,
    RIGHT,
    arrives,
    asked,
    claims,
    device,
    owner,
    passes,
    stranger,
    token_of,
)
from tests.unit.helpers import HeldPasswords, House


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


@pytest.mark.parametrize(("name", "token"), [("Bob", "no token of ours"), ("Robert", "his"), ("Bob", "")])
def test_a_token_that_shows_nothing(house: House, name: str, token: str) -> None:
    """An unknown token, or one for another name, makes somebody new, with a token of his own."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    his = token_of(bob)
    alice.tells("Bob", "secret")
    house.turn()
    bob.vanishes()
    house.turn()
    eve = arrives(house, name, token=his if token == "his" else token)  # noqa: S105

    assert token_of(eve) not in (his, token)
    assert [] == asked(house, eve, History(receiver="Alice")).texts


def test_a_day_later_nobody_is_known(house: House) -> None:
    """A token is good for a day after the connection ended."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    alice.tells("Bob", "secret")
    house.turn()
    bob.vanishes()
    house.turn()
    house.journal.clock.advance(86_401)
    again = arrives(house, "Bob", token=token_of(bob))

    assert token_of(again) != token_of(bob)
