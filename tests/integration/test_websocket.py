"""The WebSocket over real TCP: browsers and terminals talk, and bad frames cost only their sender."""

from __future__ import annotations

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from tests.integration.browser import Browser
from tests.integration.helpers import PATIENCE, Client, RawClient, Serve, Server, in_thread, line, texts
from tests.unit.servers.helpers import HEAD_OF_UPGRADE, head


@pytest.fixture
def door() -> str:
    """Return how clients come in."""
    return "websocket"


async def by_lines(server: Server, name: str) -> Client:
    """Return a client that speaks lines."""
    endpoint = TCP4ClientEndpoint(reactor, *server.address)
    client = await connectProtocol(endpoint, Client(name)).addTimeout(PATIENCE, reactor)
    server._clients.append(client)
    await client.asks("register")
    return client


async def browse(server: Server, name: str = "") -> Browser:
    """Return a browser, signed in if it has a name."""
    browser = await (server.connect(name) if name else server.dial())
    assert isinstance(browser, Browser)
    return browser


@ensureDeferred
async def test_a_browser_and_a_terminal_talk(server: Server) -> None:
    """What one says in a room the other reads, and the same in private."""
    alice = await browse(server, "Alice")
    bob = await by_lines(server, "Bob")
    await alice.asks("create", "R")
    await bob.asks("join", "R")
    await alice.asks("group", "R", "Hällo")
    await bob.asks("group", "R", "Hi 🎉")
    await bob.asks("private", "Alice", "psst")
    heard = [
        texts([one for one in client.everything() if one["sender"] != "SERVER"]) for client in (alice, bob)
    ]

    assert [["Hällo", "Hi 🎉"]] * 2 == heard
    assert ["psst"] == texts(await alice.catches_up(), "private")


@ensureDeferred
async def test_quitting(server: Server) -> None:
    """After a `quit` the server says goodbye, and closes with 1000."""
    alice = await browse(server, "Alice")
    alice.says("quit", id="1")
    told = await alice.closed()

    assert (["Goodbye"], 1000) == (texts(told, "success"), alice.close_code)


@ensureDeferred
async def test_closing(server: Server) -> None:
    """A Close of the client ends its session, and is answered."""
    alice = await browse(server, "Alice")
    alice.closes(1001)
    await alice.closed()
    await server.without("Alice")

    assert 1000 == alice.close_code


@ensureDeferred
async def test_a_ping(server: Server) -> None:
    """A ping is answered with its payload, before the answers to what follows it."""
    alice = await browse(server, "Alice")
    alice.pings(b"x" * 125)
    await alice.asks("ping")

    assert [b"x" * 125] == alice.pongs


@ensureDeferred
async def test_the_server_stops(server: Server) -> None:
    """A server that stops says so, and closes with 1001."""
    alice = await browse(server, "Alice")
    await server.stop_politely()
    (told,) = await alice.closed()

    assert ("shutting_down", 1001) == (told["code"], alice.close_code)


@ensureDeferred
async def test_not_signing_in(serve: Serve) -> None:
    """A client that does not sign in in time is told so, and its connection closes with 4000."""
    browser = await browse(await serve(sign_in=0.2))
    (told,) = await browser.closed()

    assert ("timeout", 4000) == (told["code"], browser.close_code)


@ensureDeferred
async def test_too_many(serve: Serve) -> None:
    """One connection too many is told so, and closes with 4002."""
    server = await serve(connections=1)
    await browse(server, "Alice")
    second = await browse(server)
    (told,) = await second.closed()

    assert ("too_many", 4002) == (told["code"], second.close_code)


def masked(opcode: Opcode, data: bytes = b"", first: int | None = None) -> bytes:
    """Return a frame of a client, perhaps with another first byte."""
    whole = Frame(opcode, data).serialize(mask=True)
    return whole if first is None else bytes([first]) + whole[1:]


