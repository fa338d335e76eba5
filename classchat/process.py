"""What the server needs of its process: many connections, little garbage collection, to hear SIGHUP."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

_WANTED = 16_384
"""Open files that we ask for where the operating system's own limit is lower, and we may raise it."""


def raise_open_files() -> int:
    """Let this process open as many files as it may, and return how many that are.

    Where there is no such limit (Windows), it is the largest number there is.
    """
    try:
        import resource
    except ImportError:
        return sys.maxsize
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        most = 1_048_576
    wanted = max(most, _WANTED)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))
    except (ValueError, OSError):  # only root may have more than the hard limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def collect_less_garbage() -> None:
    """Look for reference cycles less often: a message makes none, and what is loaded now stays.

    Not so seldom that looking once takes long: those who sign in leave much to look at, 50 000 objects of it
    take 4 to 9 ms, and everybody waits meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 20)


def on_hangup(look_again: Callable[[], object], stop: Callable[[], object]) -> Callable[[], None]:
    """Call `look_again` on SIGHUP; but `stop` where it says that our terminal was closed.

    Both are called as a signal handler is: in the middle of something. Who was there before is called as
    well, and is there again once what is returned is called.
    """
    number = getattr(signal, "SIGHUP", None)
    if number is None:  # Windows has none
        return _nothing
    terminals = [fd for fd in (0, 1, 2) if os.isatty(fd)]

    def hung_up(signum: int, frame: FrameType | None) -> None:
        closed = any(not os.isatty(fd) for fd in terminals)
        if closed and before == signal.SIG_DFL:
            stop()
        else:
            look_again()
        if callable(before):
            before(signum, frame)

    before = signal.getsignal(number)
    signal.signal(number, hung_up)

    def undo() -> None:
        if signal.getsignal(number) is hung_up:
            signal.signal(number, before)

    return undo


def _nothing() -> None:
    """Have nothing to undo."""
