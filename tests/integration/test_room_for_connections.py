"""More connections than the limit."""

from __future__ import annotations

from pytest_twisted import ensureDeferred

from classchat.core.notices import Full
from tests.integration.helpers import Serve


@ensureDeferred
async def test_who_is_one_too_many_is_told_so(serve: Serve) -> None:
    """With as many connections as there may be, the next one hears why it is closed, and the others go on."""
    server = await serve(connections=2)
    alice, bob = await server.connect("Alice", room="R"), await server.connect("Bob", room="R")
    turned_away = await server.dial()
    heard = await turned_away.closed()
    alice.says("group", "R", "Are you there?")

    assert ["too_many"] == [line["code"] for line in heard]
    assert "Are you there?" == (await bob.hears("group", sender="Alice"))["text"]


@ensureDeferred
async def test_there_is_room_again(serve: Serve) -> None:
    """After a client has left, the next one is accepted."""
    server = await serve(connections=1)
    alice = await server.connect("Alice")
    await (await server.dial()).closed()
    await alice.vanishes()
    await server.connections(0)

    assert "Bob" == (await server.connect("Bob")).name


@ensureDeferred
async def test_it_is_said_once(serve: Serve) -> None:
    """A storm of connections is one line for the operator, until there was room again."""
    server = await serve(connections=1)
    notices: list[object] = []
    server.factory._observe = notices.extend
    await server.connect("Alice")
    for _ in range(20):
        await (await server.dial()).closed()

    assert 1 == notices.count(Full(1))
