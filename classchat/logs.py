"""The log of `classchat serve`: what is shown on its console, on standard error and in a file.

    level   console                            standard error             file
    debug   [SERVER] lines                     everything else            everything
    info    [SERVER] lines                     warnings and failures      all but debug
    warn                                       warnings and failures      the same
    error                                      failures                   the same

In JSON, each line is an object; without a file all of it is on standard output then.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import localtime, strftime
from typing import Any, TextIO

from constantly import NamedConstant  # type: ignore[import-untyped]
from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel, eventAsText, formatEvent
from zope.interface import implementer

from classchat.notice_sentences import Sentences
from classchat.texts import json_line

Render = Callable[[LogEvent], str]
"""Returns the lines of an event, with newlines; "" for an event that is not shown."""

TIME = "%Y-%m-%d %H:%M:%S "
_MODE = 0o600
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_LEVELS: Mapping[str, NamedConstant] = {
    "debug": LogLevel.debug,
    "info": LogLevel.info,
    "warn": LogLevel.warn,
    "error": LogLevel.error,
}


class CannotLog(Exception):
    """The log can't be written; the argument is the sentence that says why, without a full stop."""


class Verbosity:
    """The lowest level that is shown, which may change at any time."""

    def __init__(self, level: str) -> None:
        self.level = level

    @property
    def level(self) -> str:
        """The lowest level that is shown."""
        return self._level

    @level.setter
    def level(self, level: str) -> None:
        self._level = level
        self._shown = frozenset(one for one in LogLevel.iterconstants() if one >= _LEVELS[level])

    @property
    def shows_all(self) -> bool:
        """Whether also that is shown which is for developers."""
        return self._level == "debug"

    def shows(self, event: LogEvent) -> bool:
        """Return whether an event is shown; what Twisted says of its own work is for developers."""
        level = event.get("log_level") or LogLevel.info
        if level is LogLevel.info and not str(event.get("log_namespace", "")).startswith("classchat."):
            level = LogLevel.debug
        return level in self._shown


@implementer(ILogObserver)
class _Shown:
    """Passes on the events that a function lets pass.

    Twisted's FilteringLogObserver takes five calls for that, and there is an event for each batch.
    """

    def __init__(self, observer: ILogObserver, passes: Callable[[LogEvent], bool]) -> None:
        self._observer = observer
        self._passes = passes

    def __call__(self, event: LogEvent) -> None:
        if self._passes(event):
            self._observer(event)


def as_text(event: LogEvent) -> str:
    """Return an event as lines with times; those after the first line of one are indented."""
    time = strftime(TIME, localtime(event["log_time"]))
    sentences = event.get("sentences")
    if isinstance(sentences, Sentences):
        return sentences.on_console(time)
    text = eventAsText(event, includeTimestamp=False, includeSystem=False).rstrip("\n")
    return f"{time}[{_name(event)}] " + text.replace("\n", "\n\t") + "\n" if text else ""


def as_json(event: LogEvent) -> str:
    """Return an event as lines of JSON, one object each."""
    return "".join(f"{json_line(one)}\n" for one in _objects(event))


def _objects(event: LogEvent) -> Iterator[dict[str, Any]]:
    time = datetime.fromtimestamp(event["log_time"], UTC).isoformat(timespec="milliseconds")
    head = {"time": time.replace("+00:00", "Z"), "level": _name(event)}
    sentences = event.get("sentences")
    if isinstance(sentences, Sentences):
        for kind, text in sentences.each():
            yield {**head, "event": kind, "text": text}
        return
    text, failure = formatEvent(event), event.get("log_failure")
    if text or failure is not None:
        more = {} if failure is None else {"failure": failure.getTraceback()}
        yield {**head, "logger": str(event.get("log_namespace", "")), "text": text, **more}


def _name(event: LogEvent) -> str:
    level = event.get("log_level") or LogLevel.info
    return str(level.name)


