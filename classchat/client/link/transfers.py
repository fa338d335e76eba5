"""Uploads and downloads of shared files, over the same way as the link to the server.

An upload follows the tus protocol: HEAD says how many bytes the server has, and PATCH sends the next ones. A
download asks for the bytes that are missing. So both continue where they were when a connection was lost.

What is downloaded lies in NAME.part until its digest was compared. It never replaces a file that is there.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import file_digest
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Final

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, ConnectionClosed
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure
from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool, ResponseDone, readBody
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgentEndpointFactory, IResponse
from zope.interface import implementer

from classchat.client.link.sharing import NotTransferred, Progress
from classchat.file_names import clean_name
from classchat.messages import FileView

_PART: Final = 1_000_000
"""Bytes of one PATCH: proxies usually take bodies of up to a MiB."""

_PATIENCE: Final = 30.0
"""Seconds that the server has for the answer to one request, and for the next bytes of a file."""

_PAUSES: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each further attempt, if the one before has achieved nothing."""

_AGAIN: Final = frozenset(
    [
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.CONFLICT,
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    ]
)
"""The answers after which another attempt may succeed."""

_LONGEST_REASON: Final = 1_000

_HOST: Final = "http://localhost/"
"""How the server is addressed, which is found by the endpoint: each server has this name."""


class _Again(Exception):
    """An attempt has failed, and another one may succeed; the text says why."""


_LOST: Final = (ConnectError, ConnectionClosed, _Again)


