"""Absences: a user is away only if all their clients are, and those who watch the user are told."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from classchat.core.events import AccountClaimed, AwaySet
from classchat.core.model import User
from classchat.core.ports import Peer
from classchat.limits import Limits
from classchat.messages import Away, Back, Claim
from tests.unit.core.helpers import RIGHT, device, owner, passes
from tests.unit.core.personal import Words, phone, reads, signs_in
from tests.unit.helpers import House


@pytest.fixture
def house() -> House:
    """Return a house with nobody in it."""
    return House()


def away(house: House, name: str) -> str | None:
    """Return the away message of a user, or of the owner of an account."""
    return house.chat.accounts.by_key(name.lower()).user.away  # type: ignore[union-attr]


def test_watchers_are_told_once(house: House) -> None:
    """Clients in several rooms with the user are told once, of each change; others, and the user, of none."""
    words = Words()
    alice, bob, carol = signs_in(house, words, "Alice", "Bob", "Carol")
    (json,) = house.signs_in("Json")
    for room in ("A", "B"):
        house.room(room, alice, bob, json)
    house.room("C", carol)
    bob.send(Away(text="at lunch"))
    bob.send(Away(text="at lunch"))
    bob.send(Away(text="at home"))
    bob.send(Back())
    bob.send(Back())

    assert ["AwaySet Bob at lunch", "AwaySet Bob at home", "AwaySet Bob"] == reads(alice)
    assert [] == reads(carol) == json.hears()
    assert not any("AwaySet" in line for line in reads(bob))


def test_a_user_is_away_only_if_all_clients_are(house: House) -> None:
    """A client with a personal codec is away for itself; the newest message is the user's."""
    words = Words()
    laptop, (bob,) = owner(house, "Alice"), signs_in(house, words, "Bob")
    house.room("R", laptop, bob)
    one, two = phone(house, "Alice", words), phone(house, "Alice", words)
    one.send(Away(text="1"))
    two.send(Away(text="2"))
    assert (None, []) == (away(house, "Alice"), reads(bob))

    laptop.vanishes()
    assert ("2", ["AwaySet Alice 2"]) == (away(house, "Alice"), reads(bob))

    one.send(Away(text="3"))
    assert ("3", ["AwaySet Alice 3"]) == (away(house, "Alice"), reads(bob))

    two.send(Back())
    assert (None, ["AwaySet Alice"]) == (away(house, "Alice"), reads(bob))

    two.vanishes()
    assert ("3", ["AwaySet Alice 3"]) == (away(house, "Alice"), reads(bob))


def test_a_client_that_is_away_without_a_message(house: House) -> None:
    """Its absence counts, and the message of another client is the user's."""
    words = Words()
    laptop = owner(house, "Alice")
    one, two = phone(house, "Alice", words), phone(house, "Alice", words)
    laptop.vanishes()
    one.send(Away(text="1"))
    two.send(Away(text="*"))
    assert "1" == away(house, "Alice")

    one.vanishes()
    assert "" == away(house, "Alice")


def test_json_clients_are_away_together(house: House) -> None:
    """What one says holds for all that are there, and for those that sign in later, until `back`."""
    laptop = owner(house, "Alice")
    tablet = device(house, "Alice")
    laptop.send(Away(text="at lunch"))
    assert "at lunch" == away(house, "Alice")

    later = device(house, "Alice")
    laptop.vanishes()
    tablet.vanishes()
    assert "at lunch" == away(house, "Alice")

    later.send(Back())
    assert away(house, "Alice") is None


def test_json_clients_stay_away_over_a_return(house: House) -> None:
    """The owner of an account who leaves and returns is still away; one who was by IRC is not."""
    laptop = owner(house, "Alice")
    laptop.send(Away(text="at lunch"))
    laptop.vanishes()
    passes(house, Limits.absence)
    device(house, "Alice").vanishes()
    assert "at lunch" == away(house, "Alice")

    irc = phone(house, "Alice", Words())
    assert away(house, "Alice") is None
    irc.send(Away(text="detached"))
    assert "detached" == away(house, "Alice")

    irc.vanishes()
    assert "at lunch" == away(house, "Alice")


def test_json_and_irc_clients(house: House) -> None:
    """`away` holds for all clients that are there; an IRC client that is back is here, and so is the user."""
    laptop, words = owner(house, "Alice"), Words()
    irc = phone(house, "Alice", words)
    laptop.send(Away(text="at lunch"))
    assert "at lunch" == away(house, "Alice")

    irc.send(Back())
    assert away(house, "Alice") is None

    irc.send(Away(text="brb"))
    assert "brb" == away(house, "Alice")

    laptop.send(Back())
    assert away(house, "Alice") is None
    irc.vanishes()
    assert away(house, "Alice") is None


def test_away_without_a_text(house: House) -> None:
    """An empty message is one."""
    laptop = owner(house, "Alice")
    laptop.send(Away())

    assert "" == away(house, "Alice")


def test_claims_are_told(house: House) -> None:
    """Those who share a room with a guest are told that the name is an account now; listeners as well."""
    words, heard = Words(), list[tuple[str, object, Collection[Peer]]]()
    alice, bob = signs_in(house, words, "Alice", "Bob")
    house.room("R", alice, bob)

    def listens(user: User, event: AwaySet | AccountClaimed, told: Collection[Peer]) -> None:
        heard.append((user.name, event, told))

    house.chat.watchers.listeners.append(listens)
    bob.send(Claim(text=RIGHT))
    house.settles()

    assert ["AccountClaimed Bob"] == reads(alice)
    assert [("Bob", AccountClaimed("Bob"), [alice.peer])] == heard
