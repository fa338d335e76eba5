"""The requests of moderators and operators.

    Alice -> ban Bob in "CS350"     OrderRequests.answer -> Ordered   -> Journal.append
    all members are told            Batches.deliver      <- [Ordered] <- committed, and audited

A user who is removed from a room does not count as a member from when that was granted. Everything else holds
from when its entry is delivered.
"""

from __future__ import annotations

from msgspec.structs import replace

from classchat.core import permissions
from classchat.core.accounts import membership
from classchat.core.acts import ADMIN, Audited, Change
from classchat.core.answer_events import Answer, BroadcastSent, OrderUnneeded
from classchat.core.directory import Directory
from classchat.core.entries import Announced, Ordered
from classchat.core.features.decision import Asked, Decision, empowered, known
from classchat.core.features.decisions import Decisions
from classchat.core.features.moderation import Moderation
from classchat.core.gate import Gate
from classchat.core.journal_port import Journal
from classchat.core.model import Room, User
from classchat.core.ports import Calendar, Peer
from classchat.errors import InvalidFormat, TooLong
from classchat.messages import Broadcast, Close, OrderCommand, RoomOrder, SetRoom, SetTopic
from classchat.names import SERVER
from classchat.texts import harmless


class OrderRequests:
    """Answers the requests of moderators and operators."""

    def __init__(
        self, journal: Journal, directory: Directory, moderation: Moderation, calendar: Calendar, gate: Gate
    ) -> None:
        self._journal = journal
        self._users = directory.users
        self._rooms = directory.rooms
        self._limits = directory.limits
        self._moderation = moderation
        self._gate = gate
        self._decisions = Decisions(directory, calendar, moderation.check_moderated)

    async def answer(self, user: User, peer: Peer, command: OrderCommand) -> Answer | None:
        """Grant a request. Returns its answer, or None where that comes when its entry is delivered.

        Raises:
            ChatError: the user may not do that, or there is no such room or user.
        """
        self._gate.check()
        if not user.peers:
            return None  # disconnected meanwhile
        if isinstance(command, Broadcast):
            return await self._broadcast(user, command)
        room = self._rooms.get(command.receiver)
        about = self._users.find(_user_of(command))
        # The request that has waited longest goes on first.
        while room.order.under_way or self._is_renaming(about, room):
            await self._journal.settled()
            self._gate.check()
            if not user.peers:
                return None
            room = self._rooms.get(command.receiver)
        if about is not None and not isinstance(command, SetTopic | SetRoom | Close):
            command = replace(command, user=about.name)  # perhaps another name by now
        self._moderation.check(type(command), user, room)
        decision = self._decisions.decide(Asked(user, room), command)
        if not isinstance(decision, Decision):
            return OrderUnneeded(user.name, command.id, decision)
        entry = self._carry_out(decision, user, peer, command, room)
        await self._journal.settled()
        return await self.answer(user, peer, command) if entry.overtaken else None

    def _is_renaming(self, user: User | None, room: Room) -> bool:
        """Return whether a user, or a member of a room, is about to have another name."""
        return any(one is user or room in one.rooms for one in self._users.renaming.values())

    def _carry_out(
        self, decision: Decision, user: User, peer: Peer, command: RoomOrder, room: Room
    ) -> Ordered:
        """Append the entry of a decision, and remove the users that it removes; return it."""
        action = str(command.__struct_config__.tag)
        done = Audited(_actor(user), action, room.name, decision.about, decision.detail)
        leaving = [one for one in decision.out if room in one.rooms]
        # Also of guests: a claim that is on its way may have written down where they are.
        memberships = [Change(room.key, one.person.key, "member", None, one.person.number) for one in leaving]
        persons = () if decision.known is None else known(decision.known)
        for one in leaving:
            room.forsake(one)
        room.wanted += 1  # until it is delivered, so that the room is not replaced by another one
        room.order.begin()
        seats = [act for one in leaving if one.visit for act in membership(one, room, present=False)]
        entry = Ordered(
            user,
            peer,
            command.id,
            room,
            (*empowered(user, self._limits, room), *persons, *decision.changes, *memberships, *seats, done),
            done=done,
            event=decision.event,
            out=tuple(leaving),
            invited=decision.invited,
            version=room.order.version,
        )
        self._journal.append(entry)
        return entry

    async def _broadcast(self, user: User, command: Broadcast) -> BroadcastSent:
        permissions.check_operator(user)
        if len(command.text) > self._limits.text:
            raise TooLong("text", self._limits.text, "characters")
        if not command.text.strip():
            raise InvalidFormat("the broadcast has no text", command.id)
        acts = (*empowered(user, self._limits), Audited(_actor(user), "broadcast"))
        entry = Announced(user, None, None, acts=acts, text=harmless(command.text))
        self._journal.append(entry)
        await self._journal.settled()
        if entry.error is not None:
            raise entry.error
        if entry.refused:
            raise permissions.not_operator()
        return BroadcastSent(user.name, command.id, len(self._users))


def _actor(user: User) -> str:
    """Return the name under which a decision is in the audit log."""
    return ADMIN if user.name == SERVER else user.name


def _user_of(command: RoomOrder) -> str:
    """Return the name of the user that a request is about; "" where it is about the room."""
    return "" if isinstance(command, SetTopic | SetRoom | Close) else command.user
