"""A disk that takes seconds: clients that talk wait, others continue, and no message is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor

from classchat.console import log_notices
from classchat.journal import batching
from classchat.journal.sqlite import SQLiteJournal
from classchat.journal.store import Store
from classchat.limits import Limits
from classchat.servers.service import ChatService
from classchat.tap import makeFactory
from tests.integration.helpers import PATIENCE, Client, LoopbackEndpoint, Serve, Server
from tests.integration.journals import until

MOST = 100
MANY = 3000


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Return an event, set at first, without which the disk accepts nothing."""
    monkeypatch.setattr(batching, "_MOST_WAITING", MOST)
    append, disk = Store.append, Event()
    disk.set()

    def wait(*arguments: Any) -> Any:
        assert disk.wait(PATIENCE)
        return append(*arguments)

    monkeypatch.setattr(Store, "append", wait)
    yield disk
    disk.set()


@ensureDeferred
async def test_a_disk_that_takes_its_time(serve: Serve, disk: Event, tmp_path: Path) -> None:
    """At the limit of waiting messages, clients that talk are not read from; other requests are answered."""
    journal = SQLiteJournal(tmp_path / "classchat.sqlite", reactor, "normal")
    factory = makeFactory(journal, reactor, Limits().without_guard())
    service = ChatService(factory, {"127.0.0.1:0": LoopbackEndpoint(None)}, log_notices)
    server = await serve(Server(service))
    alice, bob = await server.connect("Alice", "R"), await server.connect("Bob", "R")
    before = journal._appended
    disk.clear()
    for number in range(MANY):
        alice.says("group", "R", str(number), id=f"a{number}")
    await until(lambda: journal._appended - before > MOST, "the journal has as much as may wait")
    asked = [
        await bob.asks(what, where)
        for what, where in [("ping", ""), ("users", ""), ("rooms", ""), ("history", "R"), ("ping", "")]
    ]
    waiting = journal._appended - before
    heard = _messages(alice) + _messages(bob)
    disk.set()
    answers = [await alice.hears("success", id=f"a{number}") for number in range(MANY)]
    await until(lambda: len(_messages(bob)) == MANY, "Bob has heard it all")

    assert (["success"] * 5, []) == ([one["status"] for one in asked], heard)
    assert MOST < waiting < MANY / 2
    assert list(range(1, MANY + 1)) == [one["seq"] for one in answers]
    assert [(str(number), number + 1) for number in range(MANY)] == _messages(bob)
    assert not journal.full


def _messages(client: Client) -> list[tuple[str, int]]:
    """Return the texts and numbers of the messages that a client has heard."""
    return [(one["text"], one["seq"]) for one in client.everything() if "seq" in one and "id" not in one]
