"""Entries: what the journal gives them."""

from __future__ import annotations

from classchat.core.entries import Joined, Said, Whispered
from classchat.core.rooms import Dialog, Room
from classchat.core.users import User
from tests.unit.helpers import NOW


def test_messages_are_numbered_in_their_conversation() -> None:
    """Each message takes its conversation's next number, from 1, and another conversation has its own."""
    alice, room, dialog = User("Alice"), Room("CS350"), Dialog()
    entries = [
        Said(alice, None, None, "a", room),
        Whispered(alice, None, None, "b", alice, dialog),
        Said(alice, None, None, "c", room),
    ]
    for entry in entries:
        entry.commit(NOW)

    assert [(1, NOW), (1, NOW), (2, NOW)] == [(entry.seq, entry.time) for entry in entries]


def test_what_is_no_message_has_a_time_and_no_number() -> None:
    """Coming and going is stamped, and leaves no gap in the numbers of what is said."""
    room = Room("CS350")
    entry = Joined(User("Alice"), None, None, room)
    entry.commit(NOW)

    assert (NOW, 0) == (entry.time, room.last_seq)
