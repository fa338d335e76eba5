"""The pace of uploads, on a clock."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from classchat.core.entries import Said
from classchat.core.model import Room
from classchat.core.notices import Notice
from classchat.core.shared_files import SharedFile
from classchat.servers.pacing import Pacing
from tests.unit.helpers import user

FILE = SharedFile(1, b"key", "notes.pdf", 3, "0" * 64)


class Disk:
    """A disk on which several uploads write, and when each of them began."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.noticed: list[Notice] = []
        self.pacing = Pacing(self.clock, self.noticed.extend)
        self.began: list[float] = []
        self._writing: list[Deferred[None]] = []

    def uploads(self, count: int) -> None:
        """Start one piece of work for each of some uploads."""
        for _ in range(count):
            Deferred.fromCoroutine(self.pacing.turn(self._write))

    async def _write(self) -> None:
        self.began.append(self.clock.seconds())
        writing: Deferred[None] = Deferred()
        self._writing.append(writing)
        await writing

    def takes(self, seconds: float) -> None:
        """Finish the only write that is under way, after so many seconds."""
        self.clock.advance(seconds)
        [writing], self._writing = self._writing, []
        writing.callback(None)

    def hears(self, file: SharedFile | None = None) -> Sequence[Notice]:
        """Take note of a message in a room, perhaps one with a file."""
        message = Said(user("Alice"), None, None, "Hello", Room("R", "#R"), file=file)
        self.pacing([message])
        return [message]


def test_uploads_write_one_after_the_other() -> None:
    """An upload writes as soon as the one before has written, while nobody chats."""
    disk = Disk()
    disk.uploads(3)
    disk.takes(0.01)
    disk.takes(0.02)

    assert [0.0, 0.01, 0.03] == disk.began


def test_uploads_rest_while_users_chat() -> None:
    """After each turn uploads rest for three times as long, until nobody has chatted for ten seconds."""
    disk = Disk()
    disk.hears()
    disk.uploads(3)
    disk.takes(0.01)
    disk.clock.advance(0.0299)
    resting = len(disk.began)
    disk.clock.advance(0.0001)
    disk.takes(10.0)

    assert (1, [0.0, 0.04, 10.04]) == (resting, disk.began)


def test_a_disk_that_hangs_causes_no_long_rest() -> None:
    """A rest takes a quarter of a second at most."""
    disk = Disk()
    disk.hears()
    disk.uploads(2)
    disk.takes(9.0)
    disk.clock.advance(0.25)

    assert [0.0, 9.25] == disk.began


def test_messages_with_files_are_no_chatting() -> None:
    """The messages of the uploads themselves slow nothing down; all notices are handed on."""
    disk = Disk()
    told = disk.hears(FILE)
    disk.uploads(2)
    disk.takes(0.01)

    assert (told, [0.0, 0.01]) == (disk.noticed, disk.began)


def test_a_server_that_stops_does_not_rest() -> None:
    """A rest ends when the server stops, and no other one begins: no timer is left."""
    disk = Disk()
    disk.hears()
    disk.uploads(2)
    disk.takes(0.01)
    disk.pacing.stop()
    disk.pacing.stop()
    disk.takes(0.01)

    assert ([0.0, 0.01], []) == (disk.began, disk.clock.getDelayedCalls())


def test_a_failure_ends_a_turn() -> None:
    """An upload that can't be written fails, and the next one has its turn."""
    disk = Disk()

    async def fail() -> None:
        raise OSError("disk full")

    failing = Deferred.fromCoroutine(disk.pacing.turn(fail))
    failed: list[str] = []
    failing.addErrback(lambda failure: failed.append(failure.getErrorMessage()))
    disk.uploads(1)

    assert (["disk full"], [0.0]) == (failed, disk.began)
