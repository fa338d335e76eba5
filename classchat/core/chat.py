"""The chat itself: what users may do, and how everybody hears of it.

A verb checks a request and appends an entry to the journal; `deliver` takes what the journal has
committed, changes the memberships, answers who asked, and lets everybody hear it:

    Alice -> say("CS350", "Hello")      Chat.say    -> Said    -> Journal.append
    Alice <- "Hello", Bob <- "Hello"    Chat.deliver <- [Said]  <- committed

So every member of a room sees its log in one order, and nobody hears what was not kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import assert_never

from classchat.core.delivery import Delivery
from classchat.core.entries import Created, Entry, Joined, Left, Said, Whispered
from classchat.core.notices import Disconnected, Registered
from classchat.core.ports import Encode, Journal, Observe, Peer
from classchat.core.rooms import Dialog, Room, RoomRegistry
from classchat.core.users import User, UserRegistry
from classchat.errors import AlreadyMember, ChatError, NotAMember, ShuttingDown, TooLong, TooMany
from classchat.limits import Limits
from classchat.messages import Error, Group, Private, RoomListing, Success, UserListing
from classchat.names import SERVER
from classchat.texts import harmless

_LISTED_AROUND = 64
"""Bytes around a name in a listing, at most: it stands there once in the text, and once for programs."""


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
        self._journal = journal
        self._observe = observe
        self._closed = False
        for name, last_seq in journal.subscribe(self.deliver, self.take_back):
            self.rooms.add(name).last_seq = last_seq

    def settled(self) -> Awaitable[None]:
        """Return what is done when everything that was granted so far is delivered."""
        return self._journal.settled()

    def close(self) -> None:
        """Grant nothing more that has to be delivered, and tell no room who leaves: everybody does."""
        self._closed = True

    # Users come and go.

    def register(self, name: str, peer: Peer) -> User:
        """Sign in a user."""
        user = self.users.add(name)
        user.peers.append(peer)
        self._observe([Registered(name)])
        return user

    def depart(self, user: User, reason: ChatError | None = None) -> None:
        """Sign a user out, who hears nothing more: the name is free, and his rooms are told."""
        user.peers.clear()
        self.users.remove(user)
        if not self._closed:
            for room in user.rooms:
                self._journal.append(Left(user, None, None, room))
        for room in list(user.rooms):
            self._forsake(user, room)
        # Why everybody leaves a server that is being stopped was said already.
        self._observe([Disconnected(user.name, reason.code if reason and not self._closed else None)])

    # Rooms.

    def create(self, user: User, peer: Peer, id: str | None, name: str) -> None:
        """Make a room; the user is its first member."""
        self._check_rooms_of(user)
        room = self.rooms.add(name)
        self._enlist(user, room)
        self._journal.append(Created(user, peer, id, room))

    def join(self, user: User, peer: Peer, id: str | None, name: str) -> None:
        """Make the user a member of a room."""
        self._check_open()
        room = self.rooms.get(name)
        if room in user.rooms:
            raise AlreadyMember(room.name)
        self._check_rooms_of(user)
        self._enlist(user, room)
        self._journal.append(Joined(user, peer, id, room))

    def leave(self, user: User, peer: Peer, id: str | None, name: str) -> None:
        """Let the user be a member of a room no more."""
        room = self._room_of(user, name)
        self._forsake(user, room)
        self._journal.append(Left(user, peer, id, room))

    # What is said.

    def say(self, user: User, peer: Peer, id: str | None, name: str, text: str) -> None:
        """Say something to a room."""
        room = self._room_of(user, name)
        self._journal.append(Said(user, peer, id, self._checked(text), room))

    def tell(self, user: User, peer: Peer, id: str | None, name: str, text: str) -> None:
        """Tell one person something."""
        self._check_open()
        to = self.users.get(name)
        text = self._checked(text)
        dialog = user.dialogs.get(to)
        if dialog is None:
            dialog = user.dialogs[to] = to.dialogs[user] = Dialog()
        self._journal.append(Whispered(user, peer, id, text, to, dialog))

    # Who and what is there.

    def list_rooms(self, user: User, id: str | None) -> Success:
        """Answer with all rooms, or as many as one line holds."""
        rooms = sorted(self.rooms, key=lambda room: room.name.casefold())
        shown = self._fitting([room.name for room in rooms])
        more = len(rooms) - shown
        listing = [RoomListing(room.name, len(room.members)) for room in rooms[:shown]]
        words = [f"{room.name} ({_counted(room.members, 'member')})" for room in listing]
        text = f"Chat rooms: {_enumerated(words, more)}" if rooms else "There are no chat rooms yet"
        return Success(SERVER, user.name, text, id=id, rooms=listing, more=more or None)

    def list_users(self, user: User, id: str | None, name: str) -> Success:
        """Answer with all users, or those of a room that the user is in, or as many as one line holds."""
        room = self._room_of(user, name) if name else None
        users = self.users if room is None else room.members
        everybody = sorted((other.name for other in users), key=str.casefold)
        shown = everybody[: self._fitting(everybody)]
        more = len(everybody) - len(shown)
        title = "Users online" if room is None else f"Members of '{room.name}'"
        text = f"{title}: {_enumerated(shown, more)}"
        listing = [UserListing(other) for other in shown]
        return Success(SERVER, user.name, text, id=id, users=listing, more=more or None)

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
                    delivery.enter(entry.room, entry.user)
                    self._answer(entry, delivery, f"Chat room '{entry.room.name}' created successfully")
                case Joined():
                    self._deliver_joined(entry, delivery)
                case Left():
                    self._deliver_left(entry, delivery)
                case _:
                    assert_never(entry)
        self._observe(batch)
        delivery.send()

    def take_back(self, batch: Sequence[Entry], reason: ChatError) -> None:
        """Undo what could not be kept, and tell those who asked for it: the journal's other way out."""
        for entry in batch:
            match entry:
                case Created():
                    self._forsake(entry.user, entry.room)
                    self.rooms.remove(entry.room)
                case Joined():
                    self._forsake(entry.user, entry.room)
                case Left():
                    self._stay(entry)
                case Said() | Whispered():
                    pass
                case _:
                    assert_never(entry)
            if entry.peer is not None:
                event = Error(SERVER, entry.user.name, reason.text, code=reason.code, id=entry.id)
                entry.peer.write(self.encode(event))

    def _deliver_said(self, entry: Said, delivery: Delivery) -> None:
        room = entry.room
        event = Group(entry.user.name, room.name, entry.text, seq=entry.seq, time=entry.time)
        delivery.to_room(room, event)
        if entry.id is not None:
            self._confirm(entry, delivery)

    def _deliver_whispered(self, entry: Whispered, delivery: Delivery) -> None:
        event = Private(entry.user.name, entry.to.name, entry.text, seq=entry.seq, time=entry.time)
        for peer in entry.to.peers:
            delivery.to_peer(peer, event)
        if entry.id is not None:
            self._confirm(entry, delivery)

    def _deliver_joined(self, entry: Joined, delivery: Delivery) -> None:
        room = entry.room
        delivery.enter(room, entry.user)
        self._answer(entry, delivery, f"You have joined '{room.name}'")
        self._announce(room, f"{entry.user.name} has joined the chat room", delivery)

    def _deliver_left(self, entry: Left, delivery: Delivery) -> None:
        room = entry.room
        delivery.exit(room, entry.user)
        self._answer(entry, delivery, f"You have left '{room.name}'")
        self._announce(room, f"{entry.user.name} has left the chat room", delivery)

    def _announce(self, room: Room, text: str, delivery: Delivery) -> None:
        delivery.to_room(room, Group(SERVER, room.name, text))

    def _answer(self, entry: Created | Joined | Left, delivery: Delivery, text: str) -> None:
        """Tell who asked that it is done."""
        if entry.peer is not None:
            delivery.to_peer(entry.peer, Success(SERVER, entry.user.name, text, id=entry.id))

    def _confirm(self, entry: Said | Whispered, delivery: Delivery) -> None:
        """Tell who asked that the message is accepted for good: his `id` shows that he can hear it."""
        if entry.peer is not None:
            event = Success(
                SERVER, entry.user.name, "Message sent", id=entry.id, seq=entry.seq, time=entry.time
            )
            delivery.to_peer(entry.peer, event)

    # Who wants to be where.

    def _enlist(self, user: User, room: Room) -> None:
        user.rooms.add(room)
        room.wanted += 1

    def _forsake(self, user: User, room: Room) -> None:
        if room in user.rooms:
            user.rooms.remove(room)
            room.wanted -= 1

    def _stay(self, entry: Left) -> None:
        if entry.peer in entry.user.peers:
            self._enlist(entry.user, entry.room)
        else:
            entry.room.members.discard(entry.user)  # gone is gone, whether it was kept or not

    # Checks.

    def _check_open(self) -> None:
        if self._closed:
            raise ShuttingDown

    def _room_of(self, user: User, name: str) -> Room:
        """Return a room that the user is in, to do something there."""
        self._check_open()
        room = self.rooms.get(name)
        if room not in user.rooms:
            raise NotAMember(room.name)
        return room

    def _check_rooms_of(self, user: User) -> None:
        self._check_open()
        if len(user.rooms) >= self.limits.rooms_of_user:
            raise TooMany("rooms that you are in", self.limits.rooms_of_user)

    def _checked(self, text: str) -> str:
        if len(text) > self.limits.text:
            raise TooLong("text", self.limits.text, "characters")
        return text if text.isprintable() else harmless(text)

    def _fitting(self, listed: Sequence[str]) -> int:
        """Return how many of the names one line holds."""
        left = self.limits.listing
        for count, name in enumerate(listed):
            left -= 2 * len(name.encode()) + _LISTED_AROUND
            if left < 0:
                return count
        return len(listed)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _enumerated(words: Sequence[str], more: int) -> str:
    rest = [f"and {more} more"] if more else []
    return ", ".join([*words, *rest])
