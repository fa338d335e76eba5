"""What the operator sees: the `[SERVER]` lines of a terminal, and the same events in twistd's log."""

from __future__ import annotations

from collections.abc import Sequence
from io import TextIOWrapper
from typing import TextIO, assert_never

from twisted.logger import ILogObserver, LogEvent, Logger
from zope.interface import implementer

from classchat.core.entries import Created, Joined, Left, Said, Whispered
from classchat.core.notices import (
    Connected,
    Disconnected,
    Notice,
    Registered,
    Started,
    Stopping,
    Waiting,
)

_log = Logger()


def log_notices(notices: Sequence[Notice]) -> None:
    """Log what happened: a whole batch in one event, for a call of the logger costs 7 µs and more."""
    sentences = Sentences(notices)
    if sentences:
        _log.info("{sentences}", sentences=sentences)


class Sentences:
    """Notices, as sentences for people."""

    def __init__(self, notices: Sequence[Notice]) -> None:
        self._sentences = [text for text in map(_sentence, notices) if text is not None]

    def __bool__(self) -> bool:
        return bool(self._sentences)

    def __str__(self) -> str:
        return "\n".join(self._sentences)

    def on_console(self) -> str:
        """Return the console's lines, their newlines included."""
        return "".join([f"[SERVER] {sentence}\n" for sentence in self._sentences])


@implementer(ILogObserver)
class Console:
    """Prints the `[SERVER]` lines, and nothing else that is logged."""

    def __init__(self, stream: TextIO) -> None:
        self._stream: TextIO | None = stream
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # not every terminal can show every name

    def __call__(self, event: LogEvent) -> None:
        """Print an event of ours."""
        sentences = event.get("sentences")
        if self._stream is None or not isinstance(sentences, Sentences):
            return
        try:
            self._stream.write(sentences.on_console())
            self._stream.flush()
        except (OSError, ValueError):
            self._stream = None  # whoever was reading has gone: the chat goes on without him


def _sentence(notice: Notice) -> str | None:
    """Return what is said of it, or None where nothing is."""
    match notice:
        case Said():
            return f"Group message from {notice.user.name} to {notice.room.name}"
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
        case Connected():
            return f"New connection from {notice.address}"
        case Registered():
            return f"User '{notice.name}' registered successfully"
        case Disconnected():
            because = f" ({notice.code})" if notice.code else ""
            return f"User '{notice.name}' disconnected{because}"
        case Started():
            return f"Server started on {notice.address}"
        case Waiting():
            return "Waiting for connections..."
        case Stopping():
            return "Shutting down server..."
        case _:
            assert_never(notice)
