"""Batches of entries, which are committed.

An entry changes the memberships and the orders, and its events are told, in the order of the log. A batch
that can't be stored is taken back: see `undoing.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import assert_never

from msgspec.structs import replace

from classchat.core import permissions
from classchat.core.accounts import subject_of
from classchat.core.answer_events import MessageHeld, OrderDone, RoomCreated, RoomJoined, RoomLeft
from classchat.core.delete_requests import DeleteRequests
from classchat.core.delivery import Delivery
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
from classchat.core.events import Event, InvitationReceived, Own, RemovedFromRoom, Styled, TopicShown
from classchat.core.features.class_happenings import ClassHappenings
from classchat.core.features.moderation import Moderation
from classchat.core.ground import Ground
from classchat.core.model import Room, User
from classchat.core.node_entries import NodeEntries
from classchat.core.ports import Peer
from classchat.core.renames import Renames
from classchat.core.room_events import (
    AssistantAdded,
    MemberBanned,
    MemberJoined,
    MemberLeft,
    ModeratorAdded,
    Removal,
    RoomModeChanged,
)
from classchat.core.shared_files import SharedFile, told_to
from classchat.core.undoing import Undoing
from classchat.messages import Group, Private, Success
from classchat.names import SERVER
from classchat.texts import milliseconds


class Batches:
    """Delivers the journal's batches."""

    def __init__(
        self,
        ground: Ground,
        moderation: Moderation,
        renames: Renames,
        classes: ClassHappenings,
        of_nodes: NodeEntries,
        deletions: DeleteRequests,
        undoing: Undoing,
    ) -> None:
        self._journal = ground.journal
        self._rooms = ground.directory.rooms
        self._watchers = ground.directory.watchers
        self._moderation = moderation
        self._renames = renames
        self._classes = classes
        self._of_nodes = of_nodes
        self._deletions = deletions
        self._undoing = undoing
        self._observe = ground.observe
        self._measures = ground.measures

    def deliver(self, batch: Sequence[Entry]) -> None:
        """Apply a committed batch and tell its events; the journal calls it once for each batch, in order."""
        delivery = Delivery()
        self._apply(batch, delivery)
        self._observe(batch)
        self._measures.delivered(len(batch), delivery.send())

    def follow(self, entry: Entry, delivery: Delivery) -> None:
        """Apply an entry of another node, and collect what it means for clients of this one."""
        self._apply((entry,), delivery)

    def _apply(self, batch: Sequence[Entry], delivery: Delivery) -> None:
        for entry in batch:
            match entry:
                case Said():
                    self._said(entry, delivery)
                case Whispered():
                    self._whispered(entry, delivery)
                case Created():
                    self._created(entry, delivery)
                case Joined():
                    self._joined(entry, delivery)
                case Left():
                    self._left(entry, delivery)
                case Ordered():
                    self._ordered(entry, delivery)
                case Ruled():
                    entry.pending.deliver(entry, delivery)
                case Deleted():
                    self._deletions.deliver(entry, delivery)
                case Renamed():
                    self._renames.deliver(entry, delivery)
                case Noted():
                    if not entry.refused:
                        self._moderation.apply(entry.acts)
                case Located() | SignedOut() | NodeLost() | Announced() | Evicted() | Aside() | Signalled():
                    self._of_nodes.deliver(entry, delivery)
                case _:
                    assert_never(entry)

    # Messages: everything here is done for each of them.

    def _said(self, entry: Said, delivery: Delivery) -> None:
        peer = entry.peer
        if entry.file is not None:
            self._shared(entry, entry.file, delivery)
        elif not entry.repeated:
            room = entry.conversation
            event = Group(entry.user.name, room.name, entry.text, seq=entry.seq, time=entry.time)
            manner = entry.manner
            told = event if manner is None else Styled(event, manner)
            delivery.to_room(room, event if manner is None or not manner.shows else told)
            if peer is not None and peer.codec.personal:
                if manner is not None or peer.echoes is None:
                    delivery.was_own(room, told, (peer,))
                elif not peer.echoes:
                    delivery.instead(room, peer, None)
            if room.catching_up:
                room.catching_up.add(event)
        if peer is not None:
            if entry.id is not None:
                delivery.to_peer(peer, accepted(entry.user, entry.id, entry.seq, entry.time))
            delivery.spoke(peer)

    def _shared(self, entry: Said, file: SharedFile, delivery: Delivery) -> None:
        """Tell each member of a room of a file, with a link of their own; nobody waits for an answer."""
        if entry.repeated:
            return
        room = entry.conversation
        event = Group(entry.user.name, room.name, entry.text, seq=entry.seq, time=entry.time)
        delivery.send_before(room)
        for user in room.members:
            for peer in user.peers:
                delivery.to_peer(peer, told_to(peer.reader, event, file))
        for peer, backlog in room.catching_up.items():
            backlog.add(told_to(peer.reader, event, file))

    def _shared_privately(self, entry: Whispered, file: SharedFile, delivery: Delivery) -> None:
        """Tell all clients of two users of a file."""
        user, to = entry.user, entry.to
        if entry.repeated:
            return
        event = Private(user.name, to.name, entry.text, seq=entry.seq, time=entry.time)
        for one in dict.fromkeys((to, user)):
            for peer in one.peers:
                delivery.to_peer(peer, told_to(peer.reader, event, file))
            for peer, backlog in one.catching_up.items():
                backlog.add(told_to(peer.reader, event, file))

    def _whispered(self, entry: Whispered, delivery: Delivery) -> None:
        peer, held = entry.peer, False
        if entry.file is not None:
            self._shared_privately(entry, entry.file, delivery)
        elif not entry.repeated:
            user, to = entry.user, entry.to
            event = Private(user.name, to.name, entry.text, seq=entry.seq, time=entry.time)
            told = event if entry.manner is None else Styled(event, entry.manner)
            for other in to.peers:
                delivery.to_peer(other, told)
            if to.catching_up:
                to.catching_up.add(event)
            if user is not to and (len(user.peers) > 1 or user.catching_up):
                _tell(_other_clients(entry), told, delivery)
                user.catching_up.add(event)
            if peer is not None and peer.codec.personal:
                delivery.to_peer(peer, Own(told))
            held = to.account is not None and not to.connected
        if peer is not None:
            if held:
                answer = MessageHeld(entry.user.name, entry.to.name, entry.id, entry.seq, entry.time)
                delivery.to_peer(peer, answer)
            elif entry.id is not None:
                delivery.to_peer(peer, accepted(entry.user, entry.id, entry.seq, entry.time))
            delivery.spoke(peer)

    # Memberships and orders.

    def _created(self, entry: Created, delivery: Delivery) -> None:
        self._moderation.apply(entry.acts)
        room, user = entry.room, entry.user
        self._rooms.created(room)
        room.created = milliseconds(entry.time)
        if user.name == SERVER:
            return  # the lobby, which is empty
        room.expect(user)
        delivery.enter(room, user)
        _answer(entry, RoomCreated(user.name, room.name, entry.id, self._journal.epoch, entry.seq), delivery)
        event = MemberJoined(room.name, user.name, moderator=_moderates(user, room))
        for peer in user.peers:
            if peer.codec.personal:
                delivery.to_peer(peer, Own(event))
            elif peer is not entry.peer:
                delivery.to_peer(peer, event)

    def _joined(self, entry: Joined, delivery: Delivery) -> None:
        room, user, peer = entry.room, entry.user, entry.peer
        if peer is not None and room not in user.rooms:
            error = self._moderation.refusal_to_join(user, room)
            if error is not None:  # another program has changed that while the join was on its way
                delivery.to_peer(peer, self._undoing.refusal(entry, error))
                return
        backlog = None if peer is None else room.catching_up.pop(peer, None)
        if backlog is not None and peer is not None:
            for missed in backlog.events:
                delivery.to_peer(peer, replace(missed, replay=True))
        room.expect(user)
        delivery.enter(room, user)
        if peer is not None:
            gap = None if backlog is None else backlog.gap
            joined = RoomJoined(user.name, room.name, entry.id, self._journal.epoch, entry.seq, gap)
            delivery.to_peer(peer, joined)
            if room.order.topic:
                delivery.to_peer(peer, TopicShown(room.name, room.order.topic))
        back = peer is None and not entry.put  # the owner of an account, who was a member all along
        event = MemberJoined(room.name, user.name, back, _moderates(user, room), entry.seq)
        delivery.to_room(room, event)
        delivery.was_own(room, event, user.peers)
        if not entry.followed:
            self._classes.came(user, room)

    def _left(self, entry: Left, delivery: Delivery) -> None:
        room, user = entry.room, entry.user
        was_there = user in room.members or entry.put_out  # else an order has removed the user before
        delivery.exit(room, user)
        _answer(entry, RoomLeft(user.name, room.name, entry.id), delivery)
        event = MemberLeft(room.name, user.name, reason=entry.reason)
        for peer in user.peers:
            if peer.codec.personal:
                if was_there:
                    delivery.to_peer(peer, Own(event))
            elif peer is not entry.peer:
                delivery.to_peer(peer, event)
        if was_there:
            offline = entry.peer is None and room in user.rooms  # the owner of an account stays a member
            gone = entry.departure is not None
            event = MemberLeft(room.name, user.name, offline=offline, gone=gone, reason=entry.reason)
            delivery.to_room(room, event)
            if entry.departure is not None:
                delivery.depart(entry.departure, self._watchers.of([room]))
            if not entry.followed:
                self._classes.went(user, room, for_good=not gone)

    def _ordered(self, entry: Ordered, delivery: Delivery) -> None:
        room, event = entry.room, entry.event
        if entry.refused:
            self._undoing.withdraw(entry)
            if entry.peer is not None:
                delivery.to_peer(entry.peer, self._undoing.refusal(entry, permissions.no_moderator(room)))
            return
        self._moderation.apply(entry.acts)
        if not entry.followed:
            room.wanted -= 1
            room.order.end()
        delivery.send_before(room)
        _answer(entry, OrderDone(entry.user.name, entry.id, event), delivery)
        if isinstance(event, MemberBanned):
            event = replace(event, member=not room.members.isdisjoint(entry.out))
        delivery.to_room(room, event)
        if entry.peer is not None:
            delivery.was_own(room, event, (entry.peer,))
        self._classes.ordered(room)
        if not entry.followed:
            if isinstance(event, RoomModeChanged) and event.mode == "exam":
                self._classes.examines(room)
            if isinstance(event, AssistantAdded | ModeratorAdded):
                self._classes.promoted(room)
        for user in entry.out:
            delivery.exit(room, user)
            if not entry.followed:
                self._classes.went(user, room, for_good=True)
            if isinstance(event, Removal):
                _tell(user.peers, RemovedFromRoom(user.name, event), delivery)
        if entry.invited is not None:
            invitation = InvitationReceived(entry.invited.name, room.name, entry.user.name)
            _tell(entry.invited.peers, invitation, delivery)


def accepted(user: User, id: str, seq: int, time: str) -> Success:
    """Return the answer to a message that is stored."""
    return Success(SERVER, user.name, "Message sent", id=id, seq=seq, time=time)


def _answer(entry: Entry, event: Event, delivery: Delivery) -> None:
    """Answer the client that asked, if there is one."""
    if entry.peer is not None:
        delivery.to_peer(entry.peer, event)


def _tell(peers: Iterable[Peer], event: Event, delivery: Delivery) -> None:
    for peer in peers:
        delivery.to_peer(peer, event)


def _other_clients(entry: Entry) -> list[Peer]:
    """Return the clients of an entry's user other than the one that asked for it."""
    return [peer for peer in entry.user.peers if peer is not entry.peer]


def _moderates(user: User, room: Room) -> bool:
    return subject_of(user) in room.order.moderators
