"""How much of a batch is committed in one go."""

from __future__ import annotations

from classchat.core.entries import Entry, Joined, Said, Whispered
from classchat.core.model import Room, User
from classchat.core.persons import Dialog, Person
from classchat.journal.portions import EVENT, is_one, portion

ROOM = Room("CS350", "#cs350")
TEXT = "x" * 36
"""Of which one reader hears 100 bytes, about."""


def user(number: int) -> User:
    """Return a user."""
    return User(f"U{number}", Person(f"U{number}", f"u{number}", b"", number))


def told(number: int, text: str = TEXT) -> Whispered:
    """Return a private message."""
    return Whispered(ALICE, None, None, text, Dialog("1:2"), PEOPLE[number])


ALICE, PEOPLE = user(0), [user(number) for number in range(1, 50)]


def test_what_many_are_told_in_private_is_one_portion() -> None:
    """Each of them hears their own only, however much it is together."""
    batch: list[Entry] = [told(number) for number in range(40)]

    assert (True, 40) == (is_one(batch, 1_000), portion(batch, 1_000).entries)


def test_what_one_person_is_told_is_cut() -> None:
    """Messages to one person count together, and separately from those to others."""
    batch: list[Entry] = [told(number % 2) for number in range(40)]

    assert (False, (20, 20 * 36)) == (is_one(batch, 1_000), portion(batch, 1_000))


def test_what_rooms_hear_counts_together() -> None:
    """A receiver of private messages may be in all the rooms as well, so these count together."""
    said = Said(ALICE, None, None, TEXT, ROOM)
    batch: list[Entry] = [*[told(0)] * 5, *[said] * 20]

    assert (False, 10) == (is_one(batch, 1_000), portion(batch, 1_000).entries)


def test_there_is_always_something() -> None:
    """A text that is larger than a portion is one."""
    assert 1 == portion([told(0, "x" * 5_000), told(0)], 1_000).entries


def test_what_happens_in_a_room_counts_as_well() -> None:
    """Joins of one room are cut as messages are: each is a line of about 160 bytes for all members."""
    batch: list[Entry] = [Joined(user, None, None, ROOM) for user in PEOPLE[:40]]

    assert (False, (6, 6 * EVENT)) == (is_one(batch, 1_000), portion(batch, 1_000))


def test_a_batch_of_ascii_texts_is_not_counted_entry_by_entry() -> None:
    """Ten messages of 100 bytes fill a portion of 1000 exactly; one letter with an accent is too much."""
    batch: list[Entry] = [Said(ALICE, None, None, TEXT, ROOM) for _ in range(10)]
    accented = [*batch[1:], Said(ALICE, None, None, "é" * 36, ROOM)]

    assert (True, 10) == (is_one(batch, 1_000), portion(batch, 1_000).entries)
    assert (False, 9) == (is_one(accented, 1_000), portion(accented, 1_000).entries)
