"""Identities: a client shows first who it is, and enters later. What was shown may not be so any more."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from classchat.core.identity import Owner
from classchat.errors import ChatError
from classchat.limits import Limits
from classchat.messages import ChangePassword, Register
from tests.unit.core.helpers import RIGHT, arrives, owner, passes
from tests.unit.core.personal import Words, connects, reads, signs_in
from tests.unit.helpers import Client, House

_T = TypeVar("_T")


@pytest.fixture
def house() -> House:
    """Return a house with nobody in it."""
    return House()


def done(house: House, coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine to its end, and return what it returns."""
    results: list[_T] = []
    errors: list[ChatError] = []

    async def run() -> None:
        try:
            results.append(await coroutine)
        except ChatError as error:
            errors.append(error)

    house.run(run())
    house.settles()
    if errors:
        raise errors[0]
    return results[0]


def shows(house: House, name: str = "Alice", password: str = RIGHT) -> tuple[Client, Owner]:
    """Return a client that has shown that it owns a name, and has not entered."""
    client = connects(house, Words())
    return client, done(house, client.session.identify(name, password))


def enters(house: House, client: Client, identity: Owner) -> float | None:
    """Sign a client in with an identity."""
    return done(house, client.session.enter(identity, Register(answers=True)))


def codes(house: House, client: Client, identity: Owner) -> str:
    """Return the code of the error with which a client may not enter."""
    with pytest.raises(ChatError) as raised:
        enters(house, client, identity)
    return raised.value.code


def test_two_steps(house: House) -> None:
    """Showing a password signs nobody in; entering with the identity does, and takes no device's token."""
    laptop, (bob,) = owner(house, "Alice"), signs_in(house, Words(), "Bob")
    house.room("R", laptop, bob)
    laptop.vanishes()
    passes(house, Limits.absence)
    bob.forgets()
    client, identity = shows(house)
    assert ("", ["Bob"]) == (identity.token, house.users())

    assert enters(house, client, identity) is not None
    house.settles()
    client.forgets()
    bob.says("R", "Hi")
    bob.vanishes()
    house.turn()
    lines = reads(client)
    assert "Bob>R: Hi" in lines
    assert "UserGone Bob Connection closed" in lines


def test_a_wrong_password(house: House) -> None:
    """A wrong password shows nothing."""
    owner(house, "Alice")
    with pytest.raises(ChatError) as raised:
        shows(house, "Alice", "wrong password")

    assert "wrong_password" == raised.value.code


def test_a_password_that_was_changed_meanwhile(house: House) -> None:
    """Who has shown the old password may not enter."""
    laptop = owner(house, "Alice")
    client, identity = shows(house)
    laptop.send(ChangePassword(text="another horse", current=RIGHT))
    house.settles()

    assert "wrong_password" == codes(house, client, identity)
    assert not client.session.registered


@pytest.mark.parametrize("claimed_again", [False, True])
def test_a_name_that_was_released_meanwhile(house: House, claimed_again: bool) -> None:
    """A former owner may not enter, also if the next owner has the same password."""
    owner(house, "Alice")
    client, identity = shows(house)
    house.journal.is_released("Alice")
    if claimed_again:
        house.journal.is_claimed("Alice", 77, RIGHT)

    assert "wrong_password" == codes(house, client, identity)
    assert not client.session.registered


def test_a_client_that_is_gone_before_it_enters(house: House) -> None:
    """Nobody is signed in for a client that has disconnected."""
    owner(house, "Alice").vanishes()
    client, identity = shows(house)
    client.vanishes()

    assert enters(house, client, identity) is None
    assert not client.session.registered


def test_too_many_clients_by_then(house: House) -> None:
    """Limits are checked on entering."""
    laptop = owner(house, "Alice")
    client, identity = shows(house)
    for _ in range(Limits.devices - 1):
        arrives(house, "Alice", text=RIGHT)
    house.settles()

    assert "too_many" == codes(house, client, identity)
    assert laptop.session.registered


def test_a_name_that_is_claimed_before_entering(house: House) -> None:
    """A claim makes the name an account; its owner enters later, or not, and the name is theirs."""
    client = connects(house, Words())
    identity = done(house, client.session.found("Alice", RIGHT))
    assert [] == house.users()
    other = house.connects()
    other.registers("Alice")
    assert ["password_required"] == other.hears_codes()

    enters(house, client, identity)
    assert ["Alice"] == house.users()


def test_an_identity_says_nothing_of_the_password(house: House) -> None:
    """The hash is not printed by mistake."""
    owner(house, "Alice")
    _, identity = shows(house)

    assert "hash of" not in repr(identity)
