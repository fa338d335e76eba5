"""The directory with the contents of shared files, each under its digest. Everything here may block.

    classchat.sqlite.files/journal           the name of the journal that it belongs to
    classchat.sqlite.files/parts/1f0…        an upload that is not finished, by the file's number
    classchat.sqlite.files/ab/ab03c5…        a content, by its digest; several files may share it

A part gets the name of a content as well, when all of it is on the disk. So a content is whole or not there,
whenever the server is killed, and its name says what it has to be. The part stays until the message is
stored, because it shows that the uploader has the content, and does not only know its digest.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from hashlib import file_digest
from io import FileIO
from pathlib import Path
from shutil import copyfileobj
from typing import Final, NamedTuple

from classchat.passing import PassingDirectory

_PARTS: Final = "parts"
_OWNER: Final = "journal"

_DIGEST: Final = re.compile("[0-9a-f]{64}")
_PART: Final = re.compile("[0-9a-f]{1,16}")

_PRIVATE: Final = 0o600
_PRIVATE_DIRECTORY: Final = 0o700


def beside(journal: str) -> Path:
    """Return the directory of the contents of a journal in a file."""
    return Path(f"{journal}.files")


class WrongDirectory(Exception):
    """A directory can't be used for contents; the text says why."""


class Unexpected(Exception):
    """A part has another length than the one that is being continued."""


class FoundContent(NamedTuple):
    """What lies in the directory."""

    path: Path
    size: int
    sha256: str
    """The digest that a content's name says; "" of a part."""

    number: int
    """The file's number that a part's name says; 0 of a content."""


