"""A journal in a database: acknowledged messages are on disk, and stay there.

One thread writes, one batch in each transaction; meanwhile the next batch is collected. Other threads read,
on connections of their own, and never wait for the writer. Everything else happens in the reactor's thread,
which hands a batch to the writer's thread and gets the result.

    idle     ->  writing   append(), at the end of the reactor's turn
    writing  ->  writing   committed: the next batch is handed over, then this one is delivered
    writing  ->  writing   failed: this one is taken back, then the next batch is handed over
    writing  ->  unsure    failed, and a restart may find it: no client is told, and nothing is written
    unsure   ->  writing   a second later: the writer makes sure that a restart does not find it
    writing  ->  idle      nothing was appended meanwhile: chores, if there are any
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from classchat import names
from classchat.clocks import TimeOfDay
from classchat.contents import Contents
from classchat.core.entries import Created, Entry
from classchat.core.journal_port import (
    CannotOpen,
    Changed,
    Deliver,
    Others,
    TakeBack,
    Waits,
    nothing_changes,
    somebody_waits,
)
from classchat.core.measures import COMMIT_TIMES, Histogram
from classchat.core.model import Room
from classchat.core.persons import Person, digest
from classchat.core.ports import Calendar
from classchat.core.stored import Restored
from classchat.errors import NotSaved
from classchat.journal import portions
from classchat.journal.batch_store import BatchStore
from classchat.journal.chores import Chore, Chores
from classchat.journal.database import FAILURES, Uncertain
from classchat.journal.known_persons import KnownPersons
from classchat.journal.looks import Looks
from classchat.journal.opening import Synchronous
from classchat.journal.reading import ReadableJournal
from classchat.journal.settling import Settling
from classchat.journal.sweeping import Sweeping
from classchat.journal.times import DAY
from classchat.journal.trials import Trials
from classchat.journal.worker import Trouble, Worker, within
from classchat.journal.writing import MESSAGES, Batch, Written, commit, parted, write
from classchat.limits import Limits
from classchat.texts import stamp

_T = TypeVar("_T")
_Place = TypeVar("_Place", bound="Path | str")

_MOST_WAITING = 20_000
"""Entries that may wait for the writer before clients that send more must wait as well."""

_MOST_CHARACTERS = 8_000_000
"""Characters of text that may wait."""

_LOOK_AROUND = 1.0
"""Seconds between two checks for changes by other programs, while there are no requests."""

_AGAIN = 1.0
"""Seconds between two attempts to undo a write that failed halfway."""

_UNWRITABLE = "Can't write to {path}: messages are refused until it can be written to again"
_WRITABLE = "{path} can be written to again"

_PATIENCE = 10.0
"""Seconds to write the last batches when the server stops."""


class BatchingJournal(ReadableJournal, Generic[_Place]):
    """A journal that keeps everything in a database."""

    shared = True
    several = False
    node = ""
    neighbours: Sequence[str] = ()
    _waits = False
    """Whether the next batch has to wait until the result of the last one is handled."""

    _log = Logger()

    # Set when the journal is opened.
    _store: BatchStore
    _chores: Chores
    _looks: Looks
    _known: KnownPersons
    _deliver: Deliver
    _take_back: TakeBack
    _changed: Changed

    def __init__(
        self,
        place: _Place,
        reactor: Any,
        synchronous: Synchronous = "full",
        keep: float | None = None,
        calendar: Calendar | None = None,
        portion: int = portions.MOST,
        contents: Contents | None = None,
        unfinished: float = Limits.unfinished,
    ) -> None:
        """Keep messages for `keep` seconds, or for ever; `reactor` must be callable from threads.

        The directory with the `contents` of shared files is kept as the messages are; uploads may take
        `unfinished` seconds.

        Each commit has about `portion` bytes. `place` is what the operator calls the journal. `calendar` is
        for tests; the default is the machine's.
        """
        super().__init__(place, reactor, calendar or TimeOfDay())
        self._place = place
        self._synchronous: Synchronous = synchronous
        self._reactor = reactor
        self._keep = keep
        self._portion = portion
        self._contents = contents
        self._unfinished = unfinished
        self.epoch = ""
        self.full = False
        self.commits = Histogram(COMMIT_TIMES)
        self._writing = Worker(reactor, "journal-writer")
        self._unwritable = Trouble(reactor, place, _UNWRITABLE, _WRITABLE)
        self._batch: list[Entry] = []  # the batch that is being collected
        self._characters = 0  # characters of text in it
        self._unmade: set[Room] = set()  # rooms whose creation failed: collected entries may be about them
        self._appended = 0  # number of entries since the start
        self._settling = Settling()
        self._trials = Trials()
        self._looking_around = LoopingCall(self._look_around)
        self._looking_around.clock = reactor
        self._busy = False  # whether the writer is working
        self._scheduled = False  # whether a call of `_go_on` is scheduled
        self._unsure: IDelayedCall | None = None  # the next attempt, while it is unknown what is on disk
        self._opened = self._closed = False

    @abstractmethod
    def _open_store(self) -> BatchStore:
        """Return the connection that writes."""

    @abstractmethod
    def _announced(self) -> int:
        """Return a number that changes when another program may have changed accounts."""

    @abstractmethod
    def _decide(self, failure: Uncertain) -> Written:
        """Find out whether a batch was committed, which its failure does not say.

        Raises:
            Uncertain: it is still unknown.
            *FAILURES: it was not committed.
        """

    def open(
        self,
        deliver: Deliver,
        take_back: TakeBack,
        changed: Changed = nothing_changes,
        others: Others | None = None,  # noqa: ARG002 (a file has one server)
    ) -> Restored:
        """Open the journal, create it if necessary, and return its state.

        Raises:
            CannotOpen: it can't be written to.
        """
        self._deliver, self._take_back, self._changed = deliver, take_back, changed
        self._store = self._open_store()
        self._looks = Looks(self._announced, self._reactor)
        try:
            restored = self._restored()
            self._known = KnownPersons(self._new_persons())
        except CannotOpen:
            self._store.close()
            raise
        except FAILURES as error:
            self._store.close()
            raise CannotOpen(self._sentence(error)) from None
        self.epoch = self._store.epoch
        if self._contents is not None:
            self._contents.try_to_open(self.epoch)
        self._opened = True
        self._writing.start()
        self.start_reading()
        self._chores = Chores(
            self._store, self._place, self._reactor, self._keep, self._schedule, self._unwritable
        )
        if self._contents is not None:
            sweeping = Sweeping(self._store, self._contents, self._unfinished, self._now)
            self._chores.add(sweeping.step, "delete from {path} the files that no message needs")
        self._chores.start()
        self._looking_around.start(_LOOK_AROUND, now=False)
        return restored

    def _restored(self) -> Restored:
        """Return what was stored before."""
        with closing(self._open_reader()) as reader:
            return reader.everything()

    def _new_persons(self) -> Iterator[int]:
        """Return the numbers of new persons."""
        return count(self._store.last_person + 1)

    @abstractmethod
    def _sentence(self, error: Exception) -> str:
        """Return the sentence about one of `FAILURES` while the journal is opened."""

    async def close(self) -> None:
        """Write all entries, and close the journal; give up if that takes too long.

        Harmless twice, and before it was opened.
        """
        if not self._opened:
            return
        self._opened = False
        self._looking_around.stop()
        self._chores.stop()
        patience = _PATIENCE
        if not await within(patience, self._reactor, self.settled()):
            self._log.error("{count} entries could not be saved in time", count=self.waiting)
            patience = 0.0
        self._closed = True
        self._looks.give_up()
        self._trials.answer(worked=False)
        if self._unsure is not None:
            self._unsure.cancel()
        await self._writing.stop(self._end(), patience)
        await self.stop_reading(patience)

    def _end(self) -> Callable[[], None]:
        note = self._chores.last()

        def end() -> None:
            try:
                with suppress(*FAILURES):  # the next start ends all that is left open
                    note()
            finally:
                self._store.close()

        return end

    # Writing.

    def append(self, entry: Entry) -> None:
        """Queue an entry, to be committed with the next batch."""
        self._batch.append(entry)
        self._appended += 1
        if isinstance(entry, MESSAGES):
            self._characters += len(entry.text)
            if self._characters > _MOST_CHARACTERS or len(self._batch) > _MOST_WAITING:
                self.full = True
        else:
            self._characters += portions.EVENT
        if not self._scheduled:
            self._schedule()

    def settled(self) -> Deferred[None]:
        """Return a Deferred that fires when all entries so far are delivered."""
        return self._settling.until(self._appended)

    @property
    def waiting(self) -> int:
        """How many entries are appended, and neither delivered nor taken back yet."""
        return self._appended - self._settling.done

    @property
    def writable(self) -> bool:
        """Whether the last attempt to write has worked."""
        return not self._unwritable.lasts

    async def try_to_write(self) -> bool:
        """Return whether something could be written: the next batch, or else what changes nothing."""
        if self._closed or not self._opened or self._unsure is not None:
            return False
        self._schedule()
        return await self._trials.ask()

    @property
    def stale(self) -> bool:
        """Whether another program has announced a change that is not read yet."""
        return self._looks.stale

    def look_again(self) -> Deferred[None]:
        """Return a Deferred that fires when all changes by other programs so far are applied.

        The writer looks between two batches, so changes come in the order of the log. If the disk hangs, the
        Deferred fires after some seconds, without changes.
        """
        if self._closed or not self._opened:
            return succeed(None)
        self._schedule()
        return self._looks.ask()

    def _look_around(self) -> None:
        """Check for changes by other programs while there are no requests."""
        if self.stale and not self._looks.wanted:
            self.look_again()

    def _schedule(self) -> None:
        """Look for work at the end of the reactor's turn, unless the writer is busy and will do so."""
        if not self._scheduled:
            self._scheduled = True
            self._reactor.callLater(0, self._go_on)

    def _go_on(self) -> None:
        """Give the writer its next work, if there is any."""
        self._scheduled = False
        if self._closed or self._unsure is not None:
            return
        chore = self._chores.next() if self._chores.due else None
        if chore is not None:
            self._do(chore)
        elif self._batch or self._looks.wanted:
            self._write()
        elif self._trials.wanted:
            self._hand_over(self._try_once, self._tried)

    def _hand_over(
        self, work: Callable[[], _T], done: Callable[[_T | Failure], None], *, first: bool = False
    ) -> None:
        """Run work in the writer's thread, then continue with the next work, then handle the result.

        The result is handled `first` if the next work depends on it: after a failure collected entries may
        fail as well.
        """
        self._busy = self._scheduled = True

        def back(result: _T | Failure) -> None:
            self._busy = False

            def see() -> None:
                done(result)

            in_order = first or self._waits or isinstance(result, Failure)
            for step in (see, self._go_on) if in_order else (self._go_on, see):
                try:  # not with failuresHandled: it makes a logger and a context for each batch
                    step()
                except Exception:
                    self._log.failure("The result of the journal's writer could not be processed")
            if isinstance(result, Failure):
                result.cleanFailure()  # a traceback would keep the frame and the lost entries alive

        self._writing.do(work).addBoth(back)

    def _write(self) -> None:
        batch = self._sort_out(self._next_portion())
        known, now = self._known.in_file, self._now()
        look = self._looks.begin()

        def work() -> Written:
            begun = self._reactor.seconds()
            done = self._write_batch(batch.entries, known, now, look=bool(look.waiting))
            self.commits.add(self._reactor.seconds() - begun)
            return done

        def written(result: Written | Failure) -> None:
            if not isinstance(result, Failure):
                self._looks.taken(look)
                self._take_over(result)
            self._written(batch, result)
            self._looks.answer(look)

        self._hand_over(work, written)

    def _try_once(self) -> None:
        """Write something that changes nothing, in the writer's thread."""
        self._store.try_to_write()

    def _tried(self, result: Failure | None) -> None:
        if isinstance(result, Failure):
            self._unwritable.met(result)
        else:
            self._unwritable.is_over()
        self._trials.answer(worked=result is None)

    def _sort_out(self, entries: list[Entry]) -> Batch:
        """Return a batch of entries, without those that can't be written any more."""
        size = len(entries)
        lost: list[Entry] = []
        if self._unmade:
            lost, entries = parted(entries, self._unmade, messages=False)
            self._unmade.clear()
        return Batch(entries, lost, size)

    def _write_batch(
        self, batch: Sequence[Entry], known: Collection[int], now: int, *, look: bool
    ) -> Written:
        """Write a batch, in the writer's thread."""
        return write(self._store, batch, known, now, look=look)

    def _take_over(self, result: Written) -> None:
        """Apply the changes of other programs before later entries are delivered."""
        if result.elsewhere:
            with self._log.failuresHandled("Changes by another program could not be applied"):
                self._changed(result.elsewhere)

    def _next_portion(self) -> list[Entry]:
        """Remove and return the beginning of the collected batch, or all of it."""
        batch, self._batch, characters = self._batch, [], self._characters
        self._characters = 0
        most = self._portion
        whole = portions.fits(len(batch), characters, most) or portions.is_one(batch, most)
        if not whole and not self._unmade:  # entries that may be about failed rooms stay together
            first = portions.portion(batch, most)
            batch, self._batch = batch[: first.entries], batch[first.entries :]
            self._characters = characters - first.characters
        self.full = self._characters > _MOST_CHARACTERS or len(self._batch) > _MOST_WAITING
        return batch

    def _written(self, batch: Batch, result: Written | Failure) -> None:
        """Deliver a batch that is on disk; otherwise take back its messages, and deliver the rest."""
        entries, lost, size = batch
        if isinstance(result, Failure):
            self._unwritable.met(result)
            self._trials.answer(worked=False)
            if result.check(Uncertain):
                self._unsure = self._reactor.callLater(_AGAIN, self._make_certain, batch, result.value)
                return
            self._unmade = {entry.room for entry in entries if isinstance(entry, Created)}
            if self.several:  # other nodes would not hear of what is delivered here only
                unwritten, entries = entries, []
            else:
                unwritten, entries = parted(entries, self._unmade, messages=True)
            lost, result = [*lost, *unwritten], Written()
        elif result.anything:
            self._unwritable.is_over()
            self._trials.answer(worked=True)
            self._chores.index()
            if result.erased:
                self._chores.erase()
            for number in result.noted:
                if not self._known.written(number):  # the person has left since their message
                    self._chores.note(number, self._now())
        if lost:
            with self._log.failuresHandled("A batch that was not saved could not be undone"):
                self._take_back(lost, NotSaved())
        if entries:
            try:
                commit(entries, result)
                self._deliver(entries)
            except Exception:
                self._log.failure("A committed batch could not be delivered")
        self._settling.done += size
        self._settling.fire()

    def _make_certain(self, batch: Batch, failure: Uncertain) -> None:
        """Deliver a batch, or take it back, as soon as it is certain whether a restart will find it."""
        self._unsure = None
        self._hand_over(lambda: self._decide(failure), lambda result: self._written(batch, result))

    def _do(self, chore: Chore) -> None:
        """Run one small step of background work."""
        self._hand_over(
            chore.begin(self._now()),
            lambda result: self._chores.done(chore, result, idle=not self._busy),
        )

    async def repeated(self, key: str, id: str) -> tuple[int, str] | None:
        """Return the number and time of the message that the bearer of a name sent with this `id`, if any."""
        since = self._now() - int(DAY * 1000)
        found = await self.look_up(lambda reader: reader.request(key, id, since))
        return None if found is None else (found[0], stamp(found[1]))

    # Persons.

    def meet(self, name: str, token: str) -> Person:
        """Return a new person with this token; their first private message writes them to the journal."""
        return Person(name, names.user_key(name), digest(token), self._known.new())

    async def recognize(self, name: str, token: str, waits: Waits = somebody_waits) -> Person | None:
        """Return the person with this token and name, if they left at most a day ago."""
        key, hashed, since = names.user_key(name), digest(token), self._now() - int(DAY * 1000)
        found = await self.look_up(lambda reader: reader.person(hashed, key, since), waits)
        if found is None:
            return None
        shown = name if key == found.key else found.name
        person = Person(shown, found.key, hashed, found.number, tuple(found.former))
        person.restrict(found.restrictions)
        if found.partners:
            person.add_partners(found.partners)
        self.arrive(person)
        return person

    def part(self, person: Person, unheard: float | None = None) -> None:
        """Record a person's last disconnection, and the time since which they may have missed messages."""
        if self._known.leave(person.number):
            self._chores.note(person.number, self._now(), _milliseconds(unheard))
        person.forget()

    def arrive(self, person: Person, unheard: float | None = None) -> None:
        """Record that an account's owner is here, and since when they may have missed messages."""
        self._known.arrive(person.number)
        self._chores.note(person.number, None, _milliseconds(unheard))

    def _now(self) -> int:
        return int(self._calendar.seconds() * 1000)


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)
