"""`/send` and `/get`: files that a user shares and downloads, one after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python.failure import Failure

from classchat.client.commands.typed import CommandError
from classchat.client.display.received_files import ReceivedFiles
from classchat.client.display.stranger import shown_name
from classchat.client.display.untyped import OnRefusal, OnSuccess
from classchat.client.link.sharing import NotTransferred, open_file, share
from classchat.file_names import clean_name, size_in_words
from classchat.messages import FileView, ShareFile, Success
from classchat.request import Request

_CELLS = 10
"""Characters of a bar."""

_MOST_WAITING = 50


class Clerk(Protocol):
    """The part of the client that a file desk works for."""

    def ask_quietly(self, command: Request, granted: OnSuccess, refused: OnRefusal) -> None:
        """Send a request that the user has not typed; the answer goes to one of the two, and is not shown."""

    def tell(self, line: str) -> None:
        """Show a line."""

    def not_transferred(self, reason: str) -> None:
        """Show why a file was not uploaded or downloaded."""

    def transferred_more(self) -> None:
        """Draw the bar again."""


class Bar(NamedTuple):
    """How far a file has come."""

    name: str
    done: int
    size: int

    def drawn(self, *, blocks: bool = True) -> str:
        """Return it in one line, with a bar of blocks, or of ASCII."""
        full = self.done * _CELLS // self.size if self.size else _CELLS
        on, off = ("█", "░") if blocks else ("#", "-")
        percent = self.done * 100 // self.size if self.size else 100
        return f"{shown_name(self.name, 24)} {on * full}{off * (_CELLS - full)} {percent} %"

    def with_size(self, *, blocks: bool = True) -> str:
        """Return the same with the size of the file."""
        return f"{self.drawn(blocks=blocks)} of {size_in_words(self.size)}"


class FileDesk:
    """Does one transfer after the other."""

    _log = Logger()

    def __init__(self, reactor: Any, endpoint: Callable[[], IStreamClientEndpoint], clerk: Clerk) -> None:
        """Reach the server at the `endpoint`."""
        self._reactor = reactor
        self._endpoint = endpoint
        self._clerk = clerk
        self.received = ReceivedFiles()
        """The files that were shown, which can be downloaded."""
        self._waiting: deque[tuple[str, Coroutine[Any, Any, None]]] = deque()
        self._under_way: Deferred[None] | None = None
        self.bar: Bar | None = None
        """The transfer under way."""

    def send(self, path: str, place: str) -> None:
        """Share a file with a room, or with `@` and a user; the server is asked when its digest is computed.

        Raises:
            CommandError: there is no place.
        """
        if not place:
            raise CommandError("Share it with whom? /send FILE ROOM, or /send FILE @USER")
        self._begin(path, self._send(Path(path).expanduser(), place))

    def get(self, which: str) -> None:
        """Download a received file into the current directory, by its number or name; "" is the last one.

        Raises:
            CommandError: there is none.
        """
        view = self.received.find(which)
        if view is None:
            raise CommandError(f"No file '{which}' was shown here" if which else "No file was shown here yet")
        self._begin(clean_name(view.name), self._get(view))

    def close(self) -> None:
        """End what is under way. Harmless twice."""
        while self._waiting:
            self._waiting.popleft()[1].close()
        if self._under_way is not None:
            self._under_way.cancel()

    @property
    def is_busy(self) -> bool:
        """Whether a file is under way."""
        return self._under_way is not None

    def _begin(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            work.close()
            self._clerk.not_transferred(f"{name}: {_MOST_WAITING} files wait already. Try again later")
            return
        self._waiting.append((name, work))
        self._go_on()

    def _go_on(self) -> None:
        if self._under_way is None and self._waiting:
            name, work = self._waiting.popleft()
            self._under_way = Deferred.fromCoroutine(work)
            self._under_way.addErrback(self._failed, name)
            self._under_way.addBoth(lambda _: self._done())

    def _failed(self, failure: Failure, name: str) -> None:
        if failure.check(CancelledError):
            return
        if failure.check(NotTransferred):
            self._clerk.not_transferred(f"{shown_name(name, 60)}: {failure.getErrorMessage()}")
        elif failure.check(OSError):
            why = getattr(failure.value, "strerror", None) or failure.getErrorMessage()
            self._clerk.not_transferred(f"{shown_name(name, 60)} can't be written: {why}")
        else:
            self._log.failure("A transfer failed", failure)
            self._clerk.not_transferred(f"{shown_name(name, 60)}: something went wrong here")

    def _done(self) -> None:
        self._under_way = self.bar = None
        self._clerk.transferred_more()
        self._go_on()

    async def _send(self, path: Path, place: str) -> None:
        opened = await deferToThread(open_file, path)
        async with self._transfers() as transfers:
            await share(
                opened,
                place.removeprefix("@"),
                private=place.startswith("@"),
                ask=self._ask,
                uploader=transfers,
                progress=self._progress(opened.name),
            )
        self._clerk.tell(f"[CLIENT] {shown_name(opened.name, 60)} is shared ({size_in_words(opened.size)})")

    async def _ask(self, request: ShareFile) -> Success:
        answered: Deferred[Success] = Deferred()
        self._clerk.ask_quietly(request, answered.callback, lambda why: answered.errback(NotTransferred(why)))
        return await answered

    async def _get(self, view: FileView) -> None:
        async with self._transfers() as transfers:
            path = await transfers.download(view, Path.cwd(), self._progress(clean_name(view.name)))
        self._clerk.tell(f"[CLIENT] Saved as {shown_name(path.name, 100)} ({size_in_words(view.size)})")

    @asynccontextmanager
    async def _transfers(self) -> AsyncIterator[Any]:
        from classchat.client.link.transfers import Transfers  # imported late: it takes a while

        transfers = Transfers(self._reactor, self._endpoint())
        try:
            yield transfers
        finally:
            await transfers.close()

    def _progress(self, name: str) -> Callable[[int, int], None]:
        def show(done: int, size: int) -> None:
            before, self.bar = self.bar, Bar(name, done, size)
            if before is None or before.drawn() != self.bar.drawn():
                self._clerk.transferred_more()

        return show
