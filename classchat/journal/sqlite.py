"""A journal in one SQLite file: what was acknowledged is on disk, and stays.

One thread writes, a batch a transaction: while one is being written the next one gathers. Another thread
reads, on a connection of its own, and never waits for it. Everything else happens in the reactor's thread:
the writer's is lent a batch and reads it, and gives back what became of it.

    idle     ->  writing   append(), at the end of the reactor's turn
    writing  ->  writing   committed: the next batch is handed over, then this one is delivered
    writing  ->  writing   failed: this one is taken back, then the next batch is handed over
    writing  ->  unsure    failed, and a restart may find it: nobody is told anything, and nothing is written
    unsure   ->  writing   a second later: it is seen to that a restart does not find it
    writing  ->  idle      nothing gathered meanwhile: chores, if there are any
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from classchat import names
from classchat.clocks import TimeOfDay
from classchat.core.entries import Created, Entry
from classchat.core.journal_port import CannotOpen, Changed, Deliver, TakeBack, nothing_changes
from classchat.core.model import Room
from classchat.core.persons import Person, digest
from classchat.core.ports import Calendar
from classchat.core.stored import Restored
from classchat.errors import NotSaved
from classchat.files import doubts_about_directory, doubts_about_file
from classchat.journal import portions
from classchat.journal.chores import Chore, Chores
from classchat.journal.elsewhere import touched
from classchat.journal.opening import Synchronous, sentence
from classchat.journal.reader import Reader
from classchat.journal.reading import ReadableJournal
from classchat.journal.store import Store
from classchat.journal.times import DAY, stamp
from classchat.journal.transactions import Uncertain
from classchat.journal.worker import Trouble, Worker, within
from classchat.journal.writing import MESSAGES, Written, commit, parted, write

_T = TypeVar("_T")

_MOST_WAITING = 20_000
"""Entries that may wait for the writer before who says more has to wait as well."""

_MOST_CHARACTERS = 8_000_000
"""Characters of text that may wait."""

_LOOK_AROUND = 1.0
"""Seconds between looking whether another program has changed something, while nobody asks for anything."""

_LONGEST_LOOK = 5.0
"""Seconds that anybody waits for that."""

_AGAIN = 1.0
"""Seconds until it is tried again to undo what has failed halfway."""

_PATIENCE = 10.0
"""Seconds that the disk has to take the last batches when the server stops."""


class SQLiteJournal(ReadableJournal):
    """Keeps everything in a file."""

    shared = True
    _log = Logger()

    def __init__(
        self,
        path: Path,
        reactor: Any,
        synchronous: Synchronous = "full",
        keep: float | None = None,
        calendar: Calendar | None = None,
        portion: int = portions.MOST,
    ) -> None:
        """Keep what was said for so many seconds, or for ever; threads have to be able to call `reactor`.

        Commit about `portion` bytes at a time. `calendar` is a test's, or else the machine's.
        """
        super().__init__(path, reactor, calendar or TimeOfDay())
        self._reactor = reactor
        self._synchronous: Synchronous = synchronous
        self._keep = keep
        self._portion = portion
        self.epoch = ""
        self.full = False
        self._deliver: Deliver
        self._changed: Changed
        self._place: Path
        self._take_back: TakeBack
        self._store: Store
        self._chores: Chores
        self._writing = Worker(reactor, "journal-writer")
        self._unwritable = Trouble(
            reactor,
            path,
            "Can't write to {path}: messages are refused until it can be written to again",
            "{path} can be written to again",
        )
        self._batch: list[Entry] = []  # what gathers
        self._characters = 0  # of text in it
        self._unmade: set[Room] = set()  # whose making failed: what gathered meanwhile may be about them
        self._appended = self._done = 0  # entries, ever
        self._settling: deque[tuple[int, Deferred[None]]] = deque()
        self._looking: list[Deferred[None]] = []  # who waits for what other programs have changed
        self._touched = 0  # what `touched` was when that was last looked at
        self._looking_around = LoopingCall(self._look_around)
        self._looking_around.clock = reactor
        self._busy = False  # whether the writer has something to do
        self._scheduled = False  # whether `_go_on` will be called anyhow
        self._unsure: IDelayedCall | None = None  # until then nobody knows what is on disk
        self._opened = self._closed = False
        self._numbers: Iterator[int]
        self._present: set[int] = set()  # persons who are connected
        self._noted: set[int] = set()  # those of them who are in the file

    def open(self, deliver: Deliver, take_back: TakeBack, changed: Changed = nothing_changes) -> Restored:
        """Open the file, or make it, and return what is in it.

        Raises:
            CannotOpen: there is no writing to it.
        """
        self._deliver, self._take_back, self._changed = deliver, take_back, changed
        self._store = Store(self._path, self._now(), self._synchronous)
        self._place = self._path.resolve()
        self._touched = touched(self._place)
        try:
            with closing(Reader(self._path)) as reader:
                restored = Restored(reader.rooms(), reader.changes(), reader.accounts())
        except CannotOpen:
            self._store.close()
            raise
        except sqlite3.Error as error:
            self._store.close()
            raise CannotOpen(sentence(self._path, error)) from None
        self.epoch = self._store.epoch
        self._numbers = count(self._store.last_person + 1)
        place = self._path.resolve()
        for doubt in [
            *doubts_about_file(place, "The journal"),
            *doubts_about_directory(place, "The journal"),
        ]:
            self._log.warn("{doubt}", doubt=doubt)
        self._opened = True
        self._writing.start()
        self.start_reading()
        self._chores = Chores(
            self._store, self._path, self._reactor, self._keep, self._schedule, self._unwritable
        )
        self._chores.start()
        self._looking_around.start(_LOOK_AROUND, now=False)
        return restored

    async def close(self) -> None:
        """Write what was appended, and close the file; give up if the disk does not take it in time.

        Harmless twice, and before it was opened.
        """
        if not self._opened:
            return
        self._opened = False
        self._looking_around.stop()
        self._chores.stop()
        patience = _PATIENCE
        if not await within(patience, self._reactor, self.settled()):
            self._log.error("{count} entries could not be saved in time", count=self._appended - self._done)
            patience = 0.0
        self._closed = True
        self._have_looked()
        if self._unsure is not None:
            self._unsure.cancel()
        await self._writing.stop(self._end(), patience)
        await self.stop_reading(patience)

    def _end(self) -> Callable[[], None]:
        note = self._chores.last()

        def end() -> None:
            try:
                note()
            finally:
                self._store.close()

        return end

    # Writing.

    def append(self, entry: Entry) -> None:
        """Take an entry, to be committed with the next batch."""
        self._batch.append(entry)
        self._appended += 1
        if isinstance(entry, MESSAGES):
            self._characters += len(entry.text)
            if self._characters > _MOST_CHARACTERS or len(self._batch) > _MOST_WAITING:
                self.full = True
        if not self._scheduled:
            self._schedule()

    def settled(self) -> Deferred[None]:
        """Return what fires when all that was appended so far is delivered."""
        if self._done == self._appended:
            return succeed(None)
        settling: Deferred[None] = Deferred()
        self._settling.append((self._appended, settling))
        return settling

    @property
    def stale(self) -> bool:
        """Whether another program has said that it changed something, which was not looked at yet."""
        return touched(self._place) != self._touched

    def look_again(self) -> Deferred[None]:
        """Return what fires when all that other programs have changed so far is taken over.

        The writer looks, between two batches: so what it finds comes in the order of the log. Where the disk
        hangs, what was known holds after some seconds.
        """
        looking: Deferred[None] = Deferred()
        self._looking.append(looking)
        if self._closed or not self._opened:
            self._have_looked()
        else:
            looking.addTimeout(_LONGEST_LOOK, self._reactor, lambda *_: None)
            self._schedule()
        return looking

    def _have_looked(self) -> None:
        looking, self._looking = self._looking, []
        for waiting in looking:
            waiting.callback(None)

    def _look_around(self) -> None:
        """Notice what was changed while nobody asks for anything."""
        if self.stale and not self._looking:
            self.look_again()

    def _schedule(self) -> None:
        """Look for work at the end of the reactor's turn, unless the writer will when it is done."""
        if not self._scheduled:
            self._scheduled = True
            self._reactor.callLater(0, self._go_on)

    def _go_on(self) -> None:
        """Hand the writer its next work, if there is any."""
        self._scheduled = False
        if self._closed or self._unsure is not None:
            return
        chore = self._chores.next() if self._chores.due else None
        if chore is not None:
            self._do(chore)
        elif self._batch or self._looking:
            self._write()

    def _hand_over(self, work: Callable[[], _T], done: Callable[[_T | Failure], None]) -> None:
        """Do something in the writer's thread, then go on, then see to what came of it.

        After a failure the other way round: what gathered meanwhile may have to go with it.
        """
        self._busy = self._scheduled = True

        def back(result: _T | Failure) -> None:
            self._busy = False

            def see() -> None:
                done(result)

            for step in (see, self._go_on) if isinstance(result, Failure) else (self._go_on, see):
                try:  # not with failuresHandled: it makes a logger and a context for each batch
                    step()
                except Exception:
                    self._log.failure("The result of the journal's writer could not be processed")
            if isinstance(result, Failure):
                result.cleanFailure()  # it leads to the frame that has it, and to all that was lost

        self._writing.do(work).addBoth(back)

    def _write(self) -> None:
        batch = self._next_portion()
        size = len(batch)
        lost: list[Entry] = []
        if self._unmade:
            lost, batch = parted(batch, self._unmade, messages=False)
            self._unmade.clear()
        store, noted, now = self._store, self._noted, self._now()
        looking, self._looking = self._looking, []
        stamp = touched(self._place) if looking else self._touched

        def written(result: Written | Failure) -> None:
            if not isinstance(result, Failure):
                self._touched = stamp
                self._take_over(result)
            self._written(batch, lost, size, result)
            for waiting in looking:
                waiting.callback(None)

        self._hand_over(lambda: write(store, batch, noted, now, look=bool(looking)), written)

    def _take_over(self, result: Written) -> None:
        """Take over what other programs have changed, before anything is delivered that came after that."""
        if result.elsewhere:
            with self._log.failuresHandled("What another program has changed could not be taken over"):
                self._changed(result.elsewhere)

    def _next_portion(self) -> list[Entry]:
        """Take the beginning of what has gathered, or all of it."""
        batch, self._batch, characters = self._batch, [], self._characters
        self._characters = 0
        most = self._portion
        whole = portions.fits(len(batch), characters, most) or portions.is_one(batch, most)
        if not whole and not self._unmade:  # all that may be about rooms that were not made goes together
            first = portions.portion(batch, most)
            batch, self._batch = batch[: first.entries], batch[first.entries :]
            self._characters = characters - first.characters
        self.full = self._characters > _MOST_CHARACTERS or len(self._batch) > _MOST_WAITING
        return batch

    def _written(
        self, batch: Sequence[Entry], lost: Sequence[Entry], size: int, result: Written | Failure
    ) -> None:
        """Deliver a batch that is on disk; take back what is not, and let the rest of it happen."""
        if isinstance(result, Failure):
            self._unwritable.met(result)
            if result.check(Uncertain):
                self._unsure = self._reactor.callLater(_AGAIN, self._make_certain, batch, lost, size)
                return
            self._unmade = {entry.room for entry in batch if isinstance(entry, Created)}
            unwritten, batch = parted(batch, self._unmade, messages=True)
            lost, result = [*lost, *unwritten], Written()
        elif result.anything:
            self._unwritable.is_over()
            self._chores.index()
            self._note(result.noted)
        if lost:
            with self._log.failuresHandled("A batch that was not saved could not be taken back"):
                self._take_back(lost, NotSaved())
        if batch:
            try:
                commit(batch, result)
                self._deliver(batch)
            except Exception:
                self._log.failure("A committed batch could not be delivered")
        self._done += size
        while self._settling and self._settling[0][0] <= self._done:
            self._settling.popleft()[1].callback(None)

    def _make_certain(self, batch: Sequence[Entry], lost: Sequence[Entry], size: int) -> None:
        """Take back a batch as soon as it is known that no restart finds it."""
        self._unsure = None
        store = self._store

        def give_up() -> Written:
            store.make_certain()
            raise sqlite3.OperationalError("a write has failed halfway, and is undone")

        self._hand_over(give_up, lambda result: self._written(batch, lost, size, result))

    def _do(self, chore: Chore) -> None:
        """Take one small step of something that has time."""
        self._hand_over(
            chore.begin(self._now()),
            lambda result: self._chores.done(chore, result, idle=not self._busy),
        )

    async def repeated(self, key: str, id: str) -> tuple[int, str] | None:
        """Return number and time of the message to which this name's bearer gave this `id`, if he did."""
        since = self._now() - int(DAY * 1000)
        found = await self.look_up(lambda reader: reader.request(key, id, since))
        return None if found is None else (found[0], stamp(found[1]))

    # Persons.

    def meet(self, name: str, token: str) -> Person:
        """Return the person who has just been given this token; the file hears of him when he whispers."""
        number = next(self._numbers)
        self._present.add(number)
        return Person(name, names.user_key(name), digest(token), number)

    async def recognize(self, name: str, token: str) -> Person | None:
        """Return the person who was given this token under this name, if he left not more than a day ago."""
        key, hashed, since = names.user_key(name), digest(token), self._now() - int(DAY * 1000)
        number = await self.look_up(lambda reader: reader.person(hashed, key, since))
        if number is None:
            return None
        person = Person(name, key, hashed, number)
        self.arrive(person)
        return person

    def part(self, person: Person, unheard: float | None = None) -> None:
        """Record a person's last disconnection, and since when they may not have heard what was said."""
        self._present.discard(person.number)
        if person.number in self._noted:
            self._noted.discard(person.number)
            self._chores.note(person.number, self._now(), _milliseconds(unheard))
        person.forget()

    def arrive(self, person: Person, unheard: float | None = None) -> None:
        """Record that the owner of an account is here, and since when they have yet to hear what was said."""
        self._present.add(person.number)
        self._noted.add(person.number)
        self._chores.note(person.number, None, _milliseconds(unheard))

    def _note(self, persons: Iterable[int]) -> None:
        """Know who is in the file now; some of them may have gone since they whispered."""
        for number in persons:
            if number in self._present:
                self._noted.add(number)
            else:
                self._chores.note(number, self._now())

    def _now(self) -> int:
        return int(self._calendar.seconds() * 1000)


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)
