"""The commands that start a server, `classchat serve` and `twistd classchat`, and their refusals."""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path

import pytest

from classchat.journal.store import Store
from tests.e2e.conftest import Connect, Keep, StartProcess, StartServer
from tests.e2e.helpers import (
    CLASSCHAT,
    PATIENCE,
    PYTHON_M_CLASSCHAT,
    STARTED,
    TWISTD,
    line,
    started_at,
    wait_for_end,
    without_ports,
)

SERVE = (*CLASSCHAT, "serve")
TWISTD_N = (*TWISTD, "--nodaemon", "--pidfile=", "classchat")


# classchat serve


def test_host_and_port_as_arguments_or_options(process: StartProcess) -> None:
    """`HOST PORT` means `--host` and `--port`, for `python -m classchat` as well."""
    each = "--journal=memory:"  # they share one directory
    commands = [
        [*SERVE, each, "127.0.0.1", "0"],
        [*SERVE, each, "--host", "127.0.0.1", "--port", "0"],
        [*SERVE, each, "--host=localhost", "--port=0"],
        [*PYTHON_M_CLASSCHAT, "serve", each, "127.0.0.1", "0"],
    ]
    servers = [process(*command) for command in commands]
    passing = [f"{line} (only until the server stops)" if "Cert" in line else line for line in STARTED[:-1]]
    passing.append("[SERVER] Journal: none. Nothing is kept when the server stops")

    assert [passing] * 4 == [server.comes_to(passing, without_ports) for server in servers]


def test_all_interfaces(serve: StartServer, connect: Connect) -> None:
    """`classchat serve 0.0.0.0 PORT` listens on every interface, for a LAN."""
    server = serve("0.0.0.0", "0")

    assert f"[SERVER] Server started on 0.0.0.0:{server.port}" == server.lines[0]
    assert "success" == connect(server.port, "Alice").welcome["status"]


def test_port_that_is_free(serve: StartServer, keep: Keep[socket.socket]) -> None:
    """The server listens on the requested port."""
    probe = keep(socket.create_server(("127.0.0.1", 0)))
    port = probe.getsockname()[1]
    probe.close()
    server = serve("127.0.0.1", str(port))

    assert f"[SERVER] Server started on 127.0.0.1:{port}" == server.lines[0]


def test_listen_on_two_unix_sockets(serve: StartServer, connect: Connect, tmp_path: Path) -> None:
    """`--listen` may be given twice, and clients of both endpoints can talk to each other."""
    server = serve("--listen", "unix:a.sock", "--listen", "unix:b.sock")
    alice, bob = connect(tmp_path / "a.sock", "Alice"), connect(tmp_path / "b.sock", "Bob")
    alice.asks("private", "Bob", "psst")
    heard = bob.says()
    alice.close()
    bob.close()
    server.signals(signal.SIGTERM)
    code = server.ends()
    first = [re.sub(r"unix:.*/", "unix:", text) for text in server.lines[:3]]

    assert ["private", "Alice", "Bob", "psst"] == heard
    assert [
        "[SERVER] Server started on unix:a.sock",
        "[SERVER] Server started on unix:b.sock",
        "[SERVER] Waiting for connections...",
    ] == first
    assert (0, b"", []) == (code, server.err, [*tmp_path.glob("*.sock")])


def test_listen_beside_the_address(serve: StartServer, connect: Connect, tmp_path: Path) -> None:
    """With `--port` and `--listen` the server listens on both."""
    server = serve("--port", "0", "--listen", "unix:a.sock")

    assert ["success", "success"] == [
        connect(server.port, "Alice").welcome["status"],
        connect(tmp_path / "a.sock", "Bob").welcome["status"],
    ]


def test_limits_of_the_operator(serve: StartServer, connect: Connect) -> None:
    """The operator's limits apply to clients."""
    server = serve("--port", "0", "--max-text", "5", "--max-rooms", "1", "--max-rooms-per-user", "1")
    alice = connect(server.port, "Alice")
    alice.asks("private", "Alice", "123456")
    alice.asks("create", "A")
    alice.asks("create", "B")

    assert ["too_long", None, "too_many"] == [alice.hears().get("code") for _ in range(3)]


