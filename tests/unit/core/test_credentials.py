"""Credentials: passwords and tokens show who a client is."""

from __future__ import annotations

import pytest

from classchat.messages import ChangePassword, History, Register
from tests.tables import each_case
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
    """A registered name needs its password: a bare name or a wrong password is refused."""
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
    """A refusal does not reveal whether name or password was wrong, and signs in no guest."""
    stranger = house.connects()
    stranger.send(Register(sender="Nobody", text=RIGHT))
    nameless = house.connects()
    nameless.send(Register(sender="no name", text=RIGHT))

    assert (["wrong_password"], ["wrong_password"]) == (stranger.hears_codes(), nameless.hears_codes())
    assert [] == house.users()


@each_case("name", ["Alice", "alice", "Nobody", "no name", "x" * 40, "SERVER"])
def test_every_name_is_the_same_work(name: str) -> None:
    """Each attempt verifies one password, even if there is no hash to compare it with."""
    passwords = HeldPasswords()
    house = House(passwords=passwords)
    owner(house, "Alice")
    passwords.verified = 0
    client = house.connects()
    client.send(Register(sender=name, text="wrong password"))

    assert (1, ["wrong_password"]) == (passwords.verified, client.hears_codes())


def test_an_old_password_that_is_looked_at_while_it_is_changed() -> None:
    """A sign-in with an old password during its change is refused, and gets no token."""
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
    """Changes of a password are limited to ten an hour."""
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
    """A change needs the current password; then only the new one and one device's token are valid."""
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
    """A guest has no password to change."""
    (bob,) = house.signs_in("Bob")
    bob.send(ChangePassword(text="another one", current=RIGHT))

    assert ["not_claimed"] == bob.hears_codes()


def test_a_new_password_that_is_none(house: House) -> None:
    """If the new password is invalid, the old one stays."""
    alice = owner(house, "Alice")
    alice.send(ChangePassword(text="short", current=RIGHT))

    assert (["unusable_password"], []) == (alice.hears_codes(), device(house, "Alice").hears_codes())


def test_guessing_takes_longer_and_longer() -> None:
    """Five wrong passwords a minute are tried at once, further ones wait; a minute later none does."""
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
    """Right passwords do not count as attempts."""
    house = House(GUARDED)
    owner(house, "Alice")
    devices = [device(house, "Alice") for _ in range(30)]

    assert [] == [rest for one in devices for rest in one.peer.rests]


def test_an_address_that_guesses() -> None:
    """Twenty wrong passwords a minute from one address are tried at once, for any names."""
    house = House(GUARDED)
    guesser = stranger(house, "192.0.2.1")
    for number in range(22):
        guesser.send(Register(sender=f"name{number}", text="wrong password"))
    elsewhere = stranger(house, "192.0.2.2")
    elsewhere.send(Register(sender="name", text="wrong password"))

    assert ([1.0, 2.0], []) == (guesser.peer.rests, elsewhere.peer.rests)


def test_no_password_is_verified_for_a_client_that_has_left() -> None:
    """No password is verified for a client that leaves while waiting."""
    house = House(GUARDED)
    owner(house, "Alice")
    guesser = stranger(house)
    guesser.peer.closed = True
    for _ in range(6):
        guesser.send(Register(sender="Alice", text="wrong password"))

    assert [1.0] == guesser.peer.rests


def test_who_guesses_on_many_connections_guesses_no_faster() -> None:
    """From the sixth wrong password on, attempts on many connections are verified one by one."""
    house = House(GUARDED)
    owner(house, "Alice")
    guessers = [house.connects("192.0.2.1") for _ in range(10)]
    for guesser in guessers:
        guesser.send(Register(sender="Alice", text="wrong password"))
    rests = [guesser.peer.rest for guesser in guessers]

    assert [0.0] * 5 + [1.0] + [0.5] * 4 == rests


def test_an_attempt_that_waits_gets_its_turn() -> None:
    """When one attempt is done, the next one waits its time and is verified."""
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


def test_guesses_delay_an_owner_and_never_block_them() -> None:
    """Guesses from one address delay sign-ins from another, but never block them."""
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
    """Users behind one address with right passwords wait only for each other."""
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
    """A device returns with the token of its welcome, without a password; a wrong token is refused."""
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
    """The connection that registered the name returns with the token that it had as a guest."""
    alice = house.connects()
    alice.registers("Alice")
    token = alice.hears()[0].token  # type: ignore[union-attr]
    claims(house, alice)
    alice.vanishes()
    again = house.connects()
    again.send(Register(sender="Alice", token=token))
    house.turn()

    assert ["Welcome to ClassChat, Alice!"] == again.hears_texts()


@pytest.mark.parametrize(("name", "token"), [("Bob", "no token of ours"), ("Robert", "of Bob"), ("Bob", "")])
def test_a_token_that_shows_nothing(house: House, name: str, token: str) -> None:
    """An unknown token, or one of another name, makes a new user with a new token."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    of_bob = token_of(bob)
    alice.tells("Bob", "secret")
    house.turn()
    bob.vanishes()
    house.turn()
    eve = arrives(house, name, token=of_bob if token == "of Bob" else token)  # noqa: S105

    assert token_of(eve) not in (of_bob, token)
    assert [] == asked(house, eve, History(receiver="Alice")).texts


def test_a_day_later_nobody_is_known(house: House) -> None:
    """A token is valid for a day after the connection ended."""
    (alice,) = house.signs_in("Alice")
    bob = arrives(house, "Bob")
    alice.tells("Bob", "secret")
    house.turn()
    bob.vanishes()
    house.turn()
    house.journal.clock.advance(86_401)
    again = arrives(house, "Bob", token=token_of(bob))

    assert token_of(again) != token_of(bob)
