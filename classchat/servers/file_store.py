"""The contents of shared files, read and written in threads: a disk never holds up the reactor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from io import FileIO
from threading import Thread
from typing import Any, TypeVar

from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool

from classchat.contents import Contents
from classchat.core.shared_files import SharedFile, StoredFile
from classchat.servers.pacing import Pacing

_T = TypeVar("_T")

_THREADS = 4


class _DiskThreads(ThreadPool):
    """A pool of daemon threads: a disk that hangs does not keep the process."""

    threadFactory = staticmethod(partial(Thread, daemon=True))  # type: ignore[assignment]


class FileStore:
    """What uploads and downloads do with the disk. How much waits is bounded by the number of visits."""

    def __init__(self, contents: Contents, reactor: Any, pacing: Pacing) -> None:
        """Use the disk for uploads at their pace, and for everything else at once."""
        self._contents = contents
        self._pacing = pacing
        self._reactor = reactor
        self._pool = _DiskThreads(0, _THREADS, "files")
        self._stopped = False

    def stop(self) -> None:
        """Finish what is under way, and stop the threads. Harmless twice."""
        self._stopped = True
        self._pacing.stop()
        if self._pool.started:
            self._pool.stop()
        self._contents.close()

    async def have(self, file: SharedFile) -> int:
        """Return how many bytes of an upload are there."""
        return await self._do(lambda: self._contents.have(file.number))

    async def append(self, file: SharedFile, offset: int, data: bytes) -> None:
        """Continue an upload, which has `offset` bytes.

        Raises:
            Unexpected: it has another number of bytes.
            OSError: it can't be written.
        """
        await self._in_turn(lambda: self._contents.append(file.number, offset, data))

    async def sync(self, file: SharedFile) -> None:
        """Wait until the disk has all of an upload."""
        await self._in_turn(lambda: self._contents.sync(file.number))

    async def finish(self, file: SharedFile) -> bool:
        """Make an upload a content; return False, and delete it, if its digest is another one."""
        return await self._in_turn(lambda: self._contents.finish(file.number, file.sha256))

    async def forget(self, file: SharedFile) -> None:
        """Delete what only the upload has needed, when the message is stored."""
        await self._do(lambda: self._contents.remove_part(file.number))

    async def open(self, file: SharedFile) -> FileIO:
        """Open a content.

        Raises:
            OSError: it is not there.
        """
        return await self._do(lambda: self._contents.read(file.sha256))

    async def read(self, opened: FileIO, offset: int, count: int) -> bytes:
        """Return bytes of an open content; fewer at its end."""

        def read() -> bytes:
            opened.seek(offset)
            return opened.read(count) or b""

        return await self._do(read)

    def close(self, opened: FileIO) -> None:
        """Close a content, when what is being read of it has been read."""
        if self._stopped:
            opened.close()
        else:
            self._begin(opened.close)

    def remove(self, files: Sequence[StoredFile]) -> None:
        """Delete contents that no file has any more, when there is time."""

        def remove() -> None:
            with suppress(OSError):
                for stored in files:
                    self._contents.remove(stored.file.sha256)

        if not self._stopped:
            self._begin(remove)

    def _begin(self, work: Callable[[], object]) -> None:
        self._start()
        self._pool.callInThread(work)

    def _start(self) -> None:
        if not self._pool.started:
            self._pool.start()

    async def _do(self, work: Callable[[], _T]) -> _T:
        if self._stopped:
            raise OSError("the server stops")
        self._start()
        return await deferToThreadPool(self._reactor, self._pool, work)

    async def _in_turn(self, work: Callable[[], _T]) -> _T:
        return await self._pacing.turn(lambda: self._do(work))