BAD = {
    "not masked": (Frame(Opcode.TEXT, b"{}").serialize(mask=False), 1002),
    "reserved bits": (masked(Opcode.TEXT, b"{}", 0xF1), 1002),
    "reserved opcode": (masked(Opcode.TEXT, b"{}", 0x83), 1002),
    "length of 2^63": (b"\x81\xff" + b"\xff" * 8, 1002),
    "continuation of nothing": (masked(Opcode.CONT, b"{}"), 1002),
    "long control frame": (b"\x89\xfe\x01\x00", 1002),
    "binary": (masked(Opcode.BINARY, b"{}"), 1003),
    "no UTF-8": (masked(Opcode.TEXT, b'{"status":"\xff"}'), 1007),
    "huge": (b"\x81\xff" + (1 << 40).to_bytes(8, "big") + b"mask", 1009),
    "endless fragments": (
        masked(Opcode.TEXT, b"x" * 125, 0x01) + masked(Opcode.CONT, b"x" * 125, 0x00) * 600,
        1009,
    ),
    "lines": (line("ping") * 100, 1002),
    "a handshake of TLS": (b"\x16\x03\x01\x02\x00" + b"x" * 512, 1002),
}


@ensureDeferred
@pytest.mark.parametrize(("data", "code"), BAD.values(), ids=BAD)
async def test_bad_frames(server: Server, data: bytes, code: int) -> None:
    """Frames that are not valid are told so, and end their connection with a code; others talk on."""
    alice, mallory = await browse(server, "Alice"), await browse(server, "Mallory")
    mallory.send_raw(data)
    told = await mallory.closed()

    assert ["too_long" if code == 1009 else "invalid_format"] == [one["code"] for one in told]
    assert (code, "pong") == (mallory.close_code, (await alice.asks("ping"))["text"])


@ensureDeferred
async def test_many_bytes_one_by_one(server: Server) -> None:
    """The time to read a long message grows linearly with its length, also if its bytes come one by one."""
    await browse(server, "Bob")
    alice = await browse(server, "Alice")
    data = masked(Opcode.TEXT, line("private", receiver="Bob", text="x" * 9_000, id="1"))
    for at in range(0, len(data), 7):
        alice.send_raw(data[at : at + 7])
    told = await alice.hears("success", id="1")

    assert 1 == told["seq"]


@ensureDeferred
async def test_a_slow_upgrade(serve: Serve) -> None:
    """A request that does not come in time is answered with 408, and the connection closes."""
    server = await serve(request=0.2)
    alice = await browse(server, "Alice")
    slow = await in_thread(RawClient, server.address)
    server.keep(slow)
    await in_thread(slow.send, head(*HEAD_OF_UPGRADE)[:-2])
    answer = await in_thread(slow.read_to_end)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert "pong" == (await alice.asks("ping"))["text"]


@ensureDeferred
async def test_many_half_requests(serve: Serve) -> None:
    """Of many half requests the oldest give way: a page is sent as ever, and others talk on."""
    server = await serve(visits=20)
    alice = await browse(server, "Alice")
    half = [await in_thread(RawClient, server.address) for _ in range(60)]
    for one in half:
        server.keep(one)
        await in_thread(one.send, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 4_000)
    page = await in_thread(RawClient, server.address)
    server.keep(page)
    await in_thread(page.send, head("GET / HTTP/1.1", "Host: localhost", "Connection: close"))
    answer = await in_thread(page.read_to_end)
    refused = [await in_thread(one.read_to_end) for one in half[:40]]

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert "pong" == (await alice.asks("ping"))["text"]
    assert [b""] * 40 == refused
    assert 22 >= len(server.factory._all())


@ensureDeferred
async def test_a_browser_that_does_not_read(serve: Serve) -> None:
    """A browser that does not read is disconnected, delays nobody, and reads whole frames to the end."""
    server = await serve(behind=65_536, send_buffer=4096)
    bob = await browse(server, "Bob")
    slow = await in_thread(RawClient, server.address)
    server.keep(slow)
    await in_thread(slow.send, head(*HEAD_OF_UPGRADE) + masked(Opcode.TEXT, line("register", sender="Slow")))
    await server.registered("Slow")
    sent = 0
    while any(user.name == "Slow" for user in server.factory.users) and sent < 1_000:
        await bob.asks("private", "Slow", "x" * 5_000)
        sent += 1
    data = await in_thread(slow.read_to_end)
    reader = Protocol(Side.CLIENT, state=State.OPEN)
    reader.receive_data(data.partition(b"\r\n\r\n")[2])

    assert sent < 1_000
    assert (None, 4001) == (reader.parser_exc, reader.close_rcvd and reader.close_rcvd.code)
