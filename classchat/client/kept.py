"""Files that all clients of one home directory share: whole, private, and changed by one client at a time."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from classchat.files import open_private

_LONGEST_WAIT = 2.0  # seconds to wait for another client, which locks the file for some milliseconds
_LOOK_AGAIN = 0.01  # seconds


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Lock a file against other clients, where the system can; make its directory first.

    Raises:
        OSError: it can't be locked, or another client does not release it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        import fcntl
    except ImportError:  # pragma: no cover  (Windows)
        yield
        return
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(f"{path}.lock", flags, 0o600), "wb") as lock:
        end = time.monotonic() + _LONGEST_WAIT
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end:
                    raise OSError(errno.EBUSY, "another client keeps it busy", str(path)) from None
                time.sleep(_LOOK_AGAIN)
        yield


def replace(path: Path, content: bytes) -> None:
    """Replace a file; the new one is written next to it first, so that there is always a whole one.

    Raises:
        OSError: it can't be written.
    """
    path = path.resolve()  # it may be a symbolic link
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    with suppress(FileNotFoundError):
        beside.unlink()
    try:
        with open(open_private(beside), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
