"""IRC clients over real TCP, with and without TLS, beside HTTP and JSON."""

from __future__ import annotations

import pytest
from pytest_twisted import async_fixture

from tests.integration.helpers import Serve, Server
from tests.integration.irc import irc_connects, irc_dials, irc_server
from tests.unit.servers.helpers import PlainSite


@async_fixture
async def irc(serve: Serve) -> Server:
    """Start a server that speaks IRC, JSON and HTTP."""
    return await irc_server(serve, site=PlainSite())


async def test_registering_and_quitting(irc: Server) -> None:
    """A client registers, is pinged, and is told good-bye with ERROR."""
    alice = await irc_connects(irc, "Alice")
    alice.sends("PING :there?", "QUIT :bye")
    pong = await alice.hears_line("PONG")

    assert (":classchat.server PONG classchat.server there?", "ERROR :Closing link: bye") == (
        pong,
        await alice.closed_after("ERROR"),
    )


async def test_one_set_of_names_with_json(irc: Server) -> None:
    """A JSON client's name is taken for IRC clients, and free again when it has left."""
    json = await irc.connect("Alice")
    other = await irc_dials(irc)
    other.sends("NICK Alice", "USER a 0 * :a")
    await other.hears_line("433")
    await json.vanishes()
    await irc.without("Alice")
    other.sends("NICK Alice")

    assert "Welcome" in await other.hears_line("001")


async def test_the_server_stops(irc: Server) -> None:
    """A server that stops says why in ERROR."""
    alice = await irc_connects(irc, "Alice")
    await irc.stop_politely()

    assert "ERROR :The server is shutting down. Please come back later." == await alice.closed_after("ERROR")


@pytest.mark.parametrize("first", ["N", "NICK", "NICK Al"])
async def test_a_first_line_in_pieces(irc: Server, first: str) -> None:
    """The first line may come in any pieces."""
    alice = await irc_dials(irc)
    alice.send(first.encode())
    alice.send("NICK Alice\r\n"[len(first) :].encode())
    alice.sends("USER a 0 * :a")

    assert "Alice" in await alice.hears_line("001")
