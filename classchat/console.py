"""The operator's console: `[SERVER]` lines on a terminal, and the same events in twistd's log."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import localtime, strftime, time

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel
from zope.interface import implementer

from classchat.core.notices import Notice, Unshown
from classchat.notice_sentences import Sentences
from classchat.unshared import unshared_output

_log = Logger()

_MOST_UNREAD = 1_048_576  # bytes that may wait until the console is read
_RETRY = 0.1  # seconds between attempts to write to a console that is not read
_TIME = "%Y-%m-%d %H:%M:%S "
_LAST_WAIT = 0.5  # seconds that the reader has for each of the last pieces


def log_notices(notices: Sequence[Notice]) -> None:
    """Log a batch of notices in one event: each call of the logger costs 7 µs or more."""
    sentences = Sentences(notices)
    if sentences:
        _log.info("{sentences}", sentences=sentences)


class UnwaitingFile:
    """An open file whose writes never wait for its reader."""

    def __init__(self, fd: int) -> None:
        self._fd = unshared_output(fd)
        if not stat.S_ISREG(os.fstat(fd).st_mode):  # which never waits, and is shared
            with suppress(OSError):
                os.set_blocking(self._fd, False)

    def write(self, data: bytes) -> int:
        """Write as many bytes as there is room for; return their number.

        Raises:
            BlockingIOError: there is no room.
            OSError: the reader is gone.
        """
        return os.write(self._fd, data)

    def has_room(self, seconds: float) -> bool:
        """Wait for at most so many seconds; return whether there is room. Blocks: only for shutdown."""
        return bool(select.select([], [self._fd], [], seconds)[1])


class _Times:
    """The times before lines: those of one second are written once."""

    def __init__(self) -> None:
        self._second = 0
        self._text = ""

    def at(self, moment: float) -> str:
        """Return a time of day, given in seconds since 1970."""
        second = int(moment)
        if second != self._second:
            self._second, self._text = second, strftime(_TIME, localtime(second))
        return self._text


@implementer(ILogObserver)
class Console:
    """A log observer that prints the `[SERVER]` lines and nothing else, or what its `render` returns.

    The reader may stop reading, with Ctrl+S or in a pager. The chat continues, and lines beyond the bound are
    dropped and counted.
    """

    def __init__(
        self,
        file: UnwaitingFile,
        clock: IReactorTime,
        encoding: str = "utf-8",
        timestamps: bool = False,
        render: Callable[[LogEvent], str] | None = None,
    ) -> None:
        """Print to a file; `timestamps` puts the time of day before each `[SERVER]` line."""
        self._times = _Times() if timestamps else None
        self._render = render or self._sentences_of
        self._file = file
        self._clock = clock
        self._encoding = encoding
        self._rest = b""
        self._missing = 0
        self._retry: IDelayedCall | None = None
        self._gone = False

    def __call__(self, event: LogEvent) -> None:
        """Print an event that has sentences; ignore all others."""
        lines = "" if self._gone else self._render(event)
        if not lines:
            return
        if len(self._rest) > _MOST_UNREAD:
            self._missing += lines.count("\n")
            return
        self._rest += lines.encode(self._encoding, errors="backslashreplace")  # not every terminal shows all
        if self._retry is None:
            self._print()

    def _sentences_of(self, event: LogEvent) -> str:
        sentences = event.get("sentences")
        if not isinstance(sentences, Sentences):
            return ""
        return sentences.on_console("" if self._times is None else self._times.at(event["log_time"]))

    def close(self) -> None:
        """Print the rest while the reader still reads; call this when the reactor has stopped."""
        self._print_rest()
        while self._rest and self._file.has_room(_LAST_WAIT):
            self._print_rest()

    def _print(self) -> None:
        """Print the waiting bytes; if they are not read, try again a little later."""
        self._retry = None
        self._print_rest()
        if self._rest:
            self._retry = self._clock.callLater(_RETRY, self._print)
        elif self._missing:
            missing, self._missing = Sentences([Unshown(self._missing)]), 0
            event = {"log_time": time(), "log_level": LogLevel.info, "sentences": missing}
            self._rest = self._render(event).encode()
            self._print()

    def _print_rest(self) -> None:
        try:
            while self._rest:
                self._rest = self._rest[self._file.write(self._rest) :]
        except BlockingIOError:
            pass
        except OSError:
            self._gone = True  # the reader is gone: the chat continues without a console
            self._rest = b""
