"""Uploads of shared files: the tus protocol 1.0 (https://tus.io), at a link for one file.

Its core, and its extensions creation and termination:

    OPTIONS    what the server can do
    POST       "creates" the upload, which is there since the chat has answered `file`
    HEAD       how many bytes are there
    PATCH      the next bytes, from the offset that is there
    DELETE     ends an upload that is not finished

The bytes that the answer to a PATCH counts are on the disk. With the last byte the digest is compared, the
content gets its name, and the message is sent; only then the PATCH is answered. A HEAD of a file that is
whole, and whose message could not be sent before, does the same.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final, TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.logger import Logger

from classchat.contents import Unexpected
from classchat.core.chat import Chat
from classchat.core.shared_files import SharedFile, StoredFile
from classchat.errors import ChatError, HistoryUnavailable, NotAMember, NotSaved, ShuttingDown, SlowMode
from classchat.servers.file_store import FileStore
from classchat.servers.http_exchange import CutOff, HTTPExchange, Stalled
from classchat.servers.site import HTTPAnswer

_T = TypeVar("_T")

VERSION: Final = "1.0.0"
"""The version of the protocol."""

_PIECE: Final = 262_144
"""Bytes that are written to the disk at a time."""

_NUMBER: Final = re.compile("[0-9]{1,18}")

_ALWAYS: Final = (
    ("Tus-Resumable", VERSION),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
)

_DIFFERENT: Final = "This is not the file that was announced: its sha-256 is another one. Upload it again."

Refusal = Callable[[int, str, list[tuple[str, str]]], HTTPAnswer]
"""Returns the answer to a request that is refused, with a text for people."""


class _Refused(Exception):
    """A request that is refused, with the status and a text for people."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        self.text = text


