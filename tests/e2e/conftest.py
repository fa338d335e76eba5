"""Fixtures of this tier: processes, terminals and sockets that end with the test."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.e2e.forks import Forks, shared_forks
from tests.e2e.helpers import CLASSCHAT, FirstServer, Process, RawClient, Server, Terminal

T = TypeVar("T")

Keep = Callable[[T], T]
StartProcess = Callable[..., Process]
StartTerminal = Callable[..., Terminal]
StartServer = Callable[..., Server]
Connect = Callable[[int | Path, str], RawClient]
StartFirstServer = Callable[..., FirstServer]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Allow pexpect to fork while there are threads: its steps between fork and exec are safe."""
    ignored = "ignore:This process .* is multi-threaded, use of forkpty:DeprecationWarning"
    place = Path(__file__).parent
    for item in items:
        if item.path.parent == place:
            item.add_marker(pytest.mark.filterwarnings(ignored))


@pytest.fixture
def keep() -> Iterator[Callable[[Any], Any]]:
    """Close everything that was opened, after each test, even if it failed."""
    with ExitStack() as stack:
        yield lambda opened: stack.enter_context(closing(opened))


@pytest.fixture(scope="session")
def mother() -> Forks:
    """Start the process that the commands of most modules are forked from, unless it runs already."""
    return shared_forks()


@pytest.fixture
def forks(request: pytest.FixtureRequest) -> Forks | None:
    """Return the process that forks `classchat`; None if a test starts it as a user does (see forks.py)."""
    marked = request.node.get_closest_marker("for_real") is not None
    for_real = marked or request.config.getoption("for_real")
    return None if for_real else request.getfixturevalue("mother")


@pytest.fixture
def installed(tmp_path: Path, keep: Keep[Process]) -> StartProcess:
    """Start a command with pipes as a user does, in a test that forks its other commands."""
    return lambda *command, **options: keep(Process(command, tmp_path, **options))


@pytest.fixture
def process(tmp_path: Path, keep: Keep[Process], forks: Forks | None) -> StartProcess:
    """Start a command with pipes."""
    return lambda *command, **options: keep(Process(command, tmp_path, forks=forks, **options))


@pytest.fixture
def terminal(tmp_path: Path, keep: Keep[Terminal], forks: Forks | None) -> StartTerminal:
    """Start a command in a pseudo-terminal."""
    return lambda *command, **variables: keep(Terminal(command, tmp_path, forks, **variables))


@pytest.fixture
def serve(tmp_path: Path, keep: Keep[Server], request: pytest.FixtureRequest) -> StartServer:
    """Start `classchat serve` with these arguments, on a free port if there are none.

    Rate limits are off by default, because tests are faster than people. The server is forked even if the
    test starts its client as a user does.
    """
    forks = None if request.config.getoption("for_real") else request.getfixturevalue("mother")

    def start(*arguments: str, limits: str = "off") -> Server:
        where = arguments or ("--port", "0")
        return keep(Server([*CLASSCHAT, "serve", "--limits", limits, *where], tmp_path, forks)).is_up()

    return start


@pytest.fixture(scope="module")
def lasting_server(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Server]:
    """Start a server for those tests of a module that have the mark `shared_server`."""
    forks = None if request.config.getoption("for_real") else request.getfixturevalue("mother")
    command = [*CLASSCHAT, "serve", "--limits", "off", "--port", "0"]
    with closing(Server(command, tmp_path_factory.mktemp("server"), forks)) as server:
        yield server.is_up()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server:
    """Start `classchat serve` on a free port, or return that of the module, which all users have left."""
    if request.node.get_closest_marker("shared_server") is None:
        start: StartServer = request.getfixturevalue("serve")
        return start()
    server: Server = request.getfixturevalue("lasting_server")
    server.is_left_by_all()
    return server


@pytest.fixture
def connect(keep: Keep[RawClient]) -> Connect:
    """Sign a client in over a raw socket."""
    return lambda place, name: keep(RawClient(place, name))


@pytest.fixture
def first_server(keep: Keep[FirstServer]) -> StartFirstServer:
    """Start the double of a server of the first version."""
    return lambda **options: keep(FirstServer(**options))


@pytest.fixture
def chat(process: StartProcess) -> Callable[..., Process]:
    """Start a piped client: `chat(server, "Alice")`, with `options` for its command line."""

    def start(server: Server, name: str, options: Sequence[str] = (), **files: Any) -> Process:
        return process(*CLASSCHAT, *options, server.address_of(name), **files)

    return start


@pytest.fixture
def free_port(keep: Keep[socket.socket]) -> int:
    """Return a port that stays unused until the test is over."""
    taken = keep(socket.socket())
    taken.bind(("127.0.0.1", 0))
    return taken.getsockname()[1]
