"""Batches that can't be stored: they are undone, and the clients that asked for their entries are refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from classchat.core.entries import (
    Announced,
    Aside,
    Created,
    Deleted,
    Entry,
    Evicted,
    Joined,
    Left,
    Located,
    NodeLost,
    Noted,
    Ordered,
    Renamed,
    Ruled,
    Said,
    Signalled,
    SignedOut,
    Whispered,
)
from classchat.core.ground import Ground
from classchat.core.node_entries import NodeEntries
from classchat.core.renames import Renames
from classchat.errors import ChatError
from classchat.messages import Error
from classchat.names import SERVER


class Undoing:
    """Takes back entries that were granted."""

    def __init__(self, ground: Ground, renames: Renames, of_nodes: NodeEntries) -> None:
        directory = ground.directory
        self._users, self._rooms, self._watchers = directory.users, directory.rooms, directory.watchers
        self._measures = ground.measures
        self._renames = renames
        self._of_nodes = of_nodes

    def take_back(self, batch: Sequence[Entry], reason: ChatError) -> None:
        """Undo a batch that could not be stored, and refuse its requests: the journal calls it instead."""
        for entry in reversed(batch):  # later entries were granted on the assumption that earlier ones hold
            match entry:
                case Created():
                    entry.room.forsake(entry.user)
                    self._rooms.remove(entry.room)
                case Joined():
                    entry.room.forsake(entry.user)
                    if entry.peer is not None:
                        entry.room.catching_up.pop(entry.peer, None)
                case Left():
                    self._stay(entry)
                case Renamed():
                    self._renames.take_back(entry)
                case Noted():
                    entry.lost = True
                case Ordered():
                    self.withdraw(entry)
                case Ruled():
                    entry.pending.take_back(entry)
                case Located() | SignedOut() | NodeLost() | Announced() | Evicted() | Aside() | Signalled():
                    self._of_nodes.take_back(entry, reason)
                case Said() | Whispered() | Deleted():
                    pass
                case _:
                    assert_never(entry)
        for entry in batch:
            if entry.peer is not None and not (isinstance(entry, Ordered) and entry.overtaken):
                entry.peer.tell(self.refusal(entry, reason))

    def _stay(self, entry: Left) -> None:
        """Undo a departure from a room, unless the client has disconnected."""
        room, departure = entry.room, entry.departure
        if departure is not None and entry.user.account is not None and entry.user.connected:
            return  # the owner of an account is back on another node
        if entry.peer in entry.user.peers:
            room.enlist(entry.user)
        elif entry.user in room.members:
            room.members.discard(entry.user)
            if departure is not None:  # it is no less true than if it was stored
                for peer in departure.new(self._watchers.of([room])):
                    peer.tell(departure.event)

    def withdraw(self, entry: Ordered) -> None:
        """Undo an order: the users whom it removes are members again."""
        room = entry.room
        room.wanted -= 1
        room.order.end()
        for user in entry.out:
            if user.account is None and user not in self._users:
                room.members.discard(user)
            elif room not in user.rooms:
                room.enlist(user)

    def refusal(self, entry: Entry, reason: ChatError) -> Error:
        """Count a refusal, and return the error for the client that has asked for an entry."""
        self._measures.refused(reason)
        id, room = entry.id, None
        if isinstance(entry, Said | Whispered) and entry.manner is not None:
            id = entry.manner.label
        elif isinstance(entry, Said) and entry.peer is not None and entry.peer.echoes is not None:
            room = entry.conversation.name  # the client has no other name for its request
        return Error(SERVER, entry.user.name, reason.text, code=reason.code, id=id, room=room)
