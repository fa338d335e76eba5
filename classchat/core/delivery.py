"""One batch on its way to those who should hear it."""

from __future__ import annotations

from classchat.core.model import Room, User
from classchat.core.ports import Encode, Peer
from classchat.messages import Event

_LARGE = 65_536
"""Bytes from which on what a room hears is kept in pieces, shared by all members for whom they wait."""

_PIECE = 32_768
"""Bytes of such a piece, about: it ends with the line that fills it."""


class Delivery:
    """Gathers what a batch means for each client: one joined buffer a room, one write a client.

    Events of one room, and events to one client, stay in the order in which they came; what is to
    a client alone comes before what is to his rooms.
    """

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._rooms: dict[Room, list[Event]] = {}
        self._entered: dict[Room, dict[User, int]] = {}
        self._peers: dict[Peer, list[Event]] = {}
        self._speakers: dict[Peer, None] = {}
        self._trouble: Exception | None = None

    def to_room(self, room: Room, event: Event) -> None:
        """Let all members hear it."""
        events = self._rooms.get(room)
        if events is None:
            self._rooms[room] = [event]
        else:
            events.append(event)

    def to_peer(self, peer: Peer, event: Event) -> None:
        """Let one client hear it."""
        events = self._peers.get(peer)
        if events is None:
            self._peers[peer] = [event]
        else:
            events.append(event)

    def spoke(self, peer: Peer) -> None:
        """Write to a client after all others: who hears what he said goes on, and that would be a new batch.

        The more a batch holds, the less each message of it costs.
        """
        self._speakers[peer] = None

    def enter(self, room: Room, user: User) -> None:
        """Make a user a member, who hears what comes from here on."""
        room.members.add(user)
        if events := self._rooms.get(room):
            self._entered.setdefault(room, {})[user] = len(events)

    def exit(self, room: Room, user: User) -> None:
        """Make a user a member no more, who hears what came up to here."""
        if user not in room.members:
            return  # it was put out before, and what came since then is not its to hear
        room.members.discard(user)
        entered_at = self._entered.get(room, {}).pop(user, 0)
        for peer in user.peers:
            for event in self._rooms.get(room, [])[entered_at:]:
                self.to_peer(peer, event)

    def send_before(self, room: Room) -> None:
        """Write all that came so far, if the room heard any of it: an order's answer comes after that."""
        if room in self._rooms:
            self._write()
            for gathered in (self._rooms, self._entered, self._peers, self._speakers):
                gathered.clear()

    def send(self) -> None:
        """Write it all."""
        self._write()
        if self._trouble is not None:
            raise self._trouble

    def _write(self) -> None:
        """Write what is gathered.

        A peer that can't take it hangs up while being written to, and whoever it was leaves his
        rooms: nothing of the chat is walked while writing.
        """
        writes = {peer: self._encode(*events) for peer, events in self._peers.items()}
        more: dict[Peer, list[bytes]] = {}  # follows that, where it is much
        for room, events in self._rooms.items():
            joined = self._encode(*events)
            entered = self._entered.get(room, {})
            rest: list[bytes] = []
            if len(joined) > _LARGE and not entered:
                joined, *rest = _pieces(joined)
            for user in room.members:
                lines = joined
                if user in entered:
                    lines = self._encode(*events[entered[user] :])
                for peer in user.peers:
                    before = writes.get(peer)
                    writes[peer] = lines if before is None else before + lines
            if rest:
                for peer in [peer for user in room.members for peer in user.peers]:
                    more.setdefault(peer, []).extend(rest)
        for peer in self._speakers:
            own = writes.pop(peer, None)
            if own is not None:
                writes[peer] = own
        for peer, lines in writes.items():
            try:
                peer.write(lines)
            except Exception as error:  # a bug: it must not cost the others anything
                self._trouble = error
        for peer, pieces in more.items():
            try:
                for piece in pieces:
                    peer.write(piece)
            except Exception as error:  # the same
                self._trouble = error


def _pieces(lines: bytes) -> list[bytes]:
    """Return lines in pieces."""
    pieces = []
    start = 0
    while start < len(lines):
        end = lines.find(b"\n", start + _PIECE) + 1 or len(lines)
        pieces.append(lines[start:end])
        start = end
    return pieces
