"""Queries about a socket: whether written bytes have arrived, and how many lines wait there."""

from __future__ import annotations

import select
import struct
import sys
from socket import MSG_PEEK, SO_ERROR, SOL_SOCKET, socket
from typing import Any

if sys.platform == "linux":
    import fcntl
    import termios

_PEEKED = 65_536
"""How many unread bytes are searched for lines."""

NEVER = 1 << 30
"""More lines than any client sends: none of them counts."""


def has_arrived(peer: Any) -> bool:
    """Return whether the other machine has acknowledged all that was written; True where that is unknown."""
    if sys.platform != "linux" or not isinstance(peer, socket):
        return True
    try:
        (unacknowledged,) = struct.unpack("i", fcntl.ioctl(peer, termios.TIOCOUTQ, bytes(4)))
        return unacknowledged == 0 and peer.getsockopt(SOL_SOCKET, SO_ERROR) == 0
    except (OSError, ValueError):  # it is closed
        return False


def lines_waiting(peer: Any) -> int:
    """Return how many lines wait to be read, or `NEVER` where the other end has closed its half.

    Encrypted lines can't be counted: they are one.
    """
    if sys.platform != "linux" or not isinstance(peer, socket):
        return 0
    try:
        data = peer.recv(_PEEKED, MSG_PEEK)
        poll = select.poll()
        poll.register(peer, select.POLLRDHUP)
        return NEVER if poll.poll(0) else data.count(b"\n") or 1
    except BlockingIOError:
        return 0
    except (OSError, ValueError):
        return NEVER
