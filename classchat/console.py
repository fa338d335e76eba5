"""What the operator sees: the `[SERVER]` lines of a terminal, and the same events in twistd's log."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Sequence
from contextlib import suppress
from time import localtime, strftime
from typing import assert_never

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import ILogObserver, LogEvent, Logger
from zope.interface import implementer

from classchat.core.entries import Created, Joined, Left, Noted, Ordered, Said, Whispered
from classchat.core.notices import (
    Certified,
    Connected,
    Crowded,
    Disconnected,
    Full,
    Joinable,
    Keeping,
    Notice,
    OnlyHere,
    Outdated,
    Registered,
    Started,
    Stopping,
    Unclaimed,
    Waiting,
)
from classchat.texts import one_line
from classchat.unshared import unshared_output

_log = Logger()

_MOST_UNREAD = 1_048_576  # bytes that wait for who reads the console
_RETRY = 0.1  # seconds until we look whether he reads again
_MOST_LISTED = 10  # names in one line
_TIME = "%Y-%m-%d %H:%M:%S "
_LAST_WAIT = 0.5  # seconds that he has for each of the last pieces


def log_notices(notices: Sequence[Notice]) -> None:
    """Log what happened: a whole batch in one event, for a call of the logger costs 7 µs and more."""
    sentences = Sentences(notices)
    if sentences:
        _log.info("{sentences}", sentences=sentences)


class Sentences:
    """Notices, as sentences for people: each is one line, whatever is in it."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self._sentences = [one_line(text) for text in map(_sentence, notices) if text is not None]

    def __len__(self) -> int:
        return len(self._sentences)

    def __str__(self) -> str:
        return "\n".join(self._sentences)

    def on_console(self, time: str = "") -> str:
        """Return the console's lines, their newlines included, each with a `time` before it."""
        if not self._sentences:
            return ""
        begin = f"{time}[SERVER] "
        return begin + f"\n{begin}".join(self._sentences) + "\n"


class UnwaitingFile:
    """An open file that is written to without ever waiting for who reads it."""

    def __init__(self, fd: int) -> None:
        self._fd = unshared_output(fd)
        if not stat.S_ISREG(os.fstat(fd).st_mode):  # which never waits, and is shared
            with suppress(OSError):
                os.set_blocking(self._fd, False)

    def write(self, data: bytes) -> int:
        """Write what there is room for, and return how many bytes that were.

        Raises:
            BlockingIOError: there is no room.
            OSError: there is nobody who reads any more.
        """
        return os.write(self._fd, data)

    def has_room(self, seconds: float) -> bool:
        """Tell whether there is room, or will be in a moment; only for when there is nothing else to do."""
        return bool(select.select([], [self._fd], [], seconds)[1])


@implementer(ILogObserver)
class Console:
    """Prints the `[SERVER]` lines, and nothing else that is logged.

    Whoever reads them may stop to read, with Ctrl+S or in a pager: the chat goes on, and what does not
    fit into the bound is not shown to him.
    """

    def __init__(
        self, file: UnwaitingFile, clock: IReactorTime, encoding: str = "utf-8", timestamps: bool = False
    ) -> None:
        """Print to a file, with the time of day before each line if there are to be `timestamps`."""
        self._timestamps = timestamps
        self._file = file
        self._clock = clock
        self._encoding = encoding
        self._rest = b""
        self._missing = 0
        self._retry: IDelayedCall | None = None
        self._gone = False

    def __call__(self, event: LogEvent) -> None:
        """Print an event of ours."""
        sentences = event.get("sentences")
        if self._gone or not isinstance(sentences, Sentences):
            return
        if len(self._rest) > _MOST_UNREAD:
            self._missing += len(sentences)
            return
        # Not every terminal can show every name.
        time = strftime(_TIME, localtime(event["log_time"])) if self._timestamps else ""
        self._rest += sentences.on_console(time).encode(self._encoding, errors="backslashreplace")
        if self._retry is None:
            self._print()

    def close(self) -> None:
        """Print what is left, as long as somebody reads it; the reactor has ended."""
        self._print_rest()
        while self._rest and self._file.has_room(_LAST_WAIT):
            self._print_rest()

    def _print(self) -> None:
        """Print what there is; where it is not read, try again a little later."""
        self._retry = None
        self._print_rest()
        if self._rest:
            self._retry = self._clock.callLater(_RETRY, self._print)
        elif self._missing:
            time = strftime(_TIME) if self._timestamps else ""
            self._rest = f"{time}[SERVER] ({self._missing} lines were not shown)\n".encode()
            self._missing = 0
            self._print()

    def _print_rest(self) -> None:
        try:
            while self._rest:
                self._rest = self._rest[self._file.write(self._rest) :]
        except BlockingIOError:
            pass
        except OSError:
            self._gone = True  # whoever was reading has gone: the chat goes on without him
            self._rest = b""


def _sentence(notice: Notice) -> str | None:
    """Return what is said of it, or None where nothing is."""
    match notice:
        case Said():
            return f"Group message from {notice.user.name} to {notice.conversation.name}"
        case Whispered():
            return f"Private message from {notice.user.name} to {notice.to.name}"
        case Created():
            return f"Chat room '{notice.room.name}' created by {notice.user.name}"
        case Joined():
            return f"User '{notice.user.name}' joined chat room '{notice.room.name}'"
        case Left():
            if notice.peer is None:
                return None  # he is gone, and that was said
            return f"User '{notice.user.name}' left chat room '{notice.room.name}'"
        case Ordered(refused=True):
            return None
        case Ordered():
            target = f" on '{notice.done.target}'" if notice.done.target else ""
            where = f"in chat room '{notice.room.name}'"
            return f"User '{notice.user.name}' used '{notice.done.action}'{target} {where}"
        case Noted():
            return None
        case Outdated():
            listed = ", ".join(f"'{ascii(name)[1:-1]}'" for name in notice.names[:_MOST_LISTED])
            more = f" and {len(notice.names) - _MOST_LISTED} more" if len(notice.names) > _MOST_LISTED else ""
            return f"These {notice.what} have names that are no longer allowed, and are kept: {listed}{more}"
        case Connected():
            return f"New connection from {notice.address}"
        case Full():
            return f"Limit of {notice.connections} connections reached: refusing new ones"
        case Crowded():
            return f"Limit of {notice.most} from {notice.address} reached: refusing new ones"
        case Registered():
            return f"User '{notice.name}' registered successfully"
        case Disconnected():
            because = f" ({notice.code})" if notice.code else ""
            return f"User '{notice.name}' disconnected{because}"
        case Started():
            return f"Server started on {notice.address}"
        case Waiting():
            return "Waiting for connections..."
        case Certified():
            until = "" if notice.kept else " (only until the server stops)"
            return f"Certificate fingerprint: {notice.fingerprint}{until}"
        case Joinable():
            return f"Join with: classchat NAME@{notice.address}#{notice.fingerprint}"
        case Unclaimed(claimable=False):
            return (
                f"Operator '{notice.name}' has no rights: without a journal file, names can't be registered"
            )
        case Unclaimed():
            command = f"classchat admin claim {notice.name}"
            return f"Operator '{notice.name}' has no rights until the name is registered: {command}"
        case OnlyHere():
            serve = f"classchat serve 0.0.0.0 {notice.port}"
            return f"Only this machine can connect. To accept other machines, start the server with: {serve}"
        case Keeping(None):
            return "Journal: none. Nothing is kept when the server stops"
        case Keeping():
            return f"Journal: {notice.place}"
        case Stopping():
            return "Shutting down server..."
        case _:
            assert_never(notice)
