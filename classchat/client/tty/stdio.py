"""Standard input and output as the client uses them: opened for Twisted, and left as they were found."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib.util import find_spec
from typing import Any, NoReturn

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Protocol
from twisted.internet.stdio import StandardIO

from classchat.client.tty.modes import Echo
from classchat.streams import fill_gaps
from classchat.unshared import unshared_input, unshared_output

_FLUSH_TIMEOUT = 2.0
"""Seconds that the reader of the output has to take the rest of it."""


def open_streams(protocol: Protocol) -> None:
    """Open a protocol on standard input and output, without a change for the processes that share them."""
    on_streams: Any = StandardIO
    if os.name == "nt":  # which takes no other streams, and shares nothing in that way
        on_streams(protocol)
    else:
        on_streams(protocol, stdin=unshared_input(), stdout=unshared_output())


@contextmanager
def kept_echo() -> Iterator[Echo | None]:
    """Yield the terminal's echo, and restore it at the end; None if there is no terminal."""
    if not os.isatty(0) or find_spec("termios") is None:
        yield None
        return
    echo = Echo()
    try:
        yield echo
    finally:
        echo.close()


def flushing(clock: IReactorTime) -> Deferred[None]:
    """Return what the caller fires when the output has been taken; after two seconds it fires by itself."""
    flushed: Deferred[None] = Deferred()
    flushed.addTimeout(_FLUSH_TIMEOUT, clock)
    flushed.addErrback(lambda _: None)  # a reader that does not read misses nothing
    return flushed


def leave(code: int, *, hidden: bool) -> NoReturn:
    """End the process; at once if a password was being typed.

    The terminal echoes again, and the interpreter takes a while to clean up.
    """
    if hidden:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def restored_terminal() -> AbstractContextManager[None]:
    """Leave standard input and output as they were found.

    `StandardIO` makes its files non-blocking, and the shell shares them. Windows has no
    such flag, and nothing to restore.
    """
    return _restored_flags() if find_spec("fcntl") else nullcontext()


@contextmanager
def _restored_flags() -> Iterator[None]:
    import fcntl  # not at the top: Windows has neither
    import termios

    fill_gaps()
    kept = [(fd, fcntl.fcntl(fd, fcntl.F_GETFL)) for fd in map(os.dup, (0, 1))]
    try:
        yield
    finally:
        for fd, flags in kept:
            fcntl.fcntl(fd, fcntl.F_SETFL, flags)
            if os.isatty(fd):
                with suppress(termios.error):  # half a typed line would be the shell's next command
                    termios.tcflush(fd, termios.TCIFLUSH)
            os.close(fd)


def screen_is_possible() -> bool:
    """Return whether standard input and output are a terminal that can be drawn on."""
    if not (os.isatty(0) and os.isatty(1)) or os.environ.get("TERM", "dumb") == "dumb":
        return False
    return find_spec("termios") is not None
