"""The rows of a batch, as the writer of every engine takes them, and the outcome of its transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from classchat.core.acts import Act
from classchat.core.stored import Ownership

COLUMNS = """(id, conversation, seq, time, sender, sender_key, text, request, receiver, to_person, person)
    VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
INSERT = f"INSERT INTO messages{COLUMNS}"

Row = tuple[Any, ...]

Kept = tuple[int, int, bool]
"""A message's number, its time in milliseconds, and whether it repeats an earlier one's `id`."""


class Message(NamedTuple):
    """A message to keep: to a room, or to one person."""

    conversation: str
    """The key of a room or a private conversation."""

    sender: str
    sender_key: str
    text: str
    request: str | None = None
    """The client's `id` for it."""

    receiver: str | None = None
    """The receiver's name as it is shown; None for a room's message."""

    to_person: int | None = None
    """The receiver's person number; None for a room's message."""

    person: int | None = None
    """The sender's person number: a name may belong to another person later."""


class PersonRow(NamedTuple):
    """A person with a token. New persons get numbers after `Store.last_person`."""

    number: int
    name: str
    key: str
    token_hash: bytes


class Outcome(NamedTuple):
    """What a transaction with a batch changes in the cached state, once it is committed."""

    kept: list[Kept]
    last_id: int
    time: int
    places: Mapping[str, Sequence[int]]
    acts: Sequence[Sequence[Act]]
    refused: Collection[int]
    elsewhere: Sequence[Ownership]
