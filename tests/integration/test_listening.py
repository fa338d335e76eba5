"""Where a server listens: the effect of `--listen`, `--host` and `--port`."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, UNIXClientEndpoint
from twisted.internet.tcp import Server as AcceptedSocket

from classchat.commandline import Misused
from classchat.servers.service import CannotStart
from classchat.tap import makeService
from classchat.twistd_options import Options
from tests.integration.helpers import PATIENCE, Serve, Server, in_thread


def has_ipv6() -> bool:
    """Return whether this machine has a loopback address of IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


def built(*arguments: str) -> Server:
    """Build a server from a command line."""
    options = Options()
    options.parseOptions(["--journal", "memory:", *arguments])
    return Server(makeService(options))


def port_of(address: str) -> int:
    """Return the port of an address as the server tells it."""
    return int(address.rpartition(":")[2])


def status(address: tuple[str, int], path: str) -> int:
    """Return the status that an HTTP client is answered."""
    with closing(HTTPConnection(*address, timeout=PATIENCE)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


@pytest.fixture
def taken() -> Iterator[int]:
    """Return a port of 127.0.0.1 that is in use."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@ensureDeferred
async def test_host_and_port(serve: Serve) -> None:
    """`--host` and `--port` say where to listen; port 0 is any that is free, and the server tells which."""
    server = await serve(built("--host", "127.0.0.1", "--port", "0"))
    alice = await server.connect("Alice")

    assert ("127.0.0.1", "Alice") == (server.address[0], alice.name)


@needs_ipv6
@ensureDeferred
@pytest.mark.parametrize(
    "arguments", [["--listen", r"tcp6:0:interface=\:\:1"], ["--host", "::1", "--port", "0"]]
)
async def test_ipv6(serve: Serve, arguments: list[str]) -> None:
    """A server on IPv6 is like any other."""
    server = await serve(built(*arguments))
    alice = await server.dial("Alice", TCP6ClientEndpoint(reactor, "::1", port_of(server.addresses[0])))
    welcome = await alice.asks("register")

    assert ("success", True) == (welcome["status"], server.addresses[0].startswith("[::1]:"))


@ensureDeferred
async def test_unix_socket(serve: Serve, tmp_path: Path) -> None:
    """A server on a Unix socket is like any other, and removes it when it stops."""
    path = tmp_path / "socket"
    server = await serve(built("--listen", f"unix:{path}"))
    alice = await server.dial("Alice", UNIXClientEndpoint(reactor, str(path)))
    welcome = await alice.asks("register")
    await server.stop()

    assert ("success", [f"unix:{path}"], False) == (welcome["status"], server.addresses, path.exists())


@ensureDeferred
async def test_two_endpoints(serve: Serve, tmp_path: Path) -> None:
    """A server on two endpoints is one chat."""
    path = tmp_path / "socket"
    server = await serve(built("--listen", "tcp:0:interface=127.0.0.1", "--listen", f"unix:{path}"))
    port = port_of(server.addresses[0])
    alice = await server.dial("Alice", TCP4ClientEndpoint(reactor, "127.0.0.1", port))
    bob = await server.dial("Bob", UNIXClientEndpoint(reactor, str(path)))
    await alice.asks("register")
    await bob.asks("register")
    alice.says("private", "Bob", "hello")
    heard = await bob.next()

    assert ("hello", 2) == (heard["text"], len(server.addresses))


@ensureDeferred
async def test_a_proxy_in_front(serve: Serve) -> None:
    """With `--proxy-protocol` a connection from there begins with a header, and others do as usual."""
    server = await serve(built("--port", "0", "--proxy-protocol", "127.0.0.2,127.0.0.3"))
    for header in (b"PROXY TCP4 203.0.113.9 192.0.2.1 50123 5555\r\n", b""):
        alice = await server.dial("Alice", origin="127.0.0.3")
        alice.send(header)
        alice.says("register", id="1")
        if header:
            welcome = await alice.hears("success", id="1")
            await alice.vanishes()
        else:
            refused = await alice.closed()
    bob = await server.connect("Bob")

    assert ("Welcome to ClassChat, Alice!", [], "Bob") == (welcome["text"], refused, bob.name)


@ensureDeferred
async def test_a_load_balancer_asks(serve: Serve) -> None:
    """`/ready` is answered for the chat that the server has: one that is closed takes no clients."""
    server = await serve(built("--port", "0"))
    statuses = []
    for _ in range(2):
        statuses += [await in_thread(status, server.address, path) for path in ("/ready", "/healthz")]
        server.factory.chat.close()

    assert [200, 200, 503, 503] == statuses


@ensureDeferred
async def test_listen_beside_a_port(serve: Serve) -> None:
    """With both `--port` and `--listen` the server listens on both."""
    server = await serve(built("--port", "0", "--listen", "tcp:0:interface=127.0.0.1"))
    ports = [port_of(address) for address in server.addresses]
    people = [await server.dial(f"P{port}", TCP4ClientEndpoint(reactor, "127.0.0.1", port)) for port in ports]
    welcomes = [await person.asks("register") for person in people]

    assert ["success", "success"] == [one["status"] for one in welcomes]


@ensureDeferred
@pytest.mark.parametrize("option", ["--port", "--listen"])
async def test_address_in_use(taken: int, option: str) -> None:
    """A port in use is told in one sentence that says which one it is."""
    address = str(taken) if option == "--port" else f"tcp:{taken}:interface=127.0.0.1"
    server = built(option, address)
    with pytest.raises(CannotStart) as caught:
        server.service.privilegedStartService()

    sentence = caught.value.args[0]
    assert (1, True, True) == (
        len(sentence.splitlines()),
        str(taken) in sentence,
        "in use" in sentence,
    )


@ensureDeferred
async def test_second_address_in_use(serve: Serve, taken: int) -> None:
    """A server that can't listen on all its addresses does not start, and leaves no port open behind."""
    server = built("--listen", "tcp:0:interface=127.0.0.1", "--listen", f"tcp:{taken}:interface=127.0.0.1")
    with pytest.raises(CannotStart) as caught:
        server.service.privilegedStartService()
    await server.stop_politely()

    assert str(taken) in caught.value.args[0]


@pytest.mark.parametrize("arguments", [["--listen", "carrier-pigeon:5555"], ["--listen", "tcp:many"]])
def test_no_endpoint(arguments: list[str]) -> None:
    """An invalid endpoint is refused in one sentence."""
    with pytest.raises(Misused) as caught:
        built(*arguments)

    sentence = caught.value.args[0]
    assert (1, True) == (len(sentence.splitlines()), arguments[1] in sentence)


@ensureDeferred
async def test_nagle_is_off(server: Server) -> None:
    """TCP_NODELAY is set on every accepted socket: a small answer does not wait."""
    await server.connect("Alice")
    await server.dial()
    await server.connections(2)
    accepted = [one for one in reactor.getReaders() if isinstance(one, AcceptedSocket)]

    assert [True, True] == [bool(one.getTcpNoDelay()) for one in accepted]


@ensureDeferred
async def test_starts_again(serve: Serve) -> None:
    """Two servers in one process are two chats: a name taken in one is free in the other."""
    one, other = await serve(), await serve()
    await one.connect("Alice")
    alice = await other.connect("Alice")
    users = await alice.asks("users")

    assert [{"name": "Alice"}] == users["users"]
