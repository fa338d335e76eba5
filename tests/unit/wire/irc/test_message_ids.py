"""The ids of messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classchat.wire.irc.message_ids import MessageIds, number_of
from tests.tables import each_case

THEN, LATER = "2026-11-23T10:00:00.123Z", "2026-11-23T10:00:00.124Z"
IDS = MessageIds(lambda: "epoch-1")


@given(st.integers(0, 10**18 - 1))
def test_an_id_leads_back(number: int) -> None:
    """An id leads back to the number."""
    prefix = IDS.of_room("CS350")

    assert number == number_of(f"{prefix}{number}", prefix)


def test_the_id_of_a_private_message() -> None:
    """The id of a private message leads back to its number, whatever the users are named now."""
    assert 7 == IDS.number_between(IDS.between("Alice", "Bob", THEN, 7))


@each_case("msgid", ["", "7", ".7", "epoch-1.7", "epoch-2.x.7", "epoch-1.x.", "epoch-1.x.-7"])
def test_what_is_no_id_of_a_private_message(msgid: str) -> None:
    """An id of another journal, or a part of an id, is not valid."""
    assert IDS.number_between(msgid) is None


def test_a_conversation_has_one_prefix() -> None:
    """Case does not matter, and neither does it who of two users is named first."""
    assert IDS.of_room("CS350") == IDS.of_room("cs350")
    assert IDS.between("Alice", "bob", THEN, 7) == IDS.between("Bob", "alice", THEN, 7)


def test_another_user_with_the_same_name() -> None:
    """The numbers begin again with another guest of a name; the time tells the messages apart."""
    assert IDS.between("Alice", "Bob", THEN, 1) != IDS.between("Alice", "Bob", LATER, 1)


def test_conversations_differ() -> None:
    """The ids of rooms, of private conversations, and of other journals differ."""
    prefixes = [
        IDS.of_room("Alice"),
        IDS.of_room("Bob"),
        IDS.between("Alice", "Bob", THEN, 7),
        IDS.between("Alice", "Alice", THEN, 7),
        MessageIds(lambda: "epoch-2").of_room("Alice"),
    ]

    assert len(prefixes) == len(set(prefixes))


@each_case("number", ["", "-1", "1.5", "x", "²", "1 ", "9" * 19])
def test_what_is_no_id(number: str) -> None:
    """Anything else than a number behind the prefix is no id."""
    prefix = IDS.of_room("CS350")

    assert number_of(f"{prefix}{number}", prefix) is None


def test_the_id_of_another_conversation() -> None:
    """An id of another conversation is not valid in this one."""
    assert number_of(f"{IDS.of_room('x')}7", IDS.of_room("y")) is None
