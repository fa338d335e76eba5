"""Entries: the numbers and times from the journal."""

from __future__ import annotations

from classchat.core.entries import Joined, Said, Whispered
from classchat.core.model import Room
from tests.unit.helpers import NOW, user


def test_a_message_has_the_number_that_its_conversation_has_come_to() -> None:
    """A message gets its time and number, and its conversation continues from there."""
    alice, room = user("Alice"), Room("CS350", "#CS350")
    dialog = alice.person.dialog_with(alice.person)
    said, whispered = Said(alice, None, None, "a", room), Whispered(alice, None, None, "b", dialog, alice)
    said.commit(NOW, 7)
    whispered.commit(NOW, 3)

    assert [(7, NOW, False), (3, NOW, False)] == [
        (one.seq, one.time, one.repeated) for one in (said, whispered)
    ]
    assert (7, 3) == (room.last_seq, dialog.last_seq)


def test_a_repetition_leaves_the_log_as_it_is() -> None:
    """A repetition gets the time and number of the first message."""
    room = Room("CS350", "#CS350", last_seq=9)
    said = Said(user("Alice"), None, "id", "a", room)
    said.repeat("earlier", 4)

    assert ("earlier", 4, True, 9) == (said.time, said.seq, said.repeated, room.last_seq)


def test_what_is_no_message_has_the_number_of_the_last_one() -> None:
    """Joins and leaves get a time, and no number of their own."""
    room = Room("CS350", "#CS350", last_seq=5)
    entry = Joined(user("Alice"), None, None, room)
    entry.commit(NOW)

    assert (NOW, 5, 5) == (entry.time, entry.seq, room.last_seq)
