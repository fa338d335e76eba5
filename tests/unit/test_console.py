"""The console: what the operator sees."""

from __future__ import annotations

import io
from typing import Any

import pytest
from twisted.logger import LogEvent, Logger, LogLevel, formatEvent, globalLogPublisher

from classchat.console import Console, Sentences, log_notices
from classchat.core.entries import Created, Joined, Left, Said, Whispered
from classchat.core.notices import Connected, Disconnected, Notice, Registered, Started, Stopping, Waiting
from classchat.core.rooms import Dialog, Room
from classchat.core.users import User
from tests.unit.helpers import RecordingPeer

ALICE, BOB, CS350, PEER = User("Alice"), User("Bob"), Room("CS350"), RecordingPeer()


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        # The first version's lines, to the letter.
        (Started("127.0.0.1:5555"), "[SERVER] Server started on 127.0.0.1:5555\n"),
        (Waiting(), "[SERVER] Waiting for connections...\n"),
        (Connected("('127.0.0.1', 54321)"), "[SERVER] New connection from ('127.0.0.1', 54321)\n"),
        (Registered("Alice"), "[SERVER] User 'Alice' registered successfully\n"),
        (Whispered(ALICE, PEER, None, "psst", BOB, Dialog()), "[SERVER] Private message from Alice to Bob\n"),
        (Created(ALICE, PEER, None, CS350), "[SERVER] Chat room 'CS350' created by Alice\n"),
        (Joined(BOB, PEER, None, CS350), "[SERVER] User 'Bob' joined chat room 'CS350'\n"),
        (Said(ALICE, PEER, None, "Hello", CS350), "[SERVER] Group message from Alice to CS350\n"),
        (Disconnected("Alice"), "[SERVER] User 'Alice' disconnected\n"),
        # In the same spirit.
        (Left(ALICE, PEER, None, CS350), "[SERVER] User 'Alice' left chat room 'CS350'\n"),
        (Disconnected("Alice", "slow_reader"), "[SERVER] User 'Alice' disconnected (slow_reader)\n"),
        (Stopping(), "[SERVER] Shutting down server...\n"),
        # Who disconnected has left his rooms, and that is said once.
        (Left(ALICE, None, None, CS350), ""),
    ],
)
def test_the_lines_of_the_console(notice: Notice, line: str) -> None:
    """Each notice has its line, and only who is gone leaves his rooms without one."""
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
    """However many notices there are, the logger is called once, or never where there is nothing to say."""
    events = _logged(
        [Waiting(), Left(ALICE, None, None, CS350), Stopping()], [Left(ALICE, None, None, CS350)], []
    )

    assert 1 == len(events)
    assert "Waiting for connections...\nShutting down server..." == formatEvent(events[0])


def test_what_people_say_is_never_logged() -> None:
    """Neither the console nor a log with all the fields of the event has what was said."""
    (event,) = _logged(
        [Said(ALICE, PEER, None, "secret", CS350), Whispered(ALICE, PEER, None, "secret", BOB, Dialog())]
    )
    stream = io.StringIO()
    Console(stream)(event)

    assert "secret" not in stream.getvalue() + formatEvent(event) + repr(event)
    assert stream.getvalue()


def test_the_console_prints_a_batch_in_order() -> None:
    """All lines of a batch are printed in order, each with the server's mark, and at once."""

    class Stream(io.StringIO):
        flushed = ""

        def flush(self) -> None:
            self.flushed = self.getvalue()

    stream = Stream()
    (event,) = _logged([Registered("Alice"), Registered("Bob")])
    Console(stream)(event)

    lines = "[SERVER] User 'Alice' registered successfully\n[SERVER] User 'Bob' registered successfully\n"
    assert (lines, lines) == (stream.getvalue(), stream.flushed)


@pytest.mark.parametrize(
    "event", [{}, {"log_format": "Hello"}, {"sentences": "not ours"}, {"sentences": None}]
)
def test_the_console_prints_nothing_else(event: dict[str, Any]) -> None:
    """What others log, whatever its fields are called, is not for the console."""
    stream = io.StringIO()
    Console(stream)(event)

    assert "" == stream.getvalue()


class _Gone(io.StringIO):
    """A stream whose reader has gone, and who counts how often it is tried."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.tried = 0

    def write(self, text: str) -> int:
        self.tried += 1
        raise self.error


@pytest.mark.parametrize(
    "error", [BrokenPipeError(), OSError(5, "Input/output error"), ValueError("I/O operation on closed file")]
)
def test_the_chat_goes_on_without_whoever_was_reading(error: Exception) -> None:
    """A stream that is closed, on either side, is written to no more, and nothing is raised."""
    stream = _Gone(error)
    console = Console(stream)
    (event,) = _logged([Waiting()])
    console(event)
    console(event)

    assert 1 == stream.tried


def test_a_closed_stream_is_no_trouble() -> None:
    """A console on a stream that was closed prints nothing, and raises nothing."""
    stream = io.StringIO()
    console = Console(stream)
    stream.close()
    (event,) = _logged([Waiting()])
    console(event)

    assert stream.closed


def test_a_name_that_the_terminal_can_not_show_is_no_trouble() -> None:
    """A stream that is not in UTF-8 has a substitute for the name, and the lines after it."""
    raw = io.BytesIO()
    console = Console(io.TextIOWrapper(raw, encoding="ascii"))
    for event in _logged([Registered("Zoë")], [Registered("Bob")]):
        console(event)

    assert raw.getvalue().endswith(b"[SERVER] User 'Bob' registered successfully\n")


def test_the_log_level_is_an_operators() -> None:
    """What happens is information, no warning: a log that shows only trouble does not show it."""
    (event,) = _logged([Waiting()])

    assert LogLevel.info == event["log_level"]
    assert isinstance(event["log_logger"], Logger)
