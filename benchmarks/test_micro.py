"""The cost of single steps of the hot path, without a network: `python -m pytest benchmarks/test_micro.py`.

It needs pytest-benchmark, which the extra `bench` brings. The result of each step is asserted, not its time:
compare that with earlier figures (`--benchmark-autosave`, then `--benchmark-compare`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from classchat.core.chat import Chat
from classchat.core.entries import Entry
from classchat.core.events import Event
from classchat.core.notices import Notice
from classchat.core.ports import Peer
from classchat.core.session import Session
from classchat.errors import ChatError
from classchat.journal.memory import MemoryJournal
from classchat.limits import Limits, Rate
from classchat.messages import Command, Create, Group, Join, Register, Say
from classchat.passwords import HashedPasswords
from classchat.wire.json_codec import JSON
from classchat.wire.lines import LineSplitter, decode_command

_NOW = "2026-11-23T10:00:00.123Z"
_ROOM = "CS350"
_TEXT = "So far so good, and who of you has an idea how the third exercise is to be done? I have none at all."
_LINE = b'{"status":"group","sender":"member-0","receiver":"CS350","text":"%s"}\n' % _TEXT.encode()
_LIMITS = Limits().without_guard()


class Stopwatch(Protocol):
    """The part of pytest-benchmark's fixture that we use, so that types can be checked without it."""

    def __call__(self, function: Callable[..., object], *arguments: object) -> object:
        """Call the function many times, and remember how long that took."""

    def pedantic(self, function: Callable[[], object], *, setup: Callable[[], object], rounds: int) -> object:
        """Call a function repeatedly, each time after an untimed call of `setup`."""


class DeafPeer(Peer):
    """A client that drops everything."""

    codec = JSON
    closed = False
    encode = JSON.encode

    def reads_as(self, person: int) -> None:
        """It reads of no files."""

    def tell(self, *events: Event) -> None:
        """Encode and drop them."""
        self.write(self.encode([*events]))

    def write(self, data: bytes, /) -> None:
        """Drop it."""

    def close(self, reason: ChatError | None = None) -> None:
        """Nothing is open."""

    def took_all(self) -> bool:
        """It has everything."""
        return True

    def unreceived_for(self) -> float:
        """It has everything."""
        return 0.0

    def drained(self) -> Deferred[None]:
        """It has read everything."""
        return succeed(None)

    def rested(self, seconds: float, /) -> Deferred[bool]:
        """It is never too fast."""
        raise NotImplementedError


class Scene:
    """A chat with one room full of deaf members; the first one can talk."""

    def __init__(self, members: int, limits: Limits = _LIMITS) -> None:
        self.clock = Clock()
        self.journal = MemoryJournal(self.clock, lambda: _NOW)
        self.chat = Chat(self.journal, _unseen, limits, self.clock, HashedPasswords(self.clock), self.clock)
        self.chat.open()
        self.session = Session(self.chat, DeafPeer())
        self.session.handle(Register(sender="member-0"))
        _ask(self.session, Create(receiver=_ROOM))
        for number in range(1, members):
            session = Session(self.chat, DeafPeer())
            session.handle(Register(sender=f"member-{number}"))
            _ask(session, Join(receiver=_ROOM))
        self.clock.advance(0)

    def batch(self, messages: int) -> list[Entry]:
        """Return a batch of committed messages that are not delivered yet."""
        batch: list[Entry] = []
        self.journal.open(batch.extend, _never)
        for _ in range(messages):
            self.session.handle(Say(receiver=_ROOM, text=_TEXT))
        self.clock.advance(0)
        return batch


def _ask(session: Session, command: Command) -> None:
    """Ask something that is answered when the clock advances: nobody waits for it here."""
    waiting = session.handle(command)
    if waiting is not None:
        waiting.close()


def _never(batch: Sequence[Entry], reason: ChatError) -> None:
    """Nothing is ever taken back from memory."""


def _unseen(notices: Sequence[Notice]) -> None:
    """Drop the notices."""


def test_decode_command_of_a_group_line(benchmark: Stopwatch) -> None:
    """A line with a room's message is decoded into a command."""
    command = benchmark(decode_command, _LINE[:-1])

    assert Say(sender="member-0", receiver=_ROOM, text=_TEXT) == command


@pytest.mark.parametrize("events", [1, 16])
def test_encode(benchmark: Stopwatch, events: int) -> None:
    """Messages become the lines that a room's members read."""
    said: list[Event] = [
        Group("member-0", _ROOM, _TEXT, seq=1 + number, time=_NOW) for number in range(events)
    ]
    lines = benchmark(JSON.encode, said)

    assert isinstance(lines, bytes)
    assert events == lines.count(b"\n")


def test_feed_of_16_lines(benchmark: Stopwatch) -> None:
    """A chunk of 16 whole lines is cut."""
    lines = benchmark(LineSplitter(_LIMITS.line).feed, _LINE * 16)

    assert isinstance(lines, list)
    assert 16 == len(lines)


@pytest.mark.parametrize("limits", [_LIMITS, Limits(messages=Rate(1000, 1e9))], ids=["unlimited", "limited"])
def test_handle_of_100_says(benchmark: Stopwatch, limits: Limits) -> None:
    """Messages are counted if there is a limit, checked, and appended to the journal."""
    scene = Scene(members=100, limits=limits)
    say = Say(receiver=_ROOM, text=_TEXT)

    def handle() -> None:
        for _ in range(100):
            scene.session.handle(say)

    benchmark.pedantic(handle, setup=lambda: scene.clock.advance(0), rounds=1000)

    assert scene.journal.waiting == 100


def test_deliver_of_160_messages_to_a_room_of_100(benchmark: Stopwatch) -> None:
    """A batch is encoded, and each member gets one write."""
    scene = Scene(members=100)
    before = scene.chat.measures.deliveries
    benchmark(scene.chat.batches.deliver, scene.batch(messages=160))

    calls, rest = divmod(scene.chat.measures.deliveries - before, 100)
    assert calls
    assert not rest
