"""Guests who arrive on one of several nodes: a name is certainly theirs when all nodes know of them.

-> register          the name is free on this node: it is reserved, and an entry is on its way
<- success           the entry is delivered
<- username_taken    a guest of another node was faster
"""

from __future__ import annotations

from classchat import names
from classchat.core.directory import Directory
from classchat.core.entries import Located
from classchat.core.journal_port import Journal
from classchat.core.model import User
from classchat.core.published import Published


class Arrivals:
    """The guests whose entries are on their way."""

    def __init__(self, journal: Journal, directory: Directory, published: Published) -> None:
        self._journal = journal
        self._users = directory.users
        self._published = published
        self._entries: dict[User | None, Located] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def begin(self, user: User) -> None:
        """Reserve the name of a new guest, who has a client already, and append the entry."""
        self._users.reserve(user.name, user)
        self._entries[user] = self._published.arrive(user)

    async def decided(self, name: str) -> None:
        """Wait until no guest is about to arrive under a name: it may be the same one, with two clients."""
        key = names.user_key(name)
        while self._users.renaming.get(key) in self._entries:
            await self._journal.settled()

    async def end(self, user: User) -> bool:
        """Wait until a guest has arrived; return False at once for a user who was not on the way.

        Raises:
            ChatError: another user was faster, on another node, or nothing can be stored.
        """
        entry = self._entries.get(user)
        if entry is None:
            return False
        try:
            await self._journal.settled()
        finally:
            del self._entries[user]
        if entry.error is not None:
            self._journal.part(user.person)
            raise entry.error
        return True
