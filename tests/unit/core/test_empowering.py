"""Guests who act as an operator, with the operator's name and password."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

import pytest

from classchat.core.acts import Audited
from classchat.core.entries import Noted
from classchat.errors import ChatError, NotSaved
from classchat.limits import Limits
from classchat.messages import Broadcast, Claim, Close, Join, Kick, SetRoom
from tests.unit.core.helpers import RIGHT, owner
from tests.unit.helpers import Client, House

ROOM = "CS350"


@pytest.fixture
def house() -> House:
    """Return a house with the operator Opal, Alice's private room, and the guest Bob."""
    house = House()
    opal, alice = owner(house, "Opal"), owner(house, "Alice")
    house.signs_in("Bob")
    person = opal.session.user.person.number
    house.journal.is_claimed("Opal", person, RIGHT, operator=True)
    house.room(ROOM, alice)
    alice.send(SetRoom(receiver=ROOM, text="private"))
    house.turn()
    for client in house.clients:
        client.forgets()
    return house


@pytest.fixture
def bob(house: House) -> Client:
    """Return the guest."""
    return house.clients[-1]


def opers(house: House, client: Client, name: str = "Opal", password: str = RIGHT) -> list[str]:
    """Return why a client is not empowered: nothing if it is."""
    refusals = []

    async def ask(empowering: Coroutine[Any, Any, None]) -> None:
        try:
            await empowering
        except ChatError as error:
            refusals.append(error.code)

    house.run(ask(client.session.empower(name, password)))
    house.turn()
    return refusals


def test_a_guest_acts_as_the_operator(house: House, bob: Client) -> None:
    """A guest who knows an operator's password has the operator's rights, everywhere."""
    before = opers(house, bob)
    for command in (Join(receiver=ROOM), Kick(receiver=ROOM, user="Alice"), Broadcast(text="Lunch")):
        bob.send(command)
        house.turn()
        house.turn()

    assert ([], [], True) == (before, bob.hears_codes(), bob.session.user.operator)


@pytest.mark.parametrize(
    ("name", "password", "code"),
    [
        ("Opal", "wrong password", "wrong_password"),
        ("Nobody", RIGHT, "wrong_password"),
        ("two words", RIGHT, "wrong_password"),
        ("Bob", RIGHT, "wrong_password"),
        ("Alice", RIGHT, "not_allowed"),
    ],
)
def test_nobody_else_does(house: House, bob: Client, name: str, password: str, code: str) -> None:
    """A wrong password, and the right one of an account that is no operator's, give no rights."""
    assert ([code], False) == (opers(house, bob, name, password), bob.session.user.operator)


def test_the_owner_of_another_account_signs_in_instead(house: House) -> None:
    """An account's rights stay its own: nothing that outlasts the connection is decided with others'."""
    _, alice, _ = house.clients

    assert (["not_allowed"], False) == (opers(house, alice), alice.session.user.operator)


def test_the_operator_is_one_already(house: House) -> None:
    """An operator who gives the own password is told that it is right."""
    opal, _, _ = house.clients

    assert ([], None) == (opers(house, opal), opal.session.user.empowered_by)


def test_the_audit_log_names_both(house: House, bob: Client) -> None:
    """The audit log says which guest acts as which operator."""
    entries: list[Noted] = []
    append = house.journal.append
    house.journal.append = lambda entry: (entries.append(entry), append(entry))  # type: ignore[method-assign, func-returns-value]
    opers(house, bob)

    assert Audited("Bob", "oper", target="Opal") in [act for entry in entries for act in entry.acts]


def test_the_rights_end_with_the_operators(house: House, bob: Client) -> None:
    """When the operator loses the rights, a guest who acts as the operator does, and leaves private rooms."""
    opers(house, bob)
    bob.joins(ROOM)
    house.turn()
    opal = house.clients[0].session.user
    house.journal.is_claimed("Opal", opal.person.number, RIGHT)
    house.turn()
    bob.forgets()
    bob.send(Close(receiver=ROOM))
    house.turn()

    assert (["not_allowed"], set()) == (bob.hears_codes(), bob.session.user.rooms)


def test_the_rights_end_with_the_account(house: House, bob: Client) -> None:
    """When the operator's name is released, nobody acts as the operator any longer."""
    opers(house, bob)
    house.journal.is_released("Opal")
    house.turn()

    assert (False, None) == (bob.session.user.operator, bob.session.user.empowered_by)


def test_the_rights_end_with_the_connection(house: House, bob: Client) -> None:
    """A guest who comes back under the same name is a guest."""
    opers(house, bob)
    bob.vanishes()
    house.turn()
    (again,) = house.signs_in("Bob")

    assert not again.session.user.operator


def test_a_guest_who_acts_as_an_operator_claims_no_name(house: House, bob: Client) -> None:
    """Nothing that an operator may join is kept for an account that is no operator's."""
    opers(house, bob)
    bob.send(Claim(text="another password"))
    house.turn()

    assert ["not_allowed"] == bob.hears_codes()


def test_a_client_that_has_left_meanwhile(house: House, bob: Client) -> None:
    """A guest who leaves while the password is checked has no rights, and nothing fails."""
    user = bob.session.user
    refusals = []

    async def ask() -> None:
        try:
            await bob.session.empower("Opal", RIGHT)
        except ChatError as error:
            refusals.append(error.code)

    house.run(ask())
    bob.vanishes()
    house.turn()

    assert ([], False) == (refusals, user.operator)


def test_nobody_before_signing_in(house: House) -> None:
    """A client that has not signed in is refused."""
    assert ["not_registered"] == opers(house, house.connects())


def test_no_password_where_others_could_read_it(house: House) -> None:
    """A page on plain text takes no password for this either."""
    (eve,) = house.signs_in("Eve")
    eve.session.comes_by_web("", passwords=False)

    assert ["tls_required"] == opers(house, eve)


def test_an_operator_who_was_named_at_the_start() -> None:
    """The requests of a guest who acts as an operator with `--operator` need no row in the journal."""
    house = House(Limits(operators=frozenset({"opal"})).without_guard())
    opal, bob = house.signs_in("Opal", "Bob")
    house.claims(opal, operator=True)
    house.journal.is_claimed("Opal", opal.session.user.person.number, RIGHT)
    refused = opers(house, bob)
    bob.send(Broadcast(text="Lunch"))
    house.turn()
    house.turn()

    assert ([], []) == (refused, bob.hears_codes())


def test_what_can_not_be_audited_is_not_granted(house: House, bob: Client) -> None:
    """If the audit log can't be written, nobody gets other rights."""
    refusals = []

    async def ask() -> None:
        try:
            await bob.session.empower("Opal", RIGHT)
        except ChatError as error:
            refusals.append(error.code)

    house.run(ask())
    house.journal.fail(NotSaved())
    house.turn()

    assert (["not_saved"], False) == (refusals, bob.session.user.operator)


def test_a_guest_gives_the_rights_up(house: House, bob: Client) -> None:
    """A guest who gives the rights up leaves the rooms that only an operator may be in."""
    opers(house, bob)
    bob.joins(ROOM)
    house.turn()
    given_up = [bob.session.give_up_rights(), bob.session.give_up_rights()]
    house.turn()

    assert ([True, False], set(), False) == (
        given_up,
        bob.session.user.rooms,
        bob.session.user.operator,
    )


def test_an_owner_does_not(house: House) -> None:
    """The rights of an account are not given up."""
    opal, _, _ = house.clients
    house.turn()

    assert (False, True) == (opal.session.give_up_rights(), opal.session.user.operator)
