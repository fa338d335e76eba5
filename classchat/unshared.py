"""Ways to standard input and output on which we need not wait, without a change for those who share them.

Whether a read or write waits (O_NONBLOCK) is a property of the open file description (open(2)), which we
share with the shell and with every process it started on the same terminal or pipe: if it were set there,
their writes would fail. So a terminal or a pipe is opened once more, for ourselves. What can't be opened
again (a socket; a pipe where there is no /proc) has a thread that waits for us, with a pipe of ours to it.
"""

from __future__ import annotations

import atexit
import os
import select
import stat
import sys
from contextlib import suppress
from threading import Thread

_CHUNK = 65_536  # bytes
_PATIENCE = 2.0  # seconds that whoever reads our output has to take what the thread still has


def unshared_input(fd: int = 0) -> int:
    """Return a descriptor to read from what others may share; the caller closes it."""
    again = _opened_again(fd, os.O_RDONLY)
    if again is not None:
        return again
    ours, theirs = os.pipe()
    _start(os.dup(fd), theirs)
    return ours


def unshared_output(fd: int = 1) -> int:
    """Return a descriptor to write to what others may share; the caller closes it.

    Where a thread is behind it, the process does not end before that has passed on what was written, or
    whoever reads it has had two seconds for that.
    """
    again = _opened_again(fd, os.O_WRONLY)
    if again is not None:
        return again
    theirs, ours = os.pipe()
    atexit.register(_finish, ours, os.fstat(ours).st_ino, _start(theirs, os.dup(fd)))
    return ours


def _finish(fd: int, inode: int, thread: Thread) -> None:
    with suppress(OSError):
        if os.fstat(fd).st_ino == inode:  # or else it is closed, and its number another file's
            os.close(fd)
    thread.join(_PATIENCE)


def _opened_again(fd: int, access: int) -> int | None:
    """Return another open file description of the same file; None where there is no way to one."""
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode) or sys.platform == "win32":
        return os.dup(fd)  # which never waits, and whose position has to be shared
    with suppress(OSError):
        if os.isatty(fd):
            return os.open(os.ttyname(fd), access | os.O_NOCTTY | os.O_NONBLOCK)
        if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
            return os.open(f"/proc/self/fd/{fd}", access | os.O_NONBLOCK)
    return None


def _start(source: int, target: int) -> Thread:
    thread = Thread(target=_pass_on, args=(source, target), daemon=True)
    thread.start()
    return thread


def _pass_on(source: int, target: int) -> None:
    """Copy all that comes, waiting as long as it takes; close both when either is at its end."""
    try:
        while data := _read(source):
            _write(target, data)
    except OSError:
        pass  # the other side is gone: whoever is left sees that by the closed pipe
    finally:
        os.close(source)
        os.close(target)


def _read(fd: int) -> bytes:
    while True:
        try:
            return os.read(fd, _CHUNK)
        except BlockingIOError:  # somebody else has made it so
            select.select([fd], [], [])


def _write(fd: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            select.select([], [fd], [])
