"""Our own reactor on real files: it behaves like Twisted's, which it replaces."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from twisted.internet.abstract import FileDescriptor
from twisted.internet.error import ConnectionDone
from twisted.logger import LogLevel, globalLogPublisher
from twisted.python.failure import Failure

epoll = pytest.importorskip("classchat.epoll", reason="there is no epoll here")


class End(FileDescriptor):
    """One end of a pipe, which records the reactor's calls."""

    def __init__(self, reactor: object, number: int) -> None:
        super().__init__(reactor)
        self.number = number
        self.reads: list[bytes] = []
        self.writes = 0
        self.lost: list[Failure] = []
        self.fails: Exception | None = None

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self.number

    def doRead(self) -> Exception | None:
        """Read the available data."""
        if self.fails is not None:
            raise self.fails
        data = os.read(self.number, 100)
        self.reads.append(data)
        return None if data else ConnectionDone()

    def doWrite(self) -> None:
        """Record that there is room to write."""
        self.writes += 1
        self.reactor.removeWriter(self)

    def readConnectionLost(self, reason: Failure) -> None:
        """Record that the other end is closed."""
        self.lost.append(reason)

    def connectionLost(self, reason: Failure) -> None:
        """Record that the connection is lost."""
        self.lost.append(reason)


@pytest.fixture
def ends() -> Iterator[tuple[object, End, End]]:
    """Return a separate reactor and the two ends of a pipe."""
    reactor = epoll.ChatReactor()
    reader, writer = (End(reactor, number) for number in os.pipe())
    yield reactor, reader, writer
    for one in reactor.removeAll():
        one.connectionLost(Failure(ConnectionDone()))
    for one in (*reactor._internalReaders, reactor._poller):
        getattr(one, "close", lambda: None)()
    for end in (reader, writer):
        if end.number != -1:
            os.close(end.number)


def test_who_can_read_reads(ends: tuple[object, End, End]) -> None:
    """All readable ends are read in one poll."""
    reactor, reader, writer = ends
    reactor.addReader(reader)
    os.write(writer.number, b"hello")
    reactor.doPoll(1.0)

    assert [b"hello"] == reader.reads


def test_who_can_write_writes(ends: tuple[object, End, End]) -> None:
    """An end that waits for room to write is called when there is some."""
    reactor, _, writer = ends
    reactor.addWriter(writer)
    reactor.doPoll(1.0)

    assert 1 == writer.writes


def test_nothing_to_do(ends: tuple[object, End, End]) -> None:
    """A poll ends when its time is over."""
    reactor, reader, _ = ends
    reactor.addReader(reader)
    reactor.doPoll(0)

    assert [] == reader.reads


def test_the_other_end_is_closed(ends: tuple[object, End, End]) -> None:
    """The reader of a closed pipe is told so once, and is not polled again."""
    reactor, reader, writer = ends
    reactor.addReader(reader)
    os.close(writer.number)
    writer.number = -1
    reactor.doPoll(1.0)

    assert [ConnectionDone] == [reason.type for reason in reader.lost]
    assert reader not in reactor.getReaders()


def test_a_reader_that_fails(ends: tuple[object, End, End]) -> None:
    """A bug in one reader is logged and closes only that reader's connection."""
    reactor, reader, writer = ends
    logged: list[object] = []
    reader.fails = RuntimeError("a bug")

    def note(event: dict[str, object]) -> None:
        if event.get("log_level") is LogLevel.critical:
            logged.append(event["log_failure"])
            event["log_level"] = LogLevel.info  # so that the fixture does not count it as a failure

    globalLogPublisher._observers.insert(0, note)
    try:
        reactor.addReader(reader)
        os.write(writer.number, b"hello")
        reactor.doPoll(1.0)
    finally:
        globalLogPublisher.removeObserver(note)

    assert [RuntimeError] == [failure.type for failure in logged]
    assert [RuntimeError] == [reason.type for reason in reader.lost]


def test_who_was_closed_in_the_same_poll_is_skipped(ends: tuple[object, End, End]) -> None:
    """An event of an end that an earlier event of the same poll has closed is skipped."""
    reactor, reader, writer = ends
    other, far = (End(reactor, number) for number in os.pipe())
    for one, two in ((reader, other), (other, reader)):
        one.doRead = lambda two=two: reactor.removeReader(two)
        reactor.addReader(one)
    os.write(writer.number, b"1")
    os.write(far.number, b"2")
    reactor.doPoll(1.0)
    left = [end for end in (reader, other) if end in reactor.getReaders()]
    for end in (other, far):
        os.close(end.number)

    assert 1 == len(left)
