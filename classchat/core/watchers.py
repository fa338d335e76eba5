"""Watchers: the clients with a personal codec, which are told what happens to users who share a room."""

from __future__ import annotations

from collections.abc import Callable, Collection

from classchat.core.delivery import Delivery
from classchat.core.events import AccountClaimed, AwaySet
from classchat.core.model import Room, User
from classchat.core.ports import Peer

Listener = Callable[[User, AwaySet | AccountClaimed, Collection[Peer]], None]
"""Gets what has happened to a user, and the clients that were told of it."""


class Watchers:
    """The users with such clients. Where there are none, nothing is looked for."""

    def __init__(self) -> None:
        self._users: dict[User, None] = {}
        self.listeners: list[Listener] = []
        """Who else is told at once what happens to any user."""

    def add(self, user: User, peer: Peer) -> None:
        """Add the user of a client that gets events from now on."""
        if peer.codec.personal:
            self._users[user] = None

    def remove(self, user: User) -> None:
        """Remove a user if none of their clients is one. Harmless twice."""
        if user in self._users and not any(peer.codec.personal for peer in user.peers):
            del self._users[user]

    def of(self, rooms: Collection[Room], user: User | None = None) -> list[Peer]:
        """Return the clients of the members of some rooms, each once, but for those of one user."""
        if not self._users:
            return []
        watching: Collection[User]
        if sum(len(room.members) for room in rooms) < len(self._users):
            watching = {member for room in rooms for member in room.members if member in self._users}
        else:
            watching = [one for one in self._users if any(one in room.members for room in rooms)]
        return [peer for one in watching if one is not user for peer in one.peers if peer.codec.personal]

    def tell(self, user: User, event: AwaySet | AccountClaimed) -> None:
        """Tell those who share a room with a user what has happened to that user."""
        peers = self.of([room for room in user.rooms if user in room.members], user)
        delivery = Delivery()
        delivery.to_each(peers, event)
        delivery.send()
        for listener in self.listeners:
            listener(user, event, peers)