def test_who_never_says_who_he_is(serve: StartServer, keep: Keep[socket.socket]) -> None:
    """A connection that does not sign in within `--sign-in-timeout` is told so and closed."""
    server = serve("--port", "0", "--sign-in-timeout", "1")
    silent = keep(socket.create_connection(("127.0.0.1", server.port), PATIENCE))
    with silent.makefile("rb") as lines:
        told = lines.read()

    assert (1, True) == (told.count(b"\n"), b'"code":"timeout"' in told)


def test_console_survives_its_reader(process: StartProcess, connect: Connect) -> None:
    """`classchat serve | head -1` continues after `head` has ended, and stops without an error."""
    ours, theirs = os.pipe()
    with open(ours, "rb") as console:
        server = process(*SERVE, "--port", "0", stdout=theirs)
        os.close(theirs)
        port = started_at(console.readline().decode())
    alice, bob = connect(port, "Alice"), connect(port, "Bob")
    alice.asks("private", "Bob", "is anybody here?")
    heard = bob.says()
    alice.close()
    bob.close()
    server.signals(signal.SIGTERM)
    code = server.ends()

    assert (["private", "Alice", "Bob", "is anybody here?"], 0, b"") == (heard, code, server.err)


def test_closed_console(process: StartProcess, tmp_path: Path, connect: Connect) -> None:
    """A server without standard files works as well."""
    server = process(*SERVE, "--listen", "unix:a.sock", closed=(0, 1))
    server.listens_at(tmp_path / "a.sock")
    alice = connect(tmp_path / "a.sock", "Alice")
    alice.close()
    server.signals(signal.SIGTERM)
    code = server.ends()

    assert ("success", 0, "") == (alice.welcome["status"], code, server.err.decode())


def test_help_of_the_server(process: StartProcess) -> None:
    """`classchat serve --help` names every option; `--version` says which version it is."""
    help, version = process(*SERVE, "--help"), process(*SERVE, "--version")
    codes = help.ends(), version.ends()
    options = ["--host", "--port", "--listen", "--max-text", "--max-rooms", "--max-rooms-per-user"]
    options += ["--max-behind", "--sign-in-timeout", "HOST", "PORT"]

    assert ((0, 0), options) == (codes, [option for option in options if option in help.out.decode()])
    assert re.fullmatch(r"ClassChat \d+\.\d+\S*\n", version.out.decode())


# twistd classchat


class Daemon:
    """A daemon, known by its pidfile."""

    def __init__(self, pidfile: Path) -> None:
        self._pidfile = pidfile

    def stops(self) -> None:
        """Ask the daemon to stop, and wait for its end."""
        pid = int(self._pidfile.read_text())
        os.kill(pid, signal.SIGTERM)
        wait_for_end(pid, "the daemon")

    def close(self) -> None:
        """Kill the daemon if it still runs."""
        if self._pidfile.exists():
            os.kill(int(self._pidfile.read_text()), signal.SIGKILL)


