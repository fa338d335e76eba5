"""The chat: its parts, and the way of a message through them.

A request is checked, and appended to the journal as an entry. What the journal has committed is delivered: it
changes the memberships, answers the client that asked, and is told to all members.

    Alice -> group "Hello"              Chat.say        -> Said    -> Journal.append
    Alice <- "Hello", Bob <- "Hello"    Batches.deliver <- [Said]  <- committed

So all members of a room see its log in one order, and nobody sees a message that is not stored.
"""

from __future__ import annotations

from collections.abc import Awaitable

from classchat.core.archive import Archive
from classchat.core.batches import Batches, accepted
from classchat.core.directory import Directory
from classchat.core.entries import Aside, Created, Said, Whispered
from classchat.core.events import Own, Styled
from classchat.core.external_changes import ExternalChanges
from classchat.core.features import speaking
from classchat.core.features.moderation import Moderation
from classchat.core.ground import Ground
from classchat.core.hook_posts import HookPosts
from classchat.core.journal_port import CannotOpen, Journal
from classchat.core.list_requests import ListRequests
from classchat.core.manners import Manner, Uttered
from classchat.core.model import User
from classchat.core.node_entries import NodeEntries
from classchat.core.node_following import NodeFollowing
from classchat.core.notices import Observe
from classchat.core.people import People
from classchat.core.persons import Person
from classchat.core.ports import Calendar, Clock, Passwords, Peer
from classchat.core.published import Published
from classchat.core.restored_owners import restore_owners
from classchat.core.room_requests import RoomRequests
from classchat.core.signalling import Signalling
from classchat.core.undoing import Undoing
from classchat.core.user_requests import UserRequests
from classchat.errors import ChatError, HistoryUnavailable, NotSaved, ShuttingDown, TooLong, UserNotFound
from classchat.limits import Limits
from classchat.messages import Private, Say, Success, Tell
from classchat.names import SERVER
from classchat.texts import harmless


