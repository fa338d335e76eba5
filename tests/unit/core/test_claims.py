"""Claims: registering a name as an account."""

from __future__ import annotations

import pytest

from classchat.core.acts import Audited, Change, Issued, PersonRecord, Secured
from classchat.errors import NotSaved
from classchat.limits import Limits
from classchat.messages import Claim, Kick
from tests.unit.core.helpers import GUARDED, RIGHT, claims, device, owner, stranger
from tests.unit.helpers import HeldPasswords, House


def test_a_name_is_claimed(house: House) -> None:
    """A claim is answered when it is committed, and writes the account, password and audit line."""
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


@pytest.mark.parametrize("password", ["", "short", "x" * 257, "with\x00 control", "\ud800" * 9])
def test_an_unusable_password(house: House, password: str) -> None:
    """A password with control characters, or too short a one, is refused; the name stays unregistered."""
    (alice,) = house.signs_in("Alice")
    alice.send(Claim(text=password))

    assert ["unusable_password"] == alice.hears_codes()
    assert 0 == len(house.chat.accounts)


def test_a_claim_that_can_not_be_kept(house: House) -> None:
    """If the disk is full the name stays unregistered, and can be registered later."""
    (alice,) = house.signs_in("Alice")
    alice.send(Claim(text=RIGHT))
    house.journal.fail(NotSaved())
    house.turn()
    refused = alice.hears_codes()
    claims(house, alice)

    assert (["not_saved"], 1) == (refused, len(house.chat.accounts))


def test_claiming_twice(house: House) -> None:
    """A name can be registered only once."""
    alice = owner(house, "Alice")
    alice.send(Claim(text=RIGHT))
    stranger = house.connects()
    stranger.send(Claim(sender="alice", text=RIGHT))

    assert (["already_claimed"], ["already_claimed"]) == (alice.hears_codes(), stranger.hears_codes())


def test_claiming_and_coming_in(house: House) -> None:
    """A free name can be registered before signing in; a name that a guest has can't."""
    house.signs_in("Bob")
    alice, bob = house.connects(), house.connects()
    alice.send(Claim(sender="Alice", text=RIGHT))
    bob.send(Claim(sender="Bob", text=RIGHT))
    for _ in range(3):
        house.turn()

    assert (["Welcome to ClassChat, Alice!"], ["username_taken"]) == (alice.hears_texts(), bob.hears_codes())
    assert ["Alice", "Bob"] == house.users()


def test_a_claim_by_who_comes_in_that_can_not_be_kept(house: House) -> None:
    """If a claim at sign-in can't be kept, the user is not signed in, and the name stays free."""
    alice = house.connects()
    alice.send(Claim(sender="Alice", text=RIGHT))
    house.journal.fail(NotSaved())
    house.turn()

    assert (["not_saved"], [], False) == (alice.hears_codes(), house.users(), alice.session.registered)


def test_a_server_without_claims() -> None:
    """With closed claims no name can be registered; with `names claimed` guests are refused."""
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
    """The number of accounts is limited."""
    house = House(Limits(accounts=1))
    owner(house, "Alice")
    (bob,) = house.signs_in("Bob")
    bob.send(Claim(text=RIGHT))

    assert ["too_many"] == bob.hears_codes()


def test_a_user_who_leaves_before_the_claim_is_stored(house: House) -> None:
    """A claim by a client that leaves before the commit holds, with its rooms at the next sign-in."""
    (alice,) = house.signs_in("Alice")
    house.room("CS350", alice)
    alice.send(Claim(text=RIGHT))
    alice.vanishes()
    house.turn()
    again = device(house, "Alice")

    assert (["Welcome to ClassChat, Alice!"], ["Alice"]) == (again.hears_texts(), house.members("CS350"))


def test_a_user_who_leaves_while_the_password_is_hashed() -> None:
    """A client that leaves during the hashing registers nothing, not even if another user took the name."""
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
    """The first claim wins; a user who took the name before its commit is disconnected."""
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
    """From the claim on, similar names are refused."""
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
    """After a failed claim, a similar name is free when the bearer has left."""
    (alice,) = house.signs_in("Alice")
    alice.send(Claim(text=RIGHT))
    house.journal.fail(NotSaved())
    house.turn()
    alice.vanishes()
    (similar,) = house.signs_in("\u0410lice")

    assert similar.session.registered


def test_many_claims_from_one_address() -> None:
    """Claims from one address are limited."""
    house = House(GUARDED)
    codes = []
    for number in range(21):
        client = stranger(house, "192.0.2.1")
        client.send(Claim(sender=f"name{number}", text=RIGHT))
        for _ in range(3):
            house.turn()
        codes += client.hears_codes()

    assert (["too_many"], 20) == (codes, len(house.chat.accounts))


@pytest.mark.parametrize("leaves", [True, False])
def test_who_is_put_out_while_the_claim_is_on_its_way(house: House, leaves: bool) -> None:
    """A claim records its owner's rooms; a later order in the log still takes effect."""
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
