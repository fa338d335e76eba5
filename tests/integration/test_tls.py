"""TLS over real sockets: clients with and without it in one room, and failures between them."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from OpenSSL import SSL
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint
from twisted.internet.task import deferLater

from classchat.client.bot import Untrusted, connect
from classchat.client.link import endpoints
from classchat.client.link.secure import SecureEndpoint
from classchat.client.link.trust import KnownHosts, NotSecure, Trust
from classchat.servers.certificates import Passing
from classchat.servers.tls import Encryption
from classchat.tap import makeService
from classchat.twistd_options import Options
from tests.integration.helpers import (
    PATIENCE,
    Client,
    RawClient,
    Serve,
    Server,
    in_thread,
    line,
    texts,
    together,
)

TLS_RECORD = b"\x16\x03\x01"


def built(*arguments: str) -> Server:
    """Build a server with TLS, in memory or as the arguments say."""
    options = Options()
    options.parseOptions(["--journal", "memory:", "--port", "0", "--limits", "off", *arguments])
    return Server(makeService(options))


def trust(server: Server, tmp_path: Path) -> Trust:
    """Trust a server the first time, and only as the same later."""
    host, port = server.address
    return Trust(f"{host}:{port}", KnownHosts(tmp_path / "known_hosts"), lambda _: None)


async def dial(server: Server, tmp_path: Path, name: str) -> Client:
    """Return a connection with TLS, through our own client's endpoint."""
    endpoint = HostnameEndpoint(reactor, *server.address)
    return await server.dial(name, SecureEndpoint(endpoint, "127.0.0.1", trust(server, tmp_path), reactor))


async def signed_in(server: Server, tmp_path: Path, name: str) -> Client:
    """Return a signed-in client with TLS."""
    client = await dial(server, tmp_path, name)
    await client.asks("register")
    return client


class RawTLSClient(RawClient):
    """A blocking client with Python's own TLS; it reads only on command."""

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._socket = context.wrap_socket(self._socket)

    def version(self) -> str | None:
        """Return which TLS is spoken."""
        return self._socket.version()


async def raw(server: Server, name: str = "") -> RawTLSClient:
    """Connect a blocking client, which may have signed in."""
    client = await in_thread(RawTLSClient, server.address)
    server.keep(client)
    if name:
        await in_thread(client.send, line("register", sender=name))
        await in_thread(client.read_line)
    return client


@ensureDeferred
async def test_both_kinds_in_one_room(serve: Serve, tmp_path: Path) -> None:
    """Clients with TLS, of any library, and without it hear the same in the same order."""
    server = await serve(built())
    alice = await signed_in(server, tmp_path, "Alice")
    await alice.asks("create", "R")
    bob = await server.connect("Bob", room="R")
    carol = await raw(server, "Carol")
    await in_thread(carol.send, line("join", receiver="R"))
    await in_thread(carol.read_lines, 2)
    said = [f"{number} " + "ü" * 3_000 for number in range(60)]
    for number, text in enumerate(said):
        (alice, bob)[number % 2].says("group", "R", text)
        await together(alice.hears("group", text=text), bob.hears("group", text=text))
    heard = await in_thread(carol.read_lines, len(said))

    assert (said, "TLSv1.3") == (texts(heard), carol.version())


@ensureDeferred
async def test_a_changed_certificate(serve: Serve, tmp_path: Path) -> None:
    """A server with a changed certificate is sent nothing, not even a name."""
    server = await serve(built())
    await signed_in(server, tmp_path, "Alice")
    known = (tmp_path / "known_hosts").read_text()
    other = await serve(built())
    (tmp_path / "known_hosts").write_text(known.replace(str(server.address[1]), str(other.address[1])))
    with pytest.raises(Untrusted, match="has another certificate, or someone intercepts the connection"):
        await dial(other, tmp_path, "Bob")
    await other.connections(0)

    assert [] == [user.name for user in other.factory.users]


