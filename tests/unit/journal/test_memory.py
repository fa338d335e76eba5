"""The journal in memory: batches, their times, and waiting for them."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred
from twisted.internet.testing import Clock
from twisted.trial.unittest import SynchronousTestCase

from classchat.core.entries import Entry, Said
from classchat.core.model import Room
from classchat.journal import memory_ids, memory_persons
from classchat.journal.memory import MemoryJournal
from tests.unit.helpers import user


class MemoryJournalTests(SynchronousTestCase):
    """The entries of one turn of the reactor are one batch."""

    def setUp(self) -> None:
        """Create a fresh environment."""
        self.clock = Clock()
        self.times = iter(["10:00", "10:01", "10:02"])
        self.journal = MemoryJournal(self.clock, lambda: next(self.times))
        self.batches: list[list[tuple[str, int, str]]] = []
        self.journal.open(self._deliver, self.fail)
        self.room = Room("CS350", "#CS350")

    def _deliver(self, batch: Sequence[Entry]) -> None:
        self.batches.append([(entry.text, entry.seq, entry.time) for entry in batch])

    def _append(self, *texts: str) -> None:
        for text in texts:
            self.journal.append(Said(user("Alice"), None, None, text, self.room))

    def test_a_turn_is_a_batch(self) -> None:
        """All entries of one turn are delivered together at its end, in order, numbered, with one time."""
        self._append("a", "b")
        before = list(self.batches)
        self.clock.advance(0)

        assert [] == before
        assert [[("a", 1, "10:00"), ("b", 2, "10:00")]] == self.batches

    def test_the_next_turn_is_the_next_batch(self) -> None:
        """Later entries are another batch with its own time and the next numbers; none comes twice."""
        self._append("a")
        self.clock.advance(0)
        self._append("b")
        self.clock.advance(0)
        self.clock.advance(1)

        assert [[("a", 1, "10:00")], [("b", 2, "10:01")]] == self.batches

    def test_a_silent_journal_schedules_nothing(self) -> None:
        """Nothing is left to do when all is delivered."""
        self._append("a")
        self.clock.advance(0)

        assert [] == self.clock.getDelayedCalls()

    def test_what_is_appended_during_delivery_is_the_next_batch(self) -> None:
        """A client that leaves while being written to appends: that is delivered later, not in between."""
        answers = iter(["b"])

        def deliver(batch: Sequence[Entry]) -> None:
            self._append(*answers)
            self._deliver(batch)

        self.journal.open(deliver, self.fail)
        self._append("a")
        self.clock.advance(0)
        self.clock.advance(0)

        assert [[("a", 1, "10:00")], [("b", 2, "10:01")]] == self.batches

    def test_an_idle_journal_is_settled(self) -> None:
        """Without queued entries the journal is settled at once."""
        self.successResultOf(self.journal.settled())
        self._append("a")
        self.clock.advance(0)

        self.successResultOf(self.journal.settled())

    def test_settled_means_delivered(self) -> None:
        """A waiter continues exactly when all entries up to then are delivered."""
        self._append("a")
        settled = self.journal.settled()
        delivered: list[int] = []
        settled.addCallback(lambda _: delivered.append(len(self.batches)))
        self.assertNoResult(settled)
        self.clock.advance(0)

        assert [1] == delivered

    def test_all_who_wait_go_on_in_order(self) -> None:
        """Several may wait for one batch, and go on in the order in which they came."""
        order: list[int] = []
        self._append("a")
        for number in range(3):
            self.journal.settled().addCallback(lambda _, number=number: order.append(number))
        self.clock.advance(0)

        assert [0, 1, 2] == order

    def test_a_batch_that_can_not_be_delivered_holds_up_nobody(self) -> None:
        """A bug in the delivery is logged, waiters continue, and the next batch is delivered."""
        self.journal.open(lambda batch: 1 // 0, self.fail)
        self._append("a")
        settled = self.journal.settled()
        self.clock.advance(0)
        self.journal.open(self._deliver, self.fail)
        self._append("b")
        self.clock.advance(0)

        self.successResultOf(settled)
        assert 1 == len(self.flushLoggedErrors(ZeroDivisionError))
        assert [[("b", 2, "10:01")]] == self.batches

    def _with_small_portions(self) -> None:
        """Commit at most three messages of 200 characters in a turn, if there are many."""
        self.journal = MemoryJournal(self.clock, lambda: "10:00", portion=800)
        self.journal.open(self._deliver, self.fail)

    def test_a_flood_is_committed_in_portions(self) -> None:
        """Too many entries for one turn take several; until then the journal is `full`."""
        self._with_small_portions()
        self._append(*["x" * 200] * 12)
        full = []
        settled = self.journal.settled().addCallback(lambda _: list(map(len, self.batches)))
        self.journal.open(lambda batch: (full.append(self.journal.full), self._deliver(batch)), self.fail)
        self.clock.advance(0)

        assert ([True, True, False], [3, 3, 6]) == (full, self.successResultOf(settled))
        assert [*range(1, 13)] == [seq for batch in self.batches for _, seq, _ in batch]

    def test_what_is_said_during_a_flood_follows(self) -> None:
        """Entries during a flood keep their place, and their waiters continue after them."""
        self._with_small_portions()
        late: list[Deferred[None]] = []

        def deliver(batch: Sequence[Entry]) -> None:
            if not late:
                self._append("late")
                late.append(self.journal.settled())
            self._deliver(batch)

        self.journal.open(deliver, self.fail)
        self._append(*["x" * 200] * 12)
        self.clock.advance(0)

        assert ("late", 13, "10:00") == self.batches[-1][-1]
        self.successResultOf(late[0])
        assert [] == self.clock.getDelayedCalls()

    def test_ids_are_forgotten_one_day(self) -> None:
        """Of very many `id`s the oldest are forgotten: memory is bounded."""
        self.patch(memory_ids, "_MOST_IDS", 2)
        alice = user("Alice")
        entries = [Said(alice, None, id, "a", self.room) for id in ("1", "2", "3", "3", "1")]
        for entry in entries:
            self.journal.append(entry)
        self.clock.advance(0)

        assert [False, False, False, True, False] == [entry.repeated for entry in entries]

    def test_persons_are_forgotten_one_day(self) -> None:
        """Of very many persons who left, the first are forgotten, also in their private conversations."""
        self.patch(memory_persons, "_MOST_PARTED", 1)
        alice, bob, carol = (self.journal.meet(name, name) for name in ("Alice", "Bob", "Carol"))
        for one in (alice, bob):
            one.dialog_with(carol)
            self.journal.part(one)
        known = [
            self.successResultOf(Deferred.fromCoroutine(self.journal.recognize(one.name, one.name)))
            for one in (alice, bob)
        ]

        assert ([None, bob], [bob]) == (known, list(carol.dialogs))
