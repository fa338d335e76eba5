"""Manners: what a client with a personal codec adds to its messages."""

from __future__ import annotations

import pytest

from classchat.core.manners import Manner, Uttered
from classchat.limits import Limits
from classchat.messages import Mute, Say, Tell
from tests.unit.core.helpers import owner
from tests.unit.core.personal import Words, reads, signs_in
from tests.unit.helpers import Client, House

NOTICE = Manner(notice=True, label="7")
LINES = Manner(lines=("a", "b"))


@pytest.fixture
def house() -> House:
    """Return a house with nobody in it."""
    return House()


def utters(client: Client, command: Say | Tell, manner: Manner = NOTICE, *, aside: bool = False) -> None:
    """Send a message in a manner of its own."""
    client.send(Uttered(command, manner, aside))  # type: ignore[arg-type]


def test_members_with_a_personal_codec_are_told_the_manner(house: House) -> None:
    """Only personal codecs learn it; others read the message to the letter, also when they read it later."""
    words = Words()
    (alice, bob), (json,) = signs_in(house, words, "Alice", "Bob"), house.signs_in("Json")
    house.room("R", alice, bob, json)
    utters(alice, Say(receiver="R", text="Hello"))
    utters(alice, Say(receiver="R", text="a\nb"), LINES)
    house.turn()

    assert ["own Alice>R: Hello notice 7", "own Alice>R: a", "b ('a', 'b')"] == reads(alice)
    assert ["Alice>R: Hello notice 7", "Alice>R: a", "b ('a', 'b')"] == reads(bob)
    assert ["Hello", "a\nb"] == json.hears_texts("group")


def test_private_messages_have_manners(house: House) -> None:
    """A private message is told in its manner to receiver and sender."""
    words = Words()
    (alice, bob), (json,) = signs_in(house, words, "Alice", "Bob"), house.signs_in("Json")
    utters(alice, Tell(receiver="Bob", text="Hi"))
    utters(alice, Tell(receiver="Json", text="Hi"))
    house.turn()

    assert ["own Alice>Bob: Hi notice 7", "own Alice>Json: Hi notice 7"] == reads(alice)
    assert ["Alice>Bob: Hi notice 7"] == reads(bob)
    assert ["Hi"] == json.hears_texts("private")


def test_a_message_in_its_manner_is_checked_as_any_other(house: House) -> None:
    """Rights, names, lengths and mutes hold; a request about an order under way waits for it."""
    (alice, bob), (carol,) = house.signs_in("Alice", "Bob"), signs_in(house, Words(), "Carol")
    house.room("R", alice, carol)
    utters(bob, Say(receiver="R", text="x"))
    utters(bob, Tell(receiver="Nobody", text="x"))
    utters(bob, Tell(receiver="Nobody", text="x"), aside=True)
    utters(bob, Tell(receiver="Alice", text="x" * 10_001), aside=True)
    assert ["not_a_member", "user_not_found", "user_not_found", "too_long"] == bob.hears_codes()

    alice.send(Mute(receiver="R", user="Carol"))
    utters(carol, Say(receiver="R", text="x"))
    house.settles()
    assert "x" not in alice.hears_texts("group")


def test_messages_with_manners_are_limited_as_others(house: House) -> None:
    """They count as messages towards the rate limit of the user."""
    house = House(Limits())
    (alice, _), per_burst = house.signs_in("Alice", "Bob"), Limits().messages
    assert per_burst is not None
    for _ in range(per_burst.burst):
        utters(alice, Tell(receiver="Bob", text="x"))
    assert [] == alice.peer.rests

    utters(alice, Tell(receiver="Bob", text="x"), aside=True)
    assert 1 == len(alice.peer.rests)


def test_before_signing_in_nothing_is_uttered(house: House) -> None:
    """A client that has not signed in is refused."""
    client = house.connects()
    utters(client, Tell(receiver="Bob", text="x"))

    assert ["not_registered"] == client.hears_codes()


def test_an_aside_is_for_one_personal_client(house: House) -> None:
    """The newest personal client of the user is told, and the sender; nothing is stored."""
    words = Words()
    (alice, bob), before = signs_in(house, words, "Alice", "Bob"), house.journal.appended
    utters(alice, Tell(receiver="bob", text="VERSION"), aside=True)

    assert ["own Alice>Bob: VERSION notice 7"] == reads(alice)
    assert ["Alice>Bob: VERSION notice 7"] == reads(bob)
    assert before == house.journal.appended


def test_an_aside_to_a_user_without_a_personal_client(house: House) -> None:
    """No client of others is told, whether the user is connected or an absent owner of an account."""
    words = Words()
    (alice,), (bob,), absent = signs_in(house, words, "Alice"), house.signs_in("Bob"), owner(house, "Carol")
    absent.vanishes()
    house.journal.clock.advance(Limits.absence)
    house.settles()
    for name in ("Bob", "Carol"):
        utters(alice, Tell(receiver=name, text="PING"), aside=True)

    assert ["own Alice>Bob: PING notice 7", "own Alice>Carol: PING notice 7"] == reads(alice)
    assert [] == bob.hears()


def test_a_client_waits_while_the_journal_is_full(house: House) -> None:
    """A message that fills the journal is waited for, as any other."""
    (alice, _) = house.signs_in("Alice", "Bob")
    house.journal.full = True

    waiting = alice.session.handle(Uttered(Tell(receiver="Bob", text="x")))
    assert waiting is not None
    waiting.close()
