"""What prompt_toolkit reads from and writes to: keys that StandardIO has brought, and StandardIO's transport.

prompt_toolkit's own input reads standard input itself, and its own output makes it block; here both are
Twisted's, so that a terminal that is stopped with Ctrl+S stops nothing but itself.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from prompt_toolkit.input import Input
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.key_binding import KeyPress

_LONGEST_PASTE = 1_000_000
"""Characters of a paste; the end of one that is never closed would be waited for for ever."""


class KeyInput(Input):
    """An input whose bytes somebody else brings."""

    def __init__(self) -> None:
        self._keys: list[KeyPress] = []
        self._parser = Vt100Parser(self._keys.append)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._ready: Callable[[], None] | None = None
        self._pasted = 0
        self._closed = False

    def feed(self, data: bytes) -> None:
        """Take what was typed, in whatever pieces it comes."""
        text = self._decoder.decode(data)
        self._parser.feed(text)
        self._end_long_paste(len(text))
        if self._ready is not None:
            self._ready()

    def _end_long_paste(self, length: int) -> None:
        """Take a paste that does not end for one that does, before it takes all memory."""
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
        """Return what may have been the beginning of something, and was not: Esc alone, mostly."""
        self._parser.flush()
        return self.read_keys()

    def attach(self, input_ready_callback: Callable[[], None]) -> AbstractContextManager[None]:
        """Tell the callback when keys are there."""
        return self._attached(input_ready_callback)

    def detach(self) -> AbstractContextManager[None]:
        """Tell nobody for a while; keys are kept."""
        return self._attached(None)

    @contextmanager
    def _attached(self, callback: Callable[[], None] | None) -> Iterator[None]:
        before, self._ready = self._ready, callback
        try:
            yield
        finally:
            self._ready = before

    def raw_mode(self) -> AbstractContextManager[None]:
        """Do nothing: the modes are those of whoever opened the terminal."""
        return nullcontext()

    def cooked_mode(self) -> AbstractContextManager[None]:
        """Do nothing, as well."""
        return nullcontext()

    def fileno(self) -> int:
        """Return standard input, for who wants to know."""
        return 0

    def typeahead_hash(self) -> str:
        """Return what this input is called."""
        return f"classchat-{id(self)}"

    @property
    def closed(self) -> bool:
        """Whether no key will come any more."""
        return self._closed

    def close(self) -> None:
        """Have no more keys."""
        self._closed = True


class TransportFile:
    """As much of a text file as prompt_toolkit writes to; what is written goes to a transport."""

    encoding = "utf-8"

    def __init__(self, write: Callable[[bytes], object]) -> None:
        """Write with this."""
        self._write = write
        self._held: list[bytes] | None = None

    def write(self, text: str) -> int:
        """Write it, now or as soon as the terminal takes it, or when it is let go."""
        data = text.encode(errors="replace")
        if self._held is None:
            self._write(data)
        else:
            self._held.append(data)
        return len(text)

    def hold(self) -> None:
        """Keep what is written until it is let go, so that nobody sees one half of it without the other."""
        if self._held is None:
            self._held = []

    def let_go(self) -> None:
        """Write what was held, in one piece, and hold nothing more. Harmless twice."""
        held, self._held = self._held, None
        if held:
            self._write(b"".join(held))

    def flush(self) -> None:
        """Do nothing: nothing is kept back here."""

    def isatty(self) -> bool:
        """Tell that it is a terminal: otherwise there is no editor."""
        return True
