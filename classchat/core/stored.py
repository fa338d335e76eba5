"""The results of the journal: stored messages, accounts, and the state at the start of a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from classchat.core.acts import Change, Location, Seat
from classchat.core.events import PrivateDeleted
from classchat.core.ports import Peer
from classchat.core.shared_files import SharedFile, told_to
from classchat.messages import Group, Private


class Tombstone(Struct, frozen=True, gc=False):
    """What is left of a message that was deleted, besides its number, its author and its time."""

    by: str
    """The user who has deleted it."""

    time: str
    """When that was: RFC 3339 in UTC with milliseconds."""

    @property
    def text(self) -> str:
        """What stands in place of the text, for clients that know nothing of this."""
        return f"[deleted by {self.by}]"


class StoredPlace(NamedTuple):
    """What no two stored messages have in common."""

    private: bool
    sender: str
    receiver: str
    seq: int
    time: str


class StoredMessage(Struct, frozen=True, gc=False):
    """A message as the journal has stored it."""

    seq: int
    time: str
    sender: str
    receiver: str
    """The room, or the user who received it."""

    text: str
    """The text; `""` if it was deleted."""

    private: bool
    tombstone: Tombstone | None = None
    """Who has deleted it, and when; None if nobody has."""

    file: SharedFile | None = None

    @property
    def place(self) -> StoredPlace:
        """What only this message has."""
        return StoredPlace(self.private, self.sender, self.receiver, self.seq, self.time)

    def event(self, peer: Peer) -> Group | Private:
        """Return the event that a client gets when this message is replayed."""
        kind = Private if self.private else Group
        gone = self.tombstone
        if gone is None:
            event = kind(self.sender, self.receiver, self.text, seq=self.seq, time=self.time, replay=True)
            return event if self.file is None else told_to(peer.reader, event, self.file)
        return kind(
            self.sender,
            self.receiver,
            gone.text,
            seq=self.seq,
            time=self.time,
            replay=True,
            event="deleted",
            by=gone.by,
            deleted=gone.time,
        )


class Authorship(Struct, frozen=True):
    """Who has sent a stored message, and when."""

    sender: str
    """The name under which it was sent."""

    receiver: str
    """The room, or the name of the user who received it."""

    person: int | None
    """The number of the person; None where it is not known: an earlier version has stored the message."""

    time: int
    """Milliseconds since 1970."""

    deleted: bool
    """Whether the message was deleted."""


class StoredDeletion(Struct, frozen=True):
    """A deletion that a client may not have been told of."""

    seq: int
    sender: str
    """The user who had sent the message."""

    receiver: str
    """The room, or the user who had received it."""

    time: str
    """When it was sent."""

    tombstone: Tombstone


class SearchResults(Struct, frozen=True):
    """A page of what a search found, newest first."""

    messages: Sequence[StoredMessage]
    before: int | None
    """The start of the next page; None for the last one."""


class PrivateDeletion(Struct, frozen=True):
    """A deletion in a private conversation."""

    other: str
    """The other user, under the name that they have now."""

    deletion: StoredDeletion

    def event(self, user: str) -> PrivateDeleted:
        """Return what a user is told of it who may know it already."""
        gone = self.deletion
        return PrivateDeleted(
            user,
            self.other,
            gone.seq,
            gone.sender,
            gone.receiver,
            gone.time,
            gone.tombstone.by,
            gone.tombstone.time,
            replay=True,
        )


class MissedMessages(Struct, frozen=True):
    """The private messages that a person missed while they were not connected, oldest first."""

    messages: Sequence[StoredMessage]
    left_out: int
    """The number of older ones that are not among them: there is a limit."""

    deletions: Sequence[PrivateDeletion] = ()
    """The deletions, of messages that the client has, of which it may not have been told."""


class Latest(Struct, frozen=True):
    """The latest message of a conversation."""

    name: str
    """The room, or the other user, under the name that they have now."""

    private: bool
    seq: int
    time: str


class StoredAccount(Struct, frozen=True):
    """An account as the journal has stored it."""

    key: str
    name: str
    person: int
    ended: int | None
    """When the owner's last connection ended, in milliseconds; None while there is one."""

    operator: bool = False
    """Whether the owner was made an operator of the server."""

    unheard: int | None = None
    """The time since which the owner may have missed messages, in milliseconds; None where it is `ended`."""


class Ownership(Struct, frozen=True):
    """The owner of a name, after another program has changed something about the name."""

    key: str
    account: StoredAccount | None
    """None where the name has no owner."""


class StoredPresence(Struct, frozen=True):
    """A user who is connected to another node."""

    node: str
    here: Location


class StoredRow(NamedTuple):
    """A row of the class layer, see `core.features.rows`."""

    room: str
    session: int
    kind: str
    key: str
    value: str


class Restored(Struct, frozen=True):
    """The contents of the journal when it was opened."""

    rooms: Sequence[tuple[str, int]] = ()
    """The rooms by name, each with the number of its last message."""

    changes: Sequence[Change] = ()
    """The rows of order."""

    accounts: Sequence[StoredAccount] = ()
    created: Mapping[str, int] = {}
    """When the rooms were created, by name, in milliseconds."""

    rows: Sequence[StoredRow] = ()
    """The state of the class layer, in the order in which the rows were first written."""

    presences: Sequence[StoredPresence] = ()
    """Who is connected to other nodes."""

    seats: Sequence[Seat] = ()
    """The rooms that guests on other nodes are in."""
