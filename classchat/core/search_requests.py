"""The request `search`: the messages that a user may read in which all the words occur, newest first."""

from __future__ import annotations

from classchat import names
from classchat.core.answer_events import SearchDone
from classchat.core.conversations import Conversations
from classchat.core.directory import Directory
from classchat.core.journal_port import Journal, Searcher
from classchat.core.model import Conversation, Room, User
from classchat.core.persons import Dialog, Person
from classchat.core.ports import Peer
from classchat.core.readings import Readings
from classchat.core.replay import membership_check
from classchat.errors import InvalidFormat, TooLong, TooMany, UserNotFound
from classchat.messages import Search


class SearchRequests:
    """Answers `search`."""

    def __init__(
        self, journal: Journal, conversations: Conversations, directory: Directory, readings: Readings
    ) -> None:
        self._journal = journal
        self._readings = readings
        self._conversations = conversations
        self._users = directory.users
        self._rooms = directory.rooms
        self._limits = directory.limits

    async def answer(self, user: User, peer: Peer, asked: Search) -> SearchDone:
        """Send the messages that were found, newest first, and return the answer that follows them.

        Raises:
            ChatError: there is nothing to search for, or the user may not read that.
        """
        words = self._words_of(asked)
        sender = self._key_of(asked.user) if asked.user else None
        conversation: Conversation | None = None
        rooms: list[Room] = list(user.rooms)
        private: Person | Dialog | None = user.person
        if asked.receiver:
            only_private = asked.private is True
            conversation, _, _ = await self._conversations.find(user, asked.receiver, private=only_private)
            rooms = [conversation] if isinstance(conversation, Room) else []
            private = None if isinstance(conversation, Room) else conversation

        def waits() -> bool:
            left = isinstance(conversation, Room) and conversation not in user.rooms
            return user.reaches(peer) and not left

        count = 0
        with self._readings.begin() as reading:
            found = await self._journal.search(
                words, rooms, private, asked.limit, asked.before, sender=sender, asker=Searcher(user, waits)
            )
            for message in map(reading.present, found.messages):
                if not waits():
                    break
                readable = message.private or self._rooms.find(message.receiver) in user.rooms
                if readable and message.tombstone is None:
                    count += 1
                    peer.tell(message.event(peer))
                    await peer.drained()
        if conversation is not None:
            membership_check(user, conversation)()
        return SearchDone(user.name, asked.id, count, found.before)

    def _words_of(self, asked: Search) -> list[str]:
        """Return the words to search for.

        Raises:
            ChatError: there are none, or too many.
        """
        if len(asked.text) > self._limits.text:
            raise TooLong("text", self._limits.text, "characters")
        words = list(dict.fromkeys(asked.text.split()))
        if not (words or asked.user):
            raise InvalidFormat("give a word or a user to search for", asked.id)
        if len(words) > self._limits.words:
            raise TooMany("words in one search", self._limits.words)
        return words

    def _key_of(self, name: str) -> str:
        """Return the key of the name of a user, whether a user has that name now or not.

        Raises:
            UserNotFound: no user can have that name.
        """
        if not self._users.may_have_been(name):
            raise UserNotFound(name)
        return names.user_key(name)
