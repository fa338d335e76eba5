"""Non-blocking standard input and output, without a change for processes that share them.

O_NONBLOCK is a property of the open file description (open(2)), which we share with the shell and with every
process that it started on the same terminal or pipe: setting it there would make their writes fail. So a
terminal or a pipe is opened a second time. A file that can't be opened again (a socket; a pipe on a system
without /proc) gets a thread that waits for it, and a private pipe to that thread.
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
_PATIENCE = 2.0  # seconds that the reader of our output has to read the rest from the thread


def unshared_input(fd: int = 0) -> int:
    """Return a descriptor that reads a file that others may share; the caller closes it."""
    again = _opened_again(fd, os.O_RDONLY)
    if again is not None:
        return again
    ours, theirs = os.pipe()
    _start(os.dup(fd), theirs)
    return ours


def unshared_output(fd: int = 1) -> int:
    """Return a descriptor that writes to a file that others may share; the caller closes it.

    If a thread writes to the file, the process ends only when the thread has passed on all output, or after
    two seconds.
    """
    again = _opened_again(fd, os.O_WRONLY)
    if again is not None:
        return again
    theirs, ours = os.pipe()
    atexit.register(_finish, ours, os.fstat(ours).st_ino, _start(theirs, os.dup(fd)))
    return ours


def _finish(fd: int, inode: int, thread: Thread) -> None:
    with suppress(OSError):
        if os.fstat(fd).st_ino == inode:  # otherwise it is closed, and another file has its number
            os.close(fd)
    thread.join(_PATIENCE)


def _opened_again(fd: int, access: int) -> int | None:
    """Return a new open file description of the same file; None if that is impossible."""
    mode = os.fstat(fd).st_mode
    if stat.S_ISREG(mode) or sys.platform == "win32":
        return os.dup(fd)  # it never blocks, and its position must be shared
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
    """Copy all data, waiting as long as necessary; close both when either end is closed."""
    try:
        while data := _read(source):
            _write(target, data)
    except OSError:
        pass  # the other side is gone: the closed pipe tells the remaining side
    finally:
        os.close(source)
        os.close(target)


def _read(fd: int) -> bytes:
    while True:
        try:
            return os.read(fd, _CHUNK)
        except BlockingIOError:  # another process has made it non-blocking
            select.select([fd], [], [])


def _write(fd: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            select.select([], [fd], [])
