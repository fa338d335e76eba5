"""Two servers on one journal in PostgreSQL, which are killed, stopped for a while, and shut down."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Connect, Keep, StartProcess
from tests.e2e.forks import Forks
from tests.e2e.helpers import CLASSCHAT, PATIENCE, TWISTD, Server, started_at
from tests.postgres import Cluster

R = "CS350"

Heard = dict[str, Any]


class Talker:
    """A client in JSON that sees everything it is told."""

    def __init__(self, node: Server, name: str, **fields: Any) -> None:
        """Connect, and sign in; wait for the welcome."""
        self._socket = socket.create_connection(("127.0.0.1", node.port), PATIENCE)
        self._lines = self._socket.makefile("rb")
        self._asked = 0
        self.name = name
        self.texts: list[str] = []
        """The texts that other users have sent, and what rooms were told, in order."""
        self.welcome = self.asks("register", sender=name, **fields)
        assert self.welcome["status"] == "success", self.welcome

    @property
    def back(self) -> Heard:
        """What a client sends to be recognized when it comes back."""
        return {"token": self.welcome["token"], "since": {"epoch": self.welcome["epoch"], "seq": 0}}

    def asks(self, status: str, **fields: Any) -> Heard:
        """Send a request; return its answer."""
        self._asked += 1
        id = str(self._asked)
        self._socket.sendall(json.dumps({"status": status, "id": id, **fields}).encode() + b"\n")
        return self.waits(lambda heard: heard.get("id") == id)

    def says(self, text: str) -> Heard:
        """Send a message to the room; return the answer."""
        return self.asks("group", receiver=R, text=text)

    def hears(self, text: str) -> Heard:
        """Wait until it is told this text."""
        return self.waits(lambda heard: heard.get("text") == text)

    def waits(self, until: Callable[[Heard], bool]) -> Heard:
        """Wait for an event, and return it."""
        while line := self._lines.readline():
            heard: Heard = json.loads(line)
            if heard["status"] in ("group", "private"):
                self.texts.append(heard["text"])
            if until(heard):
                return heard
        raise AssertionError(f"hung up on, after {self.texts}")

    def is_hung_up_on(self) -> list[str]:
        """Return the codes of all further errors until the server hangs up."""
        return [heard.get("code", "") for heard in map(json.loads, self._lines) if heard["status"] == "error"]

    def close(self) -> None:
        """Close the connection. Harmless twice."""
        self._lines.close()
        self._socket.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Start PostgreSQL, which a test may kill: the system keeps what it has written."""
    with closing(Cluster("fsync=off")) as cluster:
        yield cluster


@pytest.fixture
def nodes(
    cluster: Cluster, tmp_path: Path, keep: Keep[Server], forks: Forks | None, request: pytest.FixtureRequest
) -> tuple[Server, Server]:
    """Start two servers at the same time on an empty journal."""
    url = cluster.new_journal(request.node.name)
    command = [*CLASSCHAT, "serve", "--limits", "off", "--port", "0", "--journal", url]
    one, two = (keep(Server(command, tmp_path, forks)) for _ in range(2))
    return one.is_up(), two.is_up()


@pytest.fixture
def both(nodes: tuple[Server, Server], keep: Keep[Talker]) -> tuple[Talker, Talker]:
    """Return Alice on the first server and Bob on the second, who are in one room."""
    alice, bob = (keep(Talker(node, name)) for node, name in zip(nodes, ("Alice", "Bob"), strict=True))
    alice.asks("create", receiver=R)
    bob.asks("join", receiver=R)
    alice.hears("Bob has joined the chat room")
    return alice, bob


