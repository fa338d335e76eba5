"""Whether a slow reader takes anything: how much of what was sent its machine has not taken yet.

A socket can be written to again only when a third of its buffer is free, and that can be megabytes: over a
modem nothing seems to leave for minutes. The kernel knows better (Linux: tcp(7), SIOCOUTQ).
"""

from __future__ import annotations

import sys
from typing import Any

from twisted.internet.tcp import Server

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
        """Return that nothing is known."""
        return 0


def left_of(way: Any) -> int:
    """Return how many bytes wait in a transport, and behind it in the kernel; 0 where nobody can tell."""
    transport = getattr(way, "way", way)
    if not isinstance(transport, Server):
        return 0
    try:
        in_kernel = _in_kernel(transport.fileno())
    except OSError:  # the connection is gone
        in_kernel = 0
    return len(transport.dataBuffer) - transport.offset + transport._tempDataLen + in_kernel