class Chat:
    """Builds the parts of the chat, with the registries of users and rooms that they share; takes messages.

    A request that can't be granted raises a `ChatError` and changes nothing. `peer` is the client that asks,
    and `id` the name of its request: None where it wants no answer.
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
        directory = Directory(limits)
        published = Published(journal, clock)
        ground = self._ground = Ground(journal, directory, observe, clock, calendar, published)
        self._passwords = passwords
        self._gate = ground.gate
        self._claimed = directory.accounts.keys
        self.journal, self.limits, self.measures = journal, limits, ground.measures
        self.users, self.rooms, self.accounts = directory.users, directory.rooms, directory.accounts
        self.watchers = directory.watchers
        self.lobby: str | None = None
        """The room for newcomers."""

        moderation = self.moderation = Moderation(directory, calendar)
        archive = Archive(ground, moderation)
        self.catch_up, self.readings = archive.catch_up, archive.readings
        self.conversations = archive.conversations
        people = People(ground, moderation, archive.catch_up, passwords)
        self.presence, self.rate_limits = people.presence, people.rate_limits
        self.sign_ins, self.empowering = people.sign_ins, people.empowering
        of_rooms = RoomRequests(ground, moderation, archive.catch_up)
        self.memberships, self.files = of_rooms.memberships, of_rooms.files
        self.rulings, self.classes = of_rooms.rulings, of_rooms.classes
        self.guest_rooms = of_rooms.guest_rooms
        self._slow_rooms = of_rooms.slow_rooms
        lists = ListRequests(directory, calendar, ground.gate)
        self.requests = UserRequests(lists, archive, people, of_rooms)
        self.hook_posts = HookPosts(journal, directory, ground.gate, clock)
        self._signals = Signalling(journal, directory, self.memberships, moderation, people.sign_ins.time)
        of_nodes = NodeEntries(directory, people, published, self.rulings)
        undoing = self.undoing = Undoing(ground, people.renames, of_nodes)
        self.batches = Batches(
            ground, moderation, people.renames, of_rooms.happenings, of_nodes, archive.deletions, undoing
        )
        self.following = NodeFollowing(ground, self.batches, people, moderation, self.rulings, of_nodes)
        self._external = ExternalChanges(directory, people, moderation, calendar)

    def open(self) -> None:
        """Open the journal and take over what it has stored. Nothing else may be called before.

        Raises:
            CannotOpen: the journal can't be used.
        """
        ground = self._ground
        restored = self.journal.open(
            self.batches.deliver, self.undoing.take_back, self._external.apply, self.following
        )
        for name, last_seq in restored.rooms:
            self.rooms.restore(name, last_seq, restored.created.get(name))
        self.rooms.several = self.journal.several
        self.moderation.apply(restored.changes)
        restore_owners(restored, ground.directory, ground.journal, ground.calendar)
        self.following.restore(restored)
        self.rulings.restore(restored.rows, first=not restored.presences)
        self._open_lobby()
        self.rooms.trim()  # not earlier: only now it is known which rooms have to stay
        ground.observe(ground.directory.outdated())

    def _open_lobby(self) -> None:
        """Create the room for newcomers, which stays and has no moderator.

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
        lobby.wanted += 1  # no other room takes its place
        self.lobby = lobby.name

    def settled(self) -> Awaitable[None]:
        """Return an awaitable that is done when everything that was granted so far is delivered."""
        return self.journal.settled()

    @property
    def epoch(self) -> str:
        """The name of the journal that numbers the messages."""
        return self.journal.epoch

    def change_limits(self, limits: Limits) -> None:
        """Use other limits from now on, for all users: what was granted stays."""
        self.limits.take_over(limits)
        self.rooms.most = limits.rooms
        self.rate_limits.change(self.users)

    def is_ready(self) -> bool:
        """Return whether clients should come: a load balancer sends them elsewhere while they should not."""
        return not self._gate.closed

    def close(self) -> None:
        """Refuse all requests that would have to be delivered, and tell no room that its users leave."""
        self._gate.close()
        self.rulings.close()
        self.presence.close()

    def stop(self) -> None:
        """End what is still under way for clients that sign in. Harmless twice."""
        self._passwords.stop()

    # Messages.

    def say(
        self, user: User, peer: Peer, id: str | None, name: str, text: str, manner: Manner | None = None
    ) -> None:
        """Send a message to a room.

        Raises:
            ChatError: the user may not speak there, or the text is too long.
            Undecided: an order that is on its way may change that.
        """
        room = self.memberships.room_of(user, name)
        if room.order.hushed:
            self.moderation.check(Say, user, room)
            if speaking.goes_to_staff(user, room):
                label = None if manner is None else manner.label
                self.classes.tell_staff(user, peer, id, room, self._checked(text), label)
                return
            self._slow_rooms.check(user, room)
        self.journal.append(Said(user, peer, id, self._checked(text), room, manner))

    def say_at_once(self, user: User, peer: Peer, name: str, text: str) -> bool:
        """Send a printable text to a room, if there is nothing else to decide; return whether it was sent."""
        room = self.rooms.find(name)
        if room not in user.rooms or room.order.hushed or len(text) > self.limits.text or self._gate.closed:
            return False
        self.journal.append(Said(user, peer, None, text, room))
        return True

    def tell(
        self, user: User, peer: Peer, id: str | None, name: str, text: str, manner: Manner | None = None
    ) -> None:
        """Send a message to one user.

        Raises:
            ChatError: no user and no account has that name, or the text is too long.
        """
        if self._gate.closed:
            raise ShuttingDown
        to = self.users.find(name)
        if to is None:
            account = self.accounts.find(name)
            if account is None:
                raise UserNotFound(name)
            to = account.user
        elif to.account is None and to.person.key in self._claimed:
            to = self._owner(to)  # the name was claimed meanwhile, and its owner has not signed in yet
        if self.rooms.exams:
            speaking.check_private(self.rooms, user, to)
        text = self._checked(text)
        dialog = user.person.dialogs.get(to.person) or user.person.dialog_with(to.person)
        self.journal.append(Whispered(user, peer, id, text, dialog, to, manner))

    def utter(self, user: User, peer: Peer, uttered: Uttered) -> None:
        """Send a message in a manner of its own.

        Raises:
            ChatError: as for a message without a manner.
            Undecided: likewise.
        """
        command, manner = uttered.command, uttered.manner
        if not command.text:
            self._signals.send(user, peer, command, manner)
        elif isinstance(command, Say):
            self.say(user, peer, None, command.receiver, command.text, manner)
        elif uttered.aside:
            self._tell_aside(user, peer, command, manner)
        else:
            self.tell(user, peer, None, command.receiver, command.text, manner)

    def _tell_aside(self, user: User, peer: Peer, command: Tell, manner: Manner) -> None:
        """Send a text to the newest client of a user that has a personal codec; store nothing.

        A user without such a client has no program that understands it: then nobody is told.
        """
        to = self.users.find(command.receiver)
        if to is None and self.accounts.find(command.receiver) is None:
            raise UserNotFound(command.receiver)
        if to is not None and self.rooms.exams:
            speaking.check_private(self.rooms, user, to)
        if len(command.text) > self.limits.text:
            raise TooLong("text", self.limits.text, "characters")
        name = command.receiver if to is None else to.name
        told = Styled(Private(user.name, name, command.text, time=self.sign_ins.time()), manner)
        other = None if to is None else to.personal_peer
        if other is not None:
            other.tell(told)
        elif to is not None and to.elsewhere:
            self.journal.append(Aside(user, None, None, to=to, told=told))
        peer.tell(Own(told))

    def _owner(self, guest: User) -> User:
        """Return the owner of the name that a guest still has: a message to the name is for the owner."""
        account = self.accounts.by_key(guest.person.key)
        return guest if account is None else account.user

    def _checked(self, text: str) -> str:
        if len(text) > self.limits.text:
            raise TooLong("text", self.limits.text, "characters")
        return text if text.isprintable() else harmless(text)

    async def sent_before(self, user: User, id: str, otherwise: ChatError) -> Success:
        """Return the answer to a message that is refused now, but was stored before its connection was lost.

        Raises:
            ChatError: it was not stored; this is `otherwise`.
        """
        await self.settled()
        try:
            stored = await self.journal.repeated(user.person.key, id)
        except HistoryUnavailable:
            raise NotSaved from None  # whether it was is not known: the client asks again with the same `id`
        if stored is None:
            raise otherwise
        return accepted(user, id, *stored)
