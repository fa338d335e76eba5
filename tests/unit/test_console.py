"""The operator's console."""

from __future__ import annotations

import re
from typing import Any

import pytest
from twisted.internet.task import Clock
from twisted.logger import LogEvent, Logger, LogLevel, formatEvent, globalLogPublisher

from classchat.console import Console, log_notices
from classchat.core.acts import Audited
from classchat.core.entries import Created, Joined, Left, Noted, Ordered, Said, Whispered
from classchat.core.model import Room
from classchat.core.notices import (
    Browsable,
    Certified,
    Connected,
    Disconnected,
    Joinable,
    Keeping,
    Notice,
    OnlyHere,
    Outdated,
    Registered,
    Sharing,
    Started,
    Stopping,
    TakesIRC,
    Unclaimed,
    Unprefaced,
    Waiting,
)
from classchat.core.room_events import MemberBanned, RoomModeChanged
from classchat.notice_sentences import Sentences
from tests.tables import each_case
from tests.unit.helpers import RecordingPeer, user

ALICE, BOB, CS350, PEER = user("Alice"), user("Bob"), Room("CS350", "#CS350"), RecordingPeer()
DIALOG = ALICE.person.dialog_with(BOB.person)
BANNED, CLOSED = (
    Ordered(ALICE, PEER, None, CS350, done=Audited("Alice", action, "CS350", target), event=event)
    for action, target, event in (
        ("ban", "Bob", MemberBanned("CS350", "Bob", "Alice")),
        ("close", "", RoomModeChanged("CS350", "Alice", "closed")),
    )
)


@each_case(
    ("notice", "line"),
    [
        # The first version's lines, to the letter.
        (Started("127.0.0.1:5555"), "[SERVER] Server started on 127.0.0.1:5555\n"),
        (Waiting(), "[SERVER] Waiting for connections...\n"),
        (Connected("('127.0.0.1', 54321)"), "[SERVER] New connection from ('127.0.0.1', 54321)\n"),
        (Registered("Alice"), "[SERVER] User 'Alice' registered successfully\n"),
        (Whispered(ALICE, PEER, None, "psst", DIALOG, BOB), "[SERVER] Private message from Alice to Bob\n"),
        (Created(ALICE, PEER, None, CS350), "[SERVER] Chat room 'CS350' created by Alice\n"),
        (Joined(BOB, PEER, None, CS350), "[SERVER] User 'Bob' joined chat room 'CS350'\n"),
        (Said(ALICE, PEER, None, "Hello", CS350), "[SERVER] Group message from Alice to CS350\n"),
        (Disconnected("Alice"), "[SERVER] User 'Alice' disconnected\n"),
        # In the same spirit.
        (Left(ALICE, PEER, None, CS350), "[SERVER] User 'Alice' left chat room 'CS350'\n"),
        (Disconnected("Alice", "slow_reader"), "[SERVER] User 'Alice' disconnected (slow_reader)\n"),
        (
            Unprefaced("('10.0.0.2', 1)", "is missing"),
            "[SERVER] Connection from ('10.0.0.2', 1) closed: its PROXY header is missing\n",
        ),
        (Certified("sha256:ab"), "[SERVER] Certificate fingerprint: sha256:ab\n"),
        (
            Unclaimed("Opal"),
            "[SERVER] Operator 'Opal' has no rights until the name is registered:"
            " classchat admin claim Opal\n",
        ),
        (
            Unclaimed("Opal", claimable=False),
            "[SERVER] Operator 'Opal' has no rights: without a journal file, names can't be registered\n",
        ),
        (
            Certified("sha256:ab", kept=False),
            "[SERVER] Certificate fingerprint: sha256:ab (only until the server stops)\n",
        ),
        (
            Joinable("192.0.2.1:5555", "sha256:ab"),
            "[SERVER] Join with: classchat NAME@192.0.2.1:5555#sha256:ab\n",
        ),
        (Browsable("http://127.0.0.1:5555/"), "[SERVER] Browser: http://127.0.0.1:5555/\n"),
        (
            Browsable("http://192.0.2.1:5555/", "not encrypted"),
            "[SERVER] Browser: http://192.0.2.1:5555/ (not encrypted)\n",
        ),
        (
            OnlyHere(5555),
            "[SERVER] Only this machine can connect. To accept other machines, start the server with:"
            " classchat serve 0.0.0.0 5555\n",
        ),
        (TakesIRC(), "[SERVER] IRC clients may join at the same address and port\n"),
        (Keeping("/var/c.sqlite"), "[SERVER] Journal: /var/c.sqlite\n"),
        (
            Sharing(("node1", "node1", "node2")),
            "[SERVER] Other servers use the same journal: 3, on node1, node1, node2\n",
        ),
        (Keeping(None), "[SERVER] Journal: none. Nothing is kept when the server stops\n"),
        (BANNED, "[SERVER] User 'Alice' used 'ban' on 'Bob' in chat room 'CS350'\n"),
        (CLOSED, "[SERVER] User 'Alice' used 'close' in chat room 'CS350'\n"),
        (Noted(ALICE, None, None, ()), ""),
        (
            Outdated("rooms", ("lab\ufe0f", *"abcdefghij")),
            "[SERVER] These rooms have names that are no longer allowed, and are kept: "
            "'lab\\ufe0f', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i' and 1 more\n",
        ),
        (Stopping(), "[SERVER] Shutting down server...\n"),
        # A user who disconnects leaves all rooms, which is told once.
        (Left(ALICE, None, None, CS350), ""),
    ],
)
def test_the_lines_of_the_console(notice: Notice, line: str) -> None:
    """Each notice has its line, except leaving a room because of a disconnection."""
    assert line == Sentences([notice]).on_console()


