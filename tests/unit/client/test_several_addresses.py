"""The client and a name with several addresses, such as the nodes of one chat."""

from __future__ import annotations

import pytest
from twisted.internet.error import ConnectError
from twisted.internet.error import ConnectionRefusedError as NoServer
from twisted.python.failure import Failure

from classchat.messages import Error
from tests.unit.client.helpers import Client, granted, welcome
from tests.unit.client.link.test_several import Resolver

NODES = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
PLACE = "chat.example.org:5555"


def calling(*hosts: str, retry: float = 0, person: bool = False) -> Client:
    """Return Alice's client, which has just called the first of these addresses."""
    client = Client(host="chat.example.org", encrypted=False, retry=retry, person=person)
    client.reactor.nameResolver = Resolver(*hosts)
    client.starts()
    return client


def called(client: Client) -> list[str]:
    """Return the hosts that it has called."""
    return [host for host, _ in client.calls]


def calls_again(client: Client) -> None:
    """Wait until it calls once more, and no longer: then it would try the next address."""
    before = len(client.calls)
    while len(client.calls) == before:
        client.waits(0.05)


def error(code: str, text: str = "Not here.") -> Error:
    """Return a refusal."""
    return Error("SERVER", "", text, code=code)


def test_a_node_that_hangs_up_at_once() -> None:
    """A client whose connection is closed before the welcome calls the next address, without a word."""
    client = calling(*NODES)
    for _ in range(2):
        client.reaches().hangs_up()
        calls_again(client)
    client.reaches().welcomes()

    assert list(NODES) == called(client)
    assert [
        f"[CLIENT] Connected to server at {PLACE}",
        "[SUCCESS] Welcome to ClassChat, Alice!",
    ] == client.lines


@pytest.mark.parametrize("code", ["shutting_down", "too_many"])
def test_a_node_that_takes_nobody_now(code: str) -> None:
    """What another node may not say is asked there: that it is full, or shuts down."""
    client = calling(*NODES)
    server = client.reaches()
    server.tells(error(code))
    server.hangs_up()
    calls_again(client)

    assert list(NODES[:2]) == called(client)


@pytest.mark.parametrize("code", ["name_taken", "banned", ""])
def test_what_every_node_says(code: str) -> None:
    """Any other refusal holds on every node, and is shown at once."""
    client = calling(*NODES)
    server = client.reaches()
    server.tells(error(code))
    server.hangs_up()
    client.waits(10)

    assert ([NODES[0]], 1) == (called(client), client.exit_code)


def test_no_node_takes_the_client() -> None:
    """When every address was called once, the last one's reason is shown."""
    client = calling(*NODES)
    for number in range(3):
        server = client.reaches()
        server.tells(error("shutting_down", f"Node {number} stops."))
        server.hangs_up()
        if number < 2:
            calls_again(client)
    client.waits(60)

    assert (list(NODES), 1) == (called(client), client.exit_code)
    assert "[ERROR] Node 2 stops." in client.lines


def test_no_node_is_there() -> None:
    """When no address accepts, the client says so after calling each of them once."""
    client = calling(*NODES[:2])
    for number in range(2):
        factory = client.reactor.tcpClients[number][2]
        factory.clientConnectionFailed(client.reactor.connectors[number], Failure(NoServer()))
        client.waits(0.4)

    assert (list(NODES[:2]), 1) == (called(client), client.exit_code)
    assert [f"[ERROR] Connection refused: is the server running at {PLACE}?"] == client.lines


def test_a_node_that_is_away() -> None:
    """A node that refuses the connection is passed over, before the welcome and after it."""
    client = calling(*NODES[:2], retry=300)
    client.does_not_reach(ConnectError())
    server = client.reaches()
    server.welcomes()
    server.hangs_up()
    calls_again(client)
    client.does_not_reach(ConnectError())

    assert [*NODES[:2], *NODES[:2]] == called(client)


def test_a_node_that_drains() -> None:
    """A client that was told `shutting_down` reconnects to another address, without its user."""
    client = calling(*NODES[:2], retry=300)
    server = client.reaches()
    server.welcomes()
    client.clears_screen()
    server.tells(error("shutting_down", "The server is shutting down."))
    server.hangs_up()
    calls_again(client)
    other = client.reaches()
    other.tells(welcome())
    other.tells(granted(other.hears[-1]["id"], "pong"))

    assert list(NODES[:2]) == called(client)
    assert [
        "[ERROR] The server is shutting down.",
        f"[CLIENT] Connection lost: reconnecting to {PLACE}",
        f"[CLIENT] Reconnected to {PLACE}",
    ] == client.lines


def test_one_address_is_called_once() -> None:
    """A server with one address that hangs up before the welcome is not called again."""
    client = calling(NODES[0])
    client.reaches().hangs_up()
    client.waits(60)

    assert ([NODES[0]], 1) == (called(client), client.exit_code)
