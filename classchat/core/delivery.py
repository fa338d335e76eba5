"""Deliver one batch of the journal to the clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from classchat.core.departures import Departure
from classchat.core.events import Event, Own, OwnEvent
from classchat.core.model import Room, User
from classchat.core.own_events import OwnEvents, SharedBytes
from classchat.core.ports import Codec, Peer

_LARGE = 65_536
"""Bytes from which on what a room is told is written in pieces, which waiting clients share."""

_PIECE = 32_768
"""Bytes of such a piece for a client that shares it with no other, about."""

_Pieces = tuple[bytes, Sequence[bytes] | None]
"""What a client is told: the first piece, and the others where it is much, or None."""

_NOTHING: _Pieces = b"", None

_Late = bytes | Callable[[], Sequence[bytes]]
"""What a client is told last: bytes, or what puts their pieces together."""


class Delivery:
    """Collects what a batch means for each client: one buffer a room and codec, one write a client.

    The events of one room keep their order, and so do the events to one client. What is for a client alone
    comes before what is for its rooms. A client with a personal codec reads its own events (`Own`) in their
    places among those of the room; what it reads of a room with own events comes after its other rooms.
    """

    def __init__(self) -> None:
        self._rooms: dict[Room, list[Event]] = {}
        self._own: dict[Room, dict[Peer, OwnEvents]] = {}
        self._entered: dict[Room, dict[User, int]] = {}
        self._peers: dict[Peer, list[Event]] = {}
        self._speakers: dict[Peer, None] = {}
        self._last: list[tuple[Event, Sequence[Peer]]] = []
        self._gone: set[str] = set()
        self._some_empty = False
        self._trouble: Exception | None = None
        self._written = 0

    def to_room(self, room: Room, event: OwnEvent) -> None:
        """Add an event for all members of a room."""
        events = self._rooms.get(room)
        if events is None:
            self._rooms[room] = [event]
        else:
            events.append(event)

    def was_own(self, room: Room, event: OwnEvent, peers: Iterable[Peer]) -> None:
        """Make the event that was added last for a room an own one of those clients that read it as such."""
        for peer in peers:
            if peer.codec.personal:
                self.instead(room, peer, Own(event))

    def instead(self, room: Room, peer: Peer, event: Own | None) -> None:
        """Tell one client this, or nothing, instead of the event that was added last for a room."""
        of_room = self._own.get(room)
        if of_room is None:
            of_room = self._own[room] = {}
        own = of_room.get(peer)
        if own is None:
            own = of_room[peer] = OwnEvents()
        own[len(self._rooms[room]) - 1] = event

    def to_peer(self, peer: Peer, event: Event) -> None:
        """Add an event for one client."""
        events = self._peers.get(peer)
        if events is None:
            self._peers[peer] = [event]
        else:
            events.append(event)

    def spoke(self, peer: Peer) -> None:
        """Write to this client after all others.

        A client that hears its own message sends the next one, which would begin a new batch; the more
        messages a batch has, the less each of them costs.
        """
        self._speakers[peer] = None

    def depart(self, departure: Departure, peers: list[Peer]) -> None:
        """Tell clients that a user is gone, each of them once, after all that their rooms are told."""
        self._gone.add(departure.user.person.key)
        self.to_each(departure.new(peers), departure.event)

    def to_each(self, peers: Sequence[Peer], event: Event) -> None:
        """Add an event for some clients, after all that their rooms are told."""
        if peers:
            self._last.append((event, peers))

    def enter(self, room: Room, user: User) -> None:
        """Add a member, who is told what is added for the room from here on.

        A user of the same name who is gone was there before: that is told first.
        """
        if user.person.key in self._gone:
            self.send_all()
        room.members.add(user)
        if events := self._rooms.get(room):
            self._entered.setdefault(room, {})[user] = len(events)

    def exit(self, room: Room, user: User) -> None:
        """Remove a member, who is told what was added for the room up to here."""
        if user not in room.members:
            return  # removed before: what was added since then is not for this user
        room.members.discard(user)
        entered_at = self._entered.get(room, {}).pop(user, 0)
        all_own = self._own.get(room, {})
        for peer in user.peers:
            events, own = self._rooms.get(room, []), all_own.pop(peer, None)
            for event in events[entered_at:] if own is None else own.among(events, entered_at):
                self.to_peer(peer, event)

    def send_before(self, room: Room) -> None:
        """Write all that was added so far if the room is told any of it: an order is answered after that."""
        if room in self._rooms:
            self.send_all()

    def send_all(self) -> None:
        """Write all that was added so far: what is added after it is read after it."""
        self._write()
        for collected in (self._rooms, self._own, self._entered, self._peers, self._speakers):
            collected.clear()
        self._last.clear()
        self._gone.clear()

    def send(self) -> int:
        """Write everything; return how many clients were written to.

        Raises:
            Exception: what went wrong with one client, or with one codec, after all others were written to.
        """
        self._write()
        if self._trouble is not None:
            raise self._trouble
        return self._written

    def _write(self) -> None:
        """Write what was added.

        A peer that can't take it hangs up while it is written to, and its user leaves all rooms: so nothing
        that belongs to the chat is iterated over while writing.
        """
        writes: dict[Peer, bytes] = {}
        for peer, events in self._peers.items():
            try:
                data = peer.encode(events)
                if data:
                    writes[peer] = data
            except Exception as error:  # a bug: it must not cost the others anything
                self._trouble = error
        more: dict[Peer, list[bytes]] = {}  # follows that, where it is much
        late: dict[Peer, list[_Late]] = {}  # follows that, for clients with own events
        for room, events in self._rooms.items():
            entered = self._entered.get(room)
            own = self._own.get(room)
            if own or entered or more:
                self._add_to_each(room, events, entered or {}, own or {}, writes, more, late)
            else:
                self._add_to_all(room, events, writes, more)
        for event, peers in self._last:
            self._add_last(event, peers, writes, more, late)
        first = {peer: writes.pop(peer, b"") for peer in late if peer not in more} if late else {}
        for peer in self._speakers:
            last = writes.pop(peer, None)
            if last is not None:
                writes[peer] = last
        if self._some_empty:  # looked at once a batch, not once a client: a codec rarely has nothing to say
            writes = {peer: data for peer, data in writes.items() if data}
        self._written += len(writes) + len(first)
        for peer, data in writes.items():
            try:
                peer.write(data)
            except Exception as error:  # the same
                self._trouble = error
        for peer, pieces in more.items():
            self._write_pieces(peer, pieces)
        for peer, parts in late.items():
            self._write_pieces(peer, _assembled(first.get(peer, b""), parts))

    def _write_pieces(self, peer: Peer, pieces: Iterable[bytes]) -> None:
        """Write to one client what is not in one piece."""
        try:
            for piece in pieces:
                peer.write(piece)
        except Exception as error:  # a bug: it must not cost the others anything
            self._trouble = error

    def _add_to_all(
        self, room: Room, events: list[Event], writes: dict[Peer, bytes], more: dict[Peer, list[bytes]]
    ) -> None:
        """Add the events of a room, in which no user has entered it, to what its members are written.

        It is done for each member of each room of each batch: one codec for all is looked up only once.
        """
        codec: Codec | None = None
        data, rest = _NOTHING
        encoded: dict[Codec, _Pieces] = {}
        for user in room.members:
            for peer in user.peers:
                if peer.codec is not codec:
                    if codec is not None:
                        encoded[codec] = data, rest
                    codec = peer.codec
                    data, rest = encoded.get(codec) or self._encoded(codec, events)
                if peer in writes:
                    writes[peer] += data
                else:
                    writes[peer] = data
                if rest is not None:
                    more[peer] = [*rest]

    def _add_to_each(
        self,
        room: Room,
        events: list[Event],
        entered: dict[User, int],
        own: dict[Peer, OwnEvents],
        writes: dict[Peer, bytes],
        more: dict[Peer, list[bytes]],
        late: dict[Peer, list[_Late]],
    ) -> None:
        """Add the events of a room to what its members are written, behind everything that is there.

        A member who has `entered` after so many events gets only the later ones. A client with `own` events
        gets its own bytes in their places. They are put together only when they are written: no other client
        reads the same, and memory that is used again at once costs a tenth.
        """
        shared = self._shared({peer.codec for peer in own}, events)
        encoded = {codec: self._in_pieces(codec, bytes_.data) for codec, bytes_ in shared.items()}
        latest: Codec | None = None
        data, rest = _NOTHING
        for user in room.members:
            start = entered.get(user, 0) if entered else 0
            for peer in user.peers:
                if peer in own and peer.codec in shared:
                    pieces = partial(self._personal, shared[peer.codec], peer, own[peer], start)
                    late.setdefault(peer, []).append(pieces)
                    continue
                if start:
                    latest = None
                    data, rest = self._encoded(peer.codec, events[start:])
                elif peer.codec is not latest:
                    latest = codec = peer.codec
                    if codec not in encoded:
                        encoded[codec] = self._encoded(codec, events)
                    data, rest = encoded[codec]
                if more and peer in more:
                    more[peer] += [data, *(rest or ())]
                    continue
                if peer in writes:
                    writes[peer] += data
                else:
                    writes[peer] = data
                if rest is not None:
                    more[peer] = [*rest]

    def _add_last(
        self,
        event: Event,
        peers: Sequence[Peer],
        writes: dict[Peer, bytes],
        more: dict[Peer, list[bytes]],
        late: dict[Peer, list[_Late]],
    ) -> None:
        """Add an event behind everything else that some clients are written."""
        encoded: dict[Codec, _Pieces] = {}
        for peer in peers:
            if peer.codec not in encoded:
                encoded[peer.codec] = self._encoded(peer.codec, [event])
            data, _ = encoded[peer.codec]
            if peer in late:
                late[peer].append(data)
            elif peer in more:
                more[peer].append(data)
            else:
                writes[peer] = writes.get(peer, b"") + data

    def _encoded(self, codec: Codec, events: list[Event]) -> _Pieces:
        """Return what members of a room are told; nothing where the codec fails."""
        try:
            data = codec.encode(events)
        except Exception as error:  # the same
            self._trouble = error
            data = b""
        return self._in_pieces(codec, data)

    def _shared(self, codecs: Iterable[Codec], events: list[Event]) -> dict[Codec, SharedBytes]:
        """Return the bytes of a room's events, among which clients with these codecs read own ones."""
        shared: dict[Codec, SharedBytes] = {}
        for codec in codecs:
            try:
                shared[codec] = SharedBytes(codec, events)
            except Exception as error:  # a bug: it must not cost clients with other codecs anything
                self._trouble = error
        return shared

    def _personal(self, shared: SharedBytes, peer: Peer, own: OwnEvents, start: int) -> Sequence[bytes]:
        """Return what a client with own events is told; nothing where its codec fails."""
        most = _LARGE if len(shared.data) <= _LARGE else _PIECE
        try:
            return shared.with_own(peer, own, start, most)
        except Exception as error:  # the same
            self._trouble = error
            return ()

    def _in_pieces(self, codec: Codec, data: bytes) -> _Pieces:
        """Return the first piece of what a client is told, and the others where it is much."""
        if not data:
            self._some_empty = True
            return _NOTHING
        if len(data) <= _LARGE:
            return data, None
        try:
            first, *rest = codec.cut(data)
        except Exception as error:  # the same
            self._trouble = error
            self._some_empty = True
            return _NOTHING
        return first, rest or None


def _assembled(first: bytes, parts: Iterable[_Late]) -> Iterator[bytes]:
    """Yield what one client is written: in one piece, unless it is much."""
    held = first
    for part in parts:
        for piece in (part,) if isinstance(part, bytes) else part():
            if len(held) + len(piece) <= _LARGE:
                held = held + piece if held else piece
            else:
                yield held
                held = piece
    if held:
        yield held
