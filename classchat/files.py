"""Private files: create them, make them private, and find reasons to doubt that they are."""

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
"""Whether files have POSIX modes and owners; Windows has access control lists instead."""


def create_private(path: Path) -> None:
    """Create an empty file of mode 0600, whatever the umask; an existing file is left alone.

    Raises:
        OSError: the file can't be created.
    """
    with suppress(FileExistsError):
        os.close(open_private(path))


def open_private(path: Path) -> int:
    """Create a file of mode 0600, whatever the umask; return its descriptor, open for writing.

    Raises:
        OSError: the file can't be created, or exists.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    try:
        if _POSIX:
            os.fchmod(file, _PRIVATE)  # a umask can also remove the owner's rights
    except OSError:
        os.close(file)
        raise
    return file


def make_private(path: Path) -> bool:
    """Remove all rights to a file except its owner's; return whether no other user has rights now.

    A missing file counts as private. Links are not followed: their targets are not ours.
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
    """Return whether a file exists and other users have rights to it."""
    try:
        return _POSIX and bool(path.stat().st_mode & 0o077)
    except OSError:
        return False


def is_strangers(path: Path) -> bool:
    """Return whether a file belongs neither to this user nor to root nor to the owner of its directory.

    Its owner may have put it there, and can read and change it. A missing file returns False.
    """
    if not _POSIX:
        return False
    try:
        owner = path.stat().st_uid
        return owner not in (os.geteuid(), _ROOT, path.parent.stat().st_uid)
    except OSError:
        return False


def doubts_about_file(path: Path, what: str) -> Iterator[str]:
    """Yield a sentence for each way in which other users can read a file.

    `what` names the file in the sentences, such as "The journal".
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
    """Yield a sentence for each way in which other users can replace a file."""
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
    import pwd  # does not exist on Windows

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
