"""The vocabulary of tests with several nodes: journals on one database, and what each chat would get."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from classchat.core.entries import Entry, Said
from classchat.core.node_lines import Line, SaidLine, decode
from classchat.core.stored import Ownership, Restored
from classchat.errors import ChatError
from classchat.journal.opening import Synchronous
from classchat.journal.postgres.node_pulse import NodePulse
from classchat.journal.postgres.postgres_connection import PostgresConnection
from classchat.journal.postgres.postgres_journal import PostgresJournal
from classchat.journal.postgres.postgres_store import PostgresStore
from tests.integration.journals import Clock, Log, until


class _Journal(PostgresJournal):
    """A journal that says when a heartbeat is done."""

    beaten: Callable[[], None] = staticmethod(lambda: None)

    def _beaten(self, result: Any) -> None:
        super()._beaten(result)
        self.beaten()


class Node(Log):
    """One of several nodes: a log that records what it hears of the others."""

    def __init__(self, url: str, synchronous: Synchronous = "normal") -> None:
        self.heard: list[str] = []
        """The texts of all messages, own ones and others', in the order in which they were delivered."""
        self.lines: list[Line] = []
        self.judged: list[Sequence[Entry]] = []
        self.verdict: dict[Entry, ChatError] = {}
        self.dead: list[str] = []
        self.told: list[str] = []
        self.beats = 0
        self.followed: list[Sequence[bytes]] = []
        self.changed: list[str] = []
        self.on_judge: Callable[[], object] = lambda: None
        self.on_follow: Callable[[], object] = lambda: None
        clock = Clock()
        super().__init__(_Journal(url, clock, synchronous, calendar=clock), clock)
        self.journal.beaten = self._beaten  # type: ignore[attr-defined]

    def _beaten(self) -> None:
        self.beats += 1

    @property
    def node(self) -> str:
        """The name of the node."""
        return self.journal.node

    def _open(self) -> Restored:
        return self.journal.open(self._deliver, self._take_back, self._changed, self)

    def _deliver(self, batch: Sequence[Entry]) -> None:
        self.heard += [entry.text for entry in batch if isinstance(entry, Said) and not entry.repeated]
        super()._deliver(batch)

    def _changed(self, ownerships: Sequence[Ownership]) -> None:
        self.changed += [one.key for one in ownerships]

    # What a chat does with other nodes.

    def follow(self, batches: Sequence[bytes]) -> None:
        """Record what other nodes have written."""
        self.on_follow()
        self.followed.append(batches)
        for lines in map(decode, batches):
            self.lines += lines
            self.heard += [line.text for line in lines if isinstance(line, SaidLine)]

    def judge(self, batch: Sequence[Entry]) -> Mapping[int, ChatError]:
        """Return what the test has decided."""
        self.judged.append(list(batch))
        self.on_judge()
        return {at: self.verdict[entry] for at, entry in enumerate(batch) if entry in self.verdict}

    def died(self, nodes: Sequence[str]) -> None:
        """Record that nodes are dead."""
        self.dead += nodes

    def expelled(self) -> None:
        """Record that this node was removed."""
        self.told.append("expelled")

    def cut_off(self) -> None:
        """Record that the database can't be reached."""
        self.told.append("cut off")

    # What tests do to a node.

    @property
    def store(self) -> PostgresStore:
        """What writes for this node."""
        return self.journal._store  # type: ignore[attr-defined, no-any-return]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in a session of its own, and return its rows."""
        db = PostgresConnection(self.journal._place)  # type: ignore[attr-defined]
        try:
            cursor = db.run(statement)
            return cursor.fetchall() if cursor.description else []
        finally:
            db.close()

    async def be_deaf(self) -> None:
        """Hear of other nodes only with the own batches, and with `beat`."""
        await self.beat()
        pulse: NodePulse = self.journal._pulse  # type: ignore[attr-defined]
        pulse._beating.stop()
        if pulse._listener is not None:
            pulse._listener.close()
        await self._is_idle()  # it may just have heard of something

    async def beat(self) -> None:
        """Do one heartbeat, and wait for its result; a node that was expelled meanwhile has none."""
        await self._is_idle()
        seen = self.beats
        self.journal._pulse.tick()  # type: ignore[attr-defined]
        await until(lambda: self.beats > seen or "expelled" in self.told, "its heart beats")

    async def _is_idle(self) -> None:
        await until(lambda: not self.journal._scheduled, "it is idle")  # type: ignore[attr-defined]

    async def beat_for_long(self) -> None:
        """Do heartbeats as a node that was connected long enough to say that others are dead."""
        late = True
        while late:  # on a busy machine the own lease may end in between, and then nothing is certain
            await self.beat()
            since = self.store._session.since = self.store._session.since - 10
            await self.beat()
            late = self.store._session.since != since

    def end_lease(self) -> None:
        """Make the lease of this node be over."""
        self.rows(f"UPDATE nodes SET lease = now() - interval '1 s' WHERE id = '{self.node}'")  # noqa: S608
