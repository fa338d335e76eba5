"""What a reader of a journal in a database returns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from classchat.core.acts import What
from classchat.core.stored import Tombstone
from classchat.journal.deletions import DeletionRow


class KeptMessage(NamedTuple):
    """A stored message."""

    id: int
    """The message's position in the whole journal; clients never see it."""

    room: str | None
    """The room's name; None for a private message."""

    seq: int
    time: int
    """Milliseconds since 1970."""

    sender: str
    receiver: str | None
    """The user to whom it was sent; None for a room's message."""

    text: str
    """The text; `""` if it was deleted."""

    deleted_by: str | None = None
    """The user who has deleted it; None if nobody has."""

    deleted: int | None = None
    """When it was deleted, in milliseconds."""

    file: str | None = None
    """What is known of the file that is shared with it, as JSON: see `file_rows`."""

    @property
    def shown(self) -> str:
        """The text as documents have it: it says so where the message was deleted."""
        return self.text if self.deleted_by is None else Tombstone(self.deleted_by, "").text


class PersonFound(NamedTuple):
    """A person who is recognized by a token."""

    number: int
    name: str
    key: str
    former: Sequence[str]
    """The keys of former names, the newest last."""

    restrictions: Sequence[tuple[str, What, str]]
    """The mutes and bans of former names: the key of the room, the kind, and the key of the name."""

    partners: Sequence[int]
    """The other persons of private conversations."""


class DialogRow(NamedTuple):
    """A private conversation of one person."""

    other: str
    """The key of the other user's name."""

    last_seq: int
    conversation: str
    """The key of the conversation."""


class HistoryPage(NamedTuple):
    """A part of a conversation."""

    messages: list[KeptMessage]
    """Oldest first."""

    more: bool
    """Whether there are more messages in the direction of reading."""

    oldest: int
    """The number of the oldest message that is not deleted, or of the next one if all are."""


class Missed(NamedTuple):
    """The messages that a person missed."""

    messages: list[KeptMessage]
    """Oldest first."""

    left_out: int
    """The number of older messages that are left out."""

    deletions: Sequence[DeletionRow] = ()
    """The deletions of messages that the person's client has."""


class Found(NamedTuple):
    """The results of a search so far."""

    messages: list[KeptMessage]
    """Newest first."""

    before: int | None
    """Where to continue; None if the search is complete."""
