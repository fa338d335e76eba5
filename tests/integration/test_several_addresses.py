"""A name with several addresses over real TCP and TLS: a bot finds a node that takes it, again and again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol

from classchat.client.bot import connect
from classchat.client.link import endpoints
from classchat.servers.certificates import make_pem
from classchat.tap import makeService
from classchat.twistd_options import Options
from tests.integration.helpers import Serve, Server
from tests.unit.client.link.test_several import Resolver

NODES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")


class HangsUp(Protocol):
    """A node that accepts a connection and closes it at once."""

    def connectionMade(self) -> None:
        """Close it."""
        self.transport.loseConnection()


@pytest.fixture
def chat_test() -> Iterator[None]:
    """Give every name the addresses of the nodes."""
    before = reactor.installNameResolver(Resolver(*NODES))
    yield
    reactor.installNameResolver(before)


def node(host: str, port: int, certificate: Path) -> Server:
    """Return one node, with the certificate that all of them have."""
    options = Options()
    options.parseOptions(
        ["--journal", "memory:", "--host", host, "--port", f"{port}", "--certificate", f"{certificate}"]
    )
    return Server(makeService(options))


@ensureDeferred
async def test_from_node_to_node(
    serve: Serve, chat_test: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot passes over a node that hangs up, and goes on at another one when its own stops."""
    monkeypatch.setattr(endpoints, "known_hosts_file", lambda: tmp_path / "known_hosts")
    certificate = tmp_path / "chat.pem"
    certificate.write_bytes(make_pem())  # which no system vouches for
    broken = await TCP4ServerEndpoint(reactor, 0, interface=NODES[0]).listen(Factory.forProtocol(HangsUp))
    port = broken.getHost().port
    one, other = [await serve(node(host, port, certificate)) for host in NODES[1:]]
    bot = await connect(reactor, f"chat.test:{port}", "Echo", jitter=lambda: 0.0)
    try:
        first = [len(node.factory.users) for node in (one, other)]
        await one.stop_politely()
        await other.registered("Echo")
        second = [len(node.factory.users) for node in (one, other)]
        rooms = await bot.rooms()
    finally:
        await bot.close()
        await broken.stopListening()
    known = (tmp_path / "known_hosts").read_text().splitlines()

    assert ([1, 0], [0, 1], []) == (first, second, rooms)
    assert [f"chat.test:{port}"] == [line.split()[0] for line in known]
