"""The operator's console: `[SERVER]` lines on a terminal, and the same events in twistd's log."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from time import localtime, strftime, time
from typing import assert_never

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import ILogObserver, LogEvent, Logger, LogLevel
from zope.interface import implementer

from classchat.core.entries import (
    Announced,
    Aside,
    Created,
    Deleted,
    Evicted,
    Joined,
    Left,
    Located,
    NodeLost,
    Noted,
    Ordered,
    Renamed,
    Ruled,
    Said,
    Signalled,
    SignedOut,
    Whispered,
)
from classchat.core.model import Room
from classchat.core.notices import (
    Browsable,
    Certified,
    Connected,
    ConnectionNotice,
    Crowded,
    Disconnected,
    Full,
    Joinable,
    Keeping,
    KeptOut,
    NodeNotice,
    Notice,
    OnlyHere,
    Outdated,
    Reconfigured,
    Registered,
    Rejoined,
    Removed,
    ServerNotice,
    Sharing,
    Started,
    StartNotice,
    Stopping,
    TakesIRC,
    Unclaimed,
    Unprefaced,
    Unshown,
    Waiting,
)
from classchat.texts import one_line
from classchat.unshared import unshared_output

_log = Logger()

_MOST_UNREAD = 1_048_576  # bytes that may wait until the console is read
_RETRY = 0.1  # seconds between attempts to write to a console that is not read
_MOST_LISTED = 10  # names in one line
_TIME = "%Y-%m-%d %H:%M:%S "
_LAST_WAIT = 0.5  # seconds that the reader has for each of the last pieces


def log_notices(notices: Sequence[Notice]) -> None:
    """Log a batch of notices in one event: each call of the logger costs 7 µs or more."""
    sentences = Sentences(notices)
    if sentences:
        _log.info("{sentences}", sentences=sentences)


class Sentences:
    """Notices as sentences for people, each on one line, whatever characters it holds."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self._notices = notices
        self._sentences = [one_line(text) for text in map(_sentence, notices) if text is not None]

    def __len__(self) -> int:
        return len(self._sentences)

    def __str__(self) -> str:
        return "\n".join(self._sentences)

    def each(self) -> Iterator[tuple[str, str]]:
        """Yield the kind of each notice that has a sentence, such as `Registered`, and the sentence."""
        for notice in self._notices:
            text = _sentence(notice)
            if text is not None:
                yield type(notice).__name__, one_line(text)

    def on_console(self, time: str = "") -> str:
        """Return the lines for the console, with newlines, each with a `time` before it."""
        if not self._sentences:
            return ""
        begin = f"{time}[SERVER] "
        return begin + f"\n{begin}".join(self._sentences) + "\n"


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


def _sentence(notice: Notice) -> str | None:
    """Return the sentence for a notice; None if it is not shown."""
    match notice:
        case Said():
            return f"Group message from {notice.user.name} to {notice.conversation.name}"
        case Whispered():
            return f"Private message from {notice.user.name} to {notice.to.name}"
        case Connected() | Registered() | Disconnected() | Full() | Crowded() | Unprefaced():
            return _sentence_of_connection(notice)  # early: a class that arrives is many of these
        case Created():
            return f"Chat room '{notice.room.name}' created by {notice.user.name}"
        case Joined():
            return f"User '{notice.user.name}' joined chat room '{notice.room.name}'"
        case Left():
            if notice.peer is None:
                return None  # the user disconnected, which has its own notice
            return f"User '{notice.user.name}' left chat room '{notice.room.name}'"
        case Ordered(refused=False):
            target = f" on '{notice.done.target}'" if notice.done.target else ""
            where = f"in chat room '{notice.room.name}'"
            return f"User '{notice.user.name}' used '{notice.done.action}'{target} {where}"
        case Deleted(refused=False, conversation=Room(name=room)):
            return f"User '{notice.user.name}' deleted a message of '{notice.author}' in chat room '{room}'"
        case Deleted(refused=False):
            return f"User '{notice.user.name}' deleted a private message"
        case Renamed(refused=False):
            return f"User '{notice.old}' is now called '{notice.name}'"
        case Ordered() | Ruled() | Deleted() | Renamed() | Noted():
            return None
        case Located() | SignedOut() | NodeLost() | Announced() | Evicted() | Aside() | Signalled():
            return None
        case _:
            return _sentence_of_server(notice)


def _sentence_of_connection(notice: ConnectionNotice) -> str:
    """Return the sentence for what happened to a connection."""
    match notice:
        case Connected():
            return f"New connection from {notice.address}"
        case Registered():
            return f"User '{notice.name}' registered successfully"
        case Disconnected():
            because = f" ({notice.code})" if notice.code else ""
            return f"User '{notice.name}' disconnected{because}"
        case Full():
            return f"Limit of {notice.connections} connections reached: refusing new ones"
        case Crowded():
            return f"Limit of {notice.most} from {notice.address} reached: refusing new ones"
        case Unprefaced():
            return f"Connection from {notice.address} closed: its PROXY header {notice.why}"
        case _:
            assert_never(notice)


def _sentence_of_server(notice: ServerNotice) -> str:
    """Return the sentence for what happened to the server."""
    match notice:
        case Sharing() | Removed() | KeptOut() | Rejoined():
            return _sentence_of_node(notice)
        case Reconfigured(value=None):
            return f"Option {notice.option} has changed, and needs a restart"
        case Reconfigured():
            return f"Option {notice.option} is {notice.value} now"
        case Unshown():
            return f"({notice.lines} lines were not shown)"
        case Stopping():
            return "Shutting down server..."
        case _:
            return _sentence_of_start(notice)


def _sentence_of_node(notice: NodeNotice) -> str:
    """Return the sentence for what happened between this node and the others."""
    match notice:
        case Sharing():
            hosts = ", ".join(notice.hosts[:_MOST_LISTED])
            return f"Other servers use the same journal: {len(notice.hosts)}, on {hosts}"
        case Removed():
            return "This node was cut off from the others: all clients are disconnected, and can come back"
        case KeptOut():
            return f"This node can't be with the others again yet: {notice.why}"
        case Rejoined():
            return "This node is with the others again"
        case _:
            assert_never(notice)


def _sentence_of_start(notice: StartNotice) -> str:
    """Return the sentence for what a server says about itself when it starts."""
    match notice:
        case Started():
            return f"Server started on {notice.address}"
        case Waiting():
            return "Waiting for connections..."
        case Certified():
            until = "" if notice.kept else " (only until the server stops)"
            return f"Certificate fingerprint: {notice.fingerprint}{until}"
        case Joinable():
            return f"Join with: classchat NAME@{notice.address}#{notice.fingerprint}"
        case Browsable(note=""):
            return f"Browser: {notice.link}"
        case Browsable():
            return f"Browser: {notice.link} ({notice.note})"
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
        case TakesIRC():
            return "IRC clients may join at the same address and port"
        case Keeping(None):
            return "Journal: none. Nothing is kept when the server stops"
        case Keeping():
            return f"Journal: {notice.place}"
        case Outdated():
            listed = ", ".join(f"'{ascii(name)[1:-1]}'" for name in notice.names[:_MOST_LISTED])
            more = f" and {len(notice.names) - _MOST_LISTED} more" if len(notice.names) > _MOST_LISTED else ""
            return f"These {notice.what} have names that are no longer allowed, and are kept: {listed}{more}"
        case _:
            assert_never(notice)
