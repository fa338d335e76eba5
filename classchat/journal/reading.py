"""Reading a journal in separate threads and on separate connections, which never wait for the writer.

look-ups    for sign-ins: tokens, passwords, persons
history     pages of history
search      pieces of searches, in turns (`turns.py`)
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, gatherResults
from twisted.python.failure import Failure

from classchat.core.acts import Secured
from classchat.core.hooks import Hook
from classchat.core.journal_port import CannotOpen, Journal, Searcher, Waits, somebody_waits
from classchat.core.marks import heard_up_to
from classchat.core.model import Conversation, Room
from classchat.core.persons import Dialog, Person, digest
from classchat.core.ports import Calendar
from classchat.core.shared_files import FileSpace, StoredFile
from classchat.core.stored import (
    Authorship,
    Latest,
    MissedMessages,
    PrivateDeletion,
    SearchResults,
    StoredDeletion,
    StoredMessage,
    Tombstone,
)
from classchat.errors import HistoryUnavailable
from classchat.journal import file_rows, read_rows
from classchat.journal.database import FAILURES
from classchat.journal.deletions import DeletionRow
from classchat.journal.latest import between
from classchat.journal.read_rows import KeptMessage
from classchat.journal.reader import Reader
from classchat.journal.threads import ReadingThread, Unwanted
from classchat.journal.times import DAY
from classchat.journal.turns import Turns
from classchat.journal.worker import Trouble
from classchat.messages import Since
from classchat.rosters.students import Enrolled
from classchat.texts import stamp

_T = TypeVar("_T")

_PAGE = 200
"""Messages that are read at a time."""

_SEARCHING = 1.0
"""Seconds after which a search answers with the results so far; it may wait as long for its last turn."""


class ReadableJournal(Journal):
    """The reading half of a journal."""

    def __init__(self, place: Path | str, reactor: Any, calendar: Calendar) -> None:
        """`place` is what the operator calls the journal."""
        self._calendar = calendar
        self._clock = reactor
        self._look_ups = ReadingThread(reactor, "journal-look-ups", self._open_reader)
        self._history = ReadingThread(reactor, "journal-history", self._open_reader)
        self._searches = ReadingThread(reactor, "journal-search", self._open_reader)
        self._turns = Turns()
        self._unreadable = Trouble(reactor, place, "Can't read {path}", "{path} can be read again")
        self._readable_now = False

    @abstractmethod
    def _open_reader(self) -> Reader:
        """Return a new connection for reading; each thread has one of its own."""

    @property
    def _threads(self) -> tuple[ReadingThread, ...]:
        return self._look_ups, self._history, self._searches

    def start_reading(self) -> None:
        """Start the threads; before that nothing can be read."""
        self._readable_now = True
        for thread in self._threads:
            thread.start()

    async def stop_reading(self, patience: float) -> None:
        """Stop after the reads under way, or after `patience` seconds."""
        self._readable_now = False
        await gatherResults([Deferred.fromCoroutine(thread.stop(patience)) for thread in self._threads])

    async def oldest(self, conversation: Conversation) -> int:
        """Return the number of the oldest kept message, or of the next one if none is kept."""
        return await self.read_file(lambda reader: reader.oldest(conversation.key))

    async def first_since(self, conversation: Conversation, time: int) -> int:
        """Return the number of the oldest kept message since a time, or of the next one if there is none."""
        return await self.read_file(lambda reader: reader.first_since(conversation.key, time))

    async def read(self, conversation: Conversation, after: int, until: int) -> Sequence[StoredMessage]:
        """Return kept messages with numbers above `after` and up to `until`, oldest first, at most a page."""
        limit = min(_PAGE, until - after)
        page = await self.read_file(lambda reader: reader.page(conversation.key, limit, after=after))
        return [_as_kept(message) for message in page.messages if message.seq <= until]

    async def authorship(self, conversation: Conversation, seq: int) -> Authorship | None:
        """Return who has sent the message with a number, and when; None if it is not stored."""
        found = await self.read_file(lambda reader: reader.authorship(conversation.key, seq))
        if found is None:
            return None
        return Authorship(found.sender, found.receiver, found.person, found.time, found.deleted is not None)

    async def deletions(self, conversation: Conversation, seq: int) -> Sequence[StoredDeletion]:
        """Return the messages up to a number that were deleted after the one with that number was sent."""
        found = await self.read_file(lambda reader: reader.deletions(conversation.key, seq))
        return [_as_deletion(row) for row in found]

    async def dialog(self, one: Person, other: Person) -> Dialog | None:
        """Return the private conversation of two persons, if they have one."""
        dialog = one.dialog_with(other)
        if dialog.last_seq == 0:
            last_seq = await self.read_file(lambda reader: reader.last_seq(dialog.key))
            dialog.last_seq = max(dialog.last_seq, last_seq)  # there may be new messages by now
        return dialog if dialog.last_seq else None

    async def last_dialog(self, person: Person, key: str) -> Dialog | None:
        """Return a person's last private conversation with a user of this name, if there is one.

        If there is none, the last one with a user who had this name then, and has another one now.
        """
        found = await self.read_file(lambda reader: reader.last_dialog(person.number, key))
        return None if found is None else Dialog(found.conversation, found.last_seq)

    async def latest(
        self, person: Person, rooms: Sequence[Room], after: int, before: int, limit: int, *, newest: bool
    ) -> Sequence[Latest]:
        """Return the latest kept messages of some rooms, and of a person's private conversations."""
        keys = [room.key for room in rooms]

        def latest(reader: Reader) -> Sequence[Latest]:
            found = chain(reader.latest_in_rooms(keys), reader.latest_in_private(person.number))
            return between(found, after, before, limit, newest=newest)

        return await self.read_file(latest)

    async def missed(self, person: Person, since: Since, waits: Waits = somebody_waits) -> MissedMessages:
        """Return the private messages to a person that their client does not have yet."""

        def missed(reader: Reader) -> read_rows.Missed:
            number = person.number
            heard = heard_up_to(since, reader.dialogs(number), reader.former_names(number))
            return reader.missed(number, heard)

        found = await self.read_file(missed, waits)
        gone = [PrivateDeletion(row.other, _as_deletion(row)) for row in found.deletions]
        return MissedMessages([_as_kept(message) for message in found.messages], found.left_out, gone)

    async def missed_since(self, person: Person, time: int, waits: Waits = somebody_waits) -> MissedMessages:
        """Return the private messages to a person since a time, in milliseconds."""

        def missed(reader: Reader) -> read_rows.Missed:
            dialogs = [dialog.conversation for dialog in reader.dialogs(person.number)]
            return reader.missed(person.number, [(key, reader.first_since(key, time) - 1) for key in dialogs])

        found = await self.read_file(missed, waits)
        return MissedMessages([_as_kept(message) for message in found.messages], found.left_out)

    # Accounts.

    async def secured(self, key: str, waits: Waits = somebody_waits) -> Secured | None:
        """Return the owner and password hash of a registered name, by its key; None for other names."""
        return await self.look_up(lambda reader: reader.secured(key), waits)

    async def issued(self, person: Person, token: str, waits: Waits = somebody_waits) -> int | None:
        """Return when an account owner's token was issued, in milliseconds; None if it is not valid."""
        since = int((self._calendar.seconds() - DAY) * 1000)
        hashed = digest(token)
        return await self.look_up(lambda reader: reader.issued(person.number, hashed, since), waits)

    async def invited(self, code: bytes) -> Enrolled | None:
        """Return the student whose join code has this digest, if it is valid now."""
        now = int(self._calendar.seconds() * 1000)
        return await self.look_up(lambda reader: reader.invited(code, now))

    async def roster(self) -> Sequence[Enrolled]:
        """Return the students on the roster who have not left, by name."""
        return await self.read_file(lambda reader: reader.roster())

    async def hook(self, token: bytes) -> Hook | None:
        """Return the webhook that programs post to with a token, by its digest."""
        return await self.look_up(lambda reader: reader.hook(token))

    async def hooks(self) -> Sequence[Hook]:
        """Return all webhooks, the oldest first."""
        return await self.read_file(lambda reader: reader.hooks())

    # Files.

    async def file(self, number: int) -> StoredFile | None:
        """Return a file by its number, unless its message is deleted."""
        return await self.look_up(lambda reader: reader.shared_file(number))

    async def space(self, person: int) -> FileSpace:
        """Return how much the files of a person, and those of all, take."""
        return await self.look_up(lambda reader: reader.file_space(person))

    # Searching.

    async def search(
        self,
        words: Sequence[str],
        rooms: Sequence[Room],
        private: Person | Dialog | None,
        limit: int,
        before: int | None,
        *,
        sender: str | None = None,
        asker: Searcher | None = None,
    ) -> SearchResults:
        """Return messages that contain all the words, newest first.

        The search runs in pieces; after each piece other users have a turn.
        """
        asker = asker or Searcher(object(), lambda: True)
        end = self._clock.seconds() + _SEARCHING
        text = " ".join(words)
        messages: list[KeptMessage] = []
        with self._turns.begin(asker):
            keys = await self._readable(rooms, private)
            while await self._turns.take(asker):
                left, start = limit - len(messages), before
                try:
                    found = await self._read_in(
                        self._searches,
                        lambda reader: reader.search(text, keys, left, start, sender),  # noqa: B023 (it is awaited)
                    )
                finally:
                    self._turns.give_back()
                messages += found.messages
                before = found.before
                if before is None or len(messages) == limit or self._clock.seconds() >= end:
                    break
        return SearchResults([_as_kept(message) for message in messages], before)

    async def _readable(self, rooms: Sequence[Room], private: Person | Dialog | None) -> list[str]:
        """Return the keys of the conversations to search."""
        keys = [room.key for room in rooms]
        match private:
            case Person():
                dialogs = await self.read_file(lambda reader: reader.dialogs(private.number))
                keys.extend(dialog.conversation for dialog in dialogs)
            case Dialog():
                keys.append(private.key)
        return keys

    # Threads.

    async def read_file(self, read: Callable[[Reader], _T], waits: Waits = somebody_waits) -> _T:
        """Read history, in its thread.

        Raises:
            HistoryUnavailable: the file can't be read, the journal is closed, or nobody waits any more.
        """
        return await self._read_in(self._history, read, waits)

    async def look_up(self, read: Callable[[Reader], _T], waits: Waits = somebody_waits) -> _T:
        """Read a small item that a sign-in waits for, in its thread.

        Raises:
            HistoryUnavailable: the file can't be read, the journal is closed, or nobody waits any more.
        """
        return await self._read_in(self._look_ups, read, waits)

    async def _read_in(
        self, thread: ReadingThread, read: Callable[[Reader], _T], waits: Waits = somebody_waits
    ) -> _T:
        if not self._readable_now:
            raise HistoryUnavailable
        try:
            result = await thread.read(read, waits)
        except Unwanted:
            raise HistoryUnavailable from None
        except (*FAILURES, CannotOpen):
            self._unreadable.met(Failure())
            raise HistoryUnavailable from None
        self._unreadable.is_over()
        return result


def _as_kept(message: KeptMessage) -> StoredMessage:
    private = message.room is None
    receiver = message.receiver if message.room is None else message.room
    gone = None
    if message.deleted is not None:
        gone = Tombstone(message.deleted_by or "", stamp(message.deleted))
    return StoredMessage(
        message.seq,
        stamp(message.time),
        message.sender,
        receiver or "",
        message.text,
        private,
        gone,
        file_rows.decode(message.file),
    )


def _as_deletion(row: DeletionRow) -> StoredDeletion:
    gone = Tombstone(row.by, stamp(row.time))
    return StoredDeletion(row.seq, row.sender, row.receiver, stamp(row.sent), gone)
