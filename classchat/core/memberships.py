"""Memberships: the requests `create`, `join` and `leave`.

Each checks whether the user may do that, and appends an entry. It changes `user.rooms` at once, so that two
requests in a row are judged in order; the room's `members` change when the entry is delivered.
"""

from __future__ import annotations

from msgspec.structs import replace

from classchat.core.accounts import membership
from classchat.core.backlog import Backlog
from classchat.core.catch_up import CatchUp
from classchat.core.directory import Directory
from classchat.core.entries import Created, Joined, Left
from classchat.core.features.moderation import Moderation
from classchat.core.gate import Gate
from classchat.core.guest_rooms import GuestRooms
from classchat.core.journal_port import Journal
from classchat.core.model import Room, User
from classchat.core.ports import Peer
from classchat.errors import AlreadyMember, NotAMember, RoomNotFound, ShuttingDown, TooMany
from classchat.messages import Create, Join, Leave, Since
from classchat.texts import quoted


class Memberships:
    """Creates rooms, and lets users join and leave them."""

    def __init__(
        self,
        journal: Journal,
        directory: Directory,
        moderation: Moderation,
        guest_rooms: GuestRooms,
        catch_up: CatchUp,
        gate: Gate,
    ) -> None:
        self._journal = journal
        self._rooms = directory.rooms
        self._limits = directory.limits
        self._moderation = moderation
        self._guest_rooms = guest_rooms
        self._catch_up = catch_up
        self._gate = gate

    def create(self, user: User, peer: Peer, command: Create) -> None:
        """Create a room, with the user as its first member and its moderator.

        Raises:
            ChatError: the name is not valid or taken, or the user is in too many rooms.
        """
        self._gate.check()
        self._check_rooms_of(user)
        self._moderation.check_founder(user)
        former = self._rooms.find(command.receiver)
        if former is not None and self._guest_rooms.gives_way(former, user):
            self._rooms.remove(former)
        room = self._rooms.add(command.receiver)
        room.enlist(user)
        acts = self._moderation.founding(user, room) + membership(user, room, present=True)
        self._journal.append(Created(user, peer, command.id, room, acts))

    def join(self, user: User, peer: Peer, command: Join) -> None:
        """Make the user a member of a room.

        Raises:
            ChatError: there is no such room, or the user may not join it.
            Undecided: an order that is on its way may change that.
        """
        self._enter(user, peer, command.id, self._joinable(user, command.receiver))

    async def rejoin(self, user: User, peer: Peer, command: Join, since: Since) -> None:
        """Replay what a user has missed in a room, then make the user a member of it again.

        Raises:
            ChatError: there is no such room, or the user may not join it, at first or by then.
        """
        name = command.receiver
        await self._catch_up.follow_others(self._rooms.get(name), since)
        await self._decided(name)
        room = self._joinable(user, name)
        backlog = room.catching_up[peer] = Backlog()

        def check() -> None:
            if self._rooms.find(name) is not room:
                raise RoomNotFound(name)  # it was empty, and another room needed its place
            error = self._moderation.refusal_to_join(user, room)
            if error is not None:
                raise error

        granted = False
        try:
            await self._catch_up.before_joining(user, peer, room, since, backlog, check)
            if room in user.rooms:  # another device was faster: then this one is about to hear everything
                await self._journal.settled()
            await self._decided(name)
            check()
            if room in user.rooms and user.reaches(peer):
                for event in backlog.events:
                    peer.tell(replace(event, replay=True))
            self._joinable(user, name)
            if user.reaches(peer):
                self._enter(user, peer, command.id, room)
                granted = True
        finally:
            if not granted:
                room.catching_up.pop(peer, None)

    def leave(self, user: User, peer: Peer, command: Leave) -> None:
        """Remove the user from the members of a room.

        Raises:
            ChatError: there is no such room, or the user is not a member.
        """
        room = self.room_of(user, command.receiver)
        room.forsake(user)
        acts = membership(user, room, present=False)
        reason = quoted(command.text, self._limits.topic)
        self._journal.append(Left(user, peer, command.id, room, acts, reason=reason))

    def room_of(self, user: User, name: str) -> Room:
        """Return a room that the user is a member of.

        Raises:
            ChatError: there is no such room, or the user is not a member.
            Undecided: an order that is on its way may have removed the user, and may fail.
        """
        if self._gate.closed:
            raise ShuttingDown
        room = self._rooms.get(name)
        if room not in user.rooms:
            room.order.check_decided()  # a user who is removed counts as gone from when that was granted
            raise NotAMember(room.name)
        return room

    def _enter(self, user: User, peer: Peer, id: str | None, room: Room) -> None:
        room.enlist(user)
        self._journal.append(Joined(user, peer, id, room, membership(user, room, present=True)))

    async def _decided(self, name: str) -> None:
        """Wait until no order of a room is on its way into the journal."""
        while (room := self._rooms.find(name)) is not None and room.order.under_way:
            await self._journal.settled()

    def _joinable(self, user: User, name: str) -> Room:
        """Return a room that the user is not in, and may join."""
        self._gate.check()
        room = self._rooms.get(name)
        if room in self._rooms.giving_way:
            raise RoomNotFound(name)
        if room in user.rooms:
            raise AlreadyMember(room.name)
        if room.order.guarded:
            if self._guest_rooms.gives_way(room, user):
                raise RoomNotFound(name)
            self._moderation.check(Join, user, room)
        self._check_rooms_of(user)
        return room

    def _check_rooms_of(self, user: User) -> None:
        if len(user.rooms) >= self._limits.rooms_of_user:
            raise TooMany("rooms joined", self._limits.rooms_of_user)