@implementer(ILogObserver)
class LogFile:
    """A file that log events are appended to, and that may be moved away and replaced."""

    def __init__(self, path: Path, render: Render) -> None:
        """Open the file, which only its owner may read if it is new.

        Raises:
            CannotLog: it can't be opened.
        """
        self._path = path.absolute()
        self._render = render
        self._opened = self._open()

    def __call__(self, event: LogEvent) -> None:
        """Append an event. On a full disk it is lost: nothing that the server does waits for its log."""
        data = self._render(event).encode(errors="backslashreplace")
        with suppress(OSError):
            while data:
                data = data[os.write(self._opened, data) :]

    def reopen(self) -> None:
        """Open the file again by its name.

        Raises:
            CannotLog: it can't be opened; the old one stays in use.
        """
        opened, self._opened = self._opened, self._open()
        os.close(opened)

    def close(self) -> None:
        """Close the file."""
        os.close(self._opened)

    def _open(self) -> int:
        try:
            return os.open(self._path, _FLAGS, _MODE)
        except OSError as error:
            raise CannotLog(f"The log '{self._path}' can't be written: {error.strerror}") from None


class ServerLogs:
    """All places that a server logs to, and how much."""

    _log = Logger()

    def __init__(self, level: str, file: LogFile | None) -> None:
        self._verbosity = Verbosity(level)
        self._file = file

    @property
    def level(self) -> str:
        """The lowest level that is shown."""
        return self._verbosity.level

    @level.setter
    def level(self, level: str) -> None:
        self._verbosity.level = level

    def reopen(self) -> None:
        """Begin a new file where the old one was moved away; keep the old one if that fails."""
        if self._file is not None:
            try:
                self._file.reopen()
            except CannotLog as error:
                self._log.warn("{error}. The file in use stays.", error=error)

    @property
    def in_file(self) -> ILogObserver | None:
        """What writes to the file only, for a program that has other places for its log; None without one."""
        return None if self._file is None else _Shown(self._file, self._verbosity.shows)

    def observers(self, console: ILogObserver, errors: TextIO, *, all_on_console: bool) -> list[ILogObserver]:
        """Return what to log to: the console, standard error unless the console shows all, and the file."""
        observers: list[ILogObserver] = [_Shown(console, self._verbosity.shows)]
        if not all_on_console:
            observers.append(_Shown(_Errors(errors), self._is_for_errors))
        if self.in_file is not None:
            observers.append(self.in_file)
        return observers

    def _is_for_errors(self, event: LogEvent) -> bool:
        if isinstance(event.get("sentences"), Sentences) or not self._verbosity.shows(event):
            return False
        level = event.get("log_level")
        return self._verbosity.shows_all or (level is not None and bool(level >= LogLevel.warn))


def logs_of(options: Mapping[str, Any]) -> ServerLogs:
    """Return the log that options ask for.

    Raises:
        CannotLog: its file can't be written.
    """
    level = "debug" if options["verbose"] else "warn" if options["quiet"] else "info"
    render = as_json if options["log-format"] == "json" else as_text
    file = None if options["log-file"] is None else LogFile(Path(options["log-file"]), render)
    return ServerLogs(level, file)


@implementer(ILogObserver)
class _Errors:
    """Prints events on standard error, as far as that can be written to."""

    def __init__(self, errors: TextIO) -> None:
        self._errors = errors

    def __call__(self, event: LogEvent) -> None:
        text = eventAsText(event, formatTime=_local_time).rstrip("\n").replace("\n", "\n\t")
        with suppress(OSError, ValueError):
            self._errors.write(f"{text}\n")
            self._errors.flush()


def _local_time(when: float | None) -> str:
    return "-" if when is None else datetime.fromtimestamp(when).astimezone().isoformat(timespec="seconds")


def has_times(fd: int, journal_stream: str) -> bool:
    """Return whether lines on an output need no time: a terminal shows when they come, and journald adds it.

    `journal_stream` is systemd's JOURNAL_STREAM: device and inode of what journald reads.
    """
    if os.isatty(fd):
        return True
    try:
        found = os.fstat(fd)
    except OSError:
        return False
    return journal_stream == f"{found.st_dev}:{found.st_ino}" and not stat.S_ISREG(found.st_mode)
