"""The request `delete`: the text of a message is deleted, and a tombstone keeps its number.

    Alice -> delete 42 of "CS350"   DeleteRequests.answer -> Deleted   -> Journal.append
    all members are told            Batches.deliver       <- [Deleted] <- committed, and audited

Users may delete what they have sent themselves, within a time (`--delete-within`); moderators of a room may
delete every message of it, at any time. A message belongs to the person who has sent it, not to the name.
"""

from __future__ import annotations

from classchat.core import permissions
from classchat.core.acts import Audited, Deletion
from classchat.core.answer_events import DeletionDone
from classchat.core.conversations import Conversations
from classchat.core.delivery import Delivery
from classchat.core.directory import Directory
from classchat.core.entries import Deleted
from classchat.core.events import PrivateDeleted
from classchat.core.features import speaking
from classchat.core.features.decision import empowered, shown_line
from classchat.core.features.moderation import Moderation
from classchat.core.gate import Gate
from classchat.core.journal_port import Journal
from classchat.core.model import Conversation, Room, User
from classchat.core.persons import Dialog
from classchat.core.ports import Peer
from classchat.core.readings import Readings
from classchat.core.room_events import MessageDeleted
from classchat.core.stored import Authorship, StoredPlace, Tombstone
from classchat.errors import MessageNotFound, NotAllowed, NotSaved, TooOld
from classchat.messages import Delete
from classchat.texts import stamp

_MOST_ATTEMPTS = 3
"""How often a request is decided whose message, or whose user's rights, change meanwhile."""


