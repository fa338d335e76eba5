"""Settings of the server's process: open files, garbage collection and signals."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

_WANTED = 16_384
"""Open files to ask for if the hard limit is lower and this process may raise it."""


def raise_open_files() -> int:
    """Raise the limit of open files as far as possible; return the new limit.

    On systems without this limit (Windows) the result is `sys.maxsize`.
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
    except (ValueError, OSError):  # only root may exceed the hard limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def collect_less_garbage() -> None:
    """Run the garbage collector less often: messages make no reference cycles, and loaded code stays.

    It still runs often enough to be short: sign-ins leave many objects, 50 000 of them take 4 to 9 ms, and
    all users wait meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 50, 20)


def memory_in_use() -> int:
    """Return how many bytes of memory this process uses now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as opened:
            return int(opened.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # a system without /proc
        return 0


def on_hangup(look_again: Callable[[], object], stop: Callable[[], object]) -> Callable[[], None]:
    """Call `look_again` on SIGHUP, or `stop` if the signal means that our terminal was closed.

    Both run as signal handlers: in the middle of other code. The previous handler is called as well; the
    function that is returned restores it.
    """
    number = getattr(signal, "SIGHUP", None)
    if number is None:  # Windows has no SIGHUP
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


def on_rotation(reopen: Callable[[], object]) -> None:
    """Call `reopen` on SIGUSR1, with which a log's file is opened again, in the middle of other code."""
    number = getattr(signal, "SIGUSR1", None)
    if number is not None:  # Windows has no SIGUSR1
        signal.signal(number, lambda signum, frame: reopen())  # noqa: ARG005


def end_when_started(reactor: Any) -> None:
    """Make SIGTERM stop a process whose reactor does not run yet, as soon as it runs; a second one ends it.

    The reactor's own handler, which it installs then, replaces this one.
    """

    def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        reactor.callWhenRunning(reactor.stop)

    signal.signal(signal.SIGTERM, stop)


def end_at_second_signal(reactor: Any) -> None:
    """Make Ctrl+C and SIGTERM end a process at once, without the good-byes, that stops already."""
    for number in (signal.SIGINT, signal.SIGTERM):
        reactor.addSystemEventTrigger("before", "shutdown", signal.signal, number, signal.SIG_DFL)


def _nothing() -> None:
    """Do nothing: no handler was installed."""