def test_twistd_lists_us(process: StartProcess) -> None:
    """`twistd --help` has a line for `classchat`, and `twistd classchat --help` names the options."""
    all_of_them, ours = process(*TWISTD, "--help"), process(*TWISTD, "classchat", "--help")
    codes = all_of_them.ends(), ours.ends()
    listed = [text.split()[0] for text in all_of_them.lines if text.startswith("    ") and text.strip()]

    assert (0, 0) == codes
    assert "classchat" in listed
    assert {"--host=", "--port=", "--listen="} <= {
        word for text in ours.lines for word in text.split() if word.startswith("--")
    }


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, id="Ctrl+C", marks=pytest.mark.for_real),
        pytest.param(signal.SIGTERM, id="SIGTERM"),
    ],
)
def test_twistd_in_the_foreground(process: StartProcess, connect: Connect, number: signal.Signals) -> None:
    """`twistd -n classchat` serves, and its log has the events, but no texts of messages.

    It ends by the signal, as `twistd` always does.
    """
    server = process(*TWISTD_N, "--port", "0")
    server.wait(lambda: "Waiting for connections..." in server.out.decode(), "the start")
    port = started_at(server.out.decode())
    alice = connect(port, "Alice")
    alice.asks("create", "CS350")
    alice.says()
    alice.asks("group", "CS350", "a secret")
    alice.says()
    alice.asks("private", "Alice", "a secret")
    alice.says()
    server.signals(number)
    farewell = alice.hears()
    alice.close()
    code = server.ends()
    log = server.out.decode()
    events = [
        f"Server started on 127.0.0.1:{port}",
        "New connection from ('127.0.0.1', ",
        "User 'Alice' registered successfully",
        "Chat room 'CS350' created by Alice",
        "Group message from Alice to CS350",
        "Private message from Alice to Alice",
        "Shutting down server...",
        "User 'Alice' disconnected",
    ]
    places = [log.find(event) for event in events]

    assert (-number, "shutting_down", b"") == (code, farewell["code"], server.err)
    assert (True, sorted(places)) == (-1 not in places, places)
    assert (False, False) == ("a secret" in log, "Traceback" in log)


@pytest.mark.for_real
def test_twistd_as_a_daemon(
    process: StartProcess, keep: Keep[Daemon], connect: Connect, tmp_path: Path
) -> None:
    """`twistd classchat` runs in the background, logs to its file and is stopped by its pid."""
    pidfile, logfile = tmp_path / "chat.pid", tmp_path / "chat.log"
    daemon = keep(Daemon(pidfile))
    options = [f"--pidfile={pidfile}", f"--logfile={logfile}"]
    starter = process(*TWISTD, *options, "classchat", "--port", "0")
    code = starter.ends()
    alice = connect(started_at(logfile.read_text()), "Alice")
    alice.close()
    daemon.stops()
    log = logfile.read_text()

    assert (0, b"", "success") == (code, starter.err, alice.welcome["status"])
    assert (False, True, False) == (pidfile.exists(), "Shutting down server..." in log, "Traceback" in log)


# Refusals to start.


@pytest.fixture(autouse=True)
def journals(keep: Keep[Store], tmp_path: Path) -> None:
    """Create files that are not usable journals, and a directory without rights."""
    (tmp_path / "diary.sqlite").write_text("Dear diary" * 1000)
    keep(Store(tmp_path / "used.sqlite", 0))


@pytest.fixture
def taken(keep: Keep[socket.socket]) -> str:
    """Return a port that is in use."""
    return str(keep(socket.create_server(("127.0.0.1", 0))).getsockname()[1])


