"""IRC clients over real TCP, with and without TLS, together with HTTP and JSON."""

from __future__ import annotations

import sys

import pytest
from pytest_twisted import async_fixture

from tests.integration.helpers import Serve, Server, pull_cable
from tests.integration.irc import IRCClient, irc_connects, irc_dials, irc_server
from tests.unit.irc.helpers import plain
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


async def test_one_order_for_all(irc: Server) -> None:
    """IRC clients with and without capabilities and JSON clients read a room in one order."""
    json = await irc.connect("Json", "CS350")
    alice = await irc_connects(irc, "Alice", "echo-message", "server-time", "message-tags")
    bob = await irc_connects(irc, "Bob")
    for client in (alice, bob):
        client.sends("JOIN #CS350")
        await client.hears_line("366")
    await json.catches_up()
    for number in range(20):
        alice.sends(f"PRIVMSG #CS350 :alice {number}")
        bob.sends(f"PRIVMSG #CS350 :bob {number}")
        json.says("group", "CS350", f"json {number}")
    await json.asks("ping")
    for client in (alice, bob):
        client.sends("PING :all sent")
        await client.hears_line("PONG", "all sent")
    json.says("group", "CS350", "the end")
    for client in (alice, bob):
        await client.hears_line("PRIVMSG", "the end")
    heard = [line["text"] for line in json.everything() if line.get("sender") in ("Json", "Alice", "Bob")]
    told = [_said(line) for line in alice.heard if b" PRIVMSG #CS350 " in line]
    others = [_said(line) for line in bob.heard if b" PRIVMSG #CS350 " in line]

    assert (61, heard) == (len(heard), told)
    assert [text for text in heard if not text.startswith("bob")] == others


def _said(line: bytes) -> str:
    """Return the text of a PRIVMSG."""
    return line.decode().rstrip("\r").partition(" PRIVMSG #CS350 ")[2].removeprefix(":")


async def test_an_owner_with_two_kinds_of_clients(irc: Server) -> None:
    """An account that a JSON client has registered is signed in to by IRC, in the same rooms."""
    json = await irc.connect("Alice", "CS350")
    await json.asks("claim", text="correct horse")
    phone = await irc_dials(irc)
    phone.sends("CAP REQ :sasl znc.in/self-message", "AUTHENTICATE PLAIN")
    await phone.hears_line("AUTHENTICATE", "+")
    phone.sends(f"AUTHENTICATE {plain('Alice', 'correct horse')}", "USER a 0 * :a", "CAP END")
    await phone.hears_line("001", "Alice")
    await phone.hears_line("JOIN", "#CS350")
    await phone.hears_line("366")
    json.says("group", "CS350", "from the desk")

    assert ":Alice!~user@Alice PRIVMSG #CS350 :from the desk" == await phone.hears_line("PRIVMSG")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what has not arrived")
async def test_back_before_the_server_has_noticed(irc: Server) -> None:
    """A client whose network has failed is shown what it missed, though its old connection seems to live."""
    bob = await irc.connect("Bob", "CS350")
    json = await irc.connect("Alice", "CS350")
    await json.asks("claim", text="correct horse")
    dead = await _alice_comes_back(irc)
    await json.vanishes()
    await bob.asks("group", "CS350", "received")
    await dead.hears_line("PRIVMSG", "received")
    dead.sends("PING :still")
    await dead.hears_line("PONG", "still")
    pull_cable(dead.transport.socket)
    await bob.asks("group", "CS350", "missed")
    old = irc.factory.users.find("Alice").peers[0]
    while not old.unreceived_for():
        await bob.asks("ping")
    back = await _alice_comes_back(irc)

    assert "missed" in (await back.hears_line("PRIVMSG", "missed"))
    assert not any(b"missed" in line for line in dead.heard)


async def _alice_comes_back(irc: Server) -> IRCClient:
    """Return a client of Alice, who has an account, in the room of the account."""
    client = await irc_dials(irc)
    client.sends(
        "CAP REQ :batch server-time", "PASS :correct horse", "NICK Alice", "USER a 0 * :a", "CAP END"
    )
    await client.hears_line("JOIN", "#CS350")
    await client.hears_line("366")
    return client