def _logged(*batches: list[Notice]) -> list[LogEvent]:
    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)
    try:
        for batch in batches:
            log_notices(batch)
    finally:
        globalLogPublisher.removeObserver(events.append)
    return events


def test_a_batch_is_one_event() -> None:
    """The logger is called once for all notices of a batch, and not at all for an empty batch."""
    events = _logged(
        [Waiting(), Left(ALICE, None, None, CS350), Stopping()], [Left(ALICE, None, None, CS350)], []
    )

    assert 1 == len(events)
    assert "Waiting for connections...\nShutting down server..." == formatEvent(events[0])


def test_what_people_say_is_never_logged() -> None:
    """Neither the console nor a log with all fields of the event contains the text of a message."""
    (event,) = _logged(
        [Said(ALICE, PEER, None, "secret", CS350), Whispered(ALICE, PEER, None, "secret", DIALOG, BOB)]
    )
    file = File()
    _console(file)(event)

    assert "secret" not in b"".join(file.writes).decode() + formatEvent(event) + repr(event)
    assert b"".join(file.writes).decode()


class File:
    """A file with room for a given number of bytes after each look."""

    def __init__(self) -> None:
        self.room = 1_000_000
        self.error: OSError | None = None
        self.writes: list[bytes] = []
        self.tried = 0
        self._taken = 0

    def write(self, data: bytes) -> int:
        """Accept the bytes that there is room for; the next room comes with `has_room` or later."""
        self.tried += 1
        if self.error is not None:
            raise self.error
        part = data[: self.room - self._taken]
        if not part:
            raise BlockingIOError
        self._taken += len(part)
        self.writes.append(part)
        return len(part)

    def has_room(self, seconds: float) -> bool:
        """Return whether there is room."""
        self._taken = 0
        return self.room > 0


def _console(file: File, clock: Clock | None = None, encoding: str = "utf-8") -> Console:
    return Console(file, clock or Clock(), encoding)  # type: ignore[arg-type]


def _print(console: Console, *batches: list[Notice]) -> None:
    for event in _logged(*batches):
        console(event)