def test_a_node_that_is_killed(
    nodes: tuple[Server, Server], both: tuple[Talker, Talker], keep: Keep[Talker]
) -> None:
    """Its guests leave; a client that comes back on the other node gets what it missed, and nothing twice."""
    (one, two), (alice, bob) = nodes, both
    carol = keep(Talker(one, "Carol"))
    carol.asks("join", receiver=R)
    bob.says("before")
    alice.hears("before")
    bob.asks("private", receiver="Alice", text="psst")
    alice.hears("psst")
    one.signals(signal.SIGKILL)
    missed = [f"missed {number}" for number in range(3)]
    for text in missed:
        bob.says(text)
    again = keep(Talker(two, "Alice", **alice.back))
    again.asks("join", receiver=R, since={"epoch": again.welcome["epoch"], "seq": 1})
    bob.hears("Carol has left the chat room")
    bob.says("after")
    again.hears("after")

    assert [*missed, "after"] == [
        text for text in again.texts if not text.startswith(("Carol", "Alice", "psst"))
    ]
    assert 1 == bob.texts.count("Carol has left the chat room")
    users = bob.asks("users")["users"]
    assert ["Alice", "Bob"] == [user["name"] for user in users]


def test_a_node_that_stands_still(
    nodes: tuple[Server, Server], both: tuple[Talker, Talker], keep: Keep[Talker]
) -> None:
    """A node that was taken for dead delivers nothing, sends its clients away, and joins the others again."""
    (one, _), (alice, bob) = nodes, both
    one.signals(signal.SIGSTOP)
    bob.hears("Alice has left the chat room")
    bob.says("while it stands still")
    one.signals(signal.SIGCONT)
    codes = alice.is_hung_up_on()
    one.sees("[SERVER] This node is with the others again")
    again = keep(Talker(one, "Alice", **alice.back))
    again.asks("join", receiver=R, since={"epoch": again.welcome["epoch"], "seq": 0})
    again.says("back")
    bob.hears("back")

    assert ["shutting_down"] == codes
    assert "while it stands still" not in alice.texts
    assert 1 == again.texts.count("while it stands still")


def test_a_database_that_dies_and_a_node_that_ends(
    cluster: Cluster, nodes: tuple[Server, Server], both: tuple[Talker, Talker], keep: Keep[Talker]
) -> None:
    """Messages are refused until the database is back; then a node ends, and its user moves without a gap."""
    (one, two), (alice, bob) = nodes, both
    alice.asks("claim", text="correct horse battery")
    for talker, other in ((alice, bob), (bob, alice)):  # a commit that is on its way would get no answer
        talker.says("settled")
        other.hears("settled")
    cluster.kill()
    try:
        refused = [talker.says("lost") for talker in both]
    finally:
        cluster.start()
    while alice.says("on both again")["status"] == "error":
        pass
    bob.hears("on both again")
    while bob.says("the other way")["status"] == "error":
        pass
    alice.hears("the other way")
    one.signals(signal.SIGTERM)
    codes = alice.is_hung_up_on()
    moved = keep(Talker(two, "Alice", **alice.back))
    moved.says("moved")
    bob.hears("moved")

    assert ["not_saved", "not_saved"] == [answer.get("code") for answer in refused]
    assert (["shutting_down"], 0) == (codes, one.ends())
    assert ["on both again", "moved"] == [
        text for text in bob.texts if text.startswith(("on", "moved", "lost", "A"))
    ]


@pytest.mark.parametrize("command", [(*CLASSCHAT, "serve"), (*TWISTD, "-n", "--pidfile=", "classchat")])
def test_a_second_signal(
    cluster: Cluster,
    process: StartProcess,
    connect: Connect,
    request: pytest.FixtureRequest,
    command: tuple[str, ...],
) -> None:
    """A server that waits for a database that hangs is ended at once by another SIGTERM."""
    url = cluster.new_journal(request.node.name)
    server = process(*command, "--port", "0", "--journal", url)
    server.wait(lambda: "Waiting for connections..." in server.out.decode(), "the start")
    alice = connect(started_at(server.out.decode()), "Alice")
    with cluster.transaction(url) as database:
        database.execute("SELECT pos FROM clock FOR UPDATE")
        alice.asks("private", receiver="Alice", text="Hello")
        alice.asks("ping")
        alice.hears()
        server.signals(signal.SIGTERM)
        server.wait(lambda: "Shutting down server..." in server.out.decode(), "the first signal")
        server.signals(signal.SIGTERM)
        code = server.ends()

    assert -signal.SIGTERM == code