@implementer(IAgentEndpointFactory)
class _OneServer:
    """Leads all requests to one server."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        self._endpoint = endpoint

    def endpointForURI(self, uri: object) -> IStreamClientEndpoint:  # noqa: ARG002
        """Return the endpoint of the server."""
        return self._endpoint


class Transfers:
    """Uploads to one server, and downloads from it."""

    def __init__(self, reactor: Any, endpoint: IStreamClientEndpoint) -> None:
        """Reach the server at an endpoint, which leads to its chat as well."""
        self._reactor = reactor
        self._pool = HTTPConnectionPool(reactor)
        self._agent = Agent.usingEndpointFactory(reactor, _OneServer(endpoint), self._pool)

    async def close(self) -> None:
        """Close the connections that are open for further requests."""
        await self._pool.closeCachedConnections()

    async def upload(self, link: str, file: BinaryIO, size: int, progress: Progress) -> None:
        """Upload a file to a link, which the server has answered to a request `file`.

        Raises:
            NotTransferred: the server has refused it, or can't be reached for a while.
        """

        async def attempt() -> int:
            offset = await self._offset(link)
            progress(offset, size)
            if offset < size:
                file.seek(offset)
                offset = await self._patch(link, offset, file.read(min(_PART, size - offset)))
                progress(offset, size)
            return offset

        await self._until(attempt, size)

    async def _until(self, attempt: Callable[[], Any], size: int) -> None:
        """Make attempts, which return how many bytes are there, until all are.

        Raises:
            NotTransferred: several attempts in a row have achieved nothing.
        """
        reached, pauses = -1, list(_PAUSES)
        while reached < size:
            try:
                offset = await attempt()
            except _LOST as error:
                problem = f"The connection was lost again and again ({error})"
            else:
                if offset > reached:
                    reached, pauses = offset, list(_PAUSES)
                    continue
                problem = f"Nothing more was transferred after {reached} of {size} bytes"
            if not pauses:
                raise NotTransferred(problem)
            await deferLater(self._reactor, pauses.pop(0))

    async def _offset(self, link: str) -> int:
        response = await self._ask("HEAD", link, {"Tus-Resumable": "1.0.0"})
        await self._check(response, HTTPStatus.OK)
        return _number(response, "Upload-Offset")

    async def _patch(self, link: str, offset: int, data: bytes) -> int:
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
        }
        response = await self._ask("PATCH", link, headers, data)
        await self._check(response, HTTPStatus.NO_CONTENT)
        return _number(response, "Upload-Offset")

    async def download(self, view: FileView, directory: Path, progress: Progress) -> Path:
        """Download a file into a directory, under its name or one that is free; return its path.

        Raises:
            NotTransferred: the server has refused it, can't be reached for a while, or sends another content.
            OSError: it can't be written.
        """
        name = clean_name(view.name)
        part = directory / f"{name}.{view.sha256[:8]}.part"
        with open(part, "a+b") as file:
            if file.tell() > view.size:
                file.truncate(0)

            async def attempt() -> int:
                offset = file.seek(0, os.SEEK_END)
                progress(offset, view.size)
                return await self._fetch(view, file, offset, progress) if offset < view.size else offset

            await self._until(attempt, view.size)
            file.flush()
            file.seek(0)
            intact = file_digest(file, "sha256").hexdigest() == view.sha256
        if not intact:
            part.unlink()
            raise NotTransferred("What has come is not the file that was shared: its sha-256 is another one")
        return _moved(part, directory, name)

    async def _fetch(self, view: FileView, file: BinaryIO, offset: int, progress: Progress) -> int:
        headers = {"If-Range": f'"{view.sha256}"', "Range": f"bytes={offset}-"} if offset else {}
        response = await self._ask("GET", view.link, headers)
        if offset and response.code == HTTPStatus.NOT_FOUND:
            raise _Again("the server does not know this user at the moment")  # who may be joining again
        await self._check(response, HTTPStatus.PARTIAL_CONTENT if offset else HTTPStatus.OK)
        return await _received(response, _Receiver(self._reactor, file, offset, view.size, progress))

    async def _ask(
        self, method: str, link: str, headers: dict[str, str], data: bytes | None = None
    ) -> IResponse:
        body = None if data is None else FileBodyProducer(BytesIO(data))
        url = f"{_HOST}{link}".encode("ascii")
        asking: Deferred[IResponse] = self._agent.request(
            method.encode(), url, Headers({name: [value] for name, value in headers.items()}), body
        )
        asking.addTimeout(_PATIENCE, self._reactor)
        try:
            return await asking
        except _LOST:
            raise
        except Exception as error:  # the Agent has many for a connection that is lost, and a timeout
            raise _Again(str(error) or type(error).__name__) from None

    async def _check(self, response: IResponse, expected: HTTPStatus) -> None:
        """Check how a request was answered.

        Raises:
            NotTransferred: the server has refused it.
            _Again: it may be repeated.
        """
        if response.code == expected:
            return
        reading: Deferred[bytes] = readBody(response)
        reading.addTimeout(_PATIENCE, self._reactor)
        reason = ""
        with suppress(Exception):  # without a reason the status has to do
            reason = (await reading)[:_LONGEST_REASON].decode(errors="replace").strip()
        reason = reason or f"the server has answered {response.code}"
        raise (_Again if response.code in _AGAIN else NotTransferred)(reason)


class _Receiver(Protocol):
    """Writes the body of an answer to a file."""

    def __init__(self, reactor: Any, file: BinaryIO, offset: int, size: int, progress: Progress) -> None:
        self.done: Deferred[int] = Deferred()
        """Fires with how many bytes of the file are there."""
        self._reactor = reactor
        self._file = file
        self._offset = offset
        self._size = size
        self._progress = progress
        self._silence = reactor.callLater(_PATIENCE, self._too_late)

    def dataReceived(self, data: bytes) -> None:
        """Write bytes; a server that sends more than it has said is not listened to."""
        self._silence.reset(_PATIENCE)
        if self._offset + len(data) > self._size:
            self._fail(NotTransferred("The server sends more than the file has"))
            return
        try:
            self._file.write(data)
        except OSError as error:
            self._fail(error)
            return
        self._offset += len(data)
        self._progress(self._offset, self._size)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Record that nothing more comes."""
        if self._silence.active():
            self._silence.cancel()
        if self.done.called:
            return
        if reason.check(ResponseDone) or self._offset:
            self.done.callback(self._offset)
        else:
            self.done.errback(_Again(reason.getErrorMessage()))

    def _too_late(self) -> None:
        self._fail(_Again("the server sends nothing more"))

    def _fail(self, error: Exception) -> None:
        if not self.done.called:
            self.done.errback(error)
        transport: Any = self.transport
        if hasattr(transport, "abortConnection"):
            transport.abortConnection()


async def _received(response: IResponse, receiver: _Receiver) -> int:
    response.deliverBody(receiver)
    return await receiver.done


def _number(response: IResponse, name: str) -> int:
    (text,) = response.headers.getRawHeaders(name) or [""]
    if not text.isdigit():
        raise NotTransferred("The server does not answer as the tus protocol says")
    return int(text)


def _moved(part: Path, directory: Path, name: str) -> Path:
    """Give a file that is whole its name, or one with a number if there is another file of that name."""
    stem, dot, ending = name.rpartition(".") if "." in name.strip(".") else (name, "", "")
    number = 1
    while True:
        path = directory / (name if number == 1 else f"{stem} ({number}){dot}{ending}")
        try:
            os.link(part, path)  # which fails if there is a file, unlike a rename
        except FileExistsError:
            number += 1
            continue
        except OSError:  # a file system without links
            if path.exists():
                number += 1
                continue
            part.replace(path)
            return path
        part.unlink()
        return path