def test_the_console_prints_a_batch_in_order() -> None:
    """All lines of a batch are printed in order, each with the server's mark, and at once."""
    file = File()
    _print(_console(file), [Registered("Alice"), Registered("Bob")])

    lines = b"[SERVER] User 'Alice' registered successfully\n[SERVER] User 'Bob' registered successfully\n"
    assert [lines] == file.writes


@each_case("event", [{}, {"log_format": "Hello"}, {"sentences": "not ours"}, {"sentences": None}])
def test_the_console_prints_nothing_else(event: dict[str, Any]) -> None:
    """Other log events, whatever the names of their fields, do not appear on the console."""
    file = File()
    _console(file)(event)

    assert [] == file.writes


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(5, "Input/output error")])
def test_the_chat_goes_on_without_whoever_was_reading(error: OSError) -> None:
    """After the reader is gone the file is not written to again, and nothing is raised."""
    file = File()
    file.error = error
    console = _console(file)
    for _ in range(2):
        _print(console, [Waiting()])

    assert 1 == file.tried


def test_a_name_that_the_terminal_can_not_show_is_no_trouble() -> None:
    """A terminal that is not in UTF-8 has a substitute for the name, and the lines after it."""
    file = File()
    _print(_console(file, encoding="ascii"), [Registered("Zo\u00eb")], [Registered("Bob")])

    assert b"[SERVER] User 'Zo\\xeb' registered successfully\n" == file.writes[0]
    assert b"[SERVER] User 'Bob' registered successfully\n" == file.writes[1]


def test_who_does_not_read_holds_up_nobody() -> None:
    """Unread lines wait, and come complete and in order when the reader reads again."""
    file, clock = File(), Clock()
    console = _console(file, clock)
    file.room = 20
    _print(console, [Registered("Alice")], [Registered("Bob")])
    before = b"".join(file.writes)
    file.room = 2_000
    clock.advance(0.1)

    lines = b"[SERVER] User 'Alice' registered successfully\n[SERVER] User 'Bob' registered successfully\n"
    assert (lines[:20], lines) == (before, b"".join(file.writes))
    assert [] == clock.getDelayedCalls()


def test_who_never_reads_is_shown_less() -> None:
    """Waiting lines are bounded; the number of dropped lines is shown when the reader reads again."""
    file, clock = File(), Clock()
    console = _console(file, clock)
    file.room = 0
    _print(console, *[[Registered("x" * 32)] * 1_000 for _ in range(100)])
    waiting = len(console._rest)
    file.room = 10_000_000
    clock.advance(0.1)

    *lines, last = b"".join(file.writes).splitlines()
    assert waiting < 1_200_000
    assert b"[SERVER] (%d lines were not shown)" % (100_000 - len(lines)) == last


def test_the_last_lines_are_waited_for() -> None:
    """After the server has stopped, waiting lines are printed as long as they are read."""
    file = File()
    console = _console(file)
    file.room = 10
    _print(console, [Stopping()])
    console.close()

    assert b"[SERVER] Shutting down server...\n" == b"".join(file.writes)


def test_nobody_waits_for_who_does_not_read_the_last_lines() -> None:
    """After the server has stopped, unread lines are not waited for."""
    file = File()
    console = _console(file)
    file.room = 0
    _print(console, [Stopping()])
    console.close()

    assert [] == file.writes


def test_the_log_level_is_an_operators() -> None:
    """Notices are logged as information, not as warnings."""
    (event,) = _logged([Waiting()])

    assert LogLevel.info == event["log_level"]
    assert isinstance(event["log_logger"], Logger)


def test_times() -> None:
    """With timestamps each line begins with the day and the time, also where one event has several lines."""
    file = File()
    console = Console(file, Clock(), timestamps=True)  # type: ignore[arg-type]
    _print(console, [Registered("Alice"), Registered("Bob")])
    lines = b"".join(file.writes).decode().splitlines()

    assert 2 == len(lines)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[SERVER\] User .*", line) for line in lines)