class DeleteRequests:
    """Answers `delete`, and tells of it what is stored."""

    def __init__(
        self,
        journal: Journal,
        directory: Directory,
        conversations: Conversations,
        moderation: Moderation,
        readings: Readings,
        gate: Gate,
    ) -> None:
        self._journal = journal
        self._users = directory.users
        self._rooms = directory.rooms
        self._accounts = directory.accounts
        self._limits = directory.limits
        self._conversations = conversations
        self._moderation = moderation
        self._readings = readings
        self._gate = gate

    async def answer(self, user: User, peer: Peer, asked: Delete) -> DeletionDone | None:
        """Delete a message. Returns the answer, or None where that comes when the entry is delivered.

        Raises:
            ChatError: there is no such message, the user may not delete it, or the reason is too long.
        """
        reason = shown_line(asked.text, "reason", self._limits.topic)
        for _ in range(_MOST_ATTEMPTS):
            conversation, name = await self._find(user, asked)
            found = await self._journal.authorship(conversation, asked.seq)
            await self._decided(conversation)
            self._gate.check()
            if not user.reaches(peer):
                return None  # disconnected meanwhile
            own = self._check(user, conversation)
            if found is None:
                raise MessageNotFound(asked.seq, name)
            if own:
                self._check_author(user, conversation, asked.seq, found)
            if found.deleted:
                return DeletionDone(user.name, asked.id, name, asked.seq, before=True)
            told = "" if own else reason  # muted users, for instance, may delete, and not speak
            entry = self._entry(user, peer, asked, conversation, name, found, own=own, reason=told)
            self._journal.append(entry)
            await self._journal.settled()
            if not entry.refused:
                return None
            await self._journal.look_again()
        raise NotSaved

    async def _find(self, user: User, asked: Delete) -> tuple[Conversation, str]:
        """Return the conversation that a user means, and its name; they may moderate a room from outside.

        Raises:
            ChatError: there is none.
        """
        private = asked.private is True
        room = None if private else self._rooms.find(asked.receiver)
        if room is not None:
            await self._decided(room)
            if room in user.rooms or permissions.moderates(user, room):
                return room, room.name
        conversation, name, _ = await self._conversations.find(user, asked.receiver, private=private)
        if conversation is None:
            raise MessageNotFound(asked.seq, name)
        return conversation, name

    async def _decided(self, conversation: Conversation) -> None:
        """Wait until no order of a room is on its way into the journal."""
        while isinstance(conversation, Room) and conversation.order.under_way:
            await self._journal.settled()

    def _check(self, user: User, conversation: Conversation) -> bool:
        """Check that a user may delete anything there; return whether that is only what is their own.

        Raises:
            ChatError: they may not.
        """
        if isinstance(conversation, Room):
            if permissions.moderates(user, conversation):
                return False
            permissions.check(Delete, user, conversation, self._moderation.now())
            return True
        other = self._other(user, conversation)
        if other is not None and self._rooms.exams:
            speaking.check_private(self._rooms, user, other)
        return True

    def _check_author(self, user: User, conversation: Conversation, seq: int, found: Authorship) -> None:
        """Check that a user has sent a message, and not too long ago unless it was deleted already.

        Raises:
            NotAllowed: another user has, or only moderators may delete messages.
            TooOld: it was sent too long ago.
        """
        room = conversation if isinstance(conversation, Room) else None
        if found.person != user.person.number:
            if room is None:
                raise NotAllowed("only its author can delete a private message")
            raise NotAllowed(f"only moderators of room '{room.name}' can delete messages of others")
        if found.deleted:
            return
        within = self._limits.deletable
        if not within and room is None:
            raise NotAllowed("private messages can't be deleted on this server")
        if not within:
            raise NotAllowed("only moderators can delete messages on this server")
        if found.time < self._moderation.now() - within * 1000:
            raise TooOld(seq, int(within))

    def _entry(
        self,
        user: User,
        peer: Peer,
        asked: Delete,
        conversation: Conversation,
        name: str,
        found: Authorship,
        *,
        own: bool,
        reason: str,
    ) -> Deleted:
        """Return the entry of a deletion."""
        room = conversation if isinstance(conversation, Room) else None
        deletion = Deletion(conversation.key, asked.seq, user.name, user.person.number if own else None)
        done = Audited(
            user.name,
            "delete",
            "" if room is None else room.name,
            found.sender,
            "private message" if room is None else f"message {asked.seq}" + (f": {reason}" if reason else ""),
        )
        rights = () if own or room is None else empowered(user, self._limits, room)
        return Deleted(
            user,
            peer,
            asked.id,
            conversation=conversation,
            number=asked.seq,
            author=found.sender,
            receiver=found.receiver,
            sent=found.time,
            name=name,
            other=None if isinstance(conversation, Room) else self._other(user, conversation),
            own=own,
            reason=reason,
            acts=(*rights, deletion, done),
        )

    def _other(self, user: User, dialog: Dialog) -> User | None:
        """Return the other user of a private conversation, if they are here or have an account."""
        one, other = map(int, dialog.key.split(":"))
        number = other if one == user.person.number else one
        account = self._accounts.by_person(number)
        return self._users.by_person(number) if account is None else account.user

    # What is stored.

    def deliver(self, entry: Deleted, delivery: Delivery) -> None:
        """Tell all clients of a conversation that a message was deleted, and answer the one that asked."""
        if entry.refused:
            return
        peer, place = entry.peer, entry.conversation
        private = not isinstance(place, Room)
        stored = StoredPlace(private, entry.author, entry.receiver, entry.number, stamp(entry.sent))
        self._readings.delete(stored, Tombstone(entry.user.name, entry.time))
        if peer is not None:
            delivery.to_peer(peer, DeletionDone(entry.user.name, entry.id, entry.name, entry.number))
        if isinstance(place, Room):
            event = MessageDeleted(
                place.name, entry.number, entry.author, entry.user.name, entry.time, reason=entry.reason
            )
            delivery.to_room(place, event)
            if peer is not None:
                delivery.was_own(place, event, (peer,))
            place.catching_up.delete(event)
        else:
            self._tell_both(entry, delivery)

    def _tell_both(self, entry: Deleted, delivery: Delivery) -> None:
        """Tell the clients of both users of a private conversation."""
        user, other = entry.user, entry.other
        name = entry.name if other is None else other.name
        told = [(user, name)]
        if other is not None and other is not user:
            told.append((other, user.name))
        for one, partner in told:
            event = PrivateDeleted(
                one.name,
                partner,
                entry.number,
                entry.author,
                entry.receiver,
                stamp(entry.sent),
                user.name,
                entry.time,
            )
            for peer in one.peers:
                delivery.to_peer(peer, event)
            one.catching_up.delete(event)