@ensureDeferred
async def test_a_bot_encrypts(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bot with a fingerprint in its address trusts no other certificate."""
    monkeypatch.setattr(endpoints, "known_hosts_file", lambda: tmp_path / "known_hosts")
    server = await serve(built("--plaintext", "never"))
    certificate = server.factory.encryption.certificate
    place = "{}:{}".format(*server.address)
    bot = await connect(reactor, f"{place}#{certificate.fingerprint}", "Bot")
    said = await bot.tell("Bot", "hello")
    await bot.close()
    with pytest.raises(Untrusted):
        await connect(reactor, f"{place}#sha256:{'0' * 64}", "Bot")
    await server.connections(0)

    assert (1, False) == (said.seq, (tmp_path / "known_hosts").exists())


class Listener:
    """A program that is no chat server: it takes a connection, and answers with some bytes, or hangs up."""

    def __init__(self, answer: bytes) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(PATIENCE)
        self.address: tuple[str, int] = self._socket.getsockname()
        self._answer = answer

    def answers_once(self) -> bytes:
        """Accept a connection; return all data from it, before and after the answer."""
        with self._socket, self._socket.accept()[0] as client:
            client.settimeout(PATIENCE)
            heard = client.recv(65_536)
            client.sendall(self._answer)
            with suppress(OSError):  # the client may have reset the connection by now
                client.shutdown(socket.SHUT_WR)
            try:
                while more := client.recv(65_536):
                    heard += more
            except ConnectionResetError:
                pass
            return heard


@ensureDeferred
@pytest.mark.parametrize("answer", [b'{"status":"success","text":"Welcome"}\n', b"SSH-2.0-x\r\n", b""])
async def test_a_downgrade(nothing_left_over: None, tmp_path: Path, answer: bytes) -> None:
    """A server that answers in plain text, or hangs up, gets neither a name nor any other data."""
    listener = Listener(answer)
    answering = in_thread(listener.answers_once)
    doing = Deferred.fromCoroutine(answering)
    place = Trust("127.0.0.1:1", KnownHosts(tmp_path / "known_hosts"), lambda _: None)
    endpoint = SecureEndpoint(HostnameEndpoint(reactor, *listener.address), "127.0.0.1", place, reactor)
    connecting = Deferred.fromCoroutine(connect(reactor, endpoint, "Alice"))
    with pytest.raises(NotSecure, match="--no-tls"):
        await connecting.addTimeout(PATIENCE, reactor)
    heard = await doing
    await deferLater(reactor, 0)  # the client stops calling in the next turn

    assert (TLS_RECORD, False) == (heard[:3], b"Alice" in heard)


@ensureDeferred
async def test_plain_text_that_is_refused(serve: Serve) -> None:
    """With `--plaintext never` plain text is refused and closed; `local` accepts it from this machine."""
    never, local = await serve(built("--plaintext", "never")), await serve(built("--plaintext", "local"))
    stranger = await never.dial("Alice")
    stranger.send(b"Alice\n")
    told = await stranger.closed()
    alice = await local.connect("Alice")

    assert (["tls_required"], "Alice") == ([one["code"] for one in told], alice.name)


@ensureDeferred
async def test_tls_that_is_refused(serve: Serve, tmp_path: Path) -> None:
    """A server without TLS says so at once, and our client does not go without by itself."""
    server = await serve(built("--no-tls"))
    with pytest.raises(NotSecure, match="does not encrypt"):
        await dial(server, tmp_path, "Alice")
    await server.connections(0)


@ensureDeferred
async def test_unix_sockets(serve: Serve, tmp_path: Path) -> None:
    """A Unix socket takes both as well, and counts as local."""
    path = tmp_path / "socket"
    server = built("--plaintext", "local", "--listen", f"unix:{path}")
    await serve(server)
    plain = UNIXClientEndpoint(reactor, str(path))
    place = Trust("socket:1", KnownHosts(tmp_path / "known_hosts"), lambda _: None)
    alice = await server.dial("Alice", plain)
    bob = await server.dial("Bob", SecureEndpoint(plain, "localhost", place, reactor))
    await alice.asks("register")
    await bob.asks("register")
    alice.says("private", "Bob", "psst")
    heard = await bob.hears("private")

    assert "psst" == heard["text"]


@ensureDeferred
async def test_a_slow_handshake(serve: Serve) -> None:
    """A client that does not finish its handshake is disconnected like one that does not sign in."""
    server = await serve(built("--sign-in-timeout", "1"))
    client = await server.raw()
    await in_thread(client.send, TLS_RECORD)
    rest = await in_thread(client.read_to_end)
    await server.connections(0)

    assert b"" == rest


@ensureDeferred
async def test_garbage_instead_of_a_handshake(server: Server, serve: Serve) -> None:
    """Garbage affects only its own connection."""
    secure = await serve(built())
    alice = await secure.connect("Alice")
    for garbage in (b"\x16" + b"\xff" * 70_000, TLS_RECORD + b"\x00\x10" + b"x" * 16, b"\x16" * 5):
        client = await secure.raw()
        await in_thread(client.send, garbage)
        await in_thread(client.read_to_end)
    await secure.connections(1)
    users = await alice.asks("users")

    assert [{"name": "Alice"}] == users["users"]


def says_all_and_listens(address: tuple[str, int], said: bytes) -> bytes:
    """Send data, end it with TLS's close_notify, and return everything that is heard then."""
    plain = socket.create_connection(address)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(PATIENCE), 0))
    plain.setblocking(True)
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    client = SSL.Connection(context, plain)
    client.set_connect_state()
    client.sendall(said)
    client.shutdown()
    heard = b""
    try:
        while True:
            heard += client.recv(65_536)
    except SSL.ZeroReturnError:
        return heard
    finally:
        plain.close()


