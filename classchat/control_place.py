"""The place of the server's own socket: a directory that only its owner can enter, with a lock.

    classchat.sqlite-control/           mode 0700, locked by the server that uses it
    classchat.sqlite-control/socket     mode 0600, replaced by the next server that gets the lock

Everything is done through the directory's descriptor: it is checked once and can't be replaced by a link
after that, and the path of the socket, which may have only 107 bytes, stays short.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = "socket"
_LONGEST = 103  # bytes of a socket's path, on every system
_FLAGS = (
    os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
)
_CREDENTIALS = struct.Struct("3i")  # Linux's `struct ucred`: process, user, group
_BACKLOG = 16


class BadPlace(Exception):
    """A directory can't be used; the argument is the sentence that says why, without a full stop."""


class NothingThere(BadPlace):
    """There is no socket, or no server behind it."""


class ControlPlace:
    """The directory of a server's socket, which this process has locked."""

    def __init__(self, directory: Path) -> None:
        """Lock the directory; create it if it does not exist.

        Raises:
            BadPlace: it can't be used, other users can enter it, or another server uses it.
        """
        self._directory = directory
        try:
            with suppress(FileExistsError):
                os.mkdir(directory, 0o700)
        except OSError as error:
            raise BadPlace(f"'{directory}' can't be created: {error.strerror}") from None
        self._opened = _open(directory)
        try:
            _check_private(self._opened, directory)
            _lock(self._opened, directory)
        except BaseException:
            os.close(self._opened)  # not `close`: the socket there may be another server's
            raise

    def listen(self) -> socket.socket:
        """Return a socket that listens; one that a killed server has left is replaced.

        Raises:
            BadPlace: there can be no socket.
        """
        self._remove()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with _path(self._opened, self._directory) as path:
                listening.bind(path)
            self.protect()
            listening.listen(_BACKLOG)
            listening.setblocking(False)
        except OSError as error:
            listening.close()
            raise BadPlace(
                f"there can be no socket in '{self._directory}': {error.strerror or error}"
            ) from None
        return listening

    def protect(self) -> None:
        """Take the rights of all other users to the socket: the directory keeps them out already."""
        os.chmod(_NAME, 0o600, dir_fd=self._opened)

    def close(self) -> None:
        """Remove the socket, and release the lock. Harmless twice."""
        opened, self._opened = self._opened, -1
        if opened >= 0:
            with suppress(OSError):
                os.unlink(_NAME, dir_fd=opened)
            os.close(opened)

    def _remove(self) -> None:
        try:
            with suppress(FileNotFoundError):
                os.unlink(_NAME, dir_fd=self._opened)
        except OSError as error:
            raise BadPlace(f"'{self._directory / _NAME}' can't be replaced: {error.strerror}") from None


def connect(directory: Path, seconds: float) -> socket.socket:
    """Return a connection to the server of a directory; each step of it takes at most so many seconds.

    Raises:
        NothingThere: no server runs there.
        BadPlace: this user may not use it, or this system has no such sockets.
    """
    if os.name != "posix":
        raise BadPlace("a server on Windows has no socket to be asked at")
    opened = _open(directory)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(seconds)
    try:
        if os.geteuid() not in (0, os.fstat(opened).st_uid):
            raise BadPlace(f"'{directory}' belongs to another user: run this as the user who runs the server")
        with _path(opened, directory) as path:
            connection.connect(path)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        connection.close()
        raise NothingThere(f"no server answers at '{directory}'") from None
    except OSError as error:
        connection.close()
        raise BadPlace(f"the socket in '{directory}' can't be used: {error.strerror or error}") from None
    except BadPlace:
        connection.close()
        raise
    finally:
        os.close(opened)
    return connection


def user_at(connection: socket.socket) -> int | None:
    """Return the number of the user at the other end of a Unix socket; None where the system does not say."""
    if not hasattr(socket, "SO_PEERCRED"):
        return None
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(data)
    return int(user)


def _open(directory: Path) -> int:
    try:
        return os.open(directory, _FLAGS)
    except FileNotFoundError:
        raise NothingThere(f"no server answers at '{directory}'") from None
    except PermissionError:
        raise BadPlace(
            f"'{directory}' belongs to another user: run this as the user who runs the server"
        ) from None
    except OSError as error:
        why = "it is a link" if directory.is_symlink() else error.strerror
        raise BadPlace(f"'{directory}' can't be used: {why}") from None


def _check_private(opened: int, directory: Path) -> None:
    found = os.fstat(opened)
    if found.st_uid != os.geteuid():
        raise BadPlace(f"'{directory}' belongs to another user: remove it, or use --control")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise BadPlace(f"other users can enter '{directory}': chmod 700 '{directory}', or use --control")


def _lock(opened: int, directory: Path) -> None:
    """Take the lock that every server needs before it replaces the socket of another one."""
    import fcntl  # does not exist on Windows, which has no such sockets in Python

    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BadPlace(
            f"'{directory}' is in use by another server: give this one another --control"
        ) from None
    except OSError as error:
        raise BadPlace(f"'{directory}' can't be locked: {error.strerror}") from None


@contextmanager
def _path(opened: int, directory: Path) -> Iterator[str]:
    """Provide a path of the socket in an open directory that is short enough."""
    if sys.platform == "linux" and os.path.isdir(f"/proc/self/fd/{opened}"):
        yield f"/proc/self/fd/{opened}/{_NAME}"
        return
    path = str(directory / _NAME)
    if len(os.fsencode(path)) > _LONGEST:
        raise BadPlace(f"'{path}' is too long for a socket: use --control with a shorter path")
    yield path
