"""Calls of programs over real HTTP: bounded in time and size, without redirects, and only where allowed."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as NotInTime
from twisted.internet.error import ConnectError
from twisted.internet.tcp import Connection
from twisted.web.client import ResponseNeverReceived
from twisted.web.http import Request
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from classchat.servers import hook_calls
from classchat.servers.hook_calls import AnswerTooLong, Call, CallAnswer, calls
from classchat.servers.public_addresses import NotPublic, PublicAddresses
from tests.integration.journals import soon, until


class Program(Resource):
    """A program that answers as its path says, and keeps what it was sent."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[bytes, bytes, str | None]] = []
        self.silent: list[Request] = []

    def render_POST(self, request: Any) -> bytes | int:
        """Answer."""
        self.asked.append(
            (request.path, request.content.read(), request.getHeader("X-Slack-Request-Timestamp"))
        )
        match request.path:
            case b"/redirect":
                request.redirect(b"/elsewhere")
                return b""
            case b"/long":
                return b"x" * 200_000
            case b"/silent":
                self.silent.append(request)
                request.notifyFinish().addErrback(lambda _: None)
                return int(NOT_DONE_YET)
        request.setHeader("Content-Type", "application/json")
        return b'{"text": "done"}'


class Place:
    """The program, where it is."""

    def __init__(self, program: Program, port: int) -> None:
        self.program = program
        self.base = f"http://127.0.0.1:{port}"


@async_yield_fixture
async def place(nothing_left_over: None) -> Any:
    """Start the program."""
    program = Program()
    site = Site(program)
    port = reactor.listenTCP(0, site, interface="127.0.0.1")
    yield Place(program, port.getHost().port)
    await soon(Deferred.fromCoroutine(_closed(port)))


async def _closed(port: Any) -> None:
    await port.stopListening()
    await until(lambda: not _connections(), "all connections are closed")


def _connections() -> list[object]:
    """Return the connections that the reactor still reads or writes."""
    return [one for one in [*reactor.getReaders(), *reactor.getWriters()] if isinstance(one, Connection)]


@pytest.fixture
def call() -> Call:
    """Return what calls programs, on this machine as well."""
    return calls(reactor, PublicAddresses([ip_network("127.0.0.1")]))


@ensureDeferred
async def test_a_program_is_called(place: Place, call: Call) -> None:
    """The program gets the body and the headers, and its answer comes back."""
    answer = await soon(call(f"{place.base}/build", b"text=Hello", {"X-Slack-Request-Timestamp": "7"}))

    assert CallAnswer(200, b'{"text": "done"}', "application/json") == answer
    assert [(b"/build", b"text=Hello", "7")] == place.program.asked


@ensureDeferred
async def test_no_redirect_is_followed(place: Place, call: Call) -> None:
    """A redirect is an answer as any: it could lead to an address that may not be called."""
    answer = await soon(call(f"{place.base}/redirect", b"", {}))

    assert 302 == answer.status
    assert [b"/redirect"] == [path for path, _, _ in place.program.asked]


@ensureDeferred
async def test_a_long_answer_is_not_read(place: Place, call: Call) -> None:
    """A program that answers too much is hung up on."""
    with pytest.raises(AnswerTooLong):
        await soon(call(f"{place.base}/long", b"", {}))


@ensureDeferred
async def test_a_silent_program_is_given_up(
    place: Place, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that does not answer in time is hung up on."""
    monkeypatch.setattr(hook_calls, "_PATIENCE", 0.3)
    with pytest.raises((NotInTime, ResponseNeverReceived)):
        await soon(call(f"{place.base}/silent", b"", {}))


@ensureDeferred
async def test_this_machine_may_not_be_called(place: Place) -> None:
    """Unless the operator allows it, nothing on this machine is called, under any name for it."""
    strict = calls(reactor, PublicAddresses())
    port = place.base.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0", "127.1", "2130706433"):
        with pytest.raises(NotPublic):
            await soon(strict(f"http://{host}:{port}/build", b"", {}))

    assert [] == place.program.asked


@ensureDeferred
async def test_nobody_answers(call: Call, nothing_left_over: None) -> None:
    """Where nobody answers, the call fails."""
    with pytest.raises(ConnectError):
        await soon(call("http://127.0.0.1:1/", b"", {}))
