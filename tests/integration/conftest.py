"""Fixtures of this tier: a server for each test, and checks of what the test leaves behind."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pytest_twisted import async_fixture, async_yield_fixture
from twisted.internet import reactor
from twisted.internet.abstract import FileDescriptor
from twisted.logger import LogLevel, eventAsText, globalLogPublisher

from tests.hashing import hash_quickly
from tests.in_memory import temporary_directory, tmp_path
from tests.integration import helpers
from tests.integration.browser import Browser
from tests.ready_journals import give_back
from tests.unit.servers.helpers import PlainSite

__all__ = ["temporary_directory", "tmp_path"]


@pytest.fixture(autouse=True, scope="package")
def settled_heap() -> None:
    """Freeze the heap, so that the collections after each test look only at that test's objects.

    It stays frozen: what was made to collect the tests is as old, and would be looked at again and again.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def quick_hasher(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords in no time."""
    hash_quickly(monkeypatch.setattr)


@pytest.fixture(autouse=True)
def journals_given_back() -> Iterator[None]:
    """Empty the journals in PostgreSQL that the test has used, after it has closed them."""
    yield
    give_back()


@pytest.fixture(autouse=True)
def nothing_logged() -> Iterator[list[str]]:
    """Fail a test during which a failure was logged: pytest-twisted does not notice.

    A test that expects a failure removes it from the list.
    """
    failures: list[str] = []

    def note(event: dict[str, Any]) -> None:
        if event.get("log_level", LogLevel.info) >= LogLevel.error:
            failures.append(eventAsText(event))

    globalLogPublisher.addObserver(note)
    yield failures
    gc.collect()  # an unhandled failure of a Deferred is logged when it is collected
    globalLogPublisher.removeObserver(note)

    assert [] == failures


@pytest.fixture(autouse=True)
def nothing_left_over(nothing_logged: list[str]) -> Iterator[None]:
    """Fail a test that leaves timers or sockets in the reactor: pytest-twisted does not notice."""
    yield
    timers = [timer for timer in reactor.getDelayedCalls() if timer.active()]
    watched = {*reactor.getReaders(), *reactor.getWriters()}
    sockets = [one for one in watched if isinstance(one, FileDescriptor)]  # not the reactor's own wakers

    assert ([], []) == (timers, sockets)


@pytest.fixture
def door() -> str:
    """Return how the clients of the test come in: they speak lines, unless its module says otherwise."""
    return "lines"


@async_yield_fixture
async def serve(nothing_left_over: None, door: str) -> AsyncIterator[helpers.Serve]:
    """Return a function that starts a server with given limits; all are stopped after the test."""
    servers: list[helpers.Server] = []

    async def start(server: helpers.Server | None = None, **options: Any) -> helpers.Server:
        if door == "websocket":
            options = {"site": PlainSite(), "makes_client": Browser, **options}
        if server is None:
            server = helpers.build(**options)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        await server.stop()


@async_fixture
async def server(serve: helpers.Serve) -> helpers.Server:
    """Start a server with the protocol's own limits."""
    return await serve()