class Contents:
    """The contents in one directory."""

    def __init__(self, directory: Path, *, passing: bool = False) -> None:
        """Use a directory, which need not exist yet; one that is `passing` lasts as long as this process."""
        self.directory = directory
        self._passing = PassingDirectory(directory) if passing else None
        self.usable = False
        """Whether it is open."""
        self.problem = "the server has not opened their directory"
        """Why it is not."""

    def try_to_open(self, epoch: str) -> None:
        """Make the directory, or note the `problem`: a server is useful without files."""
        try:
            self.open(epoch)
        except WrongDirectory as problem:
            self.problem = str(problem)

    def open(self, epoch: str) -> None:
        """Make the directory, for the journal of this name, unless it is there.

        Raises:
            WrongDirectory: it belongs to another journal, or can't be written to.
        """
        try:
            if self._passing is not None:
                self._passing.make()
            self.directory.mkdir(_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
            (self.directory / _PARTS).mkdir(_PRIVATE_DIRECTORY, exist_ok=True)
            owner = self._owner()
            if owner is None:
                owner = epoch
                self._claim(epoch)
        except OSError as error:
            raise WrongDirectory(f"'{self.directory}' can't be used: {error.strerror or error}") from None
        if owner != epoch:
            raise WrongDirectory(
                f"'{self.directory}' has the files of another journal: remove it, or give --files DIR"
            )
        self.usable, self.problem = True, ""

    def _owner(self) -> str | None:
        with suppress(FileNotFoundError):
            return (self.directory / _OWNER).read_text("ascii", "replace").strip()
        return None

    def _claim(self, epoch: str) -> None:
        """Write the name of the journal that the directory belongs to, whole or not at all."""
        new = self.directory / f"{_OWNER}.new"
        with _opened(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as file:
            file.write(f"{epoch}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.directory / _OWNER)
        _sync_directory(self.directory)

    def close(self) -> None:
        """Delete a passing directory. Harmless twice."""
        if self._passing is not None:
            self.usable = False
            self._passing.remove()

    # An upload.

    def have(self, number: int) -> int:
        """Return how many bytes of an upload are there."""
        with suppress(FileNotFoundError):
            return self._part(number).stat().st_size
        return 0

    def append(self, number: int, offset: int, data: bytes) -> None:
        """Continue a part, which has `offset` bytes.

        Raises:
            Unexpected: it has another number of bytes.
            OSError: it can't be written, or not all of it: what could be is there.
        """
        with _opened(self._part(number), os.O_WRONLY | os.O_CREAT) as file:
            if file.seek(0, os.SEEK_END) != offset:
                raise Unexpected
            view = memoryview(data)
            while view:
                view = view[file.write(view) :]

    def sync(self, number: int) -> None:
        """Wait until the disk has all of a part."""
        with suppress(FileNotFoundError), _opened(self._part(number), os.O_WRONLY) as file:
            os.fsync(file.fileno())
        _sync_directory(self.directory / _PARTS)

    def finish(self, number: int, sha256: str) -> bool:
        """Make a part a content, also if there is one already; return False if its digest is another one.

        A part with another digest is deleted; one that has become a content stays until `remove_part`.
        """
        content, part = self._content(sha256), self._part(number)
        with _opened(part, os.O_RDWR | os.O_CREAT) as file:  # which may be empty
            if file_digest(file, "sha256").hexdigest() != sha256:
                part.unlink()
                return False
            os.fsync(file.fileno())
        if content.exists():
            return True
        if not content.parent.exists():
            content.parent.mkdir(_PRIVATE_DIRECTORY, exist_ok=True)
            _sync_directory(self.directory)
        try:
            content.hardlink_to(part)
        except FileExistsError:  # by another upload, at this moment
            return True
        except OSError:  # on a disk that can't give a file two names
            part.replace(content)
        _sync_directory(content.parent)
        return True

    # A content.

    def read(self, sha256: str) -> FileIO:
        """Open a content.

        Raises:
            OSError: it is not there.
        """
        return FileIO(self._content(sha256))

    def holds(self, sha256: str, size: int) -> bool:
        """Return whether a content is there, with its size."""
        with suppress(FileNotFoundError):
            return self._content(sha256).stat().st_size == size
        return False

    def is_intact(self, sha256: str) -> bool:
        """Return whether a content has the digest that its name says; it is read for that."""
        with suppress(OSError), self.read(sha256) as file:
            return file_digest(file, "sha256").hexdigest() == sha256
        return False

    def copy(self, sha256: str, target: Contents) -> None:
        """Copy a content to another directory, whole or not at all."""
        number = int(sha256[:15], 16)
        with self.read(sha256) as content, target.rewritten(number) as part:
            copyfileobj(content, part)
        target.finish(number, sha256)
        target.remove_part(number)

    def rewritten(self, number: int) -> FileIO:
        """Open a part, which is empty then, to write it."""
        return _opened(self._part(number), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    def remove(self, sha256: str) -> None:
        """Delete a content. Harmless twice."""
        self._content(sha256).unlink(missing_ok=True)

    def remove_part(self, number: int) -> None:
        """Delete a part. Harmless twice."""
        self._part(number).unlink(missing_ok=True)

    def all(self) -> Iterator[FoundContent]:
        """Yield all contents and parts."""
        for directory in _entries(self.directory):
            for path in _entries(directory):
                found = _described(directory.name, path)
                if found is not None:
                    yield found

    def _content(self, sha256: str) -> Path:
        return self.directory / sha256[:2] / sha256

    def _part(self, number: int) -> Path:
        return self.directory / _PARTS / f"{number:x}"


def _described(directory: str, path: Path) -> FoundContent | None:
    """Return what lies at a path; None if it is not a content or part, or is gone."""
    with suppress(OSError):
        if directory == _PARTS and _PART.fullmatch(path.name):
            return FoundContent(path, path.stat().st_size, "", int(path.name, 16))
        if _DIGEST.fullmatch(path.name) and path.name.startswith(directory):
            return FoundContent(path, path.stat().st_size, path.name, 0)
    return None


def _entries(directory: Path) -> list[Path]:
    """Return what is in a directory, in order; nothing if it is none."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(directory.iterdir())
    return []


def _opened(path: Path, flags: int) -> FileIO:
    """Open a file that only its owner may read."""
    mode = "r+" if flags & os.O_RDWR else "w"
    return FileIO(path, mode, opener=lambda name, _: os.open(name, flags | _BINARY, _PRIVATE))


_BINARY: Final = getattr(os, "O_BINARY", 0)


def _sync_directory(directory: Path) -> None:
    """Wait until the disk has the names in a directory, where a system can do that."""
    if os.name == "nt":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
