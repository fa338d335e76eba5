"""Attempts to upload a file, without a network."""

from __future__ import annotations

from io import BytesIO
from typing import cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from classchat.client.link.sharing import NotTransferred
from classchat.client.link.transfers import Transfers


class _Server(Transfers):
    """A server that has taken so many bytes after each attempt."""

    def __init__(self, clock: Clock, *offsets: int) -> None:
        super().__init__(clock, cast(IStreamClientEndpoint, None))
        self.offsets = list(offsets)
        self.attempts = 0
        self.offset = 0

    async def _offset(self, link: str) -> int:
        self.attempts += 1
        return self.offset

    async def _patch(self, link: str, offset: int, data: bytes) -> int:
        if self.offsets:
            self.offset = self.offsets.pop(0)
        return self.offset


def uploading(server: _Server) -> Deferred[None]:
    """Return an upload of ten bytes that has begun."""
    return Deferred.fromCoroutine(server.upload("upload/1", BytesIO(bytes(10)), 10, lambda *_: None))


def test_a_server_that_takes_nothing_more() -> None:
    """Without progress there is a pause before each further attempt, and in the end none is made."""
    clock = Clock()
    server = _Server(clock, 5)
    failed = uploading(server)
    at_once = server.attempts
    why: list[Failure] = []
    failed.addErrback(why.append)
    clock.pump([20.0] * 6)

    assert (2, 8) == (at_once, server.attempts)
    assert [NotTransferred] == [failure.type for failure in why]


def test_a_server_that_goes_on_after_a_pause() -> None:
    """As soon as there is progress, the next attempt follows at once."""
    clock = Clock()
    server = _Server(clock, 5, 5, 8, 10)
    done = uploading(server)
    before = done.called
    clock.pump([10.0])

    assert (False, True, 4) == (before, done.called, server.attempts)
