"""The pulse of a node, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from twisted.internet.task import Clock

from classchat.core.entries import Entry
from classchat.errors import ChatError
from classchat.journal.postgres.node_leases import BEAT
from classchat.journal.postgres.node_pulse import Beat, NodePulse
from classchat.journal.postgres.postgres_store import Heartbeat, PostgresStore


class Chat:
    """What a chat is told of other nodes."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def follow(self, batches: Sequence[bytes]) -> None:
        """Do nothing."""

    def judge(self, batch: Sequence[Entry]) -> Mapping[int, ChatError]:
        """Return nothing."""
        return {}

    def died(self, nodes: Sequence[str]) -> None:
        """Record which nodes are dead."""
        self.told.append(nodes)

    def expelled(self) -> None:
        """Do nothing."""

    def cut_off(self) -> None:
        """Record that the clients should go to other nodes."""
        self.told.append("cut off")


class Lost:
    """A connection that was opened too late."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        """Record it."""
        self.closed = True


class Node:
    """A node whose database does not answer."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.chat = Chat()
        self.due = 0
        self.pulse = NodePulse(cast(PostgresStore, None), self.chat, self.clock, self._beats, lambda: None)
        self.pulse.start()

    def _beats(self) -> None:
        self.due += 1

    def hears(self, *, others: bool, dead: Sequence[str] = (), listening: Any = None) -> None:
        """Report the result of a beat."""
        self.pulse.reached()
        self.pulse.has_beaten(Beat(Heartbeat(others, dead, ()), listening))


def test_it_beats_regularly() -> None:
    """A beat is due at once, and then at equal distances."""
    node = Node()
    node.clock.pump([BEAT, BEAT])

    assert (3, True) == (node.due, node.pulse.is_due)


def test_clients_are_sent_away_once() -> None:
    """After twenty seconds without the database the clients should go, once for each silence."""
    node = Node()
    for _ in range(2):
        node.hears(others=True)
        node.clock.pump([BEAT] * 30)

    assert ["cut off", "cut off"] == node.chat.told


def test_clients_without_another_node_stay() -> None:
    """Without another node there is no place that is better."""
    node = Node()
    node.hears(others=False)
    node.clock.pump([BEAT] * 30)

    assert [] == node.chat.told


def test_dead_nodes_are_told() -> None:
    """A beat finds nodes whose leases have ended."""
    node = Node()
    node.hears(others=True, dead=["n1"])

    assert [["n1"]] == node.chat.told


def test_after_the_end() -> None:
    """A pulse that has stopped requests nothing more, and closes a connection that comes too late."""
    node, late = Node(), Lost()
    node.pulse.stop()
    node.pulse.stop()
    node.hears(others=True, listening=late)
    node.clock.pump([BEAT] * 3)

    assert (1, False, True) == (node.due, node.pulse.is_due, late.closed)
