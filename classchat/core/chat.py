"""The chat itself: what users may do, and how everybody hears of it.

A verb checks a request and appends an entry to the journal; `deliver` takes what the journal has
committed, changes the memberships, answers who asked, and lets everybody hear it:

    Alice -> say("CS350", "Hello")      Chat.say    -> Said    -> Journal.append
    Alice <- "Hello", Bob <- "Hello"    Chat.deliver <- [Said]  <- committed

So every member of a room sees its log in one order, and nobody hears what was not kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from typing import Any, assert_never

from msgspec.structs import replace

from classchat.core.accounts import AccountRegistry
from classchat.core.acts import Act, Change
from classchat.core.delivery import Delivery
from classchat.core.entries import Created, Entry, Joined, Left, Noted, Ordered, Said, Whispered
from classchat.core.notices import Disconnected, Registered
from classchat.core.persons import digest, new_token
from classchat.core.ports import Encode, Journal, Observe, Peer
from classchat.core.recall import Backlog, Recall
from classchat.core.rooms import Room, RoomRegistry
from classchat.core.users import User, UserRegistry
from classchat.errors import (
    AlreadyMember,
    ChatError,
    NotAMember,
    RoomNotFound,
    ShuttingDown,
    TakenOver,
    TooLong,
    TooMany,
    UsernameTaken,
)
from classchat.limits import Limits
from classchat.messages import Error, Group, Private, Since, Success
from classchat.names import SERVER
from classchat.texts import harmless


class Chat:
    """The verbs, and what becomes of them; the shared registries of users and rooms.

    All verbs raise `ChatError` where they can't be granted, and change nothing then. `peer` is the
    client that asks, and `id` what it calls its request: None where it wants no answer.
    """

    def __init__(self, journal: Journal, encode: Encode, observe: Observe, limits: Limits) -> None:
        self.limits = limits
        self.encode = encode
        self.users = UserRegistry(limits.user_name)
        self.rooms = RoomRegistry(limits.room_name, limits.rooms)
        self.accounts = AccountRegistry(limits.user_name)
        self.journal = journal
        self._observe = observe
        self._closed = False
        self.recall = Recall(journal, encode, self.users, self.rooms)

    def open(self) -> None:
        """Go on where the journal has come to; before that there is nothing to be done here.

        Raises:
            CannotOpen: the journal can't be gone on with.
        """
        restored = self.journal.open(self.deliver, self.take_back)
        for name, last_seq in restored.rooms:
            self.rooms.add(name).last_seq = last_seq
        self._apply(restored.changes)

    def settled(self) -> Awaitable[None]:
        """Return what is done when everything that was granted so far is delivered."""
        return self.journal.settled()

    @property
    def epoch(self) -> str:
        """The name of the journal, in which all numbers are."""
        return self.journal.epoch

    def close(self) -> None:
        """Grant nothing more that has to be delivered, and tell no room who leaves: everybody does."""
        self._closed = True

    # Users come and go.

    def register(self, name: str, peer: Peer) -> tuple[User, str]:
        """Sign in somebody new; return also the token that shows, later, that it is the same person."""
        if self.users.check(name) is not None:
            raise UsernameTaken(name)
        token = new_token()
        user = self.users.add(self.journal.meet(name, token))
        user.peers.append(peer)
        self._observe([Registered(name)])
        return user, token

    async def recognize(self, name: str, token: str) -> tuple[User, str]:
        """Sign in somebody who was here before, if the token shows it; he hears nothing yet.

        Where he seems to be still here, he takes his name over.
        """
        person = None
        if self.users.check(name) is None:
            await self.settled()
            person = await self.journal.recognize(name, token)
        bearer = self.users.check(name)  # perhaps somebody has taken it meanwhile
        if bearer is not None and bearer.person.token == digest(token):
            person = bearer.person
            self._turn_out(bearer)
        elif bearer is not None:
            if person is not None:
                self.journal.part(person)
            raise UsernameTaken(name)
        if person is None:
            token = new_token()
            person = self.journal.meet(name, token)
        user = self.users.add(person)
        user.backlog = Backlog()
        self._observe([Registered(name)])
        return user, token

    async def catch_up(self, user: User, peer: Peer, since: Since | None) -> Backlog:
        """Tell somebody who is back what he missed, and let him hear what is said from now on.

        Returns what was said meanwhile, and what could not be told.
        """
        backlog = user.backlog or Backlog()
        await self.settled()
        await self.recall.tell_missed_privately(user.person, peer, since, backlog)
        user.backlog = None
        user.peers.append(peer)
        return backlog

    def depart(self, user: User, reason: ChatError | None = None) -> None:
        """Sign a user out, who hears nothing more: the name is free, his rooms are told. Harmless twice."""
        if user in self.users:
            self._sign_out(user, reason)
            self.journal.part(user.person)

    def _turn_out(self, user: User) -> None:
        """Hang up on a connection whose place is taken by another one of the same person."""
        reason = TakenOver()
        for peer in user.peers:
            peer.write(self.encode(Error(SERVER, user.name, reason.text, code=reason.code)))
            peer.close()
        self._sign_out(user, reason)

    def _sign_out(self, user: User, reason: ChatError | None) -> None:
        user.peers.clear()
        self.users.remove(user)
        if not self._closed:
            for room in user.rooms:
                self.journal.append(Left(user, None, None, room))
        for room in list(user.rooms):
            room.forsake(user)
        # Why everybody leaves a server that is being stopped was said already.
        self._observe([Disconnected(user.name, reason.code if reason and not self._closed else None)])

    # Rooms.

    def create(self, user: User, peer: Peer, id: str | None, name: str) -> None:
        """Make a room; the user is its first member."""
        self._check_rooms_of(user)
        room = self.rooms.add(name)
        room.enlist(user)
        self.journal.append(Created(user, peer, id, room))

    def join(self, user: User, peer: Peer, id: str | None, name: str) -> None:
        """Make the user a member of a room."""
        room = self._room_for(user, name)
        room.enlist(user)
        self.journal.append(Joined(user, peer, id, room))

    def room_of(self, user: User, name: str) -> Room:
        """Return a room that the user is in, to do something there."""
        self._check_open()
        room = self.rooms.get(name)
        if room not in user.rooms:
            raise NotAMember(room.name)
        return room

    async def rejoin(self, user: User, peer: Peer, id: str | None, name: str, since: Since) -> None:
        """Make the user a member of a room again, and tell him first what he missed there."""
        room = self._room_for(user, name)
        backlog = room.latecomers[user] = Backlog()
        try:
            await self.recall.tell_missed(user, peer, room, since, backlog)
            self._check_open()
            if self.rooms.find(name) is not room:
                raise RoomNotFound(name)  # nobody was in it, and its place was needed
            if user in self.users:
                room.enlist(user)
                self.journal.append(Joined(user, peer, id, room))
        finally:
            if room not in user.rooms:
                del room.latecomers[user]

    def leave(self, user: User, peer: Peer, id: str | None, name: str) -> None:
        """Let the user be a member of a room no more."""
        room = self.room_of(user, name)
        room.forsake(user)
        self.journal.append(Left(user, peer, id, room))

    # What is said.

    def say(self, user: User, peer: Peer, id: str | None, name: str, text: str) -> None:
        """Say something to a room."""
        room = self.room_of(user, name)
        self.journal.append(Said(user, peer, id, self._checked(text), room))

    def tell(self, user: User, peer: Peer, id: str | None, name: str, text: str) -> None:
        """Tell one person something."""
        self._check_open()
        to = self.users.get(name)
        text = self._checked(text)
        dialog = user.person.dialogs.get(to.person) or user.person.dialog_with(to.person)
        self.journal.append(Whispered(user, peer, id, text, dialog, to))

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
        delivery = Delivery(self.encode)
        for entry in batch:
            match entry:
                case Said():
                    self._deliver_said(entry, delivery)
                case Whispered():
                    self._deliver_whispered(entry, delivery)
                case Created():
                    self._apply(entry.acts)
                    delivery.enter(entry.room, entry.user)
                    text = f"Chat room '{entry.room.name}' created successfully"
                    self._answer(entry, delivery, text, epoch=self.journal.epoch, seq=entry.seq)
                case Joined():
                    self._deliver_joined(entry, delivery)
                case Left():
                    self._deliver_left(entry, delivery)
                case Ordered():
                    self._deliver_ordered(entry, delivery)
                case Noted():
                    pass
                case _:
                    assert_never(entry)
        self._observe(batch)
        delivery.send()

    def take_back(self, batch: Sequence[Entry], reason: ChatError) -> None:
        """Undo what could not be kept, and tell those who asked for it: the journal's other way out."""
        for entry in batch:
            match entry:
                case Created():
                    entry.room.forsake(entry.user)
                    self.rooms.remove(entry.room)
                case Joined():
                    entry.room.forsake(entry.user)
                case Left():
                    self._stay(entry)
                case Noted():
                    entry.lost = True
                case Said() | Whispered() | Ordered():
                    pass
                case _:
                    assert_never(entry)
            if entry.peer is not None:
                event = Error(SERVER, entry.user.name, reason.text, code=reason.code, id=entry.id)
                entry.peer.write(self.encode(event))

    def _stay(self, entry: Left) -> None:
        if entry.peer in entry.user.peers:
            entry.room.enlist(entry.user)
        else:
            entry.room.members.discard(entry.user)  # gone is gone, whether it was kept or not

    def _deliver_said(self, entry: Said, delivery: Delivery) -> None:
        if not entry.repeated:
            room = entry.conversation
            event = Group(entry.user.name, room.name, entry.text, seq=entry.seq, time=entry.time)
            delivery.to_room(room, event)
            if room.latecomers:
                for backlog in room.latecomers.values():
                    backlog.add(event)
        if entry.id is not None:
            self._confirm(entry, delivery)

    def _deliver_whispered(self, entry: Whispered, delivery: Delivery) -> None:
        if not entry.repeated:
            to = entry.to
            event = Private(entry.user.name, to.name, entry.text, seq=entry.seq, time=entry.time)
            for peer in to.peers:
                delivery.to_peer(peer, event)
            if to.backlog is not None:
                to.backlog.add(event)
        if entry.id is not None:
            self._confirm(entry, delivery)

    def _deliver_joined(self, entry: Joined, delivery: Delivery) -> None:
        room, text = entry.room, f"You have joined '{entry.room.name}'"
        answer: dict[str, Any] = {"epoch": self.journal.epoch, "seq": entry.seq}
        backlog = room.latecomers.pop(entry.user, None)
        if backlog is not None and entry.peer is not None:
            for event in backlog.events:
                delivery.to_peer(entry.peer, replace(event, replay=True))
            if backlog.gap is not None:
                text += f"; {backlog.gap.text()}"
                answer.update(backlog.gap.told())
        delivery.enter(room, entry.user)
        self._answer(entry, delivery, text, **answer)
        self._announce(room, f"{entry.user.name} has joined the chat room", delivery)

    def _deliver_left(self, entry: Left, delivery: Delivery) -> None:
        room = entry.room
        delivery.exit(room, entry.user)
        self._answer(entry, delivery, f"You have left '{room.name}'")
        self._announce(room, f"{entry.user.name} has left the chat room", delivery)

    def _deliver_ordered(self, entry: Ordered, delivery: Delivery) -> None:
        room = entry.room
        self._apply(entry.acts)
        self._answer(entry, delivery, entry.answer)
        if entry.text:
            self._announce(room, entry.text, delivery)
        for user in entry.out:
            room.forsake(user)
            delivery.exit(room, user)

    def _apply(self, acts: Iterable[Act]) -> None:
        """Let the order in rooms be as was decided; a room that is gone has none."""
        for act in acts:
            if isinstance(act, Change):
                room = self.rooms.by_key(act.room)
                if room is not None:
                    room.order.apply(act)

    def _announce(self, room: Room, text: str, delivery: Delivery) -> None:
        delivery.to_room(room, Group(SERVER, room.name, text))

    def _answer(
        self, entry: Created | Joined | Left | Ordered, delivery: Delivery, text: str, **fields: Any
    ) -> None:
        """Tell who asked that it is done."""
        if entry.peer is not None:
            delivery.to_peer(entry.peer, Success(SERVER, entry.user.name, text, id=entry.id, **fields))

    def _confirm(self, entry: Said | Whispered, delivery: Delivery) -> None:
        """Tell who asked that the message is accepted for good: his `id` shows that he can hear it."""
        if entry.peer is not None:
            delivery.to_peer(entry.peer, _accepted(entry.user, entry.id, entry.seq, entry.time))

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
        self._check_rooms_of(user)
        return room

    def _check_rooms_of(self, user: User) -> None:
        self._check_open()
        if len(user.rooms) >= self.limits.rooms_of_user:
            raise TooMany("rooms that you are in", self.limits.rooms_of_user)

    def _checked(self, text: str) -> str:
        if len(text) > self.limits.text:
            raise TooLong("text", self.limits.text, "characters")
        return text if text.isprintable() else harmless(text)


def _accepted(user: User, id: str | None, seq: int, time: str) -> Success:
    return Success(SERVER, user.name, "Message sent", id=id, seq=seq, time=time)