@ensureDeferred
async def test_half_a_close(serve: Serve) -> None:
    """A client that closes its half of a TLS connection still gets the answers to all its requests."""
    server = await serve(built())
    said = [
        line("register", sender="Alice"),
        line("create", receiver="R"),
        *(line("group", receiver="R", text=f"{number} " + "x" * 9_000) for number in range(20)),
    ]
    heard = await in_thread(says_all_and_listens, server.address, b"".join(said))
    await server.connections(0)
    numbers = [one["text"].split()[0] for one in map(json.loads, heard.splitlines()) if "seq" in one]

    assert [str(number) for number in range(20)] == [number for number in numbers if number != "Chat"]


@ensureDeferred
async def test_a_stuck_reader(serve: Serve, tmp_path: Path) -> None:
    """A client with TLS that does not read is disconnected at the limit, and the reason is its last line."""
    server = await serve(built("--max-behind", "65536"))
    alice = await signed_in(server, tmp_path, "Alice")
    stuck = await raw(server, "Stuck")
    refused = []
    while not refused:
        alice.says("private", "Stuck", "x" * 9_000)
        refused = await alice.catches_up()
    heard = await in_thread(stuck.read_to_end)
    lines = [json.loads(one) for one in heard.splitlines()]

    assert (["user_not_found"], "slow_reader") == ([one["code"] for one in refused], lines[-1]["code"])


@ensureDeferred
async def test_memory_for_a_stuck_reader(serve: Serve, tmp_path: Path) -> None:
    """The server never keeps more than the limit for a client that does not read."""
    server = await serve(send_buffer=4096, encryption=Encryption(Passing()), behind=262_144, goodbye=0.2)
    alice = await signed_in(server, tmp_path, "Alice")
    await raw(server, "Stuck")
    text = "x" * 9_900
    refused: list[Any] = []
    tracemalloc.start()
    try:
        while not refused:
            alice.says("private", "Stuck", text)
            refused = await alice.catches_up()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    await server.connections(1)

    assert peak < 1_000_000


@ensureDeferred
async def test_a_slow_reader_hears_everything(serve: Serve, tmp_path: Path) -> None:
    """A slow reader hears every line, whole and in order."""
    server = await serve(built("--max-behind", "100000000"))
    alice = await signed_in(server, tmp_path, "Alice")
    slow = await raw(server, "Slow")
    said = [f"{number} " + "x" * 9_000 for number in range(800)]
    for text in said:
        alice.says("private", "Slow", text)
    await alice.catches_up()
    heard = await in_thread(slow.read_lines, len(said))

    assert said == texts(heard, "private")


@ensureDeferred
async def test_who_comes_and_goes(serve: Serve) -> None:
    """Connections that end at any moment leave nothing behind."""
    server = await serve(built())
    context: Any = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing).do_handshake()
    hello = outgoing.read()
    for length in (1, 5, len(hello) - 1, len(hello)):
        client = await server.raw()
        await in_thread(client.send, hello[:length])
        await in_thread(client.reset)
    signed = await raw(server, "Alice")
    await in_thread(signed.close)
    await server.connections(0)

    assert [] == [user.name for user in server.factory.users]
