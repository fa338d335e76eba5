"""Order in the rooms: the requests of moderators and operators, and what becomes of them.

    Alice -> ban Bob in "CS350"     Moderation.obey   -> Ordered   -> Journal.append
    everybody there hears of it     Chat.deliver      <- [Ordered] <- committed, and audited

Who is put out does not count as being there from when that was granted; all else is so when everybody hears
of it. Bans and mutes are by name, also of somebody who is not here; whoever has the name then is meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from heapq import merge

from classchat.core import permissions
from classchat.core.accounts import AccountRegistry, owner_of, subject_of
from classchat.core.acts import Act, Audited, Change, Empowered
from classchat.core.decisions import Asked, Decision, Decisions, known
from classchat.core.entries import Ordered
from classchat.core.events import Answer, BroadcastReceived, BroadcastSent, OrderUnneeded
from classchat.core.journal_port import Journal, store_acts
from classchat.core.model import Room, User
from classchat.core.orders import GUEST
from classchat.core.ports import Calendar, Peer
from classchat.core.rooms import RoomRegistry
from classchat.core.sorted import alphabetical
from classchat.core.users import UserRegistry
from classchat.errors import (
    ChatError,
    InvalidFormat,
    RoomNotFound,
    ShuttingDown,
    TooLong,
    TooMany,
)
from classchat.limits import Limits
from classchat.messages import (
    Broadcast,
    Join,
    ListUsers,
    OrderCommand,
    Request,
    RoomOrder,
)
from classchat.texts import harmless

_FEW = 200
"""Hidden rooms that are sorted for one request."""


class Moderation:
    """Keeps order, and knows who may."""

    def __init__(
        self,
        journal: Journal,
        users: UserRegistry,
        rooms: RoomRegistry,
        accounts: AccountRegistry,
        limits: Limits,
        calendar: Calendar,
    ) -> None:
        self._journal = journal
        self._users = users
        self._rooms = rooms
        self._accounts = accounts
        self._limits = limits
        self._calendar = calendar
        self._closed = False
        self._moderated: Counter[str] = Counter()  # rooms, by the name's key of who has claimed it
        self._decisions = Decisions(users, accounts, limits, calendar, self._check_moderated)

    def close(self) -> None:
        """Grant nothing more."""
        self._closed = True

    # What the chat asks.

    def apply(self, acts: Iterable[Act]) -> None:
        """Apply what was decided about rooms; a room that is gone has no order.

        What was decided about who had a name is not about whoever has it now.
        """
        for act in acts:
            if isinstance(act, Change) and self._is_current(act):
                room = self._rooms.by_key(act.room)
                if room is not None:
                    before = act.subject in room.order.moderators
                    room.order.apply(act)
                    self._rooms.changed(room, act.subject)
                    if act.what == "moderator" and not act.subject.startswith(GUEST):
                        self._moderated[act.subject] += (act.subject in room.order.moderators) - before

    def _is_current(self, change: Change) -> bool:
        """Return whether who a change is about still has the name."""
        if change.person is None:
            return True
        account = self._accounts.by_key(change.subject)
        return account is not None and account.user.person.number == change.person

    def founding(self, user: User, room: Room) -> tuple[Act, ...]:
        """Return what makes somebody the moderator of the room that he has made."""
        return (
            *known(user),
            Change(room.key, subject_of(user), "moderator", user.name, owner_of(user)),
            Audited(user.name, "create", room.name),
        )

    def check_founder(self, user: User) -> None:
        """See whether somebody may be the moderator of one room more.

        Raises:
            TooMany: he keeps as many rooms as he may.
        """
        self._check_moderated(subject_of(user))
        if user.account is not None and self._rooms.lasting >= self._limits.kept_rooms:
            raise TooMany("rooms that stay when everybody has left", self._limits.kept_rooms)

    def _check_moderated(self, subject: str) -> None:
        """A room whose moderator has claimed his name stays: nobody may fill the server with his."""
        most = self._limits.kept_rooms_of_user
        if self._moderated[subject] >= most:
            raise TooMany("rooms with the same moderator", most)

    def refusal_to_join(self, user: User, room: Room) -> ChatError | None:
        """Return why a user may not come in, by all that is decided so far; None for who may."""
        return permissions.refusal(Join, user, room, self.now())

    def check(self, request: type[Request], user: User, room: Room) -> None:
        """See whether somebody may do something in a room now.

        Raises:
            ChatError: he may not.
            Undecided: an order that is on its way may change that.
        """
        room.order.check_decided()
        permissions.check(request, user, room, self.now())

    def room_to_look_into(self, user: User, name: str) -> Room:
        """Return a room of which somebody may know who is in it.

        Raises:
            RoomNotFound: there is none.
            NotAMember: he is not in it, and does not keep order there.
        """
        self._check_open()
        room = self._rooms.get(name)
        permissions.check(ListUsers, user, room, self.now())
        return room

    def rooms_seen_by(self, user: User) -> tuple[Iterable[Room], int]:
        """Return the rooms that a user is shown, in the order of their names, and how many they are."""
        everywhere = self._rooms
        if user.operator:
            hidden = {room for room in everywhere.hidden if permissions.sees(user, room)}
        else:
            there = everywhere.hidden_of(user.rooms) | everywhere.hidden_of(
                everywhere.concerning(subject_of(user))
            )
            hidden = {room for room in there if permissions.sees(user, room)}
        count = len(everywhere.open) + len(hidden)
        if not hidden:
            return everywhere.open, count
        if len(hidden) <= _FEW:
            shown: Iterable[Room] = sorted(hidden, key=alphabetical)
        else:  # to look at all hidden rooms is faster than to sort many of them
            shown = (room for room in everywhere.hidden if room in hidden)
        return merge(everywhere.open, shown, key=alphabetical), count

    def room_seen_by(self, user: User, name: str) -> Room:
        """Return a room that somebody is shown.

        Raises:
            RoomNotFound: there is none, or it is not for this user to see.
        """
        room = self._rooms.get(name)
        if not permissions.sees(user, room):
            raise RoomNotFound(name)
        return room

    # What is asked.

    async def obey(self, user: User, peer: Peer, command: OrderCommand) -> Answer | None:
        """Do what is asked; it is answered when everybody has heard of it, or with what is returned.

        Raises:
            ChatError: he may not, or there is no such room or user.
        """
        self._check_open()
        if not user.peers:
            return None  # gone meanwhile
        if isinstance(command, Broadcast):
            return await self._broadcast(user, command)
        room = self._rooms.get(command.receiver)
        while room.order.under_way:  # whoever asked first, of those who wait, goes on first
            await self._journal.settled()
            self._check_open()
            if not user.peers:
                return None
            room = self._rooms.get(command.receiver)
        self.check(type(command), user, room)
        decision = self._decisions.decide(Asked(user, room), command)
        if not isinstance(decision, Decision):
            return OrderUnneeded(user.name, command.id, decision)
        self._carry_out(decision, user, peer, command, room)
        await self._journal.settled()
        return None

    def _carry_out(self, decision: Decision, user: User, peer: Peer, command: RoomOrder, room: Room) -> None:
        """Let it be so, be said in the room, and be written down who did it."""
        action = str(command.__struct_config__.tag)
        done = Audited(user.name, action, room.name, decision.about, decision.detail)
        leaving = [one for one in decision.out if room in one.rooms]
        # Also of guests: a claim that is on its way may have written down where they are.
        memberships = [Change(room.key, one.person.key, "member", None, one.person.number) for one in leaving]
        persons = () if decision.known is None else known(decision.known)
        for one in leaving:
            room.forsake(one)
        room.wanted += 1  # until it is delivered: what is decided must not be about another room
        room.order.begin()
        self._journal.append(
            Ordered(
                user,
                peer,
                command.id,
                room,
                (*self._empowered(user, room), *persons, *decision.changes, *memberships, done),
                done=done,
                event=decision.event,
                out=tuple(leaving),
                invited=decision.invited,
            )
        )

    def _empowered(self, user: User, room: Room | None = None) -> tuple[Act, ...]:
        """Return what fails where somebody asks for something as an operator, and is none by then."""
        if not user.operator or user.person.key in self._limits.operators:
            return ()
        if room is not None and subject_of(user) in room.order.moderators:
            return ()
        return (Empowered(user.person.number),)

    async def _broadcast(self, user: User, command: Broadcast) -> BroadcastSent:
        permissions.check_operator(user)
        if len(command.text) > self._limits.text:
            raise TooLong("text", self._limits.text, "characters")
        if not command.text.strip():
            raise InvalidFormat("the broadcast has no text", command.id)
        if not await store_acts(self._journal, user, *self._empowered(user), Audited(user.name, "broadcast")):
            raise permissions.not_operator()
        text = harmless(command.text)
        everybody = list(self._users)
        for other in everybody:
            event = BroadcastReceived(other.name, user.name, text)
            other.catching_up.add(event)
            for peer in list(other.peers):
                peer.tell(event)
        return BroadcastSent(user.name, command.id, len(everybody))

    def now(self) -> float:
        """Return the time of day in milliseconds, as orders have it."""
        return self._calendar.seconds() * 1000

    def _check_open(self) -> None:
        if self._closed:
            raise ShuttingDown
