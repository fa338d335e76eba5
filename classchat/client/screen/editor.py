"""The conversation above, the line being typed below: prompt_toolkit on `stdio.StandardIO`.

There is no alternate screen: the conversation goes into the terminal's own scrollback. Only what is below it
is redrawn: messages that are not confirmed yet, the line being typed, completions, the line at the bottom.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from pathlib import Path
from typing import TextIO, cast

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.clipboard import ClipboardData
from prompt_toolkit.data_structures import Size
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import History, InMemoryHistory
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IHalfCloseableProtocol, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.stdio import StandardIO
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from classchat.client.display.wrapping import INDENT, Pieces, wrapped_pieces
from classchat.client.screen.bindings import bindings
from classchat.client.screen.desk import Desk
from classchat.client.screen.drawing import Drawing, Offers, Output
from classchat.client.screen.history import KeptHistory
from classchat.client.screen.keyboard import KeyInput, TransportFile
from classchat.client.screen.layout import layout_of
from classchat.client.tty.modes import Modes
from classchat.client.tty.stdio import flushing

_MOST_QUEUED = 1000  # lines that were typed and can't be taken yet
_TWICE = 2.0  # seconds within which a second Ctrl+C ends the client
_LONGEST_PASTE = 10  # lines that are sent without a question

_STYLE = Style.from_dict({"toolbar": "reverse", "pending": "dim", "prompt": ""})


@implementer(IHalfCloseableProtocol)
class Editor(Protocol):
    """A terminal with a line editor at its bottom."""

    transport: StandardIO
    _log = Logger()

    def __init__(
        self,
        desk: Desk,
        clock: IReactorTime,
        modes: Modes,
        depth: ColorDepth,
        history: Path | None = None,
    ) -> None:
        """Edit lines for the `desk`; earlier lines are kept in the file `history`."""
        self._desk = desk
        self._clock = clock
        self._modes = modes
        self._depth = depth
        self._prompt = ""
        self._hint = ""
        self._interrupted_at = -_TWICE - 1
        self._confirmed = ""
        self._hidden = False
        self._begun = Document()
        self._lines: deque[str] = deque()
        self._paused = False
        self._lost = self._unheard = False
        self._closing: Deferred[None] | None = None
        self._input = KeyInput()
        kept: History = InMemoryHistory() if history is None else KeptHistory(history, desk.is_secret)
        self.buffer = Buffer(
            completer=Offers(desk),
            history=kept,
            multiline=True,
            complete_while_typing=False,
            accept_handler=self._accept,
        )
        self._application: Drawing | None = None
        self._file = TransportFile(lambda data: self.transport.write(data))
        self._running: Deferred[None] | None = None

    # What is shown.

    def show(self, text: str) -> None:
        """Show whole lines, above the prompt."""
        self.draw([("", text)])

    def draw(self, pieces: Pieces, indent: int = INDENT) -> None:
        """Show a line of pieces, each a style and a text, above the prompt; further rows are indented.

        It goes to the terminal together with the redrawn lines below it: otherwise the line being typed would
        flicker each time.
        """
        if self._lost or self._application is None:
            return
        application = self._application
        if application.is_running:
            self._file.hold()
            application.erase()
        rows = wrapped_pieces(pieces, self.size().columns, indent)
        print_formatted_text(
            application.output, FormattedText([*rows, ("", "\n")]), _STYLE, color_depth=self._depth
        )
        application.invalidate()

    def bell(self) -> None:
        """Ring."""
        if self._application is not None:
            self._application.output.bell()
            self._application.output.flush()

    def clear(self) -> None:
        """Clear the screen; the terminal's scrollback keeps what was shown."""
        if self._application is not None:
            self._application.erase()  # else tmux keeps the line and what is below it in its scrollback
            self._application.renderer.clear()
            self._application.invalidate()

    def refresh(self) -> None:
        """Draw again what is below the conversation."""
        if self._application is not None:
            self._application.invalidate()

    def hint(self, text: str) -> None:
        """Show a sentence at the bottom, until the next key."""
        self._hint = text
        self.refresh()

    def prompt(self, text: str) -> None:
        """Show this prompt."""
        self._prompt = text
        self.refresh()

    def progress(self, text: str) -> None:  # noqa: ARG002
        """Draw the line at the bottom again: the desk says how far a file has come."""
        self.refresh()

    def hide(self, whether: bool) -> None:
        """Hide what is typed, or show it again; either way drop what was typed before.

        A line that was begun in a conversation comes back afterwards; before the welcome it may be a password
        that was typed too early. Nothing hidden can be recalled: not by history, yank or undo.
        """
        if self._hidden or whether:
            self.forget()
        if whether and not self._hidden:
            self._begun = self.buffer.document if self._desk.is_talking else Document()
        elif self._hidden and not whether:
            self.buffer.reset(self._begun)
        self._hidden = self._modes.hides = whether
        if whether:
            self.buffer.reset()
        if self._application is not None:
            self._application.clipboard.set_data(ClipboardData())
        self.refresh()

    def forget(self) -> None:
        """Drop lines and keys that were not taken yet."""
        self._lines.clear()
        self._input.read_keys()
        if self._application is not None:
            self._application.key_processor.empty_queue()
        self._modes.forget()

    @property
    def shown_prompt(self) -> str:
        """The prompt before the line."""
        return self._prompt

    @property
    def shown_hint(self) -> str:
        """The sentence at the bottom, until the next key."""
        return self._hint

    @property
    def is_typing(self) -> bool:
        """Whether a line was begun, or waits until it is taken."""
        return bool(self.buffer.text or self._lines)

    @property
    def is_hidden(self) -> bool:
        """Whether what is typed is not shown."""
        return self._hidden

    # What is typed.

    def pause(self) -> None:
        """Take no further lines; typing goes on."""
        self._paused = True

    def resume(self) -> None:
        """Take lines again, first those that were typed meanwhile."""
        if self._paused:
            self._paused = False
            self._proceed()

    def throttle(self, producer: object) -> None:
        """Pause the producer of the output while the output is not read."""
        if not self._lost:
            self.transport.registerProducer(producer, True)

    def unthrottle(self) -> None:
        """Forget the producer of the output."""
        self.transport.unregisterProducer()

    def enter(self) -> None:
        """Take the line that was typed; ask once about a long paste."""
        text = self.buffer.text
        lines = text.rstrip("\n").count("\n") + 1
        if not self._hidden and lines > _LONGEST_PASTE and self._confirmed != text:
            self._confirmed = text
            self.hint(f"{lines} lines: Enter sends them as one message, Ctrl+C drops them")
            return
        self._hint = self._confirmed = ""
        if len(self._lines) >= _MOST_QUEUED:
            self.hint("Too many lines are waiting to be sent")
            return
        if not self._hidden:
            self._remember(text)
        self.buffer.reset()
        self._lines.append(text if self._hidden else text.rstrip())
        self._proceed()

    def _remember(self, text: str) -> None:
        """Keep a line for Up, but not several times in a row."""
        line = self._desk.remembered(text)
        if line.strip() and self.buffer.history.get_strings()[-1:] != [line]:
            self.buffer.history.append_string(line)

    def _accept(self, _: Buffer) -> bool:
        """Take the line after another key that accepts it, such as Ctrl+O."""
        self.enter()
        return True

    def interrupt(self) -> None:
        """Clear the line, or end the question for a password; leave if the line is empty the second time."""
        now = self._clock.seconds()
        again = now - self._interrupted_at <= _TWICE
        if not self.buffer.text and (again or not self._desk.is_talking):
            self._desk.leaves()
            return
        self._interrupted_at = now
        self.buffer.reset()
        self._confirmed = ""
        if self._hidden and self._desk.is_talking:
            self.enter()  # no password: the question ends without one
        self.hint("Press Ctrl+C again to leave")

    def suspend(self) -> None:
        """Stop, as Ctrl+Z does, with the terminal restored; go on later where it was left."""
        if self._application is None:
            return
        self._application.erase()
        self._file.let_go()
        self._clock.callLater(0, self._stop)  # the erasing has to be written first

    def _stop(self) -> None:
        self._modes.stop()
        if self._application is not None:
            self._application.renderer.reset()
        self.refresh()

    def _touched(self, _: object) -> None:
        """Remove the sentence at the bottom: a key was pressed."""
        self._hint = ""

    @property
    def desk(self) -> Desk:
        """The desk that is told what is typed."""
        return self._desk

    def _proceed(self) -> None:
        while self._lines and not self._paused:
            self._desk.typed(self._lines.popleft())

    # Beginning and ending.

    def close(self) -> Deferred[None]:
        """Erase the line being typed; return what fires when all is read, at the latest after two seconds."""
        if self._lost or self._unheard:
            return succeed(None)
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        if self._application is not None and self._application.is_running:
            self._application.exit()
        if self._running is not None:
            await self._running
        self._file.let_go()
        closing = self._closing = flushing(self._clock)
        self.transport.loseConnection()
        await closing

    def size(self) -> Size:
        """Return the terminal's size: at least two rows and columns."""
        columns, rows = self._modes.size()
        return Size(rows=max(rows, 2), columns=max(columns, 2))

    def connectionMade(self) -> None:
        """Start to draw, and to take keys."""
        self._modes.raw()
        output = Output(
            cast(TextIO, self._file),
            self.size,
            term=os.environ.get("TERM"),
            default_color_depth=self._depth,
            enable_cpr=False,
        )
        self._application = Drawing(
            layout=layout_of(self),
            key_bindings=bindings(self),
            style=_STYLE,
            input=self._input,
            output=output,
            color_depth=self._depth,
            erase_when_done=True,
        )
        self._application.key_processor.before_key_press += self._touched
        self._application.after_render += lambda _: self._file.let_go()
        running = self._application.run_async(handle_sigint=False, set_exception_handler=False)
        self._running = Deferred.fromFuture(asyncio.ensure_future(running))
        self._running.addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        if not failure.check(EOFError):
            self._log.failure("The editor has failed", failure)
            self._desk.crashed()

    def dataReceived(self, data: bytes) -> None:
        """Take what was typed."""
        self._input.feed(data)

    def readConnectionLost(self) -> None:
        """Report that the terminal was closed."""
        self._desk.unheard()

    def writeConnectionLost(self) -> None:
        """Report that the output was closed."""
        self._unheard = True
        self._desk.unheard()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        """Record that input and output are closed."""
        self._lost = True
        if self._closing is not None:
            self._closing.callback(None)
