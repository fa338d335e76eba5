"""A journal in memory: it keeps the last messages while the server runs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import assert_never

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from classchat.core.acts import (
    Act,
    Audited,
    Change,
    Deletion,
    Empowered,
    Enrolling,
    FileOffered,
    FileWithdrawn,
    Gone,
    Happened,
    HookAdded,
    HookRemoved,
    Issued,
    Location,
    NameTaken,
    NodeRemoved,
    PersonRecord,
    Revoked,
    RowChange,
    Seat,
    Secured,
    SessionOver,
)
from classchat.core.entries import (
    Created,
    Entry,
    Message,
    Refusable,
    Renamed,
    Said,
    Whispered,
)
from classchat.core.hooks import Hook
from classchat.core.journal_port import (
    Changed,
    Deliver,
    Journal,
    Others,
    Searcher,
    TakeBack,
    Waits,
    nothing_changes,
    somebody_waits,
)
from classchat.core.measures import COMMIT_TIMES, Histogram
from classchat.core.model import Conversation, Room
from classchat.core.persons import Dialog, Person
from classchat.core.ports import Calendar
from classchat.core.shared_files import FileSpace, StoredFile
from classchat.core.stored import (
    Authorship,
    Latest,
    MissedMessages,
    Restored,
    SearchResults,
    StoredDeletion,
    StoredMessage,
)
from classchat.journal import portions
from classchat.journal.memory_accounts import MemoryAccounts
from classchat.journal.memory_files import MemoryFiles
from classchat.journal.memory_hooks import MemoryHooks
from classchat.journal.memory_ids import MemoryIds
from classchat.journal.memory_log import MemoryLog
from classchat.journal.memory_persons import MemoryPersons
from classchat.journal.memory_rows import MemoryRows
from classchat.journal.settling import Settling
from classchat.journal.words import Words
from classchat.messages import Since
from classchat.rosters.students import Enrolled

_FEW = 8  # entries that always count as one portion: most batches have no more
_MESSAGES = (Said, Whispered)


class MemoryJournal(Journal):
    """Commits at the end of the reactor's turn: all entries of one turn are one batch."""

    shared = False
    several = False
    node = ""
    neighbours: Sequence[str] = ()
    stale = False
    writable = True
    _logger = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        now: Callable[[], str],
        calendar: Calendar | None = None,
        portion: int = portions.MOST,
        removed: Callable[[Sequence[StoredFile]], None] = lambda _: None,
    ) -> None:
        """Schedule with `clock`, and stamp entries with `now`: RFC 3339 in UTC with milliseconds.

        `calendar` tells the same time of day in seconds; the default is `clock`. One turn commits about
        `portion` bytes. `removed` gets the files that are not kept any more.
        """
        self.epoch = secrets.token_urlsafe(12)
        self._clock = clock
        self._calendar: Calendar = calendar or clock
        self._now = now
        self._portion = portion
        self.full = False
        self.commits = Histogram(COMMIT_TIMES)
        self._batch: list[Entry] = []
        self._settling = Settling()
        self._files = MemoryFiles(removed)
        self._deliver: Deliver
        self._last_time = ""
        self._log = MemoryLog()
        self._ids = MemoryIds(clock)
        self._persons = MemoryPersons(clock)
        self._rows = MemoryRows()
        self._accounts = MemoryAccounts(self._calendar)
        self._hooks = MemoryHooks()

    def open(
        self,
        deliver: Deliver,
        take_back: TakeBack,  # noqa: ARG002
        changed: Changed = nothing_changes,  # noqa: ARG002
        others: Others | None = None,  # noqa: ARG002
    ) -> Restored:
        """Pass every batch to `deliver`. Nothing is restored, and nothing is ever taken back."""
        self._deliver = deliver
        return Restored()

    async def close(self) -> None:
        """Close the journal after the current batch is delivered."""
        await self.settled()

    async def try_to_write(self) -> bool:
        """Return True: what is in memory can always be written."""
        return True

    def look_again(self) -> Deferred[None]:
        """Return a Deferred that has fired: no other program can change this journal."""
        return succeed(None)

    def append(self, entry: Entry) -> None:
        """Queue an entry, to be committed at the end of this turn."""
        if not self._batch:
            self._clock.callLater(0, self._commit)
        self._batch.append(entry)

    @property
    def waiting(self) -> int:
        """How many entries are appended, and not delivered yet."""
        return len(self._batch)

    def settled(self) -> Deferred[None]:
        """Return a Deferred that fires when all entries so far are delivered."""
        return self._settling.until(self._settling.done + len(self._batch))

    def _commit(self) -> None:
        batch, self._batch = self._batch, []
        if len(batch) > _FEW and not portions.is_one(batch, self._portion):
            first = portions.portion(batch, self._portion).entries
            batch, self._batch = batch[:first], batch[first:]
        self.full = bool(self._batch)
        if self.full:
            self._clock.callLater(0, self._commit)
        self._settling.done += len(batch)
        self._keep(batch)
        try:  # not with failuresHandled: it makes a logger and a context for each batch
            self._deliver(batch)
        except Exception:
            self._logger.failure("A committed batch could not be delivered")
        self._keep_names()
        for entry in batch:
            entry.peer = None  # kept entries must not keep connections alive
        self._settling.fire()

    def _keep(self, batch: Sequence[Entry]) -> None:
        """Give each entry its time and number."""
        time = self._last_time = max(self._now(), self._last_time)
        kept: list[Message] = []
        for entry in batch:
            if isinstance(entry, _MESSAGES):
                seq = entry.conversation.last_seq + 1
                if entry.id is None or not self._ids.repeats(entry, entry.id, time, seq):
                    entry.commit(time, seq)
                    kept.append(entry)
            else:
                entry.commit(time)
                done = not entry.acts or (self._rows.hold(entry.acts) and all(map(self._do, entry.acts)))
                if not done and isinstance(entry, Refusable):
                    entry.refused = True
                if isinstance(entry, Created):
                    self._hooks.forget_room(entry.room.key)
                    self._rows.forget_room(entry.room.key)
                if isinstance(entry, Renamed) and done:
                    self._log.rename(entry, self._log.count + len(kept))
        if kept:
            self._log.keep(kept)
            self._files.shared(entry.file.number for entry in kept if entry.file is not None)

    def _keep_names(self) -> None:
        """Keep what was said under the former names of users who have another one now."""
        for entry in self._log.keep_names():
            self._ids.rename(entry)

    # Persons.

    def meet(self, name: str, token: str) -> Person:
        """Return a new person, who holds this token."""
        return self._persons.meet(name, token)

    async def recognize(self, name: str, token: str, waits: Waits = somebody_waits) -> Person | None:  # noqa: ARG002
        """Return the person with this token and name, if they left at most a day ago."""
        return self._persons.recognize(name, token)

    def part(self, person: Person, unheard: float | None = None) -> None:  # noqa: ARG002
        """Record that a person has left; the owner of an account is known by that."""
        if not self._accounts.is_owner(person.number):
            self._persons.part(person)

    # Accounts.

    def arrive(self, person: Person, unheard: float | None = None) -> None:
        """Record that the owner of an account is here. Here nothing needs to be done."""

    async def secured(self, key: str, waits: Waits = somebody_waits) -> Secured | None:  # noqa: ARG002
        """Return the owner and password hash of a registered name, by its key; None for other names."""
        return self._accounts.find(key)

    async def issued(self, person: Person, token: str, waits: Waits = somebody_waits) -> int | None:  # noqa: ARG002
        """Return when an account owner's token was issued, in milliseconds; None if it is not valid."""
        return self._accounts.issued(person, token)

    async def invited(self, code: bytes) -> Enrolled | None:
        """Return the student whose join code has this digest."""
        return self._accounts.roster.by_code(code)

    async def roster(self) -> Sequence[Enrolled]:
        """Return the students on the roster, by name."""
        return self._accounts.roster.students()

    async def hook(self, token: bytes) -> Hook | None:
        """Return the webhook that programs post to with a token, by its digest."""
        return self._hooks.by_token(token)

    async def hooks(self) -> Sequence[Hook]:
        """Return all webhooks, the oldest first."""
        return self._hooks.all()

    def _do(self, act: Act) -> bool:
        """Apply an act whose result is read later; return whether it succeeded."""
        match act:
            case Secured() | Issued() | Revoked() | Enrolling() | NameTaken():
                return self._accounts.apply(act)
            case HookAdded():
                self._hooks.add(act, int(self._calendar.seconds() * 1000))
            case HookRemoved():
                return self._hooks.remove(act.number)
            case Deletion():
                return self._log.delete(act, self._last_time)
            case RowChange():
                self._rows.change(act)
            case FileOffered():
                return self._files.offer(act, self._log.files())
            case FileWithdrawn():
                return self._files.withdraw(act.number)
            case SessionOver():
                self._rows.end(act)
            case Location() | Seat() | Gone() | NodeRemoved():  # there is one node
                pass
            case Happened() | Change() | PersonRecord() | Audited() | Empowered():
                pass
            case _:
                assert_never(act)
        return True

    # Files.

    async def file(self, number: int) -> StoredFile | None:
        """Return a file by its number, unless its message is not kept any more."""
        return self._files.find(number, self._log.files())

    async def space(self, person: int) -> FileSpace:
        """Return how much the files of a person, and those of all, take."""
        return self._files.space(person)

    # Reading.

    async def oldest(self, conversation: Conversation) -> int:
        """Return the number of the oldest kept message, or of the next one if none is kept."""
        return self._log.oldest(conversation)

    async def first_since(self, conversation: Conversation, time: int) -> int:
        """Return the number of the oldest kept message since a time, or of the next one if there is none."""
        return self._log.first_since(conversation, time)

    async def read(self, conversation: Conversation, after: int, until: int) -> Sequence[StoredMessage]:
        """Return kept messages with numbers above `after` and up to `until`, oldest first, at most a page."""
        return self._log.read(conversation, after, until)

    async def authorship(self, conversation: Conversation, seq: int) -> Authorship | None:
        """Return who has sent the kept message with a number, and when; None if it is not kept."""
        return self._log.authorship(conversation, seq)

    async def deletions(self, conversation: Conversation, seq: int) -> Sequence[StoredDeletion]:
        """Return the messages up to a number that were deleted after the one with that number was sent."""
        return self._log.deletions(conversation, seq)

    async def repeated(self, key: str, id: str) -> tuple[int, str] | None:
        """Return the number and time of the message that the bearer of a name sent with this `id`, if any."""
        return self._ids.find(key, id)

    async def dialog(self, one: Person, other: Person) -> Dialog | None:
        """Return the private conversation of two persons, if they have one."""
        return one.dialogs.get(other)

    async def last_dialog(self, person: Person, key: str) -> Dialog | None:
        """Return a person's last private conversation with a user of this name, if there is one.

        If there is none, the last one with a user who had this name then, and has another one now.
        """
        return self._log.last_dialog(person, key)

    async def latest(
        self, person: Person, rooms: Sequence[Room], after: int, before: int, limit: int, *, newest: bool
    ) -> Sequence[Latest]:
        """Return the latest kept messages of some rooms, and of a person's private conversations."""
        return self._log.latest(person, rooms, after, before, limit, newest=newest)

    async def missed(self, person: Person, since: Since, waits: Waits = somebody_waits) -> MissedMessages:  # noqa: ARG002
        """Return the private messages to a person that their client does not have yet."""
        return self._log.missed(person, since)

    async def missed_since(self, person: Person, time: int, waits: Waits = somebody_waits) -> MissedMessages:  # noqa: ARG002
        """Return the private messages to a person since a time, in milliseconds."""
        return self._log.missed_since(person, time)

    async def search(
        self,
        words: Sequence[str],
        rooms: Sequence[Room],
        private: Person | Dialog | None,
        limit: int,
        before: int | None,
        *,
        sender: str | None = None,
        asker: Searcher | None = None,  # noqa: ARG002 (a search takes one turn)
    ) -> SearchResults:
        """Return messages that contain all the words, newest first."""
        readable: set[Conversation] = {*rooms}
        match private:
            case Person():
                readable.update(private.dialogs.values())
            case Dialog():
                readable.add(private)
        wanted = Words(" ".join(words))
        if not wanted and (words or sender is None):
            return SearchResults([], None)
        return self._log.search(wanted, readable, limit, before, sender)