WRONG = {
    "port in use": (["--port", "{taken}"], r"Can't listen on 127\.0\.0\.1:{taken}: Address already in use"),
    "unknown host": (["--host", "no-such-host.invalid"], r"This machine has no host 'no-such-host\.invalid'"),
    "host of somebody else": (["--host", "192.0.2.1", "--port", "0"], r"Can't listen on 192\.0\.2\.1:0"),
    "unknown endpoint": (["--listen", "carrier-pigeon:5555"], "'carrier-pigeon:5555' is not an endpoint"),
    "bad endpoint": (["--listen", "tcp:many"], "'tcp:many' is not an endpoint"),
    "no directory": (["--listen", "unix:no/such/dir"], "Can't listen"),
    "unknown option": (["--nonsense"], "--nonsense"),
    "port that is none": (["--port", "many"], "'many' is not a whole number from 0 to 65535"),
    "port out of range": (["--port", "65536"], "'65536' is not a whole number from 0 to 65535"),
    "host and port and more": (["127.0.0.1", "0", "more"], ""),
    "journal of somebody else": (
        ["--port", "0", "--journal", "diary.sqlite"],
        r"diary\.sqlite' is neither a ClassChat journal nor any other SQLite file",
    ),
    "journal in use": (
        ["--port", "0", "-j", "used.sqlite"],
        r"used\.sqlite' is in use by another server: stop",
    ),
    "journal nowhere": (
        ["--port", "0", "-j", "no/such/j.sqlite"],
        r"The directory '.*no/such' for the journal does not exist",
    ),
    "journal that is a directory": (
        ["--port", "0", "--journal", "."],
        "is a directory: use the name of a file",
    ),
    "time that is none": (["--keep", "1h"], "'1h' is not a time such as 30d, 8w, 1y or forever"),
    "limit of nothing": (["--max-text", "0"], "'0' is not a whole number from 1 to"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_serve_that_cannot_start(process: StartProcess, taken: str, wrong: str) -> None:
    """`classchat serve` says what is wrong in one line on standard error, and its exit code is not 0."""
    arguments, sentence = WRONG[wrong]
    server = process(*SERVE, *[argument.format(taken=taken) for argument in arguments])
    code = server.ends()

    assert (True, b"", 1) == (code != 0, server.out, server.err.count(b"\n"))
    assert re.search(sentence.format(taken=taken), server.err.decode())


@pytest.mark.parametrize(
    "wrong",
    [
        "port in use",
        "unknown host",
        "bad endpoint",
        "unknown option",
        "journal of somebody else",
        "journal in use",
        "journal nowhere",
    ],
)
def test_twistd_that_cannot_start(process: StartProcess, taken: str, wrong: str, tmp_path: Path) -> None:
    """`twistd classchat` also reports it, in the foreground and as a daemon, without a traceback.

    A daemon whose log is open prints the beginning on the terminal, and logs everything.
    """
    arguments, sentence = WRONG[wrong]
    arguments = [argument.format(taken=taken) for argument in arguments]
    foreground = process(*TWISTD_N, *arguments)
    failed = [foreground.ends() != 0]
    daemon = process(*TWISTD, "--pidfile=daemon.pid", "classchat", *arguments)  # now: both lock the journal
    failed.append(daemon.ends() != 0)
    said = [(attempt.out + attempt.err).decode() for attempt in (foreground, daemon)]
    log = tmp_path / "twistd.log"
    if log.exists():
        assert "CannotStart: " in said[1]
        said[1] += log.read_text()

    assert ([True, True], False) == (failed, "Traceback" in "".join(said))
    assert [True, True] == [bool(re.search(sentence.format(taken=taken), text)) for text in said]


def test_server_that_cannot_listen_everywhere(process: StartProcess, taken: str, tmp_path: Path) -> None:
    """If one of two endpoints is taken the server does not start."""
    server = process(*SERVE, "--listen", "unix:a.sock", "--port", taken)
    code = server.ends()

    assert (True, b"", 1) == (code != 0, server.out, server.err.count(b"\n"))


def test_what_is_no_journal_is_left_alone(process: StartProcess, tmp_path: Path) -> None:
    """A file that the server can't use is unchanged, and no other file is created."""
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for name in ("diary.sqlite", "used.sqlite", "no/such/j.sqlite"):
        process(*SERVE, "--port", "0", "--journal", name).ends()
    after = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert {*before, "diary.sqlite-lock"} == set(after)
    assert before == {name: after[name] for name in before}


def test_port_is_free_again_at_once(serve: StartServer, connect: Connect) -> None:
    """A server can be started on its port right after it was stopped with a client connected."""
    first = serve()
    alice = connect(first.port, "Alice")
    first.signals(signal.SIGTERM)
    alice.hears()
    alice.close()
    first.ends()
    second = serve("--port", str(first.port))

    assert "success" == connect(second.port, "Alice").welcome["status"]


def test_line_noise_is_no_failure_of_ours(serve: StartServer, keep: Keep[socket.socket]) -> None:
    """Random bytes leave nothing on standard error, and do not affect other clients."""
    server = serve()
    noise = [b"\xff\xfe\x00" * 999 + b"\n", b"[" * 60_000 + b"\n", b'{"status":"register"', line("group")]
    for data in noise:
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65_536):
                pass
    server.signals(signal.SIGTERM)

    assert (0, b"") == (server.ends(), server.err)
