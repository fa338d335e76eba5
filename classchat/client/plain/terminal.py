"""Line mode's terminal on `stdio.StandardIO`: lines in, lines and a prompt out.

The terminal itself edits the line. A message that arrives while a user types is shown above the prompt.
"""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Callable
from typing import Protocol as Port

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.stdio import StandardIO
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.client.display.paper import USUAL_COLUMNS, cut, width
from classchat.client.display.wrapping import wrapped
from classchat.client.tty.stdio import flushing, open_streams
from classchat.client.tty.surface import Typist
from classchat.wire.lines import LineSplitter, TooLongLine

_LONGEST_TYPED = 4_095  # bytes of a line that a terminal hands over, newline included; it drops the rest
_LONGEST_LINE = 65_536  # bytes; a text is at most 10 000 characters anyway

_GAP = "  "

_BETWEEN_PROGRESS = 1.0
"""Seconds between two pictures of a bar: each one hides the beginning of a line that is being typed."""


class Echoes(Port):
    """The terminal's echo of what is typed."""

    def off(self) -> None:
        """Hide what is typed."""

    def on(self) -> None:
        """Show it again."""

    def forget(self) -> None:
        """Drop what was typed and not read yet."""


@implementer(IHalfCloseableProtocol)
class Terminal(Protocol):
    """A terminal: hands typed lines to the typist, shows lines, and keeps a prompt below them."""

    transport: StandardIO

    def __init__(
        self,
        typist: Typist,
        clock: IReactorTime,
        erase: str | None,
        errors: str = "replace",
        echo: Echoes | None = None,
        columns: Callable[[], int] = lambda: 0,
    ) -> None:
        """Show prompts only if there is a way to `erase` one, which people's terminals have.

        Lines are wrapped to so many `columns`, or not at all with 0.

        Input that is not UTF-8 is decoded with Python's error handler `errors`. With an `echo`, typing can be
        hidden.
        """
        self._echo = echo
        self._typist = typist
        self._clock = clock
        self._erase = erase
        self._errors = errors
        self._columns = columns
        self._prompt = ""
        self._progress = ""
        self._progressed_at = float("-inf")
        self._prompted = False
        self._splitter = LineSplitter(_LONGEST_LINE)
        self._lines: deque[bytes | TooLongLine] = deque()
        self._hidden = False
        self._begun = False
        self._paused = False
        self._proceeding = False
        self._ended = False
        self._closing: Deferred[None] | None = None
        self._unheard = False
        self._lost = False

    def show(self, text: str) -> None:
        """Show whole lines, above the prompt if there is one."""
        erase = self._erase if self._prompted and self._erase else ""
        self._prompted = False
        self._write(f"{erase}{wrapped(text, self._columns())}\n")
        self._show_prompt()

    def prompt(self, text: str) -> None:
        """Show this prompt for the next line and all later ones."""
        if text and text != self._prompt and self._prompted:
            self._write(self._erase or "")
            self._prompted = False
        self._prompt = text
        self._show_prompt()

    def progress(self, text: str) -> None:
        """Show how far something has come, in front of the prompt; "" takes it away.

        It is drawn at most once a second, and only where it can be erased.
        """
        if self._erase is None or "\n" in self._erase:
            return
        now = self._clock.seconds()
        changes = bool(text) is not bool(self._progress) or now - self._progressed_at >= _BETWEEN_PROGRESS
        if changes and self._prompted:
            self._write(self._erase)
            self._prompted = False
        self._progress = text
        if changes:
            self._progressed_at = now
            self._show_prompt()

    def hide(self, whether: bool) -> None:
        """Hide what is typed, or show it again; either way drop what was typed before."""
        if self._echo is None or self._hidden is whether is False:
            return
        self._hidden = whether
        self.forget()
        if whether:
            self._echo.off()
        else:
            self._echo.on()

    def forget(self) -> None:
        """Drop what a user has typed and the client has not taken yet."""
        if self._echo is not None:
            self._lines.clear()
            self._splitter.clear()
            self._echo.forget()

    def pause(self) -> None:
        """Take no further lines."""
        if not self._paused and not self._lost:
            self._paused = True
            self.transport.pauseProducing()

    def resume(self) -> None:
        """Take lines again."""
        if self._paused and not self._lost:
            self._paused = False
            self.transport.resumeProducing()
            self._proceed()

    def throttle(self, producer: object) -> None:
        """Pause the producer of the output while the output is not read."""
        self.transport.registerProducer(producer, True)

    def unthrottle(self) -> None:
        """Forget the producer of the output."""
        self.transport.unregisterProducer()

    def close(self) -> Deferred[None]:
        """Show what is left; return what fires when it is read, at the latest after two seconds."""
        if self._lost or self._unheard:
            return succeed(None)
        if self._prompted:
            self._write("\n")
        closing = self._closing = flushing(self._clock)
        self.transport.loseConnection()
        return closing

    def _write(self, text: str) -> None:
        if not self._lost:
            self.transport.write(text.encode(errors="replace"))

    def _show_prompt(self) -> None:
        if self._erase is None or self._prompted:
            return
        room = (self._columns() or USUAL_COLUMNS) - width(self._prompt) - len(_GAP) - 1
        shown = _GAP.join(filter(None, (cut(self._progress, room), self._prompt)))
        if shown:
            self._write(shown)
            self._prompted = True

    def _proceed(self) -> None:
        if self._proceeding:
            return
        self._proceeding = True
        try:
            while self._lines and not self._paused:
                self._take(self._lines.popleft())
        finally:
            self._proceeding = False
        if self._ended and not self._paused:
            self._ended = False
            self._typist.ended()

    def _take(self, line: bytes | TooLongLine) -> None:
        self._prompted = False  # typing Enter has moved the cursor to the next line
        longest = _LONGEST_LINE if self._erase is None else _LONGEST_TYPED
        if isinstance(line, bytes) and len(line) < longest:
            self._typist.typed(line.decode(errors=self._errors).rstrip("\r"))
        else:
            self._typist.typed_too_much(longest)
        self._show_prompt()

    # Twisted calling.

    def dataReceived(self, data: bytes) -> None:
        """Take bytes that were typed or piped."""
        lines = self._splitter.feed(data)
        if lines and not self._begun:
            self._begun = True
            lines = [_without_mark(lines[0]), *lines[1:]]
        self._lines.extend(lines)
        self._proceed()

    def readConnectionLost(self) -> None:
        """End the input; a last line may have no newline."""
        if rest := self._splitter.clear():
            self._lines.append(rest if self._begun else _without_mark(rest))
        self._ended = True
        self._proceed()

    def writeConnectionLost(self) -> None:
        """Report that the output has no reader any more."""
        self._unheard = True
        self._typist.unheard()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Report that input and output are closed; the rest of the output may have been lost."""
        self._lost = True
        if self._closing is not None:
            if not reason.check(ConnectionDone):
                self._typist.unheard()
            self._closing.callback(None)


def _without_mark(line: bytes | TooLongLine) -> bytes | TooLongLine:
    """Return the first line without a byte order mark, with which some editors and shells begin UTF-8."""
    return line.removeprefix(BOM_UTF8) if isinstance(line, bytes) else line


def open_terminal(
    typist: Typist, clock: IReactorTime, for_program: bool = False, echo: Echoes | None = None
) -> Terminal:
    """Open a terminal on standard input and output; prompts are shown only if both are a terminal.

    `for_program` there are no prompts, and bytes that are not UTF-8 survive (as in PEP 383).
    """
    interactive = os.isatty(0) and os.isatty(1) and not for_program
    dumb = os.environ.get("TERM", "dumb") == "dumb"
    erase = ("\n" if dumb else "\r\x1b[K") if interactive else None
    errors = "surrogateescape" if for_program else "replace"
    columns = _columns if interactive else lambda: 0
    terminal = Terminal(typist, clock, erase, errors, echo, columns)
    open_streams(terminal)
    return terminal


def _columns() -> int:
    try:
        return os.get_terminal_size(1).columns
    except OSError:
        return 0
