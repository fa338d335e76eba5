"""The input and output of prompt_toolkit on Twisted's StandardIO.

prompt_toolkit's own input reads standard input itself, and its own output blocks. Here both are
Twisted's, so that a terminal that is stopped with Ctrl+S does not stop the client.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from prompt_toolkit.input import Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress

_LONGEST_PASTE = 1_000_000
"""The most characters of a paste; else one without an end would be waited for for ever."""


class KeyInput(Input):
    """An input whose bytes come from StandardIO."""

    def __init__(self) -> None:
        self._keys: list[KeyPress] = []
        self._parser = Vt100Parser(self._keys.append)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._ready: Callable[[], None] | None = None
        self._pasted = 0
        self._closed = False

    def feed(self, data: bytes) -> None:
        """Take typed bytes, in pieces of any size."""
        text = self._decoder.decode(data)
        self._parser.feed(text)
        self._end_long_paste(len(text))
        if self._ready is not None:
            self._ready()

    def _end_long_paste(self, length: int) -> None:
        """End a paste that has no end, before it takes all memory."""
        self._pasted = 0 if self._keys else self._pasted + length
        if self._pasted > _LONGEST_PASTE:
            self._pasted = 0
            self._parser.feed("\x1b[201~")

    # prompt_toolkit calling.

    def read_keys(self) -> list[KeyPress]:
        """Return the keys that were pressed since the last time."""
        keys = self._keys[:]
        self._keys.clear()
        return keys

    def flush_keys(self) -> list[KeyPress]:
        """Return keys that looked like the beginning of a sequence, such as Esc alone."""
        self._parser.flush()
        return self.read_keys()

    def attach(self, input_ready_callback: Callable[[], None]) -> AbstractContextManager[None]:
        """Call the callback when keys arrive."""
        return self._attached(input_ready_callback)

    def detach(self) -> AbstractContextManager[None]:
        """Call no callback for a while; keys are kept."""
        return self._attached(None)

    @contextmanager
    def _attached(self, callback: Callable[[], None] | None) -> Iterator[None]:
        before, self._ready = self._ready, callback
        try:
            yield
        finally:
            self._ready = before

    def raw_mode(self) -> AbstractContextManager[None]:
        """Do nothing: the modes belong to the code that opened the terminal."""
        return nullcontext()

    def cooked_mode(self) -> AbstractContextManager[None]:
        """Do nothing: the modes are not changed here."""
        return nullcontext()

    def fileno(self) -> int:
        """Return standard input."""
        return 0

    def typeahead_hash(self) -> str:
        """Return a name for this input."""
        return f"classchat-{id(self)}"

    @property
    def closed(self) -> bool:
        """Whether no key will come any more."""
        return self._closed

    def close(self) -> None:
        """Close the input."""
        self._closed = True


class TransportFile:
    """A text file, as far as prompt_toolkit needs one, that writes to a transport."""

    encoding = "utf-8"

    def __init__(self, write: Callable[[bytes], object]) -> None:
        """Write with this function."""
        self._write = write
        self._held: list[bytes] | None = None

    def write(self, text: str) -> int:
        """Write a text: now, or when it is let go."""
        data = text.encode(errors="replace")
        if self._held is None:
            self._write(data)
        else:
            self._held.append(data)
        return len(text)

    def hold(self) -> None:
        """Hold what is written until `let_go`, so that the terminal never shows half of it."""
        if self._held is None:
            self._held = []

    def let_go(self) -> None:
        """Write what was held, in one piece, and stop holding. Harmless twice."""
        held, self._held = self._held, None
        if held:
            self._write(b"".join(held))

    def flush(self) -> None:
        """Do nothing: nothing is buffered here."""

    def isatty(self) -> bool:
        """Return True: prompt_toolkit edits only on a terminal."""
        return True
