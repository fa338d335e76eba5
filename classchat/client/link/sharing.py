"""Shares a file from this machine: asks the server where to upload it, and uploads it."""

from __future__ import annotations

import os
import stat
from collections.abc import Awaitable, Callable
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from classchat.messages import ShareFile, Success

Progress = Callable[[int, int], object]
"""Gets how many bytes of how many are there."""


class NotTransferred(Exception):
    """A file was not uploaded or downloaded; the text says why."""


class Uploader(Protocol):
    """What uploads: `transfers.Transfers`, which is imported late, because it takes a while."""

    async def upload(self, link: str, file: BinaryIO, size: int, progress: Progress) -> None:
        """Upload a file to a link."""


class OpenFile(NamedTuple):
    """A file that is about to be shared."""

    file: BinaryIO
    name: str
    size: int
    sha256: str

    def request(self, receiver: str, *, private: bool) -> ShareFile:
        """Return the request to share it with a room or a user."""
        return ShareFile(
            receiver=receiver,
            name=self.name,
            size=self.size,
            sha256=self.sha256,
            private=private or None,
        )


def open_file(path: Path) -> OpenFile:
    """Open a file and compute its digest.

    Raises:
        NotTransferred: it can't be read, or is no file.
    """
    try:
        file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115
    except OSError as error:
        raise NotTransferred(f"'{path}' can't be read: {error.strerror}") from None
    about = os.fstat(file.fileno())
    if not stat.S_ISREG(about.st_mode):
        file.close()
        raise NotTransferred(f"'{path}' is no file")
    return OpenFile(file, path.name, about.st_size, file_digest(file, "sha256").hexdigest())


def _without_waiting(path: str, flags: int) -> int:
    """Open a file, but do not wait for the other end of a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


async def share(
    opened: OpenFile,
    receiver: str,
    *,
    private: bool,
    ask: Callable[[ShareFile], Awaitable[Success]],
    uploader: Uploader,
    progress: Progress,
) -> None:
    """Share an open file with a room or a user, and close it; its message is stored then.

    Raises:
        ChatError: the server refuses the request.
        NotTransferred: the file could not be uploaded.
    """
    with opened.file:
        answer = await ask(opened.request(receiver, private=private))
        if answer.upload is None:
            raise NotTransferred("The server does not say where to upload the file")
        await uploader.upload(answer.upload, opened.file, opened.size, progress)
