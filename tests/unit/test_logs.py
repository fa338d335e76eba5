"""The log of `classchat serve`: levels, forms and places."""

from __future__ import annotations

import io
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from twisted.logger import LogEvent, Logger, LogPublisher
from twisted.python.failure import Failure

from classchat.core.notices import Connected, Registered
from classchat.logs import CannotLog, LogFile, ServerLogs, as_json, as_text, has_times
from classchat.notice_sentences import Sentences


class Lines:
    """A log observer that remembers the texts of events."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, event: LogEvent) -> None:
        """Remember an event."""
        self.texts.append(as_text(event).partition("] ")[2].partition("\n")[0])


class Log:
    """A log with all its places, and the loggers that write to it."""

    def __init__(self, level: str, file: LogFile | None = None, *, all_on_console: bool = False) -> None:
        self.console, self.errors = Lines(), io.StringIO()
        self.logs = ServerLogs(level, file)
        self._publisher = LogPublisher(
            *self.logs.observers(self.console, self.errors, all_on_console=all_on_console)
        )
        self.ours = Logger("classchat.test", observer=self._publisher)
        self.theirs = Logger("twisted.internet.base", observer=self._publisher)

    def happens(self) -> None:
        """Log one event of each kind."""
        self.ours.info("{sentences}", sentences=Sentences([Registered("Alice"), Connected("here")]))
        self.ours.debug("our detail")
        self.ours.info("our news")
        self.theirs.info("their news")
        self.ours.warn("a warning")
        self.ours.failure("a failure", Failure(ValueError("why")))


@pytest.mark.parametrize(
    ("level", "printed"),
    [
        ("debug", ["our detail", "our news", "their news", "a warning", "a failure"]),
        ("info", ["a warning", "a failure"]),
        ("warn", ["a warning", "a failure"]),
        ("error", ["a failure"]),
    ],
)
def test_the_level_says_what_is_shown(level: str, printed: list[str], tmp_path: Path) -> None:
    """Standard error has what the level allows; the file has that, the `[SERVER]` lines and our own news."""
    log = Log(level, LogFile(tmp_path / "log", as_text))
    log.happens()
    every = ["our detail", "our news", "their news", "a warning", "a failure"]
    written = (tmp_path / "log").read_text()

    assert printed == [text for text in every if text in log.errors.getvalue()]
    assert (level in ("debug", "info")) == ("[SERVER] User 'Alice' registered successfully\n" in written)
    assert set(printed) <= {text for text in every if text in written}
    assert (level in ("debug", "info")) == ("our news" in written)


def test_the_level_changes_at_once() -> None:
    """After a change of the level the next event is shown, or is not."""
    log = Log("info")
    log.happens()
    log.logs.level = "error"
    before = len(log.console.texts), len(log.errors.getvalue())
    log.ours.warn("a warning")
    log.ours.info("{sentences}", sentences=Sentences([Registered("Bob")]))

    assert before == (len(log.console.texts), len(log.errors.getvalue()))


def test_a_console_that_shows_all_leaves_nothing_for_standard_error() -> None:
    """With JSON on standard output, warnings and failures are there, and nowhere else."""
    log = Log("info", all_on_console=True)
    log.happens()

    assert "" == log.errors.getvalue()
    assert {"a warning", "a failure", "our news"} <= {*log.console.texts}


def test_json_has_one_object_a_line(tmp_path: Path) -> None:
    """Each sentence is an object with its kind, and a failure has its traceback; all on one line each."""
    log = Log("info", LogFile(tmp_path / "log", as_json))
    log.happens()
    lines = (tmp_path / "log").read_text().splitlines()
    first, second, news, warning, failure = map(json.loads, lines)

    assert {"time": first["time"], "level": "info", "event": "Registered"} == {
        key: first[key] for key in ("time", "level", "event")
    }
    assert ("Connected", "New connection from here") == (second["event"], second["text"])
    assert ("classchat.test", "our news", "warn") == (news["logger"], news["text"], warning["level"])
    assert ("critical", True) == (failure["level"], "ValueError: why" in failure["failure"])
    assert first["time"].endswith("Z")


def test_no_name_can_forge_a_line(tmp_path: Path) -> None:
    """Whatever a name holds, an event is one line, in both forms; other lines of it are indented."""
    for render in (as_text, as_json):
        log = Log("info", LogFile(tmp_path / render.__name__, render))
        log.ours.info("{sentences}", sentences=Sentences([Registered("a\n2026-11-29 [SERVER] b\x1b[2J")]))
        log.ours.warn("two\nlines")
    text, objects = ((tmp_path / name).read_text() for name in ("as_text", "as_json"))

    assert [False, False, True] == [line.startswith("\t") for line in text.splitlines()]
    assert 2 == len(objects.splitlines()) == len([*map(json.loads, objects.splitlines())])
    assert "\x1b" not in text + objects


def test_a_new_file_begins_where_one_was_moved_away(tmp_path: Path) -> None:
    """After `reopen` events go to a new file with the name; before it to the one that was moved."""
    path = tmp_path / "log"
    log = Log("info", LogFile(path, as_text))
    log.ours.warn("one")
    path.rename(tmp_path / "log.1")
    log.ours.warn("two")
    log.logs.reopen()
    log.ours.warn("three")

    assert ["one", "two"] == [
        line.rpartition(" ")[2] for line in (tmp_path / "log.1").read_text().split("\n")[:2]
    ]
    assert (True, False) == (path.read_text().endswith("three\n"), "two" in path.read_text())


def test_a_file_that_cannot_be_begun_leaves_the_old_one(tmp_path: Path) -> None:
    """If the directory is gone, the log goes on where it was; nothing is raised."""
    directory = tmp_path / "logs"
    directory.mkdir()
    log = Log("info", LogFile(directory / "log", as_text))
    directory.rename(tmp_path / "moved")
    log.logs.reopen()
    log.ours.warn("still here")

    assert "still here" in (tmp_path / "moved" / "log").read_text()


def test_a_new_file_is_private_and_an_old_one_is_continued(tmp_path: Path) -> None:
    """A new file has mode 0600; what is in a file stays."""
    (tmp_path / "old").write_text("before\n")
    for name in ("old", "new"):
        Log("info", LogFile(tmp_path / name, as_text)).ours.warn("after")

    assert 0o600 == stat.S_IMODE((tmp_path / "new").stat().st_mode)
    assert (tmp_path / "old").read_text().startswith("before\n")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A log in a directory that does not exist is refused with a sentence."""
    with pytest.raises(
        CannotLog, match=r"The log '.*/missing/log' can't be written: No such file or directory"
    ):
        LogFile(tmp_path / "missing" / "log", as_text)


@pytest.mark.parametrize("kind", ["terminal", "journald", "another stream", "file", "closed"])
def test_lines_need_no_time_on_a_terminal_or_in_the_journal(kind: str, tmp_path: Path) -> None:
    """A terminal and systemd's journal need no times; a pipe, a file and a closed output do."""
    reading, writing = os.openpty() if kind == "terminal" else os.pipe()
    file = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
    found = os.fstat(file if kind == "file" else writing)
    streams: dict[str, Callable[[], tuple[int, str]]] = {
        "terminal": lambda: (writing, ""),
        "journald": lambda: (writing, f"{found.st_dev}:{found.st_ino}"),
        "another stream": lambda: (writing, "1:2"),
        "file": lambda: (file, f"{found.st_dev}:{found.st_ino}"),
        "closed": lambda: (-1, ""),
    }
    answer = has_times(*streams[kind]())
    for one in (reading, writing, file):
        os.close(one)

    assert answer == (kind in ("terminal", "journald"))
