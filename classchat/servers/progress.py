"""Whether a slow reader makes progress: how much of what was sent its machine has not taken yet.

A socket can be written to again only when a third of its buffer is free, and that can be megabytes: over a
modem nothing seems to leave for minutes. The kernel knows better (Linux: tcp(7), SIOCOUTQ).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.tcp import Server

from classchat.servers.transports import Way

if sys.platform == "linux":
    import fcntl
    import struct
    import termios

    _REQUEST = termios.TIOCOUTQ  # the same number as SIOCOUTQ

    def _in_kernel(fd: int) -> int:
        """Return how many bytes the kernel has that the other machine has not confirmed."""
        return int(struct.unpack("i", fcntl.ioctl(fd, _REQUEST, bytes(4)))[0])

else:

    def _in_kernel(fd: int) -> int:  # noqa: ARG001
        """Return 0: this system does not say."""
        return 0


Left = Callable[[Way], int]
"""Returns how many of the bytes that were written have not reached the reader, as far as is known."""

_LOOKS = 6
"""How often the progress of a reader is checked within the time for it: by default every 5 seconds."""

_LONGEST_GOODBYE = 600.0
"""Seconds that a reader which makes progress has for what was written last."""


def left_of(way: Any) -> int:
    """Return how many bytes wait in a transport, and behind it in the kernel; 0 where that is unknown."""
    transport = getattr(way, "way", way)
    if not isinstance(transport, Server):
        return 0
    try:
        in_kernel = _in_kernel(transport.fileno())
    except OSError:  # the connection is lost
        in_kernel = 0
    return len(transport.dataBuffer) - transport.offset + transport._tempDataLen + in_kernel


class Patience:
    """Gives up on a reader that is behind and makes no progress for some time."""

    __slots__ = ("_before", "_clock", "_give_up", "_left", "_seconds", "_since", "_timer", "_way")
    _timer: IDelayedCall

    def __init__(
        self, way: Way, left: Left, clock: IReactorTime, seconds: float, give_up: Callable[[], None]
    ) -> None:
        """Call `give_up` after so many seconds without progress."""
        self._way = way
        self._left = left
        self._before = 0
        self._clock = clock
        self._seconds = seconds
        self._give_up = give_up
        self._since = 0.0

    def begin(self) -> None:
        """Check the progress from now on: the reader is behind."""
        self._since = self._clock.seconds()
        self._timer = self._clock.callLater(self._seconds / _LOOKS, self._look)

    def begin_again(self) -> None:
        """Give the reader all the time again: it has made progress."""
        self._since = self._clock.seconds()

    def stop(self) -> None:
        """Check nothing from now on. Harmless twice."""
        if self._timer.active():
            self._timer.cancel()

    def _look(self) -> None:
        before, self._before = self._before, self._left(self._way)
        if self._before < before:
            self.begin_again()
        remaining = self._since + self._seconds - self._clock.seconds()
        if remaining > 0:
            self._timer = self._clock.callLater(min(remaining, self._seconds / _LOOKS), self._look)
        else:
            self._give_up()


class ClosingTimeout:
    """Cuts a connection that is closing when its reader takes nothing of what was written last.

    A reader that makes progress has up to ten minutes.
    """

    __slots__ = ("_before", "_clock", "_hurried", "_left", "_seconds", "_timer", "_waited", "_way")

    def __init__(self, way: Way, left: Left, clock: IReactorTime, seconds: float) -> None:
        """Check the progress every so many seconds."""
        self._way = way
        self._left = left
        self._before = left(way)
        self._clock = clock
        self._seconds = seconds
        self._waited = 0.0
        self._hurried = False
        self._timer = clock.callLater(seconds, self._look)

    def hurry(self) -> None:
        """Cut the connection at the next check, whatever the progress: the server stops."""
        self._hurried = True

    def stop(self) -> None:
        """Check nothing from now on. Harmless twice."""
        if self._timer.active():
            self._timer.cancel()

    def _look(self) -> None:
        self._waited += self._seconds
        before, self._before = self._before, self._left(self._way)
        if self._before < before and self._waited < _LONGEST_GOODBYE and not self._hurried:
            self._timer = self._clock.callLater(self._seconds, self._look)
        else:
            self._way.abortConnection()
