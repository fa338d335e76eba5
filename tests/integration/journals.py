"""The vocabulary of the journals' tests: a log, its messages, and their results."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from classchat import names
from classchat.core.acts import Act, NameTaken
from classchat.core.entries import Created, Entry, Joined, Left, Noted, Renamed, Said, Whispered
from classchat.core.features.decision import known
from classchat.core.journal_port import Journal
from classchat.core.model import Conversation, Room, User
from classchat.core.persons import Dialog, Person, new_token
from classchat.core.stored import Restored, StoredMessage
from classchat.errors import ChatError
from classchat.journal.batching import BatchingJournal
from classchat.journal.memory import MemoryJournal
from classchat.journal.sqlite import SQLiteJournal
from classchat.texts import stamp
from tests.integration.helpers import PATIENCE
from tests.new_files import with_tables
from tests.ready_journals import postgres_journal

T = TypeVar("T")

DAY = 86_400.0


class Clock:
    """The reactor, with a clock that can be set."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def seconds(self) -> float:
        """Return the time."""
        return time.time() + self.ahead

    def now(self) -> str:
        """Return the same as messages carry it."""
        return stamp(int(self.seconds() * 1000))

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)


async def at_rest(journal: Journal) -> None:
    """Wait until a journal has no work left."""
    await soon(journal.settled())
    if isinstance(journal, BatchingJournal):
        await until(lambda: not journal._chores.pending, "the chores are done")


@dataclass(frozen=True)
class Kind:
    """One kind of journal: how to create it, and its properties."""

    make: Callable[[Path, Clock], Journal]
    keeps: int | None
    """How many messages can still be read; None for all."""
    prepare: Callable[[Path], object] = lambda _: None
    """What is done before a new journal is opened, so that it opens sooner."""


KINDS = {
    "memory": Kind(lambda path, clock: MemoryJournal(clock, clock.now), keeps=1000),
    "sqlite": Kind(
        lambda path, clock: SQLiteJournal(path / "classchat.sqlite", clock, "normal", calendar=clock),
        keeps=None,
        prepare=lambda path: with_tables(path / "classchat.sqlite"),
    ),
    "postgres": Kind(postgres_journal, keeps=None),
}


async def soon(waiting: Awaitable[T]) -> T:
    """Wait for something, and not for ever."""

    async def wait() -> T:
        return await waiting

    return await Deferred.fromCoroutine(wait()).addTimeout(PATIENCE, reactor)


async def until(condition: Callable[[], bool], what: str) -> None:
    """Poll until a condition holds."""
    end = reactor.seconds() + PATIENCE
    while not condition():
        assert reactor.seconds() < end, f"It never came to it that {what}"
        await deferLater(reactor, 0.002)


class Log:
    """A journal in use: its rooms and users, and the entries appended, delivered and taken back."""

    def __init__(self, journal: Journal, clock: Clock, keeps: int | None = None) -> None:
        self.journal = journal
        self.clock = clock
        self.keeps = keeps
        self.batches: list[list[Entry]] = []
        self.taken_back: list[tuple[Entry, str]] = []
        self.tokens: dict[User, str] = {}
        self.before_delivery: Callable[[], object] = lambda: None
        self.restored = self._open()
        self.rooms = list(self.restored.rooms)

    def _open(self) -> Restored:
        return self.journal.open(self._deliver, self._take_back)

    def _deliver(self, batch: Sequence[Entry]) -> None:
        self.batches.append(list(batch))
        for entry in batch:
            if isinstance(entry, Renamed) and not entry.refused:
                entry.user.name = entry.name
                entry.user.person.take_name(entry.name, names.user_key(entry.name))
        self.before_delivery()

    def _take_back(self, batch: Sequence[Entry], reason: ChatError) -> None:
        self.taken_back += [(entry, reason.code) for entry in batch]

    # Who and where.

    def user(self, name: str) -> User:
        """Return a new user."""
        token = new_token()
        user = User(name, self.journal.meet(name, token))
        self.tokens[user] = token
        return user

    def room(self, name: str, user: User) -> Room:
        """Create a room."""
        room = Room(name, f"#{names.key(name)}")
        self.journal.append(Created(user, None, None, room))
        return room

    async def back(self, user: User, name: str | None = None) -> User | None:
        """Return a user who has left and come back with the token, perhaps under another name."""
        self.journal.part(user.person)
        return await self.recognized(user, name)

    async def recognized(self, user: User, name: str | None = None) -> User | None:
        """Return a user who comes back after leaving."""
        name = name or user.name
        person = await soon(self.journal.recognize(name, self.tokens[user]))
        if person is None:
            return None
        again = User(name, person)
        self.tokens[again] = self.tokens[user]
        return again

    # Events.

    def say(self, user: User, room: Room, text: str = "Hello", id: str | None = None) -> Said:
        """Append a message to a room."""
        entry = Said(user, None, id, text, room)
        self.journal.append(entry)
        return entry

    def tell(self, user: User, to: User, text: str = "Hello", id: str | None = None) -> Whispered:
        """Append a private message."""
        entry = Whispered(user, None, id, text, user.person.dialog_with(to.person), to)
        self.journal.append(entry)
        return entry

    def join(self, user: User, room: Room) -> Joined:
        """Append the join of a user."""
        entry = Joined(user, None, None, room)
        self.journal.append(entry)
        return entry

    def leave(self, user: User, room: Room) -> Left:
        """Append the leave of a user."""
        entry = Left(user, None, None, room)
        self.journal.append(entry)
        return entry

    def note(self, user: User, *acts: Act) -> Noted:
        """Append an entry that is not a message."""
        entry = Noted(user, None, None, acts)
        self.journal.append(entry)
        return entry

    def rename(self, user: User, name: str) -> Renamed:
        """Append the rename of a guest."""
        act = NameTaken(user.person.number, name, names.user_key(name), user.person.key)
        entry = Renamed(user, None, None, user.name, name, (*known(user), act))
        self.journal.append(entry)
        return entry

    async def settled(self) -> None:
        """Wait until all that was appended is delivered."""
        await soon(self.journal.settled())

    async def at_rest(self) -> None:
        """Wait until there is no work left."""
        await at_rest(self.journal)

    # What came of it.

    @property
    def delivered(self) -> list[Entry]:
        """All that was delivered so far."""
        return [entry for batch in self.batches for entry in batch]

    async def history(
        self, conversation: Conversation, after: int = 0, until: int | None = None
    ) -> list[StoredMessage]:
        """Return the readable messages of a conversation, read page by page."""
        until = conversation.last_seq if until is None else until
        found: list[StoredMessage] = []
        while page := await soon(self.journal.read(conversation, after, until)):
            found += page
            after = page[-1].seq
        return found

    async def texts(self, conversation: Conversation, after: int = 0, until: int | None = None) -> list[str]:
        """Return the texts of that."""
        return [kept.text for kept in await self.history(conversation, after, until)]

    async def finds(
        self, words: str, *rooms: Room, private: Person | Dialog | None = None, limit: int = 100
    ) -> list[str]:
        """Return the texts in which words occur, page by page, newest first."""
        texts: list[str] = []
        before = None
        while True:
            found = await soon(self.journal.search(words.split(), rooms, private, limit, before))
            assert len(found.messages) <= limit
            texts += [kept.text for kept in found.messages]
            before = found.before
            if before is None:
                return texts


def outcome(*entries: Entry) -> list[tuple[int, bool]]:
    """Return the number of each entry, and whether it is a repetition."""
    return [(entry.seq, entry.repeated) for entry in entries]
