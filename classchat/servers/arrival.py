"""Queries about a socket: whether written bytes have arrived, and how many lines wait there."""

from __future__ import annotations

import select
import struct
import sys
from socket import IPPROTO_TCP, MSG_PEEK, SO_ERROR, SOL_SOCKET, socket
from typing import Any

if sys.platform == "linux":
    import fcntl
    import termios
    from socket import TCP_INFO

_PEEKED = 65_536
"""How many unread bytes are searched for lines."""

_TCP_INFO = struct.Struct("2xB21xI16xI8xI")
"""Of Linux' `tcp_info`: tcpi_retransmits, tcpi_unacked, tcpi_last_data_sent, tcpi_last_ack_recv."""

_ON_THE_WAY = 1.0
"""Seconds that bytes and their acknowledgement are on the way while a connection works, at most."""

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


def unacknowledged_for(peer: Any) -> float:
    """Return for how many seconds the other machine may not have received what was written.

    0.0 if it has acknowledged all, or so little time has passed that it may still do so, or where that is
    unknown. The time begins before the last acknowledgement. A machine that takes no more, and so is sent
    nothing, acknowledges each question whether it does: there the time begins before the last bytes sent.
    """
    if sys.platform != "linux" or not isinstance(peer, socket):
        return 0.0
    try:
        (unacknowledged,) = struct.unpack("i", fcntl.ioctl(peer, termios.TIOCOUTQ, bytes(4)))
        info = peer.getsockopt(IPPROTO_TCP, TCP_INFO, _TCP_INFO.size) if unacknowledged else b""
    except (OSError, ValueError):  # it is closed, or local
        return 0.0
    if len(info) < _TCP_INFO.size:
        return 0.0
    repeated, under_way, sent_ago, acknowledged_ago = _TCP_INFO.unpack(info)
    if under_way:
        return acknowledged_ago / 1000 + _ON_THE_WAY if repeated else 0.0
    return sent_ago / 1000 + _ON_THE_WAY if sent_ago > _ON_THE_WAY * 1000 else 0.0


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
