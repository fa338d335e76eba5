"""The chat itself: what users may do, and how everybody hears of it.

A verb checks a request and appends an entry to the journal; `deliver` takes what the journal has
committed, changes the memberships, answers who asked, and lets everybody hear it:

    Alice -> say("CS350", "Hello")      Chat.say    -> Said    -> Journal.append
    Alice <- "Hello", Bob <- "Hello"    Chat.deliver <- [Said]  <- committed

So every member of a room sees its log in one order, and nobody hears what was not kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import assert_never

from msgspec.structs import replace

from classchat.core import permissions
from classchat.core.accounts import membership
from classchat.core.attempts import Attempts
from classchat.core.backlog import Backlog
from classchat.core.catch_up import CatchUp
from classchat.core.claims import Claims
from classchat.core.conversations import Conversations
from classchat.core.credentials import Credentials
from classchat.core.delivery import Delivery
from classchat.core.directory import Directory
from classchat.core.entries import Created, Entry, Joined, Left, Noted, Ordered, Said, Whispered
from classchat.core.events import (
    Answer,
    AwayChanged,
    InvitationReceived,
    MemberJoined,
    MemberLeft,
    MessageHeld,
    OrderDone,
    Removal,
    RemovedFromRoom,
    RoomCreated,
    RoomJoined,
    RoomLeft,
    TopicShown,
)
from classchat.core.external_changes import ExternalChanges
from classchat.core.history_requests import HistoryRequests
from classchat.core.journal_port import CannotOpen, Journal
from classchat.core.list_requests import ListRequests
from classchat.core.model import Room, User
from classchat.core.moderation import Moderation
from classchat.core.notices import Observe
from classchat.core.paces import Paces
from classchat.core.pending_claims import PendingClaims
from classchat.core.persons import Person
from classchat.core.ports import Calendar, Clock, Passwords, Peer
from classchat.core.presence import Presence
from classchat.core.replay import Replay
from classchat.core.search_requests import SearchRequests
from classchat.errors import (
    AlreadyMember,
    ChatError,
    NotAMember,
    RoomNotFound,
    ShuttingDown,
    TooLong,
    TooMany,
    UserNotFound,
)
from classchat.limits import Limits
from classchat.messages import Error, Group, Join, Private, Say, Since, Success
from classchat.names import SERVER
from classchat.texts import harmless


class Chat:
    """The verbs, and what becomes of them; the shared registries of users and rooms.

    All verbs raise `ChatError` where they can't be granted, and change nothing then. `peer` is the
    client that asks, and `id` what it calls its request: None where it wants no answer.
    """

    def __init__(
        self,
        journal: Journal,
        observe: Observe,
        limits: Limits,
        clock: Clock,
        passwords: Passwords,
        calendar: Calendar,
    ) -> None:
        """Measure durations with `clock`, and take times of day from `calendar`."""
        self.limits = limits
        self.paces = Paces(limits, clock)
        directory = self._directory = Directory(limits)
        self.users, self.rooms, self.accounts = directory.users, directory.rooms, directory.accounts
        self.journal = journal
        self._observe = observe
        self._passwords = passwords
        self._calendar = calendar
        self._closed = False
        self.lobby: str | None = None
        """The room in which newcomers land."""
        replay = Replay(journal)
        conversations = Conversations(journal, directory)
        self.history = HistoryRequests(journal, conversations, replay)
        self.search = SearchRequests(journal, conversations, directory)
        self.catch_up = CatchUp(journal, self.rooms, replay, limits)
        pending, attempts = PendingClaims(), Attempts(clock, limits)
        self.presence = Presence(journal, directory, pending, self.paces, observe, clock, calendar)
        self.credentials = Credentials(journal, directory, attempts, passwords, calendar)
        self.claims = Claims(journal, directory, self.presence, pending, attempts, passwords)
        self._claimed = self.accounts.keys
        self.moderation = Moderation(journal, self.users, self.rooms, self.accounts, limits, calendar)
        self.lists = ListRequests(directory, self.moderation)
        self._external = ExternalChanges(journal, directory, self.presence, self.moderation, calendar)

    def open(self) -> None:
        """Go on where the journal has come to; before that there is nothing to be done here.

        Raises:
            CannotOpen: the journal can't be gone on with.
        """
        restored = self.journal.open(self.deliver, self.take_back, self._external.apply)
        for name, last_seq in restored.rooms:
            self.rooms.restore(name, last_seq)
        self.moderation.apply(restored.changes)
        self.presence.restore(restored)
        self._open_lobby()
        self.rooms.trim()  # not earlier: now it is known which of them have to stay
        self._observe(self._directory.outdated())

    def _open_lobby(self) -> None:
        """Make the room in which newcomers land, which stays; nobody becomes its moderator by that.

        Raises:
            CannotOpen: there can't be such a room.
        """
        if not self.limits.lobby:
            return
        lobby = self.rooms.find(self.limits.lobby)
        if lobby is None:
            try:
                lobby = self.rooms.add(self.limits.lobby)
            except ChatError as error:
                raise CannotOpen(f"The lobby '{self.limits.lobby}' can't be created: {error.text}") from None
            founder = User(SERVER, Person(SERVER, "", b"", 0))
            self.journal.append(Created(founder, None, None, lobby, ()))
        lobby.wanted += 1  # its place is needed for no other one
        self.lobby = lobby.name

    def settled(self) -> Awaitable[None]:
        """Return what is done when everything that was granted so far is delivered."""
        return self.journal.settled()

    @property
    def epoch(self) -> str:
        """The name of the journal, in which all numbers are."""
        return self.journal.epoch

    def time(self) -> str:
        """Return what the server's clock shows, for a client whose own clock is wrong."""
        now = datetime.fromtimestamp(self._calendar.seconds(), UTC)
        return now.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def close(self) -> None:
        """Grant nothing more that has to be delivered, and tell no room who leaves: everybody does."""
        self._closed = True
        self.presence.close()
        self.moderation.close()

    def stop(self) -> None:
        """End what is still under way for clients that sign in. Harmless twice."""
        self._passwords.stop()

    # Rooms.

    def create(self, user: User, peer: Peer, id: str | None, name: str) -> None:
        """Make a room; the user is its first member."""
        self._check_rooms_of(user)
        self.moderation.check_founder(user)
        room = self.rooms.add(name)
        room.enlist(user)
        acts = self.moderation.founding(user, room) + membership(user, room, present=True)
        self.journal.append(Created(user, peer, id, room, acts))

    def join(self, user: User, peer: Peer, id: str | None, name: str) -> None:
        """Make the user a member of a room."""
        room = self._room_for(user, name)
        room.enlist(user)
        self.journal.append(Joined(user, peer, id, room, membership(user, room, present=True)))

    def room_of(self, user: User, name: str) -> Room:
        """Return a room that the user is in, to do something there."""
        self._check_open()
        room = self.rooms.get(name)
        if room not in user.rooms:
            room.order.check_decided()  # the user counts as put out from when that was granted
            raise NotAMember(room.name)
        return room

    async def rejoin(self, user: User, peer: Peer, id: str | None, name: str, since: Since) -> None:
        """Make the user a member of a room again, and tell him first what he missed there."""
        await self._decided(name)
        room = self._room_for(user, name)
        backlog = room.catching_up[peer] = Backlog()

        def check() -> None:
            if self.rooms.find(name) is not room:
                raise RoomNotFound(name)  # nobody was in it, and its place was needed
            error = self.moderation.refusal_to_join(user, room)
            if error is not None:
                raise error

        granted = False
        try:
            await self.catch_up.before_joining(user, peer, room, since, backlog, check)
            if room in user.rooms:
                await self.settled()  # another device has been faster: then this one is about to hear all
            await self._decided(name)
            check()
            if room in user.rooms and user.reaches(peer):  # with another device, which has been faster
                for event in backlog.events:
                    peer.tell(replace(event, replay=True))
            self._room_for(user, name)
            if user.reaches(peer):
                room.enlist(user)
                self.journal.append(Joined(user, peer, id, room, membership(user, room, present=True)))
                granted = True
        finally:
            if not granted:
                room.catching_up.pop(peer, None)

    async def _decided(self, name: str) -> None:
        """Wait until no order is on its way in a room."""
        while (room := self.rooms.find(name)) is not None and room.order.under_way:
            await self.settled()

    def leave(self, user: User, peer: Peer, id: str | None, name: str) -> None:
        """Let the user be a member of a room no more."""
        room = self.room_of(user, name)
        room.forsake(user)
        self.journal.append(Left(user, peer, id, room, membership(user, room, present=False)))

    # Being away.

    def be_away(self, user: User, id: str | None, text: str) -> AwayChanged:
        """Let everybody who asks who is here see that somebody is not, and what he says about it."""
        if len(text) > self.limits.away:
            raise TooLong("away message", self.limits.away, "characters")
        user.away = harmless(" ".join(text.split()))  # on one line: it stands among others
        return AwayChanged(user.name, id, away=True)

    def be_back(self, user: User, id: str | None) -> AwayChanged:
        """Let everybody see that somebody is here again."""
        user.away = None
        return AwayChanged(user.name, id, away=False)

    # What is said.

    def say(self, user: User, peer: Peer, id: str | None, name: str, text: str) -> None:
        """Say something to a room."""
        room = self.room_of(user, name)
        if room.order.hushed:
            self.moderation.check(Say, user, room)
        self.journal.append(Said(user, peer, id, self._checked(text), room))

    def tell(self, user: User, peer: Peer, id: str | None, name: str, text: str) -> None:
        """Tell one person something."""
        self._check_open()
        to = self.users.find(name)
        if to is None:
            account = self.accounts.find(name)
            if account is None:
                raise UserNotFound(name)
            to = account.user
        elif self._claimed and to.account is None and to.person.key in self._claimed:
            to = self._owner(to)  # the name is claimed, and its owner was not here yet
        text = self._checked(text)
        dialog = user.person.dialogs.get(to.person) or user.person.dialog_with(to.person)
        self.journal.append(Whispered(user, peer, id, text, dialog, to))

    def _owner(self, guest: User) -> User:
        """Return who has claimed the name that a guest still bears: what it is told is theirs to hear."""
        account = self.accounts.by_key(guest.person.key)
        return guest if account is None else account.user

    async def said_before(self, user: User, id: str, otherwise: ChatError) -> Success:
        """Answer what can't be said now but was kept already: the connection was lost before the answer."""
        await self.settled()
        kept = await self.journal.repeated(user.person.key, id)
        if kept is None:
            raise otherwise
        return _accepted(user, id, *kept)

    # Delivery.

    def deliver(self, batch: Sequence[Entry]) -> None:
        """Let everybody hear what was committed: the journal hands each batch here, once, in order."""
        delivery = Delivery()
        for entry in batch:
            match entry:
                case Said():
                    self._deliver_said(entry, delivery)
                    if entry.peer is not None:
                        delivery.spoke(entry.peer)
                case Whispered():
                    self._deliver_whispered(entry, delivery)
                    if entry.peer is not None:
                        delivery.spoke(entry.peer)
                case Created():
                    self.moderation.apply(entry.acts)
                    if entry.user.name == SERVER:
                        continue  # the lobby, in which nobody is yet
                    entry.room.expect(entry.user)
                    delivery.enter(entry.room, entry.user)
                    created = RoomCreated(
                        entry.user.name, entry.room.name, entry.id, self.journal.epoch, entry.seq
                    )
                    self._answer(entry, delivery, created)
                    self._tell_others(entry, MemberJoined(entry.room.name, entry.user.name), delivery)
                case Joined():
                    self._deliver_joined(entry, delivery)
                case Left():
                    self._deliver_left(entry, delivery)
                case Ordered():
                    self._deliver_ordered(entry, delivery)
                case Noted():
                    if not entry.refused:
                        self.moderation.apply(entry.acts)
                case _:
                    assert_never(entry)
        self._observe(batch)
        delivery.send()

    def take_back(self, batch: Sequence[Entry], reason: ChatError) -> None:
        """Undo what could not be kept, and tell those who asked for it: the journal's other way out."""
        for entry in reversed(batch):  # what was granted last was granted on top of all the rest
            match entry:
                case Created():
                    entry.room.forsake(entry.user)
                    self.rooms.remove(entry.room)
                case Joined():
                    entry.room.forsake(entry.user)
                    if entry.peer is not None:
                        entry.room.catching_up.pop(entry.peer, None)
                case Left():
                    self._stay(entry)
                case Noted():
                    entry.lost = True
                case Ordered():
                    self._let_back(entry)
                case Said() | Whispered():
                    pass
                case _:
                    assert_never(entry)
        for entry in batch:
            if entry.peer is not None:
                entry.peer.tell(_refusal(entry, reason))

    def _stay(self, entry: Left) -> None:
        if entry.peer in entry.user.peers:
            entry.room.enlist(entry.user)
        else:
            entry.room.members.discard(entry.user)  # gone is gone, whether it was kept or not

    def _let_back(self, entry: Ordered) -> None:
        room = entry.room
        room.wanted -= 1
        room.order.end()
        for user in entry.out:
            if user.account is None and user not in self.users:
                room.members.discard(user)
            elif room not in user.rooms:
                room.enlist(user)

    def _deliver_said(self, entry: Said, delivery: Delivery) -> None:
        if not entry.repeated:
            room = entry.conversation
            event = Group(entry.user.name, room.name, entry.text, seq=entry.seq, time=entry.time)
            delivery.to_room(room, event)
            if room.catching_up:
                room.catching_up.add(event)
        if entry.id is not None:
            self._confirm(entry, delivery)

    def _deliver_whispered(self, entry: Whispered, delivery: Delivery) -> None:
        if not entry.repeated:
            to = entry.to
            event = Private(entry.user.name, to.name, entry.text, seq=entry.seq, time=entry.time)
            for peer in to.peers:
                delivery.to_peer(peer, event)
            if to.catching_up:
                to.catching_up.add(event)
            user = entry.user
            if user is not to and (len(user.peers) > 1 or user.catching_up):
                self._show_on_others(entry, event, delivery)
            if to.account is not None and not to.peers and not to.catching_up:
                if entry.peer is not None:
                    held = MessageHeld(user.name, to.name, entry.id, entry.seq, entry.time)
                    delivery.to_peer(entry.peer, held)
                return
        if entry.id is not None:
            self._confirm(entry, delivery)

    def _deliver_joined(self, entry: Joined, delivery: Delivery) -> None:
        room, user = entry.room, entry.user
        if entry.peer is not None and room not in user.rooms:
            error = self.moderation.refusal_to_join(user, room)
            if error is not None:  # removed while the join was on its way, by what another program changed
                delivery.to_peer(entry.peer, _refusal(entry, error))
                return
        backlog = None if entry.peer is None else room.catching_up.pop(entry.peer, None)
        gap = None
        if backlog is not None and entry.peer is not None:
            for event in backlog.events:
                delivery.to_peer(entry.peer, replace(event, replay=True))
            gap = backlog.gap
        room.expect(user)
        delivery.enter(room, user)
        joined = RoomJoined(user.name, room.name, entry.id, self.journal.epoch, entry.seq, gap)
        self._answer(entry, delivery, joined)
        if room.order.topic and entry.peer is not None:
            delivery.to_peer(entry.peer, TopicShown(room.name, room.order.topic))
        came_back = entry.peer is None  # the owner of an account, who was a member all along
        delivery.to_room(room, MemberJoined(room.name, user.name, back=came_back))

    def _deliver_left(self, entry: Left, delivery: Delivery) -> None:
        room, user = entry.room, entry.user
        was_there = user in room.members or entry.put_out  # else they were put out before
        delivery.exit(room, user)
        self._answer(entry, delivery, RoomLeft(user.name, room.name, entry.id))
        self._tell_others(entry, MemberLeft(room.name, user.name), delivery)
        if was_there:
            offline = entry.peer is None and room in user.rooms  # the account stays a member
            delivery.to_room(room, MemberLeft(room.name, user.name, offline=offline))

    def _deliver_ordered(self, entry: Ordered, delivery: Delivery) -> None:
        room, event = entry.room, entry.event
        if entry.refused:
            self._let_back(entry)
            if entry.peer is not None:
                delivery.to_peer(entry.peer, _refusal(entry, permissions.no_moderator(room)))
            return
        room.wanted -= 1
        self.moderation.apply(entry.acts)
        room.order.end()
        delivery.send_before(room)
        self._answer(entry, delivery, OrderDone(entry.user.name, entry.id, event))
        delivery.to_room(room, event)
        for user in entry.out:
            delivery.exit(room, user)
            if isinstance(event, Removal):
                for peer in user.peers:
                    delivery.to_peer(peer, RemovedFromRoom(user.name, event))
        if entry.invited is not None:
            invitation = InvitationReceived(entry.invited.name, room.name, entry.user.name)
            for peer in entry.invited.peers:
                delivery.to_peer(peer, invitation)

    def _tell_others(
        self, entry: Created | Left, event: MemberJoined | MemberLeft, delivery: Delivery
    ) -> None:
        """Tell a user's other clients what the user did with this one; no room tells them."""
        for peer in entry.user.peers:
            if peer is not entry.peer:
                delivery.to_peer(peer, event)

    def _answer(self, entry: Created | Joined | Left | Ordered, delivery: Delivery, event: Answer) -> None:
        """Answer the client that asked."""
        if entry.peer is not None:
            delivery.to_peer(entry.peer, event)

    def _confirm(self, entry: Said | Whispered, delivery: Delivery) -> None:
        """Tell the client that its message is accepted for good: its `id` shows that it reads answers."""
        if entry.peer is not None:
            delivery.to_peer(entry.peer, _accepted(entry.user, entry.id, entry.seq, entry.time))

    def _show_on_others(self, entry: Whispered, event: Private, delivery: Delivery) -> None:
        """Let somebody's other clients hear what he says with this one."""
        for peer in entry.user.peers:
            if peer is not entry.peer:
                delivery.to_peer(peer, event)
        entry.user.catching_up.add(event)

    # Checks.

    def _check_open(self) -> None:
        if self._closed:
            raise ShuttingDown

    def _room_for(self, user: User, name: str) -> Room:
        """Return a room that the user is not in, and may be."""
        self._check_open()
        room = self.rooms.get(name)
        if room in user.rooms:
            raise AlreadyMember(room.name)
        self._check_guarded(user, room)
        self._check_rooms_of(user)
        return room

    def _check_guarded(self, user: User, room: Room) -> None:
        if room.order.guarded:
            self.moderation.check(Join, user, room)

    def _check_rooms_of(self, user: User) -> None:
        self._check_open()
        if len(user.rooms) >= self.limits.rooms_of_user:
            raise TooMany("rooms joined", self.limits.rooms_of_user)

    def _checked(self, text: str) -> str:
        if len(text) > self.limits.text:
            raise TooLong("text", self.limits.text, "characters")
        return text if text.isprintable() else harmless(text)


def _accepted(user: User, id: str | None, seq: int, time: str) -> Success:
    return Success(SERVER, user.name, "Message sent", id=id, seq=seq, time=time)


def _refusal(entry: Entry, reason: ChatError) -> Error:
    return Error(SERVER, entry.user.name, reason.text, code=reason.code, id=entry.id)
