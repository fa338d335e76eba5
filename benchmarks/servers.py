"""The servers to measure: how each is started, and its protocol."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from string import Template

from benchmarks.machine import SERVER_CORE, free_port, placed
from benchmarks.native import CannotMeasure, compiled

_PEERS = Path(__file__).parent / "peers"
_SECONDS_TO_START = 20.0
_SERVE = (sys.executable, "-m", "classchat", "serve", "--limits", "off")


@dataclass(frozen=True)
class Server:
    """One kind of server: `command` makes the command line of a port and a directory to write to."""

    name: str
    command: Callable[[int, Path], list[str]]
    irc: bool = False
    capabilities: int = 0
    """How many different sets of capabilities its IRC clients have; 0 if they ask for none."""

    websocket: int = 0
    """Of so many clients, one speaks WebSocket: 1 for all of them, 0 for none."""

    tree: Path | None = None
    """Another tree of sources that Python takes the server from."""

    at_once: int = 32
    """How many sign in at a time: as many as it likes best."""

    installed: Callable[[], bool] = lambda: True
    install: str = ""
    """How a person installs what it needs."""

    @property
    def lines(self) -> bool:
        """Whether its clients send and receive JSON lines over plain TCP."""
        return not self.irc and not self.websocket


@dataclass
class Running:
    """A server that listens."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path
    errors: Path

    @property
    def pid(self) -> int:
        """The process that was started; others may descend from it."""
        return self.process.pid


@contextmanager
def running(
    server: Server, files: int | None = None, patience: float = _SECONDS_TO_START
) -> Iterator[Running]:
    """Run a fresh server while the context lasts; it may open `files` files, or all that are allowed.

    Raises:
        CannotMeasure: it does not listen within the seconds of our `patience`.
    """
    with tempfile.TemporaryDirectory(prefix="classchat-benchmark-") as name:
        directory = Path(name)
        port, log, errors = free_port(), directory / "stdout", directory / "stderr"
        with log.open("wb") as stdout, errors.open("wb") as stderr:
            process = subprocess.Popen(  # noqa: S603 (ours, and the peers that the operator installed)
                server.command(port, directory),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=server.tree or directory,
                preexec_fn=placed(SERVER_CORE, files),
            )
        try:
            one = Running(port, process, log, errors)
            _wait_for(server, one, patience)
            yield one
        finally:
            _end(process)


def _wait_for(server: Server, one: Running, patience: float) -> None:
    """Wait until it accepts connections."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and one.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", one.port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    said = (one.log.read_bytes() + one.errors.read_bytes()).decode(errors="replace")[-2000:]
    raise CannotMeasure(f"benchmarks: {server.name} does not listen. It said:\n{said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=5)


def _path() -> str:
    """Return where programs are looked for: Debian keeps daemons where a user's PATH does not lead."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin", "/sbin"])


def _configuration(name: str, port: int, directory: Path) -> str:
    """Fill in a peer's configuration file, and return where it is."""
    filled = Template((_PEERS / name).read_text()).substitute(port=port, directory=directory)
    path = directory / name
    path.write_text(filled)
    return str(path)


def _classchat(port: int, _: Path) -> list[str]:
    return [*_SERVE, "--journal", "memory:", "127.0.0.1", str(port)]


def _durable(port: int, _: Path) -> list[str]:
    return [*_SERVE, "127.0.0.1", str(port)]


def _guarded(port: int, _: Path) -> list[str]:
    """Return the command of a server with the default limits by address, but a high rate of messages."""
    options = ["--journal", "memory:", "--message-burst", "10000", "--message-rate", "10000"]
    return [sys.executable, "-m", "classchat", "serve", *options, "0.0.0.0", str(port)]


def _obvious(port: int, _: Path) -> list[str]:
    return [sys.executable, str(Path(__file__).parent / "obvious.py"), str(port)]


def _limit(port: int, _: Path) -> list[str]:
    return [compiled("limit"), str(port)]


def _ngircd(port: int, directory: Path) -> list[str]:
    (directory / "none").mkdir()  # else it reads Debian's snippets, too
    return [_found("ngircd"), "--nodaemon", "--config", _configuration("ngircd.conf", port, directory)]


def _inspircd(port: int, directory: Path) -> list[str]:
    (directory / "data").mkdir()
    configuration = _configuration("inspircd.conf", port, directory)
    return [_found("inspircd"), "--nofork", "--runasroot", "--config", configuration]


def _node_ws(port: int, _: Path) -> list[str]:
    return [_found("node"), str(_PEERS / "node_ws.mjs"), str(port)]


def _python_websockets(port: int, _: Path) -> list[str]:
    return [sys.executable, str(_PEERS / "python_websockets.py"), str(port)]


def _found(program: str) -> str:
    return shutil.which(program, path=_path()) or program


def _has(program: str) -> Callable[[], bool]:
    """Return a function that returns whether a program is installed."""
    return lambda: shutil.which(program, path=_path()) is not None


def _has_node_ws() -> bool:
    return _has("node")() and (_PEERS / "node_modules" / "ws").is_dir()


def _has_websockets() -> bool:
    return find_spec("websockets") is not None


SERVERS = (
    Server("classchat", _classchat),
    Server("durable", _durable),
    # ngIRCd's backlog is 10: with more connections at once, some would be refused.
    Server(
        "ngircd", _ngircd, irc=True, at_once=8, installed=_has("ngircd"), install="apt-get install ngircd"
    ),
    # InspIRCd welcomes people once a second.
    Server(
        "inspircd",
        _inspircd,
        irc=True,
        at_once=2000,
        installed=_has("inspircd"),
        install="apt-get install inspircd",
    ),
    Server("obvious", _obvious),
    Server("limit", _limit),
    Server("irc", _classchat, irc=True),
    Server("irc-tags", _classchat, irc=True, capabilities=1),
    Server("irc-five", _classchat, irc=True, capabilities=5),
    Server("websocket", _classchat, websocket=1),
    Server("mixed", _classchat, websocket=2),
    Server(
        "node-ws",
        _node_ws,
        websocket=1,
        installed=_has_node_ws,
        install="apt-get install nodejs npm, and npm install in benchmarks/peers",
    ),
    Server(
        "py-ws",
        _python_websockets,
        websocket=1,
        installed=_has_websockets,
        install="pip install -e '.[bench]'",
    ),
)
"""ClassChat first, for the others are compared to it, and without its journal, for the others have none."""

CLASSCHAT, DURABLE = OURS = SERVERS[:2]

(WEBSOCKET,) = (server for server in SERVERS if server.name == "websocket")
"""ClassChat whose clients all speak WebSocket."""

IRC, TAGS, FIVE = (server for server in SERVERS if server.name in ("irc", "irc-tags", "irc-five"))
"""ClassChat whose clients all speak IRC: without capabilities, with one set of them, and with five sets."""

GUARDED = Server("guarded", _guarded)
"""ClassChat with its limits on connections."""
