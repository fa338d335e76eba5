"""Reading a journal's file in a thread and on a connection of its own, which never wait for the writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from twisted.python.failure import Failure

from classchat.core.acts import Secured
from classchat.core.persons import Dialog, Person, digest
from classchat.core.ports import Calendar, CannotOpen, Journal
from classchat.core.recall import Conversation, Found, Kept, Missed, heard_up_to
from classchat.core.rooms import Room
from classchat.errors import HistoryUnavailable
from classchat.journal import reader as file
from classchat.journal.reader import KeptMessage, Reader
from classchat.journal.times import DAY, stamp
from classchat.journal.worker import Trouble, Worker
from classchat.messages import Since

_T = TypeVar("_T")

_PAGE = 200
"""Messages that are read at a time."""

_SEARCHES = 100
"""Pieces in which a file is searched for one client: between two of them, others may read."""


class ReadableJournal(Journal):
    """The half of a journal that reads."""

    def __init__(self, path: Path, reactor: Any, calendar: Calendar) -> None:
        self._path = path
        self._calendar = calendar
        self._reader: Reader | None = None  # of the thread that reads
        self._reading = Worker(reactor, "journal-reader")
        self._unreadable = Trouble(reactor, path, "Can't read {path}", "{path} can be read again")
        self._readable = False

    def start_reading(self) -> None:
        """Begin; before that, nothing can be read."""
        self._readable = True
        self._reading.start()

    async def stop_reading(self, patience: float) -> None:
        """End, once all is read that was asked for; give up after some seconds."""
        self._readable = False
        await self._reading.stop(self._let_go, patience)

    async def oldest(self, conversation: Conversation) -> int:
        """Return the number of the oldest message that is still kept, or would be."""
        return await self.read_file(lambda reader: reader.oldest(conversation.key))

    async def first_since(self, conversation: Conversation, time: int) -> int:
        """Return the number of the oldest message kept that is not older than a time, or the next one's."""
        return await self.read_file(lambda reader: reader.first_since(conversation.key, time))

    async def read(self, conversation: Conversation, after: int, until: int) -> Sequence[Kept]:
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

    async def missed(self, person: Person, since: Since) -> Missed:
        """Return what a person was told in private after what he has."""

        def missed(reader: Reader) -> file.Missed:
            return reader.missed(person.number, heard_up_to(since, reader.dialogs(person.number)))

        found = await self.read_file(missed)
        return Missed([_as_kept(message) for message in found.messages], found.left_out)

    async def missed_since(self, person: Person, time: int) -> Missed:
        """Return what a person was told in private since a time, in milliseconds."""

        def missed(reader: Reader) -> file.Missed:
            dialogs = [dialog.conversation for dialog in reader.dialogs(person.number)]
            return reader.missed(person.number, [(key, reader.first_since(key, time) - 1) for key in dialogs])

        found = await self.read_file(missed)
        return Missed([_as_kept(message) for message in found.messages], found.left_out)

    # Accounts.

    async def secured(self, key: str) -> Secured | None:
        """Return whose a name is, by its key, and the hash of his password, if it is claimed."""
        return await self.read_file(lambda reader: reader.secured(key))

    async def issued(self, person: Person, token: str) -> int | None:
        """Return when a token was issued to somebody who has an account, in milliseconds, if it counts."""
        since = int((self._calendar.seconds() - DAY) * 1000)
        hashed = digest(token)
        return await self.read_file(lambda reader: reader.issued(person.number, hashed, since))

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
    ) -> Found:
        """Return messages in which all the words occur, newest first."""
        keys = [room.key for room in rooms]
        match private:
            case Person():
                dialogs = await self.read_file(lambda reader: reader.dialogs(private.number))
                keys.extend(dialog.conversation for dialog in dialogs)
            case Dialog():
                keys.append(private.key)
        messages: list[KeptMessage] = []
        for _ in range(_SEARCHES):
            left, start = limit - len(messages), before
            found = await self.read_file(
                lambda reader: reader.search(" ".join(words), keys, left, start, sender)  # noqa: B023 (it is awaited)
            )
            messages += found.messages
            before = found.before
            if before is None or len(messages) == limit:
                break
        return Found([_as_kept(message) for message in messages], before)

    async def read_file(self, read: Callable[[Reader], _T]) -> _T:
        """Read in the thread that reads.

        Raises:
            HistoryUnavailable: it can't be read, or not any more.
        """
        if not self._readable:
            raise HistoryUnavailable
        try:
            result = await self._reading.do(lambda: self._read(read))
        except (sqlite3.Error, CannotOpen):
            self._unreadable.met(Failure())
            raise HistoryUnavailable from None
        self._unreadable.is_over()
        return result

    # In the thread that reads.

    def _read(self, read: Callable[[Reader], _T]) -> _T:
        """Read on the connection that is there, or on a new one: what fails once may not for ever."""
        if self._reader is None:
            self._reader = Reader(self._path)
        try:
            return read(self._reader)
        except sqlite3.Error:
            self._let_go()
            raise

    def _let_go(self) -> None:
        connection, self._reader = self._reader, None
        if connection is not None:
            connection.close()


def _as_kept(message: KeptMessage) -> Kept:
    private = message.room is None
    receiver = message.receiver if message.room is None else message.room
    return Kept(message.seq, stamp(message.time), message.sender, receiver or "", message.text, private)
