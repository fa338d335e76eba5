"""What single steps of the hot path cost, without a network: `python -m pytest benchmarks/test_micro.py`.

It needs pytest-benchmark, which the extra `bench` brings. Nothing is asserted: these are stopwatches, to be
compared with their own figures of before (`--benchmark-autosave`, then `--benchmark-compare`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import pytest

from classchat.core.chat import Chat
from classchat.core.entries import Entry
from classchat.core.notices import Notice
from classchat.core.ports import Deliver, Journal, Peer, TakeBack
from classchat.core.session import Session
from classchat.limits import Limits
from classchat.messages import Group, Register, Say
from classchat.wire.lines import LineSplitter, decode_command, encode

_NOW = "2026-11-23T10:00:00.123Z"
_ROOM = "CS350"
_TEXT = "So far so good, and who of you has an idea how the third exercise is to be done? I have none at all."
_LINE = b'{"status":"group","sender":"member-0","receiver":"CS350","text":"%s"}\n' % _TEXT.encode()
_LIMITS = Limits()
_KEPT = 1000
"""Entries that the journal remembers: a stopwatch appends hundreds of thousands."""


class Stopwatch(Protocol):
    """What we use of pytest-benchmark's fixture, so that types can be checked where it is not installed."""

    def __call__(self, function: Callable[..., object], *arguments: object) -> object:
        """Call the function many times, and remember how long that took."""


class LastEntries(Journal):
    """A journal that commits when it is told to, and remembers only the last entries."""

    def __init__(self) -> None:
        self._batch: deque[Entry] = deque(maxlen=_KEPT)
        self._deliver: Deliver

    def subscribe(self, deliver: Deliver, take_back: TakeBack) -> Iterable[tuple[str, int]]:  # noqa: ARG002
        """Remember whom to tell; there were no rooms before."""
        self._deliver = deliver
        return ()

    def append(self, entry: Entry) -> None:
        """Take an entry."""
        self._batch.append(entry)

    async def settled(self) -> None:
        """Nobody waits here."""

    def committed(self) -> list[Entry]:
        """Commit what was appended, and return it, undelivered."""
        batch = list(self._batch)
        self._batch.clear()
        for entry in batch:
            entry.commit(_NOW)
        return batch

    def turn(self) -> None:
        """Commit what was appended, and deliver it."""
        self._deliver(self.committed())


class DeafPeer(Peer):
    """A client that drops what it is written."""

    def write(self, lines: bytes, /) -> None:
        """Drop it."""

    def close(self) -> None:
        """Nothing is open."""


class Scene:
    """A chat with one room full of deaf members, the first of whom can talk."""

    def __init__(self, members: int) -> None:
        self.journal = LastEntries()
        self.chat = Chat(self.journal, encode, _unseen, _LIMITS)
        peer = DeafPeer()
        self.session = Session(self.chat, peer)
        self.session.handle(Register(sender="member-0"))
        self.chat.create(self.chat.users.get("member-0"), peer, None, _ROOM)
        for number in range(1, members):
            peer = DeafPeer()
            self.chat.join(self.chat.register(f"member-{number}", peer), peer, None, _ROOM)
        self.journal.turn()

    def batch(self, messages: int) -> list[Entry]:
        """Return a batch of messages that the journal has committed, and nobody has heard."""
        for _ in range(messages):
            self.session.handle(Say(receiver=_ROOM, text=_TEXT))
        return self.journal.committed()


def _unseen(notices: Sequence[Notice]) -> None:
    """Let no operator read what happened."""


def test_decode_command_of_a_group_line(benchmark: Stopwatch) -> None:
    """One line of what somebody says becomes a command."""
    benchmark(decode_command, _LINE[:-1])


@pytest.mark.parametrize("events", [1, 16])
def test_encode(benchmark: Stopwatch, events: int) -> None:
    """Messages become the lines that a room's members read."""
    said = [Group("member-0", _ROOM, _TEXT, seq=1 + number, time=_NOW) for number in range(events)]
    benchmark(encode, *said)


def test_feed_of_16_lines(benchmark: Stopwatch) -> None:
    """A chunk of 16 whole lines is cut."""
    benchmark(LineSplitter(_LIMITS.line).feed, _LINE * 16)


def test_handle_of_a_say(benchmark: Stopwatch) -> None:
    """A message is checked, and appended to the journal."""
    benchmark(Scene(members=100).session.handle, Say(receiver=_ROOM, text=_TEXT))


def test_deliver_of_160_messages_to_a_room_of_100(benchmark: Stopwatch) -> None:
    """A batch is encoded, and each member gets one write."""
    scene = Scene(members=100)
    benchmark(scene.chat.deliver, scene.batch(messages=160))
