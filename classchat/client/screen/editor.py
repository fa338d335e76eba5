"""The conversation above, the line being typed below: prompt_toolkit on `stdio.StandardIO`.

There is no alternate screen: what is shown goes into the terminal's own scrollback. Only what is below it
is drawn again and again: what is not confirmed yet, the line being typed, what Tab offers, and the line at
the bottom.
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

_MOST_QUEUED = 1000  # lines that were typed and can't be taken yet
_FLUSH_TIMEOUT = 2.0  # seconds that the terminal has to take the rest of what is shown
_AGAIN = "Press Ctrl+C again to leave"
_TWICE = 2.0  # seconds within which a second Ctrl+C leaves
_LONGEST_PASTE = 10
"""Lines of a paste that is sent without a question."""

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
        """Edit for the one at the `desk`, whose earlier lines are kept in the file `history`."""
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
        """Show a line of pieces, each a style and a text, above the prompt; what continues it has an indent.

        It goes to the terminal together with what is drawn below it anew: otherwise what is being typed
        would be gone for a moment, each time.
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
        """Ask for lines with this text."""
        self._prompt = text
        self.refresh()

    def hide(self, whether: bool) -> None:
        """Do not show what is typed, or show it again; either way forget what was typed before that.

        But for a line that was begun in a conversation: it is there again. Before the welcome it may be a
        password that was typed faster than it was asked for. Nothing of what was hidden can be called up:
        no history, nothing that was cut, nothing undone.
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
        """Forget lines, and keys, that nobody has taken yet."""
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
        """Let what we show come no faster than it is read."""
        if not self._lost:
            self.transport.registerProducer(producer, True)

    def unthrottle(self) -> None:
        """Know that what we showed comes from nowhere any more."""
        self.transport.unregisterProducer()

    def enter(self) -> None:
        """Take the line that was typed; a long paste is asked about once."""
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
        """Let a line be found again with Up, but not several times in a row."""
        line = self._desk.remembered(text)
        if line.strip() and self.buffer.history.get_strings()[-1:] != [line]:
            self.buffer.history.append_string(line)

    def _accept(self, _: Buffer) -> bool:
        """Take the line from one of the keys that do so in every line editor, such as Ctrl+O; it is reset."""
        self.enter()
        return True

    def interrupt(self) -> None:
        """Clear the line, or end the question for a password; leave if there is none, and one just was."""
        now = self._clock.seconds()
        again = now - self._interrupted_at <= _TWICE
        if not self.buffer.text and (again or not self._desk.is_talking):
            self._desk.leaves()
            return
        self._interrupted_at = now
        self.buffer.reset()
        self._confirmed = ""
        if self._hidden and self._desk.is_talking:
            self.enter()  # no password: what asks for one goes on without
        self.hint(_AGAIN)

    def suspend(self) -> None:
        """Stop, as Ctrl+Z does, with the terminal as it was; go on where it was left."""
        if self._application is None:
            return
        self._application.erase()
        self._file.let_go()
        self._clock.callLater(0, self._stop)  # what erases us has to be written first

    def _stop(self) -> None:
        import signal

        self._modes.undo()
        if self._hidden:
            self._modes.forget()
        self._modes.restore()
        os.kill(0, signal.SIGTSTP)  # nothing happens where no shell could wake us again
        self._modes.raw()
        if self._application is not None:
            self._application.renderer.reset()
        self.refresh()

    def _touched(self, _: object) -> None:
        """Forget the sentence at the bottom: a key was pressed."""
        self._hint = ""

    @property
    def desk(self) -> Desk:
        """Who is told what is done here."""
        return self._desk

    def _proceed(self) -> None:
        while self._lines and not self._paused:
            self._desk.typed(self._lines.popleft())

    # Beginning and ending.

    def close(self) -> Deferred[None]:
        """Take the line being typed away; what fires when all is read, which may not take two seconds."""
        if self._lost or self._unheard:
            return succeed(None)
        return Deferred.fromCoroutine(self._close())

    async def _close(self) -> None:
        if self._application is not None and self._application.is_running:
            self._application.exit()
        if self._running is not None:
            await self._running
        self._file.let_go()
        closing: Deferred[None] = Deferred()
        self._closing = closing
        closing.addTimeout(_FLUSH_TIMEOUT, self._clock)
        closing.addErrback(lambda _: None)  # he does not read, so he does not miss it
        self.transport.loseConnection()
        await closing

    def size(self) -> Size:
        """Return the terminal's size: at least two rows and columns."""
        columns, rows = self._modes.size()
        return Size(rows=max(rows, 2), columns=max(columns, 2))

    def connectionMade(self) -> None:
        """Begin to draw, and to take keys."""
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
        """The terminal was closed."""
        self._desk.unheard()

    def writeConnectionLost(self) -> None:
        """So it was."""
        self._unheard = True
        self._desk.unheard()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002
        """Input and output are closed."""
        self._lost = True
        if self._closing is not None:
            self._closing.callback(None)
