"""Reading a journal's file in threads and on connections of their own, which never wait for the writer.

look-ups    what a sign-in waits for: tokens, passwords, persons
history     pages of what was said
search      pieces of searches, in turns (`turns.py`)
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, gatherResults
from twisted.python.failure import Failure

from classchat.core.acts import Secured
from classchat.core.journal_port import CannotOpen, Journal, Searcher
from classchat.core.marks import heard_up_to
from classchat.core.model import Conversation, Room
from classchat.core.persons import Dialog, Person, digest
from classchat.core.ports import Calendar
from classchat.core.stored import MissedMessages, SearchResults, StoredMessage
from classchat.errors import HistoryUnavailable
from classchat.journal import reader as file
from classchat.journal.reader import KeptMessage, Reader
from classchat.journal.threads import ReadingThread
from classchat.journal.times import DAY, stamp
from classchat.journal.turns import Turns
from classchat.journal.worker import Trouble
from classchat.messages import Since

_T = TypeVar("_T")

_PAGE = 200
"""Messages that are read at a time."""

_SEARCHING = 1.0
"""Seconds after which a search is answered with what it has found; it may wait as long for its last turn."""


class ReadableJournal(Journal):
    """The half of a journal that reads."""

    def __init__(self, path: Path, reactor: Any, calendar: Calendar) -> None:
        self._path = path
        self._calendar = calendar
        self._clock = reactor
        self._look_ups = ReadingThread(reactor, "journal-look-ups", path)
        self._history = ReadingThread(reactor, "journal-history", path)
        self._searches = ReadingThread(reactor, "journal-search", path)
        self._turns = Turns()
        self._unreadable = Trouble(reactor, path, "Can't read {path}", "{path} can be read again")
        self._readable_now = False

    @property
    def _threads(self) -> tuple[ReadingThread, ...]:
        return self._look_ups, self._history, self._searches

    def start_reading(self) -> None:
        """Begin; before that, nothing can be read."""
        self._readable_now = True
        for thread in self._threads:
            thread.start()

    async def stop_reading(self, patience: float) -> None:
        """End, once all is read that was asked for; give up after some seconds."""
        self._readable_now = False
        await gatherResults([Deferred.fromCoroutine(thread.stop(patience)) for thread in self._threads])

    async def oldest(self, conversation: Conversation) -> int:
        """Return the number of the oldest message that is still kept, or would be."""
        return await self.read_file(lambda reader: reader.oldest(conversation.key))

    async def first_since(self, conversation: Conversation, time: int) -> int:
        """Return the number of the oldest message kept that is not older than a time, or the next one's."""
        return await self.read_file(lambda reader: reader.first_since(conversation.key, time))

    async def read(self, conversation: Conversation, after: int, until: int) -> Sequence[StoredMessage]:
        """Return what is kept with numbers above one, up to another, oldest first, a page of it at most."""
        limit = min(_PAGE, until - after)
        page = await self.read_file(lambda reader: reader.page(conversation.key, limit, after=after))
        return [_as_kept(message) for message in page.messages if message.seq <= until]

    async def dialog(self, one: Person, other: Person) -> Dialog | None:
        """Return the private conversation of two persons, if they have one."""
        dialog = one.dialog_with(other)
        if dialog.last_seq == 0:
            last_seq = await self.read_file(lambda reader: reader.last_seq(dialog.key))
            dialog.last_seq = max(dialog.last_seq, last_seq)  # something may have been said meanwhile
        return dialog if dialog.last_seq else None

    async def last_dialog(self, person: Person, key: str) -> Dialog | None:
        """Return a person's last private conversation with anybody of that name, if there is one."""
        dialogs = await self.read_file(lambda reader: reader.dialogs(person.number))
        named = (Dialog(dialog, last_seq) for other, last_seq, dialog in reversed(dialogs) if other == key)
        return next(named, None)

    async def missed(self, person: Person, since: Since) -> MissedMessages:
        """Return what a person was told in private after what he has."""

        def missed(reader: Reader) -> file.Missed:
            return reader.missed(person.number, heard_up_to(since, reader.dialogs(person.number)))

        found = await self.read_file(missed)
        return MissedMessages([_as_kept(message) for message in found.messages], found.left_out)

    async def missed_since(self, person: Person, time: int) -> MissedMessages:
        """Return what a person was told in private since a time, in milliseconds."""

        def missed(reader: Reader) -> file.Missed:
            dialogs = [dialog.conversation for dialog in reader.dialogs(person.number)]
            return reader.missed(person.number, [(key, reader.first_since(key, time) - 1) for key in dialogs])

        found = await self.read_file(missed)
        return MissedMessages([_as_kept(message) for message in found.messages], found.left_out)

    # Accounts.

    async def secured(self, key: str) -> Secured | None:
        """Return whose a name is, by its key, and the hash of his password, if it is claimed."""
        return await self.look_up(lambda reader: reader.secured(key))

    async def issued(self, person: Person, token: str) -> int | None:
        """Return when a token was issued to somebody who has an account, in milliseconds, if it counts."""
        since = int((self._calendar.seconds() - DAY) * 1000)
        hashed = digest(token)
        return await self.look_up(lambda reader: reader.issued(person.number, hashed, since))

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
        """Return messages in which all the words occur, newest first.

        Piece by piece, and after each piece other users have a turn.
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

    async def read_file(self, read: Callable[[Reader], _T]) -> _T:
        """Read what was said before.

        Raises:
            HistoryUnavailable: it can't be read, or not any more.
        """
        return await self._read_in(self._history, read)

    async def look_up(self, read: Callable[[Reader], _T]) -> _T:
        """Read something small that a sign-in waits for.

        Raises:
            HistoryUnavailable: it can't be read, or not any more.
        """
        return await self._read_in(self._look_ups, read)

    async def _read_in(self, thread: ReadingThread, read: Callable[[Reader], _T]) -> _T:
        if not self._readable_now:
            raise HistoryUnavailable
        try:
            result = await thread.read(read)
        except (sqlite3.Error, CannotOpen):
            self._unreadable.met(Failure())
            raise HistoryUnavailable from None
        self._unreadable.is_over()
        return result


def _as_kept(message: KeptMessage) -> StoredMessage:
    private = message.room is None
    receiver = message.receiver if message.room is None else message.room
    return StoredMessage(
        message.seq, stamp(message.time), message.sender, receiver or "", message.text, private
    )
