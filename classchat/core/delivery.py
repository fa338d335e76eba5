"""One batch on its way to those who should hear it."""

from __future__ import annotations

from classchat.core.ports import Peer
from classchat.core.rooms import Room
from classchat.core.users import User


class Delivery:
    """Gathers what a batch means for each client: one joined buffer a room, one write a client.

    Lines of one room, and lines to one client, stay in the order in which they came.
    """

    def __init__(self) -> None:
        self._rooms: dict[Room, list[bytes]] = {}
        self._entered: dict[Room, dict[User, int]] = {}
        self._peers: dict[Peer, list[bytes]] = {}

    def to_room(self, room: Room, line: bytes) -> None:
        """Let all members hear it."""
        lines = self._rooms.get(room)
        if lines is None:
            self._rooms[room] = [line]
        else:
            lines.append(line)

    def to_peer(self, peer: Peer, lines: bytes) -> None:
        """Let one client hear it."""
        waiting = self._peers.get(peer)
        if waiting is None:
            self._peers[peer] = [lines]
        else:
            waiting.append(lines)

    def enter(self, room: Room, user: User) -> None:
        """Make a user a member, who hears what comes from here on."""
        room.members.add(user)
        if lines := self._rooms.get(room):
            self._entered.setdefault(room, {})[user] = len(lines)

    def exit(self, room: Room, user: User) -> None:
        """Make a user a member no more, who hears what came up to here."""
        room.members.discard(user)
        entered_at = self._entered.get(room, {}).pop(user, 0)
        if unheard := self._rooms.get(room, [])[entered_at:]:
            self._to_user(user, b"".join(unheard))

    def send(self) -> None:
        """Write it all.

        A peer that can't take it hangs up while being written to, and whoever it was leaves his
        rooms: nothing of the chat is walked while writing.
        """
        for room, lines in self._rooms.items():
            joined = b"".join(lines)
            entered = self._entered.get(room, {})
            for user in room.members:
                entered_at = entered.get(user, 0)
                self._to_user(user, b"".join(lines[entered_at:]) if entered_at else joined)
        for peer, waiting in self._peers.items():
            peer.write(b"".join(waiting))

    def _to_user(self, user: User, lines: bytes) -> None:
        for peer in user.peers:
            self.to_peer(peer, lines)