class Uploads:
    """Takes files."""

    _log = Logger()

    def __init__(self, chat: Callable[[], Chat], store: FileStore, refusal: Refusal) -> None:
        """`chat` returns the present one."""
        self._chat = chat
        self._store = store
        self._refusal = refusal
        self._under_way: dict[int, _UnderWay] = {}

    async def take(self, exchange: HTTPExchange, token: str) -> HTTPAnswer:
        """Answer a request to the link of an upload."""
        request = exchange.request
        try:
            if request.method == "OPTIONS":
                return self._answer(HTTPStatus.NO_CONTENT, *self._abilities())
            if request.header("tus-resumable") != VERSION:
                text = f"The version of the tus protocol is {VERSION}: say so in Tus-Resumable."
                return self._refused(HTTPStatus.PRECONDITION_FAILED, text, ("Tus-Version", VERSION))
            stored = await self._stored(token)
            match request.method:
                case "POST":
                    return self._create(exchange, stored.file, token)
                case "HEAD":
                    return await self._alone(exchange, token, stored, self._look)
                case "PATCH":
                    return await self._alone(exchange, token, stored, self._continue)
                case "DELETE":
                    return await self._alone(exchange, token, stored, self._end)
                case _:
                    raise _Refused(
                        HTTPStatus.METHOD_NOT_ALLOWED, "An upload takes HEAD, PATCH, POST and DELETE."
                    )
        except _Refused as refused:
            return self._refused(refused.status, refused.text)
        except ChatError as error:
            return self._refused(_status_of(error), error.text)
        except Stalled:
            return self._refused(HTTPStatus.REQUEST_TIMEOUT, "The rest of the file did not come in time.")
        except CutOff:
            return self._refused(HTTPStatus.BAD_REQUEST, "The body has ended too early.")
        except OSError as error:
            self._log.warn("A file can't be stored: {error}", error=error)
            return self._refused(
                HTTPStatus.INSUFFICIENT_STORAGE, "The file can't be stored now. Please try again later."
            )

    async def _stored(self, token: str) -> StoredFile:
        """Return the file of an upload.

        Raises:
            _Refused: there is none.
        """
        stored = await self._chat().files.uploaded_to(token)
        if stored is None:
            raise _Refused(HTTPStatus.NOT_FOUND, "There is no upload here: ask the chat for another one.")
        return stored

    def _abilities(self) -> list[tuple[str, str]]:
        return [
            ("Tus-Version", VERSION),
            ("Tus-Extension", "creation,termination"),
            ("Tus-Max-Size", str(self._chat().limits.file)),
        ]

    def _create(self, exchange: HTTPExchange, file: SharedFile, token: str) -> HTTPAnswer:
        length = _number(exchange, "upload-length")
        if length != file.size:
            raise _Refused(HTTPStatus.BAD_REQUEST, f"The upload was announced with {file.size} bytes.")
        if exchange.left:
            raise _Refused(HTTPStatus.BAD_REQUEST, "Create the upload without a body, and PATCH it.")
        return self._answer(HTTPStatus.CREATED, ("Location", token))  # relative to itself: proxies add paths

    async def _alone(
        self,
        exchange: HTTPExchange,
        token: str,
        stored: StoredFile,
        handle: Callable[[HTTPExchange, StoredFile], Awaitable[HTTPAnswer]],
    ) -> HTTPAnswer:
        """Handle a request alone: an older one for the same upload, perhaps of a lost connection, ends."""
        number = stored.file.number
        under_way = self._under_way.setdefault(number, _UnderWay())
        under_way.waiting += 1
        try:
            if under_way.exchange is not None:
                under_way.exchange.give_way()
            waits = under_way.lock.locked
            await under_way.lock.acquire()
            under_way.exchange = exchange
            try:
                if waits:  # the older one may have finished the file, or ended the upload
                    stored = await self._stored(token)
                return await handle(exchange, stored)
            finally:
                under_way.exchange = None
                under_way.lock.release()
        finally:
            under_way.waiting -= 1
            if not under_way.waiting:
                self._under_way.pop(number, None)

    async def _look(self, exchange: HTTPExchange, stored: StoredFile) -> HTTPAnswer:  # noqa: ARG002
        file = stored.file
        offset = file.size if stored.shared else await self._store.have(file)
        if offset == file.size and not stored.shared:
            offset = await self._finish(stored)
        headers = [("Upload-Offset", f"{offset}"), ("Upload-Length", f"{file.size}")]
        return self._answer(HTTPStatus.OK, *headers)

    async def _continue(self, exchange: HTTPExchange, stored: StoredFile) -> HTTPAnswer:
        request, file = exchange.request, stored.file
        if request.header("content-type") != "application/offset+octet-stream":
            text = "The body of a PATCH has the type application/offset+octet-stream."
            raise _Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, text)
        offset = _number(exchange, "upload-offset")
        there = file.size if stored.shared else await self._store.have(file)
        if offset != there:
            raise _Refused(HTTPStatus.CONFLICT, f"There are {there} bytes: continue from there.")
        if exchange.left > file.size - offset:
            text = f"The upload was announced with {file.size} bytes."
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
        try:
            offset = await self._receive(exchange, file, offset)
        except Unexpected:
            raise _Refused(HTTPStatus.CONFLICT, "Another request continues this upload.") from None
        if offset == file.size and not stored.shared and await self._finish(stored) != file.size:
            raise _Refused(HTTPStatus.UNPROCESSABLE_ENTITY, _DIFFERENT)
        return self._answer(HTTPStatus.NO_CONTENT, ("Upload-Offset", f"{offset}"))

    async def _end(self, exchange: HTTPExchange, stored: StoredFile) -> HTTPAnswer:  # noqa: ARG002
        if not await self._chat().files.withdraw(stored):
            raise _Refused(HTTPStatus.FORBIDDEN, "The file is shared already: delete its message instead.")
        with suppress(OSError):  # else it is deleted with its row
            await self._store.forget(stored.file)
        return self._answer(HTTPStatus.NO_CONTENT)

    async def _receive(self, exchange: HTTPExchange, file: SharedFile, offset: int) -> int:
        """Write the body to the disk; return the offset behind it. What has come stays, whatever happens."""
        try:
            while data := await exchange.read(_PIECE):
                await _to_the_end(self._store.append(file, offset, data))
                offset += len(data)
        finally:
            if offset < file.size:  # else it is flushed when it is finished
                with suppress(OSError):
                    await _to_the_end(self._store.sync(file))
        return offset

    async def _finish(self, stored: StoredFile) -> int:
        """Send the message of a file that is whole; return how many bytes are there: 0 if it is another one.

        That goes on to its end, even if the client disconnects meanwhile.
        """
        return await _to_the_end(self._share(stored))

    async def _share(self, stored: StoredFile) -> int:
        if not await self._store.finish(stored.file):
            return 0
        await self._chat().files.share(stored)
        with suppress(OSError):  # it is looked for at the next start
            await self._store.forget(stored.file)
        return stored.file.size

    def _answer(self, status: int, *headers: tuple[str, str]) -> HTTPAnswer:
        return HTTPAnswer(status, [*_ALWAYS, *headers])

    def _refused(self, status: int, text: str, *headers: tuple[str, str]) -> HTTPAnswer:
        return self._refusal(status, text, [("Tus-Resumable", VERSION), *headers])


class _UnderWay:
    """The requests for one upload."""

    def __init__(self) -> None:
        self.lock = DeferredLock()
        self.exchange: HTTPExchange | None = None
        self.waiting = 0


def _number(exchange: HTTPExchange, name: str) -> int:
    """Return the number in a header.

    Raises:
        _Refused: it has none.
    """
    text = exchange.request.header(name) or ""
    if not _NUMBER.fullmatch(text):
        raise _Refused(HTTPStatus.BAD_REQUEST, f"The header {name.title()} has to be a number.")
    return int(text)


def _status_of(error: ChatError) -> int:
    match error:
        case ShuttingDown() | HistoryUnavailable() | NotSaved():
            return HTTPStatus.SERVICE_UNAVAILABLE
        case SlowMode():
            return HTTPStatus.TOO_MANY_REQUESTS
        case NotAMember():
            return HTTPStatus.CONFLICT  # perhaps for a moment: a guest who is reconnecting
        case _:
            return HTTPStatus.FORBIDDEN


def _to_the_end(work: Coroutine[Any, Any, _T]) -> Deferred[_T]:
    """Begin work that goes on to its end, even if the coroutine that awaits it is cancelled."""
    awaited: Deferred[_T] = Deferred()
    Deferred.fromCoroutine(work).addCallbacks(awaited.callback, awaited.errback)
    return awaited
