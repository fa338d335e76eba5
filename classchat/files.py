"""Files that only this process's user may read: created private, made private, and what remains doubtful."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PRIVATE = 0o600
_OTHERS_MAY_WRITE = 0o002
_ROOT = 0

_POSIX = os.name == "posix"
"""Whether files have modes and owners as below; Windows has lists of rights instead."""


def create_private(path: Path) -> None:
    """Create an empty file of mode 0600, whatever the umask; leave a file alone that exists.

    Raises:
        OSError: the file can't be created.
    """
    with suppress(FileExistsError):
        os.close(open_private(path))


def open_private(path: Path) -> int:
    """Create a file of mode 0600, whatever the umask, and return it, open for writing.

    Raises:
        OSError: the file can't be created, or exists.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    try:
        if _POSIX:
            os.fchmod(file, _PRIVATE)  # a umask can take the owner's rights as well
    except OSError:
        os.close(file)
        raise
    return file


def make_private(path: Path) -> bool:
    """Take all rights to a file from everybody but its owner; return whether nobody else has any now.

    A file that does not exist is private. A link is not followed: what it points to is not ours.
    """
    if not _POSIX:
        return True
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            path.chmod(_PRIVATE)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def may_be_read(path: Path) -> bool:
    """Return whether other users have any right to a file that exists."""
    try:
        return _POSIX and bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def is_strangers(path: Path) -> bool:
    """Return whether a file belongs neither to this user, nor to root, nor to the owner of its directory.

    Somebody may have put it there, and can read and change it. A file that does not exist is no stranger's.
    """
    if not _POSIX:
        return False
    try:
        owner = path.stat().st_uid
        return owner not in (os.geteuid(), _ROOT, path.parent.stat().st_uid)
    except OSError:
        return False


def doubts_about_file(path: Path, what: str) -> Iterator[str]:
    """Yield a sentence for each way in which other users could read a file.

    `what` is how the sentences call it, such as "The journal".
    """
    if not _POSIX:
        return
    with suppress(OSError):
        owner = path.stat().st_uid
        if owner not in (os.geteuid(), _ROOT):
            yield f"{what} '{path}' belongs to another user ({_user(owner)}), and that user can read it"
        if may_be_read(path):
            yield f"{what} '{path}' can be read by other users: chmod 600 '{path}'"


def doubts_about_directory(path: Path, what: str) -> Iterator[str]:
    """Yield a sentence for each way in which other users could replace a file in its directory."""
    if not _POSIX:
        return
    directory = path.parent
    with suppress(OSError):
        found = directory.stat()
        if found.st_uid not in (os.geteuid(), _ROOT):
            yield (
                f"{what} is in a directory of another user ({_user(found.st_uid)}), and that user can "
                f"replace or delete it: '{directory}'"
            )
        if found.st_mode & _OTHERS_MAY_WRITE:
            yield f"{what} is in a directory that every user may write to: '{directory}'"


def _user(number: int) -> str:
    """Return the name of a user of this machine, or its number where it has none."""
    import pwd  # not on Windows

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
